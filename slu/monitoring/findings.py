"""Everything that a report tells, gathered from the log."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from slu.config.monitor import MonitorConfig
from slu.data.feedback import Feedback
from slu.monitoring.accuracy import accuracy
from slu.monitoring.alert import Alert
from slu.monitoring.alerts import check
from slu.monitoring.analytics import LogAnalytics
from slu.monitoring.drift import ChunkDrift, DriftCalculator
from slu.monitoring.log_summary import LogSummary
from slu.monitoring.reference import Reference


@dataclass(frozen=True)
class Findings:
    """The log, judged."""

    summary: LogSummary
    models: pd.DataFrame
    class_mix: pd.DataFrame
    accuracy: pd.DataFrame
    alerts: list[Alert]
    drift: list[ChunkDrift]
    """Newest chunks in the order of time; none without a reference."""

    def to_json(self) -> dict[str, Any]:
        """The content of `summary.json`."""
        newest = self.drift[-1].columns if self.drift else []
        return {
            **_plain(pd.DataFrame([asdict(self.summary)]))[0],
            "alerts": [asdict(alert) for alert in self.alerts],
            "models": _plain(self.models),
            "accuracy": _plain(self.accuracy),
            "drift": {drift.column: {**asdict(drift), "alert": drift.alert} for drift in newest},
        }


def gather(
    analytics: LogAnalytics,
    config: MonitorConfig,
    reference: Reference | None,
    corrections: Mapping[str, Feedback],
    now: datetime,
) -> Findings:
    """Judge the whole log.

    Args:
        analytics: of the log.
        config: chunk size, thresholds and alert rules.
        reference: of the model in use; without it nothing is said about drift.
        corrections: as `read_feedback` gives them.
        now: the time, with its zone.
    """
    return Findings(
        summary=analytics.summary(),
        models=analytics.models(),
        class_mix=analytics.class_mix(),
        accuracy=accuracy(analytics, corrections),
        alerts=check(analytics, config, reference, now),
        drift=_drift(analytics, config, reference) if reference else [],
    )


def _drift(
    analytics: LogAnalytics, config: MonitorConfig, reference: Reference
) -> list[ChunkDrift]:
    limit = config.drift.chunk_size * config.drift.chunks
    newest = analytics.observations(list(reference.slots), limit)
    return DriftCalculator(reference, config.drift).over_time(newest)


def _plain(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as JSON has them: times as text, missing values as null."""
    rows: list[dict[str, Any]] = json.loads(
        table.to_json(orient="records", date_format="iso", double_precision=6)
    )
    return rows
