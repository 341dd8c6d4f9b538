from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from docs.screenshots import SHOTS
from tests.docs.conftest import DOCS, PAGES, anchors, links, name_of

IMAGES = DOCS / "images"
NAMES = {shot.name for shot in SHOTS}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_no_link_is_dead(page: Path) -> None:
    assert [link for link in links(page) if not leads_somewhere(page, link)] == []


def leads_somewhere(page: Path, link: str) -> bool:
    """Whether a link within the project finds its file and heading; others are not followed."""
    parts = urlsplit(link)
    if parts.scheme:
        return True
    target = page if not parts.path else (page.parent / unquote(parts.path)).resolve()
    return is_there(target) and (not parts.fragment or parts.fragment in anchors(target))


def is_there(target: Path) -> bool:
    """Also a picture of `make screenshots` that is not taken yet; the site's test asks for it."""
    return target.exists() or (target.parent == IMAGES and target.stem in NAMES)


def test_every_picture_is_shown() -> None:
    shown = {Path(link).stem for page in PAGES for link in links(page) if "images/" in link}
    assert shown == NAMES


@pytest.mark.parametrize("link", ["nowhere.md", "#nowhere", "studio.md#nowhere", "images/no.png"])
def test_a_dead_link_is_found(link: str) -> None:
    assert not leads_somewhere(DOCS / "studio.md", link)
