"""The frame of every page: its title, and errors as one sentence."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.elements.lib.mutable_tab_container import TabContainer

from slu.errors import SLUError
from slu.service import PredictionService
from slu.settings import get_settings
from slu.ui.language import choose_language, tr
from slu.ui.sentences import told, translated

_STYLE = Path(__file__).with_suffix(".css")
LOCAL_HOSTS = ("localhost", "127.0.0.1", "::1")


def open_page(title: str, lead: str) -> None:
    """Begin a page, with the switch of its language.

    Args:
        title: its heading, and the name of the browser's tab, translated.
        lead: one sentence on what a person can do here, translated.
    """
    st.set_page_config(page_title=f"{title} · SLU Studio", layout="wide")
    st.html(_STYLE)
    choose_language()
    st.title(title)
    st.caption(lead)


def choose_view(key: str, views: Sequence[str], wanted: str | None = None) -> str:
    """Let a person choose what of a page is shown; the choice outlives a visit elsewhere.

    Args:
        key: of the choice.
        views: their names in English (see `mark`); the first one is shown first.
        wanted: view that somebody was sent to, whatever was shown before.
    """
    if wanted is not None:
        st.session_state[key] = wanted
    st.session_state.setdefault(key, views[0])
    view = st.segmented_control(
        tr("View"),
        views,
        format_func=tr,
        key=key,
        required=True,
        label_visibility="collapsed",
        persist_state="session",
    )
    return view or views[0]


def open_tab(key: str, names: Sequence[str]) -> tuple[str, DeltaGenerator]:
    """Draw tabs of which only the open one need be worked out; arguments as of `draw_tabs`.

    Returns:
        The name of the open one, and its place.
    """
    tabs = zip(names, draw_tabs(key, names), strict=True)
    return next((name, tab) for name, tab in tabs if tab.open)


def draw_tabs(key: str, names: Sequence[str]) -> Sequence[TabContainer]:
    """Draw tabs; the open one stays open in another language.

    Args:
        key: of the choice.
        names: theirs in English (see `mark`); the first one is open first.
    """
    titles, shown = [tr(name) for name in names], f"{key} shown"
    # A tab is chosen by its title, which another language alters.
    if shown in st.session_state and st.session_state.get(key) not in titles:
        st.session_state[key] = tr(st.session_state[shown])
    tabs = st.tabs(titles, key=key, on_change="rerun")
    st.session_state[shown] = next(n for n, tab in zip(names, tabs, strict=True) if tab.open)
    return tabs


@contextmanager
def errors_shown() -> Iterator[None]:
    """Show an error as one sentence and end the block; the page goes on below it."""
    try:
        yield
    except SLUError as error:
        st.error(told(error), icon=":material/error:")
    except OSError as error:
        st.error(
            tr(
                "{file}: {reason}; check its permissions and the free space.",
                file=error.filename or tr("A file"),
                reason=translated(str(error.strerror or error)),
            ),
            icon=":material/error:",
        )  # fmt: skip


@st.cache_resource
def prediction_service() -> PredictionService:
    """The prediction service of this app, shared by all sessions."""
    return PredictionService(get_settings())


def warn_without_microphone() -> bool:
    """Say why the microphone cannot work, where the browser would only fail.

    Returns:
        whether there was something to say.
    """
    url = urlsplit(st.context.url or "")
    is_refused = url.scheme == "http" and url.hostname not in LOCAL_HOSTS
    if is_refused:
        st.warning(
            tr(
                "Browsers allow the microphone only over HTTPS or on localhost. Open the app "
                "there, or upload a recording instead."
            ),
            icon=":material/mic_off:",
        )
    return is_refused
