"""Which requests of the inference log are looked at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from slu.errors import DataError
from slu.monitoring.log_table import QUANTITIES


@dataclass(frozen=True)
class LogFilter:
    """Requests that meet every condition; what is left empty restricts nothing."""

    start: datetime | None = None
    end: datetime | None = None
    """Exclusive."""
    sources: Sequence[str] = ()
    model_versions: Sequence[str] = ()
    statuses: Sequence[str] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    """slot -> label that was understood."""
    between: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    """Quantity -> lowest and highest value, both included."""

    def to_sql(self) -> tuple[str, list[Any]]:
        """A condition and the values of its question marks.

        Raises:
            DataError: `between` names something that is not measured.
        """
        terms = [("true", []), *self._times(), *self._choices(), *self._contents()]
        values = [value for _, values in terms for value in values]
        return " AND ".join(term for term, _ in terms), values

    def _times(self) -> list[tuple[str, list[Any]]]:
        bounds = (("ts >= ?", self.start), ("ts < ?", self.end))
        return [(term, [_naive_utc(time)]) for term, time in bounds if time]

    def _choices(self) -> list[tuple[str, list[Any]]]:
        choices = {
            "source": self.sources,
            "model_version": self.model_versions,
            "status": self.statuses,
        }
        return [
            (f"{column} IN (SELECT unnest(?))", [list(chosen)])
            for column, chosen in choices.items()
            if chosen
        ]

    def _contents(self) -> list[tuple[str, list[Any]]]:
        answers = "prediction IN (SELECT prediction FROM answers WHERE labels[?] = ?)"
        labels = [(answers, [*pair]) for pair in self.labels.items()]
        ranges = [
            (f"{quantity_column(name)} BETWEEN ? AND ?", [*bounds])
            for name, bounds in self.between.items()
        ]
        return [*labels, *ranges]


EVERYTHING = LogFilter()
"""Restricts nothing."""


def quantity_column(name: str) -> str:
    """`name`, which goes into a query, once it is known to be a measured column.

    Raises:
        DataError: it is not.
    """
    if name not in QUANTITIES:
        raise DataError(f"'{name}' is not measured; choose one of {', '.join(QUANTITIES)}")
    return name


def _naive_utc(time: datetime) -> datetime:
    # Times without a zone are UTC already, as everywhere in the log.
    return time.astimezone(UTC).replace(tzinfo=None) if time.tzinfo else time
