from pathlib import Path

import pytest

from slu.config.loading import load_config
from slu.config.monitor import MonitorConfig
from slu.errors import ConfigError

SHIPPED = Path(__file__).parents[2] / "configs" / "monitor.yaml"


def test_the_shipped_file_holds_the_defaults() -> None:
    assert load_config(MonitorConfig, SHIPPED) == MonitorConfig()


def test_a_rule_is_switched_off_by_null(tmp_path: Path) -> None:
    path = tmp_path / "monitor.yaml"
    path.write_text("alerts: {error_rate: null}\n", "utf-8")
    assert load_config(MonitorConfig, path).alerts.error_rate is None


@pytest.mark.parametrize("text", ["alerts: {eror_rate: null}", "drift: {chunk_size: 99}"])
def test_mistakes_are_told(tmp_path: Path, text: str) -> None:
    path = tmp_path / "monitor.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(ConfigError, match=r"monitor\.yaml"):
        load_config(MonitorConfig, path)
