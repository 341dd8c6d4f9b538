"""Putting a version to use, and going back, each after a look at what changes."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from slu.errors import SLUError
from slu.registry import Registry, RegistryEntry
from slu.ui.language import tr
from slu.ui.page import errors_shown
from slu.ui.sentences import told

_OUTCOME = "put to use"


def show_use(registry: Registry, entry: RegistryEntry) -> None:
    """Which version is in use, and buttons to change that where they would change something."""
    in_use = previous = None
    with errors_shown():
        in_use, previous = registry.latest_version(), registry.previous_version()
    _show_outcome()
    with st.container(horizontal=True, vertical_alignment="center"):
        if in_use:
            st.markdown(tr("In use: **{version}**", version=in_use))
        else:
            st.markdown(tr("No version is in use."))
        confirm = st.dialog(tr("Change the version in use?"))(_confirm)
        if in_use != entry.version and st.button(
            tr("Put {version} to use", version=entry.version), icon=":material/rocket_launch:"
        ):
            confirm(registry, in_use, entry.version, lambda: registry.promote(entry.version))
        if previous is not None and st.button(
            tr("Go back to {version}", version=previous), icon=":material/undo:"
        ):
            confirm(registry, in_use, previous, registry.rollback)


def _confirm(
    registry: Registry, in_use: str | None, version: str, change: Callable[[], Any]
) -> None:
    with errors_shown():
        _show_change(registry, in_use, version)
    st.caption(
        tr(
            "The page Talk to it, the API and other running apps follow within a second or two. "
            "Nothing is deleted, and you can go back."
        )
    )
    if st.button(
        tr("Yes, use {version}", version=version), type="primary", on_click=_change,
        args=(change, version), icon=":material/check:",
    ):  # fmt: skip
        st.rerun()


def _show_change(registry: Registry, in_use: str | None, version: str) -> None:
    after = registry.get(version)
    answers = tr("From then on, **{version}** answers.", version=version)
    st.markdown(f"{answers} {_score(after)}")
    if in_use is None:
        return
    before = registry.get(in_use)
    aside = tr("**{version}** is put aside.", version=in_use)
    st.markdown(f"{aside} {_score(before)}")
    old, new = (_words(registry, entry) for entry in (before, after))
    if lost := ", ".join(sorted(old - new)):
        st.markdown(tr("It no longer understands: {words}.", words=lost))
    if gained := ", ".join(sorted(new - old)):
        st.markdown(tr("It newly understands: {words}.", words=gained))


def _score(entry: RegistryEntry) -> str:
    """How good a version was found to be when it was made."""
    split, scores = next(reversed(entry.metrics.items()), ("", None))
    if scores is None:
        return tr("It was never judged.")
    return tr(
        "When it was made, it got {share:.1%} of the {split} clips.",
        share=scores["joint_accuracy"]["value"],
        split=split,
    )


def _words(registry: Registry, entry: RegistryEntry) -> set[str]:
    labels = registry.config(entry)["labels"]
    return {f"{label} ({slot})" for slot, known in labels.items() for label in known}


def _change(change: Callable[[], Any], version: str) -> None:
    try:
        change()
    except SLUError as error:
        st.session_state[_OUTCOME] = st.error, told(error)
    else:
        st.session_state[_OUTCOME] = st.success, tr("{version} is in use now.", version=version)


def _show_outcome() -> None:
    """What became of the last change, once."""
    show, text = st.session_state.pop(_OUTCOME, (None, ""))
    if show is not None:
        show(text)
