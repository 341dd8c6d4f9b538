"""Figures of the Monitor page that show how often what was measured and answered."""

from collections.abc import Mapping, Sequence

import pandas as pd

from slu.ui.language import tr
from slu.ui.monitor_figures import BLUE, HEIGHT_PX, coloured
from slu.ui.style import GREY
from slu.ui.vega import TEXT_COLOUR, Chart, Spec, click_targets, faded_unless_chosen, titled

_MOST_LABELS = 20
_BAR_PX = 26


def histogram_bars(histogram: pd.DataFrame, title: str, unit: str) -> Chart:
    """`LogAnalytics.histogram`; a click tells where a bin begins and ends, `left` and `right`."""
    data = histogram.assign(
        values=[
            tr("{low:.3g} to {high:.3g}", low=low, high=high)
            for low, high in zip(histogram["left"], histogram["right"], strict=True)
        ]
    )
    encoding = {
        "x": {
            "field": "left", "type": "quantitative", "title": unit,
            "scale": {"zero": False, "nice": False}, "axis": {"grid": False},
        },
        "x2": {"field": "right"},
    }  # fmt: skip
    bars = {
        "mark": {"type": "bar", "color": BLUE, "xOffset": 0.5, "x2Offset": -0.5},
        "encoding": {
            "y": {"field": "requests", "type": "quantitative", "title": tr("requests")},
            "y2": {"datum": 0},
            "opacity": faded_unless_chosen(),
        },
    }
    tooltip = [
        {"field": "values", "title": title},
        {"field": "requests", "title": tr("requests"), "format": ","},
    ]
    targets = click_targets("rect", ["left", "right"], {"tooltip": tooltip})
    spec = {"encoding": encoding, "layer": [bars, targets]}
    return Chart(data, titled(title, HEIGHT_PX) | spec)


def class_bars(mix: pd.DataFrame, slot: str, expected: Mapping[str, float], colour: str) -> Chart:
    """Share of each label, and of it in the training set; a click tells the `label`.

    Args:
        mix: `LogAnalytics.class_mix` of one slot, the most frequent first.
        slot: its name.
        expected: label -> its share in the training set; empty where it is not known.
        colour: of the bars.
    """
    data = mix.head(_MOST_LABELS)[["label", "share", "requests"]]
    data["expected"] = [expected.get(label, 0.0) for label in data["label"]]
    data["reach"] = data[["share", "expected"]].max(axis="columns")
    now, then = tr("now"), tr("training set")
    scale = coloured({now: colour, then: GREY} if expected else {now: colour})
    x: Spec = {
        "type": "quantitative", "title": tr("share of what was understood"),
        "stack": None, "axis": {"format": ".0%"},
    }  # fmt: skip
    tooltip = [
        {"field": "label", "title": slot},
        {"field": "requests", "title": tr("requests"), "format": ","},
        {"field": "share", "title": now, "format": ".1%"},
    ]
    layers: list[Spec] = [
        {
            "mark": "bar",
            "encoding": {
                "x": x | {"field": "share"}, "color": {"datum": now} | scale,
                "opacity": faded_unless_chosen(),
            },
        },
        {
            "mark": {"type": "text", "align": "left", "dx": 6, "color": TEXT_COLOUR},
            "encoding": {
                "x": x | {"field": "reach"}, "text": {"field": "requests", "format": ","},
            },
        },
    ]  # fmt: skip
    if expected:
        tooltip.append({"field": "expected", "title": then, "format": ".1%"})
        layers.append(
            {
                "mark": {"type": "tick", "thickness": 3, "size": 16},
                "encoding": {"x": x | {"field": "expected"}, "color": {"datum": then} | scale},
            }
        )
    whole_row = {"x": {"value": 0}, "x2": {"value": "width"}, "tooltip": tooltip}
    layers.append(click_targets("bar", ["label"], whole_row))
    y = {"field": "label", "type": "nominal", "title": slot, "sort": None}
    title = titled(tr("Answers by {slot}", slot=slot), {"step": _BAR_PX})
    return Chart(data, title | {"encoding": {"y": y}, "layer": layers})


def share_bars(cells: Sequence[str], reference: Sequence[float], now: Sequence[float],
               title: str, unit: str) -> Chart:  # fmt: skip
    """Shares of the training set and of some requests side by side."""
    colours = {tr("training set"): GREY, tr("these requests"): BLUE}
    parts = [
        pd.DataFrame({"cell": cells, "share": shares, "of": name})
        for name, shares in zip(colours, (reference, now), strict=True)
    ]
    whose = {"field": "of", "type": "nominal", "sort": None}
    spec = {
        "mark": "bar",
        "encoding": {
            "x": {"field": "cell", "type": "nominal", "title": unit, "sort": None},
            "xOffset": whose,
            "y": {"field": "share", "type": "quantitative", "title": tr("share"),
                  "axis": {"format": ".0%"}},
            "color": whose | coloured(colours),
            "tooltip": [
                {"field": "cell", "title": unit},
                {"field": "of", "title": tr("requests")},
                {"field": "share", "title": tr("share"), "format": ".1%"},
            ],
        },
    }  # fmt: skip
    return Chart(pd.concat(parts), titled(title, HEIGHT_PX) | spec)
