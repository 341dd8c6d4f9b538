"""Figures of the Monitor page over time; every bar and point carries what it stands for."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import tzinfo
from typing import Any

import pandas as pd

from slu.monitoring.drift import ChunkDrift, ColumnDrift
from slu.ui.language import mark, tr, trn
from slu.ui.monitor_clock import buckets, chunks_in_time, clock_axis, pieces
from slu.ui.style import GREY, SLOT_COLOURS
from slu.ui.vega import (
    LEGEND,
    Chart,
    Spec,
    click_targets,
    faded_unless_chosen,
    titled,
    when_chosen,
)

BLUE, RED, GREEN, PINK, ORANGE, SKY = SLOT_COLOURS
HEIGHT_PX = 340
_OUTCOMES = {"ok": BLUE, "rejected": ORANGE, "error": RED}
STATUS_NAMES = {
    "ok": mark("understood"),
    "rejected": mark("not understood"),
    "error": mark("could not be used"),
}
_DISTANCES = {
    "psi": ("PSI", mark("population stability index")),
    "ks": ("KS", mark("Kolmogorov-Smirnov distance")),
    "chi2": ("chi²", mark("chi-square statistic")),
    "js": ("JS", mark("Jensen-Shannon distance")),
}
# Of a threshold; what is less is drawn here, as a logarithm needs something.
_LEAST_RATIO = 0.03
_DASHED: Spec = {"type": "rule", "strokeDash": [4, 3], "strokeWidth": 1.5, "color": RED}


def traffic_bars(over_time: pd.DataFrame, bucket_s: float, zone: tzinfo) -> Chart:
    """Requests by outcome, stacked; a click tells `start`, `end` and `status`."""
    places, counts = buckets(over_time["ts"], bucket_s, zone), over_time[list(_OUTCOMES)]
    tops = counts.cumsum(axis=1)
    parts = [
        places.assign(
            status=status, outcome=tr(STATUS_NAMES[status]), requests=counts[status],
            bottom=tops[status] - counts[status], top=tops[status],
        )
        for status in _OUTCOMES
    ]  # fmt: skip
    # Bars of no height would catch clicks that are meant for others.
    data = pd.concat(parts).query("requests > 0")
    unit = tr("requests in {duration}", duration=width_in_words(bucket_s))
    scale = coloured({tr(STATUS_NAMES[status]): colour for status, colour in _OUTCOMES.items()})
    # On a telephone the names do not fit side by side.
    scale["legend"] |= {"columns": {"expr": "width < 400 ? 2 : 0"}}
    tooltip = [
        {"field": "time", "title": tr("time")},
        {"field": "outcome", "title": tr("result")},
        {"field": "requests", "title": tr("requests"), "format": ","},
    ]
    encoding = {
        "x": clock_axis("left", zone), "x2": {"field": "right"},
        "y": {"field": "bottom", "type": "quantitative", "title": unit}, "y2": {"field": "top"},
        "color": {"field": "outcome", "type": "nominal"} | scale,
    }  # fmt: skip
    shown = {"tooltip": tooltip, "opacity": faded_unless_chosen()}
    bars = click_targets("bar", ["start", "end", "status"], shown)
    # They are as large as what catches their clicks, and so need not be drawn twice.
    bars["mark"] = {"type": "bar", "cursor": "pointer"}
    spec = {"encoding": encoding, "layer": [bars]}
    return Chart(data, titled(tr("Requests"), HEIGHT_PX) | spec)


def lines_over_time(
    over_time: pd.DataFrame,
    bucket_s: float,
    zone: tzinfo,
    columns: Mapping[str, str],
    title: str,
    unit: str,
    value_format: str = ".1f",
    colours: Sequence[str] = (BLUE, ORANGE, RED),
    from_zero: bool = False,
) -> Chart:
    """Columns of `LogAnalytics.over_time` as lines; a click tells a bucket's `start` and `end`.

    Args:
        over_time: one row a bucket that has requests; lines break where there are none.
        bucket_s: width of a bucket.
        zone: of the person who looks.
        columns: column -> what it is called.
        title: above the figure.
        unit: of all columns, on the axis.
        value_format: of a value under the pointer.
        colours: of the lines.
        from_zero: begin the axis there, however far above the lines are.
    """
    fields = {f"value_{index}": name for index, name in enumerate(columns.values())}
    data = buckets(over_time["ts"], bucket_s, zone).join(pieces(over_time["ts"], bucket_s))
    data[list(fields)] = over_time[list(columns)].to_numpy()
    y: Spec = {"type": "quantitative", "title": unit, "scale": {"zero": from_zero}}
    tooltip = [
        {"field": field, "title": name, "format": value_format} for field, name in fields.items()
    ]
    scale = coloured(dict(zip(fields.values(), colours, strict=False)))
    if len(fields) == 1:
        scale |= {"legend": None}
    lines = [
        layer
        for field, name in fields.items()
        for layer in _line(y | {"field": field}, {"datum": name} | scale)
    ]
    return _over_time(data, lines, tooltip, title, zone)


def add_band(chart: Chart, low: float, high: float, name: str) -> Chart:
    """Shade where values usually lie."""
    band = _across(
        {"type": "rect", "color": GREEN, "opacity": 0.12},
        {"y": {"datum": low}, "y2": {"datum": high}},
    )
    return _with(chart, band, _note(high, name, GREY))


def add_limit(chart: Chart, value: float, name: str) -> Chart:
    """Draw a threshold."""
    line = _across(_DASHED, {"y": {"datum": value}})
    # Below the line, which may be the highest thing in the figure.
    return _with(chart, line, _note(value, name, RED))


def drift_lines(chunks: Sequence[ChunkDrift], column: str, title: str, zone: tzinfo) -> Chart:
    """Distances from the training set, each as a multiple of its threshold.

    A click tells the first and the last moment of a chunk, `start` and `end`.
    """
    found = [(c, d) for c in chunks for d in c.columns if d.column == column]
    distances = list(found[0][1].distances)
    data = chunks_in_time([chunk for chunk, _ in found], zone)
    data = data.join(_ratios([drift for _, drift in found]))
    names = [_DISTANCES[distance][0] for distance in distances]
    colours = dict(zip(names, (BLUE, PINK, SKY), strict=False))
    scale = coloured(colours | {tr("threshold"): RED})
    y = _ratio_axis(1.5 * max(1.0, data.filter(like="value_").to_numpy().max()))
    lines = [_across(_DASHED, {"y": y | {"datum": 1}, "color": {"datum": tr("threshold")} | scale})]
    for index, name in enumerate(names):
        field = f"value_{index}"
        line, points = _line(y | {"field": field}, {"datum": name} | scale)
        points["encoding"]["color"] |= {"condition": {"test": f"datum.{field} > 1", "value": RED}}
        lines += [line, points]
    tooltip = [
        {"field": f"told_{index}", "title": tr(_DISTANCES[distance][1])}
        for index, distance in enumerate(distances)
    ]
    return _over_time(data, lines, tooltip, title, zone)


def width_in_words(bucket_s: float) -> str:
    """`15 minutes`, `1 hour`, `1 day`."""
    if bucket_s >= 86400:
        return trn("{n} day", "{n} days", round(bucket_s / 86400))
    if bucket_s >= 3600:
        return trn("{n} hour", "{n} hours", round(bucket_s / 3600))
    if bucket_s >= 60:
        return trn("{n} minute", "{n} minutes", round(bucket_s / 60))
    return trn("{n} second", "{n} seconds", round(bucket_s))


def coloured(colours: Mapping[str, str]) -> Spec:
    """Colours of names, and the legend that tells them."""
    return {
        "scale": {"domain": list(colours), "range": list(colours.values())},
        "legend": dict(LEGEND),
    }


def _over_time(
    data: pd.DataFrame, lines: Sequence[Spec], tooltip: Sequence[Spec], title: str, zone: tzinfo
) -> Chart:
    """Lines of which the whole height around a point can be clicked."""
    encoding = {
        "x": clock_axis("left", zone), "x2": {"field": "right"},
        "tooltip": [{"field": "time", "title": tr("time")}, *tooltip],
    }  # fmt: skip
    targets = click_targets("rect", ["start", "end"], encoding)
    spec = {"encoding": {"x": clock_axis("middle", zone)}, "layer": [*lines, targets]}
    return Chart(data, titled(title, HEIGHT_PX) | spec)


def _line(y: Spec, colour: Spec) -> list[Spec]:
    """One line, broken between pieces, and its points."""
    line: Spec = {
        "mark": {"type": "line", "strokeWidth": 2, "aria": False},
        "encoding": {"detail": {"field": "piece"}},
    }
    points: Spec = {
        "transform": [{"filter": "datum.is_point || datum.is_chosen"}],
        "mark": {"type": "point", "filled": True, "opacity": 1, "aria": False},
        "encoding": {"size": when_chosen(160, 24)},
    }
    return [
        layer | {"encoding": layer["encoding"] | {"y": y, "color": dict(colour)}}
        for layer in (line, points)
    ]


def _across(mark_: Spec, encoding: Spec) -> Spec:
    """Something that does not belong to a time."""
    whole_width = {"x": {"value": 0}, "x2": {"value": "width"}}
    return {"data": {"values": [{}]}, "mark": mark_, "encoding": encoding | whole_width}


def _note(value: float, name: str, colour: str) -> Spec:
    """A word at the left end of a line or band, below its upper edge."""
    text = {
        "type": "text", "text": name, "align": "left", "dx": 4, "baseline": "top", "dy": 4,
        "fontSize": 11, "color": colour,
    }  # fmt: skip
    return {
        "data": {"values": [{}]},
        "mark": text,
        "encoding": {"x": {"value": 0}, "y": {"datum": value}},
    }


def _with(chart: Chart, below: Spec, above: Spec) -> Chart:
    """More layers, below and above the lines; what catches clicks stays on top."""
    *lines, targets = chart.spec["layer"]
    return replace(chart, spec=chart.spec | {"layer": [below, *lines, above, targets]})


def _ratios(drifts: Sequence[ColumnDrift]) -> pd.DataFrame:
    """Each distance as a multiple of its threshold, and both as they are told."""
    columns: dict[str, list[Any]] = {}
    for index, name in enumerate(drifts[0].distances):
        pairs = [(drift.distances[name], drift.thresholds[name]) for drift in drifts]
        columns[f"value_{index}"] = [max(value / limit, _LEAST_RATIO) for value, limit in pairs]
        columns[f"told_{index}"] = [
            tr("{value:.3g} (threshold {limit:.3g})", value=value, limit=limit)
            for value, limit in pairs
        ]
    return pd.DataFrame(columns)


def _ratio_axis(highest: float) -> Spec:
    decades = range(math.ceil(math.log10(_LEAST_RATIO)), math.ceil(math.log10(highest)))
    return {
        "type": "quantitative", "title": tr("distance / threshold"),
        "scale": {"type": "log", "domain": [_LEAST_RATIO, highest], "nice": False},
        "axis": {"values": [10.0**decade for decade in decades], "format": "~g"},
    }  # fmt: skip
