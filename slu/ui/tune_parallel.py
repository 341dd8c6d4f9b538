"""Parallel coordinates (Inselberg 1985): a line for each trial, through its settings."""

import json
import math
from typing import Any

import numpy as np
import pandas as pd

from slu.config.tune import CategoricalKnob, Knob
from slu.ui.language import tr
from slu.ui.tune import StudyView, setting_label
from slu.ui.tune_marks import (
    FORMATS,
    HEIGHT_PX,
    HIGHLIGHT,
    TrialChart,
    clickable,
    few,
    finished,
    value_title,
    written,
)
from slu.ui.vega import titled

MOST_LINES = 60
"""More cannot be told apart."""

_ROW_PX = 34
_AXIS_COLUMNS = ["number", "setting", "order", "place", "is", "score"]


def parallel_chart(view: StudyView, chosen: int | None) -> TrialChart:
    """Parallel coordinates (Inselberg 1985): a line a trial, through its value of each setting."""
    shown = few(finished(view), MOST_LINES, view.is_high_good)
    # What is drawn last lies on top.
    shown = shown.sort_values("value", ascending=view.is_high_good)
    settings = view.settings.reindex(shown.index)
    parts = [
        _axis_points(key, knob, settings[key], shown["value"], order)
        for order, (key, knob) in enumerate(view.knobs.items())
        if key in settings
    ]
    names = [setting_label(key) for key in view.knobs]
    row = {
        "field": "setting", "type": "nominal", "sort": names, "title": None,
        "axis": {"grid": True, "labelLimit": 220},
    }  # fmt: skip
    low, high = json.dumps(tr("low")), json.dumps(tr("high"))
    place = {
        "field": "place", "type": "quantitative", "scale": {"domain": [-0.03, 1.03]},
        "axis": {
            "values": [0, 1], "labelExpr": f"datum.value ? {high} : {low}", "labelFlush": 20,
            "grid": True,
        },
        "title": None,
    }  # fmt: skip
    colour = {
        "field": "score", "type": "quantitative", "title": value_title(view),
        "scale": {"scheme": "viridis", "reverse": not view.is_high_good},
        "legend": {
            "orient": "top", "format": FORMATS[view.metric], "tickCount": 4,
            "columns": 2,  # a telephone has room for no more
        },
    }  # fmt: skip
    lines = {
        "mark": {"type": "line", "opacity": 0.35},
        "encoding": {"order": {"field": "order"}, "detail": {"field": "number"}},
    }
    thick = {
        "transform": [{"filter": "datum.chosen"}],
        "mark": {"type": "line", "strokeWidth": 4},
        "encoding": {"order": {"field": "order"}, "color": {"value": HIGHLIGHT}},
    }
    height_px = max(HEIGHT_PX, _ROW_PX * len(names))
    spec = titled(tr("Settings and scores side by side"), height_px)
    spec |= {
        "encoding": {
            "x": place, "y": row, "color": colour,
            "tooltip": [
                {"field": "number", "title": tr("trial")},
                {"field": "setting", "title": tr("setting")},
                {"field": "is", "title": tr("is")},
                {"field": "score", "title": tr("score"), "format": FORMATS[view.metric]},
            ],
        },
        "layer": [lines, thick, clickable({}, size=25)],
    }  # fmt: skip
    data = pd.concat(parts) if parts else pd.DataFrame(columns=_AXIS_COLUMNS)
    data["chosen"] = data["number"] == chosen
    return TrialChart(data, spec)


def _axis_points(
    key: str, knob: Knob, drawn: pd.Series, scores: pd.Series, order: int
) -> pd.DataFrame:
    """Where the lines cross one axis."""
    return pd.DataFrame(
        {
            "number": drawn.index,
            "setting": setting_label(key),
            "order": order,
            "place": [_place(knob, value) for value in drawn],
            "is": [written(value) for value in drawn],
            "score": scores.to_numpy(),
        }
    )


def _place(knob: Knob, value: Any) -> float:
    """From 0 (lowest, or the first choice) to 1."""
    if isinstance(knob, CategoricalKnob):
        choices = [written(choice) for choice in knob.choices]
        return choices.index(written(value)) / (len(choices) - 1)
    low, high, at = float(knob.low), float(knob.high), float(value)
    if knob.log:
        low, high, at = math.log(low), math.log(high), math.log(at)
    return float(np.clip((at - low) / (high - low), 0, 1))
