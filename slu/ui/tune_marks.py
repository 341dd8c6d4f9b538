"""What the figures of a study share: their data, axes and colours, and marks that can be clicked.

What Vega-Lite is told does not depend on the data: they grow without a flicker.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from slu.ui.language import mark, tr
from slu.ui.style import GREY, SLOT_COLOURS
from slu.ui.tune import FINISHED, TRIAL, StudyView
from slu.ui.vega import LEGEND, Chart, Spec

HEIGHT_PX = 380
HIGHLIGHT = SLOT_COLOURS[1]
"""Of the best so far, and of the trial that is looked at."""
FORMATS = {"joint_accuracy": ".1%", "loss": ".3f"}
_TITLES = {"joint_accuracy": mark("all slots right"), "loss": mark("loss")}
_STATES = (mark("complete"), mark("pruned"), mark("fail"), mark("running"), mark("waiting"))
_COLOURS = {"complete": SLOT_COLOURS[0], "pruned": GREY}
_SELECTION = "trial"


class TrialChart(Chart):
    """A figure whose marks are trials, told by their `number`."""

    def show(self, key: str) -> None:
        """Draw it, or alter what was drawn under this key; a click chooses a trial."""
        st.vega_lite_chart(
            self.data, self.spec, key=key, on_select=partial(_choose, key),
            selection_mode=_SELECTION, alt=self.title,
        )  # fmt: skip


def _choose(key: str) -> None:
    """Look at the trial that was clicked."""
    points: Sequence[Mapping[str, Any]] = st.session_state[key]["selection"].get(_SELECTION) or ()
    st.session_state[TRIAL] = int(points[0]["number"]) if points else None


def finished(view: StudyView) -> pd.DataFrame:
    """Outcomes of the trials that have a value."""
    outcomes = view.outcomes
    return outcomes[outcomes["state"].isin(FINISHED) & outcomes["value"].notna()]


def few(trials: pd.DataFrame, most: int, is_high_good: bool) -> pd.DataFrame:
    """The best half of what may be shown, and of the others some drawn at random."""
    if len(trials) <= most:
        return trials
    ordered = trials.sort_values("value", ascending=not is_high_good)
    best, others = ordered[: most // 2], ordered[most // 2 :]
    return pd.concat([best, others.sample(most - len(best), random_state=0)]).sort_index()


def value_text(view: StudyView, value: float) -> str:
    """A trial's value in words; a dash where it has none."""
    return "–" if pd.isna(value) else format(value, FORMATS[view.metric])


def written(value: Any) -> str:
    """A value of a setting as people read it."""
    if isinstance(value, float):
        return f"{value:.4g}"
    return str(list(value)) if isinstance(value, list | tuple) else str(value)


def value_title(view: StudyView) -> str:
    """What trials are judged by."""
    return tr(_TITLES[view.metric])


def state_names(states: pd.Series) -> pd.Series:
    """States of trials in words, as the colours and shapes of figures know them."""
    return states.map({state: tr(state) for state in _STATES})


def clickable(encoding: Spec, size: int) -> Spec:
    """Points that can be chosen."""
    is_chosen = {"param": _SELECTION, "empty": False}
    return {
        "params": [
            {
                "name": _SELECTION,
                "select": {"type": "point", "fields": ["number"], "toggle": False},
            }
        ],
        "mark": {"type": "point", "filled": True, "cursor": "pointer"},
        "encoding": encoding
        | {
            "size": {"condition": is_chosen | {"value": max(4 * size, 160)}, "value": size},
            "opacity": {"condition": is_chosen | {"value": 1}, "value": 0.75},
        },
    }


def number_axis() -> Spec:
    """Trials by their number, from left to right."""
    return {
        "field": "number", "type": "quantitative", "title": tr("trial"),
        "scale": {"nice": False, "padding": 8},
        "axis": {"grid": False, "tickMinStep": 1, "format": "d"},
    }  # fmt: skip


def value_axis(view: StudyView) -> Spec:
    """What trials are judged by, from low to high."""
    axis = {"format": ".0%"} if view.metric == "joint_accuracy" else {}
    return {
        "field": "value", "type": "quantitative", "title": value_title(view),
        "scale": {"zero": False}, "axis": axis,
    }  # fmt: skip


def state_colour(*more: str, legend: bool = True) -> Spec:
    """Colours of finished and pruned trials, and of `more` states."""
    colours = _COLOURS | dict.fromkeys(more, SLOT_COLOURS[4])
    return {
        "field": "state", "type": "nominal",
        "scale": {"domain": [tr(state) for state in colours], "range": list(colours.values())},
        "legend": LEGEND if legend else None,
    }  # fmt: skip


def state_shape(legend: bool = True) -> Spec:
    """Finished and pruned trials are also told apart without colours."""
    return state_colour(legend=legend) | {
        "scale": {"domain": [tr(state) for state in _COLOURS], "range": ["circle", "triangle-down"]}
    }


def tooltip(view: StudyView) -> list[Spec]:
    """What is said of a trial under the pointer."""
    return [
        {"field": "number", "title": tr("trial")},
        {"field": "value", "title": value_title(view), "format": FORMATS[view.metric]},
        {"field": "state", "title": tr("state")},
    ]
