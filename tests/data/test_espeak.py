import threading
from pathlib import Path

import numpy as np
import pytest

from slu.audio.types import Waveform
from slu.data import espeak
from slu.data.espeak import Delivery, speak
from slu.data.voices import Voice, usable_variants
from slu.errors import SynthesisError

PHRASE = "catat tiga beras"
# Breath, an echo, the Klatt synthesiser, flutter: whatever keeps state or is noise.
STATEFUL = ["f2", "victor", "Reed", "klatt4", "grandma", "m3"]


def waveform(text: str = PHRASE, variant: str = "m3", **delivery: int) -> Waveform:
    return speak(text, Voice("id", variant), Delivery(**delivery))[0]


def test_a_phrase_is_sound_at_the_engines_rate() -> None:
    samples, sample_rate = speak(PHRASE, Voice("id", "f3"))
    assert sample_rate == 22050
    assert samples.dtype == np.float32
    assert 0.5 < samples.size / sample_rate < 3
    assert 0.05 < np.abs(samples).max() <= 1


@pytest.mark.parametrize("variant", STATEFUL)
def test_a_clip_does_not_depend_on_what_was_spoken_before(variant: str) -> None:
    first = waveform(variant=variant)
    speak("jual dua kopi!", Voice("ms", "f2"), Delivery(300, 90, 90, 50, 1))
    speak("air mineral", Voice("en-us", "klatt4"))
    np.testing.assert_array_equal(waveform(variant=variant), first)


def test_threads_do_not_disturb_one_another() -> None:
    expected = {variant: waveform(variant=variant) for variant in STATEFUL}
    spoken: dict[str, Waveform] = {}

    def speak_as(variant: str) -> None:
        spoken[variant] = waveform(variant=variant)

    threads = [threading.Thread(target=speak_as, args=[variant]) for variant in STATEFUL]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for variant in STATEFUL:
        np.testing.assert_array_equal(spoken[variant], expected[variant])


@pytest.mark.parametrize("accent", ["id", "ms"])
def test_no_usable_voice_is_silent_or_like_another(accent: str) -> None:
    clips = [speak(PHRASE, Voice(accent, variant))[0] for variant in usable_variants()]
    assert all(np.abs(clip).max() > 0.05 for clip in clips)
    assert len({clip.tobytes() for clip in clips}) == len(clips)


def test_speed_and_gaps_change_the_length() -> None:
    assert waveform(speed_wpm=100).size > 1.3 * waveform().size
    assert waveform(word_gap_ms=100).size > waveform().size + 2000


@pytest.mark.parametrize("delivery", [{"pitch": 80}, {"pitch_range": 90}, {"stressed_word": 1}])
def test_intonation_changes_the_sound(delivery: dict[str, int]) -> None:
    assert waveform(**delivery).tobytes() != waveform().tobytes()


@pytest.mark.parametrize("ending", ["?", "!", ","])
def test_a_final_sign_changes_the_sound(ending: str) -> None:
    assert waveform(PHRASE + ending).tobytes() != waveform().tobytes()


def test_phonemes_are_spoken_as_phonemes() -> None:
    assert waveform("[[b@R'as]]").size < waveform("b@R'as").size / 2
    stressed = waveform("[[b@R'as]]", stressed_word=0)
    np.testing.assert_array_equal(stressed, waveform("[[b@R'as]]"))


def test_markup_in_a_text_is_read_out() -> None:
    assert waveform("<break time='3s'/>").tobytes() != waveform("break time 3s").tobytes()
    assert waveform("satu & <b>").size > waveform("satu").size


def test_a_text_without_words_is_refused() -> None:
    with pytest.raises(SynthesisError, match=r"says nothing for '...' \(id\)"):
        speak("...", Voice("id"))


def test_an_unknown_voice_is_refused() -> None:
    with pytest.raises(SynthesisError, match="no voice variant 'f33'"):
        speak("satu", Voice("id", "f33"))


def test_missing_data_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(espeak, "data_path", lambda: tmp_path)
    with pytest.raises(SynthesisError, match="cannot read its data"):
        speak("satu", Voice("id"))
    capfd.readouterr()  # the library complains on its own
    monkeypatch.undo()
    assert waveform("satu").any()


@pytest.mark.parametrize("text", [PHRASE, "catat [[b@R'as]], ya?", "[[t'iga]]"])
@pytest.mark.parametrize("accent", ["id", "en-us", "sw"])
def test_changed_sounds_can_be_heard_to_the_end(text: str, accent: str) -> None:
    plain, sample_rate = speak(text, Voice(accent))
    for seed in range(8):
        changed, _ = speak(text, Voice(accent), Delivery(sound_changes=1.0, seed=seed))
        assert changed.size > 0.6 * plain.size - 0.3 * sample_rate
        assert np.abs(changed).max() > 0.05


def test_sounds_are_changed_the_same_way_for_a_seed() -> None:
    voice = Voice("id")
    first, again, other = (
        speak(PHRASE, voice, Delivery(sound_changes=0.5, seed=seed))[0] for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
