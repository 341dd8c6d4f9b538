"""Whether a clip came out as it should: synthesisers fall silent, stumble and clip at times."""

from enum import StrEnum
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy import fft

from slu.audio.types import Waveform
from slu.config import CorpusConfig
from slu.data.espeak import count_sounds
from slu.data.utterances import Utterance
from slu.data.voices import languages

# What a phrase takes at the usual speed, fitted to 250 phrases of two languages in all voices of
# eSpeak, at 80 to 260 words a minute: they took 0.53 to 1.7 times as long.
_SOUND_S: Final = 0.075
_PHRASE_S: Final = 0.1
_FULL_SCALE: Final = 0.999

# A pitch is looked for up to 500 Hz, for which so many samples a second are enough.
_PITCH_RATE: Final = 5000
_PITCH_HZ: Final = (60, 500)
_FRAME_S, _HOP_S = 0.04, 0.02
_FAINTEST: Final = 1e-3
"""Energy of a frame, against the strongest, below which it does not count."""
_PERIODIC: Final = 0.5
"""Normalised autocorrelation from which a frame has a pitch; white noise stays below."""


class Fault(StrEnum):
    """What is wrong with a clip."""

    SILENT = "silent"
    TOO_SHORT = "too short"
    TOO_LONG = "too long"
    CLIPPED = "clipped"
    NO_VOICE = "no voice"


def find_fault(
    utterance: Utterance, speech: Waveform, sample_rate: int, config: CorpusConfig
) -> Fault | None:
    """What is wrong with a spoken phrase; none: nothing. Equal samples give equal answers.

    Args:
        utterance: what was to be said, and how.
        speech: all of what was said, without pauses around it, shape = (T,).
        sample_rate: in Hz.
        config: language, and the limits.
    """
    limits = config.checks
    if not limits.enable:
        return None
    levels = np.abs(speech)
    length = speech.size / sample_rate / expected_duration_s(utterance, config.language)
    faults = {
        Fault.SILENT: levels.max() < limits.silence_peak,
        Fault.TOO_SHORT: length < limits.length[0],
        Fault.TOO_LONG: length > limits.length[1],
        Fault.CLIPPED: (levels >= _FULL_SCALE).mean() >= limits.clipping_share,
        Fault.NO_VOICE: voiced_share(speech, sample_rate) < limits.voiced_share,
    }
    return next((fault for fault, holds in faults.items() if holds), None)


def expected_duration_s(utterance: Utterance, language: str) -> float:
    """How long a phrase takes, by its sounds and the speed at which it is spoken.

    Args:
        utterance: what is said.
        language: of the corpus, in which programs other than eSpeak speak; where eSpeak does not
            know it, letters are counted in place of sounds.
    """
    voice, delivery = utterance.voice, utterance.delivery
    spoken_s = _PHRASE_S + _SOUND_S * _count_sounds(utterance, language)
    if voice.engine.name == "command":
        return spoken_s * (delivery.stretch if voice.engine.takes("stretch") else 1.0)
    gaps_s = delivery.word_gap_ms / 1000 * (len(utterance.spoken.split()) - 1)
    return spoken_s * delivery.stretch + gaps_s


def voiced_share(speech: Waveform, sample_rate: int) -> float:
    """Share of the audible frames that have a pitch, by their autocorrelation.

    Args:
        speech: shape = (T,) with T > 0, not all zeros.
        sample_rate: in Hz.
    """
    step = max(1, sample_rate // _PITCH_RATE)
    rate = sample_rate / step
    n_frame = round(_FRAME_S * rate)
    coarse = speech[: speech.size // step * step].reshape(-1, step).mean(axis=1)
    coarse = np.pad(coarse, (0, max(0, n_frame - coarse.size)))
    frames = sliding_window_view(coarse, n_frame)[:: round(_HOP_S * rate)]
    frames = frames - frames.mean(axis=1, keepdims=True)
    energies = np.square(frames).sum(axis=1)
    window = np.hanning(n_frame).astype(np.float32)
    heard = _autocorrelation(frames[energies >= _FAINTEST * energies.max()] * window)
    ideal = _autocorrelation(window[None])[0]
    lags = slice(round(rate / _PITCH_HZ[1]), round(rate / _PITCH_HZ[0]))
    # Divided by that of the window, which alone lowers the long lags (Boersma 1993).
    periodicity = heard[:, lags] / np.maximum(heard[:, :1], 1e-12) * (ideal[0] / ideal[lags])
    return float((periodicity.max(axis=1) > _PERIODIC).mean())


def _autocorrelation(frames: Waveform) -> Waveform:
    """Of each frame, shape = (n_frames, n_lags)."""
    n_lags = frames.shape[1]
    n_points = fft.next_fast_len(2 * n_lags, real=True)
    spectra = np.square(np.abs(fft.rfft(frames, n_points)))
    correlation: Waveform = fft.irfft(spectra, n_points)[:, :n_lags]
    return correlation


def _count_sounds(utterance: Utterance, language: str) -> int:
    voice = utterance.voice
    spoken_in = voice.accent if voice.engine.name == "espeak" else language
    if spoken_in in languages():
        return count_sounds(utterance.spoken.rstrip("?!,"), spoken_in)
    return sum(map(str.isalnum, utterance.spoken))
