"""A list of clips to look at and to hear, a page at a time."""

import math
import mimetypes
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from slu.ui.language import mark, tr, trn
from slu.ui.markdown import plain

PAGE_SIZE = 8
FORMATS = ("wav", "mp3", "flac", "ogg", "webm", "m4a", "opus", "mp4")
"""Files that people may bring. Not by MIME type: a .webm of a recorder counts as a video."""
FORMATS_TOLD = ", ".join(FORMATS[:6])
_PLAYER_PX = 300
_TITLES = frozenset({
    mark("text"), mark("speaker"), mark("source"), mark("split"), mark("duration"), mark("said"),
    mark("understood"), mark("sure"), mark("rejected"), mark("reason"), mark("confidence"),
    mark("unlike"), mark("neighbours"), mark("agreement"),
})  # fmt: skip
_SOURCES = frozenset({mark("synthetic"), mark("recorded"), mark("imported"), mark("feedback")})


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
        st.info(tr("There is no clip to show here."), icon=":material/music_off:")
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
        st.caption(trn("{n} clip", "{n:,} clips", count))
        return slice(count)
    number = st.pagination(n_pages, key=f"{key} page")
    page = slice((number - 1) * PAGE_SIZE, min(number * PAGE_SIZE, count))
    st.caption(
        tr(
            "Clips {first:,} to {last:,} of {count:,}",
            first=page.start + 1,
            last=page.stop,
            count=count,
        )
    )
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
            told = source_name if name == "source" else _as_text
            texts[_title(name)] = told(clip[name]) + (" s" if name.endswith("_s") else "")
    return texts


def _title(column: str) -> str:
    title = column.removesuffix("_s").replace("_", " ")
    return tr(title) if title in _TITLES else title


def source_name(source: Any) -> str:
    """Where clips come from in words; what a table of somebody's own says stays as it is."""
    return tr(source) if source in _SOURCES else str(source)


def _as_text(cell: object) -> str:
    return f"{cell:.2f}" if isinstance(cell, float) else str(cell)


def _play(path: str, alt: str) -> None:
    if not Path(path).is_file():
        st.caption(
            tr(
                ":material/volume_off: {file} is not on this disk any more.",
                file=plain(Path(path).name),
            )
        )
        return
    mime, _ = mimetypes.guess_type(path)
    # A .webm or .mp4 of a recorder counts as a video, and has no picture.
    st.audio(
        path, format=(mime or "audio/wav").replace("video/", "audio/"), alt=alt, width=_PLAYER_PX
    )
