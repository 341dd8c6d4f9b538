"""What a person waits for, timed again and again and told in a line each."""

import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from playwright.sync_api import Browser, Page

N_TAKES = 5
PLOT = "[data-testid=stVegaLiteChart]:has(path[aria-roledescription]) .role-frame > g > .background"
"""Between the axes of figures whose marks are drawn: those without their data have none yet."""


@dataclass(frozen=True)
class FigurePage:
    """A page with three figures or more, which are waited for."""

    browser: Browser
    url: str
    """Of the app."""
    name: str
    """Of the page, as the bar at the side has it."""

    def open(self) -> Page:
        """Open it in a browser that has seen nothing of it yet."""
        page = self._empty_page()
        self._go_to(page)
        return page

    def view(self) -> float:
        """Seconds from the address to the figures, in such a browser."""
        page = self._empty_page()
        started = time.perf_counter()
        self._go_to(page)
        taken_s = time.perf_counter() - started
        page.context.close()
        return taken_s

    def come_from_home(self) -> float:
        """Seconds from a click on the page's name to the figures, in a browser that knows it."""
        page = self.open()
        page.goto(self.url)
        link = page.get_by_role("link", name=self.name)
        link.wait_for()
        page.wait_for_timeout(1000)
        started = time.perf_counter()
        link.click()
        page.locator(PLOT).nth(2).wait_for()
        taken_s = time.perf_counter() - started
        page.context.close()
        return taken_s

    def _empty_page(self) -> Page:
        page = self.browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
        page.set_default_timeout(60_000)
        return page

    def _go_to(self, page: Page) -> None:
        page.goto(f"{self.url}/{self.name}")
        page.locator(PLOT).nth(2).wait_for()


def measure(view: Callable[[], float], tasks: Mapping[str, Callable[[], float]]) -> None:
    """Print a line for each thing that a person does.

    Args:
        view: opens the page in a browser that has seen nothing of it yet; returns the seconds.
        tasks: name -> what else is done, in the same way.
    """
    tell("first view after the app started", [view()])
    for name, task in {"first view": view, **tasks}.items():
        tell(name, [task() for _ in range(N_TAKES)])


def tell(name: str, seconds: list[float]) -> None:
    """Print the median and the slowest."""
    line = f"{name:<34} median {np.median(seconds):5.2f} s   slowest {max(seconds):5.2f} s"
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
