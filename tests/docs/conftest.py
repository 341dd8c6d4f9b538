"""The Markdown that people read, taken apart."""

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])

_NOT_IN_ANCHORS = re.compile(r"[^\w\- ]")


def name_of(page: Path) -> str:
    """A page as it is called in a test's name."""
    return str(page.relative_to(ROOT))


def tokens(page: Path) -> Iterator[Token]:
    """Blocks and what stands within lines, in order."""
    for block in MarkdownIt("commonmark").enable("table").parse(page.read_text("utf-8")):
        yield block
        yield from block.children or ()


def anchors(page: Path) -> set[str]:
    """What a link may name after `#`: the headings, as GitHub and MkDocs both write them."""
    parsed = list(tokens(page))
    headings = [
        inline.content for block, inline in pairwise(parsed) if block.type == "heading_open"
    ]
    return {_NOT_IN_ANCHORS.sub("", text.lower()).replace(" ", "-") for text in headings}


def links(page: Path) -> list[str]:
    """Where links and pictures of a page lead."""
    found = [token.attrGet("href") or token.attrGet("src") for token in tokens(page)]
    return [str(target) for target in found if target]


def code(page: Path) -> Iterator[str]:
    """Each piece of code: blocks, and spans within lines."""
    for token in tokens(page):
        if token.type in ("fence", "code_block", "code_inline"):
            yield token.content


def blocks(page: Path, language: str) -> list[str]:
    """The code blocks of a page that are marked as one language."""
    return [
        token.content for token in tokens(page) if token.type == "fence" and token.info == language
    ]
