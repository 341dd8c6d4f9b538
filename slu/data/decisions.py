"""What people decided about recordings: keep or drop, whatever the sources say."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import pandas as pd

from slu.data.metadata import read_table
from slu.data.quality import LEFT_OUT
from slu.errors import DataError
from slu.files import locked, write_csv

DROPPED = "dropped"
"""Flag of a recording that a person dropped."""

_NEEDED = ["sha256", "decision"]


class Choice(StrEnum):
    """What can be decided about a recording."""

    KEEP = "keep"
    DROP = "drop"


@dataclass(frozen=True)
class Decision:
    """What somebody decided about a recording."""

    choice: Choice
    labels: Mapping[str, str]
    """slot -> label that the recording had then. Where the same recording appears with several
    labels, these are the right ones."""


class Decisions:
    """The decisions of a project, in a CSV with the columns sha256, decision and the slots.

    Recordings are known by their content, so that a decision outlives moved files and new ingests.

    Args:
        path: the CSV; where there is none, nothing was decided.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> dict[str, Decision]:
        """sha256 -> decision.

        Raises:
            DataError: the file is damaged.
        """
        if not self._path.exists():
            return {}
        table = read_table(self._path)
        if not {*_NEEDED} <= {*table.columns} or not {*table["decision"]} <= {*Choice}:
            raise DataError(
                f"{self._path} must have the columns sha256 and decision (keep or drop); mend it, "
                "or delete it to decide anew"
            )
        slots = [column for column in table.columns if column not in _NEEDED]
        return {
            row["sha256"]: Decision(Choice(row["decision"]), {slot: row[slot] for slot in slots})
            for row in table.to_dict("records")
        }

    def decide(self, sha256: str, decision: Decision) -> None:
        """Keep a decision, in place of an earlier one about the same recording."""
        with self._changing() as decisions:
            decisions[sha256] = decision

    def forget(self, sha256: str) -> None:
        """Take a decision back."""
        with self._changing() as decisions:
            decisions.pop(sha256, None)

    @contextmanager
    def _changing(self) -> Iterator[dict[str, Decision]]:
        with locked(self._path):
            decisions = self.read()
            yield decisions
            rows = [
                {"sha256": sha256, "decision": decision.choice.value, **decision.labels}
                for sha256, decision in decisions.items()
            ]
            # No rows, but the header: an empty file would be no table.
            write_csv(self._path, pd.DataFrame(rows, columns=None if rows else _NEEDED))


def apply_decisions(
    table: pd.DataFrame, slots: Sequence[str], decisions: Mapping[str, Decision]
) -> tuple[list[tuple[str, ...]], list[bool]]:
    """Let decisions overrule what a machine can tell.

    Args:
        table: columns sha256, flags (as `find_flags` gives them) and one for each slot.
        slots: label columns.
        decisions: sha256 -> decision.

    Returns:
        the flags of each row, with `dropped` where somebody dropped it, and whether it is kept.
    """
    flags, kept, settled = [], [], set()
    for row in table.to_dict("records"):
        decision = decisions.get(row["sha256"])
        is_dropped = decision is not None and decision.choice is Choice.DROP
        flags.append((*row["flags"], DROPPED) if is_dropped else row["flags"])
        is_kept = not is_dropped and LEFT_OUT.isdisjoint(row["flags"])
        if decision and "label_conflict" in row["flags"] and row["sha256"] not in settled:
            labels = {slot: row[slot] for slot in slots}
            is_kept = not is_dropped and decision.labels == labels
        if is_kept:
            settled.add(row["sha256"])
        kept.append(is_kept)
    return flags, kept
