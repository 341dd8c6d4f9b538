"""Projects, the app in a server of its own, and a real browser with a fake microphone."""

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from slu.audio.decode import decode
from slu.audio.wav import write_wav
from slu.settings import get_settings
from slu.ui.page import prediction_service
from tests.chromium import chromium, find_chromium
from tests.ui.harness import ROOT, WAIT_MS, Browse, make_demo_project, make_project, serving

MICROPHONE_RATE = 48000
expect.set_options(timeout=WAIT_MS)


@pytest.fixture(autouse=True)
def _main_module(monkeypatch: pytest.MonkeyPatch) -> None:
    """AppTest leaves its script as `__main__`, which processes spawned later would run."""
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])


@pytest.fixture
def empty_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A project root with configurations and nothing else, which this process uses."""
    shutil.copytree(ROOT / "configs", tmp_path / "configs")
    with _used(tmp_path, monkeypatch):
        yield tmp_path


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A project root with the shipped models, which this process uses."""
    make_project(tmp_path)
    with _used(tmp_path, monkeypatch):
        yield tmp_path


@pytest.fixture(scope="session")
def demo_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with the shipped models and 120 spoken clips with features."""
    root = tmp_path_factory.mktemp("demo")
    make_demo_project(root)
    return root


@pytest.fixture
def demo_project(
    demo_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """A copy of that project, which this process uses and a test may alter."""
    root = tmp_path / "project"
    shutil.copytree(demo_root, root)
    with _used(root, monkeypatch):
        yield root


@pytest.fixture
def demo_app(demo_root: Path, tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """The app on a copy of the demo project: its address and its project root."""
    root = tmp_path / "project"
    shutil.copytree(demo_root, root)
    with serving(root) as url:
        yield url, root


@contextmanager
def _used(root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("SLU_PROJECT_ROOT", str(root))
    for cached in (get_settings.cache_clear, prediction_service.clear):
        cached()
    yield
    for cached in (get_settings.cache_clear, prediction_service.clear):
        cached()


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The app with the shipped models: its address and its project root."""
    root = tmp_path_factory.mktemp("app")
    make_project(root)
    with serving(root) as url:
        yield url, root


@pytest.fixture
def browse(tmp_path: Path) -> Browse:
    """Opens a page of a real browser whose microphone plays a given recording in a loop."""
    if find_chromium() is None:
        pytest.skip("needs Debian's package chromium")

    @contextmanager
    def open_browser(heard: bytes) -> Iterator[Page]:
        voice = tmp_path / "microphone.wav"
        waveform = decode(heard, MICROPHONE_RATE)
        # A pause, so that the loop sounds like somebody who says the order again and again.
        write_wav(voice, np.concatenate([waveform, np.zeros_like(waveform)]), MICROPHONE_RATE)
        with chromium(voice) as browser:
            context = browser.new_context(
                permissions=["microphone"], viewport={"width": 1280, "height": 900}
            )
            page = context.new_page()
            page.set_default_timeout(WAIT_MS)
            yield page

    return open_browser
