"""Sounds without a word in them."""

import numpy as np
import pytest

from slu.data.sounds import SAMPLE_RATE, SoundKind, make_sound, mix_babble


@pytest.mark.parametrize("kind", SoundKind)
def test_a_sound_is_as_long_as_asked_for_and_from_its_seed(kind: SoundKind) -> None:
    sounds = [make_sound(kind, 0.7, np.random.default_rng(seed)) for seed in (1, 1, 2)]

    for sound in sounds:
        assert sound.dtype == np.float32
        assert sound.size == round(0.7 * SAMPLE_RATE)
        assert np.isfinite(sound).all()
        assert np.abs(sound).max() <= 0.8 + 1e-6
    np.testing.assert_array_equal(sounds[0], sounds[1])
    assert not np.array_equal(sounds[0], sounds[2])


@pytest.mark.parametrize("kind", SoundKind)
def test_only_silence_is_faint(kind: SoundKind) -> None:
    for seed in range(20):
        peak = np.abs(make_sound(kind, 0.5, np.random.default_rng(seed))).max()
        assert (peak <= 0.021) == (kind is SoundKind.SILENCE)
        assert peak >= 0.0039


def test_even_the_shortest_sound_has_a_sample() -> None:
    for kind in SoundKind:
        assert make_sound(kind, 1e-6, np.random.default_rng(0)).size == 1


def test_babble_holds_all_voices_equally_loud() -> None:
    seconds = np.arange(SAMPLE_RATE) / SAMPLE_RATE
    voices = [
        (level * np.sin(2 * np.pi * hz * seconds)).astype(np.float32)
        for level, hz in ((0.5, 300), (0.01, 1000))
    ]

    babble = mix_babble(voices, 2 * SAMPLE_RATE, np.random.default_rng(3))

    assert babble.size == 2 * SAMPLE_RATE
    assert np.abs(babble).max() == pytest.approx(0.5)
    spectrum = np.abs(np.fft.rfft(babble))
    assert spectrum[600] == pytest.approx(spectrum[2000], rel=0.01)
