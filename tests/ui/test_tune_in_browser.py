"""A person tunes a model: a real browser, a real study as a job, optuna-dashboard in the page."""

import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from slu.dashboard import running_dashboard
from slu.settings import Settings
from tests.jobs.harness import until
from tests.ui.harness import JOB_WAIT_MS, Browse, metric, serving, silence

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

N_TRIALS = 3
N_EPOCHS = 2


def start_study(page: Page, url: str) -> None:
    page.goto(f"{url}/Tune")
    # The first visit loads Optuna.
    page.get_by_role("radio", name="M2").click(timeout=JOB_WAIT_MS)
    expect(page.get_by_role("textbox", name="Name of the study")).to_have_value("slu-optuna-m2")
    for label, value in {"Trials in all": N_TRIALS, "Epochs of a trial": N_EPOCHS}.items():
        page.get_by_role("spinbutton", name=label).fill(str(value))
        page.keyboard.press("Tab")
    expect(page.get_by_text(f"{N_TRIALS} trials of {N_EPOCHS} epochs take about")).to_be_visible()
    page.get_by_role("button", name="Start study slu-optuna-m2").click()


def test_a_study_is_started_watched_and_looked_into(
    demo_root: Path, tmp_path: Path, browse: Browse
) -> None:
    root = tmp_path / "project"
    shutil.copytree(demo_root, root)
    with browse(silence()) as page:
        with serving(root) as url:
            start_study(page, url)
            expect(page.get_by_role("button", name="Stop after this trial")).to_be_visible(
                timeout=JOB_WAIT_MS
            )
            charts = page.get_by_test_id("stVegaLiteChart")
            charts.first.evaluate("chart => (chart.dataset.kept = 'yes')")
            trials_done = metric(page, "Trials done")
            expect(trials_done).to_contain_text(str(N_TRIALS), timeout=JOB_WAIT_MS)
            expect(page.locator("[data-kept=yes]")).to_have_count(1)  # altered, not drawn anew
            done = page.get_by_test_id("stAlert").filter(
                has_text=f"{N_TRIALS} of {N_TRIALS} trials"
            )
            expect(done).to_be_visible(timeout=JOB_WAIT_MS)

            # A figure's marks are told to screen readers as well.
            charts.first.locator("path[aria-label^='trial: 0; all slots right']").click()
            expect(page.get_by_role("spinbutton", name="Look at trial")).to_have_value("0")
            expect(page.get_by_role("heading", name="Trial 0")).to_be_visible()

            page.get_by_role("tab", name="optuna-dashboard").click()
            frame = page.frame_locator("iframe")
            expect(frame.get_by_text("slu-optuna-m2")).to_be_visible(timeout=JOB_WAIT_MS)
            link = page.get_by_role("link", name="Open in a tab of its own")
            dashboard = running_dashboard(Settings(project_root=root))
            assert dashboard is not None
            assert link.get_attribute("href") == dashboard.study_url(1)

            with page.context.new_page() as other:
                other.goto(str(link.get_attribute("href")))
                expect(other.get_by_text("slu-optuna-m2").first).to_be_visible()
        until(lambda: not dashboard.process.is_alive())
