"""Trim, level and pad an utterance, the same in training and in use.

Models take silence, loudness and digital zeros for cues when they may: recognisers trained on
synthetic speech then fail on people. Framing removes these cues.
"""

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from slu.audio.decibels import amplitude_ratio
from slu.audio.types import Waveform
from slu.config import FramingConfig

_WINDOW_S = 0.025
_HOP_S = 0.010
_NOISE_SEED = 20260101

# Noise such as a fan's: so many frames whose levels deviate (standard deviation) by no more than
# this. Speech goes up and down more within 0.4 s, and ends the noise by standing above its mean
# for some frames.
_STEADY_FRAMES = 40
_STEADY_DB = 2.5
_SPEECH_DB = 4.0
_SPEECH_FRAMES = 3


def speech_span(waveform: Waveform, sample_rate: int, config: FramingConfig) -> tuple[int, int]:
    """First and last (exclusive) sample of what framing keeps.

    Everything within `trim_db` of the loudest 25 ms counts as speech, but for steady noise before
    and after it.
    """
    window, hop = int(_WINDOW_S * sample_rate), int(_HOP_S * sample_rate)
    if waveform.size < window:
        return 0, waveform.size
    power = np.square(sliding_window_view(waveform, window)[::hop]).mean(axis=1)
    loud = np.flatnonzero(power >= power.max() * 10.0 ** (-config.trim_db / 10.0))
    level_db = 10.0 * np.log10(np.maximum(power[loud[0] : loud[-1] + 1], 1e-20))
    first = int(loud[0]) + _steady_frames(level_db)
    last = int(loud[-1]) - _steady_frames(level_db[::-1])
    keep = int(config.keep_s * sample_rate)
    return max(0, first * hop - keep), min(waveform.size, last * hop + window + keep)


def _steady_frames(level_db: NDArray[np.floating[Any]]) -> int:
    """How many frames at the beginning are steady noise; 0 where nothing but noise is there."""
    first = level_db[:_STEADY_FRAMES]
    if level_db.size < _STEADY_FRAMES or first.std() > _STEADY_DB:
        return 0
    is_above = level_db > first.mean() + _SPEECH_DB
    stays_above = sliding_window_view(is_above, _SPEECH_FRAMES).all(axis=1)
    return int(stays_above.argmax())


def frame_utterance(waveform: Waveform, sample_rate: int, config: FramingConfig) -> Waveform:
    """Keep the speech, bring its peak to a fixed level, and put faint noise under and around it.

    Args:
        waveform: shape = (T,).
        sample_rate: in Hz.
        config: trim, level and padding.

    Returns:
        shape = (T_kept + 2 * pad_s * sample_rate,); the same bytes for the same input.
    """
    start, end = speech_span(waveform, sample_rate, config)
    speech = waveform[start:end]
    peak = float(np.abs(speech).max(initial=0.0))
    pad = int(config.pad_s * sample_rate)
    framed = framing_noise(speech.size + 2 * pad) * np.float32(amplitude_ratio(config.noise_db))
    framed[pad : pad + speech.size] += speech * np.float32(config.peak / max(peak, 1e-5))
    return framed


def framing_noise(n_samples: int) -> Waveform:
    """The first samples of one fixed noise: predictions must not depend on chance."""
    # Drawn in powers of two, so that clips of all lengths share a handful of arrays.
    return _fixed_noise(1 << max(16, n_samples - 1).bit_length())[:n_samples]


@lru_cache(maxsize=8)
def _fixed_noise(n_samples: int) -> Waveform:
    noise = np.random.default_rng(_NOISE_SEED).standard_normal(n_samples, np.float32)
    noise.setflags(write=False)
    return noise
