"""How far what comes in has moved away from what a model was trained on."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from slu.monitoring.drift import MIN_VALUES, ChunkDrift, DriftCalculator
from slu.monitoring.log_filter import LogFilter
from slu.monitoring.reference import NumericReference, Reference, SlotReference
from slu.ui.language import mark, tr
from slu.ui.markdown import plain
from slu.ui.monitor import Watched
from slu.ui.monitor_bars import share_bars
from slu.ui.monitor_charts import SOUND
from slu.ui.monitor_figures import drift_lines
from slu.ui.monitor_requests import show_requests
from slu.ui.vega import Chart

_NAMES = {
    **SOUND,
    "joint_confidence": (mark("Confidence"), mark("confidence of the whole answer")),
}


def show_drift(watched: Watched) -> None:
    """Distances of every quantity and slot, chunk after chunk, with their thresholds."""
    reference = watched.reference
    if reference is None:
        st.info(
            tr(
                "There is no training set to compare with: no model is in use, or it was made "
                "before references were kept. Train one and promote it."
            ),
            icon=":material/school:",
        )
        return
    config = watched.config.drift
    limit = config.chunk_size * config.chunks
    requests = watched.analytics.observations(list(reference.slots), limit, watched.where)
    if len(requests) < MIN_VALUES:
        st.info(
            tr(
                "Drift needs {least} requests, and {count} fit so far.",
                least=MIN_VALUES,
                count=len(requests),
            ),
            icon=":material/hourglass_empty:",
        )
        return
    chunks = DriftCalculator(reference, config).over_time(requests)
    _tell_newest(chunks[-1], config.chunk_size)
    columns = _columns(chunks)
    for start in range(0, len(columns), 2):
        for column, place in zip(columns[start : start + 2], st.columns(2), strict=False):
            with place:
                _show_column(watched, reference, chunks, column)


def _tell_newest(newest: ChunkDrift, chunk_size: int) -> None:
    drifted = [_name(drift.column) for drift in newest.columns if drift.alert]
    if drifted:
        st.warning(
            tr(
                "The newest requests differ from the training set in {names}. Click a point to "
                "see how, and which requests they are.",
                names=plain(", ".join(drifted)),
            ),
            icon=":material/moving:",
        )
    else:
        st.success(
            tr("The newest requests are like the training set."), icon=":material/check_circle:"
        )
    st.caption(
        tr(
            "Each point stands for {count} requests one after another. Above its threshold lies "
            "what as many clips of the training set itself hardly ever reach.",
            count=chunk_size,
        )
    )


@st.fragment
def _show_column(
    watched: Watched, reference: Reference, chunks: Sequence[ChunkDrift], column: str
) -> None:
    title = tr("Drift of {quantity}", quantity=_name(column))
    chart = drift_lines(chunks, column, title, watched.zone)
    clicked = chart.show_clickable(f"monitor chart drift {column}")
    if clicked is None:
        return
    where = _requests_of(watched, clicked)
    requests = watched.analytics.observations(list(reference.slots), 100_000, where)
    if column in reference.numeric:
        shares = _numeric_shares(reference.numeric[column], column, requests[column])
    else:
        shares = _label_shares(reference.slots[column], column, requests[column])
    shares.show(f"monitor shares {column}")
    show_requests(watched, where, tr("These requests"), f"monitor drift {column} requests")


def _requests_of(watched: Watched, clicked: Mapping[str, Any]) -> LogFilter:
    first, last = (datetime.fromisoformat(clicked[name]) for name in ("start", "end"))
    # The end is exclusive, and times have milliseconds.
    end = last + timedelta(milliseconds=1)
    return replace(watched.where, start=first, end=end, statuses=["ok", "rejected"])


def _numeric_shares(reference: NumericReference, column: str, values: pd.Series) -> Chart:
    edges = reference.edges
    cells = [f"< {edges[0]:.3g}", *(f"{a:.3g} – {b:.3g}" for a, b in pairwise(edges))]
    cells.append(f"≥ {edges[-1]:.3g}")
    places = np.searchsorted(edges, reference.clean(values), side="right")
    now = np.bincount(places, minlength=len(cells)) / max(1, places.size)
    unit = tr(_NAMES[column][1])
    return share_bars(cells, reference.shares, now.tolist(), _compared(column), unit)


def _label_shares(reference: SlotReference, column: str, labels: pd.Series) -> Chart:
    total = sum(reference.counts.values())
    found = labels.value_counts(normalize=True)
    cells = [*reference.counts, *(label for label in found.index if label not in reference.counts)]
    expected = [reference.counts.get(label, 0) / total for label in cells]
    now = [float(found.get(label, 0.0)) for label in cells]
    return share_bars(cells, expected, now, _compared(column), column)


def _compared(column: str) -> str:
    return tr("{quantity}: training set and these requests", quantity=_name(column))


def _columns(chunks: Sequence[ChunkDrift]) -> list[str]:
    return list(dict.fromkeys(drift.column for chunk in chunks for drift in chunk.columns))


def _name(column: str) -> str:
    return tr(_NAMES[column][0]) if column in _NAMES else column.capitalize()
