"""Log-mel spectrograms: one function for training, serving and the microphone."""

from functools import lru_cache

import numpy as np
import scipy.fft
import scipy.sparse
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from slu.audio.types import Features, Waveform
from slu.config import LogMelConfig

# Slaney's mel scale: linear below 1 kHz, logarithmic above (Auditory Toolbox, 1998).
_HZ_PER_MEL = 200.0 / 3.0
_LOG_START_HZ = 1000.0
_LOG_START_MEL = _LOG_START_HZ / _HZ_PER_MEL
_LOG_STEP = np.log(6.4) / 27.0


def log_mel(waveform: Waveform, sample_rate: int, config: LogMelConfig) -> Features:
    """Log-mel power spectrogram in dB, centred frames, zeros beyond the ends.

    Equal to `librosa.power_to_db(librosa.feature.melspectrogram(...), amin=power_floor,
    top_db=None)` within 1e-3 dB.

    Args:
        waveform: samples of any length, shape = (T,).
        sample_rate: in Hz.
        config: `normalise` is not applied here (see `normalise`).

    Returns:
        shape = (n_mels, n_frames) with n_frames = 1 + T // hop_length (for an even n_fft).
    """
    bank = _sparse_filter_bank(sample_rate, config)
    mel = bank @ _power_spectrogram(waveform, bank.data.max(initial=0.0), config).T
    decibels: Features = 10.0 * np.log10(np.maximum(mel, np.float32(config.power_floor)))
    return decibels


def normalise(features: Features) -> Features:
    """Mean 0 for every feature, one standard deviation of 1 for the whole utterance.

    One scale for all keeps the shape of the spectrum, which a scale for each bin would flatten.

    Args:
        features: shape = (n_frames, n_features).
    """
    centred = features - features.mean(axis=0, keepdims=True)
    scaled: Features = centred / np.float32(max(float(centred.std()), 1e-3))
    return scaled


@lru_cache(maxsize=32)
def mel_filter_bank(sample_rate: int, config: LogMelConfig) -> NDArray[np.float32]:
    """Triangular filters of equal area on Slaney's mel scale, as librosa builds them.

    Returns:
        shape = (n_mels, n_fft // 2 + 1); do not modify, it is shared.
    """
    fft_hz = np.fft.rfftfreq(config.n_fft, 1.0 / sample_rate)
    edges_mel = np.linspace(
        _hz_to_mel(config.f_min_hz), _hz_to_mel(config.f_max_hz), config.n_mels + 2
    )
    edges_hz = _mel_to_hz(edges_mel)
    distance_hz = edges_hz[:, None] - fft_hz[None, :]
    widths_hz = np.diff(edges_hz)[:, None]
    rising = -distance_hz[:-2] / widths_hz[:-1]
    falling = distance_hz[2:] / widths_hz[1:]
    triangles = np.maximum(0.0, np.minimum(rising, falling))
    area = 2.0 / (edges_hz[2:] - edges_hz[:-2])
    bank: NDArray[np.float32] = (triangles * area[:, None]).astype(np.float32)
    bank.setflags(write=False)
    return bank


@lru_cache(maxsize=32)
def _sparse_filter_bank(sample_rate: int, config: LogMelConfig) -> scipy.sparse.csr_array:
    # A bin lies under two filters at most. Half the time of a dense product, and no BLAS, whose
    # threads would take ten times longer where NumPy was imported before `slu` could stop them.
    return scipy.sparse.csr_array(mel_filter_bank(sample_rate, config))


def _power_spectrogram(
    waveform: Waveform, highest_weight: float, config: LogMelConfig
) -> NDArray[np.float32]:
    """Shape = (n_frames, n_fft // 2 + 1)."""
    window = analysis_window(config)
    loudest = np.square(np.abs(waveform).max(initial=0.0) * window.sum() / 2.0) * highest_weight
    # Rounding in single precision reaches the result (1e-3 dB) where a mel power lies this far
    # below the loudest possible one; double precision costs twice the time.
    precision = np.float32 if config.power_floor > 3e-7 * loudest else np.float64
    padded = np.pad(waveform, config.n_fft // 2)
    frames = sliding_window_view(padded, config.n_fft)[:: config.hop_length]
    spectrum = scipy.fft.rfft(frames * window.astype(precision), axis=1)
    power: NDArray[np.float32] = (np.square(spectrum.real) + np.square(spectrum.imag)).astype(
        np.float32, copy=False
    )
    return power


@lru_cache(maxsize=32)
def analysis_window(config: LogMelConfig) -> NDArray[np.float64]:
    """Periodic Hann window of `win_length`, centred in `n_fft` samples."""
    phase = 2.0 * np.pi * np.arange(config.win_length) / config.win_length
    window = np.zeros(config.n_fft)
    start = (config.n_fft - config.win_length) // 2
    window[start : start + config.win_length] = 0.5 - 0.5 * np.cos(phase)
    return window


def _hz_to_mel(hz: float) -> float:
    if hz < _LOG_START_HZ:
        return hz / _HZ_PER_MEL
    return float(_LOG_START_MEL + np.log(hz / _LOG_START_HZ) / _LOG_STEP)


def _mel_to_hz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    logarithmic = _LOG_START_HZ * np.exp(_LOG_STEP * (mel - _LOG_START_MEL))
    return np.where(mel < _LOG_START_MEL, mel * _HZ_PER_MEL, logarithmic)
