"""Another speaker: the same phrase faster, higher, later, or with its ends cut."""

import numpy as np
from scipy import fft

from slu.audio.framing import speech_span
from slu.audio.overlap_add import change_tempo
from slu.audio.types import Waveform
from slu.config import FramingConfig
from slu.config.augment import (
    CutConfig,
    PitchConfig,
    ShiftConfig,
    SpeedConfig,
    StretchConfig,
    SurroundingsConfig,
)
from slu.config.base import draw

SPEED_PADDING = 512
"""Samples of silence that keep the end of a clip from leaking into its beginning."""

_SPEECH = FramingConfig(keep_s=0.0)
# Cutting leaves at least this share of the speech.
_LEAST_LEFT = 2 / 3


def speed(
    waveform: Waveform, sample_rate: int, config: SpeedConfig, rng: np.random.Generator
) -> Waveform:
    """Play faster or slower, pitch and formants moving along.

    Returns:
        Shape = (round(T / factor),).
    """
    return _play(waveform, draw(config.factor, rng))


def stretch(
    waveform: Waveform, sample_rate: int, config: StretchConfig, rng: np.random.Generator
) -> Waveform:
    """Speak faster or slower at the same pitch.

    Returns:
        Shape = (round(T / factor),).
    """
    return change_tempo(waveform, sample_rate, draw(config.factor, rng))


def pitch(
    waveform: Waveform, sample_rate: int, config: PitchConfig, rng: np.random.Generator
) -> Waveform:
    """Move pitch and formants and keep the tempo: a smaller or larger person.

    Returns:
        Shape = (T,), or a few samples less.
    """
    factor = 2.0 ** (draw(config.semitones, rng) / 12.0)
    return _play(change_tempo(waveform, sample_rate, 1.0 / factor), factor)[: waveform.size]


def cut(
    waveform: Waveform, sample_rate: int, config: CutConfig, rng: np.random.Generator
) -> Waveform:
    """Begin too late and end too early, as recordings do whose button was pressed in a hurry.

    Returns:
        Shape = (T_kept,), two thirds of the speech at least.
    """
    start, end = speech_span(waveform, sample_rate, _SPEECH)
    lost = np.array([draw(config.seconds, rng), draw(config.seconds, rng)]) * sample_rate
    most = (1 - _LEAST_LEFT) * (end - start)
    before, after = (lost * min(1.0, most / max(lost.sum(), 1.0))).astype(int)
    return waveform[start + before : end - after]


def shift(
    waveform: Waveform, sample_rate: int, config: ShiftConfig, rng: np.random.Generator
) -> Waveform:
    """Move the sound in time; silence enters at one end, the other end is cut.

    Returns:
        Shape = (T,).
    """
    offset = round(draw(config.seconds, rng) * sample_rate)
    padded = np.pad(waveform, (max(offset, 0), max(-offset, 0)))
    return padded[-waveform.size :] if offset < 0 else padded[: waveform.size]


def surroundings(
    waveform: Waveform, sample_rate: int, config: SurroundingsConfig, rng: np.random.Generator
) -> Waveform:
    """Begin earlier and end later, as recordings do that nobody cut.

    Framing cuts silence away again; where noise or talk fills it, it stays.

    Returns:
        Shape = (T_before + T + T_after,).
    """
    seconds = draw(config.before_s, rng), draw(config.after_s, rng)
    before, after = (round(part * sample_rate) for part in seconds)
    return np.pad(waveform, (before, after))


def _play(waveform: Waveform, factor: float) -> Waveform:
    """Resample by cutting or extending the spectrum.

    Both transforms get lengths that are quick to compute, which moves the factor by up to 1 % (a
    little more in clips below a second).
    """
    n_in = fft.next_fast_len(waveform.size + SPEED_PADDING, real=True)
    n_out = fft.next_fast_len(round(n_in / factor))
    resampled: Waveform = fft.irfft(fft.rfft(waveform, n_in), n_out) * (n_out / n_in)
    return resampled[: max(1, round(waveform.size * n_out / n_in))]
