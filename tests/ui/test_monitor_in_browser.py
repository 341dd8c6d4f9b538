"""A person sees that something is wrong, and which requests it is about."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from slu.monitoring.feedback import FeedbackLog
from tests.ui.harness import Browse, make_project, serving, silence
from tests.ui.requests import log_requests
from tests.ui.test_explore_in_browser import click

pytestmark = pytest.mark.browser


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
        expect(page.get_by_text("differ from the training set in mel_mean")).to_be_visible()
        click(page, "Requests", 0.5, 0.9)
        expect(page.get_by_text(re.compile(r", understood: \d+ request"))).to_be_visible()

        page.get_by_role("tab", name="Answers").click()
        click(page, "Answers by product", 0.02, 0.05)
        expect(page.get_by_text(re.compile(r"^Product .+: \d+ requests"))).to_be_visible()

        page.get_by_role("tab", name="Drift").click()
        click(page, "Drift of Level", 0.96, 0.3)
        expect(page.get_by_text("Level (mel mean): training set and these")).to_be_visible()
        expect(page.get_by_text("These requests: ")).to_be_visible()

        page.get_by_role("tab", name="Models").click()
        expect(page.get_by_text("Accuracy from corrections")).to_be_visible()

        page.get_by_role("combobox", name="Model versions").click()
        page.get_by_role("option", name="m1_best").click()
        expect(page.get_by_text("1,500")).to_be_visible()
        assert problems == []
