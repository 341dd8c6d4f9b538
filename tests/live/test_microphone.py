import av
import numpy as np
import pytest
from numpy.typing import NDArray

from slu.live.microphone import FrameResampler, level_db
from tests.live.browser_sound import BROWSER_RATE, FRAME_SAMPLES, stereo_frame


def tone(hz: float, duration_s: float, peak: float = 0.5) -> NDArray[np.int16]:
    seconds = np.arange(int(duration_s * BROWSER_RATE)) / BROWSER_RATE
    mono = (peak * 32767 * np.sin(2 * np.pi * hz * seconds)).astype(np.int16)
    return np.repeat(mono[:, None], 2, axis=1)


def resample(stereo: NDArray[np.int16]) -> NDArray[np.int16]:
    resampler = FrameResampler()
    parts = np.split(stereo, range(FRAME_SAMPLES, len(stereo), FRAME_SAMPLES))
    return np.concatenate([resampler(stereo_frame(part)) for part in parts])


def test_as_loud_as_it_was() -> None:
    """Two equal channels are as loud together as one: no 3 dB more."""
    heard = resample(tone(440, 2.0))
    middle = heard[4000:-4000] / 32768
    assert np.abs(middle).max() == pytest.approx(0.5, rel=0.01)


def test_loud_stereo_is_not_clipped() -> None:
    heard = resample(tone(440, 2.0, peak=0.98))[4000:-4000] / 32768
    rms = np.sqrt(np.square(heard).mean())
    assert rms == pytest.approx(0.98 / np.sqrt(2), rel=0.01)


def test_nothing_is_lost_but_the_filters_tail() -> None:
    assert resample(tone(440, 10.0)).size == pytest.approx(160_000, abs=64)


def test_frames_join_without_a_click() -> None:
    heard = resample(tone(200, 1.0))[1000:].astype(np.float64)
    largest_step = 0.5 * 32767 * 2 * np.pi * 200 / 16_000
    assert np.abs(np.diff(heard)).max() < 1.05 * largest_step


def test_another_microphone_may_be_chosen_meanwhile() -> None:
    resampler = FrameResampler()
    resampler(stereo_frame(tone(440, 0.02)))
    other = av.AudioFrame.from_ndarray(np.full((1, 441), 1000, np.int16), "s16", "mono")
    other.sample_rate = 44_100
    sizes = [resampler(other).size for _ in range(100)]
    assert sum(sizes) == pytest.approx(16_000, abs=64)


def test_time_stamps_that_jump_do_not_matter() -> None:
    resampler = FrameResampler()
    stereo = tone(440, 0.02)
    total = 0
    for index in range(100):
        made = stereo_frame(stereo)
        made.pts = index * 960 + (48_000 if index > 50 else 0)
        total += resampler(made).size
    assert total == pytest.approx(32_000, abs=64)


@pytest.mark.parametrize(("peak", "expected_db"), [(1.0, -3.01), (0.1, -23.01), (0.0, -90.0)])
def test_level(peak: float, expected_db: float) -> None:
    seconds = np.arange(16_000) / 16_000
    samples = (peak * 32767 * np.sin(2 * np.pi * 440 * seconds)).astype(np.int16)
    assert level_db(samples) == pytest.approx(expected_db, abs=0.05)


def test_the_level_of_nothing() -> None:
    assert level_db(np.zeros(0, np.int16)) == -90.0
