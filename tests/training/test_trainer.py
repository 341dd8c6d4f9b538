"""The training loop."""

import math
from pathlib import Path

import pytest
import torch

from slu.errors import ModelError
from slu.training.checkpoint import load_weights
from slu.training.trainer import BEST_NAME, CHECKPOINT_NAME, Interrupted, Record, select_device
from slu.training.utterances import Utterance
from tests.training.conftest import MakeTrainer

N_BATCHES = 6
"""48 training clips in batches of 8."""


def without_times(records: list[Record]) -> list[Record]:
    return [{k: v for k, v in record.items() if k != "seconds"} for record in records]


@pytest.mark.parametrize("workers", [0, 1])
@pytest.mark.parametrize("n_steps", [N_BATCHES, 8, 2 * N_BATCHES - 1])
def test_a_resumed_run_equals_an_uninterrupted_one(
    make_trainer: MakeTrainer, workers: int, n_steps: int
) -> None:
    whole = make_trainer("whole", workers=workers)
    records: list[Record] = []
    whole.fit(records.append)

    done = 0

    def count(_done: int, _total: int) -> None:
        nonlocal done
        done += 1

    first = make_trainer("cut", workers=workers)
    told: list[Record] = []
    with pytest.raises(Interrupted, match="--resume"):
        first.fit(told.append, count, should_stop=lambda: done == n_steps)
    torch.manual_seed(999)
    second = make_trainer("cut", workers=workers)
    second.resume()
    second.fit(told.append)

    assert without_times(second.progress.history) == without_times(records)
    assert without_times(told) == without_times(records)
    expected, found = whole.model.state_dict(), second.model.state_dict()
    assert all(torch.equal(expected[name], found[name]) for name in expected)


def test_worker_processes_change_no_number(make_trainer: MakeTrainer) -> None:
    alone = make_trainer("alone", workers=0)
    alone.fit(lambda record: None)
    helped = make_trainer("helped", workers=2)
    helped.fit(lambda record: None)

    expected, found = alone.model.state_dict(), helped.model.state_dict()
    assert all(torch.equal(expected[name], found[name]) for name in expected)


def test_the_steps_are_told(make_trainer: MakeTrainer) -> None:
    told: list[tuple[int, int]] = []

    make_trainer(epochs=2).fit(lambda record: None, lambda *step: told.append(step))

    assert told == [(step + 1, 2 * N_BATCHES) for step in range(2 * N_BATCHES)]


def test_a_record_holds_every_score(make_trainer: MakeTrainer) -> None:
    records: list[Record] = []

    make_trainer(epochs=2).fit(records.append)

    assert [record["epoch"] for record in records] == [1, 2]
    assert set(records[0]) == {
        "epoch",
        "learning_rate",
        "train_loss",
        "val_loss",
        "val_product_accuracy",
        "val_quantity_accuracy",
        "val_joint_accuracy",
        "seconds",
    }
    for record in records:
        assert record["val_joint_accuracy"] <= record["val_product_accuracy"] <= 1
        assert record["train_loss"] > 0


def test_it_learns_and_ends_with_its_best_epoch(make_trainer: MakeTrainer, tmp_path: Path) -> None:
    trainer = make_trainer(epochs=8)

    trainer.fit(lambda record: None)

    scores = [(r["val_joint_accuracy"], -r["val_loss"]) for r in trainer.progress.history]
    assert trainer.progress.best_epoch == scores.index(max(scores))
    assert max(scores)[0] > 0.9
    best = load_weights(tmp_path / "run" / BEST_NAME)
    assert all(torch.equal(best[name], x) for name, x in trainer.model.state_dict().items())


def test_it_stops_when_validation_no_longer_improves(
    make_trainer: MakeTrainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainer = make_trainer(epochs=20, patience=2)
    accuracies = iter([0.2, 0.5, 0.5, 0.4, 0.9])
    monkeypatch.setattr(
        "slu.training.trainer.validate",
        lambda *_: {"val_loss": 1.0, "val_joint_accuracy": next(accuracies)},
    )

    trainer.fit(lambda record: None)

    assert len(trainer.progress.history) == 4
    assert trainer.progress.best_epoch == 1


def test_of_equal_accuracies_the_lower_loss_is_better(
    make_trainer: MakeTrainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainer = make_trainer(epochs=3)
    losses = iter([0.9, 0.4, 0.6])
    monkeypatch.setattr(
        "slu.training.trainer.validate",
        lambda *_: {"val_loss": next(losses), "val_joint_accuracy": 1.0},
    )

    trainer.fit(lambda record: None)

    assert trainer.progress.best_epoch == 1


def test_a_loss_that_is_not_finite_is_explained(
    make_trainer: MakeTrainer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    trainer = make_trainer()
    whole = trainer.train.__class__.__getitem__

    def broken(self: object, draw: tuple[int, int]) -> Utterance:
        utterance = whole(trainer.train, draw)
        return Utterance(utterance.features * math.nan, utterance.targets)

    monkeypatch.setattr(trainer.train.__class__, "__getitem__", broken)

    with pytest.raises(ModelError, match=r"loss is nan in epoch 1; try a lower learning rate"):
        trainer.fit(lambda record: None)
    assert not (tmp_path / "run" / BEST_NAME).exists()


def test_weights_that_burst_are_never_the_best(make_trainer: MakeTrainer, tmp_path: Path) -> None:
    trainer = make_trainer(epochs=1, batch_size=48)
    burst = torch.optim.AdamW.step

    def step(self: torch.optim.AdamW, closure: None = None) -> None:
        burst(self, closure)
        with torch.no_grad():
            next(trainer.model.parameters()).fill_(math.nan)

    trainer._optimiser.step = step.__get__(trainer._optimiser)  # type: ignore[method-assign]

    with pytest.raises(ModelError, match="validation loss is nan in epoch 1"):
        trainer.fit(lambda record: None)
    assert not (tmp_path / "run" / BEST_NAME).exists()


def test_a_checkpoint_stands_after_each_epoch(make_trainer: MakeTrainer, tmp_path: Path) -> None:
    epochs: list[int] = []

    make_trainer(epochs=2).fit(
        lambda record: epochs.append(
            load_weights(tmp_path / "run" / CHECKPOINT_NAME)["progress"]["epoch"]
        )
    )

    assert epochs == [1, 2]


def test_a_missing_gpu_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert select_device("auto") == select_device("cpu") == torch.device("cpu")
    with pytest.raises(ModelError, match=r"no usable CUDA GPU; set train\.device=auto"):
        select_device("cuda")


def test_auto_takes_a_gpu_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert select_device("auto") == torch.device("cuda")
