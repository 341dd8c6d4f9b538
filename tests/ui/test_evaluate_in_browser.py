"""A person judges a version, hears what it confuses and puts it to use: a browser, a real job."""

import json
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.ui.harness import JOB_WAIT_MS, Browse, choose, click_cell, silence

pytestmark = pytest.mark.browser


def test_from_judging_to_use(demo_app: tuple[str, Path], browse: Browse) -> None:
    url, root = demo_app
    with browse(silence()) as page:
        page.goto(f"{url}/Evaluate")
        choose(page, "Version", "m2_best")
        page.get_by_role("button", name="Judge m2_best", exact=True).click()
        judged = page.get_by_text("All slots right").first
        expect(judged).to_be_visible(timeout=JOB_WAIT_MS)
        expect(page.get_by_text("are the same since")).to_be_visible()

        page.get_by_role("radio", name="Confusion").click()
        click_cell(page, "Product: what was said", (0, 0), shape=(10, 10))
        heading = page.get_by_role("heading", name="Said air mineral, understood air mineral")
        expect(heading).to_be_visible()
        player = page.locator("audio").first
        expect(player).to_be_visible()
        page.wait_for_function("document.querySelector('audio').duration > 0.3")

        page.get_by_text("Take it elsewhere").click()
        page.get_by_role("button", name="Pack it", exact=True).click()
        packed = page.get_by_role("button", name="Download m2_best.zip")
        expect(packed).to_be_visible(timeout=JOB_WAIT_MS)
        with page.expect_download() as download:
            packed.click()
        with zipfile.ZipFile(download.value.path()) as bundle:
            assert {"model.onnx", "predict.py", "README.txt"} <= set(bundle.namelist())

        page.get_by_role("button", name="Put m2_best to use").click()
        page.get_by_role("button", name="Yes, use m2_best").click()
        expect(page.get_by_text("m2_best is in use now.")).to_be_visible()
        expect(page.get_by_role("button", name="Go back to m1_best")).to_be_visible()

    latest = json.loads((root / "artifacts/registry/latest.json").read_text("utf-8"))
    assert latest["version"] == "m2_best"
    metrics = root / "artifacts/evaluations/m2_best/processed-metadata-test/metrics.json"
    assert json.loads(metrics.read_text("utf-8"))["utterances"] == 18
