"""optuna-dashboard beside whoever opens it, in processes of their own."""

import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from slu.dashboard import HOST, Dashboard, open_dashboard, running_dashboard
from slu.errors import StudyError
from slu.files import write_json
from slu.jobs.processes import ProcessMark
from slu.settings import Settings
from tests.jobs.harness import until

APP = """
import sys
from slu.dashboard import open_dashboard
from slu.settings import get_settings
print(open_dashboard(get_settings()).url, flush=True)
sys.stdin.read()
"""

pytestmark = pytest.mark.slow


@contextmanager
def app(root: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A process that opened the dashboard, and the address that it was given."""
    process = subprocess.Popen(
        [sys.executable, "-c", APP],
        env={"SLU_PROJECT_ROOT": str(root), "PYTHONPATH": str(Path(__file__).parents[1])},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield process, process.stdout.readline().strip()
    finally:
        process.kill()
        process.communicate()


def opened(root: Path) -> Dashboard:
    found = running_dashboard(Settings(project_root=root))
    assert found is not None
    return found


def test_two_apps_share_one_that_ends_with_whoever_started_it(tmp_path: Path) -> None:
    def start(_: int) -> str:
        with app(tmp_path) as (_process, url):
            dashboard = opened(tmp_path)
            assert url == dashboard.url
            with urllib.request.urlopen(f"{url}/dashboard/") as page:
                assert page.status == 200
            both_opened.append(url)
            until(lambda: len(both_opened) == 2)
        return url

    both_opened: list[str] = []
    with ThreadPoolExecutor() as pool:
        first, second = pool.map(start, range(2))

    assert first == second
    until(lambda: running_dashboard(Settings(project_root=tmp_path)) is None)


def test_it_is_reached_from_this_computer_only(tmp_path: Path) -> None:
    with app(tmp_path):
        connections = psutil.Process(opened(tmp_path).process.pid).net_connections()
        listening = [c.laddr.ip for c in connections if c.status == psutil.CONN_LISTEN]
        assert listening == [HOST]


def test_after_an_app_was_killed_another_one_starts_it_again(tmp_path: Path) -> None:
    with app(tmp_path) as (process, _):
        first = opened(tmp_path).process
        process.kill()
        until(lambda: not first.is_alive())
    with app(tmp_path) as (_, url):
        assert opened(tmp_path).process != first
        assert url == opened(tmp_path).url


@pytest.mark.parametrize(
    "record", [{}, {"process": {"pid": 1}, "port": 1}, {"process": 1, "port": 1}, []]
)
def test_a_record_of_nothing_is_no_dashboard(tmp_path: Path, record: object) -> None:
    write_json(tmp_path / "jobs" / "dashboard.json", record)
    assert running_dashboard(Settings(project_root=tmp_path)) is None


def test_the_record_of_an_ended_process_is_no_dashboard(tmp_path: Path) -> None:
    with socket.socket() as stranger:
        stranger.bind((HOST, 0))
        mark = {"pid": ProcessMark.of(1).pid, "started_s": -1.0}
        record = {"process": mark, "port": stranger.getsockname()[1]}
        write_json(tmp_path / "jobs" / "dashboard.json", record)
        assert running_dashboard(Settings(project_root=tmp_path)) is None


def test_a_storage_that_cannot_be_used_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLU_STUDY_STORAGE", "sqlite:////no/such/folder/optuna.db")
    with pytest.raises(StudyError, match=r"does not start; .*dashboard\.log says why"):
        open_dashboard(Settings(project_root=tmp_path))
    assert "unable to open" in (tmp_path / "logs" / "dashboard.log").read_text("utf-8")
