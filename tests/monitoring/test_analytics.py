from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest

from slu.errors import DataError
from slu.monitoring.analytics import LogAnalytics
from slu.monitoring.inference_log import InferenceRecord
from slu.monitoring.log_filter import LogFilter

START = datetime(2025, 6, 1, tzinfo=UTC)
JAKARTA = timezone(timedelta(hours=7))

MakeRecord = Callable[..., InferenceRecord]
WriteLog = Callable[..., Path]


@pytest.fixture
def analytics(make_record: MakeRecord, write_log: WriteLog) -> LogAnalytics:
    """Ten answers a minute apart by m1, then five rejections and an error by m2."""
    answered = [make_record(60 * n, latency_ms=10.0 + n) for n in range(9)]
    other = make_record(540, latency_ms=19.0, prediction={"product": "gula", "quantity": "2"})
    rejected = [
        make_record(600 + n, status="rejected", source="live", model_version="m2", mel_mean=-20.0)
        for n in range(5)
    ]
    failed = InferenceRecord(
        ts=make_record(660).ts, request_id="failed", source="upload", status="error",
        latency_ms=1.0, model_version="m2", error="not a recording",
    )  # fmt: skip
    path = write_log(*answered, other, *rejected, failed)
    with path.open("a", encoding="utf-8") as file:
        file.write('foreign\n{"torn": ')
    return LogAnalytics(path)


def test_summary(analytics: LogAnalytics) -> None:
    summary = analytics.summary()
    assert summary.rows == 16
    assert summary.malformed_lines == 2
    assert summary.status_counts == {"ok": 10, "rejected": 5, "error": 1}
    assert summary.error_rate == pytest.approx(1 / 16)
    assert summary.rejection_rate == pytest.approx(5 / 16)
    assert summary.mean_latency_ms == pytest.approx((sum(range(10, 20)) + 50 + 1) / 16)
    assert summary.p50_latency_ms == pytest.approx(11.5)
    assert summary.mean_confidence == pytest.approx(0.72)
    assert (summary.first_ts, summary.last_ts) == (START, START + timedelta(seconds=660))


def test_summary_of_nothing(analytics: LogAnalytics) -> None:
    summary = analytics.summary(LogFilter(sources=["nobody"]))
    assert summary.rows == 0
    assert summary.status_counts == {"ok": 0, "rejected": 0, "error": 0}
    assert (summary.error_rate, summary.p95_latency_ms, summary.last_ts) == (None, None, None)


@pytest.mark.parametrize(
    ("where", "rows"),
    [
        (LogFilter(), 16),
        (LogFilter(start=START + timedelta(seconds=60)), 15),
        (LogFilter(end=START + timedelta(seconds=60)), 1),
        (LogFilter(start=(START + timedelta(minutes=10)).astimezone(JAKARTA)), 6),
        (LogFilter(start=START.replace(tzinfo=None), end=START.replace(tzinfo=None)), 0),
        (LogFilter(sources=["live", "upload"]), 6),
        (LogFilter(model_versions=["m1"]), 10),
        (LogFilter(statuses=["rejected"], model_versions=["m2"]), 5),
        (LogFilter(labels={"product": "gula", "quantity": "2"}), 1),
        (LogFilter(labels={"product": "'; DROP TABLE answers; --"}), 0),
        (LogFilter(between={"latency_ms": (11.0, 12.0)}), 2),
        (LogFilter(between={"mel_mean": (-30.0, np.inf)}), 5),
    ],
)  # fmt: skip
def test_filters(analytics: LogAnalytics, where: LogFilter, rows: int) -> None:
    assert analytics.summary(where).rows == rows
    assert len(analytics.rows(where)) == rows
    assert analytics.over_time(where)["requests"].sum() == rows


def test_choices(analytics: LogAnalytics) -> None:
    assert analytics.sources() == ["api", "live", "upload"]
    assert analytics.model_versions() == ["m1", "m2"]


def test_over_time(analytics: LogAnalytics) -> None:
    table = analytics.over_time(bucket_s=300)
    assert list(table["ts"]) == [START + timedelta(seconds=300 * n) for n in range(3)]
    assert list(table["requests"]) == [5, 5, 6]
    assert list(table["rejected"]) == [0, 0, 5]
    assert list(table["error"]) == [0, 0, 1]
    assert list(table["p50_latency_ms"]) == [12.0, 17.0, 10.0]
    assert list(table["mean_mel_mean"]) == [-40.0, -40.0, -20.0]


def test_buckets_are_readable(analytics: LogAnalytics) -> None:
    assert analytics.readable_bucket_s() == 5
    assert analytics.readable_bucket_s(LogFilter(sources=["live"])) == 1
    assert analytics.readable_bucket_s(LogFilter(sources=["nobody"])) == 1


def test_models(analytics: LogAnalytics) -> None:
    table = analytics.models().set_index("model_version")
    assert list(table.index) == ["m1", "m2"]
    assert table.loc["m1", "ok"] == 10
    assert table.loc["m2", "rejected"] == 5


def test_class_mix_counts_answers_only(analytics: LogAnalytics) -> None:
    mix = analytics.class_mix()
    assert list(mix.itertuples(index=False, name=None)) == [
        ("product", "teh", 9, 0.9),
        ("product", "gula", 1, 0.1),
        ("quantity", "2", 10, 1.0),
    ]
    assert analytics.class_mix(LogFilter(sources=["live"])).empty


def test_histogram_counts_every_value(make_record: MakeRecord, write_log: WriteLog) -> None:
    latencies = np.random.default_rng(0).lognormal(2.0, 0.4, 600)
    records = [make_record(n, latency_ms=value) for n, value in enumerate(latencies.tolist())]
    analytics = LogAnalytics(write_log(*records, make_record(700, latency_ms=1e6)))
    histogram = analytics.histogram("latency_ms", bins=20)
    assert histogram["requests"].sum() == 601
    assert histogram["right"].max() < 100
    middle = histogram.iloc[3]
    inside = (latencies >= middle["left"]) & (latencies < middle["right"])
    assert middle["requests"] == inside.sum()


def test_histogram_of_one_value_and_of_none(analytics: LogAnalytics) -> None:
    assert analytics.histogram("snr_db")["requests"].sum() == 15
    assert analytics.histogram("snr_db", LogFilter(statuses=["error"])).empty


def test_an_unknown_quantity_is_refused(analytics: LogAnalytics) -> None:
    with pytest.raises(DataError, match="'ts; --' is not measured"):
        analytics.histogram("ts; --")
    with pytest.raises(DataError, match="is not measured"):
        analytics.rows(LogFilter(between={"1=1 OR latency_ms": (0, 1)}))


def test_rows_are_newest_first(analytics: LogAnalytics) -> None:
    rows = analytics.rows(limit=3)
    assert list(rows["request_id"]) == ["failed", "request-604", "request-603"]
    assert rows["error"].iloc[0] == "not a recording"


def test_observations_are_usable_requests_in_order(analytics: LogAnalytics) -> None:
    table = analytics.observations(["product", "size"], limit=7)
    assert table["ts"].is_monotonic_increasing
    assert table["product"].fillna("-").tolist() == ["teh", "gula", "-", "-", "-", "-", "-"]
    assert table["size"].isna().all()
    assert table["mel_mean"].tolist() == [-40.0, -40.0, *[-20.0] * 5]


def test_answers_of_known_requests(analytics: LogAnalytics) -> None:
    found = analytics.answers(["request-540", "failed", "unknown"])
    assert found == {"request-540": {"product": "gula", "quantity": "2"}, "failed": {}}
    assert analytics.answers([]) == {}


def test_new_lines_are_seen_after_a_refresh(make_record: MakeRecord, write_log: WriteLog) -> None:
    analytics = LogAnalytics(write_log(make_record(1)))
    write_log(make_record(2))
    assert analytics.summary().rows == 1
    assert analytics.refresh()
    assert analytics.summary().rows == 2


def test_an_empty_log_answers_everything(tmp_path: Path) -> None:
    analytics = LogAnalytics(tmp_path / "inference.log")
    assert analytics.summary().rows == 0
    assert analytics.over_time().empty
    assert analytics.models().empty
    assert analytics.class_mix().empty
    assert analytics.observations(["product"], 10).empty
    assert analytics.sources() == []
