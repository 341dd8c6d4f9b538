from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from slu.config.monitor import MonitorConfig
from slu.errors import ConfigError, RegistryError
from slu.monitoring.alert_state import read_alert_state
from slu.monitoring.inference_log import InferenceLog, InferenceRecord
from slu.settings import Settings
from slu.workflows import check_alerts, monitor_config, training_reference


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(project_root=tmp_path)


@pytest.fixture
def log_failures(settings: Settings) -> Callable[[int], None]:
    """Log so many requests of now that all failed."""

    def log(count: int) -> None:
        log = InferenceLog(settings.inference_log)
        for number in range(count):
            ts = (datetime.now(UTC) - timedelta(seconds=number)).isoformat()
            log.append(InferenceRecord(ts, str(number), "api", "error", 5.0, error="no sound"))

    return log


def test_what_is_found_is_kept(settings: Settings, log_failures: Callable[[int], None]) -> None:
    log_failures(30)
    (alert,) = check_alerts(settings, MonitorConfig())
    assert (alert.name, alert.severity) == ("error_rate", "critical")
    state = read_alert_state(settings.alerts_path)
    assert state.alerts == [alert]
    assert datetime.fromisoformat(state.checked_at or "") > datetime.now(UTC) - timedelta(minutes=1)


def test_a_dead_webhook_hurts_nothing(
    settings: Settings, log_failures: Callable[[int], None]
) -> None:
    log_failures(30)
    config = MonitorConfig.model_validate({"webhook": {"url": "http://127.0.0.1:9"}})
    assert len(check_alerts(settings, config)) == 1
    assert len(read_alert_state(settings.alerts_path).begun) == 1


def test_without_any_request_nothing_is_wrong(settings: Settings) -> None:
    assert check_alerts(settings, MonitorConfig()) == []
    assert read_alert_state(settings.alerts_path).alerts == []


def test_rules_come_from_the_project(settings: Settings, tmp_path: Path) -> None:
    assert monitor_config(settings) == MonitorConfig()
    (tmp_path / "configs").mkdir()
    path = tmp_path / "configs" / "monitor.yaml"
    path.write_text("alerts: {min_requests: 7}")
    assert monitor_config(settings).alerts.min_requests == 7
    path.write_text("webhook: {url: nowhere}")
    with pytest.raises(ConfigError, match=r"monitor\.yaml"):
        monitor_config(settings)


def test_without_a_version_there_is_no_reference(settings: Settings) -> None:
    assert training_reference(settings) is None
    with pytest.raises(RegistryError, match="no model version 'm9'"):
        training_reference(settings, "m9")
