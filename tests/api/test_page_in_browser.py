import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.chromium import chromium

Connect = Callable[..., httpx.Client]
Project = Any  # of this folder's conftest

pytestmark = pytest.mark.browser


@pytest.fixture
def browser(tmp_path: Path, clip: bytes) -> Iterator[Browser]:
    """Chromium with a microphone that hears the clip again and again."""
    heard = tmp_path / "heard.wav"
    heard.write_bytes(clip)
    with chromium(heard) as browser:
        yield browser


def open_page(browser: Browser, client: httpx.Client) -> Page:
    page = browser.new_page()
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    page.goto(str(client.base_url).replace("127.0.0.1", "localhost"))
    return page


def test_the_documentation_opens_and_answers_without_a_network(
    browser: Browser, client: httpx.Client
) -> None:
    address = str(client.base_url)
    context = browser.new_context()
    asked: list[str] = []
    complaints: list[str] = []
    page = context.new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{address}/docs")
    page.locator("#operations-default-health_health_get").click()
    page.get_by_role("button", name="Try it out").click()
    page.get_by_role("button", name="Execute").click()
    expect(page.locator(".live-responses-table .response")).to_contain_text('"ready": true')
    assert all(url.startswith((address, "data:")) for url in asked)
    assert complaints == []


def choose(page: Page, content: bytes) -> None:
    page.set_input_files("#file", {"name": "a.wav", "mimeType": "audio/wav", "buffer": content})


def test_a_chosen_file_is_understood_and_corrected(
    browser: Browser, client: httpx.Client, project: Project, clip: bytes
) -> None:
    page = open_page(browser, client)
    expect(page.locator("#model")).to_have_text("Model first")
    choose(page, clip)
    expect(page.locator("#sentence")).to_contain_text("3 x beras")
    meter = page.get_by_role("meter", name="beras")
    expect(meter).to_have_attribute("aria-valuenow", "100")
    page.get_by_label("product").select_option("gula")
    page.get_by_label("Keep my recording").check()
    page.get_by_role("button", name="Send correction").click()
    expect(page.locator("#status")).to_contain_text("the recording was kept")
    (row,) = (project.root / "logs" / "feedback.jsonl").read_text().splitlines()
    assert json.loads(row)["labels"] == {"product": "gula", "quantity": "3"}
    assert (project.root / "logs" / json.loads(row)["audio"]).read_bytes() == clip


def test_the_microphone_is_recorded_and_understood(browser: Browser, client: httpx.Client) -> None:
    page = open_page(browser, client)
    page.get_by_role("button", name="Record").click()
    expect(page.locator("#status")).to_contain_text("Listening")
    page.wait_for_timeout(1500)
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#sentence")).to_contain_text("3 x beras")


def test_a_file_that_is_no_sound_is_explained(browser: Browser, client: httpx.Client) -> None:
    page = open_page(browser, client)
    choose(page, b"no sound")
    expect(page.get_by_role("alert")).to_contain_text("not a sound file")
    expect(page.locator("#answer")).to_be_hidden()


def test_a_key_is_asked_for_where_one_is_needed(
    browser: Browser, connect: Connect, clip: bytes
) -> None:
    page = open_page(browser, connect(api_keys=("open-sesame",)))
    choose(page, clip)
    expect(page.get_by_role("alert")).to_contain_text("API key")
    page.get_by_label("API key").fill("open-sesame")
    page.get_by_role("button", name="Use this key").click()
    expect(page.locator("#sentence")).to_contain_text("3 x beras")
