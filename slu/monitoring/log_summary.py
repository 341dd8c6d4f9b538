"""The inference log in a few numbers."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class LogSummary:
    """The log in numbers; none where no request has such a number."""

    rows: int
    malformed_lines: int
    """Torn and foreign lines of all files, whatever the filter."""
    first_ts: datetime | None
    last_ts: datetime | None
    status_counts: dict[str, int]
    error_rate: float | None
    rejection_rate: float | None
    mean_latency_ms: float | None
    p50_latency_ms: float | None
    p95_latency_ms: float | None
    p99_latency_ms: float | None
    mean_confidence: float | None
