from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from slu.data.decisions import Choice, Decision, Decisions, apply_decisions
from slu.errors import DataError

SLOTS = ["product", "quantity"]
TEA = {"product": "teh", "quantity": "1"}
COFFEE = {"product": "kopi", "quantity": "2"}


@pytest.fixture
def decisions(tmp_path: Path) -> Decisions:
    return Decisions(tmp_path / "data/quality_decisions.csv")


def row(sha256: str, labels: dict[str, str], *flags: str) -> dict[str, Any]:
    return {"sha256": sha256, "flags": flags, **labels}


def kept(rows: list[dict[str, Any]], decided: dict[str, Decision]) -> list[bool]:
    return apply_decisions(pd.DataFrame(rows), SLOTS, decided)[1]


def test_without_a_file_nothing_is_decided(decisions: Decisions) -> None:
    assert decisions.read() == {}


def test_a_decision_is_durable_and_can_be_changed_and_taken_back(decisions: Decisions) -> None:
    decisions.decide("a", Decision(Choice.KEEP, TEA))
    decisions.decide("b", Decision(Choice.DROP, COFFEE))
    decisions.decide("a", Decision(Choice.DROP, TEA))
    assert decisions.read() == {
        "a": Decision(Choice.DROP, TEA),
        "b": Decision(Choice.DROP, COFFEE),
    }
    decisions.forget("a")
    decisions.forget("b")
    decisions.forget("never decided")
    assert decisions.read() == {}


@pytest.mark.parametrize("content", ["sha256\na\n", "sha256,decision\na,perhaps\n"])
def test_a_damaged_file_is_an_error_that_names_it(tmp_path: Path, content: str) -> None:
    path = tmp_path / "decisions.csv"
    path.write_text(content)
    with pytest.raises(DataError, match=r"decisions\.csv must have the columns sha256 and"):
        Decisions(path).read()


def test_machines_decide_where_nobody_did() -> None:
    rows = [row("a", TEA), row("b", TEA, "clipped"), row("a", TEA, "duplicate")]
    assert kept(rows, {}) == [True, True, False]


def test_what_was_dropped_is_left_out_in_every_row_and_flagged() -> None:
    rows = [row("a", TEA), row("a", TEA, "duplicate"), row("b", TEA)]
    flags, is_kept = apply_decisions(pd.DataFrame(rows), SLOTS, {"a": Decision(Choice.DROP, TEA)})
    assert is_kept == [False, False, True]
    assert flags == [("dropped",), ("duplicate", "dropped"), ()]


def test_of_a_conflict_the_labels_that_were_chosen_stay_once() -> None:
    rows = [
        row("a", TEA, "label_conflict"),
        row("a", COFFEE, "label_conflict", "duplicate"),
        row("a", COFFEE, "label_conflict", "duplicate"),
    ]
    assert kept(rows, {"a": Decision(Choice.KEEP, COFFEE)}) == [False, True, False]
    assert kept(rows, {"a": Decision(Choice.DROP, COFFEE)}) == [False, False, False]


def test_a_kept_clip_stays_when_its_labels_are_corrected_later() -> None:
    assert kept([row("a", COFFEE, "clipped")], {"a": Decision(Choice.KEEP, TEA)}) == [True]
