"""Curves of training runs: alone while one learns, or several in one chart.

Their data have the columns epoch, value, curve (its name) and best (whether a star marks the
point). What Vega-Lite is told does not depend on the data: a chart grows without a flicker.
"""

import json
from collections.abc import Mapping, Sequence

import pandas as pd

from slu.runs import History
from slu.ui.language import mark, tr
from slu.ui.style import GREY, SLOT_COLOURS
from slu.ui.vega import LEGEND, Chart, Spec, titled

_ALL = mark("all right")
_HEIGHT_PX = 360
_STAR_SIZE = 250
_STAR = (
    "M0.00,-1.00L0.25,-0.34L0.95,-0.31L0.40,0.13L0.59,0.81L0.00,0"
    ".42L-0.59,0.81L-0.40,0.13L-0.95,-0.31L-0.25,-0.34Z"
)


def loss_chart(history: History, epochs: int) -> Chart:
    """Training and validation loss of a run.

    Args:
        history: what is known so far.
        epochs: as long as the axis is from the start, so that nothing moves.
    """
    curves = {tr("training"): "train_loss", tr("validation"): "val_loss"}
    points = [point for name, column in curves.items() for point in _points(history, column, name)]
    colours = dict(zip(curves, (GREY, SLOT_COLOURS[0]), strict=True))
    return Chart(_table(points), _spec(tr("Loss"), tr("loss"), epochs, colours))


def accuracy_chart(history: History, epochs: int, slots: Sequence[str]) -> Chart:
    """Validation accuracy of a run: each slot, and all slots at once with a star on the best.

    Args:
        history: what is known so far.
        epochs: as long as the axis is from the start.
        slots: which have a curve.
    """
    curves = {slot: f"val_{slot}_accuracy" for slot in slots}
    points = [point for name, column in curves.items() for point in _points(history, column, name)]
    best = history.best["epoch"] if history.best else None
    points += _points(history, "val_joint_accuracy", tr(_ALL), best)
    colours = _coloured([*curves, tr(_ALL)])
    spec = _spec(tr("Accuracy on validation clips"), tr("clips right"), epochs, colours)
    return Chart(_table(points), _as_share(spec))


def comparison_chart(histories: Mapping[str, History], column: str, title: str) -> Chart:
    """One column of several runs.

    Args:
        histories: name of the run -> what it learned.
        column: such as `val_loss`; those of accuracies are drawn as shares.
        title: of the chart.
    """
    longest = max((len(history.records) for history in histories.values()), default=0)
    points = [p for name, history in histories.items() for p in _points(history, column, name)]
    is_share = column.endswith("_accuracy")
    y_title = tr("clips right") if is_share else tr("loss")
    spec = _spec(title, y_title, longest, _coloured(list(histories)))
    return Chart(_table(points), _as_share(spec) if is_share else spec)


def _points(
    history: History, column: str, curve: str, best: float | None = None
) -> list[tuple[float, float, str, bool]]:
    return [
        (record["epoch"], record[column], curve, record["epoch"] == best)
        for record in history.records
        if column in record
    ]


def _table(points: list[tuple[float, float, str, bool]]) -> pd.DataFrame:
    return pd.DataFrame(points, columns=["epoch", "value", "curve", "best"])


def _coloured(names: Sequence[str]) -> dict[str, str]:
    return {name: SLOT_COLOURS[i % len(SLOT_COLOURS)] for i, name in enumerate(names)}


def _spec(title: str, y_title: str, epochs: int, colours: Mapping[str, str]) -> Spec:
    epoch = {
        "field": "epoch", "type": "quantitative", "title": tr("epoch"),
        "scale": {"domain": [0.5, max(epochs, 2) + 0.5], "nice": False},
        "axis": {"grid": False, "tickMinStep": 1, "format": "d"},
    }  # fmt: skip
    value = {"field": "value", "type": "quantitative", "title": y_title}
    colour = {
        "field": "curve", "type": "nominal",
        "scale": {"domain": list(colours), "range": list(colours.values())},
        "legend": LEGEND,
    }  # fmt: skip
    tooltip = [
        {"field": "curve", "title": tr("curve")},
        {"field": "epoch", "title": tr("epoch")},
        {"field": "value", "title": tr("value"), "format": ".3f"},
    ]
    is_all = f"datum.curve === {json.dumps(tr(_ALL))}"
    return titled(title, _HEIGHT_PX) | {
        "encoding": {"x": epoch, "y": value, "color": colour, "tooltip": tooltip},
        "layer": [
            {
                "mark": {"type": "line", "point": True},
                "encoding": {"strokeWidth": _when(is_all, 4, 2)},
            },
            {
                "transform": [{"filter": "datum.best"}],
                "mark": {"type": "point", "shape": _STAR, "filled": True, "size": _STAR_SIZE},
                "encoding": {"color": {"value": SLOT_COLOURS[4]}},
            },
        ],
    }


def _when(test: str, value: float, otherwise: float) -> Spec:
    return {"condition": {"test": test, "value": value}, "value": otherwise}


def _as_share(spec: Spec) -> Spec:
    """The same for values from 0 to 1."""
    encoding = spec["encoding"]
    encoding["y"] |= {"scale": {"domain": [0, 1]}, "axis": {"format": ".0%"}}
    encoding["tooltip"][-1]["format"] = ".1%"
    return spec
