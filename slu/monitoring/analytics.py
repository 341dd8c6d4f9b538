"""Questions to the inference log."""

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from slu.monitoring.log_filter import EVERYTHING, LogFilter, quantity_column
from slu.monitoring.log_summary import LogSummary
from slu.monitoring.log_table import QUANTITIES, LogTable

SOUND_QUANTITIES = ("audio_duration", "mel_mean", "mel_std", "snr_db")
"""What is measured of the recording itself."""

# Widths of time buckets that people can read off an axis, and how many fit on one.
_BUCKETS_S = (1, 5, 15, 60, 300, 900, 3600, 3 * 3600, 6 * 3600, 24 * 3600, 7 * 24 * 3600)
_MAX_BUCKETS = 200

# Asked for as one list, they cost one sorting of the latencies and not three.
_PERCENTILES = "quantile_cont(latency_ms, [0.5, 0.95, 0.99])"
_SCORES = f"""
    count(*) AS requests,
    count(*) FILTER (status = 'ok') AS ok,
    count(*) FILTER (status = 'rejected') AS rejected,
    count(*) FILTER (status = 'error') AS error,
    avg(latency_ms) AS mean_latency_ms,
    {_PERCENTILES}[1] AS p50_latency_ms,
    {_PERCENTILES}[2] AS p95_latency_ms,
    {_PERCENTILES}[3] AS p99_latency_ms,
    avg(joint_confidence) AS mean_confidence
"""
_SPAN = "min(ts) AS first_ts, max(ts) AS last_ts"


class LogAnalytics:
    """Answers from the log as it was at the last `refresh`. May be shared by threads.

    Args:
        log_path: `logs/inference.log`; its rotated files belong to it.
        since: leave out rotated files that were complete before; none: read all.

    Raises:
        DataError: a file may not be read.
    """

    def __init__(self, log_path: Path, since: datetime | None = None) -> None:
        self._table = LogTable(log_path, since)
        self.refresh()

    def refresh(self) -> bool:
        """Take in what was logged since.

        Returns:
            whether there was anything.

        Raises:
            DataError: a file may not be read.
        """
        return self._table.refresh()

    def sources(self) -> list[str]:
        """The doors that requests came through."""
        return self._distinct("source")

    def model_versions(self) -> list[str]:
        """The versions that answered."""
        return self._distinct("model_version")

    def count(self, where: LogFilter = EVERYTHING) -> int:
        """How many requests there are."""
        return int(self._select("SELECT count(*) AS n FROM log", where)["n"].iloc[0])

    def last_ts(self) -> datetime | None:
        """When the last request was answered; none where there was never one."""
        last = self._table.query("SELECT max(ts) AS ts FROM log")["ts"].iloc[0]
        return None if pd.isna(last) else last.to_pydatetime()

    def summary(self, where: LogFilter = EVERYTHING) -> LogSummary:
        """The requests in numbers."""
        found = self._select(f"SELECT {_SPAN}, {_SCORES} FROM log", where).to_dict("records")[0]
        known: dict[str, Any] = {
            name: None if pd.isna(value) else value for name, value in found.items()
        }
        rows = known.pop("requests")
        counts = {status: known.pop(status) for status in ("ok", "rejected", "error")}
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
            `p99_latency_ms`, `mean_confidence`, and `mean_` of each of `SOUND_QUANTITIES`.
        """
        width_s = bucket_s or self.readable_bucket_s(where)
        bucket = f"time_bucket(to_seconds({float(width_s)}), ts)"
        means = ", ".join(f"avg({name}) AS mean_{name}" for name in SOUND_QUANTITIES)
        sql = f"SELECT {bucket} AS bucket, {_SCORES}, {means} FROM log"
        table = self._select(sql, where, "GROUP BY bucket ORDER BY bucket")
        return table.rename(columns={"bucket": "ts"})

    def readable_bucket_s(self, where: LogFilter = EVERYTHING) -> float:
        """A width of time buckets that gives a readable number of them."""
        sql = "SELECT date_diff('second', min(ts), max(ts)) AS span_s FROM log"
        span_s = self._select(sql, where)["span_s"].fillna(0).iloc[0]
        wide_enough = (width for width in _BUCKETS_S if span_s / width <= _MAX_BUCKETS)
        return next(wide_enough, _BUCKETS_S[-1])

    def models(self, where: LogFilter = EVERYTHING) -> pd.DataFrame:
        """The model versions side by side.

        Returns:
            a row for each `model_version`: `first_ts`, `last_ts`, and outcomes, latencies and
            confidence as of `over_time`.
        """
        sql = f"SELECT model_version, {_SPAN}, {_SCORES} FROM log"
        return self._select(sql, where, "GROUP BY model_version ORDER BY first_ts, model_version")

    def histogram(
        self, quantity: str, where: LogFilter = EVERYTHING, bins: int = 40
    ) -> pd.DataFrame:
        """How often a quantity has which value.

        Args:
            quantity: a measured column.
            where: which requests.
            bins: over the bulk of the values; those far outside are counted at the ends.

        Returns:
            `left`, `right` and `requests` of each bin; no row where nothing was measured.

        Raises:
            DataError: the quantity is not measured.
        """
        name = quantity_column(quantity)
        low, high = self._range(name, where)
        if np.isnan(low):
            return pd.DataFrame({"left": [], "right": [], "requests": []})
        edges = np.linspace(low, high if high > low else low + 1.0, bins + 1)
        place = f"floor(({name} - {edges[0]}) / {edges[1] - edges[0]})"
        sql = f"SELECT greatest(0, least({bins - 1}, {place})) AS bin, count({name}) AS n FROM log"
        counts = self._select(sql, where, f"AND {name} IS NOT NULL GROUP BY bin")
        requests = counts.set_index("bin")["n"].reindex(range(bins), fill_value=0).to_numpy()
        return pd.DataFrame({"left": edges[:-1], "right": edges[1:], "requests": requests})

    def class_mix(self, where: LogFilter = EVERYTHING) -> pd.DataFrame:
        """How often which label was answered.

        Returns:
            `slot`, `label`, `requests` and `share` within the slot; the most frequent first.
        """
        condition, parameters = where.to_sql()
        sql = f"""
            WITH counts AS (
                SELECT prediction, count(*) AS n FROM log
                WHERE {condition} AND status = 'ok' GROUP BY prediction
            ), parts AS (
                SELECT unnest(map_entries(labels)) AS part, n
                FROM counts JOIN answers USING (prediction)
            )
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
        answers = [_parse_labels(text) for text in requests.pop("prediction")]
        for slot in slots:
            requests[slot] = [labels.get(slot) for labels in answers]
        return requests

    def answers(
        self, request_ids: Sequence[str], where: LogFilter = EVERYTHING
    ) -> dict[str, dict[str, Any]]:
        """Request id -> slot -> label that was understood, of those requests that are found."""
        sql = "SELECT request_id, prediction FROM log"
        chosen = "AND request_id IN (SELECT unnest(?::VARCHAR[]))"
        found = self._select(sql, where, chosen, [list(request_ids)])
        return {
            request_id: _parse_labels(text)
            for request_id, text in zip(found["request_id"], found["prediction"], strict=True)
        }

    def _select(
        self, sql: str, where: LogFilter, tail: str = "", values: Sequence[Any] = ()
    ) -> pd.DataFrame:
        condition, parameters = where.to_sql()
        return self._table.query(f"{sql} WHERE {condition} {tail}", [*parameters, *values])

    def _distinct(self, column: str) -> list[str]:
        sql = f"SELECT DISTINCT {column} AS value FROM log WHERE value IS NOT NULL ORDER BY value"
        return list(self._table.query(sql)["value"])

    def _count_malformed(self) -> int:
        sql = "SELECT (SELECT count(*) FROM lines) - (SELECT count(*) FROM log) AS n"
        return int(self._table.query(sql)["n"].iloc[0])

    def _range(self, name: str, where: LogFilter) -> tuple[float, float]:
        """The middle 99 % of a quantity, and a tenth more where there is data; NaN for none."""
        sql = f"""
            SELECT min({name}), quantile_cont({name}, 0.005), quantile_cont({name}, 0.995),
                max({name}) FROM log
        """
        lowest, low, high, highest = self._select(sql, where).to_numpy(float)[0]
        margin = (high - low) / 10
        return max(lowest, low - margin), min(highest, high + margin)


def _parse_labels(text: object) -> dict[str, Any]:
    labels = json.loads(text) if isinstance(text, str) else None
    return labels if isinstance(labels, dict) else {}
