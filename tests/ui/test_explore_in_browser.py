"""A person looks through a corpus, hears clips, and finds one that is labelled wrongly."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Locator, Page, expect

from slu.files import write_csv
from tests.ui.harness import JOB_WAIT_MS, Browse, click_figure, serving, silence

pytestmark = pytest.mark.browser

IS_PLAYING = "player => player.play().then(() => !player.paused && player.duration > 0.3)"


@pytest.fixture
def root(demo_root: Path, tmp_path: Path) -> Iterator[Path]:
    """The demo project with one clip of `kopi` labelled `teh`."""
    root = tmp_path / "project"
    shutil.copytree(demo_root, root)
    path = root / "data/processed/metadata.csv"
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    table.loc[table.index[table["product"] == "kopi"][0], "product"] = "teh"
    write_csv(path, table)
    return root


def heading(page: Page, name: str) -> Locator:
    return page.get_by_role("heading", name=name, exact=True)


def test_everything_can_be_clicked_and_heard(root: Path, browse: Browse) -> None:
    table = pd.read_csv(root / "data/processed/metadata.csv", dtype=str)
    products, quantities = (sorted(table[slot].unique()) for slot in ("product", "quantity"))
    with serving(root) as url, browse(silence()) as page:
        page.goto(f"{url}/Explore")
        # Far right of the shortest bar: its whole row can be clicked.
        click_figure(page, "Clips for each product", 0.99, 2.5 / len(products))
        expect(heading(page, f"Product {products[2]}")).to_be_visible()
        expect(page.locator("audio").first).to_be_visible()
        assert page.locator("audio").first.evaluate(IS_PLAYING)
        click_figure(page, "Clips for each product", 0.99, 2.5 / len(products))
        expect(heading(page, f"Product {products[2]}")).to_be_hidden()

        for row in (1, 4):  # another bar takes the place of the first one
            click_figure(page, "Clips for each product", 0.5, (row + 0.9) / len(products))
            expect(heading(page, f"Product {products[row]}")).to_be_visible()
        expect(heading(page, f"Product {products[1]}")).to_be_hidden()
        # Beside all bars, and the name below them.
        click_figure(page, "Clips for each product", 0.5, 1.1)
        page.wait_for_timeout(1000)
        expect(heading(page, f"Product {products[4]}")).to_be_visible()

        for row, column in ((0, 0), (9, 4), (4, 2), (7, 1)):
            x, y = (column + 0.2) / len(quantities), (row + 0.8) / len(products)
            click_figure(page, "Clips for each product with each quantity", x, y)
            name = f"Product {products[row]}, quantity {quantities[column]}"
            expect(heading(page, name)).to_be_visible()

        page.get_by_role("tab", name="Recordings").click()
        click_figure(page, "How long the clips are", 0.01, 0.5)
        expect(page.get_by_role("heading", name="From ")).to_be_visible()

        page.get_by_role("tab", name="Map of clips").click()
        page.get_by_role("button", name="Draw the map").click()
        expect(heading(page, "Clips that lie among other labels")).to_be_visible(
            timeout=JOB_WAIT_MS
        )
        expect(page.get_by_text("product teh · neighbours kopi").first).to_be_visible()
        assert page.locator("audio").first.evaluate(IS_PLAYING)
        page.screenshot(path=root / "map.png", full_page=True)
