"""Questions to the inference log. All times are UTC, without a zone in tables."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import binomtest

from slu.monitoring.feedback import Feedback
from slu.monitoring.log_filter import EVERYTHING, LogFilter, quantity_column
from slu.monitoring.log_table import LABELS, QUANTITIES, LogTable

ALL_SLOTS = "(all)"
"""Stands for an answer with every judged slot right."""

# Widths of time buckets that people can read off an axis, and how many fit on one.
_BUCKETS_S = (1, 5, 15, 60, 300, 900, 3600, 3 * 3600, 6 * 3600, 24 * 3600, 7 * 24 * 3600)
_MAX_BUCKETS = 200

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
        return self._select(sql, where, "GROUP BY bucket ORDER BY bucket").rename(
            columns={"bucket": "ts"}
        )

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
        name = quantity_column(quantity)
        low, high = self._middle(name, where)
        if np.isnan(low):
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
            ), parts AS (SELECT unnest(map_entries({LABELS})) AS part, n FROM answers)
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
        newest = f"AND status <> 'error' ORDER BY ts DESC LIMIT {int(limit)}"
        requests = self._select(sql, where, newest).iloc[::-1].reset_index(drop=True)
        answers = requests.pop("prediction").map(_parse_labels)
        for slot in slots:
            requests[slot] = [labels.get(slot) for labels in answers]
        return requests

    def accuracy(
        self, corrections: Mapping[str, Feedback], where: LogFilter = EVERYTHING
    ) -> pd.DataFrame:
        """How often corrected requests had been right, with 95 % Wilson intervals.

        People correct what is wrong more readily than they confirm what is right, so this is a
        lower estimate, unless feedback is asked for at random.

        Args:
            corrections: as `read_feedback` gives them.
            where: which requests.

        Returns:
            `slot` (`ALL_SLOTS` for whole answers), `corrections`, `right`, `accuracy`, `low` and
            `high`; no row where no request was corrected.
        """
        sql = "SELECT request_id, prediction FROM log"
        chosen = "AND request_id IN (SELECT unnest(?::VARCHAR[]))"
        requests = self._select(sql, where, chosen, [list(corrections)])
        verdicts: dict[str, list[bool]] = {}
        for request_id, text in zip(requests["request_id"], requests["prediction"], strict=True):
            answer, right = _parse_labels(text), corrections[request_id].labels
            hits = {slot: answer.get(slot) == label for slot, label in right.items()}
            for slot, hit in {**hits, ALL_SLOTS: all(hits.values())}.items():
                verdicts.setdefault(slot, []).append(hit)
        return pd.DataFrame(
            [_score(slot, hits) for slot, hits in sorted(verdicts.items())],
            columns=["slot", "corrections", "right", "accuracy", "low", "high"],
        )

    def _select(
        self, sql: str, where: LogFilter, tail: str = "", values: Sequence[Any] = ()
    ) -> pd.DataFrame:
        condition, parameters = where.to_sql()
        return self._table.query(f"{sql} WHERE {condition} {tail}", [*parameters, *values])

    def _count_malformed(self) -> int:
        sql = "SELECT (SELECT count(*) FROM lines) - (SELECT count(*) FROM log) AS n"
        return int(self._table.query(sql)["n"].iloc[0])

    def _readable_bucket_s(self, where: LogFilter) -> float:
        sql = "SELECT date_diff('second', min(ts), max(ts)) AS span_s FROM log"
        span_s = self._select(sql, where)["span_s"].fillna(0).iloc[0]
        wide_enough = (width for width in _BUCKETS_S if span_s / width <= _MAX_BUCKETS)
        return next(wide_enough, _BUCKETS_S[-1])

    def _middle(self, name: str, where: LogFilter) -> NDArray[np.float64]:
        """The range that holds the middle 99 % of a quantity; NaN where there is none."""
        sql = f"SELECT quantile_cont({name}, 0.005) AS low, quantile_cont({name}, 0.995) AS high"
        return self._select(f"{sql} FROM log", where).iloc[0].to_numpy(np.float64)


def _parse_labels(text: object) -> dict[str, Any]:
    labels = json.loads(text) if isinstance(text, str) else None
    return labels if isinstance(labels, dict) else {}


def _score(slot: str, hits: Sequence[bool]) -> tuple[str, int, int, float, float, float]:
    interval = binomtest(sum(hits), len(hits)).proportion_ci(method="wilson")
    return slot, len(hits), sum(hits), sum(hits) / len(hits), interval.low, interval.high
