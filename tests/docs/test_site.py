"""The site is built as `make docs` builds it."""

import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from importlib.util import find_spec
from pathlib import Path

import pytest

from docs.screenshots import SHOTS
from tests.docs.conftest import DOCS, ROOT


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site; a warning is an error."""
    if find_spec("mkdocs") is None or find_spec("material") is None:
        pytest.skip("needs MkDocs: pip install -r requirements-docs.txt")
    missing = [s.name for s in SHOTS if not (DOCS / "images" / f"{s.name}.png").exists()]
    assert not missing, f"run make screenshots: there is no picture of {', '.join(missing)}"
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    return folder


class Loaded(HTMLParser):
    """What a browser fetches to show a page."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        rel = values.get("rel") or ""
        if tag in ("script", "img", "iframe"):
            self.addresses.append(values.get("src") or "")
        elif tag == "link" and rel not in ("canonical", "next", "prev"):
            self.addresses.append(values.get("href") or "")


def loaded(page: Path) -> Iterator[str]:
    parser = Loaded()
    parser.feed(page.read_text("utf-8"))
    yield from parser.addresses


def test_nothing_comes_from_elsewhere(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    assert len(pages) > 10
    for page in pages:
        assert 'class="mermaid"' not in page.read_text("utf-8"), "its script would be fetched"
        assert [address for address in loaded(page) if re.match(r"(\w+:)?//", address)] == []
    for style in site.rglob("*.css"):
        assert not re.search(r"url\(['\"]?(https?:)?//", style.read_text("utf-8")), style
