"""An alert."""

from dataclasses import dataclass

from slu.config.monitor import Severity


@dataclass(frozen=True)
class Alert:
    """One rule that is broken."""

    name: str
    """The rule's name in `configs/monitor.yaml`."""
    severity: Severity
    message: str
    value: float
    threshold: float
