import warnings
from typing import Any

import librosa
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slu.audio.features import log_mel, mel_filter_bank, normalise
from slu.audio.types import Features, Waveform
from slu.config import LogMelConfig

TOLERANCE_DB = 1e-3
SAMPLE_RATES = (4000, 8000, 16000, 22050, 44100, 48000)


@st.composite
def parameters(draw: st.DrawFn) -> tuple[int, LogMelConfig]:
    """A sample rate and any configuration that is valid at it."""
    sample_rate = draw(st.sampled_from(SAMPLE_RATES))
    n_fft = draw(st.integers(16, 2048) | st.sampled_from([64, 256, 512, 1024]))
    f_max_hz = draw(st.floats(50.0, sample_rate / 2))
    config = LogMelConfig(
        n_fft=n_fft,
        win_length=draw(st.integers(8, n_fft)),
        hop_length=draw(st.integers(1, 2 * n_fft) | st.sampled_from([n_fft // 4, n_fft])),
        n_mels=draw(st.integers(4, 128)),
        f_min_hz=draw(st.floats(0.0, f_max_hz * 0.9)),
        f_max_hz=f_max_hz,
        power_floor=draw(st.sampled_from([1e-30, 1e-10, 1e-6, 1e-2, 1.0])),
    )
    return sample_rate, config


@st.composite
def signals(draw: st.DrawFn) -> Waveform:
    """Noise, tones, clicks and silence of any level, often very short."""
    n_samples = draw(st.integers(1, 20) | st.integers(1, 4000))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    time = np.arange(n_samples)
    kind = draw(st.sampled_from(["noise", "tone", "tone in noise", "click", "silence"]))
    waveform = np.zeros(n_samples)
    if "noise" in kind:
        waveform += 1e-3 * rng.standard_normal(n_samples)
    if "tone" in kind:
        waveform += np.sin(2.0 * np.pi * draw(st.floats(0.0, 0.5)) * time)
    if kind == "click":
        waveform[n_samples // 2] = 1.0
    return (waveform * draw(st.sampled_from([1e-4, 0.1, 1.0]))).astype(np.float32)


def reference(waveform: Waveform, sample_rate: int, config: LogMelConfig) -> Features:
    with warnings.catch_warnings():
        # Empty filters and frames longer than the signal are meant here.
        warnings.simplefilter("ignore", UserWarning)
        power = librosa.feature.melspectrogram(
            y=waveform,
            sr=sample_rate,
            n_fft=config.n_fft,
            win_length=config.win_length,
            hop_length=config.hop_length,
            n_mels=config.n_mels,
            fmin=config.f_min_hz,
            fmax=config.f_max_hz,
        )
    decibels: Features = librosa.power_to_db(power, amin=config.power_floor, top_db=None)
    return decibels


@settings(max_examples=100)
@given(signals(), parameters())
def test_it_equals_librosa(waveform: Waveform, chosen: tuple[int, LogMelConfig]) -> None:
    sample_rate, config = chosen
    ours = log_mel(waveform, sample_rate, config)
    theirs = reference(waveform, sample_rate, config)
    assert ours.shape == theirs.shape
    assert ours.dtype == np.float32
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=TOLERANCE_DB)


@given(parameters())
def test_the_filter_bank_equals_librosa_s(chosen: tuple[int, LogMelConfig]) -> None:
    sample_rate, config = chosen
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        theirs = librosa.filters.mel(
            sr=sample_rate,
            n_fft=config.n_fft,
            n_mels=config.n_mels,
            fmin=config.f_min_hz,
            fmax=config.f_max_hz,
        )
    ours = mel_filter_bank(sample_rate, config)
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-6 * max(theirs.max(), 1e-30))


def test_the_shared_filter_bank_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="read-only"):
        mel_filter_bank(16000, LogMelConfig())[0, 0] = 1.0


@pytest.mark.parametrize("n_samples", [1, 159, 160, 161, 16000])
def test_the_number_of_frames_follows_the_length(n_samples: int) -> None:
    features = log_mel(np.zeros(n_samples, np.float32), 16000, LogMelConfig())
    assert features.shape == (64, 1 + n_samples // 160)


def test_silence_lies_at_the_floor() -> None:
    features = log_mel(np.zeros(800, np.float32), 16000, LogMelConfig(power_floor=1e-6))
    np.testing.assert_allclose(features, -60.0, atol=1e-4)


def test_a_tone_is_loudest_in_the_bin_around_its_frequency() -> None:
    config = LogMelConfig()
    time_s = np.arange(16000) / 16000
    for frequency_hz in (200.0, 1000.0, 5000.0):
        tone = np.sin(2.0 * np.pi * frequency_hz * time_s).astype(np.float32)
        loudest = log_mel(tone, 16000, config).mean(axis=1).argmax()
        edges_hz = librosa.mel_frequencies(66, fmin=config.f_min_hz, fmax=config.f_max_hz)
        assert edges_hz[loudest] <= frequency_hz <= edges_hz[loudest + 2]


@given(st.integers(0, 2**32 - 1), st.integers(2, 60), st.floats(0.01, 1000.0), st.floats(-500, 500))
def test_normalised_features_have_mean_0_and_one_standard_deviation(
    seed: int, n_frames: int, scale: float, offset: float
) -> None:
    rng = np.random.default_rng(seed)
    features = (scale * rng.standard_normal((n_frames, 8)) + offset).astype(np.float32)
    normalised = normalise(features)
    np.testing.assert_allclose(normalised.mean(axis=0), 0.0, atol=0.05)
    assert normalised.std() == pytest.approx(1.0, abs=0.05)
    assert normalised.dtype == np.float32


def test_one_scale_for_all_bins_keeps_their_proportions() -> None:
    wave = np.sin(np.linspace(0.0, 20.0, 50))
    features = np.stack([wave, 3.0 * wave], axis=1).astype(np.float32)
    deviations = normalise(features).std(axis=0)
    assert deviations[1] / deviations[0] == pytest.approx(3.0, rel=1e-4)


@pytest.mark.parametrize("shape", [(1, 64), (100, 64)])
def test_constant_features_become_zeros(shape: tuple[int, int]) -> None:
    np.testing.assert_array_equal(normalise(np.full(shape, -20.0, np.float32)), 0.0)


def test_equal_configurations_share_one_filter_bank() -> None:
    values: dict[str, Any] = {"n_mels": 40}
    assert mel_filter_bank(8000, LogMelConfig(**values)) is mel_filter_bank(
        8000, LogMelConfig(**values)
    )
