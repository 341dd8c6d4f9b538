from collections.abc import Callable
from pathlib import Path

import pytest

from slu.monitoring import shared_log as module
from slu.monitoring.analytics import LogAnalytics
from slu.monitoring.inference_log import InferenceLog, InferenceRecord
from slu.monitoring.shared_log import SharedLog, shared_log

MakeRecord = Callable[..., InferenceRecord]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """A clock that stands still until it is told to go on, and reading that takes a second."""
    now_s = 0.0

    def go_on(seconds: float) -> None:
        nonlocal now_s
        now_s += seconds

    refresh = LogAnalytics.refresh

    def slow_refresh(self: LogAnalytics) -> bool:
        go_on(1.0)
        return refresh(self)

    monkeypatch.setattr(module.time, "monotonic", lambda: now_s)
    monkeypatch.setattr(LogAnalytics, "refresh", slow_refresh)
    return go_on


def test_a_long_log_is_read_now_and_then(
    tmp_path: Path, make_record: MakeRecord, clock: Callable[[float], None]
) -> None:
    log = InferenceLog(tmp_path / "inference.log")
    log.append(make_record(1))
    shared = SharedLog(log.path)
    log.append(make_record(2))
    assert shared.fresh().count() == 1
    clock(9.5)
    assert shared.fresh().count() == 1
    clock(0.5)
    assert shared.fresh().count() == 2
    log.append(make_record(3))
    assert shared.fresh().count() == 2
    assert shared.fresh(at_once=True).count() == 3


def test_a_process_holds_a_log_once(tmp_path: Path) -> None:
    assert shared_log(tmp_path / "inference.log") is shared_log(tmp_path / "inference.log")
