"""A computer of a stranger: the repository, Python, pip's cache, and the README's commands."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PORT = 8501
SETUP_S = 1200
"""Installing takes minutes, where little is kept or much else goes on."""

pytestmark = [pytest.mark.fault, pytest.mark.timeout(2 * SETUP_S)]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """An empty home; pip finds its cache and whatever it was told about where packages are."""
    home = tmp_path / "home"
    home.mkdir()
    kept = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
    settings = Path.home() / ".config/pip/pip.conf"
    if settings.exists():
        kept["PIP_CONFIG_FILE"] = str(settings)
    kept["PIP_CACHE_DIR"] = _output(sys.executable, "-m", "pip", "cache", "dir")
    return {**kept, "HOME": str(home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8"}


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """What git has of this state, and nothing else."""
    folder = tmp_path / "slu-studio"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder)], check=True)
    return folder


def _output(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def test_names_two_commands() -> None:
    start = (ROOT / "README.md").read_text("utf-8").partition("## Start")[2]
    assert re.findall(r"^    (make \w+)", start, re.MULTILINE) == ["make app", "make test"]


def test_both_commands_work(clone: Path, environment: dict[str, str], tmp_path: Path) -> None:
    with (tmp_path / "app.log").open("wb") as log:
        _run_app(clone, environment, log.fileno())
    assert (clone / "data/processed/metadata_features.csv").exists()

    # The whole suite is what runs this test; here, that the command does what it says.
    arguments = "PYTEST_ARGS=tests/test_meaning.py tests/docs/test_links.py"
    test = subprocess.run(
        ["make", "test", arguments], cwd=clone, env=environment, capture_output=True, text=True
    )
    assert test.returncode == 0, test.stdout + test.stderr
    assert re.search(r"\d+ passed", test.stdout)
    assert not list((tmp_path / "home").glob("[!.]*")), "the home is no place to write to"


def _run_app(clone: Path, environment: dict[str, str], log: int) -> None:
    """Start it, wait for its first page, and end it as Ctrl-C does."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", PORT))  # whoever has it must end first
    app = subprocess.Popen(
        ["make", "app"], cwd=clone, env=environment, stdout=log, stderr=log, start_new_session=True
    )
    try:
        _wait_for_the_app(app)
    finally:
        os.killpg(app.pid, signal.SIGINT)
        app.wait(timeout=30)


def _wait_for_the_app(app: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + SETUP_S
    while time.monotonic() < end:
        assert app.poll() is None, "make app ended by itself"
        try:
            with urllib.request.urlopen(f"http://localhost:{PORT}/", timeout=5) as response:
                assert b"Streamlit" in response.read()
                return
        except OSError:
            time.sleep(1)
    raise AssertionError("the app did not come up")
