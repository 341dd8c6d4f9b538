"""A heat map whose cells can be clicked."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike

from slu.ui.clickable import show_clickable
from slu.ui.style import styled

_ROW_PX = 34
_MARGINS_PX = 130
_LARGEST_PX = 900
_MOST_TICKS = 40


def heatmap(
    values: ArrayLike,
    rows: Sequence[str],
    columns: Sequence[str],
    *,
    title: str,
    row_title: str,
    column_title: str,
    text: Sequence[Sequence[str]] | None = None,
    most: float | None = None,
) -> go.Figure:
    """Cells coloured by value, the first row on top.

    Args:
        values: shape = (n_rows, n_columns).
        rows: their labels.
        columns: their labels.
        title: above the figure.
        row_title: what rows are.
        column_title: what columns are.
        text: on each cell; without it a value shows only under the pointer.
        most: value of the strongest colour; none: the largest.
    """
    figure = go.Figure(
        go.Heatmap(
            z=np.asarray(values),
            zmin=None if most is None else 0,
            zmax=most,
            text=text,
            texttemplate="%{text}" if text is not None else None,
            showscale=False,
            xgap=1,
            ygap=1,
            hoverinfo="skip",
        )
    )
    shown = np.asarray(values).round(3).tolist() if text is None else text
    figure.add_trace(_click_targets(shown, rows, columns, row_title, column_title))
    figure.update_layout(clickmode="event+select", hovermode="closest", hoverdistance=-1)
    figure.update_xaxes(title=column_title, **_axis(columns), range=[-0.5, len(columns) - 0.5])
    figure.update_yaxes(title=row_title, **_axis(rows), range=[len(rows) - 0.5, -0.5])
    styled(figure, title, min(_MARGINS_PX + _ROW_PX * len(rows), _LARGEST_PX))
    return figure


def show_heatmap(figure: go.Figure, key: str) -> tuple[str, str] | None:
    """Draw a figure of `heatmap`.

    Returns:
        labels of the row and the column of the cell that is selected, if one is; a second click
        on it takes the selection back.
    """
    cell = show_clickable(figure, key)
    return (cell[0], cell[1]) if cell else None


def _click_targets(
    shown: Sequence[Sequence[object]],
    rows: Sequence[str],
    columns: Sequence[str],
    row_title: str,
    column_title: str,
) -> go.Scatter:
    """Unseen points in the middle of the cells: a click on a heat map itself selects nothing."""
    cells = list(np.ndindex(len(rows), len(columns)))
    return go.Scatter(
        x=[column for _, column in cells],
        y=[row for row, _ in cells],
        customdata=[(rows[row], columns[column]) for row, column in cells],
        text=[shown[row][column] for row, column in cells],
        mode="markers",
        marker={"size": 8, "opacity": 0},
        # Plotly would otherwise show the points that were not clicked.
        selected={"marker": {"opacity": 0}},
        unselected={"marker": {"opacity": 0}},
        hovertemplate=(
            f"{row_title} %{{customdata[0]}}<br>{column_title} %{{customdata[1]}}"
            "<br>%{text}<extra></extra>"
        ),
        showlegend=False,
    )


def _axis(labels: Sequence[str]) -> dict[str, object]:
    step = -(-len(labels) // _MOST_TICKS)
    return {
        "tickmode": "array",
        "tickvals": list(range(0, len(labels), step)),
        "ticktext": [str(label) for label in labels[::step]],
        "fixedrange": True,
        "showgrid": False,
        "zeroline": False,
    }
