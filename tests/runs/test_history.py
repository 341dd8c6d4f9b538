import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slu.runs import read_history
from slu.runs.history import History
from tests.runs.fakes import record

SHIPPED = Path(__file__).parents[2] / "artifacts" / "m2_best" / "history.jsonl"


def text_of(records: list[dict[str, float]]) -> bytes:
    return "".join(json.dumps(r) + "\n" for r in records).encode()


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("history") / "history.jsonl"


def test_a_run_without_history_has_no_epochs(tmp_path: Path) -> None:
    history = read_history(tmp_path / "history.jsonl")

    assert history == History()
    assert history.best is None
    assert history.epoch_s is None


def test_reads_the_history_of_the_shipped_model() -> None:
    history = read_history(SHIPPED)

    assert history.column("epoch") == [float(epoch) for epoch in range(1, 25)]
    assert history.best is not None
    assert history.best["val_joint_accuracy"] == max(history.column("val_joint_accuracy"))


@given(n_epochs=st.integers(1, 5), cut=st.integers(0, 2000))
def test_a_torn_last_line_hides_no_epoch_before_it(path: Path, n_epochs: int, cut: int) -> None:
    content = text_of([record(epoch) for epoch in range(1, n_epochs + 1)])
    torn = content[: cut % (len(content) + 1)]
    path.write_bytes(torn)

    epochs = read_history(path).column("epoch")

    n_whole = torn.count(b"\n")
    assert epochs[:n_whole] == [float(epoch) for epoch in range(1, n_whole + 1)]
    assert len(epochs) <= n_whole + 1  # the last may be whole but for its line end


@given(st.lists(st.binary(max_size=40), max_size=5))
def test_foreign_lines_are_passed_over(path: Path, foreign: list[bytes]) -> None:
    path.write_bytes(b"\n".join([*foreign, b""]) + text_of([record(1), record(2)]))

    assert read_history(path).column("epoch") == [1.0, 2.0]


@pytest.mark.parametrize(
    "row",
    [
        {},
        {"epoch": 3},
        record(3) | {"val_loss": "low"},
        record(3) | {"val_loss": float("nan")},
        record(3) | {"epoch": 0},
        record(3) | {"epoch": None},
    ],
)
def test_an_epoch_with_missing_numbers_does_not_count(path: Path, row: dict[str, float]) -> None:
    path.write_bytes(text_of([record(1), row]))

    assert read_history(path).column("epoch") == [1.0]


def test_an_epoch_written_twice_counts_once(path: Path) -> None:
    path.write_bytes(text_of([record(1, 0.1), record(2, 0.2), record(2, 0.3)]))

    assert read_history(path).column("val_joint_accuracy") == [0.1, 0.3]


def test_the_best_epoch_is_the_one_whose_weights_the_trainer_keeps() -> None:
    """Most clips right, then the least loss, then the earliest."""
    records = [record(1, 0.4, 0.1), record(2, 0.6, 0.9), record(3, 0.6, 0.5), record(4, 0.6, 0.5)]

    best = History(tuple(records)).best

    assert best is not None
    assert best["epoch"] == 3


def test_the_last_epochs_tell_how_long_one_takes() -> None:
    records = [record(epoch) | {"seconds": 100.0 if epoch == 1 else 2.0} for epoch in range(1, 8)]

    assert History(tuple(records)).epoch_s == 2.0
