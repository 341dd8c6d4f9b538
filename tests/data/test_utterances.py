from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slu.config import CorpusConfig
from slu.config.corpus import SplitConfig
from slu.data.casting import divide
from slu.data.utterances import Utterance, plan_readings, plan_utterances
from slu.errors import SynthesisError

SLOTS = {
    "product": {"Beras": ["beras"], "gula": ["gula"], "teh": ["teh"]},
    "quantity": {1: ["satu"], 2: ["dua"]},
}
FIXED = {
    "speed_wpm": [150, 150],
    "pitch": [50, 50],
    "pitch_range": [50, 50],
    "word_gap_ms": [0, 0],
    "pause_s": [0.1, 0.1],
    "emphasis": 0,
    "sound_changes": [0, 0],
    "punctuation": 0,
}


def plan(count: int = 120, **changes: Any) -> list[Utterance]:
    values = {"templates": ["catat {quantity} {product}"], "slots": SLOTS, "utterances": count}
    return plan_utterances(CorpusConfig(**(values | changes)))


def test_equal_seeds_give_equal_plans() -> None:
    assert plan(seed=3) == plan(seed=3)
    assert plan(seed=3) != plan(seed=4)


def test_no_variant_speaks_in_two_splits() -> None:
    utterances = plan(600, voices={"accents": ["id", "ms"]})
    splits: dict[str, set[str]] = {}
    for utterance in utterances:
        splits.setdefault(utterance.voice.variant, set()).add(utterance.split)
    assert all(len(names) == 1 for names in splits.values())
    assert len(splits) == 81


def test_splits_have_their_shares_with_every_label_in_each() -> None:
    utterances = plan(120)
    assert Counter(u.split for u in utterances) == {"train": 84, "val": 18, "test": 18}
    for split, times in (("train", 28), ("val", 6), ("test", 6)):
        products = Counter(u.labels[0] for u in utterances if u.split == split)
        assert products == {"beras": times, "gula": times, "teh": times}


def test_voices_speak_equally_often() -> None:
    voices = {"accents": ["id", "ms"], "variants": ["m1", "m2", "m3", "f1"]}
    train = [u.voice.name for u in plan(120, voices=voices) if u.split == "train"]
    assert max(Counter(train).values()) - min(Counter(train).values()) <= 1


def test_with_two_variants_all_voices_speak_in_all_splits() -> None:
    utterances = plan(120, voices={"variants": ["m1", "f1"]})
    assert {(u.split, u.voice.variant) for u in utterances} == {
        (split, variant) for split in ("train", "val", "test") for variant in ("m1", "f1")
    }


def test_a_slot_that_is_not_spoken_is_none() -> None:
    utterances = plan(templates=["catat {product} ({quantity})?"])
    assert {u.labels[1] for u in utterances} == {"none", "1", "2"}


def test_other_spellings_are_spoken_but_not_written() -> None:
    spellings = ["[[b@R'as]]", "beras"]
    utterances = plan(pronunciations={"beras": spellings}, voices={"punctuation": 0})
    said = {u.spoken.split()[2] for u in utterances if u.labels[0] == "beras"}
    assert said == set(spellings)
    assert all("[[" not in u.text for u in utterances)


def test_deliveries_keep_to_their_ranges() -> None:
    utterances = plan(voices={"pitch": [10, 20], "emphasis": 1, "punctuation": 1})
    assert {u.delivery.pitch for u in utterances} == set(range(10, 21))
    assert {u.delivery.stressed_word for u in utterances} == {0, 1, 2}
    assert {u.spoken.removeprefix(u.text) for u in utterances} == {"?", "!", ","}


def test_no_utterance_is_planned_twice() -> None:
    voices = {"variants": ["m1", "m2", "f1"], **FIXED}
    utterances = plan(18, voices=voices, splits={"train": 0.34, "val": 0.33, "test": 0.33})
    assert len({(u.text, u.voice) for u in utterances}) == 18
    with pytest.raises(SynthesisError, match="no new one turns up; ask for fewer"):
        plan(19, voices=voices, splits={"train": 0.34, "val": 0.33, "test": 0.33})


def test_a_program_speaks_with_its_own_voices() -> None:
    command = "/opt/flite -voice {voice} -t {text} -o {out}"
    engine = {"name": "command", "command": command}
    names = {u.voice.name for u in plan(engine=engine, voices={"variants": ["slt", "awb", "rms"]})}
    assert names == {"flite+slt", "flite+awb", "flite+rms"}
    plain = plan(engine={"name": "command", "command": "/opt/say {text} {out}"})
    assert {u.voice.name for u in plain} == {"say"}


@pytest.mark.parametrize(
    ("command", "language", "said"),
    [
        ("say {text} {out}", "", {"kopi", "susu", "gulah"}),
        ("say {phones} {out}", "id", {"kopih", "susu", "gulah"}),
    ],
)
def test_what_reads_sounds_says_words_as_the_catalogue_says(
    command: str, language: str, said: set[str]
) -> None:
    config = CorpusConfig(
        templates=["{product}"],
        slots={"product": {name: [name] for name in ("kopi", "susu", "gula")}},
        pronunciations={"kopi": ["kopih"], "gula": ["gulaa"]},
        voices={"variants": ["m1"], "punctuation": 0},
        more_engines=[
            {
                "command": command,
                "language": language,
                "share": 0.5,
                "pronunciations": {"gula": ["gulah"]},
            }
        ],
        utterances=40,
    )
    spoken = {u.spoken for u in plan_utterances(config) if u.voice.engine.name == "command"}
    assert spoken == said


def test_an_unknown_accent_is_refused() -> None:
    with pytest.raises(SynthesisError, match="no language 'jawa'"):
        plan(language="jawa")


@given(st.integers(1, 5000), st.integers(1, 98), st.data())
def test_dividing_gives_each_its_share(total: int, train: int, data: st.DataObject) -> None:
    val = data.draw(st.integers(1, 99 - train))
    shares = SplitConfig(train=train / 100, val=val / 100, test=(100 - train - val) / 100)
    counts = divide(total, shares)
    assert sum(counts) == total
    assert min(counts) >= 1 or total < 3
    for count, share in zip(counts, (shares.train, shares.val, shares.test), strict=True):
        assert abs(count - total * share) <= 2


def test_a_phrase_is_read_by_different_voices_in_all_accents() -> None:
    config = CorpusConfig(
        templates=["{quantity} {product}"],
        slots=SLOTS,
        pronunciations={"gula": ["goela"]},
        voices={"accents": ["id", "ms"], "punctuation": 0},
    )
    readings = plan_readings(config, "dua gula", 3, seed=1)
    assert {reading.text for reading in readings} == {"dua gula"}
    assert {reading.spoken for reading in readings} == {"dua goela"}
    assert [reading.voice.accent for reading in readings] == ["id", "ms", "id"]
    assert len({reading.voice.variant for reading in readings}) == 3
    assert readings == plan_readings(config, "dua gula", 3, seed=1)
    assert readings != plan_readings(config, "dua gula", 3, seed=2)
