"""One clip to look at: from the corpus, uploaded or recorded."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import streamlit as st

from slu.audio.decode import DecodeLimits, decode
from slu.audio.types import Waveform
from slu.data.eda import slot_columns
from slu.data.metadata import locate, read_metadata
from slu.settings import Settings, get_settings
from slu.ui.clips import FORMATS, FORMATS_TOLD
from slu.ui.language import mark, tr
from slu.ui.page import warn_without_microphone

_MOST_LISTED = 50
_CLIP = "chosen clip"
_CLIP_ID = "chosen clip id"
_N_DRAWN = "clips drawn"


@dataclass(frozen=True)
class Clip:
    """A recording that a person chose."""

    source: bytes | str
    """Its content, or its path."""
    title: str

    def decode(self, sample_rate: int) -> Waveform:
        """The waveform, shape = (T,).

        Raises:
            AudioError: it cannot be used.
        """
        return _decoded(self.source, sample_rate)


def choose_clip(settings: Settings) -> Clip | None:
    """Let a person choose a clip; the one chosen last, in whichever way."""
    titles = (tr("From your clips"), tr("Upload one"), tr("Record one"))
    corpus, upload, record = st.tabs(titles)
    with corpus:
        table = _corpus(settings)
        if table is None:
            st.info(
                tr(
                    "There are no clips yet. Make some on the page Data, or upload or record one "
                    "here."
                ),
                icon=":material/library_music:",
            )
        else:
            _choose_from(table)
    with upload:
        st.file_uploader(
            tr("A recording: {formats}", formats=FORMATS_TOLD), type=FORMATS, key="clip uploaded",
            on_change=_take, args=("clip uploaded", mark("your upload")),
        )  # fmt: skip
    with record:
        warn_without_microphone()
        st.audio_input(
            tr("Press the microphone, say an order, and press it again"), key="clip recorded",
            on_change=_take, args=("clip recorded", mark("your recording")),
        )  # fmt: skip
    clip: Clip | None = st.session_state.get(_CLIP)
    if clip is not None and st.session_state.get(_CLIP_ID) is None:
        st.caption(tr("Below: {clip}.", clip=tr(clip.title)))
    return clip


def _corpus(settings: Settings) -> pd.DataFrame | None:
    path = settings.data_dir / "processed" / "metadata.csv"
    if not path.exists():
        return None
    table = _read_corpus(path, path.stat().st_mtime_ns)
    return None if table.empty else table


@st.cache_resource(max_entries=2, show_spinner=False)
def _read_corpus(path: Path, modified_ns: int) -> pd.DataFrame:
    """The corpus by clip id, with a column `title`; not to be altered."""
    table = read_metadata(path)
    table["audio_path"] = [locate(cell, path.parent) for cell in table["path"]]
    told = ("text", *slot_columns(table), "speaker")
    duration = table["duration_s"].map("{:.1f} s".format)
    first, *others = [*(table[column] for column in told if column in table), duration]
    table["title"] = first.str.cat(others, sep=" · ")
    return table.set_index("id")


def _choose_from(table: pd.DataFrame) -> None:
    chosen = st.session_state.get(_CLIP_ID)
    if _CLIP not in st.session_state or (chosen is not None and chosen not in table.index):
        chosen = st.session_state[_CLIP_ID] = table.index[0]
        _take_from(table)
    find, choose, another = st.columns([2, 4, 2], vertical_alignment="bottom")
    words = find.text_input(
        tr("Find"), placeholder=tr("words, label or speaker"), key="clip search"
    )
    found = table["title"].str.contains(words, case=False, regex=False)
    listed = list(table.index[found][:_MOST_LISTED])
    if chosen is not None and chosen not in listed:
        listed.insert(0, chosen)
    in_all = tr("Clip ({count:,} in all)", count=len(table))
    choose.selectbox(
        tr("Clip ({count:,} found)", count=found.sum()) if words else in_all,
        listed, index=None, placeholder=tr("Choose one"), format_func=table["title"].get,
        key=_CLIP_ID, persist_state="session",
        on_change=_take_from, args=(table,),
    )  # fmt: skip
    another.button(
        tr("Another one at random"), icon=":material/shuffle:", width="stretch",
        on_click=_draw, args=(table,),
    )  # fmt: skip


def _draw(table: pd.DataFrame) -> None:
    n_drawn = st.session_state.setdefault(_N_DRAWN, 0)
    st.session_state[_N_DRAWN] += 1
    row = np.random.default_rng(n_drawn).integers(len(table))
    st.session_state[_CLIP_ID] = table.index[row]
    _take_from(table)


def _take_from(table: pd.DataFrame) -> None:
    if st.session_state[_CLIP_ID] is not None:
        row = table.loc[st.session_state[_CLIP_ID]]
        st.session_state[_CLIP] = Clip(row["audio_path"], row["title"])


def _take(key: str, title: str) -> None:
    """Take what was uploaded or recorded in place of a clip of the corpus."""
    file = st.session_state[key]
    if file is not None:
        st.session_state[_CLIP] = Clip(file.getvalue(), title)
        st.session_state[_CLIP_ID] = None


@st.cache_data(max_entries=32, show_spinner=False)
def _decoded(source: bytes | str, sample_rate: int) -> Waveform:
    settings = get_settings()
    limits = DecodeLimits(
        max_bytes=int(settings.max_upload_mb * 1e6),
        max_duration_s=settings.max_audio_s,
        max_channels=settings.max_channels,
    )
    return decode(source, sample_rate, limits)
