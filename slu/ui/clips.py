"""A list of clips to look at and to hear, a page at a time."""

import math
import mimetypes
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from slu.ui.markdown import plain

PAGE_SIZE = 8
FORMATS = ("wav", "mp3", "flac", "ogg", "webm", "m4a", "opus", "mp4")
"""Files that people may bring. Not by MIME type: a .webm of a recorder counts as a video."""
FORMATS_TOLD = ", ".join(FORMATS[:6])
_PLAYER_PX = 300


@st.fragment
def show_clips(
    clips: pd.DataFrame,
    key: str,
    caption: Sequence[str],
    title: str = "",
    below: Callable[[dict[str, Any]], None] | None = None,
) -> None:
    """List clips, each with a player, eight a page; turning a page reruns only this list.

    Args:
        clips: a row a clip, in the order to be shown; column `audio_path` (absolute, as text).
        key: of the widgets, one for each list on a page.
        caption: columns to be written above each player; empty cells are left out.
        title: above the list.
        below: draws what stands below a player, such as buttons, of a row of `clips`.
    """
    if title:
        st.subheader(title)
    if clips.empty:
        st.info("There is no clip to show here.", icon=":material/music_off:")
        return
    # Other clips begin on their first page.
    page = _page_chosen(len(clips), f"{key} {_checksum(clips['audio_path'])}")
    for index, clip in enumerate(clips[page].to_dict("records")):
        with st.container(border=True, key=f"{key} {index}"):
            _show_clip(clip, caption)
            if below is not None:
                below(clip)


def _page_chosen(count: int, key: str) -> slice:
    n_pages = math.ceil(count / PAGE_SIZE)
    if n_pages == 1:
        st.caption(f"{count} clips" if count > 1 else "1 clip")
        return slice(count)
    number = st.pagination(n_pages, key=f"{key} page")
    page = slice((number - 1) * PAGE_SIZE, min(number * PAGE_SIZE, count))
    st.caption(f"Clips {page.start + 1:,} to {page.stop:,} of {count:,}")
    return page


def _checksum(paths: pd.Series) -> int:
    return zlib.crc32("\n".join(paths).encode())


def _show_clip(clip: dict[str, object], caption: Sequence[str]) -> None:
    texts = _texts(clip, caption)
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.container():  # text alone would not share the line with the player
            st.markdown(" · ".join(f"{name} **{plain(text)}**" for name, text in texts.items()))
        _play(str(clip["audio_path"]), alt=", ".join(texts.values()))


def _texts(clip: dict[str, object], caption: Sequence[str]) -> dict[str, str]:
    """The cells of the caption that are not empty: `{"product": "beras", "duration": "1.42 s"}`."""
    texts = {}
    for name in caption:
        if clip[name] != "" and pd.notna(clip[name]):
            unit = " s" if name.endswith("_s") else ""
            texts[name.removesuffix("_s").replace("_", " ")] = _as_text(clip[name]) + unit
    return texts


def _as_text(cell: object) -> str:
    return f"{cell:.2f}" if isinstance(cell, float) else str(cell)


def _play(path: str, alt: str) -> None:
    if not Path(path).is_file():
        st.caption(f":material/volume_off: {plain(Path(path).name)} is not on this disk any more.")
        return
    mime, _ = mimetypes.guess_type(path)
    # A .webm or .mp4 of a recorder counts as a video, and has no picture.
    st.audio(
        path, format=(mime or "audio/wav").replace("video/", "audio/"), alt=alt, width=_PLAYER_PX
    )
