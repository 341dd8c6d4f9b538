"""A model at work: what happens to it, what is not right, and who is told."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from slu.config import load_config
from slu.config.monitor import MonitorConfig
from slu.registry import Registry
from slu.settings import Settings

if TYPE_CHECKING:
    from slu.monitoring.alert import Alert
    from slu.monitoring.reference import Reference


def monitor_config(settings: Settings) -> MonitorConfig:
    """The project's rules; the usual ones where it has none.

    Raises:
        ConfigError: `configs/monitor.yaml` is wrong.
    """
    path = settings.project_root / "configs" / "monitor.yaml"
    return load_config(MonitorConfig, path) if path.exists() else MonitorConfig()


def training_reference(settings: Settings, version: str | None = None) -> "Reference | None":
    """What a version was trained on, to judge drift against; none where nothing is known of it.

    Args:
        settings: of the project.
        version: without one, the version in use.

    Raises:
        SLUError: the registry or the reference is damaged, or there is no such version.
    """
    from slu.monitoring.reference import load_reference

    registry = Registry(settings.project_root, settings.registry_dir)
    if version is None and registry.latest_version() is None:
        return None
    name = registry.get(version).artifacts.get("reference")
    return load_reference(registry.resolve(name)) if name else None


def monitor_report(
    log_path: Path, output_dir: Path, max_classes: int, config: MonitorConfig, settings: Settings
) -> dict[str, Any]:
    """Write histograms, class counts, drift and `summary.json` of an inference log.

    Drift is judged against the version in use, accuracy by the corrections beside the log.
    """
    from slu.data.feedback import read_feedback
    from slu.monitoring.report import write_report

    return write_report(
        log_path,
        output_dir,
        max_classes,
        config=config,
        reference=training_reference(settings),
        corrections=read_feedback(log_path.with_name("feedback.jsonl")),
    )


def check_alerts(settings: Settings, config: MonitorConfig) -> "list[Alert]":
    """Hold the rules against the newest requests, and tell Prometheus and the webhook.

    Raises:
        SLUError: log, registry or reference cannot be read.
        OSError: what was found cannot be written.
    """
    from slu.monitoring.alert_state import read_alert_state
    from slu.monitoring.alerts import check, window_start
    from slu.monitoring.analytics import LogAnalytics
    from slu.monitoring.webhook import tell_webhook

    now = datetime.now(UTC)
    analytics = LogAnalytics(settings.inference_log, window_start(config, now))
    alerts = check(analytics, config, training_reference(settings), now)
    state = read_alert_state(settings.alerts_path).after(alerts, config.alerts, now)
    # Before the webhook, which may take its time.
    state.write(settings.alerts_path)
    told = tell_webhook(config.webhook, state)
    if told is not state:
        told.write(settings.alerts_path)
    return alerts
