"""A run and its folder."""

import json
import shutil
from pathlib import Path

import pytest
import torch

from slu.config import WandbConfig
from slu.errors import ModelError
from slu.training.checkpoint import load_weights
from slu.training.run import Run, git_commit
from slu.training.trainer import CHECKPOINT_NAME, Interrupted
from slu.training.utterances import Corpus
from tests.tones import MODEL, TRAIN

QUICK = TRAIN.model_copy(update={"epochs": 2})


@pytest.fixture
def no_export(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tracing the graph takes seconds and is tested elsewhere."""
    monkeypatch.setattr(
        "slu.training.run.export_onnx",
        lambda model, slots, n_features, path: path.write_bytes(b"graph"),
    )


@pytest.fixture
def run(corpus: Corpus, tmp_path: Path) -> Run:
    return Run(tmp_path / "run", corpus, MODEL, QUICK)


def interrupt(run: Run, n_steps: int) -> None:
    """Begin a run and stop it after some steps."""
    answers = iter([False] * (n_steps - 1) + [True])
    with pytest.raises(Interrupted):
        run.train(should_stop=lambda: next(answers))


@pytest.mark.slow
def test_a_finished_run_holds_what_a_version_needs(trained_root: Path) -> None:
    folder = trained_root / "artifacts" / "tones"

    assert {path.name for path in folder.iterdir()} == {
        "best_model.pt",
        "model.onnx",
        "config.json",
        "history.jsonl",
        "metrics.json",
        "classification_report.txt",
        "confusion_product.png",
        "confusion_qty.png",
        "predictions.csv",
        "product2id.json",
        "qty2id.json",
        "reference.json",
        "MODEL_CARD.md",
    }
    config = json.loads((folder / "config.json").read_text())
    assert config["version"] == "tones"
    assert config["labels"] == {"product": ["beras", "kopi", "teh"], "quantity": ["1", "2"]}
    assert config["seed"] == TRAIN.seed
    assert 0 < config["rejection_threshold"] < 1
    assert len(config["temperatures"]) == 2
    assert {"data", "preprocess", "model", "train", "data_fingerprint", "git_commit"} <= set(config)
    reference = json.loads((folder / "reference.json").read_text())
    assert reference["slots"]["product"]["counts"] == {"beras": 16, "kopi": 16, "teh": 16}
    assert reference["numeric"]["audio_duration"]["rows"] == 48
    assert reference["numeric"]["joint_confidence"]["rows"] == 12


def test_a_run_that_was_begun_is_not_overwritten(run: Run) -> None:
    interrupt(run, n_steps=2)
    before = (run.folder / "config.json").read_bytes()

    with pytest.raises(ModelError, match=r"begun before; continue it with --resume, or choose"):
        run.train()
    assert (run.folder / "config.json").read_bytes() == before


def test_a_run_that_was_not_begun_cannot_be_continued(run: Run) -> None:
    with pytest.raises(ModelError, match=r"not begun yet; start it without --resume"):
        run.train(resume=True)
    assert not run.folder.exists()


@pytest.mark.usefixtures("no_export")
@pytest.mark.parametrize("variants", [0, 2])
def test_an_interrupted_run_is_continued(corpus: Corpus, tmp_path: Path, variants: int) -> None:
    augment = TRAIN.augment.model_copy(update={"variants": variants})
    config = TRAIN.model_copy(update={"epochs": 3, "augment": augment})
    whole, run = (Run(tmp_path / name, corpus, MODEL, config) for name in ("whole", "run"))
    expected = whole.train()
    interrupt(run, n_steps=14)

    content = run.train(resume=True)

    volatile = ("version", "created_at")
    assert {k: v for k, v in content.items() if k not in volatile} == {
        k: v for k, v in expected.items() if k not in volatile
    }
    weights = [load_weights(folder / "best_model.pt") for folder in (whole.folder, run.folder)]
    assert all(torch.equal(weights[0][name], weights[1][name]) for name in weights[0])
    assert history(run) == history(whole)
    left = {path.name for path in run.folder.iterdir()}
    assert left == {path.name for path in whole.folder.iterdir()}
    assert not left & {CHECKPOINT_NAME, ".kept_features"}


@pytest.mark.usefixtures("no_export")
def test_a_run_killed_before_its_first_checkpoint_is_continued(run: Run) -> None:
    def die(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run.train(on_step=die)
    assert not (run.folder / CHECKPOINT_NAME).exists()

    run.train(resume=True)

    assert len(history(run)) == 2


def test_a_run_killed_while_it_was_finished_is_continued(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Calibrated and described, but the graph was not written yet."""

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("slu.training.run.export_onnx", die)
    with pytest.raises(KeyboardInterrupt):
        run.train()
    before = json.loads((run.folder / "config.json").read_text())
    monkeypatch.setattr(
        "slu.training.run.export_onnx", lambda model, slots, n, path: path.write_bytes(b"graph")
    )

    config = run.train(resume=True)

    assert config["temperatures"] == before["temperatures"]
    assert config["rejection_threshold"] == before["rejection_threshold"]


@pytest.mark.usefixtures("no_export")
def test_a_trained_run_is_not_trained_again(run: Run) -> None:
    first = run.train()
    steps: list[tuple[int, int]] = []

    again = run.train(resume=True, on_step=lambda *step: steps.append(step))

    assert again == first
    assert steps == []


@pytest.mark.parametrize(
    ("changes", "named"),
    [({"learning_rate": 0.5}, "train.learning_rate"), ({"seed": 8}, "train.seed")],
)
def test_changed_settings_are_refused(
    run: Run, corpus: Corpus, changes: dict[str, object], named: str
) -> None:
    interrupt(run, n_steps=2)
    other = Run(run.folder, corpus, MODEL, QUICK.model_copy(update=changes))

    with pytest.raises(ModelError, match=rf"other settings \({named}\); restore them, or"):
        other.train(resume=True)


def test_another_model_is_refused(run: Run, corpus: Corpus) -> None:
    interrupt(run, n_steps=2)
    wider = MODEL.model_copy(update={"d_model": 32})

    with pytest.raises(ModelError, match=r"other settings \(model\.d_model\)"):
        Run(run.folder, corpus, wider, QUICK).train(resume=True)


@pytest.mark.usefixtures("no_export")
@pytest.mark.parametrize("changes", [{"workers": 1}, {"run_name": "run"}])
def test_what_changes_no_number_may_change(
    run: Run, corpus: Corpus, changes: dict[str, object]
) -> None:
    interrupt(run, n_steps=2)

    Run(run.folder, corpus, MODEL, QUICK.model_copy(update=changes)).train(resume=True)

    assert len(history(run)) == 2


def test_a_folder_of_another_kind_is_not_taken_for_a_run(run: Run) -> None:
    run.folder.mkdir()
    (run.folder / "config.json").write_text("[1, 2")

    with pytest.raises(ModelError, match=r"damaged; start a new run"):
        run.train(resume=True)


@pytest.fixture
def not_logged_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("WANDB_API_KEY", "WANDB_MODE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.mark.usefixtures("no_export", "not_logged_in")
def test_without_an_account_history_stays_local_and_silent(
    corpus: Corpus, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    config = QUICK.model_copy(update={"wandb": WandbConfig(enable=True)})
    run = Run(tmp_path / "run", corpus, MODEL, config)

    run.train()

    assert capfd.readouterr() == ("", "")
    assert len(history(run)) == 2
    assert not (run.folder / "wandb").exists()


def test_the_commit_is_a_hash_or_none() -> None:
    commit = git_commit()

    in_checkout = shutil.which("git") and (Path(__file__).parents[2] / ".git").exists()
    assert commit is None or len(commit) == 40
    assert bool(commit) == bool(in_checkout)


def history(run: Run) -> list[dict[str, float]]:
    """Records without their times."""
    lines = (run.folder / "history.jsonl").read_text().splitlines()
    return [{k: v for k, v in json.loads(line).items() if k != "seconds"} for line in lines]
