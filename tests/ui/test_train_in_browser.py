"""A person trains a model and watches it learn: a real browser, real jobs."""

import json
import re
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.ui.harness import JOB_WAIT_MS, Browse, metric, serving, silence

pytestmark = pytest.mark.browser

N_EPOCHS = 40  # more than a quick machine does before the page is asked again
UNDER_WAY = re.compile(rf"[1-9]\d* of {N_EPOCHS}")


def epochs_of(root: Path) -> list[int]:
    lines = (root / "artifacts/m2-1/history.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line)["epoch"] for line in lines]


def start_m2(page: Page, url: str) -> None:
    page.goto(f"{url}/Train")
    page.get_by_role("radio", name="M2").click()
    expect(page.get_by_role("textbox", name="Name of the run")).to_have_value("m2-1")
    epochs = page.get_by_role("spinbutton", name="Epochs")
    expect(epochs).to_have_value("40")
    epochs.fill(str(N_EPOCHS))
    page.keyboard.press("Tab")
    expect(page.get_by_text(f"All {N_EPOCHS} epochs take about")).to_be_visible()
    page.get_by_role("button", name="Start training m2-1").click()


def test_from_start_over_cancel_and_resume_to_the_score(
    demo_app: tuple[str, Path], browse: Browse
) -> None:
    url, root = demo_app
    with browse(silence()) as page:
        start_m2(page, url)
        expect(page.get_by_text("at work")).to_be_visible()
        charts = page.get_by_test_id("stVegaLiteChart")
        expect(charts).to_have_count(2)
        charts.evaluate_all("charts => charts.forEach(chart => (chart.dataset.kept = 'yes'))")
        expect(metric(page, "Epochs")).to_contain_text(UNDER_WAY)
        expect(page.locator("[data-kept=yes]")).to_have_count(2)  # altered, not drawn anew

        page.get_by_role("button", name="Cancel").click()
        expect(page.get_by_text("It was cancelled.")).to_be_visible()
        done = epochs_of(root)
        assert 0 < len(done) < N_EPOCHS
        assert (root / "artifacts/m2-1/checkpoint.pt").exists()

        page.reload()  # nothing is at work: the page begins with a new run
        page.get_by_role("radio", name="Runs").click()
        page.get_by_role("button", name="Continue training").click()
        expect(page.get_by_text("How good it is, on 18 test clips")).to_be_visible(
            timeout=JOB_WAIT_MS
        )
        expect(metric(page, "All slots right")).to_contain_text("95 % interval")
        expect(page.get_by_role("link", name="Judge it, and put it to use")).to_be_visible()
    continued = epochs_of(root)
    assert len(continued) > len(done)
    assert continued == list(range(1, len(continued) + 1))
    assert (root / "artifacts/registry/m2-1.json").exists()


@pytest.mark.fault
def test_a_training_outlives_the_app(demo_root: Path, tmp_path: Path, browse: Browse) -> None:
    root = tmp_path / "project"
    shutil.copytree(demo_root, root)
    with browse(silence()) as page:
        with serving(root) as url:
            start_m2(page, url)
            expect(metric(page, "Epochs")).to_contain_text(UNDER_WAY)
        with serving(root) as url:
            page.goto(f"{url}/Train")
            expect(page.get_by_text("at work")).to_be_visible()
            expect(page.get_by_text("How good it is, on 18 test clips")).to_be_visible(
                timeout=JOB_WAIT_MS
            )
    done = epochs_of(root)
    assert done == list(range(1, len(done) + 1))
