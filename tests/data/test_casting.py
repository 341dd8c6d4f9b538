"""Who speaks, and how often, where engines share a corpus."""

from collections import Counter
from typing import Any

import numpy as np
import pytest

from slu.config import CorpusConfig
from slu.data.casting import draw_readers, voices_of_splits
from slu.data.negatives import plan_negatives
from slu.data.utterances import Utterance, plan_utterances

FLITE = {"command": "flite -voice {voice} -t {text} -o {out}", "voices": ["slt", "rms", "awb"]}
SAY = {"command": "say {text} {out}"}


def corpus(*others: dict[str, Any], **changes: Any) -> CorpusConfig:
    values = {
        "templates": ["catat {quantity} {product}"],
        "slots": {"product": {"beras": ["beras"]}, "quantity": {1: ["satu"], 2: ["dua"]}},
        "utterances": 200,
        "more_engines": others,
    }
    return CorpusConfig(**(values | changes))


def program(utterance: Utterance) -> str:
    return utterance.voice.engine.program


def test_each_engine_speaks_its_share_of_each_split() -> None:
    config = corpus({**FLITE, "share": 0.25}, utterances=400, negatives={"share": 0.5})
    orders = plan_utterances(config)
    for split, count in (("train", 280), ("val", 60), ("test", 60)):
        programs = Counter(program(order) for order in orders if order.split == split)
        assert programs["flite"] == pytest.approx(0.25 * count, abs=1)
        assert programs.total() == count
    others = [clip for clip in plan_negatives(config) if isinstance(clip, Utterance)]
    assert Counter(map(program, others))["flite"] / len(others) == pytest.approx(0.25, abs=0.1)


def test_shares_hold_in_any_beginning_of_the_plan() -> None:
    config = corpus({**FLITE, "share": 0.2}, {**SAY, "share": 0.3}, voices={"variants": ["m1"]})
    turns = voices_of_splits(config)["train"]
    for count in range(10, len(turns)):
        programs = Counter(voice.engine.program for voice in turns[:count])
        assert programs["flite"] == pytest.approx(0.2 * count, abs=1.5)
        assert programs["say"] == pytest.approx(0.3 * count, abs=1.5)


def test_no_voice_of_a_program_is_in_two_splits() -> None:
    spoken = [clip for clip in plan_utterances(corpus(FLITE)) if program(clip) == "flite"]
    assert {clip.split for clip in spoken} == {"train", "val", "test"}
    assert len({(clip.split, clip.speaker) for clip in spoken}) == 3
    assert {clip.speaker for clip in spoken} == {"flite+slt", "flite+rms", "flite+awb"}


def test_a_program_of_few_voices_is_heard_in_training_alone() -> None:
    plan = plan_utterances(corpus(SAY))
    assert {clip.split for clip in plan if program(clip) == "say"} == {"train"}
    assert Counter(clip.split for clip in plan) == {"train": 140, "val": 30, "test": 30}


def test_the_first_engine_says_what_it_says_alone() -> None:
    alone, shared = voices_of_splits(corpus()), voices_of_splits(corpus(FLITE))
    for split, voices in alone.items():
        firsts = [voice for voice in shared[split] if voice.engine.name == "espeak"]
        assert firsts[: len(voices)] == voices


def test_a_program_has_pronunciations_of_its_own() -> None:
    config = corpus(
        {**SAY, "share": 0.5, "pronunciations": {"beras": ["buhrass"]}},
        pronunciations={"beras": ["[[b@R'as]]"], "dua": ["duwa"]},
        voices={"punctuation": 0},
    )
    for clip in plan_utterances(config):
        words = clip.spoken.split()
        assert words[2] == ("buhrass" if program(clip) == "say" else "[[b@R'as]]")
        assert ("duwa" in words) == (program(clip) == "" and clip.labels[1] == "2")


def test_a_program_is_among_those_who_read_a_phrase() -> None:
    readers = draw_readers(corpus(FLITE), 3, np.random.default_rng(0))
    assert [voice.engine.program for voice in readers] == ["", "", "flite"]
    assert len(draw_readers(corpus(FLITE), 1, np.random.default_rng(0))) == 1
