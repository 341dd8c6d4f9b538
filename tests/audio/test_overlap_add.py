import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slu.audio.overlap_add import change_tempo, convolve
from slu.audio.types import Waveform

SAMPLE_RATE = 8000


def tone(frequency_hz: float, duration_s: float) -> Waveform:
    times = np.arange(round(duration_s * SAMPLE_RATE)) / SAMPLE_RATE
    return (0.5 * np.sin(2 * np.pi * frequency_hz * times)).astype(np.float32)


def pitch_hz(waveform: Waveform) -> float:
    spectrum = np.abs(np.fft.rfft(waveform * np.hanning(waveform.size), 1 << 17))
    return float(spectrum.argmax() * SAMPLE_RATE / (1 << 17))


@given(st.integers(1, 5000), st.integers(1, 700), st.integers(0, 99))
def test_convolve_equals_the_direct_sum(n_samples: int, n_taps: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    waveform = rng.standard_normal(n_samples, dtype=np.float32)
    response = rng.standard_normal(n_taps, dtype=np.float32)
    filtered = convolve(waveform, response)
    assert filtered.dtype == np.float32
    np.testing.assert_allclose(filtered, np.convolve(waveform, response), atol=1e-3)


@given(st.floats(70, 1000), st.floats(0.5, 2.0))
def test_change_tempo_keeps_the_pitch_and_the_level(frequency_hz: float, factor: float) -> None:
    waveform = tone(frequency_hz, 0.8)
    changed = change_tempo(waveform, SAMPLE_RATE, factor)
    assert changed.size == round(waveform.size / factor)
    assert pitch_hz(changed) == pytest.approx(frequency_hz, rel=0.03)
    assert changed.std() == pytest.approx(waveform.std(), rel=0.1)


def test_change_tempo_moves_events_in_proportion() -> None:
    waveform = np.zeros(SAMPLE_RATE, np.float32)
    waveform[2000:2800] = tone(300, 0.1)
    waveform[6000:6800] = tone(300, 0.1)
    slow = np.abs(change_tempo(waveform, SAMPLE_RATE, 0.5))
    onsets = [np.flatnonzero(slow[:8000] > 0.1)[0], 8000 + np.flatnonzero(slow[8000:] > 0.1)[0]]
    np.testing.assert_allclose(onsets, [4000, 12000], atol=0.04 * SAMPLE_RATE)


def test_change_tempo_by_one_gives_a_tone_back() -> None:
    waveform = tone(200, 0.5)
    np.testing.assert_allclose(change_tempo(waveform, SAMPLE_RATE, 1.0), waveform, atol=1e-3)
