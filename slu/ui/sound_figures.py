"""Figures of sound as it is processed: waveforms, spectrograms and features."""

import math

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from slu.audio.types import Features, Waveform
from slu.ui.figures import envelope
from slu.ui.language import tr
from slu.ui.style import GREY, SLOT_COLOURS, styled

_MOST_COLUMNS = 600
_SHOWN_DB = 80.0
_HEIGHT = 220
_BLUE = SLOT_COLOURS[5]
"""Seen on light and on dark ground."""


def waveform_figure(
    waveform: Waveform,
    sample_rate: int,
    title: str,
    kept_s: tuple[float, float] | None = None,
    longest_s: float = 0.0,
) -> go.Figure:
    """A waveform at its true level, and what of it is kept.

    Args:
        waveform: shape = (T,).
        sample_rate: in Hz.
        title: above the figure.
        kept_s: where the marks stand; what lies outside them is shaded. None: no marks.
        longest_s: duration of the time axis, where that is longer, so that figures compare.
    """
    low, high, seconds = envelope(waveform, sample_rate)
    figure = go.Figure(
        go.Scatter(
            x=np.concatenate([seconds, seconds[::-1]]).astype(np.float32),
            y=np.concatenate([high, low[::-1]]),
            fill="toself",
            line={"width": 0.5, "color": _BLUE},
            hoverinfo="skip",
        )
    )
    end_s = waveform.size / sample_rate
    if kept_s is not None:
        _mark(figure, kept_s, end_s)
    figure.update_xaxes(title=tr("time (s)"), range=[0, max(end_s, longest_s)], fixedrange=True)
    figure.update_yaxes(title=tr("level (1 = full scale)"), range=[-1.05, 1.05], fixedrange=True)
    return styled(figure, title, _HEIGHT)


def spectrogram_figure(log_mel: Features, frame_s: float, title: str) -> go.Figure:
    """A log-mel spectrogram.

    Args:
        log_mel: in dB, shape = (n_mels, n_frames).
        frame_s: from frame to frame.
        title: above the figure.
    """
    loudest = float(log_mel.max(initial=-_SHOWN_DB))
    quietest = max(float(log_mel.min(initial=loudest)), loudest - _SHOWN_DB)
    return _picture(log_mel, frame_s, title, tr("mel bin"), (quietest, loudest))


def features_figure(features: Features, frame_s: float, title: str) -> go.Figure:
    """What a model reads, whichever front end made it.

    Args:
        features: shape = (n_frames, n_features).
        frame_s: from frame to frame.
        title: above the figure.
    """
    # Few values lie far out: the colours are for the others.
    limits = np.quantile(features, [0.005, 0.995]) if features.size else (0.0, 1.0)
    return _picture(features.T, frame_s, title, tr("feature"), tuple(limits))


def _picture(
    values: NDArray[np.float32],
    frame_s: float,
    title: str,
    row: str,
    limits: tuple[float, ...],
) -> go.Figure:
    """Values by `row` and time, in colours."""
    columns, frames_each = _few_columns(values)
    figure = go.Figure(
        go.Heatmap(
            z=columns,
            x=((np.arange(columns.shape[1]) + 0.5) * frames_each * frame_s).astype(np.float32),
            colorscale="Viridis",
            zmin=limits[0],
            zmax=max(limits[1], limits[0] + 1e-6),
            colorbar={"x": 1.0, "thickness": 10},
            hovertemplate=f"%{{x:.2f}} s, {row} %{{y}}: %{{z:.1f}}<extra></extra>",
        )
    )
    figure.update_xaxes(
        title=tr("time (s)"), range=[0, values.shape[1] * frame_s], fixedrange=True,
        showgrid=False,
    )  # fmt: skip
    figure.update_yaxes(title=row, fixedrange=True, showgrid=False)
    return styled(figure, title, _HEIGHT + 20)


def _few_columns(values: NDArray[np.float32]) -> tuple[NDArray[np.float32], int]:
    """Means of neighbouring frames, few enough to draw, and how many went into each."""
    size = math.ceil(values.shape[1] / _MOST_COLUMNS) or 1
    whole = values[:, : values.shape[1] // size * size]
    return whole.reshape(len(values), -1, size).mean(axis=2, dtype=np.float32), size


def _mark(figure: go.Figure, kept_s: tuple[float, float], end_s: float) -> None:
    for start, end in ((0.0, kept_s[0]), (kept_s[1], end_s)):
        figure.add_vrect(start, end, fillcolor=GREY, opacity=0.35, line_width=0)
    for second in kept_s:
        figure.add_vline(second, line={"color": SLOT_COLOURS[1], "width": 2, "dash": "dash"})
