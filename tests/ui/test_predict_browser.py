"""A person talks to the app: a real browser, with a microphone that plays a recording."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.ui.harness import Browse, silence, spoken_order

pytestmark = pytest.mark.browser


def record(page: Page, seconds: float) -> None:
    page.get_by_role("button", name="Record").click()
    page.wait_for_timeout(seconds * 1000)
    page.get_by_role("button", name="Stop recording").click()


def open_predict(page: Page, url: str) -> None:
    page.goto(url)
    page.get_by_role("link", name="Talk to it").click()
    expect(page.get_by_role("heading", name="Talk to it")).to_be_visible()


def test_an_order_that_is_spoken_is_understood(app: tuple[str, Path], browse: Browse) -> None:
    url, root = app
    order = spoken_order({"product": "beras", "quantity": "3"})
    with browse(order) as page:
        open_predict(page, url)
        record(page, seconds=len(order) / 2 / 22050 + 0.3)
        expect(page.get_by_text("3 x beras")).to_be_visible()
        expect(page.get_by_text("Where it was heard")).to_be_visible()
        page.screenshot(path=root / "predict.png", full_page=True)
    lines = (root / "logs/inference.log").read_text("utf-8").splitlines()
    last = json.loads(lines[-1])
    assert last["source"] == "record"
    assert last["prediction"] == {"product": "beras", "quantity": "3"}


def test_silence_is_not_an_order(app: tuple[str, Path], browse: Browse) -> None:
    url, _ = app
    with browse(silence()) as page:
        open_predict(page, url)
        record(page, seconds=1.5)
        expect(page.get_by_text("Silence: nothing was heard")).to_be_visible()
