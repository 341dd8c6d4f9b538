"""Which clips count as broken."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slu.audio.types import Waveform
from slu.config import CorpusConfig, EngineConfig
from slu.data.espeak import count_sounds
from slu.data.rendering import speech_alone
from slu.data.soundness import Fault, expected_duration_s, find_fault, voiced_share
from slu.data.utterances import Utterance, plan_utterances
from slu.data.voices import Voice

RATE = 16000


def corpus(**changes: Any) -> CorpusConfig:
    values = {
        "templates": ["catat {quantity} {product}"],
        "slots": {"product": {"beras": ["beras"]}, "quantity": {1: ["satu"], 2: ["dua"]}},
        "utterances": 30,
    }
    return CorpusConfig(**(values | changes))


CORPUS = corpus()
ORDER = plan_utterances(CORPUS)[0]


def hum(duration_s: float, level: float = 0.3, hz: float = 120.0) -> Waveform:
    """A voice, as far as a machine can tell: overtones of one pitch."""
    seconds = np.arange(round(duration_s * RATE)) / RATE
    tones = sum(np.sin(2 * np.pi * hz * n * seconds) / n for n in range(1, 6))
    wave: Waveform = (level * tones / np.abs(tones).max()).astype(np.float32)
    return wave


def fault_of(speech: Waveform, config: CorpusConfig = CORPUS) -> Fault | None:
    return find_fault(ORDER, speech, RATE, config)


def test_orders_as_they_are_spoken_are_whole() -> None:
    for utterance in plan_utterances(CORPUS):
        assert find_fault(utterance, *speech_alone(utterance), CORPUS) is None


def test_each_fault_is_found() -> None:
    usual_s = expected_duration_s(ORDER, "id")
    assert fault_of(hum(usual_s)) is None
    assert fault_of(hum(0.3 * usual_s)) is Fault.TOO_SHORT
    assert fault_of(hum(3 * usual_s)) is Fault.TOO_LONG
    assert fault_of(hum(usual_s, level=0.002)) is Fault.SILENT
    assert fault_of(np.clip(hum(usual_s, level=3.0), -1, 1)) is Fault.CLIPPED
    noise = np.random.default_rng(0).normal(0, 0.1, round(usual_s * RATE)).astype(np.float32)
    assert fault_of(noise) is Fault.NO_VOICE


def test_the_limits_are_those_of_the_catalogue() -> None:
    long = hum(3 * expected_duration_s(ORDER, "id"))
    assert fault_of(long, corpus(checks={"length": [0.4, 4]})) is None
    assert fault_of(long, corpus(checks={"enable": False})) is None


def test_speech_that_breaks_off_is_too_short() -> None:
    speech, rate = speech_alone(ORDER)
    assert find_fault(ORDER, speech[: speech.size // 4], rate, CORPUS) is Fault.TOO_SHORT


@settings(deadline=None, max_examples=30)
@given(st.integers(80, 450), st.integers(0, 300))
def test_slow_speech_and_gaps_are_expected_to_take_long(speed_wpm: int, gap_ms: int) -> None:
    delivery = replace(ORDER.delivery, speed_wpm=speed_wpm, word_gap_ms=0)
    plain_s = expected_duration_s(replace(ORDER, delivery=delivery), "id")
    gaps = replace(delivery, word_gap_ms=gap_ms)
    with_gaps_s = expected_duration_s(replace(ORDER, delivery=gaps), "id")
    usual = replace(delivery, speed_wpm=160)
    assert with_gaps_s - plain_s == pytest.approx(2 * gap_ms / 1000)
    assert plain_s * speed_wpm / 160 == pytest.approx(
        expected_duration_s(replace(ORDER, delivery=usual), "id")
    )


@pytest.mark.parametrize(("pace", "expected"), [("", 1.0), (" {stretch}", 2.0)])
def test_a_program_is_slow_only_where_it_was_told_to_be(pace: str, expected: float) -> None:
    engine = EngineConfig(name="command", command="say {text} {out}" + pace)

    def spoken(speed_wpm: int) -> Utterance:
        delivery = replace(ORDER.delivery, speed_wpm=speed_wpm)
        return replace(ORDER, voice=Voice("say", "", engine), delivery=delivery)

    ratio = expected_duration_s(spoken(80), "id") / expected_duration_s(spoken(160), "id")
    assert ratio == pytest.approx(expected)


def test_letters_count_where_the_language_is_not_known() -> None:
    engine = EngineConfig(name="command", command="say {text} {out}")
    order = replace(ORDER, voice=Voice("say", "", engine), spoken="a" * 20)
    assert expected_duration_s(order, "xx") == pytest.approx(0.1 + 20 * 0.075)


def test_sounds_are_counted_without_stress_and_pauses() -> None:
    assert count_sounds("[[s|'a|t|u]]", "id") == 4
    assert count_sounds("satu satu", "id") == 2 * count_sounds("satu", "id")
    assert count_sounds("knight", "en") < len("knight")


@pytest.mark.parametrize("hz", [70.0, 120.0, 250.0, 400.0])
def test_a_pitch_of_any_height_is_a_voice(hz: float) -> None:
    assert voiced_share(hum(0.5, hz=hz), RATE) == 1.0


def test_a_voice_is_found_at_any_rate_and_length() -> None:
    assert voiced_share(hum(0.03), RATE) == 1.0
    assert voiced_share(hum(0.5)[::2], RATE // 2) == 1.0
    noise = np.random.default_rng(0).normal(0, 0.1, RATE).astype(np.float32)
    assert voiced_share(noise, RATE) < 0.02
    half = np.concatenate([hum(0.5), noise[: RATE // 2]])
    assert voiced_share(half, RATE) == pytest.approx(0.5, abs=0.05)
