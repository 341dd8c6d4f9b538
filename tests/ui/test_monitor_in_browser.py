"""A person sees that something is wrong, and which requests it is about."""

import re
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Locator, expect

from slu.monitoring.feedback import FeedbackLog
from tests.ui.harness import Browse, choose, click_figure, make_project, serving, silence
from tests.ui.requests import NOW, log_requests

pytestmark = pytest.mark.browser


def see(thing: Locator) -> None:
    """Wait for it; a busy machine may take its time."""
    expect(thing).to_be_visible(timeout=120_000)


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
        behind = page.get_by_text(re.compile(r", understood: \d+ request"))
        see(behind)
        click_figure(page, "Requests", 0.5, 0.9)
        expect(behind).to_have_count(0)
        # Anywhere above or below its points a bucket can be clicked.
        click_figure(page, "Answer time", 0.5, 0.7)
        see(page.get_by_text(re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:00: \d+ request")))

        page.get_by_role("tab", name="Answers").click()
        click_figure(page, "Answers by product", 0.02, 0.05)
        see(page.get_by_text(re.compile(r"^Product .+: \d+ requests")))

        page.get_by_role("tab", name="Drift").click()
        click_figure(page, "Drift of Level", 0.96, 0.3)
        see(page.get_by_text("Level (mel mean): training set and these"))
        see(page.get_by_text("These requests: "))

        page.get_by_role("tab", name="Models").click()
        see(page.get_by_text("Accuracy from corrections"))

        choose(page, "Model versions", "m1_best")
        see(page.get_by_text("1,500"))
        assert problems == []


def test_axes_show_what_the_clock_of_who_looks_shows(tmp_path: Path, browse: Browse) -> None:
    zone = "Asia/Jakarta"
    make_project(tmp_path)
    log_requests(tmp_path, 120)
    newest = NOW.astimezone(ZoneInfo(zone))
    last_hours = {f"{newest - timedelta(hours=hours):%H}" for hours in range(3)}
    with serving(tmp_path) as url, browse(silence()) as page:
        browser = page.context.browser
        assert browser is not None
        far_away = browser.new_context(timezone_id=zone).new_page()
        far_away.goto(f"{url}/Monitor")
        see(far_away.get_by_text(f"time ({zone})").first)
        labels = far_away.get_by_test_id("stVegaLiteChart").locator(".role-axis-label text")
        see(labels.filter(has_text=re.compile(r"^\d\d:\d\d$")).first)
        shown = [label for label in labels.all_text_contents() if ":" in label]
        assert {label[:2] for label in shown} <= last_hours
