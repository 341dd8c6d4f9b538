from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from slu.config.monitor import AlertRule, AlertsConfig, MonitorConfig
from slu.monitoring.alerts import Situation, check, evaluate
from slu.monitoring.analytics import LogAnalytics
from slu.monitoring.drift import ColumnDrift
from slu.monitoring.inference_log import InferenceRecord
from slu.monitoring.log_summary import LogSummary
from slu.monitoring.reference import Reference

START = datetime(2025, 6, 1, tzinfo=UTC)

RULES = AlertsConfig()
CALM = Situation(
    window=LogSummary(
        rows=100, malformed_lines=0, first_ts=START, last_ts=START,
        status_counts={"ok": 100, "rejected": 0, "error": 0}, error_rate=0.0, rejection_rate=0.0,
        mean_latency_ms=5.0, p50_latency_ms=5.0, p95_latency_ms=9.0, p99_latency_ms=10.0,
        mean_confidence=0.9,
    ),
    silence=timedelta(minutes=1),
    expected_confidence=0.92,
    drift=[ColumnDrift("mel_mean", 500, {"psi": 0.01}, {"psi": 0.1})],
)  # fmt: skip
DRIFTED = ColumnDrift("snr_db", 500, {"psi": 0.3}, {"psi": 0.1})


def in_window(**changes: object) -> Situation:
    return replace(CALM, window=replace(CALM.window, **changes))  # type: ignore[arg-type]


def test_a_calm_log_raises_nothing() -> None:
    assert evaluate(CALM, RULES) == []


@pytest.mark.parametrize(
    ("situation", "name", "severity", "message"),
    [
        (in_window(p95_latency_ms=340.0), "p95_latency_ms", "warning", "longer than 340 ms"),
        (in_window(error_rate=0.2), "error_rate", "critical", "20.0% of the recordings"),
        (in_window(mean_confidence=0.7), "confidence_drop", "warning", "0.22 below"),
        (replace(CALM, drift=[*CALM.drift, DRIFTED]), "drifted_quantities", "warning", "in snr db"),
        (replace(CALM, silence=timedelta(days=2)), "silence_minutes", "warning", "2880 minutes"),
    ],
)
def test_each_rule(situation: Situation, name: str, severity: str, message: str) -> None:
    (alert,) = evaluate(situation, RULES)
    assert (alert.name, alert.severity) == (name, severity)
    assert message in alert.message
    assert alert.value > alert.threshold
    assert evaluate(situation, RULES.model_copy(update={name: None})) == []
    calmer = RULES.model_copy(update={name: AlertRule(threshold=alert.value)})
    assert evaluate(situation, calmer) == []


def test_few_requests_say_nothing() -> None:
    situation = in_window(rows=RULES.min_requests - 1, p95_latency_ms=1e4, error_rate=1.0)
    assert evaluate(situation, RULES) == []


def test_what_is_unknown_is_not_judged() -> None:
    situation = replace(in_window(mean_confidence=None), silence=None, expected_confidence=None)
    assert evaluate(situation, RULES) == []


def test_check_looks_at_the_log(
    make_record: Callable[..., InferenceRecord],
    write_log: Callable[..., Path],
    sample_requests: Callable[..., pd.DataFrame],
    reference: Reference,
) -> None:
    requests = sample_requests(np.random.default_rng(2), 300, level_db=10)
    names = ["audio_duration", "mel_mean", "mel_std", "snr_db", "joint_confidence"]
    records = [
        make_record(
            number,
            latency_ms=1000.0 if number < 200 else 5.0,
            prediction={slot: row[slot] for slot in ("product", "quantity")},
            **{name: row[name] for name in names},
        )
        for number, row in enumerate(requests.to_dict("records"))
    ]
    analytics = LogAnalytics(write_log(*records))
    now, config = START + timedelta(seconds=300), MonitorConfig()
    names = [alert.name for alert in check(analytics, config, reference, now)]
    assert names == ["p95_latency_ms", "drifted_quantities"]
    later = now + timedelta(minutes=59)
    assert [alert.name for alert in check(analytics, config, None, later)] == []
    much_later = now + timedelta(days=3)
    (alert,) = check(analytics, config, None, much_later)
    assert alert.name == "silence_minutes"


def test_a_clock_that_went_back_is_no_silence(
    make_record: Callable[..., InferenceRecord], write_log: Callable[..., Path]
) -> None:
    analytics = LogAnalytics(write_log(make_record(3600)))
    assert check(analytics, MonitorConfig(), None, START) == []
