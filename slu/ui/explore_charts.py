"""What a corpus holds, as figures; a click shows and plays the clips behind a bar or a cell."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from slu.data.eda import label_counts
from slu.data.labels import NONE
from slu.ui.clips import show_clips, source_name
from slu.ui.explore import Clips
from slu.ui.explore_figures import count_bars, duration_bars, most_frequent
from slu.ui.heatmap import heatmap
from slu.ui.language import mark, tr
from slu.ui.markdown import plain
from slu.ui.style import GREY, SLOT_COLOURS

_MOST_ROWS, _MOST_COLUMNS = 30, 20
# With more columns the numbers do not fit into the cells of a narrow window.
_MOST_WRITTEN = 10
# Beside the slots, which are called as people called them.
_COUNTED = {"split": mark("split"), "source": mark("source"), "speaker": mark("speaker")}
_LIST_PX = 460
_MOST_UNBOXED = 4

Show = Callable[[str], Mapping[str, Any] | None]
"""Draws a figure under a key; returns what is clicked, as `Chart.show_clickable` does."""
Behind = Callable[[Mapping[str, Any]], tuple[pd.DataFrame, str]]
"""From what a click tells to the rows that are meant, and what they are called."""


@st.fragment
def show_with_clips(clips: Clips, show: Show, key: str, behind: Behind) -> None:
    """Draw a figure and, below it, the clips behind what is clicked; a click reruns only this."""
    clicked = show(f"explore chart {key}")
    if clicked is not None:
        rows, title = behind(clicked)
        st.subheader(plain(title))
        # A box that scrolls, so that the figures below stay near.
        with st.container(
            height=_LIST_PX if len(rows) > _MOST_UNBOXED else "content", border=False
        ):
            show_clips(clips.located(rows), f"explore {key} clips", clips.caption)


def show_labels(clips: Clips) -> None:
    """How many clips each label of each slot has, and each pair of labels."""
    columns = st.columns(min(2, len(clips.slots)))
    for index, slot in enumerate(clips.slots):
        with columns[index % len(columns)]:
            colour = SLOT_COLOURS[index % len(SLOT_COLOURS)]
            _show_counts(clips, slot, label_counts(clips.table, slot), colour)
    if len(clips.slots) > 1:
        _show_pairs(clips, *_choose_pair(clips.slots))


def show_recordings(clips: Clips) -> None:
    """How long the clips are, who speaks, and where they come from."""
    _show_durations(clips)
    summary = clips.summary
    left, right = st.columns(2)
    with left:
        _show_counts(clips, "split", summary.splits, SLOT_COLOURS[2])
        _show_counts(clips, "source", summary.sources, SLOT_COLOURS[3])
    with right:
        _show_counts(clips, "speaker", summary.speakers, SLOT_COLOURS[5])


def _show_counts(clips: Clips, name: str, counts: Mapping[str, int], colour: str) -> None:
    called = tr(_COUNTED[name]) if name in _COUNTED else name

    label_name = source_name if name == "source" else str

    def behind(clicked: Mapping[str, Any]) -> tuple[pd.DataFrame, str]:
        label = clicked["label"]
        rows = clips.table[clips.table[name] == label]
        return rows, f"{called.capitalize()} {label_name(label)}"

    if counts:
        chart = count_bars(counts, called, colour, label_name)
        show_with_clips(clips, chart.show_clickable, name, behind)


def _show_durations(clips: Clips) -> None:
    def behind(clicked: Mapping[str, Any]) -> tuple[pd.DataFrame, str]:
        low_s, high_s = clicked["low_s"], clicked["high_s"]
        # The last bin ends with the longest clip, the others before the next one begins.
        inclusive = "both" if high_s >= durations_s.max() else "left"
        rows = clips.table[durations_s.between(low_s, high_s, inclusive)]
        return rows, tr("From {low:.2f} to {high:.2f} s", low=low_s, high=high_s)

    durations_s = clips.table["duration_s"]
    chart = duration_bars(durations_s, GREY)
    show_with_clips(clips, chart.show_clickable, "durations", behind)


def _choose_pair(slots: Sequence[str]) -> tuple[str, str]:
    if len(slots) == 2:
        return slots[0], slots[1]
    left, right = st.columns(2)
    row = left.selectbox(tr("Rows"), slots, key="explore rows")
    others = [slot for slot in slots if slot != row]
    return row, right.selectbox(tr("Columns"), others, key="explore columns")


def _show_pairs(clips: Clips, row_slot: str, column_slot: str) -> None:
    def behind(clicked: Mapping[str, Any]) -> tuple[pd.DataFrame, str]:
        row, column = clicked["row"], clicked["column"]
        chosen = (clips.table[row_slot] == row) & (clips.table[column_slot] == column)
        return clips.table[chosen], f"{row_slot.capitalize()} {row}, {column_slot} {column}"

    rows = list(most_frequent(label_counts(clips.table, row_slot), _MOST_ROWS))
    columns = list(most_frequent(label_counts(clips.table, column_slot), _MOST_COLUMNS))
    counts = clips.table.groupby([row_slot, column_slot]).size().unstack(fill_value=0)
    counts = counts.reindex(index=rows, columns=columns, fill_value=0)
    written = [[f"{count:,}" for count in line] for line in counts.to_numpy().tolist()]
    chart = heatmap(
        counts,
        rows,
        columns,
        title=tr("Clips for each {row} with each {column}", row=row_slot, column=column_slot),
        row_title=row_slot,
        column_title=column_slot,
        text=written if len(columns) <= _MOST_WRITTEN else None,
        most=_most_but_none(counts),
    )
    show_with_clips(clips, chart.show_clickable, f"{row_slot} {column_slot}", behind)


def _most_but_none(counts: pd.DataFrame) -> float:
    """The largest count but that of clips with neither: it would outshine all differences."""
    has_either = (counts.index.to_numpy() != NONE)[:, None] | (counts.columns.to_numpy() != NONE)
    return float(counts.to_numpy()[has_either].max(initial=1))
