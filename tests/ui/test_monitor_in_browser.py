"""A person sees that something is wrong, and which requests it is about."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from slu.monitoring.feedback import FeedbackLog
from tests.ui.harness import Browse, make_project, serving, silence
from tests.ui.requests import log_requests
from tests.ui.test_explore_in_browser import click

pytestmark = pytest.mark.browser


def see(thing: Locator) -> None:
    """Wait for it; a busy machine may take its time."""
    expect(thing).to_be_visible(timeout=120_000)


def click_figure(page: Page, title: str, x: float, y: float) -> None:
    see(page.locator(".gtitle", has_text=title).first)
    click(page, title, x, y)


def test_what_drifted_is_found_and_its_requests_are_shown(tmp_path: Path, browse: Browse) -> None:
    root = tmp_path / "project"
    make_project(root)
    records = log_requests(root, 1000, seed=2)
    log_requests(root, 500, seed=3, mel_mean=-20.0)
    feedback = FeedbackLog(root / "logs/feedback.jsonl")
    feedback.append(records[0].request_id, records[0].prediction)
    with serving(root) as url, browse(silence()) as page:
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.goto(f"{url}/Monitor")
        see(page.get_by_text("differ from the training set in mel mean"))
        click_figure(page, "Requests", 0.5, 0.9)
        see(page.get_by_text(re.compile(r", understood: \d+ request")))

        page.get_by_role("tab", name="Answers").click()
        click_figure(page, "Answers by product", 0.02, 0.05)
        see(page.get_by_text(re.compile(r"^Product .+: \d+ requests")))

        page.get_by_role("tab", name="Drift").click()
        click_figure(page, "Drift of Level", 0.96, 0.3)
        see(page.get_by_text("Level (mel mean): training set and these"))
        see(page.get_by_text("These requests: "))

        page.get_by_role("tab", name="Models").click()
        see(page.get_by_text("Accuracy from corrections"))

        page.get_by_role("combobox", name="Model versions").click()
        page.get_by_role("option", name="m1_best").click()
        see(page.get_by_text("1,500"))
        assert problems == []
