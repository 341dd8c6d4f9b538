"""Projects to show, sounds to play, and the app in a server of its own."""

import os
import re
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
from playwright.sync_api import Locator, Page, expect

from slu.audio.wav import wav_bytes
from slu.config import CorpusConfig, DataConfig, PreprocessConfig, load_config
from slu.registry import Registry
from slu.samples import draw_samples
from slu.settings import Settings
from slu.workflows import ingest, preprocess, synthesise

ROOT = Path(__file__).resolve().parents[2]

WAIT_MS = 60_000
"""For a machine that is busy with other things."""
JOB_WAIT_MS = 3 * WAIT_MS
"""The same, until a background job has ended."""

Browse = Callable[[bytes], AbstractContextManager[Page]]
"""Opens a page of a browser whose microphone plays the given recording."""


def make_project(root: Path) -> None:
    """Copy configurations and the shipped M1 (in use) and M2 to a new project root."""
    shutil.copytree(ROOT / "configs", root / "configs", dirs_exist_ok=True)
    registry = Registry(root, root / "artifacts/registry")
    registry.path_of("latest").parent.mkdir(parents=True)
    for name in ("m1_best", "m2_best"):
        shutil.copytree(ROOT / "artifacts" / name, root / "artifacts" / name)
        shutil.copy(ROOT / f"artifacts/registry/{name}.json", registry.path_of(name))
    registry.promote("m1_best")


def make_demo_project(root: Path) -> None:
    """The same with 120 spoken clips of the shipped catalogue, ingested and with features."""
    make_project(root)
    settings = Settings(project_root=root)
    corpus = load_config(
        CorpusConfig, root / "configs/corpus.yaml", {"utterances": 120, "negatives.share": 0}
    )
    synthesise(corpus, settings.data_dir / "raw" / "warung", settings)
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
        # One thread for each job: the app and the browser need the other cores.
        env={**os.environ, "OMP_NUM_THREADS": "1", "SLU_PROJECT_ROOT": str(root)},
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


def metric(page: Page, label: str) -> Locator:
    """A figure on the page, by its label."""
    return page.get_by_test_id("stMetric").filter(has_text=label).first


def press(page: Page, slider: str, key: str, times: int = 1) -> None:
    """Move a slider with the keyboard, step by step, until the server was told."""
    handle = page.get_by_role("slider", name=slider)
    for _ in range(times):
        before = handle.input_value()
        handle.press(key)
        expect(handle).not_to_have_value(before)
    # Streamlit sends a slider's value a fifth of a second after its last step.
    page.wait_for_timeout(300)


def choose(page: Page, label: str | re.Pattern[str], option: str) -> None:
    """Choose an option as a person does: what is typed filters the list only after a while."""
    # A list that is opened while the page is still drawn is closed again.
    standing = page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]')
    expect(standing).to_be_visible()
    page.get_by_role("combobox", name=label).click()
    page.get_by_role("option", name=option).click()


def write_cell(page: Page, table: int, row: int, column: int, text: str) -> None:
    """Write into a cell of an editable table, as a person does; rows and columns from 0."""
    canvas = page.get_by_test_id("stDataFrame").nth(table).locator("canvas").first
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    # Below the header, behind the column that marks rows.
    page.mouse.dblclick(box["x"] + 60 + 150 * column, box["y"] + 35 * (row + 1) + 17)
    cell = page.locator("#portal textarea")
    cell.fill(text)
    cell.press("Enter")
    expect(cell).to_have_count(0)


def click_figure(page: Page, title: str, x: float, y: float) -> None:
    """Click a place between the axes of a figure, each from 0 to 1; the first one so called."""
    figure = page.get_by_test_id("stVegaLiteChart").filter(
        has=page.locator(".role-title", has_text=title)
    )
    area = figure.locator(".role-frame .background").first
    area.scroll_into_view_if_needed()
    page.wait_for_timeout(500)  # the figure stands still
    box = area.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])


def click_cell(page: Page, title: str, cell: tuple[int, int], shape: tuple[int, int]) -> None:
    """Click a row and a column, from 0, of a heat map that has so many."""
    (row, column), (n_rows, n_columns) = cell, shape
    click_figure(page, title, (column + 0.5) / n_columns, (row + 0.5) / n_rows)


def record(page: Page, order: bytes, pause_s: float = 0.3) -> None:
    """Record what the microphone plays: the order (16-bit mono wav), and a pause after it."""
    sample_rate = int.from_bytes(order[24:28], "little")
    page.get_by_role("button", name="Record", exact=True).click()
    page.wait_for_timeout(len(order) / 2 / sample_rate * 1000 + pause_s * 1000)
    page.get_by_role("button", name="Stop recording").click()


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
