"""What the inference log keeps of a recording: enough to see drift, nothing to hear."""

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from slu.audio.features import log_mel
from slu.audio.types import Waveform
from slu.config import LogMelConfig

# Measured on the recording as it came (framing would hide its level), always with the same
# parameters, so that models with different front ends stay comparable.
_LOG_MEL = LogMelConfig(
    n_fft=512, win_length=400, hop_length=160, n_mels=40, f_min_hz=20, f_max_hz=2000.0,
    power_floor=1e-8,
)  # fmt: skip
_FRAME_S = 0.02


@dataclass(frozen=True)
class AudioStatistics:
    """Numbers that describe one recording."""

    duration_s: float
    mel_mean: float
    """Mean log-mel power in dB."""
    mel_std: float
    snr_db: float
    """Loud frames against quiet ones; an estimate that needs no reference."""


def measure(waveform: Waveform, sample_rate: int) -> AudioStatistics:
    """Describe a recording, shape = (T,) with T > 0."""
    mel = log_mel(waveform, sample_rate, _LOG_MEL)
    return AudioStatistics(
        duration_s=waveform.size / sample_rate,
        mel_mean=float(mel.mean()),
        mel_std=float(mel.std()),
        snr_db=estimate_snr_db(waveform, sample_rate),
    )


def estimate_snr_db(waveform: Waveform, sample_rate: int) -> float:
    """Power of the loudest tenth of all 20 ms frames against the quietest tenth, in dB."""
    n_frame = max(1, min(int(_FRAME_S * sample_rate), waveform.size))
    power = np.square(sliding_window_view(waveform, n_frame)[::n_frame]).mean(axis=1) + 1e-10
    quiet, loud = np.percentile(power, [10, 90])
    return float(10.0 * np.log10(loud / quiet))
