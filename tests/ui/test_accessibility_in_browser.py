"""Every page is of use without eyes or a mouse, in both themes, as far as axe can say."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.chromium import chromium, find_chromium
from tests.ui.harness import ROOT, serving

AXE = ROOT / "node_modules/axe-core/axe.min.js"
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        not (AXE.exists() and find_chromium()), reason="needs chromium, and make web-runtime"
    ),
]
GRAVE = {"serious", "critical"}
PAGES = {
    "Home": [],
    "Data": ["Record", "Upload", "Quality", "Label next"],
    "Explore": [],
    "Preprocess": [],
    "Train": [],
    "Tune": [],
    "Evaluate": [],
    "Predict": ["Live", "Upload"],
    "Monitor": [],
}


@pytest.fixture(scope="module")
def url(demo_root: Path) -> Iterator[str]:
    with serving(demo_root) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


def settled(page: Page) -> None:
    expect(page.get_by_test_id("stApp")).to_be_visible()
    page.wait_for_timeout(500)
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0)
    expect(page.locator(".stale-element, [data-stale=true]")).to_have_count(0)


def findings(page: Page) -> list[str]:
    """Serious and critical findings: rule, what is wrong, and where."""
    page.evaluate(AXE.read_text("utf-8"))
    report: dict[str, Any] = page.evaluate("axe.run({resultTypes: ['violations']})")
    return [
        f"{rule['id']} ({rule['impact']}): {node['target']} {node['html'][:200]}"
        for rule in report["violations"]
        if rule["impact"] in GRAVE
        for node in rule["nodes"]
    ]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_no_grave_finding(url: str, browser: Browser, name: str, theme: Any) -> None:
    context = browser.new_context(color_scheme=theme)
    page = context.new_page()
    page.goto(f"{url}/{'' if name == 'Home' else name}")
    settled(page)
    found = findings(page)
    for tab in PAGES[name]:
        page.get_by_role("tab", name=tab).first.click()
        settled(page)
        found += findings(page)
    context.close()
    assert found == []
