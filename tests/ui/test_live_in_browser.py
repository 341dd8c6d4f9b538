"""A person talks and orders are written down: a real browser that streams its microphone."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import FrameLocator, Locator, Page, expect

from tests.ui.harness import Browse, choose, silence, spoken_order

pytestmark = pytest.mark.browser

WAIT_MS = 60_000
"""For a machine that is busy with other things."""

REFUSE = """
navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("no", "NAME"));
"""
BAR_THE_WAY = "RTCPeerConnection.prototype.setRemoteDescription = () => new Promise(() => {});"


def open_live(page: Page, url: str) -> None:
    page.goto(f"{url}/Predict")
    page.get_by_role("tab", name="Live").click()
    expect(state(page)).to_have_text("Not listening", timeout=WAIT_MS)


def controls(page: Page) -> FrameLocator:
    return page.frame_locator('iframe[title="streamlit_webrtc.component.webrtc_streamer"]')


def press(page: Page, name: str) -> None:
    controls(page).get_by_role("button", name=name, exact=True).click(timeout=WAIT_MS)


def state(page: Page) -> Locator:
    return page.locator(".panel .state")


def lines(page: Page) -> Locator:
    return page.get_by_role("button", name="Correct", exact=True)


def start(page: Page) -> None:
    """Press Start; on a busy machine a stream may break down while it is set up, and is over."""
    button = controls(page).get_by_role("button", name="Start", exact=True)
    for _ in range(3):
        button.click(timeout=WAIT_MS)
        expect(button).to_be_hidden()
        if has_started(page, button):
            return
    pytest.fail("the microphone did not start in three attempts")


def has_started(page: Page, button: Locator) -> bool:
    """Whether it listens in the end, and does not offer to start again."""
    heard = page.locator('.panel[data-state="listening"], .panel[data-state="speaking"]')
    while not heard.is_visible():
        if button.is_visible():
            # It may be there for a moment while the stream is set up.
            page.wait_for_timeout(2000)
            if button.is_visible():
                return False
        page.wait_for_timeout(200)
    return True


def order() -> bytes:
    return spoken_order({"product": "beras", "quantity": "3"})


def test_orders_are_written_down_stopped_and_gone_on_with(
    app: tuple[str, Path], browse: Browse
) -> None:
    url, root = app
    with browse(order()) as page:
        open_live(page, url)
        start(page)
        expect(page.locator('.panel[data-tone="guess"] [role=meter]').first).to_be_visible(
            timeout=WAIT_MS
        )
        expect(page.get_by_text("3 x beras", exact=True).first).to_be_visible(timeout=WAIT_MS)
        expect(page.locator('.panel[data-tone="understood"]')).to_be_visible(timeout=WAIT_MS)

        press(page, "Stop")
        expect(state(page)).to_have_text("Not listening", timeout=WAIT_MS)
        page.wait_for_timeout(3000)  # the words before Stop are understood as well
        n_lines = lines(page).count()
        assert n_lines >= 1
        page.wait_for_timeout(3000)
        expect(lines(page)).to_have_count(n_lines)

        start(page)
        expect(lines(page).nth(n_lines)).to_be_visible(timeout=WAIT_MS)
        press(page, "Stop")
    log = (root / "logs/inference.log").read_text("utf-8").splitlines()
    live = [row for row in map(json.loads, log) if row["source"] == "live"]
    assert len(live) >= 2
    assert {"product": "beras", "quantity": "3"} in [row["prediction"] for row in live]


def test_a_line_is_corrected_while_it_goes_on(app: tuple[str, Path], browse: Browse) -> None:
    url, root = app
    with browse(order()) as page:
        open_live(page, url)
        start(page)
        expect(lines(page).first).to_be_visible(timeout=WAIT_MS)
        lines(page).last.click()
        choose(page, re.compile("Product"), "gula")
        page.get_by_role("button", name="Save what was meant").click()
        expect(page.get_by_text("3 x gula", exact=True)).to_be_visible(timeout=WAIT_MS)
    (row,) = map(json.loads, (root / "logs/feedback.jsonl").read_text("utf-8").splitlines())
    assert row["labels"] == {"product": "gula", "quantity": "3"}


def test_tabs_do_not_mix(app: tuple[str, Path], browse: Browse) -> None:
    url, _ = app
    with browse(order()) as page:
        other = page.context.new_page()
        other.set_default_timeout(WAIT_MS)
        open_live(page, url)
        open_live(other, url)
        start(page)
        expect(lines(page).first).to_be_visible(timeout=WAIT_MS)
        expect(lines(other)).to_have_count(0)
        expect(state(other)).to_have_text("Not listening")
        press(page, "Stop")
        expect(state(page)).to_have_text("Not listening", timeout=WAIT_MS)
        page.wait_for_timeout(3000)
        n_lines = lines(page).count()
        start(other)
        expect(lines(other).first).to_be_visible(timeout=WAIT_MS)
        expect(lines(page)).to_have_count(n_lines)


def test_silence_writes_nothing_down(app: tuple[str, Path], browse: Browse) -> None:
    url, _ = app
    with browse(silence()) as page:
        open_live(page, url)
        start(page)
        page.wait_for_timeout(4000)
        expect(state(page)).to_have_text("Listening")
        expect(lines(page)).to_have_count(0)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("NotAllowedError", "This page may not use the microphone."),
        ("NotFoundError", "No microphone was found."),
        ("NotReadableError", "another program may be using it"),
    ],
)
def test_a_device_that_fails_is_explained(
    app: tuple[str, Path], browse: Browse, error: str, words: str
) -> None:
    url, _ = app
    with browse(silence()) as page:
        page.add_init_script(REFUSE.replace("NAME", error))
        open_live(page, url)
        press(page, "Start")
        alert = page.get_by_role("alert").filter(has_text=words)
        expect(alert).to_contain_text("use Record or Upload instead", timeout=WAIT_MS)
        expect(controls(page).get_by_role("alert")).to_be_hidden()


def test_a_way_that_is_barred_is_told(app: tuple[str, Path], browse: Browse) -> None:
    url, _ = app
    with browse(silence()) as page:
        page.add_init_script(BAR_THE_WAY)
        open_live(page, url)
        press(page, "Start")
        expect(page.get_by_text("The sound does not get through")).to_be_visible(timeout=WAIT_MS)
        expect(page.get_by_text("need no such connection")).to_be_visible()
