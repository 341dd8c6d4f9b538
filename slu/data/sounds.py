"""Sounds without a word in them: noise, silence, tones, music and clicks, made from a seed."""

from collections.abc import Callable, Sequence
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from slu.audio.types import Waveform

SAMPLE_RATE = 16000
"""Of every sound, in Hz."""

Samples = NDArray[np.float64]

_LOWEST_HZ, _HIGHEST_HZ = 90.0, 2000.0
_NOISE_CORNER_HZ = 60.0
# Quieter ones are told from speech without a model.
_FAINTEST, _FAINT = 0.004, 0.02
_QUIET, _LOUD = 0.05, 0.8


class SoundKind(StrEnum):
    """What is heard."""

    NOISE = "noise"
    """Coloured, steady or swelling, with or without the hum of the mains."""
    SILENCE = "silence"
    """Noise so faint that a person would call it silence."""
    TONES = "tones"
    """Beeps of one or a few sines, as machines make them."""
    MELODY = "melody"
    """Notes and chords with overtones, struck or held."""
    CLICKS = "clicks"
    """Knocks, keys, things put down."""


def make_sound(kind: SoundKind, duration_s: float, rng: np.random.Generator) -> Waveform:
    """Make a sound.

    Args:
        kind: which.
        duration_s: how long, above 0.
        rng: source of all that differs between two sounds of a kind.

    Returns:
        shape = (duration_s * SAMPLE_RATE,).
    """
    samples = _MAKERS[kind](max(1, round(duration_s * SAMPLE_RATE)), rng)
    low, high = (_FAINTEST, _FAINT) if kind is SoundKind.SILENCE else (_QUIET, _LOUD)
    peak = np.exp(rng.uniform(np.log(low), np.log(high)))
    waveform: Waveform = (samples * (peak / max(np.abs(samples).max(), 1e-9))).astype(np.float32)
    return waveform


def mix_babble(voices: Sequence[Waveform], n_samples: int, rng: np.random.Generator) -> Waveform:
    """Let several voices speak at once, each as loud as the others, again and again.

    Args:
        voices: each of shape (T,) with T > 0, at one sample rate.
        n_samples: how long.
        rng: where each voice begins.

    Returns:
        shape = (n_samples,).
    """
    mixed = np.zeros(n_samples)
    for voice in voices:
        turns = np.resize(voice, n_samples + voice.size)
        start = int(rng.integers(voice.size))
        mixed += turns[start : start + n_samples] / max(float(voice.std()), 1e-9)
    waveform: Waveform = (mixed * (0.5 / max(np.abs(mixed).max(), 1e-9))).astype(np.float32)
    return waveform


def _noise(n: int, rng: np.random.Generator) -> Samples:
    samples = _coloured(n, rng)
    if rng.random() < 0.4:
        samples *= 1.0 + 0.9 * np.sin(_phase(n, rng.uniform(0.2, 4.0), rng))
    if rng.random() < 0.3:
        mains_hz = rng.choice([50.0, 60.0])
        samples += sum(rng.random() * np.sin(_phase(n, mains_hz * k, rng)) for k in range(1, 8))
    return samples


def _coloured(n: int, rng: np.random.Generator) -> Samples:
    """Noise of unit power whose power falls with the frequency, from white to brown."""
    frequency = np.fft.rfftfreq(n, 1 / SAMPLE_RATE)
    spectrum = np.fft.rfft(rng.standard_normal(n))
    spectrum *= np.maximum(frequency, _NOISE_CORNER_HZ) ** (-rng.uniform(0.0, 2.0) / 2)
    samples: Samples = np.fft.irfft(spectrum, n)
    return samples / max(float(samples.std()), 1e-9)


def _tones(n: int, rng: np.random.Generator) -> Samples:
    samples = 0.002 * _coloured(n, rng)
    pitches_hz = [_pitch(rng) for _ in range(rng.integers(1, 4))]
    tone = sum(np.sin(_phase(n, hz, rng)) for hz in pitches_hz)
    if rng.random() < 0.7:
        period_s = rng.uniform(0.1, 0.8)
        tone = tone * (np.sin(_phase(n, 1 / period_s, rng)) > rng.uniform(-0.8, 0.5))
    return np.asarray(samples + tone)


def _melody(n: int, rng: np.random.Generator) -> Samples:
    samples = 0.002 * _coloured(n, rng)
    overtones = rng.uniform(0.2, 0.8)
    decay_s = rng.uniform(0.1, 1.5)
    root_hz = _pitch(rng) / 2
    start = 0
    while start < n:
        length = min(n - start, int(rng.uniform(0.12, 0.6) * SAMPLE_RATE))
        for _ in range(rng.integers(1, 4)):
            hz = root_hz * 2 ** (rng.choice([0, 2, 4, 5, 7, 9, 11, 12, 16]) / 12)
            samples[start : start + length] += _note(length, hz, overtones, decay_s, rng)
        start += length
    return samples


def _note(n: int, hz: float, overtones: float, decay_s: float, rng: np.random.Generator) -> Samples:
    seconds = np.arange(n) / SAMPLE_RATE
    parts = [overtones**k * np.sin(_phase(n, hz * (k + 1), rng)) for k in range(6)]
    attack = np.minimum(1.0, seconds / rng.uniform(0.005, 0.05))
    release = np.minimum(1.0, (n - np.arange(n)) / (0.01 * SAMPLE_RATE))
    note: Samples = sum(parts) * attack * release * np.exp(-seconds / decay_s)
    return note


def _clicks(n: int, rng: np.random.Generator) -> Samples:
    samples = 0.003 * _coloured(n, rng)
    for start in rng.integers(n, size=rng.integers(1, 9)):
        length = min(n - int(start), int(rng.uniform(0.01, 0.15) * SAMPLE_RATE))
        decay = np.exp(-np.arange(length) / (rng.uniform(0.002, 0.03) * SAMPLE_RATE))
        body = np.sin(_phase(length, _pitch(rng), rng)) * rng.uniform(0, 3)
        samples[start : start + length] += (_coloured(max(length, 8), rng)[:length] + body) * decay
    return samples


def _pitch(rng: np.random.Generator) -> float:
    return float(np.exp(rng.uniform(np.log(_LOWEST_HZ), np.log(_HIGHEST_HZ))))


def _phase(n: int, hz: float, rng: np.random.Generator) -> Samples:
    """Angles of a sine that begins anywhere."""
    phase: Samples = 2 * np.pi * (hz * np.arange(n) / SAMPLE_RATE + rng.random())
    return phase


_MAKERS: dict[SoundKind, Callable[[int, np.random.Generator], Samples]] = {
    SoundKind.NOISE: _noise,
    SoundKind.SILENCE: _coloured,
    SoundKind.TONES: _tones,
    SoundKind.MELODY: _melody,
    SoundKind.CLICKS: _clicks,
}
