"""Putting a version to use, and going back, each after a look at what changes."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from slu.errors import SLUError
from slu.registry import Registry, RegistryEntry
from slu.ui.page import as_sentence, errors_shown

_OUTCOME = "put to use"


def show_use(registry: Registry, entry: RegistryEntry) -> None:
    """Which version is in use, and buttons to change that where they would change something."""
    in_use = previous = None
    with errors_shown():
        in_use, previous = registry.latest_version(), registry.previous_version()
    _show_outcome()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"In use: **{in_use}**" if in_use else "No version is in use.")
        if in_use != entry.version and st.button(
            f"Put {entry.version} to use", icon=":material/rocket_launch:"
        ):
            _confirm(registry, in_use, entry.version, lambda: registry.promote(entry.version))
        if previous is not None and st.button(f"Go back to {previous}", icon=":material/undo:"):
            _confirm(registry, in_use, previous, registry.rollback)


@st.dialog("Change the version in use?")
def _confirm(
    registry: Registry, in_use: str | None, version: str, change: Callable[[], Any]
) -> None:
    with errors_shown():
        _show_change(registry, in_use, version)
    st.caption(
        "The page Talk to it, the API and other running apps follow within a second or two. "
        "Nothing is deleted, and you can go back."
    )
    if st.button(
        f"Yes, use {version}", type="primary", on_click=_change, args=(change, version),
        icon=":material/check:",
    ):  # fmt: skip
        st.rerun()


def _show_change(registry: Registry, in_use: str | None, version: str) -> None:
    after = registry.get(version)
    st.markdown(f"From then on, **{version}** answers. {_score(after)}")
    if in_use is None:
        return
    before = registry.get(in_use)
    st.markdown(f"**{in_use}** is put aside. {_score(before)}")
    old, new = (_words(registry, entry) for entry in (before, after))
    for verb, words in (("no longer", old - new), ("newly", new - old)):
        if words:
            st.markdown(f"It {verb} understands: {', '.join(sorted(words))}.")


def _score(entry: RegistryEntry) -> str:
    """How good a version was found to be when it was made."""
    split, scores = next(reversed(entry.metrics.items()), ("", None))
    if scores is None:
        return "It was never judged."
    return f"When it was made, it got {scores['joint_accuracy']['value']:.1%} of the {split} clips."


def _words(registry: Registry, entry: RegistryEntry) -> set[str]:
    labels = registry.config(entry)["labels"]
    return {f"{label} ({slot})" for slot, known in labels.items() for label in known}


def _change(change: Callable[[], Any], version: str) -> None:
    try:
        change()
    except SLUError as error:
        st.session_state[_OUTCOME] = st.error, as_sentence(str(error))
    else:
        st.session_state[_OUTCOME] = st.success, f"{version} is in use now."


def _show_outcome() -> None:
    """What became of the last change, once."""
    show, text = st.session_state.pop(_OUTCOME, (None, ""))
    if show is not None:
        show(text)
