"""Drift of the log against the training reference."""

from dataclasses import dataclass

import pandas as pd

from slu.config.monitor import DriftConfig
from slu.monitoring.reference import CHUNK_SIZES, NumericReference, Reference, SlotReference

_Part = NumericReference | SlotReference

MIN_VALUES = CHUNK_SIZES[0]
"""Fewer values than this say nothing about a distribution."""


@dataclass(frozen=True)
class ColumnDrift:
    """How far one quantity or slot of a chunk lies from the reference."""

    column: str
    n_values: int
    distances: dict[str, float]
    """`psi`, `js`, and `ks` of a quantity or `chi2` of a slot."""
    thresholds: dict[str, float]
    """The largest distance of each kind that is still calm."""

    @property
    def alert(self) -> bool:
        """Whether any distance is above its threshold."""
        return any(value > self.thresholds[name] for name, value in self.distances.items())


@dataclass(frozen=True)
class ChunkDrift:
    """Drift of one chunk of consecutive requests."""

    start: pd.Timestamp
    end: pd.Timestamp
    columns: list[ColumnDrift]


class DriftCalculator:
    """Scores chunks of the log against a frozen reference.

    Args:
        reference: of the model that answered.
        config: chunk size and threshold.
    """

    def __init__(self, reference: Reference, config: DriftConfig | None = None) -> None:
        self.reference = reference
        self.config = config or DriftConfig()

    def calculate(self, chunk: pd.DataFrame) -> list[ColumnDrift]:
        """Compare a chunk with the reference.

        Args:
            chunk: one row a request; the reference's quantities and slots as columns. Columns
                that are absent or hold fewer than `MIN_VALUES` values are left out.
        """
        parts: list[tuple[str, _Part]] = [
            *self.reference.numeric.items(),
            *self.reference.slots.items(),
        ]
        drifts = [self._judge(name, part, chunk[name]) for name, part in parts if name in chunk]
        return [drift for drift in drifts if drift]

    def over_time(self, requests: pd.DataFrame) -> list[ChunkDrift]:
        """Compare chunk after chunk; the newest is whole, unless there are fewer requests.

        Args:
            requests: as for `calculate`, in the order of time, with their times in `ts`.
        """
        size, n_requests = self.config.chunk_size, len(requests)
        first = n_requests % size if n_requests >= size else 0
        chunks = [requests.iloc[start : start + size] for start in range(first, n_requests, size)]
        return [
            ChunkDrift(chunk["ts"].iloc[0], chunk["ts"].iloc[-1], self.calculate(chunk))
            for chunk in chunks
        ]

    def _judge(self, name: str, part: _Part, column: pd.Series) -> ColumnDrift | None:
        sample = part.clean(column)
        if sample.size < MIN_VALUES:
            return None
        thresholds = {
            distance: spread.threshold(sample.size, self.config.deviations)
            for distance, spread in part.spread.items()
        }
        return ColumnDrift(name, sample.size, part.compare(sample), thresholds)
