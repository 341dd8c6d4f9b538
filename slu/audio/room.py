"""Another room: its echo, its noise, and other people's talk."""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from slu.audio.decibels import amplitude_ratio
from slu.audio.overlap_add import convolve
from slu.audio.types import Waveform
from slu.config.augment import BabbleConfig, NoiseConfig, ReverberationConfig
from slu.config.base import draw

NOISE_LOOP_S = 1.0
"""Noise repeats after this; no seam is heard, since what an inverse FFT makes is periodic."""
NOISE_CORNER_HZ = 100.0
"""Below this, noise is flat; otherwise nearly all of steep noise would be too low to be heard."""

FRAME_S = 0.02
ACTIVE_DB = 30.0
"""Frames within this of the loudest one count as speech."""

Talk = Callable[[np.random.Generator], Waveform]
"""Draws what somebody else says; shape = (T,) with T >= 1."""

_MOST_TALKERS = 4
# Other voices are this much slower or faster.
_TALKER_SPEED = (0.8, 1.25)


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
    response /= np.linalg.norm(response) * amplitude_ratio(draw(config.direct_db, rng))
    response[0] = 1.0
    reverberant = convolve(waveform, response)[: waveform.size]
    before, after = np.linalg.norm(waveform), np.linalg.norm(reverberant)
    return reverberant * (before / after) if after else reverberant


def noise(
    waveform: Waveform, sample_rate: int, config: NoiseConfig, rng: np.random.Generator
) -> Waveform:
    """Add coloured noise, so loud that the active speech stands the drawn SNR above it.

    Returns:
        Shape = (T,).
    """
    snr_db = draw(config.snr_db, rng)
    background = _coloured_noise(waveform.size, sample_rate, draw(config.slope, rng), rng)
    return mix(waveform, background, sample_rate, snr_db)


def babble(
    waveform: Waveform,
    sample_rate: int,
    config: BabbleConfig,
    rng: np.random.Generator,
    talk: Talk | None = None,
) -> Waveform:
    """Let up to four others talk meanwhile, at other speeds, each as loud as the others.

    Args:
        waveform: shape = (T,).
        sample_rate: in Hz.
        config: how far the speech stands above them, and how long they pause.
        rng: source of all randomness.
        talk: what they say. None: the clip itself, backwards, which has the spectrum and the
            rhythm of speech.

    Returns:
        Shape = (T,).
    """
    snr_db = draw(config.snr_db, rng)
    others = np.zeros_like(waveform)
    for _ in range(rng.integers(1, _MOST_TALKERS + 1)):
        voice = waveform[::-1] if talk is None else talk(rng)
        voice = voice / max(float(voice.std()), 1e-6)
        voice = np.pad(voice, (0, round(draw(config.pause_s, rng) * sample_rate)))
        places = np.arange(waveform.size) * draw(_TALKER_SPEED, rng) + rng.integers(voice.size)
        others += voice[places.astype(np.intp) % voice.size]
    return mix(waveform, others, sample_rate, snr_db)


def mix(waveform: Waveform, background: Waveform, sample_rate: int, snr_db: float) -> Waveform:
    """Add a background, so loud that the active speech stands `snr_db` above it.

    Args:
        waveform: shape = (T,).
        background: shape = (T,).
        sample_rate: in Hz.
        snr_db: level of the active speech against that of the background beneath it.
    """
    frame_length = min(waveform.size, round(FRAME_S * sample_rate))
    powers = _frame_powers(waveform, frame_length)
    active = powers >= powers.max() * amplitude_ratio(-ACTIVE_DB) ** 2
    beneath = _frame_powers(background, frame_length)[active].mean()
    if not beneath:
        return waveform
    equal = math.sqrt(powers[active].mean() / beneath)
    return waveform + background * np.float32(equal * amplitude_ratio(-snr_db))


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
