"""Questions to the inference log. All times are UTC, without a zone in tables."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import binomtest

from slu.errors import DataError
from slu.monitoring.feedback import Feedback
from slu.monitoring.log_table import QUANTITIES, LogTable

ALL_SLOTS = "(all)"
"""Stands for an answer with every judged slot right."""

# Widths of time buckets that people can read off an axis, and how many fit on one.
_BUCKETS_S = (1, 5, 15, 60, 300, 900, 3600, 3 * 3600, 6 * 3600, 24 * 3600, 7 * 24 * 3600)
_MAX_BUCKETS = 200

_LABELS = "try_cast(prediction AS MAP(VARCHAR, VARCHAR))"
_SCORES = """
    count(*) AS requests,
    count(*) FILTER (status = 'ok') AS ok,
    count(*) FILTER (status = 'rejected') AS rejected,
    count(*) FILTER (status = 'error') AS error,
    avg(latency_ms) AS mean_latency_ms,
    quantile_cont(latency_ms, 0.5) AS p50_latency_ms,
    quantile_cont(latency_ms, 0.95) AS p95_latency_ms,
    quantile_cont(latency_ms, 0.99) AS p99_latency_ms,
    avg(joint_confidence) AS mean_confidence
"""


@dataclass(frozen=True)
class LogFilter:
    """Which requests are looked at; what is left empty restricts nothing."""

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
        """A condition with its parameters."""
        terms: list[tuple[str, list[Any]]] = [("true", [])]
        if self.start:
            terms.append(("ts >= ?", [_naive_utc(self.start)]))
        if self.end:
            terms.append(("ts < ?", [_naive_utc(self.end)]))
        for column, chosen in self._choices().items():
            terms.append((f"{column} IN (SELECT unnest(?))", [list(chosen)]))
        for slot, label in self.labels.items():
            terms.append((f"{_LABELS}[?] = ?", [slot, label]))
        for name, bounds in self.between.items():
            terms.append((f"{_quantity(name)} BETWEEN ? AND ?", [*bounds]))
        condition = " AND ".join(term for term, _ in terms)
        return condition, [value for _, values in terms for value in values]

    def _choices(self) -> dict[str, Sequence[str]]:
        choices = {
            "source": self.sources,
            "model_version": self.model_versions,
            "status": self.statuses,
        }
        return {column: chosen for column, chosen in choices.items() if chosen}


EVERYTHING = LogFilter()


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


class LogAnalytics:
    """Answers from the log as it was at the last `refresh`. May be shared by threads.

    Args:
        log_path: `logs/inference.log`; its rotated files belong to it.
    """

    def __init__(self, log_path: Path) -> None:
        self._table = LogTable(log_path)
        self.refresh()

    def refresh(self) -> bool:
        """Take in what was logged since; whether there was anything.

        Raises:
            DataError: a file may not be read.
        """
        return self._table.refresh()

    def values(self, column: str) -> list[str]:
        """The different values of `source`, `model_version` or `status`, in order."""
        sql = f"SELECT DISTINCT {column} AS value FROM log WHERE value IS NOT NULL ORDER BY value"
        return self._table.query(sql)["value"].tolist()

    def summary(self, where: LogFilter = EVERYTHING) -> LogSummary:
        """The requests in numbers."""
        sql = f"SELECT min(ts) AS first_ts, max(ts) AS last_ts, {_SCORES} FROM log"
        found = self._select(sql, where).iloc[0]
        known = {name: None if pd.isna(value) else value for name, value in found.items()}
        rows = int(known.pop("requests"))
        counts = {status: int(known.pop(status)) for status in ("ok", "rejected", "error")}
        return LogSummary(
            rows=rows,
            malformed_lines=self._count_malformed(),
            status_counts=counts,
            error_rate=counts["error"] / rows if rows else None,
            rejection_rate=counts["rejected"] / rows if rows else None,
            **known,
        )

    def over_time(
        self, where: LogFilter = EVERYTHING, bucket_s: float | None = None
    ) -> pd.DataFrame:
        """Traffic, outcomes, latency and mean quantities over time.

        Args:
            where: which requests.
            bucket_s: width of a bucket; none: one that gives a readable number of them.

        Returns:
            a row for each bucket that has requests: `ts` (its start), `requests`, `ok`,
            `rejected`, `error`, `mean_latency_ms`, `p50_latency_ms`, `p95_latency_ms`,
            `p99_latency_ms`, `mean_confidence` and the mean of each other quantity.
        """
        width_s = bucket_s or self._readable_bucket_s(where)
        means = ", ".join(f"avg({name}) AS {name}" for name in QUANTITIES)
        bucket = f"time_bucket(to_seconds({float(width_s)}), ts)"
        sql = f"SELECT {bucket} AS bucket, {_SCORES}, {means} FROM log"
        return self._select(sql, where, "GROUP BY bucket ORDER BY bucket").rename(columns={"bucket": "ts"})

    def models(self, where: LogFilter = EVERYTHING) -> pd.DataFrame:
        """The model versions side by side: a row each, columns as of `over_time`."""
        sql = f"SELECT model_version, min(ts) AS first_ts, max(ts) AS last_ts, {_SCORES} FROM log"
        return self._select(sql, where, "GROUP BY model_version ORDER BY first_ts")

    def histogram(
        self, quantity: str, where: LogFilter = EVERYTHING, bins: int = 40
    ) -> pd.DataFrame:
        """How often a quantity has which value.

        Args:
            quantity: a measured column.
            where: which requests.
            bins: over the middle 99 % of the values; those outside are counted at the ends.

        Returns:
            `left`, `right` and `requests` of each bin; no row where nothing was measured.
        """
        name = _quantity(quantity)
        low, high = self._middle(name, where)
        if low is None or high is None:
            return pd.DataFrame({"left": [], "right": [], "requests": []})
        edges = np.linspace(low, high if high > low else low + 1.0, bins + 1)
        place = f"floor(({name} - {edges[0]}) / {edges[1] - edges[0]})"
        sql = f"SELECT greatest(0, least({bins - 1}, {place})) AS bin, count({name}) AS n FROM log"
        counts = self._select(sql, where, "GROUP BY bin").dropna().set_index("bin")["n"]
        counts = counts.reindex(range(bins), fill_value=0).to_numpy()
        return pd.DataFrame({"left": edges[:-1], "right": edges[1:], "requests": counts})

    def class_mix(self, where: LogFilter = EVERYTHING) -> pd.DataFrame:
        """How often which label was answered.

        Returns:
            `slot`, `label`, `requests` and `share` within the slot; the most frequent first.
        """
        condition, parameters = where.to_sql()
        # There are few different answers: counting them first spares parsing each request's.
        sql = f"""
            WITH answers AS (
                SELECT prediction, count(*) AS n FROM log
                WHERE status = 'ok' AND {condition} GROUP BY prediction
            ), parts AS (SELECT unnest(map_entries({_LABELS})) AS part, n FROM answers)
            SELECT part.key AS slot, part.value AS label, sum(n)::BIGINT AS requests
            FROM parts WHERE label IS NOT NULL GROUP BY slot, label
            ORDER BY slot, requests DESC, label
        """
        mix = self._table.query(sql, parameters)
        mix["share"] = mix["requests"] / mix.groupby("slot")["requests"].transform("sum")
        return mix

    def rows(self, where: LogFilter = EVERYTHING, limit: int = 200) -> pd.DataFrame:
        """The requests themselves, newest first; `prediction` and `confidence` are JSON text."""
        return self._select("FROM log", where, f"ORDER BY ts DESC LIMIT {int(limit)}")

    def observations(
        self, slots: Sequence[str], limit: int, where: LogFilter = EVERYTHING
    ) -> pd.DataFrame:
        """What drift is judged by: the newest requests whose recording could be used.

        Args:
            slots: slots to make columns of; only answered requests have labels.
            limit: how many requests at most.
            where: which requests.

        Returns:
            `ts`, the measured columns and the slots, in the order of time.
        """
        names = ", ".join(QUANTITIES)
        sql = f"SELECT ts, {names}, if(status = 'ok', prediction, NULL) AS prediction FROM log"
        where = replace
