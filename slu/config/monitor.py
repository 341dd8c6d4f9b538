"""`configs/monitor.yaml`: when drift counts, and what raises an alert."""

from typing import Annotated, Literal

from pydantic import Field, HttpUrl

from slu.config.base import Config

Severity = Literal["warning", "critical"]


class DriftConfig(Config):
    """How the log is compared with the training reference."""

    chunk_size: Annotated[int, Field(ge=100, le=100_000)] = 500
    """Requests that are compared at a time."""
    chunks: Annotated[int, Field(ge=1, le=1000)] = 20
    """Newest chunks that are shown."""
    deviations: Annotated[float, Field(gt=0, le=20)] = 5.0
    """A distance is drift from this many standard deviations above the reference's own."""


class AlertRule(Config):
    """A limit and how bad it is to pass it."""

    threshold: Annotated[float, Field(ge=0)]
    severity: Severity = "warning"


class AlertsConfig(Config):
    """What raises an alert; a rule that is `null` is switched off."""

    window_minutes: Annotated[float, Field(gt=0)] = 60.0
    """How far back latency, errors and confidence are looked at."""
    min_requests: Annotated[int, Field(ge=1)] = 20
    """Fewer requests in the window say nothing about latency, errors and confidence."""
    p95_latency_ms: AlertRule | None = AlertRule(threshold=200.0)
    error_rate: AlertRule | None = AlertRule(threshold=0.05, severity="critical")
    """Share of requests whose recording could not be used."""
    confidence_drop: AlertRule | None = AlertRule(threshold=0.1)
    """How far the mean confidence lies below the reference's."""
    drifted_quantities: AlertRule | None = AlertRule(threshold=0)
    """How many quantities and slots have left the reference."""
    silence_minutes: AlertRule | None = AlertRule(threshold=1440.0)
    """Time since the last request."""


class WebhookConfig(Config):
    """Where alerts are posted when they begin and when they end."""

    url: HttpUrl | None = None
    """Gets JSON; its field `text` is what chat programs show. None: nobody is told."""
    timeout_s: Annotated[float, Field(gt=0, le=60)] = 5.0


class MonitorConfig(Config):
    """How a model at work is watched."""

    drift: DriftConfig = DriftConfig()
    alerts: AlertsConfig = AlertsConfig()
    webhook: WebhookConfig = WebhookConfig()
