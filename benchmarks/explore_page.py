"""How long the Explore page takes at 100,000 clips, in a real browser.

Run with `python -m benchmarks.explore_page`; needs Debian's chromium and a quiet machine.
"""

import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
from playwright.sync_api import Page

from benchmarks.timing import PLOT, FigurePage, measure
from slu.files import write_csv
from tests.chromium import chromium
from tests.ui.harness import make_demo_project, serving

N_CLIPS = 100_000
N_SPEAKERS = 2_000


def grow_corpus(metadata_path: Path, rng: np.random.Generator) -> None:
    """Let the rows of a small corpus come again and again, under new ids and speakers."""
    small = pd.read_csv(metadata_path, dtype=str, keep_default_na=False)
    grown = small.iloc[rng.integers(len(small), size=N_CLIPS)].reset_index(drop=True)
    grown["id"] = [f"{index:016x}" for index in range(N_CLIPS)]
    grown["sha256"] = [f"{index:064x}" for index in range(N_CLIPS)]
    grown["speaker"] = [f"speaker {index}" for index in rng.integers(N_SPEAKERS, size=N_CLIPS)]
    grown["duration_s"] = (0.4 + rng.gamma(8, 0.2, N_CLIPS)).round(4)
    write_csv(metadata_path, grown)


def click(page: Page, plot: int, x: float, y: float, title: str) -> float:
    """Click a place of a figure (0 to 1); returns the seconds until a player is there."""
    figure = page.locator(PLOT).nth(plot)
    figure.scroll_into_view_if_needed()
    page.wait_for_timeout(500)
    box = figure.bounding_box()
    assert box is not None
    started = time.perf_counter()
    page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])
    page.get_by_role("heading", name=title).wait_for()
    page.locator("audio").first.wait_for()
    return time.perf_counter() - started


def click_and_close(figures: FigurePage, plot: int, x: float, y: float, title: str) -> float:
    """The same in a page of its own."""
    page = figures.open()
    try:
        return click(page, plot, x, y, title)
    finally:
        page.context.close()


def show_recordings(figures: FigurePage) -> float:
    """Seconds from a click on the second tab to its figures."""
    page = figures.open()
    started = time.perf_counter()
    page.get_by_role("tab", name="Recordings").click()
    page.get_by_text("How long the clips are").wait_for()
    taken_s = time.perf_counter() - started
    page.context.close()
    return taken_s


def main() -> None:
    """Make a corpus, serve it, and look."""
    with TemporaryDirectory() as folder, chromium() as browser:
        root = Path(folder)
        make_demo_project(root)
        grow_corpus(root / "data/processed/metadata.csv", np.random.default_rng(0))
        with serving(root) as url:
            figures = FigurePage(browser, url, "Explore")
            tasks = {
                "the same, coming from Home": figures.come_from_home,
                "click on a bar": lambda: click_and_close(figures, 0, 0.2, 0.05, "Product"),
                "click on a cell": lambda: click_and_close(figures, 2, 0.5, 0.65, "Product"),
                "other tab": lambda: show_recordings(figures),
            }
            measure(figures.view, tasks)


if __name__ == "__main__":
    main()
