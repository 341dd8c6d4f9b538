"""Figures of the pages, in one style with titles and units."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from slu.audio.types import Features, Waveform
from slu.ui.language import tr
from slu.ui.style import GREY, SLOT_COLOURS, styled

_MAX_POINTS = 2000
_SHOWN_LABELS = 5


def confidence_bars(
    probabilities: Mapping[str, float], title: str, colour: str = SLOT_COLOURS[0]
) -> go.Figure:
    """The likeliest labels of one slot, the best on top."""
    best = sorted(probabilities.items(), key=lambda item: item[1], reverse=True)[:_SHOWN_LABELS]
    labels, values = zip(*reversed(best), strict=True)
    figure = go.Figure(
        go.Bar(
            x=values,
            y=labels,
            orientation="h",
            marker_color=[GREY] * (len(values) - 1) + [colour],
            text=[f"{value:.1%}" for value in values],
            textposition="auto",
            hovertemplate="%{y}: %{x:.1%}<extra></extra>",
        )
    )
    figure.update_xaxes(range=[0, 1], tickformat=".0%", title=tr("confidence"))
    figure.update_yaxes(type="category")
    return styled(figure, title, height=80 + 34 * len(values))


def waveform_with_attention(
    waveform: Waveform,
    sample_rate: int,
    attention: Mapping[str, NDArray[np.float32]],
    start_s: float,
    step_s: float,
) -> go.Figure:
    """A recording, and where in time each slot was heard.

    Args:
        waveform: shape = (T,).
        sample_rate: in Hz.
        attention: slot -> weights over the encoded frames.
        start_s: where in the recording the first weight lies.
        step_s: from weight to weight.
    """
    loudest = max(float(np.abs(waveform).max(initial=0.0)), 1e-6)
    low, high, seconds = envelope(waveform / loudest, sample_rate)
    figure = go.Figure(
        go.Scatter(
            x=np.concatenate([seconds, seconds[::-1]]),
            y=np.concatenate([high, low[::-1]]),
            fill="toself",
            line={"width": 0.5, "color": GREY},
            showlegend=False,  # the axis names it
            hoverinfo="skip",
        )
    )
    for trace in _attention_traces(attention, start_s, step_s):
        figure.add_trace(trace)
    figure.update_layout(
        yaxis={"title": tr("sound"), "range": [-1.05, 1.05], "fixedrange": True},
        yaxis2={
            "title": tr("attention"), "overlaying": "y", "side": "right", "range": [0, 1.05],
            "showgrid": False, "showticklabels": False, "fixedrange": True,
        },
    )  # fmt: skip
    figure.update_xaxes(title=tr("time (s)"), range=[0, waveform.size / sample_rate])
    return styled(figure, tr("Where it was heard"), height=280)


def mel_with_attention(
    log_mel: Features,
    hop_s: float,
    attention: Mapping[str, NDArray[np.float32]],
    start_s: float,
    step_s: float,
) -> go.Figure:
    """A log-mel spectrogram with the attention of each slot drawn over it.

    Args:
        log_mel: in dB, shape = (n_mels, n_frames).
        hop_s: from frame to frame.
        attention: slot -> weights over the encoded frames.
        start_s: where the first weight lies.
        step_s: from weight to weight.
    """
    figure = go.Figure(
        go.Heatmap(
            z=log_mel,
            x=np.arange(log_mel.shape[1]) * hop_s,
            colorscale="Viridis",
            zmin=float(log_mel.max()) - 60.0,
            colorbar={"title": "dB", "x": 1.02},
            hovertemplate="%{x:.2f} s, mel %{y}: %{z:.0f} dB<extra></extra>",
        )
    )
    for trace in _attention_traces(attention, start_s, step_s, fill=False):
        figure.add_trace(trace)
    figure.update_layout(
        yaxis={"title": tr("mel bin"), "fixedrange": True},
        yaxis2={
            "overlaying": "y", "side": "right", "range": [0, 1.05], "visible": False,
            "fixedrange": True,
        },
    )  # fmt: skip
    figure.update_xaxes(title=tr("time (s)"), range=[0, log_mel.shape[1] * hop_s])
    return styled(figure, tr("Log-mel spectrogram"), height=300)


def _attention_traces(
    attention: Mapping[str, NDArray[np.float32]], start_s: float, step_s: float, fill: bool = True
) -> list[go.Scatter]:
    return [
        go.Scatter(
            x=start_s + step_s * np.arange(len(weights)),
            y=weights / max(float(weights.max()), 1e-6),
            yaxis="y2",
            name=slot,
            mode="lines",
            line={"color": colour, "width": 3, "shape": "spline"},
            fill="tozeroy" if fill else None,
            fillcolor=_translucent(colour),
            hovertemplate=f"{slot}: %{{x:.2f}} s<extra></extra>",
        )
        for (slot, weights), colour in zip(attention.items(), _colours(attention), strict=True)
    ]


def _colours(things: Sequence[str] | Mapping[str, object]) -> list[str]:
    return [SLOT_COLOURS[index % len(SLOT_COLOURS)] for index in range(len(things))]


def _translucent(colour: str) -> str:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.2)"


def envelope(
    waveform: Waveform, sample_rate: int
) -> tuple[Waveform, Waveform, NDArray[np.float64]]:
    """Lowest and highest sample of each stretch of time, few enough to draw, and its time in s."""
    size = max(1, waveform.size // _MAX_POINTS)
    blocks = waveform[: waveform.size // size * size].reshape(-1, size)
    seconds = (np.arange(len(blocks)) + 0.5) * size / sample_rate
    return blocks.min(axis=1), blocks.max(axis=1), seconds
