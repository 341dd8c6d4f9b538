"""Figures of a study, and the table of its trials. A click on a trial in any of them chooses it."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from slu.config.tune import CategoricalKnob, IntKnob
from slu.ui.language import tr
from slu.ui.style import SLOT_COLOURS
from slu.ui.tune import TRIAL, StudyView, setting_label
from slu.ui.tune_marks import (
    HEIGHT_PX,
    HIGHLIGHT,
    TrialChart,
    clickable,
    few,
    finished,
    number_axis,
    state_colour,
    state_names,
    state_shape,
    tooltip,
    value_axis,
    value_title,
)
from slu.ui.vega import Chart, Spec, titled

MOST_CURVES = 100
"""More cannot be told apart."""
MOST_POINTS = 1000
"""In one of many small figures."""

_SLICE_PX = 220
_ROW_PX = 28
_FORMATS = {"joint_accuracy": "percent", "loss": "%.4f"}


def history_chart(view: StudyView) -> TrialChart:
    """The value of each trial, and the best so far."""
    trials = finished(view)[["value", "state"]]
    complete = trials["value"].where(trials["state"] == "complete")
    best = (complete.cummax() if view.is_high_good else complete.cummin()).ffill()
    steps = best.index[best.ne(best.shift()) & best.notna()]
    shown = few(trials, MOST_POINTS, view.is_high_good).index.union([*steps, *trials.index[-1:]])
    data = trials.loc[shown].assign(best=best.loc[shown]).reset_index()
    line = {
        "mark": {"type": "line", "interpolate": "step-after", "color": HIGHLIGHT},
        "encoding": {"y": {"field": "best", "type": "quantitative"}},
    }
    points = clickable(
        {"y": value_axis(view), "color": state_colour(), "shape": state_shape()}, size=60
    )
    spec = titled(tr("Best so far, and the trials"), HEIGHT_PX)
    spec |= {"encoding": {"x": number_axis(), "tooltip": tooltip(view)}, "layer": [line, points]}
    # What is drawn last lies on top.
    data = data.sort_values("state", ascending=False, kind="stable")
    return TrialChart(data.assign(state=state_names(data["state"])), spec)


def epochs_chart(view: StudyView, chosen: int | None) -> TrialChart:
    """Validation scores epoch by epoch; where trials were pruned."""
    numbers = curves_shown(view, chosen)
    data = view.store.curves(view.name, numbers)
    data["state"] = view.outcomes["state"].reindex(data["number"]).to_numpy()
    last = data.groupby("number")["epoch"].transform("max") == data["epoch"]
    data["end"] = last & (data["state"] == "pruned")
    data["chosen"] = data["number"] == chosen
    data["state"] = state_names(data["state"])
    epoch = {
        "field": "epoch",
        "title": tr("epoch"),
        "type": "quantitative",
        "scale": {"zero": False},
        "axis": {"grid": False, "tickMinStep": 1, "format": "d"},
    }
    lines = {
        "mark": {"type": "line", "opacity": 0.5},
        "encoding": {"color": state_colour("running")},
    }
    ends = {
        "transform": [{"filter": "datum.end"}],
        "mark": {"type": "point", "shape": "cross", "angle": 45, "filled": True, "size": 200},
        "encoding": {"color": {"value": SLOT_COLOURS[3]}},
    }
    thick = {
        "transform": [{"filter": "datum.chosen"}],
        "mark": {"type": "line", "strokeWidth": 4, "color": HIGHLIGHT},
    }
    spec = titled(tr("Epoch by epoch (✕: given up)"), HEIGHT_PX)
    spec |= {
        "encoding": {
            "x": epoch, "y": value_axis(view), "detail": {"field": "number"},
            "tooltip": [*tooltip(view), {"field": "epoch", "title": tr("epoch")}],
        },
        "layer": [lines, thick, ends, clickable({"color": state_colour("running")}, size=40)],
    }  # fmt: skip
    return TrialChart(data, spec)


def curves_shown(view: StudyView, chosen: int | None) -> list[int]:
    """Trials whose curves are drawn: the best, the newest and the chosen one."""
    half = MOST_CURVES // 2
    numbers = {*view.best_first.index[:half], *view.outcomes.index[-half:]}
    return sorted(numbers | ({chosen} if chosen is not None else set()))


def importance_chart(shares: Mapping[str, float]) -> Chart:
    """How much of the differences each setting explains."""
    data = pd.DataFrame(
        {"setting": [setting_label(key) for key in shares], "share": list(shares.values())}
    )
    spec = titled(tr("How much each setting matters"), {"step": _ROW_PX})
    spec |= {
        "mark": {"type": "bar", "color": SLOT_COLOURS[0]},
        "encoding": {
            "y": {
                "field": "setting", "type": "nominal", "sort": "-x", "title": None,
                "axis": {"labelLimit": 220},
            },
            "x": {
                "field": "share", "type": "quantitative",
                "title": tr("share of the differences that it explains"),
                # On a small screen the title is longer than the axis.
                "axis": {"format": ".0%", "titleAnchor": "end", "titleAlign": "right"},
            },
            "tooltip": [
                {"field": "setting", "title": tr("setting")},
                {"field": "share", "title": tr("share"), "format": ".1%"},
            ],
        },
    }  # fmt: skip
    return Chart(data, spec)


def slice_chart(view: StudyView, key: str) -> TrialChart:
    """The value of each trial over one setting."""
    knob = view.knobs[key]
    shown = few(finished(view), MOST_POINTS, view.is_high_good)
    data = shown.reset_index()[["number", "value", "state"]]
    data["state"] = state_names(data["state"])
    data["at"] = view.settings[key].reindex(shown.index).to_numpy()
    at: Spec = {"field": "at", "title": None}
    if isinstance(knob, CategoricalKnob):
        data["at"] = data["at"].astype(str)
        at |= {"type": "nominal", "axis": {"labelAngle": 0}}
    else:
        scale = {"type": "log" if knob.log else "linear", "domain": [knob.low, knob.high]}
        at |= {"type": "quantitative", "scale": scale | {"nice": False}}
        at["axis"] = {"tickCount": 4, "grid": False}
        if isinstance(knob, IntKnob):
            at["axis"] |= {"tickMinStep": 1}
    spec = titled(setting_label(key), _SLICE_PX) | clickable(
        {
            "x": at, "y": value_axis(view),
            "color": state_colour(legend=False), "shape": state_shape(False),
            "tooltip": [*tooltip(view), {"field": "at", "title": setting_label(key)}],
        },
        size=40,
    )  # fmt: skip
    return TrialChart(data, spec)


def show_table(view: StudyView) -> None:
    """All trials, the newest first; the box of a row chooses it."""
    outcomes = view.outcomes.assign(state=state_names(view.outcomes["state"]))
    table = outcomes.join(view.settings)[::-1].reset_index()
    names = {key: setting_label(key) for key in view.settings}
    columns: dict[str, Any] = {
        "number": st.column_config.NumberColumn(tr("trial"), pinned=True),
        "value": st.column_config.NumberColumn(
            value_title(view), format=_FORMATS[view.metric], pinned=True
        ),
        "state": tr("state"),
        "n_epochs": tr("epochs"),
        "duration_s": st.column_config.NumberColumn(tr("time (s)"), format="%.0f"),
        **names,
    }
    key = "tune table"
    st.dataframe(
        table, column_config=columns, height=HEIGHT_PX, key=key, selection_mode="single-row",
        placeholder="–",
        on_select=partial(_choose_row, key, list(table["number"])),
    )  # fmt: skip


def _choose_row(key: str, numbers: Sequence[int]) -> None:
    rows = st.session_state[key]["selection"]["rows"]
    st.session_state[TRIAL] = int(numbers[rows[0]]) if rows else None
