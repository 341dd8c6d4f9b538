import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slu.audio.framing import frame_utterance, speech_span
from slu.audio.types import Waveform
from slu.config import FramingConfig

SAMPLE_RATE = 16000
CONFIG = FramingConfig()
PAD = int(CONFIG.pad_s * SAMPLE_RATE)
# Frames step by 10 ms, and one of 25 ms counts as soon as a little speech reaches into it.
TOLERANCE_S = 0.035


def speech(duration_s: float, seed: int = 0) -> Waveform:
    """Something as loud throughout as speech is in its vowels."""
    rng = np.random.default_rng(seed)
    return (0.3 * rng.standard_normal(round(duration_s * SAMPLE_RATE))).astype(np.float32)


def silence(duration_s: float, level: float = 0.0) -> Waveform:
    rng = np.random.default_rng(1)
    return (level * rng.standard_normal(round(duration_s * SAMPLE_RATE))).astype(np.float32)


@given(st.integers(0, 5000), st.integers(0, 2**32 - 1), st.sampled_from([0.0, 1e-6, 1e-3, 1.0]))
def test_any_recording_becomes_finite_and_is_never_digital_silence(
    n_samples: int, seed: int, level: float
) -> None:
    rng = np.random.default_rng(seed)
    waveform = (level * rng.uniform(-1, 1, n_samples)).astype(np.float32)
    framed = frame_utterance(waveform, SAMPLE_RATE, CONFIG)
    assert framed.dtype == np.float32
    assert np.isfinite(framed).all()
    assert np.count_nonzero(framed) > 0.99 * framed.size
    assert 2 * PAD <= framed.size <= 2 * PAD + n_samples


@given(st.floats(1e-4, 3.0), st.integers(0, 100))
def test_loudness_makes_no_difference(gain: float, seed: int) -> None:
    waveform = np.concatenate([silence(0.2, 1e-4), speech(0.3, seed), silence(0.1, 1e-4)])
    framed = frame_utterance(waveform, SAMPLE_RATE, CONFIG)
    scaled = frame_utterance(waveform * np.float32(gain), SAMPLE_RATE, CONFIG)
    np.testing.assert_allclose(scaled, framed, rtol=0, atol=1e-5)


@given(st.floats(0.1, 1.0), st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_silence_around_the_speech_is_cut(
    duration_s: float, before_s: float, after_s: float
) -> None:
    waveform = np.concatenate([silence(before_s), speech(duration_s), silence(after_s)])
    start, end = speech_span(waveform, SAMPLE_RATE, CONFIG)
    keep_s = CONFIG.keep_s
    assert start / SAMPLE_RATE == pytest.approx(max(0.0, before_s - keep_s), abs=TOLERANCE_S)
    expected_end_s = min(waveform.size / SAMPLE_RATE, before_s + duration_s + keep_s)
    assert end / SAMPLE_RATE == pytest.approx(expected_end_s, abs=TOLERANCE_S)


@given(st.floats(0.1, 1.0), st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_no_speech_is_cut(duration_s: float, before_s: float, after_s: float) -> None:
    before, spoken = silence(before_s, 1e-4), speech(duration_s)
    start, end = speech_span(
        np.concatenate([before, spoken, silence(after_s, 1e-4)]), SAMPLE_RATE, CONFIG
    )
    assert start <= before.size
    assert end >= before.size + spoken.size


def syllables(duration_s: float, seed: int = 0) -> Waveform:
    """Something that goes up and down as speech does, four times a second."""
    n_samples = round(duration_s * SAMPLE_RATE)
    loudness = np.sin(4 * np.pi * np.arange(n_samples, dtype=np.float32) / SAMPLE_RATE) ** 2
    return speech(duration_s, seed) * loudness


@given(
    st.floats(0.5, 1.5),
    st.floats(0.5, 1.5),
    st.floats(0.5, 2.0),
    st.floats(-30.0, -12.0),
    st.integers(0, 1000),
)
def test_steady_noise_around_the_speech_is_cut(
    before_s: float, after_s: float, duration_s: float, level_db: float, seed: int
) -> None:
    duration_s = round(4 * duration_s) / 4  # whole syllables, which are loud half of the time
    around = [silence(before_s), syllables(duration_s, seed), silence(after_s)]
    waveform = np.concatenate(around)
    rng = np.random.default_rng(seed)
    noise = 0.3 * 10 ** (level_db / 20) * rng.standard_normal(waveform.size, np.float32)
    start, end = speech_span(waveform + np.float32(noise), SAMPLE_RATE, CONFIG)
    first_loud_s, last_loud_s = before_s + 1 / 8, before_s + duration_s - 1 / 8
    assert before_s - 0.1 <= start / SAMPLE_RATE <= first_loud_s
    assert last_loud_s <= end / SAMPLE_RATE <= before_s + duration_s + 0.1


@given(st.floats(0.1, 3.0), st.integers(0, 1000))
def test_speech_without_noise_is_no_steady_noise(duration_s: float, seed: int) -> None:
    start, end = speech_span(syllables(duration_s, seed), SAMPLE_RATE, CONFIG)
    assert start / SAMPLE_RATE <= TOLERANCE_S
    assert end / SAMPLE_RATE >= np.floor(4 * duration_s) / 4 - TOLERANCE_S


def test_noise_alone_is_kept_whole() -> None:
    assert speech_span(speech(2.0), SAMPLE_RATE, CONFIG) == (0, 2 * SAMPLE_RATE)


def test_trimming_reaches_as_deep_as_the_configuration_says() -> None:
    murmur = speech(0.3) * np.float32(10 ** (-20 / 20))
    waveform = np.concatenate([murmur, speech(0.5)])
    keeping = FramingConfig(trim_db=25.0, keep_s=0.0)
    cutting = FramingConfig(trim_db=15.0, keep_s=0.0)
    assert speech_span(waveform, SAMPLE_RATE, keeping)[0] == 0
    start, _ = speech_span(waveform, SAMPLE_RATE, cutting)
    assert start / SAMPLE_RATE == pytest.approx(0.3, abs=TOLERANCE_S)


@pytest.mark.parametrize("duration_s", [0.0, 1 / SAMPLE_RATE, 0.024, 0.025, 0.1])
def test_silence_and_scraps_are_kept_whole(duration_s: float) -> None:
    waveform = silence(duration_s)
    assert speech_span(waveform, SAMPLE_RATE, CONFIG) == (0, waveform.size)


def test_the_loudest_sample_has_the_configured_level() -> None:
    framed = frame_utterance(speech(0.5), SAMPLE_RATE, CONFIG)
    assert np.abs(framed).max() == pytest.approx(CONFIG.peak, rel=0.01)


def test_the_padding_is_noise_of_the_configured_level() -> None:
    config = FramingConfig(noise_db=-50.0)
    framed = frame_utterance(speech(0.5), SAMPLE_RATE, config)
    for padding in (framed[:PAD], framed[-PAD:]):
        assert 20 * np.log10(padding.std()) == pytest.approx(-50.0, abs=0.5)
        assert abs(np.corrcoef(padding[:-1], padding[1:])[0, 1]) < 0.1


def test_the_same_recording_gives_the_same_bytes() -> None:
    waveform = speech(0.7)
    first = frame_utterance(waveform, SAMPLE_RATE, CONFIG)
    frame_utterance(speech(3.0), SAMPLE_RATE, CONFIG)
    assert frame_utterance(waveform, SAMPLE_RATE, CONFIG).tobytes() == first.tobytes()


def test_the_recording_is_left_as_it_was() -> None:
    waveform = speech(0.3)
    before = waveform.copy()
    frame_utterance(waveform, SAMPLE_RATE, CONFIG)[:] = 0.0
    np.testing.assert_array_equal(waveform, before)
    assert frame_utterance(waveform, SAMPLE_RATE, CONFIG).any()
