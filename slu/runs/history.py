"""What a run learned, epoch by epoch, and how long it takes."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from statistics import fmean
from typing import Any

from slu.jsonl import read_rows

Record = Mapping[str, float]

_NEEDED = ("train_loss", "val_loss", "val_joint_accuracy", "seconds")
# So many of the last epochs tell how long the next will take.
_RECENT = 5


@dataclass(frozen=True)
class History:
    """Finished epochs in their order."""

    records: tuple[Record, ...] = ()

    def column(self, name: str) -> list[float]:
        """One value of each epoch, such as `val_loss`."""
        return [record[name] for record in self.records]

    @property
    def best(self) -> Record | None:
        """The epoch whose weights are kept: most clips right, then the least loss."""
        return max(self.records, key=_score, default=None)

    @property
    def epoch_s(self) -> float | None:
        """Duration of an epoch, going by the last ones."""
        recent = self.column("seconds")[-_RECENT:]
        return fmean(recent) if recent else None


def read_history(path: Path) -> History:
    """Read a `history.jsonl` that may be growing; torn and foreign lines are passed over."""
    records: dict[float, Record] = {}
    for row in read_rows(path):
        record = _numbers(row)
        if record.get("epoch", 0) >= 1 and all(key in record for key in _NEEDED):
            records[record["epoch"]] = record
    return History(tuple(records[epoch] for epoch in sorted(records)))


def _numbers(row: Mapping[str, Any]) -> dict[str, float]:
    return {
        key: float(value)
        for key, value in row.items()
        if isinstance(value, int | float) and isfinite(value)
    }


def _score(record: Record) -> tuple[float, float]:
    return record["val_joint_accuracy"], -record["val_loss"]
