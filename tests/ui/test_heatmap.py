"""Heat maps that can be clicked."""

import numpy as np
import plotly.graph_objects as go

from slu.ui.heatmap import heatmap


def draw(n_rows: int = 2, n_columns: int = 3, text: list[list[str]] | None = None) -> go.Figure:
    return heatmap(
        np.arange(n_rows * n_columns).reshape(n_rows, n_columns),
        [f"row {index}" for index in range(n_rows)],
        [f"column {index}" for index in range(n_columns)],
        title="Counts",
        row_title="said",
        column_title="understood",
        text=text,
    )


def test_every_cell_has_a_point_in_its_middle() -> None:
    cells, points = draw().data

    found = {
        (y, x): (tuple(label), shown)
        for y, x, label, shown in zip(
            points.y, points.x, points.customdata, points.text, strict=True
        )
    }

    assert found[(1, 2)] == (("row 1", "column 2"), "5")
    assert len(found) == 6
    assert cells.z[1][2] == 5


def test_points_are_not_seen_and_the_axes_fit_the_cells() -> None:
    figure = draw()

    points = figure.data[1]
    opacities = (points.marker, points.selected.marker, points.unselected.marker)
    assert [marker.opacity for marker in opacities] == [0, 0, 0]
    assert figure.layout.xaxis.range == (-0.5, 2.5)
    assert figure.layout.yaxis.range == (1.5, -0.5)  # the first row is on top
    assert (figure.layout.xaxis.title.text, figure.layout.yaxis.title.text) == (
        "understood",
        "said",
    )


def test_cells_are_written_on_when_asked() -> None:
    written = [["0 %", "1 %", "2 %"], ["3 %", "4 %", "5 %"]]

    cells, points = draw(text=written).data

    assert list(cells.text[1]) == written[1]
    assert points.text[5] == "5 %"
    assert draw().data[0].texttemplate is None


def test_many_labels_share_ticks() -> None:
    figure = draw(n_rows=100)

    assert figure.layout.yaxis.ticktext[:2] == ("row 0", "row 3")
    assert len(figure.data[1].x) == 300
    assert figure.layout.height <= 900
