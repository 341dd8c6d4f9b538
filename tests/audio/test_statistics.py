import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slu.audio.statistics import estimate_snr_db, measure
from slu.audio.types import Waveform

SAMPLE_RATE = 16000


def bursts(noise_level: float) -> Waveform:
    """A second of half speech and half pauses, over noise."""
    rng = np.random.default_rng(0)
    speech = 0.2 * rng.standard_normal(SAMPLE_RATE) * (np.arange(SAMPLE_RATE) % 4000 < 2000)
    return (speech + noise_level * rng.standard_normal(SAMPLE_RATE)).astype(np.float32)


@pytest.mark.parametrize("snr_db", [10.0, 20.0, 40.0])
def test_the_estimate_is_near_the_true_ratio(snr_db: float) -> None:
    noise_level = 0.2 / 10 ** (snr_db / 20)
    assert estimate_snr_db(bursts(noise_level), SAMPLE_RATE) == pytest.approx(snr_db, abs=2.5)


def test_loudness_moves_the_mean_and_nothing_else() -> None:
    loud, quiet = bursts(0.01), bursts(0.01) * np.float32(0.1)
    before, after = measure(loud, SAMPLE_RATE), measure(quiet, SAMPLE_RATE)
    assert before.mel_mean - after.mel_mean == pytest.approx(20.0, abs=0.1)
    assert after.mel_std == pytest.approx(before.mel_std, abs=0.1)
    assert after.snr_db == pytest.approx(before.snr_db, abs=0.1)


@pytest.mark.parametrize("sample_rate", [4000, 8000, 48000])
def test_the_duration_follows_the_rate(sample_rate: int) -> None:
    assert measure(bursts(0.01), sample_rate).duration_s == SAMPLE_RATE / sample_rate


@given(st.integers(1, 3000), st.sampled_from([0.0, 1e-7, 1.0]), st.integers(0, 1000))
def test_any_recording_can_be_measured(n_samples: int, level: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    waveform = (level * rng.uniform(-1, 1, n_samples)).astype(np.float32)
    statistics = measure(waveform, SAMPLE_RATE)
    assert np.isfinite([statistics.mel_mean, statistics.mel_std, statistics.snr_db]).all()
    assert statistics.snr_db >= 0.0
    assert statistics.mel_std >= 0.0


def test_silence_has_no_signal() -> None:
    assert measure(np.zeros(SAMPLE_RATE, np.float32), SAMPLE_RATE).snr_db == 0.0
