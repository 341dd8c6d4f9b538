"""Debian's Chromium, with a recording for a microphone where one is needed."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

_FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
_MICROPHONE_FLAGS = ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream")


def find_chromium() -> str | None:
    """Where it is, if it is installed."""
    return shutil.which("chromium") or shutil.which("google-chrome")


@contextmanager
def chromium(microphone: Path | None = None) -> Iterator[Browser]:
    """Run it until the block ends.

    Args:
        microphone: a wav file that its microphone plays in a loop; none: there is no microphone.
    """
    flags = [*_FLAGS]
    if microphone is not None:
        flags += [*_MICROPHONE_FLAGS, f"--use-file-for-fake-audio-capture={microphone}"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=flags)
        try:
            yield browser
        finally:
            browser.close()
