from collections.abc import Callable

import numpy as np
import pytest

from slu.audio.types import Waveform
from slu.audio.wav import wav_bytes
from slu.config import QualityConfig
from slu.data.takes import SAMPLE_RATE, check_take
from slu.errors import AudioError

LIMITS = QualityConfig(max_duration_s=2.0)


def noise(duration_s: float, level: float = 0.3) -> Waveform:
    rng = np.random.default_rng(0)
    return rng.uniform(-level, level, round(duration_s * SAMPLE_RATE)).astype(np.float32)


def test_a_good_take_is_measured_and_coded_anew() -> None:
    content = wav_bytes(noise(1.0), SAMPLE_RATE)
    take = check_take(content, LIMITS)
    assert take.content == content
    assert (take.facts.duration_s, take.facts.sample_rate) == (1.0, SAMPLE_RATE)


def test_a_take_of_another_rate_becomes_one_of_ours() -> None:
    take = check_take(wav_bytes(noise(1.0), 48000), LIMITS)
    assert take.facts.duration_s == pytest.approx(1 / 3, abs=0.01)
    assert len(take.content) == pytest.approx(2 * SAMPLE_RATE / 3, rel=0.01)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: noise(0.2), "only 0.2 s; press the microphone"),
        (lambda: noise(2.5), "2 s; say only the phrase"),
        (lambda: noise(40.0), "longer than 30 s"),
        (lambda: noise(1.0, 0.001), "Nothing was heard; check"),
        (lambda: np.sign(noise(1.0)), "too loud"),
    ],
)
def test_what_is_wrong_is_said(make: Callable[[], Waveform], message: str) -> None:
    with pytest.raises(AudioError, match=message):
        check_take(wav_bytes(make(), SAMPLE_RATE), LIMITS)


def test_what_is_no_sound_is_refused() -> None:
    with pytest.raises(AudioError, match="not a sound file"):
        check_take(b"words", LIMITS)
