"""Figures whose points can be clicked."""

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from slu.ui.style import CHART_CONFIG

# Two quick clicks are two choices, not a double click that takes the first one back.
_CONFIG = {**CHART_CONFIG, "doubleClick": False, "doubleClickDelay": 1}


def show_clickable(figure: go.Figure, key: str) -> Sequence[Any] | None:
    """Draw a figure whose points say in `customdata` what they stand for.

    Returns:
        customdata of the point that is selected, if one is; a second click takes it back.
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
    return points[0]["customdata"] if points else None
