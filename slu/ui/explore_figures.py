"""Figures of the Explore page; a click on a bar tells what it stands for."""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from slu.ui.language import tr
from slu.ui.vega import TEXT_COLOUR, Chart, Spec, click_targets, faded_unless_chosen, titled

MOST_BARS = 30
_ROW_PX, _BAR_PX = 26, 20
# The name beside the rows needs as much.
_LEAST_ROWS = 2
_MARGINS_PX = 120
# So much room has the number beside the longest bar.
_NUMBER_PX = 46
_N_BINS = 40
_HISTOGRAM_PX = 300


def most_frequent(counts: Mapping[str, int], limit: int = MOST_BARS) -> dict[str, int]:
    """The most frequent of what was counted, in the order in which it came."""
    kept = set(sorted(counts, key=lambda name: -counts[name])[:limit])
    return {name: count for name, count in counts.items() if name in kept}


def count_bars(
    counts: Mapping[str, int], name: str, colour: str, called: Callable[[str], str] = str
) -> Chart:
    """Clips of each label, speaker or the like, the first on top; a click tells the `label`.

    Args:
        counts: label -> clips.
        name: what is counted, such as `speaker`, as it is called on the screen.
        colour: of the bars.
        called: what a label is called on the screen.
    """
    shown = most_frequent(counts)
    data = pd.DataFrame({"label": list(shown), "clips": list(shown.values())})
    data["called"] = data["label"].map(called)
    rows_px = _ROW_PX * max(len(shown), _LEAST_ROWS)
    tooltip = [{"field": "called", "title": name}, _told_clips()]
    whole_row = {"x": {"value": 0}, "x2": {"value": "width"}, "tooltip": tooltip}
    spec = titled(_count_title(name, counts, shown), _MARGINS_PX + rows_px)
    spec["encoding"] = {"y": _rows(name, rows_px)}
    spec["layer"] = [*_numbered_bars(colour), click_targets("rect", ["label"], whole_row)]
    return Chart(data, spec)


def _rows(name: str, height_px: int) -> Spec:
    return {
        "field": "called", "type": "nominal", "sort": None, "title": name,
        # Without gaps between them, a click anywhere is a click on a row.
        "scale": {"padding": 0}, "axis": {"labelFlush": False, "titleLimit": height_px},
    }  # fmt: skip


def _numbered_bars(colour: str) -> list[Spec]:
    clips = _clips() | {"scale": {"range": [0, {"expr": f"width - {_NUMBER_PX}"}]}}
    bars = {
        "mark": {"type": "bar", "color": colour, "size": _BAR_PX, "aria": False},
        "encoding": {"x": clips, "opacity": faded_unless_chosen()},
    }
    numbers = {
        "mark": {"type": "text", "align": "left", "dx": 4, "color": TEXT_COLOUR, "aria": False},
        "encoding": {"x": clips, "text": {"field": "clips", "format": ","}},
    }
    return [bars, numbers]


def _count_title(name: str, counts: Mapping[str, int], shown: Mapping[str, int]) -> str:
    if len(shown) == len(counts):
        return tr("Clips for each {name}", name=name)
    return tr(
        "Clips for each {name} ({shown} most frequent of {total:,})",
        name=name, shown=len(shown), total=len(counts),
    )  # fmt: skip


def duration_bars(durations_s: "pd.Series[float]", colour: str) -> Chart:
    """How long clips are; a click tells where a bin begins and ends, `low_s` and `high_s`."""
    counts, edges_s = np.histogram(durations_s, bins=_N_BINS)
    data = pd.DataFrame({"low_s": edges_s[:-1], "high_s": edges_s[1:], "clips": counts})
    data["called"] = [
        tr("{low:.2f} to {high:.2f} s", low=low, high=high)
        for low, high in zip(data["low_s"], data["high_s"], strict=True)
    ]
    tooltip = [{"field": "called", "title": tr("duration")}, _told_clips()]
    whole_column = {"y": {"value": 0}, "y2": {"value": "height"}, "tooltip": tooltip}
    bars = {
        "mark": {"type": "rect", "color": colour, "aria": False},
        "encoding": {"y": _clips(), "y2": {"datum": 0}, "opacity": faded_unless_chosen()},
    }
    spec = titled(tr("How long the clips are"), _HISTOGRAM_PX)
    spec["encoding"] = {"x": _bins(), "x2": {"field": "high_s"}}
    spec["layer"] = [bars, click_targets("rect", ["low_s", "high_s"], whole_column)]
    return Chart(data, spec)


def _bins() -> Spec:
    return {
        "field": "low_s", "type": "quantitative", "title": tr("duration (s)"),
        "scale": {"zero": False, "nice": False}, "axis": {"grid": False},
    }  # fmt: skip


def _clips() -> Spec:
    return {
        "field": "clips", "type": "quantitative", "title": tr("clips"),
        "axis": {"tickCount": 5, "tickMinStep": 1, "format": ",d"},
    }  # fmt: skip


def _told_clips() -> Spec:
    return {"field": "clips", "title": tr("clips"), "format": ","}
