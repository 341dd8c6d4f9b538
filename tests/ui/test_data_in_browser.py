"""A newcomer makes a corpus: edits a table, has it spoken, and records two phrases."""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Page, expect

from slu.config import CorpusConfig, load_config
from slu.data.clips import ClipFacts, measure_clip
from slu.data.metadata import read_metadata
from tests.ui.harness import (
    JOB_WAIT_MS,
    Browse,
    choose,
    make_project,
    metric,
    record,
    serving,
    spoken_order,
    write_cell,
)

pytestmark = pytest.mark.browser


@pytest.fixture
def newcomer(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """The app with the shipped models and no data: its address and its project root."""
    root = tmp_path / "project"
    make_project(root)
    with serving(root) as url:
        yield url, root


def test_a_newcomer_makes_a_corpus(newcomer: tuple[str, Path], browse: Browse) -> None:
    url, root = newcomer
    order = spoken_order({"product": "beras", "quantity": "3"})
    with browse(order) as page:
        page.goto(f"{url}/Data")
        make_clips(page, root)
        record_two(page, root, order)


def make_clips(page: Page, root: Path) -> None:
    expect(page.get_by_text("There are no recordings yet")).to_be_visible()
    page.get_by_text("Start from an example").click()
    choose(page, "Example", "three products")
    page.get_by_role("button", name="Use this example").click()
    expect(page.get_by_text("Not saved yet")).to_be_visible()
    write_cell(page, table=0, row=1, column=1, text="roti, roti tawar")
    count = page.get_by_label("Number of orders")
    count.fill("12")
    count.press("Enter")
    page.get_by_role("button", name="Save and make 15 clips").click()
    clips = metric(page, "Clips")
    expect(clips).to_contain_text("15", timeout=JOB_WAIT_MS)
    catalogue = load_config(CorpusConfig, root / "configs/corpus.yaml")
    assert catalogue.slots["product"]["roti"] == ("roti", "roti tawar")


def record_two(page: Page, root: Path, order: bytes) -> None:
    page.get_by_role("tab", name="Record").click()
    page.get_by_label("Who speaks?").fill("Siti")
    page.get_by_label("Who speaks?").press("Enter")
    said = []
    for number in range(2):
        expect(page.get_by_text(f"{number} of 50 by Siti")).to_be_visible()
        said.append(page.get_by_role("heading", level=3).first.inner_text().strip("“”"))
        keep = page.get_by_role("button", name="Keep it, next")
        expect(keep).to_be_disabled()  # The recorder of the phrase before is gone.
        # The microphone repeats itself to the last bit, and the same recording is kept only once.
        record(page, order, pause_s=0.3 + 0.4 * number)
        keep.click()
    expect(page.get_by_text("2 of 50 by Siti")).to_be_visible()
    check_recorded(root, said)
    page.get_by_role("button", name="Check in").click()
    clips = metric(page, "Clips")
    expect(clips).to_contain_text("17", timeout=JOB_WAIT_MS)
    taken_in = read_metadata(root / "data/processed/metadata.csv")
    assert taken_in["text"][taken_in["source"] == "recorded"].to_list() == said


def check_recorded(root: Path, said: list[str]) -> None:
    folder = root / "data/raw/recorded"
    slots = load_config(CorpusConfig, root / "configs/corpus.yaml").slots
    rows = pd.read_csv(folder / "metadata.csv", dtype=str).to_dict("records")
    assert [row["text"] for row in rows] == said
    for row in rows:
        for slot, labels in slots.items():
            assert any(way in row["text"] for way in labels[row[slot]])
        facts = measure_clip(str(folder / row["path"]))
        assert isinstance(facts, ClipFacts)
        assert facts.duration_s > 1.0
        assert facts.peak > 0.05
