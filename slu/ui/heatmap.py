"""A heat map whose cells can be clicked."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from slu.ui.language import tr
from slu.ui.style import SLOT_COLOURS
from slu.ui.vega import TEXT_COLOUR, Chart, Spec, click_targets, frame_of_chosen, titled

_ROW_PX = 34
_MARGINS_PX = 130
_LARGEST_PX = 770
# What rows are is written beside them, and needs as much.
_LEAST_ROWS = 2
# In a narrow window so many letters stand side by side below the cells, and so many slanting names.
_MOST_LETTERS, _MOST_SLANTING = 32, 20
# Of the strongest colour; on it, words of the page's colour would not be read in the light theme.
_STRONG = 0.85


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
    row_px: int = _ROW_PX,
) -> Chart:
    """Cells coloured by value, the first row on top.

    Args:
        values: shape = (n_rows, n_columns), none below 0.
        rows: their labels.
        columns: their labels.
        title: above the figure.
        row_title: what rows are.
        column_title: what columns are.
        text: on each cell; without it a value shows only under the pointer.
        most: value of the strongest colour; none: the largest.
        row_px: height of a row, as long as the figure does not become too high.
    """
    cells = _cells(np.asarray(values), rows, columns, text)
    rows_px = min(row_px * max(len(rows), _LEAST_ROWS), _LARGEST_PX)
    strongest = float(np.max(values, initial=0)) if most is None else most
    encoding = {
        "x": _axis("column", columns, column_title, _slanting(columns)),
        "y": _axis("row", rows, row_title, {"titleLimit": rows_px}),
    }
    tooltip = [
        {"field": "row", "title": row_title},
        {"field": "column", "title": column_title},
        {"field": "shown", "title": tr("value")},
    ]
    layer = [_coloured(strongest), frame_of_chosen()]
    layer += [_written(strongest)] if text is not None else []
    layer += [click_targets("rect", ["row", "column"], {"tooltip": tooltip})]
    start = titled(title, _MARGINS_PX + rows_px)
    return Chart(cells, start | {"encoding": encoding, "layer": layer})


def show_heatmap(chart: Chart, key: str) -> tuple[str, str] | None:
    """Draw a figure of `heatmap`.

    Returns:
        labels of the row and the column of the cell that is selected, if one is; a second click
        on it takes the selection back.
    """
    cell = chart.show_clickable(key)
    return (cell["row"], cell["column"]) if cell else None


def _cells(
    values: np.ndarray,
    rows: Sequence[str],
    columns: Sequence[str],
    text: Sequence[Sequence[str]] | None,
) -> pd.DataFrame:
    shown = values.round(3).astype(str) if text is None else np.asarray(text)
    return pd.DataFrame(
        {
            "row": np.repeat(np.asarray(rows, object), len(columns)),
            "column": np.tile(np.asarray(columns, object), len(rows)),
            "value": values.ravel(),
            "shown": shown.ravel(),
        }
    )


def _coloured(strongest: float) -> Spec:
    """Cells through which more or less of the page is seen, so that they suit both themes."""
    opacity = {
        "field": "value", "type": "quantitative", "legend": None,
        "scale": {"domain": [0, strongest or 1], "range": [0.06, 1], "clamp": True},
    }  # fmt: skip
    gap = {"band": 0.97}
    cell = {"type": "rect", "color": SLOT_COLOURS[0], "width": gap, "height": gap, "aria": False}
    return {"mark": cell, "encoding": {"fillOpacity": opacity}}


def _written(strongest: float) -> Spec:
    is_strong = {"test": f"datum.value > {_STRONG * strongest}", "value": "white"}
    return {
        "mark": {"type": "text", "aria": False},
        "encoding": {
            "text": {"field": "shown"},
            "color": {"condition": is_strong, "value": TEXT_COLOUR},
        },
    }


def _axis(field: str, labels: Sequence[str], title: str, look: Spec) -> Spec:
    return {
        "field": field, "type": "nominal", "title": title,
        "scale": {"domain": list(labels), "padding": 0},
        "axis": {"labelOverlap": True, "labelFlush": False} | look,
    }  # fmt: skip


def _slanting(labels: Sequence[str]) -> Spec:
    """How the names of columns lie, so that as many as possible are read."""
    if len(labels) * max(map(len, labels), default=0) <= _MOST_LETTERS:
        return {"labelAngle": 0}
    if len(labels) <= _MOST_SLANTING:
        # Vega-Lite would leave out names whose bounding boxes overlap.
        return {"labelAngle": -45, "labelOverlap": False}
    return {"labelAngle": -90}
