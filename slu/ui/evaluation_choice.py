"""What is judged: a version, a table of recordings, and which of them."""

import os
from contextlib import suppress
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from slu.errors import RegistryError
from slu.evaluation.archive import Subject
from slu.registry import Registry, RegistryEntry
from slu.settings import Settings
from slu.ui.language import mark, tr
from slu.workflows import labelled_recordings, labelled_tables

_SPLITS = {
    "test": mark("test clips"),
    "val": mark("validation clips"),
    "train": mark("training clips"),
    "all": mark("all clips"),
}


def choose_version(place: DeltaGenerator, registry: Registry) -> RegistryEntry | None:
    """Let a person choose a version; none where there is none, which is said then."""
    entries = {entry.version: entry for entry in registry.versions()}
    if not entries:
        st.info(tr("There is no trained version to judge yet: train one first."))
        st.page_link("pages/4_Train.py", label=tr("Train a model"), icon=":material/school:")
        return None
    in_use = None
    with suppress(RegistryError):  # said where the version in use is shown
        in_use = registry.latest_version()
    version = place.selectbox(
        tr("Version"),
        list(entries),  # the newest is what a person who comes from training looks for
        format_func=lambda name: tr("{name} (in use)", name=name) if name == in_use else name,
        key="judged version",
        persist_state="session",
    )
    return entries[version]


def choose_recordings(
    table: DeltaGenerator, part: DeltaGenerator, settings: Settings, entry: RegistryEntry
) -> Subject | None:
    """Let a person choose what to judge a version with; none where there is nothing.

    Args:
        table: place of the choice of a table.
        part: place of the choice of a split.
        settings: of the project.
        entry: the version.

    Raises:
        DataError: the chosen table cannot be used.
    """
    tables = labelled_tables(settings)
    if not tables:
        st.info(
            tr("There are no labelled recordings to judge with yet: make or record some first.")
        )
        st.page_link(
            "pages/1_Data.py", label=tr("Make or add recordings"), icon=":material/database:"
        )
        return None
    path = table.selectbox(
        tr("Recordings"), tables, format_func=_table_name, key="judged table",
        persist_state="session",
    )  # fmt: skip
    counts = _counts(str(path), path.stat().st_mtime_ns, entry.version, entry)
    split = part.selectbox(
        tr("Which of them"),
        [name for name in _SPLITS if counts.get(name)],
        format_func=lambda name: f"{tr(_SPLITS[name])} ({counts.get(name, 0):,})",
        key=f"judged part of {path}",
        persist_state="session",
    )
    return Subject(entry, path, split)


def subject_arguments(settings: Settings, subject: Subject) -> tuple[str, ...]:
    """Options of a command that name a subject; the path is relative to the project root."""
    table = os.path.relpath(subject.table_path, settings.project_root)
    return (
        *("--metadata", Path(table).as_posix()),
        *("--model", subject.entry.version),
        *("--split", subject.split),
    )


def _table_name(path: Path) -> str:
    folder = path.parent.name
    if folder == "processed":
        return tr("The ingested corpus")
    return tr("Only {folder}", folder=folder)


@st.cache_data(show_spinner=False, max_entries=16)
def _counts(path: str, stamp: int, version: str, _entry: RegistryEntry) -> dict[str, int]:
    """Recordings of each split of a table, and of all."""
    table = labelled_recordings(Path(path), _entry, "all")
    return {**table["split"].value_counts(), "all": len(table)}
