"""The map of clips; drawn with Plotly, which draws thousands of points at once."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from slu.ui.language import tr
from slu.ui.style import CHART_CONFIG, SLOT_COLOURS, styled

_MAP_PX = 560
# With as many colours, forms tell apart more labels than colours alone.
_SYMBOLS = ("circle", "diamond", "square", "cross", "triangle-up", "star", "x", "hexagon")
# Two quick clicks are two choices, not a double click that takes the first one back.
_CONFIG = {**CHART_CONFIG, "doubleClick": False, "doubleClickDelay": 1}


def show_scatter(figure: go.Figure, key: str) -> Mapping[str, Any] | None:
    """Draw a figure of `clip_scatter`.

    Returns:
        `id` of the clip that is selected, if one is; a second click takes it back.
    """
    event = st.plotly_chart(
        figure,
        on_select="rerun",
        selection_mode="points",
        config=_CONFIG,
        key=key,
        alt=figure.layout.title.text,
    )
    points = event["selection"]["points"]
    return {"id": points[0]["customdata"][0]} if points else None


def clip_scatter(clips: pd.DataFrame, slot: str, labels: Sequence[str]) -> go.Figure:
    """Clips on a map, coloured by label; customdata is a clip's id.

    Args:
        clips: columns id, x, y and the slot.
        slot: whose labels are coloured.
        labels: all there are, so that each keeps its colour whatever is filtered.
    """
    figure = go.Figure()
    for index, label in enumerate(labels):
        of_label = clips[clips[slot] == label]
        figure.add_trace(
            go.Scattergl(
                x=of_label["x"],
                y=of_label["y"],
                customdata=[[clip_id] for clip_id in of_label["id"]],
                mode="markers",
                name=label,
                marker={
                    "size": 7,
                    "color": SLOT_COLOURS[index % len(SLOT_COLOURS)],
                    "symbol": _SYMBOLS[index // len(SLOT_COLOURS) % len(_SYMBOLS)],
                },
                hovertemplate=f"{slot} %{{fullData.name}}<extra></extra>",
            )
        )
    figure.update_layout(clickmode="event+select", hovermode="closest", hoverdistance=30)
    hidden = {"showticklabels": False, "zeroline": False, "showgrid": False}
    figure.update_xaxes(title=tr("alike lies together (no unit)"), **hidden)
    figure.update_yaxes(**hidden)
    styled(figure, tr("Clips as the model hears them, by {slot}", slot=slot), _MAP_PX)
    return figure.update_layout(legend={"y": -0.12, "yanchor": "top", "x": 0, "xanchor": "left"})
