"""The language of the pages: texts are written in English, and looked up in a catalogue.

`python -m docs.translation` gathers them into `locale/id/LC_MESSAGES/slu.po`, where they are
translated, and compiles what is there.
"""

import gettext
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import streamlit as st


def mark(text: str) -> str:
    """The text itself, to be translated where it is shown: for constants."""
    return text


LANGUAGES: Mapping[str, str] = {"en": "English", "id": "Bahasa Indonesia"}
"""Code -> name, the language of the texts themselves first."""

LOCALE_DIR = Path(__file__).with_name("locale")
_KEY = "language"
_COOKIE = "slu_language"
_YEAR_S = 365 * 24 * 3600
# The bar at the side is made of file names, and of nothing else.
_PAGES = (
    mark("Home"), mark("Data"), mark("Explore"), mark("Preprocess"), mark("Train"), mark("Tune"),
    mark("Evaluate"), mark("Predict"), mark("Monitor"),
)  # fmt: skip


def tr(text: str, /, **values: Any) -> str:
    """A text in the language of the person who looks at the page.

    Args:
        text: in English, a literal; what differs from time to time stands in braces.
        values: put in place of the braces.
    """
    return _filled(_catalogue(language()).gettext(text), values)


def trn(one: str, many: str, n: int, /, **values: Any) -> str:
    """A text that depends on a number, which takes the place of `{n}`."""
    return _filled(_catalogue(language()).ngettext(one, many, n), {"n": n, **values})


def language() -> str:
    """The code of the language that was chosen here, else earlier, else in the browser."""
    chosen: str | None = st.session_state.get(_KEY)
    return chosen or _remembered()


def _remembered() -> str:
    wished = (st.context.cookies.get(_COOKIE), st.context.locale)
    codes = (str(wish)[:2].lower() for wish in wished if wish)
    return next((code for code in codes if code in LANGUAGES), next(iter(LANGUAGES)))


def choose_language() -> None:
    """Let a person switch, at the side of every page; the browser remembers it for a year."""
    st.session_state.setdefault(_KEY, language())
    with st.sidebar:
        code = st.radio(
            tr("Language"), list(LANGUAGES), format_func=LANGUAGES.__getitem__, key=_KEY,
            label_visibility="collapsed", persist_state="session",
        )  # fmt: skip
        st.html(
            f'<script>document.cookie = "{_COOKIE}={code}; path=/; max-age={_YEAR_S}; '
            'SameSite=Lax"</script>',
            unsafe_allow_javascript=True,
        )
    if code != next(iter(LANGUAGES)):
        _name_pages()


def _name_pages() -> None:
    """Put the pages' names in this language in place of those of their files."""
    # Streamlit keeps a hidden copy of each name there, in bold, to reserve its width.
    look = "visibility: visible; height: auto; font-weight: inherit"
    rules = "".join(
        f'[data-testid="stSidebarNavLink"] [label="{page}"] '
        f'{{& p {{display: none}} &::after {{content: "{tr(page)}"; {look}}}}}'
        for page in _PAGES
    )
    st.html(f"<style>{rules}</style>")


def _filled(text: str, values: Mapping[str, Any]) -> str:
    return text.format_map(values) if values else text


@lru_cache
def _catalogue(code: str) -> gettext.NullTranslations:
    return gettext.translation("slu", LOCALE_DIR, [code], fallback=True)
