"""A version to take elsewhere: a zip that runs by itself, made by a job, then downloaded."""

from datetime import UTC, datetime
from pathlib import Path

import streamlit as st

from slu.exporting import ExportFormat
from slu.registry import RegistryEntry
from slu.settings import Settings
from slu.ui.evaluation_work import offer_job
from slu.ui.language import tr
from slu.ui.times import ago
from slu.workflows import exported_path


def show_export(settings: Settings, entry: RegistryEntry) -> None:
    """What the zip is for, a button that makes it, and one that downloads it."""
    path = exported_path(settings, entry.version, ExportFormat.ZIP)
    made_at = _made_at(path)
    with st.expander(tr("Take it elsewhere"), icon=":material/folder_zip:"):
        note, button = st.columns([3, 1], vertical_alignment="center")
        with note:
            _show_zip(path, made_at)
        offer_job(
            button,
            ("export", "--format", ExportFormat.ZIP, "--model", entry.version),
            title=tr("Packing {version}", version=entry.version),
            label=tr("Pack it again") if made_at else tr("Pack it"),
            done_at=made_at,
        )


def _show_zip(path: Path, made_at: datetime | None) -> None:
    st.caption(
        tr(
            "A zip that runs without SLU Studio: the model, a Python example of sixty lines and, "
            "where `make web-runtime` was run before, a web page that listens to the microphone. "
            "Its README says what is in it."
        )
    )
    if made_at is None:
        return
    st.download_button(
        tr(
            "Download {name} ({size_mb:.0f} MB, packed {age})",
            name=path.name,
            size_mb=path.stat().st_size / 1e6,
            age=ago(made_at, datetime.now(UTC)),
        ),
        # Read at the click, not at every run of the page.
        path.read_bytes,
        file_name=path.name,
        mime="application/zip",
        icon=":material/download:",
        on_click="ignore",
    )


def _made_at(path: Path) -> datetime | None:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC) if path.is_file() else None
