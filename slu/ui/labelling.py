"""Recordings of a person's own, each with a player and its labels to be chosen."""

import streamlit as st

from slu.config import CorpusConfig
from slu.data.imports import LabelledClip
from slu.data.labels import NONE, canonical_label, sort_labels
from slu.ui.clips import FORMATS, FORMATS_TOLD
from slu.ui.language import tr
from slu.ui.markdown import plain

# Each has a player and a widget for every slot; more come better with a table.
_MOST = 50


def label_clips(corpus: CorpusConfig, key: str) -> tuple[list[LabelledClip], int]:
    """Let a person choose files and what is said in each.

    Args:
        corpus: its labels can be chosen.
        key: of the widgets; with another one they begin anew.

    Returns:
        the recordings, and the number of labels that are still to be chosen.
    """
    files = st.file_uploader(
        tr("Recordings: {formats}", formats=FORMATS_TOLD), FORMATS,
        accept_multiple_files=True, key=key,
    )  # fmt: skip
    if not files:
        return [], 0
    if len(files) > _MOST:
        st.warning(
            tr("Choose at most {most} files at once, or bring a zip with a table.", most=_MOST)
        )
        return [], 0
    speaker = st.text_input(
        tr("Who speaks in them?"),
        key=f"{key} speaker",
        help=tr("Leave it empty if these are several people, or nobody knows"),
    )
    chosen = [
        (file.name, file.getvalue(), _choose(corpus, file.name, file.getvalue(), f"{key} {n}"))
        for n, file in enumerate(files)
    ]
    n_missing = sum(label is None for _, _, labels in chosen for label in labels.values())
    clips = [
        LabelledClip(
            name, content, {slot: label or NONE for slot, label in labels.items()}, speaker
        )
        for name, content, labels in chosen
    ]
    return clips, n_missing


def _choose(corpus: CorpusConfig, name: str, content: bytes, key: str) -> dict[str, str | None]:
    """The labels of one recording, as far as they are chosen."""
    with st.container(border=True):
        st.markdown(f"**{plain(name)}**")
        st.audio(content, alt=name)
        columns = st.columns(len(corpus.slots))
        return {
            slot: column.selectbox(
                slot.capitalize(),
                [*sort_labels(map(canonical_label, labels)), NONE],
                index=None,
                placeholder=tr("What {slot} is said?", slot=slot),
                key=f"{key} {slot}",
            )
            for column, (slot, labels) in zip(columns, corpus.slots.items(), strict=True)
        }
