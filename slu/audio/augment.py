"""Waveform augmentations: from a clean synthetic voice to somebody in a room with a telephone.

Every augmentation is a function `(waveform, sample_rate, config, rng) -> waveform` that is always
applied; `augment` goes through all of them and draws which ones a clip gets. Waveforms have the
shape (T,) with T >= 1 and are never modified. The kinds and their strengths follow the trials with
real voices: what differs between synthesised and recorded speech is framing, room, microphone,
noise and the length of the vocal tract, which `speed` varies.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from slu.audio.overlap_add import change_tempo, convolve
from slu.audio.types import Waveform
from slu.config.augment import (
    AugmentConfig,
    BandLimitConfig,
    EqualiserConfig,
    LevelConfig,
    NoiseConfig,
    ReverberationConfig,
    ShiftConfig,
    SpeedConfig,
    StretchConfig,
)
from slu.config.base import draw

Augmentation = Callable[[Waveform, int, Any, np.random.Generator], Waveform]

SPEED_PADDING = 512
"""Samples of silence that keep the end of a clip from leaking into its beginning."""

EQUALISER_TAPS = 9
BAND_LIMIT_TAPS = 255

NOISE_LOOP_S = 1.0
"""Noise repeats after this; no seam is heard, since what an inverse FFT makes is periodic."""
NOISE_CORNER_HZ = 100.0
"""Below this, noise is flat; otherwise nearly all of steep noise would be too low to be heard."""

FRAME_S = 0.02
ACTIVE_DB = 30.0
"""Frames within this of the loudest one count as speech."""


def augment(
    waveform: Waveform, sample_rate: int, config: AugmentConfig, rng: np.random.Generator
) -> Waveform:
    """Apply each augmentation with its probability, in the order of `AUGMENTATIONS`.

    Each one has a generator of its own, so that switching one off leaves the others as they were.

    Args:
        waveform: shape = (T,).
        sample_rate: in Hz.
        config: probabilities and strengths; with `enable: false` nothing happens.
        rng: source of all randomness.

    Returns:
        A waveform of a similar length; `waveform` itself when the draw leaves it alone.
    """
    chances = rng.random(len(AUGMENTATIONS))
    seeds = rng.integers(2**63, size=len(AUGMENTATIONS))
    for (name, apply), chance, seed in zip(AUGMENTATIONS.items(), chances, seeds, strict=True):
        section = getattr(config, name)
        if config.enable and chance < section.probability:
            waveform = apply(waveform, sample_rate, section, np.random.default_rng(seed))
    return waveform


def speed(
    waveform: Waveform, sample_rate: int, config: SpeedConfig, rng: np.random.Generator
) -> Waveform:
    """Play faster or slower, pitch and formants moving along.

    Resamples by cutting or extending the spectrum. Both transforms get lengths that are quick to
    compute, which moves the drawn factor by up to 1 % (a little more in clips below a second).

    Returns:
        Shape = (round(T / factor),).
    """
    n_in = fft.next_fast_len(waveform.size + SPEED_PADDING, real=True)
    n_out = fft.next_fast_len(round(n_in / draw(config.factor, rng)))
    resampled: Waveform = fft.irfft(fft.rfft(waveform, n_in), n_out) * (n_out / n_in)
    return resampled[: max(1, round(waveform.size * n_out / n_in))]


def stretch(
    waveform: Waveform, sample_rate: int, config: StretchConfig, rng: np.random.Generator
) -> Waveform:
    """Speak faster or slower at the same pitch.

    Returns:
        Shape = (round(T / factor),).
    """
    return change_tempo(waveform, sample_rate, draw(config.factor, rng))


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


def reverberation(
    waveform: Waveform, sample_rate: int, config: ReverberationConfig, rng: np.random.Generator
) -> Waveform:
    """Let it sound in a room: the direct sound and a tail of decaying noise, at the same level.

    Returns:
        Shape = (T,); the tail beyond the end is cut.
    """
    n_taps = round(draw(config.t60_s, rng) * sample_rate)
    # Uniform noise takes a quarter of the time of normal noise and sounds the same.
    response = rng.random(n_taps, dtype=np.float32) - 0.5
    response *= np.exp(np.arange(n_taps, dtype=np.float32) * (math.log(1e-3) / n_taps))
    response /= np.linalg.norm(response) * _ratio(draw(config.direct_db, rng))
    response[0] = 1.0
    reverberant = convolve(waveform, response)[: waveform.size]
    before, after = np.linalg.norm(waveform), np.linalg.norm(reverberant)
    return reverberant * (before / after) if after else reverberant


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


def noise(
    waveform: Waveform, sample_rate: int, config: NoiseConfig, rng: np.random.Generator
) -> Waveform:
    """Add coloured noise, so loud that the active speech stands the drawn SNR above it.

    Returns:
        Shape = (T,).
    """
    snr_db = draw(config.snr_db, rng)
    background = _coloured_noise(waveform.size, sample_rate, draw(config.slope, rng), rng)
    frame_length = min(waveform.size, round(FRAME_S * sample_rate))
    powers = _frame_powers(waveform, frame_length)
    active = powers >= powers.max() * _ratio(-ACTIVE_DB) ** 2
    noise_powers = _frame_powers(background, frame_length)
    equal = math.sqrt(powers[active].mean() / noise_powers[active].mean())
    return waveform + background * (equal * _ratio(-snr_db))


def level(
    waveform: Waveform, sample_rate: int, config: LevelConfig, rng: np.random.Generator
) -> Waveform:
    """Turn up or down, and clip at full scale as a recording would.

    Returns:
        Shape = (T,), within [-1, 1].
    """
    louder = waveform * _ratio(draw(config.gain_db, rng))
    return louder.clip(-1.0, 1.0)


AUGMENTATIONS: dict[str, Augmentation] = {
    "speed": speed,
    "stretch": stretch,
    "shift": shift,
    "reverberation": reverberation,
    "equaliser": equaliser,
    "band_limit": band_limit,
    "noise": noise,
    "level": level,
}
"""Name of the section in `AugmentConfig` -> the function, in the order in which they act."""


def _ratio(level_db: float) -> float:
    """Decibels as a ratio of amplitudes."""
    return float(10.0 ** (level_db / 20.0))


def _coloured_noise(
    n_samples: int, sample_rate: int, slope: float, rng: np.random.Generator
) -> Waveform:
    """Noise of some level whose power falls with frequency ** slope."""
    n_fft = fft.next_fast_len(round(NOISE_LOOP_S * sample_rate), real=True)
    n_bins = n_fft // 2 + 1
    above_corner = np.arange(n_bins, dtype=np.float32) * (sample_rate / (n_fft * NOISE_CORNER_HZ))
    amplitudes = np.maximum(above_corner, 1.0) ** (-slope / 2)
    # Real and imaginary parts may be uniform: the sum over all frequencies is normal anyway.
    parts = rng.random((n_bins, 2), dtype=np.float32) - 0.5
    parts *= amplitudes[:, None]
    return np.resize(fft.irfft(parts.view(np.complex64)[:, 0], n_fft), n_samples)


def _frame_powers(waveform: Waveform, frame_length: int) -> NDArray[np.float32]:
    """Mean square of each whole frame; shape = (n_frames,)."""
    whole = waveform[: waveform.size // frame_length * frame_length].reshape(-1, frame_length)
    powers: NDArray[np.float32] = np.einsum("ij,ij->i", whole, whole) / frame_length
    return powers
