"""Projects to show, sounds to play, and the app in a server of its own."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import numpy as np
from playwright.sync_api import Page

from slu.audio.wav import wav_bytes
from slu.config import CorpusConfig, DataConfig, PreprocessConfig, load_config
from slu.samples import draw_samples
from slu.settings import Settings
from slu.workflows import ingest, preprocess, synthesise

ROOT = Path(__file__).resolve().parents[2]

Browse = Callable[[bytes], AbstractContextManager[Page]]
"""Opens a page of a browser whose microphone plays the given recording."""


def make_project(root: Path) -> None:
    """Copy configurations and shipped models to a new project root."""
    shutil.copytree(ROOT / "configs", root / "configs", dirs_exist_ok=True)
    for name in ("registry", "m1_best", "m2_best"):
        shutil.copytree(ROOT / "artifacts" / name, root / "artifacts" / name)


def make_demo_project(root: Path) -> None:
    """The same with 120 spoken clips of the shipped catalogue, ingested and with features."""
    make_project(root)
    settings = Settings(project_root=root)
    corpus = load_config(CorpusConfig, root / "configs/corpus.yaml", {"utterances": 120})
    synthesise(corpus, settings.data_dir / "raw" / "warung")
    report = ingest(load_config(DataConfig, root / "configs/data.yaml"), settings)
    preprocess(
        report.metadata_path,
        load_config(PreprocessConfig, root / "configs/preprocess.yaml"),
        settings,
    )


def spoken_order(wanted: dict[str, str]) -> bytes:
    """An order of the shipped catalogue, spoken by the synthesiser, as a wav file."""
    corpus = load_config(CorpusConfig, ROOT / "configs/corpus.yaml")
    samples = draw_samples(corpus, count=400, seed=99)
    return next(sample for sample in samples if sample.labels == wanted).speak()


def silence(duration_s: float = 2.0, sample_rate: int = 16000) -> bytes:
    """Nothing to hear, as a wav file."""
    return wav_bytes(np.zeros(int(duration_s * sample_rate), np.float32), sample_rate)


@contextmanager
def serving(root: Path) -> Iterator[str]:
    """Run the app on a free port until the block ends."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "Home.py")]
    options = ["--server.port", str(port), "--server.address", "127.0.0.1"]
    log = (root / "app.log").open("wb")
    server = subprocess.Popen(
        [*command, *options],
        cwd=ROOT,
        env={**os.environ, "SLU_PROJECT_ROOT": str(root)},
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_until_healthy(url, server)
        yield url
    finally:
        server.send_signal(signal.SIGINT)
        try:
            server.wait(timeout=10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
        log.close()


def _wait_until_healthy(url: str, server: "subprocess.Popen[bytes]") -> None:
    for _ in range(300):
        assert server.poll() is None, "the app ended by itself"
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=2) as response:
                if response.status == 200:
                    return
        except OSError:
            time.sleep(0.2)
    raise AssertionError("the app did not become healthy within a minute")
