"""The plan of clips that are not orders."""

from typing import Any

import pytest

from slu.config import CorpusConfig
from slu.data.everyday import ACCENTS, SENTENCES
from slu.data.near_orders import is_order_like
from slu.data.negatives import Sound, plan_negatives, plan_sentences
from slu.data.utterances import Utterance, plan_utterances
from slu.data.voices import check_voices
from slu.errors import SynthesisError

SHOP: dict[str, Any] = {
    "templates": ["[catat|jual] {quantity} {product}", "{product} {quantity}"],
    "slots": {
        "product": {"beras": ["beras"], "kopi": ["kopi", "kopi bubuk"], "teh": ["teh"]},
        "quantity": {"1": ["satu"], "2": ["dua"]},
    },
    "utterances": 400,
    "negatives": {"share": 1.0, "phrases": ["permisi numpang tanya"]},
    "voices": {"accents": ["id"], "variants": ["m1", "m2", "m3", "f1", "f2", "f3"]},
}


def shop(**changes: Any) -> CorpusConfig:
    return CorpusConfig.model_validate(SHOP | changes)


@pytest.fixture(scope="module")
def planned() -> list[Utterance | Sound]:
    return plan_negatives(shop())


def spoken(clips: list[Utterance | Sound]) -> list[Utterance]:
    return [clip for clip in clips if isinstance(clip, Utterance)]


def test_there_are_as_many_as_asked_for_and_none_is_an_order(
    planned: list[Utterance | Sound],
) -> None:
    assert len(planned) == 400
    assert {label for clip in planned for label in clip.labels} == {"none"}
    assert not any(is_order_like(clip.text, shop()) for clip in planned)


def test_equal_configurations_give_equal_plans(planned: list[Utterance | Sound]) -> None:
    assert plan_negatives(shop()) == planned
    assert plan_negatives(shop(seed=8)) != planned


def test_all_kinds_are_there(planned: list[Utterance | Sound]) -> None:
    sounds = [clip for clip in planned if isinstance(clip, Sound)]
    assert {sound.kind for sound in sounds} == {
        None, "noise", "silence", "tones", "melody", "clicks",
    }  # fmt: skip
    assert all(bool(sound.speakers) == (sound.kind is None) for sound in sounds)
    texts = {clip.text for clip in spoken(planned)}
    assert any(text in texts for text in SENTENCES["id"])
    assert any(text in texts for text in SENTENCES["en"])
    for split in ("train", "val", "test"):
        own = [clip for clip in spoken(planned) if clip.text == "permisi numpang tanya"]
        assert split in {clip.split for clip in own}
    assert {"beras", "catat"} & texts
    assert any(clip.kept < 1 and clip.text.endswith("…") for clip in spoken(planned))


def test_no_voice_and_no_sentence_is_in_two_splits(planned: list[Utterance | Sound]) -> None:
    everyday = {text for texts in SENTENCES.values() for text in texts}
    orders = plan_utterances(shop())
    variants: dict[str, set[str]] = {}
    sentences: dict[str, set[str]] = {}
    for clip in [*spoken(planned), *orders]:
        variants.setdefault(clip.split, set()).add(clip.voice.variant)
        if clip.text in everyday:
            sentences.setdefault(clip.split, set()).add(clip.text)
    for table in (variants, sentences):
        sets = list(table.values())
        assert len(sets) == 3
        assert sum(map(len, sets)) == len(set.union(*sets))


def test_sentences_are_spoken_in_their_own_language(planned: list[Utterance | Sound]) -> None:
    for clip in spoken(planned):
        if clip.text in SENTENCES["en"]:
            assert clip.voice.accent in ACCENTS["en"]
        elif clip.text in SENTENCES["id"]:
            assert clip.voice.accent == "id"


def test_the_accents_are_known() -> None:
    for accents in ACCENTS.values():
        check_voices(accents, [])


@pytest.mark.parametrize("language", SENTENCES)
def test_the_sentences_differ(language: str) -> None:
    assert len(SENTENCES[language]) >= 60
    assert len({text.casefold() for text in SENTENCES[language]}) == len(SENTENCES[language])


def test_a_catalogue_of_one_slot_has_negatives_too() -> None:
    digits = shop(
        language="en", templates=["{digit}"], slots={"digit": {"4": ["four"], "7": ["seven"]}},
        voices={"accents": ["en"], "variants": ["m1", "m2", "m3"]},
    )  # fmt: skip

    texts = [clip.text for clip in plan_negatives(digits)]

    assert len(texts) == 400
    assert not any({"four", "seven"} & set(text.split()) for text in texts)


def test_an_order_among_the_phrases_is_refused() -> None:
    with pytest.raises(SynthesisError, match="'dua teh' is an order"):
        plan_negatives(shop(negatives={"share": 0.1, "phrases": ["dua teh"]}))


def test_without_a_share_there_are_none() -> None:
    assert plan_negatives(shop(negatives={})) == []


def test_sentences_of_ones_own_are_planned_for_a_split() -> None:
    plan = plan_sentences(shop(), [("en", "good night"), ("", "selamat malam")], "test", 5)

    assert [utterance.text for utterance in plan] == ["good night", "selamat malam"]
    assert plan[0].voice.accent in ACCENTS["en"]
    assert plan[1].voice.accent == "id"
    assert {utterance.split for utterance in plan} == {"test"}
