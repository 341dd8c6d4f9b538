"""Alerts: rules from `configs/monitor.yaml` held against the log."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from slu.config.monitor import AlertRule, AlertsConfig, MonitorConfig, Severity
from slu.monitoring.analytics import LogAnalytics, LogSummary
from slu.monitoring.drift import ColumnDrift, DriftCalculator
from slu.monitoring.log_filter import LogFilter
from slu.monitoring.reference import Reference


@dataclass(frozen=True)
class Alert:
    """One rule that is broken."""

    name: str
    """The rule's name in `configs/monitor.yaml`."""
    severity: Severity
    message: str
    value: float
    threshold: float


@dataclass(frozen=True)
class Situation:
    """What the rules look at."""

    window: LogSummary
    """Of the last `window_minutes`."""
    silence: timedelta | None
    """Since the last request; none where there was never one."""
    expected_confidence: float | None
    """Mean of the reference; none where it does not know one."""
    drift: Sequence[ColumnDrift]
    """Of the newest chunk."""


def check(
    analytics: LogAnalytics, config: MonitorConfig, reference: Reference | None, now: datetime
) -> list[Alert]:
    """Hold the rules against the log as it is now.

    Args:
        analytics: of the log.
        config: the rules.
        reference: of the model in use; without one, drift and confidence are not judged.
        now: the time, with its zone.

    Returns:
        an alert for each rule that is broken.
    """
    return evaluate(describe(analytics, config, reference, now), config.alerts)


def describe(
    analytics: LogAnalytics, config: MonitorConfig, reference: Reference | None, now: datetime
) -> Situation:
    """What the rules look at, taken from the log; arguments as of `check`."""
    start = now - timedelta(minutes=config.alerts.window_minutes)
    last = analytics.summary().last_ts
    return Situation(
        window=analytics.summary(LogFilter(start=start)),
        silence=now - last.replace(tzinfo=UTC) if last else None,
        expected_confidence=reference.mean_confidence if reference else None,
        drift=newest_drift(analytics, config, reference) if reference else [],
    )


def newest_drift(
    analytics: LogAnalytics, config: MonitorConfig, reference: Reference
) -> list[ColumnDrift]:
    """Drift of the newest chunk of the log."""
    newest = analytics.observations(list(reference.slots), config.drift.chunk_size)
    return DriftCalculator(reference, config.drift).calculate(newest)


def evaluate(situation: Situation, rules: AlertsConfig) -> list[Alert]:
    """An alert for each rule that the situation breaks."""
    findings = [*_silence(situation, rules), *_drift(situation, rules)]
    if situation.window.rows >= rules.min_requests:
        findings += [
            *_latency(situation, rules),
            *_errors(situation, rules),
            *_confidence(situation, rules),
        ]
    return findings


def _latency(situation: Situation, rules: AlertsConfig) -> Iterator[Alert]:
    rule, value = rules.p95_latency_ms, situation.window.p95_latency_ms
    if rule and value is not None and value > rule.threshold:
        yield Alert(...)
