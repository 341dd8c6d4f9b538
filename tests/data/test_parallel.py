import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from slu.data import parallel
from slu.data.parallel import map_parallel
from slu.errors import DataError

Start = Callable[[str], "subprocess.Popen[str]"]


@pytest.fixture(autouse=True)
def two_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "cores", lambda: 2)


@pytest.fixture
def start(tmp_path: Path) -> Start:
    """Starts a script of its own session that has `map_parallel` on two processes."""

    def run(script: str) -> "subprocess.Popen[str]":
        path = tmp_path / "script.py"
        head = "from slu.data import parallel\nparallel.cores = lambda: 2\n"
        path.write_text(head + dedent(script))
        return subprocess.Popen(
            [sys.executable, path],
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    return run


BEAT = """
    import os, signal, time
    from pathlib import Path

    def beat(index):
        for _ in range(1200):
            with open(f"beats-{index}", "a") as file:
                file.write(".")
            time.sleep(0.05)
"""


def wait_for(condition: Callable[[], bool]) -> None:
    for _ in range(600):
        if condition():
            return
        time.sleep(0.05)
    pytest.fail("what was waited for did not happen")


def beats(folder: Path) -> list[int]:
    return [path.stat().st_size for path in sorted(folder.glob("beats-*"))]


def test_results_come_in_order_and_progress_is_told() -> None:
    told: list[tuple[int, int]] = []
    tasks = list(range(-10, 10))
    results = list(map_parallel(abs, tasks, chunk=3, progress=lambda *n: told.append(n)))
    assert results == [abs(task) for task in tasks]
    assert told == [(done, 20) for done in range(1, 21)]


def test_work_is_done_in_other_processes_but_a_single_chunk_here() -> None:
    assert os.getpid() not in set(map_parallel(_pid, range(4), chunk=2))
    assert set(map_parallel(_pid, range(4), chunk=4)) == {os.getpid()}
    assert list(map_parallel(_pid, [])) == []


def _pid(_task: int) -> int:
    return os.getpid()


def test_an_error_reaches_the_caller() -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        list(map_parallel(int, ["1", "2", "x", "4"], chunk=1))


def test_a_process_that_dies_is_told_in_plain_words() -> None:
    with pytest.raises(DataError, match="a process died at work; free some memory"):
        list(map_parallel(os._exit, [3, 3, 3], chunk=1))


def test_work_ends_when_nobody_wants_more_results() -> None:
    results = map_parallel(_pid, range(1000), chunk=1)
    worker = next(results)
    results.close()
    wait_for(lambda: not _is_alive(worker))


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_processes_do_not_outlive_a_parent_that_is_killed(tmp_path: Path, start: Start) -> None:
    process = start(
        BEAT
        + """
    if __name__ == "__main__":
        list(parallel.map_parallel(beat, range(2), chunk=1))
    """
    )
    wait_for(lambda: len(beats(tmp_path)) == 2)
    process.kill()
    process.communicate()

    def is_quiet() -> bool:
        before = beats(tmp_path)
        time.sleep(0.3)
        return beats(tmp_path) == before

    wait_for(is_quiet)


def test_at_ctrl_c_what_was_begun_is_finished_and_no_more(tmp_path: Path, start: Start) -> None:
    process = start(
        """
    import time

    def nap(index):
        open(f"beats-{index}", "w").close()
        time.sleep(0.5)
        open(f"end-{index}", "w").close()

    if __name__ == "__main__":
        try:
            list(parallel.map_parallel(nap, range(1000), chunk=1))
        except KeyboardInterrupt:
            print("stopped")
    """
    )
    wait_for(lambda: len(beats(tmp_path)) >= 2)
    os.killpg(process.pid, signal.SIGINT)
    output, errors = process.communicate(timeout=60)
    assert (output, errors) == ("stopped\n", "")
    assert len(beats(tmp_path)) == len(list(tmp_path.glob("end-*"))) < 20
