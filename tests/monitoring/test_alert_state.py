from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from slu.config.monitor import AlertsConfig
from slu.monitoring.alert import Alert
from slu.monitoring.alert_state import AlertState, read_alert_state

NOW = datetime(2026, 1, 1, tzinfo=UTC)
RULES = AlertsConfig()
SLOW = Alert("p95_latency_ms", "warning", "slow", 300.0, 200.0)
WRONG = Alert("error_rate", "critical", "wrong", 0.5, 0.05)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    state = AlertState().after([SLOW], RULES, NOW).all_told()
    state.write(tmp_path / "logs" / "alerts.json")
    assert read_alert_state(tmp_path / "logs" / "alerts.json") == state


@pytest.mark.parametrize("content", [None, "", "{", "[]", "{}", '{"alerts": [{"name": 1}]}'])
def test_what_cannot_be_read_is_no_state(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "alerts.json"
    if content is not None:
        path.write_text(content)
    assert read_alert_state(path) == AlertState()


def test_an_alert_lasts_from_its_first_check_on() -> None:
    first = AlertState().after([SLOW], RULES, NOW)
    later = first.after([SLOW, WRONG], RULES, NOW + timedelta(minutes=1))
    assert later.since == {
        "p95_latency_ms": "2026-01-01T00:00:00+00:00",
        "error_rate": "2026-01-01T00:01:00+00:00",
    }
    assert later.after([], RULES, NOW).since == {}


def test_what_is_news_is_told_once() -> None:
    state = AlertState().after([SLOW], RULES, NOW)
    assert (state.begun, state.ended) == ([SLOW], [])
    told = state.all_told().after([SLOW, WRONG], RULES, NOW)
    assert (told.begun, told.ended) == ([WRONG], [])
    over = told.all_told().after([WRONG], RULES, NOW)
    assert (over.begun, over.ended) == ([], ["p95_latency_ms"])
    assert over.all_told().ended == []


def test_rules_that_are_switched_off_are_not_listed() -> None:
    rules = RULES.model_copy(update={"silence_minutes": None})
    state = AlertState().after([], rules, NOW)
    assert "silence_minutes" not in state.rules
    assert state.rules["error_rate"] == "critical"
