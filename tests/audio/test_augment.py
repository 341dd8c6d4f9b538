from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from slu.audio.augment import AUGMENTATIONS, augment
from slu.audio.microphone import band_limit, codec, equaliser, level
from slu.audio.room import babble, noise, reverberation
from slu.audio.speaker import cut, pitch, shift, speed, stretch, surroundings
from slu.audio.types import Waveform
from slu.config.augment import (
    AugmentConfig,
    BabbleConfig,
    BandLimitConfig,
    CodecConfig,
    CutConfig,
    EqualiserConfig,
    LevelConfig,
    NoiseConfig,
    PitchConfig,
    ReverberationConfig,
    ShiftConfig,
    SpeedConfig,
    StretchConfig,
    SurroundingsConfig,
)

SAMPLE_RATE = 16000
seeds = st.integers(0, 2**32)
names = st.sampled_from(list(AUGMENTATIONS))


def generator(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def tone(frequency_hz: float, duration_s: float = 1.0) -> Waveform:
    times = np.arange(round(duration_s * SAMPLE_RATE)) / SAMPLE_RATE
    return (0.5 * np.sin(2 * np.pi * frequency_hz * times)).astype(np.float32)


def some_speech(duration_s: float = 1.0) -> Waveform:
    """A buzz that comes and goes like syllables, with pauses of silence before and after."""
    times = np.arange(round(duration_s * SAMPLE_RATE)) / SAMPLE_RATE
    buzz = sum(np.sin(2 * np.pi * 140 * k * times) / k for k in range(1, 20))
    syllables = np.clip(np.sin(2 * np.pi * 3 * times), 0, None)
    spoken = (times > 0.2 * duration_s) & (times < 0.8 * duration_s)
    return (0.2 * buzz * syllables * spoken).astype(np.float32)


def pitch_hz(waveform: Waveform) -> float:
    spectrum = np.abs(np.fft.rfft(waveform * np.hanning(waveform.size), 1 << 18))
    return float(spectrum.argmax() * SAMPLE_RATE / (1 << 18))


def with_share(**shares: float) -> AugmentConfig:
    return AugmentConfig.model_validate({k: {"probability": p} for k, p in shares.items()})


def test_augmentations_are_the_sections_of_the_configuration_in_its_order() -> None:
    sections = [
        name
        for name in AugmentConfig.model_fields
        if name not in {"enable", "waveforms", "variants", "spec_augment"}
    ]
    assert list(AUGMENTATIONS) == sections


@given(names, seeds)
def test_each_is_repeatable_finite_float32_and_leaves_its_input(name: str, seed: int) -> None:
    waveform = some_speech(0.4)
    before = waveform.copy()
    section = getattr(AugmentConfig(), name)
    first, second = (
        AUGMENTATIONS[name](waveform, SAMPLE_RATE, section, generator(seed)) for _ in range(2)
    )
    assert first.dtype == np.float32
    assert np.isfinite(first).all()
    longest = 1.4 * waveform.size + (3.0 * SAMPLE_RATE if name == "surroundings" else 0.0)
    assert 0.2 * waveform.size < first.size < longest
    assert first.tobytes() == second.tobytes()
    np.testing.assert_array_equal(waveform, before)


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_different_seeds_differ(name: str) -> None:
    section = getattr(AugmentConfig(), name)
    results = {
        AUGMENTATIONS[name](some_speech(), SAMPLE_RATE, section, generator(seed)).tobytes()
        for seed in range(5)
    }
    assert len(results) == 5


@given(names, seeds, st.sampled_from([1, 2, 7, 100, 641]), st.sampled_from([4000, 16000, 48000]))
def test_silence_and_tiny_clips_survive(
    name: str, seed: int, n_samples: int, sample_rate: int
) -> None:
    section = getattr(AugmentConfig(), name)
    for waveform in (np.zeros(n_samples, np.float32), np.full(n_samples, 0.5, np.float32)):
        result = AUGMENTATIONS[name](waveform, sample_rate, section, generator(seed))
        assert result.dtype == np.float32
        assert result.size >= 1
        assert np.isfinite(result).all()


@given(seeds)
@settings(max_examples=50)
def test_augment_is_repeatable_finite_float32_and_leaves_its_input(seed: int) -> None:
    waveform = some_speech()
    before = waveform.copy()
    first, second = (
        augment(waveform, SAMPLE_RATE, AugmentConfig(), generator(seed)) for _ in range(2)
    )
    assert first.dtype == np.float32
    assert np.isfinite(first).all()
    assert first.tobytes() == second.tobytes()
    np.testing.assert_array_equal(waveform, before)


def test_augment_applies_each_as_often_as_its_probability_says() -> None:
    config = with_share(**dict.fromkeys(AUGMENTATIONS, 0.0) | {"level": 0.3})
    waveform, rng = some_speech(0.1), generator()
    changed = [
        not np.array_equal(augment(waveform, SAMPLE_RATE, config, rng), waveform)
        for _ in range(1000)
    ]
    assert np.mean(changed) == pytest.approx(0.3, abs=0.05)


@pytest.mark.parametrize(
    "config", [AugmentConfig(enable=False), with_share(**dict.fromkeys(AUGMENTATIONS, 0.0))]
)
def test_switched_off_is_identity(config: AugmentConfig) -> None:
    waveform = some_speech(0.1)
    for seed in range(20):
        result = augment(waveform, SAMPLE_RATE, config, generator(seed))
        np.testing.assert_array_equal(result, waveform)


@pytest.mark.parametrize("name", list(AUGMENTATIONS)[:-1])
def test_switching_one_off_leaves_the_draws_of_the_others(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[dict[str, float]] = []

    def record(recorded: str) -> Any:
        def stand_in(waveform: Waveform, _: int, __: Any, rng: np.random.Generator) -> Waveform:
            drawn[-1][recorded] = rng.random()
            return waveform

        return stand_in

    for other in AUGMENTATIONS:
        monkeypatch.setitem(AUGMENTATIONS, other, record(other))
    for config in (with_share(**{name: 1.0}), with_share(**{name: 0.0})):
        for seed in range(20):
            drawn.append({})
            augment(some_speech(0.1), SAMPLE_RATE, config, generator(seed))
    everything, without = drawn[:20], drawn[20:]
    assert all(name in draws for draws in everything)
    assert without == [{k: v for k, v in draws.items() if k != name} for draws in everything]


@given(st.floats(0.5, 2.0), st.floats(100, 1500))
def test_speed_changes_length_and_pitch(factor: float, frequency_hz: float) -> None:
    waveform = tone(frequency_hz)
    result = speed(waveform, SAMPLE_RATE, SpeedConfig(factor=(factor, factor)), generator())
    assert result.size == pytest.approx(waveform.size / factor, rel=0.015)
    assert pitch_hz(result) == pytest.approx(frequency_hz * factor, rel=0.015)
    assert result.std() == pytest.approx(waveform.std(), rel=0.02)


def test_speed_does_not_fold_high_tones_back() -> None:
    high = tone(7500)
    result = speed(high, SAMPLE_RATE, SpeedConfig(factor=(1.2, 1.2)), generator())
    assert result[200:-200].std() < 0.01 * high.std()


@given(st.floats(0.6, 1.6), st.floats(80, 1500))
def test_stretch_changes_length_and_keeps_the_pitch(factor: float, frequency_hz: float) -> None:
    waveform = tone(frequency_hz)
    result = stretch(waveform, SAMPLE_RATE, StretchConfig(factor=(factor, factor)), generator())
    assert result.size == round(waveform.size / factor)
    assert pitch_hz(result) == pytest.approx(frequency_hz, rel=0.03)


@given(st.integers(-150, 150))
def test_shift_moves_the_sound(offset: int) -> None:
    waveform = generator().uniform(0.1, 0.9, 100).astype(np.float32)
    seconds = offset / SAMPLE_RATE
    result = shift(waveform, SAMPLE_RATE, ShiftConfig(seconds=(seconds, seconds)), generator())
    expected = [waveform[i - offset] if 0 <= i - offset < 100 else 0 for i in range(100)]
    np.testing.assert_array_equal(result, np.array(expected, np.float32))


def test_surroundings_are_silence_around_the_whole_sound() -> None:
    waveform = tone(440, 0.5)
    config = SurroundingsConfig(before_s=(0.25, 0.25), after_s=(1.5, 1.5))
    result = surroundings(waveform, SAMPLE_RATE, config, generator())
    before = SAMPLE_RATE // 4
    np.testing.assert_array_equal(result[before : before + waveform.size], waveform)
    assert result.size == waveform.size + before + 1.5 * SAMPLE_RATE
    assert np.count_nonzero(result) == np.count_nonzero(waveform)


def test_noise_fills_the_surroundings() -> None:
    config = with_share(**dict.fromkeys(AUGMENTATIONS, 0.0) | {"surroundings": 1.0, "noise": 1.0})
    result = augment(tone(440, 0.5), SAMPLE_RATE, config, generator())
    assert result.size > tone(440, 0.5).size
    assert np.count_nonzero(result) == result.size


@given(seeds)
def test_reverberation_keeps_the_level_and_the_length(seed: int) -> None:
    speech = some_speech()
    result = reverberation(speech, SAMPLE_RATE, ReverberationConfig(), generator(seed))
    assert result.size == speech.size
    assert np.linalg.norm(result) == pytest.approx(np.linalg.norm(speech), rel=1e-3)


@pytest.mark.parametrize("t60_s", [0.1, 0.4])
@pytest.mark.parametrize("direct_db", [0.0, 10.0])
def test_reverberation_has_the_drawn_decay_and_direct_sound(t60_s: float, direct_db: float) -> None:
    click = np.zeros(SAMPLE_RATE, np.float32)
    click[0] = 1.0
    config = ReverberationConfig(t60_s=(t60_s, t60_s), direct_db=(direct_db, direct_db))
    energy = reverberation(click, SAMPLE_RATE, config, generator()).astype(np.float64) ** 2
    assert 10 * np.log10(energy[0] / energy[1:].sum()) == pytest.approx(direct_db, abs=0.2)
    # Schroeder's backward integral falls by 30 dB in half of the decay time.
    left = np.cumsum(energy[:0:-1])[::-1]
    halfway = np.flatnonzero(left < left[0] * 1e-3)[0] / SAMPLE_RATE
    assert halfway == pytest.approx(t60_s / 2, rel=0.1)


def test_equaliser_of_strength_0_is_identity() -> None:
    speech = some_speech()
    result = equaliser(speech, SAMPLE_RATE, EqualiserConfig(sigma=0), generator())
    np.testing.assert_array_equal(result, speech)


def test_equaliser_differs_more_with_more_strength() -> None:
    speech = some_speech()
    gentle, strong = (
        equaliser(speech, SAMPLE_RATE, EqualiserConfig(sigma=sigma), generator()) - speech
        for sigma in (0.1, 0.4)
    )
    np.testing.assert_allclose(strong, 4 * gentle, atol=1e-5)
    assert gentle.std() > 0


@given(st.floats(1000, 7000), seeds)
def test_band_limit_removes_what_is_above_the_cutoff(cutoff_hz: float, seed: int) -> None:
    hiss = generator(seed).standard_normal(SAMPLE_RATE, dtype=np.float32)
    config = BandLimitConfig(cutoff_hz=(cutoff_hz, cutoff_hz))
    result = band_limit(hiss, SAMPLE_RATE, config, generator())
    window = np.hanning(hiss.size)
    before, after = (np.abs(np.fft.rfft(w * window)) ** 2 for w in (hiss, result))
    above, below = round(cutoff_hz) + 150, round(cutoff_hz) - 150
    assert after[above:].sum() < 1e-4 * before[above:].sum()
    assert after[:below].sum() == pytest.approx(before[:below].sum(), rel=0.02)


def test_band_limit_above_the_spectrum_is_identity() -> None:
    config = BandLimitConfig(cutoff_hz=(8000, 9000))
    speech = some_speech()
    np.testing.assert_array_equal(band_limit(speech, SAMPLE_RATE, config, generator()), speech)


@given(st.floats(-5, 40), st.floats(0, 2), seeds)
def test_noise_has_the_drawn_snr_on_the_active_speech(
    snr_db: float, slope: float, seed: int
) -> None:
    speech = some_speech()
    config = NoiseConfig(snr_db=(snr_db, snr_db), slope=(slope, slope))
    added = noise(speech, SAMPLE_RATE, config, generator(seed)) - speech
    frames, noise_frames = (w.reshape(-1, 320).astype(np.float64) ** 2 for w in (speech, added))
    active = frames.mean(axis=1) > 1e-3 * frames.mean(axis=1).max()
    measured_db = 10 * np.log10(frames[active].mean() / noise_frames[active].mean())
    assert 0.1 < active.mean() < 0.6
    assert measured_db == pytest.approx(snr_db, abs=0.5)


@pytest.mark.parametrize("slope", [0.0, 1.0, 2.0])
def test_noise_falls_with_the_drawn_slope(slope: float) -> None:
    speech = some_speech(4.0)
    config = NoiseConfig(snr_db=(0, 0), slope=(slope, slope))
    added = noise(speech, SAMPLE_RATE, config, generator()) - speech
    powers = np.abs(np.fft.rfft(added)) ** 2
    octaves = [powers[4 * low : 8 * low].mean() for low in (200, 400, 800, 1600, 3200)]
    measured = -np.polyfit(range(5), np.log2(octaves), 1)[0]
    assert measured == pytest.approx(slope, abs=0.1)


@given(st.floats(-20, 30))
def test_level_applies_the_gain_and_clips_at_full_scale(gain_db: float) -> None:
    waveform = tone(200, 0.1)
    result = level(waveform, SAMPLE_RATE, LevelConfig(gain_db=(gain_db, gain_db)), generator())
    louder = waveform * 10 ** (gain_db / 20)
    np.testing.assert_allclose(result, np.clip(louder, -1, 1), rtol=1e-5)
    assert np.abs(result).max() <= 1


@pytest.mark.parametrize(
    ("section", "values"),
    [
        (SpeedConfig, {"factor": (0.0, 1.0)}),
        (StretchConfig, {"factor": (1.0, 9.0)}),
        (ReverberationConfig, {"t60_s": (-0.1, 0.5)}),
        (BandLimitConfig, {"cutoff_hz": (0.0, 4000.0)}),
    ],
)
def test_strengths_that_cannot_be_applied_are_refused(section: Any, values: Any) -> None:
    with pytest.raises(ValidationError, match="both bounds must lie between"):
        section(**values)


@given(st.floats(-6, 6), st.floats(150, 1200))
def test_pitch_moves_the_pitch_and_keeps_the_length(semitones: float, frequency_hz: float) -> None:
    waveform = tone(frequency_hz)
    moved = pitch(waveform, SAMPLE_RATE, PitchConfig(semitones=(semitones, semitones)), generator())
    assert moved.size == pytest.approx(waveform.size, rel=0.02)
    expected = frequency_hz * 2 ** (semitones / 12)
    assert pitch_hz(moved) == pytest.approx(expected, rel=0.03)


@given(st.floats(0, 1), seeds)
def test_cut_takes_from_both_ends_and_leaves_two_thirds(seconds: float, seed: int) -> None:
    speech = tone(300, 0.9)
    waveform = np.pad(speech, 1600)
    kept = cut(waveform, SAMPLE_RATE, CutConfig(seconds=(seconds, seconds)), generator(seed))
    assert 0.66 * speech.size <= kept.size <= speech.size + 1600
    if seconds < 0.1:
        assert kept.size == pytest.approx(speech.size - 2 * seconds * SAMPLE_RATE, abs=1200)


@given(st.floats(-5, 40), seeds)
def test_babble_has_the_drawn_snr_on_the_active_speech(snr_db: float, seed: int) -> None:
    waveform = tone(440)
    mixed = babble(waveform, SAMPLE_RATE, BabbleConfig(snr_db=(snr_db, snr_db)), generator(seed))
    ratio = np.mean(waveform**2) / np.mean((mixed - waveform) ** 2)
    assert 10 * np.log10(ratio) == pytest.approx(snr_db, abs=1.0)


def test_babble_is_what_others_say_over_and_over() -> None:
    config = BabbleConfig(snr_db=(0.0, 0.0))
    waveform, voice = tone(440), tone(1500, 0.2)
    mixed = babble(waveform, SAMPLE_RATE, config, generator(), talk=lambda rng: voice)
    spectrum = np.abs(np.fft.rfft(mixed - waveform))
    loudest_hz = spectrum.argmax() * SAMPLE_RATE / mixed.size
    # At other speeds: 0.8 to 1.25 times 1500 Hz; nothing of the clip itself.
    assert 1190 < loudest_hz < 1885
    near_the_clip = round(440 * mixed.size / SAMPLE_RATE)
    assert spectrum[near_the_clip - 5 : near_the_clip + 6].max() < 0.05 * spectrum.max()


def test_others_pause_between_their_phrases() -> None:
    waveform, voice = tone(440, 2.0), tone(1500, 0.5)

    def share_of_silence(pause_s: float) -> float:
        config = BabbleConfig(snr_db=(0.0, 0.0), pause_s=(pause_s, pause_s))
        mixed = [
            babble(waveform, SAMPLE_RATE, config, generator(seed), talk=lambda rng: voice)
            for seed in range(20)
        ]
        return float(np.mean([np.abs(sound - waveform) < 1e-6 for sound in mixed]))

    assert share_of_silence(0.0) < 0.05  # a tone passes through zero
    assert share_of_silence(0.5) > 0.1
    assert share_of_silence(4.0) > share_of_silence(0.5)


def test_talk_changes_babble_alone() -> None:
    waveform = some_speech()
    quiet = AugmentConfig.model_validate({"babble": {"probability": 0.0}})
    loud = AugmentConfig.model_validate({"babble": {"probability": 1.0}})

    def draw(config: AugmentConfig, hz: float) -> Waveform:
        return augment(waveform, SAMPLE_RATE, config, generator(3), lambda rng: tone(hz))

    np.testing.assert_array_equal(draw(quiet, 500), draw(quiet, 900))
    assert not np.array_equal(draw(loud, 500), draw(loud, 900))


def test_codec_keeps_as_many_levels_as_its_bits_allow() -> None:
    waveform = some_speech()
    for bits in (3, 6):
        coded = codec(waveform, SAMPLE_RATE, CodecConfig(bits=(bits, bits)), generator())
        assert 2 ** (bits - 1) < np.unique(coded).size <= 2**bits + 1
        assert np.abs(coded).max() <= np.abs(waveform).max()


def test_codec_of_many_bits_is_hardly_heard() -> None:
    waveform = some_speech()
    coded = codec(waveform, SAMPLE_RATE, CodecConfig(bits=(16, 16)), generator())
    np.testing.assert_allclose(coded, waveform, atol=1e-3)
