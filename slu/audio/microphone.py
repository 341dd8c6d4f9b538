"""Another microphone: its colour, its band, what it is sent through, how loud it is."""

import numpy as np

from slu.audio.decibels import amplitude_ratio
from slu.audio.overlap_add import convolve
from slu.audio.types import Waveform
from slu.config.augment import BandLimitConfig, CodecConfig, EqualiserConfig, LevelConfig
from slu.config.base import draw

EQUALISER_TAPS = 9
BAND_LIMIT_TAPS = 255
MU = 255.0
"""Of the mu-law companding of telephones (ITU-T G.711)."""


def equaliser(
    waveform: Waveform, sample_rate: int, config: EqualiserConfig, rng: np.random.Generator
) -> Waveform:
    """Colour the sound as some microphone would: a unit impulse plus noise as a filter.

    Returns:
        Shape = (T,).
    """
    taps = config.sigma * rng.standard_normal(EQUALISER_TAPS, dtype=np.float32)
    middle = EQUALISER_TAPS // 2
    taps[middle] += 1.0
    return np.convolve(waveform, taps)[middle : middle + waveform.size]


def band_limit(
    waveform: Waveform, sample_rate: int, config: BandLimitConfig, rng: np.random.Generator
) -> Waveform:
    """Remove everything above a cut-off (windowed-sinc low-pass, 53 dB down past the edge).

    Returns:
        Shape = (T,); `waveform` itself when it holds nothing above the cut-off.
    """
    cutoff = 2 * draw(config.cutoff_hz, rng) / sample_rate
    if cutoff >= 1:
        return waveform
    middle = BAND_LIMIT_TAPS // 2
    taps = cutoff * np.sinc(cutoff * np.arange(-middle, middle + 1)) * np.hamming(BAND_LIMIT_TAPS)
    limited = convolve(waveform, taps.astype(np.float32))
    return limited[middle : middle + waveform.size]


def codec(
    waveform: Waveform, sample_rate: int, config: CodecConfig, rng: np.random.Generator
) -> Waveform:
    """Keep few bits of each sample, on the logarithmic scale of telephones (mu-law).

    Returns:
        Shape = (T,), within the peak of `waveform`.
    """
    peak = max(float(np.abs(waveform).max()), 1e-9)
    steps = np.float32(2.0 ** (draw(config.bits, rng) - 1))
    companded = np.sign(waveform) * np.log1p(MU * np.abs(waveform) / peak) / np.log1p(MU)
    coarse = np.rint(companded * steps) / steps
    expanded = np.sign(coarse) * np.expm1(np.abs(coarse) * np.log1p(MU)) / MU
    coded: Waveform = (expanded * peak).clip(-peak, peak).astype(np.float32)
    return coded


def level(
    waveform: Waveform, sample_rate: int, config: LevelConfig, rng: np.random.Generator
) -> Waveform:
    """Turn up or down, and clip at full scale as a recording would.

    Returns:
        Shape = (T,), within [-1, 1].
    """
    louder = waveform * amplitude_ratio(draw(config.gain_db, rng))
    return louder.clip(-1.0, 1.0)
