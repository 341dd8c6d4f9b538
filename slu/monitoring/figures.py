"""Figures of the report, drawn without any window or global state."""

from collections.abc import Sequence
from io import BytesIO

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from slu.monitoring.drift import ChunkDrift, ColumnDrift

# Colours that the colour-blind can tell apart (Okabe and Ito 2008).
_BLUE, _ORANGE, _RED, _GREY = "#0072B2", "#E69F00", "#D55E00", "#999999"
_STATUS_COLOURS = {"ok": _BLUE, "rejected": _ORANGE, "error": _RED}
_LATENCY_COLOURS = {"p50": _BLUE, "p95": _ORANGE, "p99": _RED}
_DISTANCES = {
    "psi": "population stability index",
    "ks": "Kolmogorov-Smirnov distance",
    "chi2": "chi-square statistic",
    "js": "Jensen-Shannon distance",
}


def draw_histogram(histogram: pd.DataFrame, quantity: str) -> Figure:
    """Bars of `LogAnalytics.histogram`."""
    figure, axes = _start(f"Requests by {quantity}", quantity, "requests")
    widths = histogram["right"] - histogram["left"]
    axes.bar(histogram["left"], histogram["requests"], widths, align="edge", color=_BLUE)
    return figure


def draw_traffic(over_time: pd.DataFrame, bucket_s: float) -> Figure:
    """Outcomes of `LogAnalytics.over_time`, stacked."""
    figure, axes = _start("Requests over time", "time (UTC)", f"requests in {bucket_s:g} s")
    below = pd.Series(0, index=over_time.index)
    for status, colour in _STATUS_COLOURS.items():
        width = pd.Timedelta(seconds=bucket_s)
        requests = over_time[status]
        axes.bar(over_time["ts"], requests, width, below, align="edge", color=colour, label=status)
        below = below + requests
    _finish_times(axes)
    return figure


def draw_latency(over_time: pd.DataFrame) -> Figure:
    """Latency quantiles of `LogAnalytics.over_time`."""
    figure, axes = _start("Latency over time", "time (UTC)", "latency (ms)")
    for name, colour in _LATENCY_COLOURS.items():
        axes.plot(over_time["ts"], over_time[f"{name}_latency_ms"], color=colour, label=name)
    axes.set_ylim(bottom=0)
    _finish_times(axes)
    return figure


def draw_class_counts(mix: pd.DataFrame, slot: str, max_classes: int) -> Figure:
    """The most frequent labels of one slot of `LogAnalytics.class_mix`, the others in one bar."""
    counts = mix.loc[mix["slot"] == slot].set_index("label")["requests"]
    shown, others = counts.iloc[:max_classes], counts.iloc[max_classes:]
    names, heights = list(shown.index), list(shown)
    if len(others):
        names, heights = [*names, f"{len(others)} others"], [*heights, int(others.sum())]
    figure, axes = _start(f"Answers by {slot}", "requests", "", height=0.3 * len(names) + 1.2)
    axes.barh(range(len(names)), heights, color=_BLUE)
    # Labels are people's own words; a dollar sign in them is no formula.
    axes.set_yticks(range(len(names)), names, parse_math=False)
    axes.invert_yaxis()
    return figure


def draw_drift(chunks: Sequence[ChunkDrift], column: str) -> Figure:
    """Distances of one quantity or slot from the reference, chunk after chunk."""
    found = [(chunk.end, drift) for chunk in chunks if (drift := _find(chunk, column))]
    distances = list(found[0][1].distances)
    figure = Figure(figsize=(11.0, 3.0))
    figure.subplots_adjust(left=0.05, right=0.99, bottom=0.3, top=0.8)
    for axes, distance in zip(figure.subplots(1, len(distances)), distances, strict=True):
        values = [drift.distances[distance] for _, drift in found]
        limits = [drift.thresholds[distance] for _, drift in found]
        times = [end for end, _ in found]
        colours = [_RED if v > t else _BLUE for v, t in zip(values, limits, strict=True)]
        axes.plot(times, values, color=_GREY, linewidth=1)
        axes.scatter(times, values, color=colours, s=16, zorder=2)
        axes.plot(times, limits, "--", color=_RED, linewidth=1, label="threshold")
        axes.set_title(_DISTANCES[distance], fontsize="medium")
        axes.set_ylim(bottom=0)
        _finish_times(axes)
    figure.suptitle(f"Drift of {column}", parse_math=False)
    return figure


def to_png(figure: Figure) -> bytes:
    """The figure as a PNG file."""
    buffer = BytesIO()
    figure.savefig(buffer, format="png", dpi=100)
    return buffer.getvalue()


def _start(title: str, xlabel: str, ylabel: str, height: float = 3.2) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(7.5, height), layout="constrained")
    axes = figure.add_subplot()
    axes.set_title(title, parse_math=False)
    axes.set(xlabel=xlabel, ylabel=ylabel)
    return figure, axes


def _finish_times(axes: Axes) -> None:
    axes.tick_params(axis="x", rotation=30, labelsize="small")
    # A place of its own: to look for the best one takes seconds where there is much to avoid.
    axes.legend(fontsize="small", loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=3)


def _find(chunk: ChunkDrift, column: str) -> ColumnDrift | None:
    return next((drift for drift in chunk.columns if drift.column == column), None)
