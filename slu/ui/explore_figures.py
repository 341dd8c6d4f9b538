"""Figures of the Explore page; every bar and point carries what it stands for."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from slu.ui.language import tr
from slu.ui.style import SLOT_COLOURS, styled

MOST_BARS = 30
_BAR_PX = 26
_MARGINS_PX = 120
_N_BINS = 40
_HISTOGRAM_PX = 300
_MAP_PX = 560
# With as many colours, forms tell apart more labels than colours alone.
_SYMBOLS = ("circle", "diamond", "square", "cross", "triangle-up", "star", "x", "hexagon")


def most_frequent(counts: Mapping[str, int], limit: int = MOST_BARS) -> dict[str, int]:
    """The most frequent of what was counted, in the order in which it came."""
    kept = set(sorted(counts, key=lambda name: -counts[name])[:limit])
    return {name: count for name, count in counts.items() if name in kept}


def count_bars(counts: Mapping[str, int], name: str, colour: str) -> go.Figure:
    """Clips of each label, speaker or the like, the first on top; customdata is its name.

    Args:
        counts: name -> clips.
        name: what is counted, such as `speaker`, as it is called on the screen.
        colour: of the bars.
    """
    shown = most_frequent(counts)
    figure = go.Figure(
        go.Bar(
            x=list(shown.values()),
            y=list(shown),
            customdata=[[label] for label in shown],
            orientation="h",
            marker_color=colour,
            text=[f"{count:,}" for count in shown.values()],
            textangle=0,
            hovertemplate=tr("%{y}: %{x:,} clips") + "<extra></extra>",
        )
    )
    # A click anywhere in its row is a click on a bar, however short.
    figure.update_layout(clickmode="event+select", hovermode="y", bargap=0.2)
    figure.update_xaxes(title=tr("clips"), fixedrange=True)
    figure.update_yaxes(type="category", autorange="reversed", title=name, fixedrange=True)
    return styled(figure, _count_title(name, counts, shown), _MARGINS_PX + _BAR_PX * len(shown))


def _count_title(name: str, counts: Mapping[str, int], shown: Mapping[str, int]) -> str:
    if len(shown) == len(counts):
        return tr("Clips for each {name}", name=name)
    return tr(
        "Clips for each {name} ({shown} most frequent of {total:,})",
        name=name, shown=len(shown), total=len(counts),
    )  # fmt: skip


def duration_bars(durations_s: "pd.Series[float]", colour: str) -> go.Figure:
    """How long clips are; customdata is where a bin begins and ends, in seconds."""
    counts, edges_s = np.histogram(durations_s, bins=_N_BINS)
    figure = go.Figure(
        go.Bar(
            x=(edges_s[:-1] + edges_s[1:]) / 2,
            y=counts,
            width=np.diff(edges_s),
            # A list: the browser gives an array back as a dictionary.
            customdata=np.stack([edges_s[:-1], edges_s[1:]], axis=1).tolist(),
            marker={"color": colour, "line": {"width": 0}},
            hovertemplate=tr("%{customdata[0]:.2f} to %{customdata[1]:.2f} s: %{y:,} clips")
            + "<extra></extra>",
        )
    )
    figure.update_layout(clickmode="event+select", hovermode="x")
    figure.update_xaxes(title=tr("duration (s)"), hoverformat=".2f", fixedrange=True)
    figure.update_yaxes(title=tr("clips"), fixedrange=True)
    return styled(figure, tr("How long the clips are"), _HISTOGRAM_PX)


def clip_scatter(clips: pd.DataFrame, slot: str, labels: Sequence[str]) -> go.Figure:
    """Clips on a map, coloured by label; customdata is a clip's id.

    Args:
        clips: columns id, x, y and the slot.
        slot: whose labels are coloured.
        labels: all there are, so that each keeps its colour whatever is filtered.
    """
    figure = go.Figure()
    for index, label in enumerate(labels):
        of_label = clips[clips[slot] == label]
        figure.add_trace(
            go.Scattergl(
                x=of_label["x"],
                y=of_label["y"],
                customdata=[[clip_id] for clip_id in of_label["id"]],
                mode="markers",
                name=label,
                marker={
                    "size": 7,
                    "color": SLOT_COLOURS[index % len(SLOT_COLOURS)],
                    "symbol": _SYMBOLS[index // len(SLOT_COLOURS) % len(_SYMBOLS)],
                },
                hovertemplate=f"{slot} %{{fullData.name}}<extra></extra>",
            )
        )
    figure.update_layout(clickmode="event+select", hovermode="closest", hoverdistance=30)
    hidden = {"showticklabels": False, "zeroline": False, "showgrid": False}
    figure.update_xaxes(title=tr("alike lies together (no unit)"), **hidden)
    figure.update_yaxes(**hidden)
    styled(figure, tr("Clips as the model hears them, by {slot}", slot=slot), _MAP_PX)
    return figure.update_layout(legend={"y": -0.12, "yanchor": "top", "x": 0, "xanchor": "left"})
