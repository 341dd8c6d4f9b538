"""A newcomer's whole way, led by Home: from a catalogue of three products to an order heard."""

import json
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Page, expect

from slu.config import CorpusConfig, load_config
from slu.evaluation.predictions import all_right, read_predictions
from tests.ui.harness import (
    JOB_WAIT_MS,
    Browse,
    choose,
    click_cell,
    make_project,
    metric,
    press,
    record,
    serving,
    silence,
    write_cell,
)

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(900)]

N_ORDERS = 180
N_CLIPS = 225  # a quarter as many that are no orders come on top
N_EPOCHS = 30  # after 20 it understands so little that the surest clip may be turned away
RUN = "m2-1"
SLOTS = ("product", "quantity")
JUDGED = Path(f"artifacts/evaluations/{RUN}/processed-metadata-test")


def test_from_a_catalogue_to_an_order_that_is_heard(tmp_path: Path, browse: Browse) -> None:
    make_project(tmp_path)
    with serving(tmp_path) as url:
        with browse(silence()) as page:
            page.goto(url)
            make_clips(page, tmp_path)
            build_features(page)
            train(page, url)
            judge(page, tmp_path)
            promote(page, tmp_path)
        order, labels = surest_clip(tmp_path)
        with browse(order) as page:
            page.goto(url)
            talk(page, order, labels)
    last = (tmp_path / "logs/inference.log").read_text("utf-8").splitlines()[-1]
    heard = json.loads(last)
    assert (heard["source"], heard["status"]) == ("record", "ok")
    assert (heard["model_version"], heard["prediction"]) == (RUN, labels)


def make_clips(page: Page, root: Path) -> None:
    """The example of three products, one of them another one, spoken and taken in."""
    page.get_by_role("link", name="Add your own catalogue").click()
    page.get_by_text("Start from an example").click()
    choose(page, "Example", "three products")
    page.get_by_role("button", name="Use this example").click()
    expect(page.get_by_text("Not saved yet")).to_be_visible()
    write_cell(page, table=0, row=1, column=0, text="tahu")
    write_cell(page, table=0, row=1, column=1, text="tahu, tahu goreng")
    count = page.get_by_label("Number of orders")
    count.fill(str(N_ORDERS))
    count.press("Enter")
    page.get_by_role("button", name=f"Save and make {N_CLIPS} clips").click()
    expect(metric(page, "Clips")).to_contain_text(str(N_CLIPS), timeout=JOB_WAIT_MS)
    products = load_config(CorpusConfig, root / "configs/corpus.yaml").slots["product"]
    assert sorted(products) == ["kopi", "tahu", "teh"]


def build_features(page: Page) -> None:
    """With another setting, so that there is something to compute."""
    page.get_by_role("link", name="Preprocess").click()
    expect(page.get_by_text("with padding")).to_be_visible()
    press(page, "Noise before and after (s)", "ArrowRight", times=3)
    expect(page.get_by_text("Changed, and not saved yet.")).to_be_visible()
    page.get_by_role("tab", name="Build the features").click()
    page.get_by_role("button", name="Save the settings and build features").click()
    expect(page.get_by_test_id("stAlertContentSuccess")).to_contain_text(
        f"{N_CLIPS} recordings have features ({N_CLIPS} new)", timeout=JOB_WAIT_MS
    )


def train(page: Page, url: str) -> None:
    """M2 for a few epochs, on the clips as they are: those it learns soonest."""
    page.get_by_role("link", name="Home").click()
    expect(page.get_by_text("never learned these labels")).to_contain_text("tahu")
    page.get_by_role("link", name="Train a model").click()
    page.get_by_role("radio", name="M2").click()
    expect(page.get_by_role("textbox", name="Name of the run")).to_have_value(RUN)
    epochs = page.get_by_role("spinbutton", name="Epochs")
    expect(epochs).to_have_value("40")
    epochs.fill(str(N_EPOCHS))
    page.keyboard.press("Tab")
    page.get_by_text("Alter the clips (augmentation)").click()
    expect(page.get_by_text(f"All {N_EPOCHS} epochs take about")).to_be_visible()
    page.get_by_role("button", name=f"Start training {RUN}").click()
    expect(metric(page, "Epochs")).to_contain_text(f"of {N_EPOCHS}", timeout=JOB_WAIT_MS)
    expect(page.get_by_text("How good it is, on")).to_be_visible(timeout=JOB_WAIT_MS)


def judge(page: Page, root: Path) -> None:
    """Evaluate it, and hear the clips behind a cell of the confusion matrix."""
    page.get_by_role("link", name="Judge it, and put it to use").click()
    page.get_by_role("button", name=f"Judge {RUN}", exact=True).click()
    expect(page.get_by_text("are the same since")).to_be_visible(timeout=JOB_WAIT_MS)
    page.get_by_role("radio", name="Confusion").click()
    expect(page.get_by_text("Product: what was said")).to_be_visible()
    labels = ["kopi", "tahu", "teh"]
    table = predictions(root)
    said, understood = table[["product", "product_predicted"]].value_counts().index[0]
    cell = labels.index(said), labels.index(understood)
    click_cell(page, "Product: what was said", cell, shape=(3, 3))
    heading = page.get_by_role("heading", name=f"Said {said}, understood {understood}")
    expect(heading).to_be_visible()
    page.wait_for_function("document.querySelector('audio')?.duration > 0.3")


def promote(page: Page, root: Path) -> None:
    page.get_by_role("button", name=f"Put {RUN} to use").click()
    page.get_by_role("button", name=f"Yes, use {RUN}").click()
    expect(page.get_by_text(f"{RUN} is in use now.")).to_be_visible()
    latest = json.loads((root / "artifacts/registry/latest.json").read_text("utf-8"))
    assert latest["version"] == RUN


def predictions(root: Path) -> pd.DataFrame:
    return read_predictions(root / JUDGED / "predictions.csv", SLOTS)


def surest_clip(root: Path) -> tuple[bytes, dict[str, str]]:
    """Of those that nobody taught it, the clip that it understands best."""
    table = predictions(root)
    right = table[table["accepted"] & all_right(table, SLOTS)]
    clip = right.loc[right["joint_confidence"].idxmax()]
    return (root / clip["path"]).read_bytes(), {slot: clip[slot] for slot in SLOTS}


def talk(page: Page, order: bytes, labels: dict[str, str]) -> None:
    page.get_by_role("link", name="Talk to it").click()
    record(page, order)
    understood = page.get_by_text(f"{labels['quantity']} x {labels['product']}")
    expect(understood).to_be_visible()
    expect(page.get_by_text(f"by {RUN}")).to_be_visible()
