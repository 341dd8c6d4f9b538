"""Heat maps that can be clicked."""

import altair
import numpy as np
import pytest

from slu.ui.heatmap import heatmap
from slu.ui.vega import Chart, Spec


def draw(
    n_rows: int = 2,
    n_columns: int = 3,
    text: list[list[str]] | None = None,
    most: float | None = None,
    column: str = "column",
) -> Chart:
    return heatmap(
        np.arange(n_rows * n_columns).reshape(n_rows, n_columns),
        [f"row {index}" for index in range(n_rows)],
        [f"{column} {index}" for index in range(n_columns)],
        title="Counts",
        row_title="said",
        column_title="understood",
        text=text,
        most=most,
    )


def opacity(chart: Chart) -> Spec:
    found: Spec = chart.spec["layer"][0]["encoding"]["fillOpacity"]["scale"]
    return found


def column_axis(chart: Chart) -> Spec:
    found: Spec = chart.spec["encoding"]["x"]["axis"]
    return found


def test_every_cell_tells_its_labels_and_its_value() -> None:
    cells = draw().data.set_index(["row", "column"])

    assert len(cells) == 6
    assert cells.loc[("row 1", "column 2")].to_dict() == {"value": 5, "shown": "5"}
    assert cells.loc[("row 0", "column 1"), "value"] == 1


def test_the_first_row_is_on_top_and_cells_leave_no_gap_for_clicks() -> None:
    encoding = draw().spec["encoding"]

    assert encoding["y"]["scale"] == {"domain": ["row 0", "row 1"], "padding": 0}
    assert encoding["x"]["scale"]["padding"] == 0
    assert (encoding["x"]["title"], encoding["y"]["title"]) == ("understood", "said")
    assert draw().spec["layer"][-1]["params"][0]["select"]["fields"] == ["row", "column"]


def test_cells_are_written_on_when_asked() -> None:
    written = [["0 %", "1 %", "2 %"], ["3 %", "4 %", "5 %"]]

    chart = draw(text=written)

    assert list(chart.data["shown"]) == ["0 %", "1 %", "2 %", "3 %", "4 %", "5 %"]
    marks = [layer["mark"]["type"] for layer in chart.spec["layer"]]
    assert marks.count("text") == 1
    assert "text" not in [layer["mark"]["type"] for layer in draw().spec["layer"]]


def test_the_strongest_colour_is_that_of_the_largest_value_or_of_what_is_said() -> None:
    assert opacity(draw())["domain"] == [0, 5]
    assert opacity(draw(most=3)) == opacity(draw()) | {"domain": [0, 3], "clamp": True}


def test_a_map_of_nothing_has_colours_too() -> None:
    assert opacity(draw(1, 1))["domain"] == [0, 1]


def test_as_many_columns_are_named_as_can_be_read() -> None:
    assert column_axis(draw(n_columns=10, column=""))["labelAngle"] == 0
    slanting = column_axis(draw(n_columns=10, column="air mineral"))
    assert (slanting["labelAngle"], slanting["labelOverlap"]) == (-45, False)
    upright = column_axis(draw(n_columns=60))
    assert (upright["labelAngle"], upright["labelOverlap"]) == (-90, True)


def test_many_rows_share_the_height() -> None:
    chart = draw(n_rows=100)

    assert len(chart.data) == 300
    assert chart.spec["height"] == 900
    assert chart.spec["encoding"]["y"]["axis"]["labelOverlap"]


@pytest.mark.parametrize("text", [None, [["a", "b", "c"], ["d", "e", "f"]]])
def test_the_specification_is_one_of_vega_lite(text: list[list[str]] | None) -> None:
    chart = draw(text=text)

    altair.Chart.from_dict(chart.spec | {"data": {"values": []}})
