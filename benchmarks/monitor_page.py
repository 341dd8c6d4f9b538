"""How long the Monitor page and the report take at a million requests, and what memory they need.

Run with `python -m benchmarks.monitor_page`; needs Debian's chromium and a quiet machine.
"""

import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import psutil
from playwright.sync_api import Locator, Page, expect

from benchmarks.timing import PLOT, FigurePage, measure, tell
from tests.chromium import chromium
from tests.ui.harness import make_project, serving

N_REQUESTS = 1_000_000
DAYS = 7
FILE_BYTES = 64_000_000
PRODUCTS = (
    "air mineral",
    "beras",
    "gula",
    "kopi",
    "mie",
    "minyak",
    "sabun",
    "susu",
    "teh",
    "telur",
)
SOURCES = ("api", "upload", "record", "live")
LINE = (
    '{{"ts": "{ts}", "request_id": "{number:032x}", "source": "{source}", "status": "{status}", '
    '"latency_ms": {latency:.3f}, "audio_duration": {duration:.3f}, "mel_mean": {mel_mean:.3f}, '
    '"mel_std": {mel_std:.3f}, "frames": 200, "snr_db": {snr:.2f}, "prediction": {{"product": '
    '"{product}", "quantity": "{quantity}"}}, "confidence": {{"product": {first:.5f}, "quantity": '
    '{second:.5f}}}, "joint_confidence": {joint:.5f}, "model_version": "{version}", '
    '"error": null}}\n'
)


def write_log(path: Path, rng: np.random.Generator) -> None:
    """A week of requests up to now, in rotated files."""
    path.parent.mkdir(parents=True)
    start, step = datetime.now(UTC) - timedelta(days=DAYS), timedelta(days=DAYS) / N_REQUESTS
    columns = {
        "latency": rng.gamma(4, 2, N_REQUESTS),
        "duration": rng.gamma(8, 0.2, N_REQUESTS),
        "mel_mean": rng.normal(-42, 5, N_REQUESTS),
        "mel_std": rng.normal(27, 2, N_REQUESTS),
        "snr": rng.normal(78, 10, N_REQUESTS),
        "first": rng.beta(20, 1, N_REQUESTS),
        "second": rng.beta(30, 1, N_REQUESTS),
    }
    numbers = zip(*(column.tolist() for column in columns.values()), strict=True)
    products = rng.choice(PRODUCTS, N_REQUESTS).tolist()
    statuses = rng.choice(["ok", "rejected", "error"], N_REQUESTS, p=[0.95, 0.04, 0.01]).tolist()
    files: list[list[str]] = [[]]
    size = 0
    for number, values in enumerate(numbers):
        row = dict(zip(columns, values, strict=True))
        line = LINE.format(
            ts=(start + number * step).isoformat(timespec="milliseconds"),
            number=number,
            source=SOURCES[number % 4],
            status=statuses[number],
            product=products[number],
            quantity=number % 5 + 1,
            joint=row["first"] * row["second"],
            version="m2_best" if number < N_REQUESTS // 2 else "m1_best",
            **row,
        )
        files[-1].append(line)
        size += len(line)
        if size >= FILE_BYTES:
            files.append([])
            size = 0
    for number, lines in enumerate(reversed(files)):
        name = f"{path.name}.{number}" if number else path.name
        path.with_name(name).write_text("".join(lines))


def figure(page: Page, text: str) -> Locator:
    """A figure that holds a text and has its marks."""
    figures = page.get_by_test_id("stVegaLiteChart").filter(has_text=text)
    return figures.filter(has=page.locator("path[aria-roledescription]")).first


def change_filter(figures: FigurePage) -> float:
    """Seconds from the choice of another time to the numbers and figures of that time."""
    page = figures.open()
    page.wait_for_timeout(2000)
    page.get_by_role("combobox", name="Time").click()
    started = time.perf_counter()
    page.get_by_role("option", name="Last day").click()
    requests = page.locator('[data-testid="stMetricValue"]').first
    expect(requests).not_to_have_text(f"{N_REQUESTS:,}")
    expect(figure(page, "requests in 15 minutes")).to_be_visible()
    taken_s = time.perf_counter() - started
    page.context.close()
    return taken_s


def open_view(figures: FigurePage, name: str, shown: Callable[[Page], Locator]) -> float:
    """Seconds from a click on a tab to what it shows."""
    page = figures.open()
    page.wait_for_timeout(1000)
    started = time.perf_counter()
    page.get_by_role("tab", name=name).click()
    shown(page).wait_for()
    taken_s = time.perf_counter() - started
    page.context.close()
    return taken_s


def click_point(figures: FigurePage) -> float:
    """Seconds from a click on a bar to the requests behind it."""
    page = figures.open()
    page.wait_for_timeout(1000)
    box = page.locator(PLOT).first.bounding_box()
    assert box is not None
    started = time.perf_counter()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] * 0.8)
    page.get_by_text("of which the newest").wait_for()
    taken_s = time.perf_counter() - started
    page.context.close()
    return taken_s


def measure_page(figures: FigurePage) -> None:
    """Print a line for each thing that a person does."""
    tasks = {
        "the same, coming from Home": figures.come_from_home,
        "another time chosen": lambda: change_filter(figures),
        "view Answers": lambda: open_view(
            figures, "Answers", lambda page: figure(page, "Answers by product")
        ),
        "view Drift": lambda: open_view(
            figures, "Drift", lambda page: figure(page, "Drift of Product")
        ),
        "view Models": lambda: open_view(
            figures, "Models", lambda page: page.get_by_text("Versions side by side")
        ),
        "click on a bar": lambda: click_point(figures),
    }
    measure(figures.view, tasks)


def app_memory_mb() -> float:
    """Resident memory of the app's process, which is a child of this one."""
    apps = [p for p in psutil.Process().children() if "streamlit" in " ".join(p.cmdline())]
    return apps[0].memory_info().rss / 1e6


def measure_report(root: Path) -> None:
    """Time and memory of `slu monitor-report`."""
    command = [sys.executable, "-m", "slu.cli", "monitor-report"]
    paths = ["--log", str(root / "logs/inference.log"), "--output-dir", str(root / "report")]
    times, peak_mb = [], 0.0
    for _ in range(3):
        started = time.perf_counter()
        with subprocess.Popen([*command, *paths], stdout=subprocess.DEVNULL) as report:
            while report.poll() is None:
                peak_mb = max(peak_mb, _rss_mb(report.pid))
                time.sleep(0.02)
        times.append(time.perf_counter() - started)
    tell("slu monitor-report", times)
    sys.stdout.write(f"its peak memory {peak_mb:.0f} MB\n")


def _rss_mb(pid: int) -> float:
    try:
        return psutil.Process(pid).memory_info().rss / 1e6
    except psutil.NoSuchProcess:
        return 0.0


def main() -> None:
    """Make a log, serve the page, and look."""
    with TemporaryDirectory() as folder, chromium() as browser:
        root = Path(folder)
        make_project(root)
        write_log(root / "logs/inference.log", np.random.default_rng(0))
        n_bytes = sum(path.stat().st_size for path in (root / "logs").glob("inference.log*"))
        sys.stdout.write(f"{N_REQUESTS:,} requests, {n_bytes / 1e6:.0f} MB\n")
        measure_report(root)
        with serving(root) as url:
            measure_page(FigurePage(browser, url, "Monitor"))
            sys.stdout.write(f"memory of the app {app_memory_mb():.0f} MB\n")


if __name__ == "__main__":
    main()
