"""Figures of the Monitor page; every bar and point carries what it stands for."""

import math
from collections.abc import Mapping, Sequence
from datetime import tzinfo

import pandas as pd
import plotly.graph_objects as go

from slu.monitoring.drift import ChunkDrift
from slu.ui.language import mark, tr, trn
from slu.ui.style import GREY, SLOT_COLOURS, styled

BLUE, RED, GREEN, PINK, ORANGE, SKY = SLOT_COLOURS
_STATUS_COLOURS = {"ok": BLUE, "rejected": ORANGE, "error": RED}
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
_HEIGHT_PX = 300
_MOST_LABELS = 20
_BAR_PX, _MARGINS_PX = 26, 120


def traffic_bars(over_time: pd.DataFrame, bucket_s: float, zone: tzinfo) -> go.Figure:
    """Requests by outcome, stacked; customdata is a bucket's start and end, and the outcome."""
    figure = go.Figure()
    for status, colour in _STATUS_COLOURS.items():
        figure.add_trace(
            go.Bar(
                x=_local(over_time["ts"], zone),
                # Bars of no height would catch clicks that are meant for others.
                y=over_time[status].where(over_time[status] > 0),
                name=tr(STATUS_NAMES[status]),
                customdata=_buckets(over_time["ts"], bucket_s, status),
                width=bucket_s * 1000.0,  # milliseconds: no gap, in which a click would be lost
                offset=0,
                marker={"color": colour, "line": {"width": 0}},
                unselected={"marker": {"opacity": 0.5}},
                hovertemplate="%{x}: %{y:,} %{fullData.name}<extra></extra>",
            )
        )
    unit = tr("requests in {duration}", duration=width_in_words(bucket_s))
    _over_time(figure, tr("Requests"), unit, zone)
    # Not the nearest bar, but the one that was hit.
    return figure.update_layout(barmode="stack", hoverdistance=1)


def lines_over_time(
    over_time: pd.DataFrame,
    bucket_s: float,
    zone: tzinfo,
    columns: Mapping[str, str],
    title: str,
    unit: str,
    value_format: str = ".1f",
    colours: Sequence[str] = (BLUE, ORANGE, RED),
) -> go.Figure:
    """Columns of `LogAnalytics.over_time` as lines; customdata is a bucket's start and end.

    Args:
        over_time: one row a bucket that has requests; lines break where there are none.
        bucket_s: width of a bucket.
        zone: of the person who looks.
        columns: column -> what it is called.
        title: above the figure.
        unit: of all columns, on the axis.
        value_format: of a value under the pointer.
        colours: of the lines.
    """
    gapless = _gapless(over_time, bucket_s)
    figure = go.Figure()
    for colour, (column, name) in zip(colours, columns.items(), strict=False):
        figure.add_trace(
            go.Scatter(
                x=_local(gapless["ts"], zone),
                y=gapless[column],
                name=name,
                customdata=_buckets(gapless["ts"], bucket_s),
                mode="lines+markers",
                line={"color": colour, "width": 2},
                marker={"size": 6},
                hovertemplate=f"%{{x}}: %{{y:{value_format}}}<extra>{name}</extra>",
            )
        )
    figure.update_layout(showlegend=len(columns) > 1)
    return _over_time(figure, title, unit, zone)


def add_band(figure: go.Figure, low: float, high: float, name: str) -> go.Figure:
    """Shade where values usually lie."""
    return figure.add_hrect(
        y0=low, y1=high, fillcolor=GREEN, opacity=0.12, line_width=0, layer="below",
        annotation={"text": name, "font": {"size": 11, "color": GREY}},
        annotation_position="top left",
    )  # fmt: skip


def add_limit(figure: go.Figure, value: float, name: str) -> go.Figure:
    """Draw a threshold."""
    return figure.add_hline(
        y=value, line={"color": RED, "dash": "dash", "width": 1},
        annotation={"text": name, "font": {"size": 11, "color": RED}},
        annotation_position="top left",
    )  # fmt: skip


def histogram_bars(histogram: pd.DataFrame, title: str, unit: str) -> go.Figure:
    """`LogAnalytics.histogram`; customdata is where a bin begins and ends."""
    edges = histogram[["left", "right"]]
    figure = go.Figure(
        go.Bar(
            x=edges.mean(axis=1),
            y=histogram["requests"],
            width=(edges["right"] - edges["left"]) * 0.95,
            customdata=edges.to_numpy().tolist(),
            marker={"color": BLUE, "line": {"width": 0}},
            hovertemplate=tr("%{customdata[0]:.3g} to %{customdata[1]:.3g}: %{y:,}")
            + "<extra></extra>",
        )
    )
    figure.update_layout(clickmode="event+select", hovermode="x")
    figure.update_xaxes(title=unit, fixedrange=True)
    figure.update_yaxes(title=tr("requests"), fixedrange=True)
    return styled(figure, title, _HEIGHT_PX)


def class_bars(
    mix: pd.DataFrame, slot: str, expected: Mapping[str, float], colour: str
) -> go.Figure:
    """Share of each label, and of it in the training set; customdata is the label.

    Args:
        mix: `LogAnalytics.class_mix` of one slot, the most frequent first.
        slot: its name.
        expected: label -> its share in the training set; empty where it is not known.
        colour: of the bars.
    """
    shown = mix.head(_MOST_LABELS)
    labels = [[label] for label in shown["label"]]
    figure = go.Figure(
        go.Bar(
            x=shown["share"], y=shown["label"], customdata=labels, orientation="h",
            name=tr("now"), marker_color=colour, textangle=0,
            text=[f"{count:,}" for count in shown["requests"]],
            hovertemplate="%{y}: %{x:.1%}<extra></extra>",
        )
    )  # fmt: skip
    if expected:
        figure.add_trace(
            go.Scatter(
                x=[expected.get(label, 0.0) for label in shown["label"]], y=shown["label"],
                mode="markers", name=tr("training set"), customdata=labels,
                marker={"symbol": "line-ns", "size": 16, "line": {"width": 3, "color": GREY}},
                hovertemplate=tr("%{y}: %{x:.1%} of the training set") + "<extra></extra>",
            )
        )  # fmt: skip
    figure.update_layout(clickmode="event+select", hovermode="y", bargap=0.2)
    share = tr("share of what was understood")
    figure.update_xaxes(title=share, tickformat=".0%", fixedrange=True)
    figure.update_yaxes(type="category", autorange="reversed", title=slot, fixedrange=True)
    title = tr("Answers by {slot}", slot=slot)
    return styled(figure, title, _MARGINS_PX + _BAR_PX * len(shown))


def drift_lines(chunks: Sequence[ChunkDrift], column: str, title: str, zone: tzinfo) -> go.Figure:
    """Distances from the training set, each as a multiple of its threshold.

    Customdata is the first and the last time of a chunk, the distance and its threshold.
    """
    found = [(c, d) for c in chunks for d in c.columns if d.column == column]
    ends = _local(pd.Series([chunk.end for chunk, _ in found]), zone)
    figure, highest = go.Figure(), 1.5
    for colour, distance in zip((BLUE, PINK, SKY), found[0][1].distances, strict=True):
        values = [d.distances[distance] for _, d in found]
        limits = [d.thresholds[distance] for _, d in found]
        ratios = [value / limit for value, limit in zip(values, limits, strict=True)]
        highest = max(highest, 1.5 * max(ratios))
        short, name = _DISTANCES[distance]
        figure.add_trace(
            go.Scatter(
                x=ends,
                y=[max(ratio, _LEAST_RATIO) for ratio in ratios],
                customdata=[
                    [c.start.isoformat(), c.end.isoformat(), value, limit]
                    for (c, _), value, limit in zip(found, values, limits, strict=True)
                ],
                mode="lines+markers",
                name=short,
                line={"color": colour, "width": 1.5},
                marker={"size": 8, "color": [RED if ratio > 1 else colour for ratio in ratios]},
                hovertemplate=(
                    f"%{{x}}<br>{tr(name)} %{{customdata[2]:.3g}}<br>{tr('threshold')} "
                    "%{customdata[3]:.3g}<extra></extra>"
                ),
            )
        )
    figure.add_trace(
        go.Scatter(
            x=ends,
            y=[1.0] * len(ends),
            name=tr("threshold"),
            mode="lines+markers" if len(ends) == 1 else "lines",
            line={"color": RED, "dash": "dash", "width": 1.5},
            hoverinfo="skip",
        )
    )
    _over_time(figure, title, tr("distance / threshold"), zone)
    span = [math.log10(_LEAST_RATIO), math.log10(highest)]
    return figure.update_yaxes(type="log", range=span, dtick=1, tickformat="~g")


def share_bars(cells: Sequence[str], reference: Sequence[float], now: Sequence[float],
               title: str, unit: str) -> go.Figure:  # fmt: skip
    """Shares of the training set and of some requests side by side."""
    figure = go.Figure()
    for name, shares, colour in (
        (tr("training set"), reference, GREY),
        (tr("these requests"), now, BLUE),
    ):
        figure.add_trace(
            go.Bar(x=cells, y=shares, name=name, marker_color=colour,
                   hovertemplate="%{x}: %{y:.1%}<extra>%{fullData.name}</extra>")
        )  # fmt: skip
    figure.update_xaxes(title=unit, type="category", fixedrange=True)
    figure.update_yaxes(title=tr("share"), tickformat=".0%", fixedrange=True)
    return styled(figure, title, _HEIGHT_PX)


def width_in_words(bucket_s: float) -> str:
    """`15 minutes`, `1 hour`, `1 day`."""
    if bucket_s >= 86400:
        return trn("{n} day", "{n} days", round(bucket_s / 86400))
    if bucket_s >= 3600:
        return trn("{n} hour", "{n} hours", round(bucket_s / 3600))
    if bucket_s >= 60:
        return trn("{n} minute", "{n} minutes", round(bucket_s / 60))
    return trn("{n} second", "{n} seconds", round(bucket_s))


def _over_time(figure: go.Figure, title: str, unit: str, zone: tzinfo) -> go.Figure:
    figure.update_layout(clickmode="event+select", hovermode="closest", hoverdistance=-1)
    figure.update_xaxes(title=tr("time ({zone})", zone=zone), type="date", fixedrange=True)
    figure.update_yaxes(title=unit, fixedrange=True)
    return styled(figure, title, _HEIGHT_PX)


def _local(times: pd.Series, zone: tzinfo) -> list[str]:
    return [f"{time.astimezone(zone):%Y-%m-%d %H:%M:%S}" for time in times]


def _buckets(starts: pd.Series, bucket_s: float, *more: str) -> list[list[str]]:
    width = pd.Timedelta(seconds=bucket_s)
    return [[start.isoformat(), (start + width).isoformat(), *more] for start in starts]


def _gapless(over_time: pd.DataFrame, bucket_s: float) -> pd.DataFrame:
    """With a row of missing values for each bucket without a request."""
    indexed = over_time.set_index("ts")
    width = pd.Timedelta(seconds=bucket_s)
    every = pd.date_range(indexed.index.min(), indexed.index.max(), freq=width)
    return indexed.reindex(every.union(indexed.index)).rename_axis("ts").reset_index()
