"""One look for all figures."""

from typing import Any

import plotly.graph_objects as go

# Told apart also by people who do not see red or green (Okabe and Ito 2008).
SLOT_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
GREY = "#8a9690"
CHART_CONFIG: dict[str, Any] = {"displayModeBar": False}
"""For `st.plotly_chart(config=…)`."""


def styled(figure: go.Figure, title: str, height: int) -> go.Figure:
    """Give a figure its title and the margins and legend that all figures share.

    Args:
        figure: changed in place.
        title: above the figure.
        height: in pixels.
    """
    figure.update_layout(
        title={"text": title, "font": {"size": 16}},
        height=height,
        margin={"l": 60, "r": 20, "t": 64, "b": 44},
        legend={"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 1, "xanchor": "right"},
        dragmode=False,
    )
    return figure
