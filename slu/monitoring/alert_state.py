"""Which alerts there are, kept in a file: for Prometheus, and for who was told of them.

Serving reads this file, so nothing heavy is loaded here.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from slu.config.monitor import AlertRule, AlertsConfig
from slu.files import write_json
from slu.monitoring.alert import Alert


@dataclass(frozen=True)
class AlertState:
    """What the last check found."""

    checked_at: str | None = None
    """ISO 8601, UTC; none before the first check."""
    rules: Mapping[str, str] = field(default_factory=dict)
    """Name of each rule that is switched on -> its severity."""
    alerts: Sequence[Alert] = ()
    since: Mapping[str, str] = field(default_factory=dict)
    """Name of a broken rule -> when it was first found broken."""
    told: Sequence[str] = ()
    """Broken rules that the webhook knows of."""

    def after(self, alerts: Sequence[Alert], rules: AlertsConfig, now: datetime) -> "AlertState":
        """What is known after a check."""
        moment = now.isoformat(timespec="seconds")
        return AlertState(
            checked_at=moment,
            rules={name: rule.severity for name, rule in rules if isinstance(rule, AlertRule)},
            alerts=alerts,
            since={alert.name: self.since.get(alert.name, moment) for alert in alerts},
            told=self.told,
        )

    @property
    def begun(self) -> list[Alert]:
        """Alerts that the webhook does not know of yet."""
        return [alert for alert in self.alerts if alert.name not in self.told]

    @property
    def ended(self) -> list[str]:
        """Rules that are not broken any more, which the webhook does not know yet."""
        names = {alert.name for alert in self.alerts}
        return [name for name in self.told if name not in names]

    def all_told(self) -> "AlertState":
        """What is known once the webhook has taken everything."""
        return replace(self, told=[alert.name for alert in self.alerts])

    def write(self, path: Path) -> None:
        """Keep it.

        Raises:
            OSError: the file cannot be written.
        """
        write_json(path, {**vars(self), "alerts": [vars(alert) for alert in self.alerts]})


def read_alert_state(path: Path) -> AlertState:
    """What the last check found; nothing where there is no file, or a damaged one."""
    try:
        content: dict[str, Any] = json.loads(path.read_text("utf-8"))
        return AlertState(**{**content, "alerts": [Alert(**alert) for alert in content["alerts"]]})
    except (OSError, ValueError, TypeError, KeyError):
        return AlertState()
