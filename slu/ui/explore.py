"""A corpus to look at: read once, and filtered."""

from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
import streamlit as st

from slu.config import DataConfig, load_config
from slu.data.eda import CorpusSummary, slot_columns, summarise
from slu.data.labels import sort_labels
from slu.data.metadata import read_metadata
from slu.settings import Settings
from slu.ui.clips import source_name
from slu.ui.language import mark, tr

_FILTERS = {
    "split": (
        mark("Splits"),
        mark("A model learns from train, is chosen by val and judged by test."),
    ),
    "source": (mark("Sources"), mark("Where the clips come from.")),
    "speaker": (mark("Speakers"), mark("Whose voice it is; type to find one.")),
}


@dataclass(frozen=True)
class Clips:
    """A corpus, or what the filters leave of it. Shared by sessions: nobody changes the table."""

    table: pd.DataFrame
    folder: Path
    """What the table's paths are relative to."""
    changed_at: float
    """When the table was written, in seconds since 1970."""
    slots: tuple[str, ...]
    summary: CorpusSummary

    def located(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Rows with a column `audio_path`, to be played."""
        return rows.assign(audio_path=f"{self.folder}/" + rows["path"])

    @property
    def caption(self) -> list[str]:
        """What is told about a clip."""
        told = (*self.slots, "text", "speaker", "source", "split", "duration_s")
        return [column for column in told if column in self.table]


def read_clips(settings: Settings) -> Clips | None:
    """The ingested corpus; none before there is one.

    Raises:
        DataError: its table is damaged.
        ConfigError: its configuration is.
    """
    path = (settings.data_dir / "processed" / "metadata.csv").resolve()
    if not path.exists():
        return None
    status = path.stat()
    with st.spinner(tr("Reading the list of recordings…")):
        return _read(path, (status.st_mtime_ns, status.st_size))


# Not cache_data, which would copy 100,000 rows for each look.
@st.cache_resource(max_entries=2, show_spinner=False)
def _read(path: Path, stamp: tuple[int, int]) -> Clips:
    table = read_metadata(path)
    return Clips(table, path.parent, stamp[0] / 1e9, _slots(table, path.parent), summarise(table))


def _slots(table: pd.DataFrame, folder: Path) -> tuple[str, ...]:
    """The slots of the corpus, as ingest wrote them beside it, or guessed."""
    written = folder / "data.yaml"
    slots = load_config(DataConfig, written).slots if written.exists() else slot_columns(table)
    return tuple(slot for slot in slots if slot in table)


def filtered(clips: Clips) -> Clips:
    """Let a person narrow a corpus down."""
    names = [name for name in _FILTERS if name in clips.table]
    chosen = {}
    for name, column in zip(names, st.columns(len(names)), strict=True):
        counts: dict[str, int] = getattr(clips.summary, f"{name}s")
        label, help_text = _FILTERS[name]
        chosen[name] = column.multiselect(
            tr(label), sort_labels(counts), format_func=source_name if name == "source" else str,
            placeholder=tr("all"), help=tr(help_text),
            key=f"explore {name}",
        )  # fmt: skip
    table = clips.table
    for name, values in chosen.items():
        if values:
            table = table[table[name].isin(values)]
    return clips if table is clips.table else replace(clips, table=table, summary=summarise(table))
