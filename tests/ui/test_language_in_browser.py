"""A person turns the app into Indonesian, and finds it so again."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.ui.harness import Browse, silence

pytestmark = pytest.mark.browser


def test_the_language_is_switched_and_remembered(app: tuple[str, Path], browse: Browse) -> None:
    url, _ = app
    with browse(silence()) as page:
        page.goto(url)
        page.get_by_text("Bahasa Indonesia", exact=True).click()
        expect(page.get_by_role("heading", name="Langkah berikutnya")).to_be_visible()
        page.get_by_role("link", name="Jelajahi", exact=True).click()
        expect(page.get_by_role("heading", name="Jelajahi")).to_be_visible()
        page.goto(url)
        expect(page.get_by_role("heading", name="Langkah berikutnya")).to_be_visible()
        page.get_by_text("English", exact=True).click()
        expect(page.get_by_role("heading", name="What to do next")).to_be_visible()
        page.get_by_role("link", name="Explore", exact=True).click()
        expect(page.get_by_role("heading", name="Explore")).to_be_visible()
