"""Alerts as figures for Prometheus."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from slu.monitoring.alert_state import read_alert_state


class AlertCollector(Collector):
    """Tells what the last check of the alert rules found, whichever process made it.

    Args:
        path: `logs/alerts.json`; nothing is told before the first check.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The figures as they are now."""
        state = read_alert_state(self._path)
        if state.checked_at is None:
            return
        broken = {alert.name for alert in state.alerts}
        alerts = GaugeMetricFamily(
            "slu_alert",
            "Whether a rule of configs/monitor.yaml is broken.",
            labels=["rule", "severity"],
        )
        for name, severity in state.rules.items():
            alerts.add_metric([name, severity], float(name in broken))
        yield alerts
        yield GaugeMetricFamily(
            "slu_alerts_checked_timestamp_seconds",
            "When the rules were last held against the log.",
            datetime.fromisoformat(state.checked_at).timestamp(),
        )
