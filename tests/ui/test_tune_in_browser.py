"""A person tunes a model: a real browser, a real study as a real job, optuna-dashboard in the page."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from slu.jobs.processes import ProcessMark
from tests.ui.harness import JOB_WAIT_MS, Browse, metric, serving, silence

pytestmark = pytest.mark.browser

N_TRIALS = 3
N_EPOCHS = 2


def start_study(page: Page, url: str) -> None:
    page.goto(f"{url}/Tune")
    page.get_by_role("radio", name="M2").click()
    expect(page.get_by_role("textbox", name="Name of the study")).to_have_value("slu-optuna-m2")
    for label, value in {"Trials in all": N_TRIALS, "Epochs of a trial": N_EPOCHS}.items():
        page.get_by_role("spinbutton", name=label).fill(str(value))
        page.keyboard.press("Tab")
    expect(page.get_by_text(f"{N_TRIALS} trials of {N_EPOCHS} epochs take about")).to_be_visible()
    page.get_by_role("button", name="Start study slu-optuna-m2").click()


def click_trial(chart: Locator, number: int) -> None:
    """Click the point of a trial in the history, where the axis goes from the first to the last."""
    marks = chart.locator("canvas")
    marks.scroll_into_view_if_needed()
    place = chart.evaluate(
        """(chart, number) => {
            const canvas = chart.querySelector('canvas').getBoundingClientRect();
            const view = chart.querySelector('.vega-embed, [data-testid]') || chart;
            return [canvas.x, canvas.y, canvas.width, canvas.height, number, String(view.className)];
        }""",
        number,
    )
    raise AssertionError(place)
