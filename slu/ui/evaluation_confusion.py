"""Which labels are taken for which: a matrix whose cells can be heard."""

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from slu.evaluation.predictions import confidence_column, predicted_column
from slu.evaluation.report import NO_ANSWER, confusion
from slu.ui.clips import show_clips
from slu.ui.evaluation import CAPTION, Judged, choose_slot, described
from slu.ui.heatmap import heatmap, show_heatmap
from slu.ui.language import language, mark, tr
from slu.ui.vega import Chart

COUNTS, RATES = mark("Counts"), mark("Rates")
_NO_ANSWER = mark("(no answer)")
# Beyond this the numbers would not fit into the cells.
_MOST_NUMBERS = 30


def show_confusion(judged: Judged) -> None:
    """The confusion matrix of a slot, and the clips behind the cell that is clicked."""
    with st.container(horizontal=True):
        slot = choose_slot(judged.slots, "confused slot")
        shown = st.segmented_control(
            tr("Show"), [COUNTS, RATES], default=COUNTS, format_func=tr, key="confusion shows",
            required=True, persist_state="session",
        )  # fmt: skip
    matrix, clips = st.columns([4, 3], gap="large")
    with matrix:
        chart = _chart(judged.predictions, slot, in_rates=shown == RATES)
        # In another language its cells are other ones.
        cell = show_heatmap(chart, f"confusion {slot} {judged.key} {language()}")
        st.caption(tr("Click a cell to hear the clips behind it."))
    if cell is not None:
        with clips:
            _show_cell(judged, slot, *cell)


def _show_cell(judged: Judged, slot: str, said: str, understood: str) -> None:
    predictions = judged.predictions
    label = "" if understood == tr(_NO_ANSWER) else understood
    behind = (predictions[slot] == said) & (predictions[predicted_column(slot)] == label)
    rows = predictions[behind].sort_values(confidence_column(slot), ascending=False)
    show_clips(
        described(rows, judged.slots),
        key=f"confused {slot}",
        caption=CAPTION,
        title=tr("Said {said}, understood {understood}", said=said, understood=understood),
    )


def _chart(predictions: pd.DataFrame, slot: str, *, in_rates: bool) -> Chart:
    labels, counts = confusion(predictions, slot)
    said = np.flatnonzero(counts.sum(axis=1))
    rows, counts = [labels[row] for row in said], counts[said]
    rates = counts / counts.sum(axis=1, keepdims=True)
    return heatmap(
        rates,
        rows,
        [tr(_NO_ANSWER) if label == NO_ANSWER else label for label in labels],
        title=tr("{slot}: what was said and what was understood", slot=slot.capitalize()),
        row_title=tr("said"),
        column_title=tr("understood"),
        text=_texts(counts, rates, in_rates) if len(labels) <= _MOST_NUMBERS else None,
    )


def _texts(
    counts: NDArray[np.int64], rates: NDArray[np.float64], in_rates: bool
) -> list[list[str]]:
    """Numbers on the cells; none on empty ones, so that errors stand out."""
    numbers = np.vectorize("{:.0%}".format)(rates) if in_rates else counts.astype(str)
    shown: list[list[str]] = np.where(counts > 0, numbers, "").tolist()
    return shown
