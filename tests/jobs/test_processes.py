"""Processes told apart by pid and start time."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from slu.jobs.processes import ProcessMark, kill_group, remove_leavings
from tests.jobs.harness import DOUBLE, alive, numbers, until

Sleeper = subprocess.Popen[bytes]


@pytest.fixture
def sleeper() -> Iterator[Sleeper]:
    """A process that leads a group and does nothing."""
    process = subprocess.Popen(["sleep", "600"], process_group=0)
    yield process
    process.kill()
    process.wait()


def test_a_process_is_itself(sleeper: Sleeper) -> None:
    mark = ProcessMark.of(sleeper.pid)

    assert mark.exists()
    assert mark.is_alive()
    assert mark == ProcessMark.of(sleeper.pid)


def test_another_start_time_is_another_process(sleeper: Sleeper) -> None:
    mark = ProcessMark.of(sleeper.pid)

    for earlier_s in (0.01, 60.0, -0.01):
        other = ProcessMark(mark.pid, mark.started_s - earlier_s)
        assert not other.exists()
        assert not other.is_alive()


def test_setting_the_clock_changes_nothing(
    sleeper: Sleeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = ProcessMark.of(sleeper.pid)
    booted_s = psutil.boot_time()

    monkeypatch.setattr("psutil._psplatform.boot_time", lambda: booted_s + 7200.0)

    assert mark.is_alive()


def test_an_ended_process_is_not_alive_before_anybody_waited_for_it(sleeper: Sleeper) -> None:
    mark = ProcessMark.of(sleeper.pid)
    sleeper.kill()
    until(lambda: not mark.is_alive())

    assert mark.exists()
    sleeper.wait()
    assert not mark.exists()
    assert not mark.is_alive()


def test_a_group_is_ended_to_its_last_process(tmp_path: Path) -> None:
    path = tmp_path / "pids"
    leader = subprocess.Popen([*DOUBLE, "family", str(path)], process_group=0)
    mark = ProcessMark.of(leader.pid)
    pids = numbers(path, 3)

    assert kill_group(mark) == set(pids)
    assert leader.wait() == -9
    assert not any(alive(pid) for pid in pids)
    assert kill_group(mark) == {leader.pid}


def test_a_group_that_outlives_its_leader_is_found(tmp_path: Path) -> None:
    path = tmp_path / "pids"
    leader = subprocess.Popen([*DOUBLE, "family", str(path)], process_group=0)
    mark = ProcessMark.of(leader.pid)
    pids = numbers(path, 3)
    leader.kill()
    leader.wait()

    kill_group(mark)

    assert not any(alive(pid) for pid in pids)


def test_a_strangers_group_is_left_alone(sleeper: Sleeper) -> None:
    mark = ProcessMark.of(sleeper.pid)

    assert kill_group(ProcessMark(mark.pid, mark.started_s - 100)) == set()
    assert mark.is_alive()


def test_only_what_the_killed_were_writing_is_removed(tmp_path: Path) -> None:
    ours = [".model.onnx.77.1234.tmp", ".warung.77.tmp", ".ingest.78.ab12.tmp"]
    others = ["model.onnx", ".model.onnx.770.1.tmp", "77.tmp", ".a.79.1.tmp", "take.77.wav"]
    for name in (*ours, *others):
        if name.startswith((".warung", ".ingest")):
            (tmp_path / "raw" / name / "wav").mkdir(parents=True)
        else:
            (tmp_path / name).write_text("x")

    remove_leavings([tmp_path, tmp_path / "missing"], {77, 78})

    assert {path.name for path in tmp_path.iterdir()} == {*others, "raw"}
    assert list((tmp_path / "raw").iterdir()) == []


def test_pids_that_nobody_has() -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()

    assert not ProcessMark(ended.pid, 1.0).is_alive()
    assert ProcessMark.of(os.getpid()).is_alive()
    with pytest.raises(psutil.NoSuchProcess):
        ProcessMark.of(ended.pid)
