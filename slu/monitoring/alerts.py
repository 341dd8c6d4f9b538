"""Alerts: rules from `configs/monitor.yaml` held against the log."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from slu.config.monitor import AlertRule, AlertsConfig, MonitorConfig
from slu.monitoring.alert import Alert
from slu.monitoring.analytics import LogAnalytics
from slu.monitoring.drift import ColumnDrift, DriftCalculator
from slu.monitoring.log_filter import LogFilter
from slu.monitoring.log_summary import LogSummary
from slu.monitoring.reference import Reference

MESSAGES: Mapping[str, str] = {
    "p95_latency_ms": "one answer in twenty takes longer than {value:.0f} ms (limit {limit:g} ms)",
    "error_rate": "{value:.1%} of the recordings could not be used (limit {limit:.1%})",
    "confidence_drop": "confidence is {value:.2f} below the reference's mean (limit {limit:g})",
    "drifted_quantities": "the newest requests differ from the training set in {drifted}",
    "silence_minutes": "no request has come for {value:.0f} minutes (limit {limit:g})",
}
"""Rule -> what is said where it is broken."""


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
    analytics: LogAnalytics,
    config: MonitorConfig,
    reference: Reference | None,
    now: datetime,
    messages: Mapping[str, str] = MESSAGES,
) -> list[Alert]:
    """Hold the rules against the log as it is now.

    Args:
        analytics: of the log.
        config: the rules.
        reference: of the model in use; without one, drift and confidence are not judged.
        now: the time, with its zone.
        messages: what alerts say, in the language of the person who reads them.

    Returns:
        an alert for each rule that is broken.
    """
    return evaluate(describe(analytics, config, reference, now), config.alerts, messages)


def window_start(config: MonitorConfig, now: datetime) -> datetime:
    """From when on requests count for latency, errors and confidence."""
    return now - timedelta(minutes=config.alerts.window_minutes)


def describe(
    analytics: LogAnalytics, config: MonitorConfig, reference: Reference | None, now: datetime
) -> Situation:
    """What the rules look at, taken from the log; arguments as of `check`."""
    last = analytics.last_ts()
    return Situation(
        window=analytics.summary(LogFilter(start=window_start(config, now))),
        silence=now - last if last else None,
        expected_confidence=reference.mean_confidence if reference else None,
        drift=newest_drift(analytics, config, reference) if reference else [],
    )


def newest_drift(
    analytics: LogAnalytics, config: MonitorConfig, reference: Reference
) -> list[ColumnDrift]:
    """Drift of the newest chunk of the log."""
    newest = analytics.observations(list(reference.slots), config.drift.chunk_size)
    return DriftCalculator(reference, config.drift).calculate(newest)


def evaluate(
    situation: Situation, rules: AlertsConfig, messages: Mapping[str, str] = MESSAGES
) -> list[Alert]:
    """An alert for each rule that the situation breaks."""
    drifted = ", ".join(drift.column.replace("_", " ") for drift in situation.drift if drift.alert)
    alerts = []
    for name, value in _measure(situation, rules.min_requests).items():
        rule: AlertRule | None = getattr(rules, name)
        if rule and value is not None and value > rule.threshold:
            message = messages[name].format(value=value, limit=rule.threshold, drifted=drifted)
            alerts.append(Alert(name, rule.severity, message, value, rule.threshold))
    return alerts


def _measure(situation: Situation, min_requests: int) -> dict[str, float | None]:
    """Rule -> what is compared with its threshold; none where nothing can be said."""
    window, silence = situation.window, situation.silence
    enough = window.rows >= min_requests
    return {
        "p95_latency_ms": window.p95_latency_ms if enough else None,
        "error_rate": window.error_rate if enough else None,
        "confidence_drop": _confidence_drop(situation) if enough else None,
        "drifted_quantities": float(sum(drift.alert for drift in situation.drift)),
        "silence_minutes": silence.total_seconds() / 60 if silence is not None else None,
    }


def _confidence_drop(situation: Situation) -> float | None:
    expected, found = situation.expected_confidence, situation.window.mean_confidence
    return None if expected is None or found is None else expected - found
