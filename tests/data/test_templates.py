from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slu.config import CorpusConfig
from slu.data.templates import Phrase, PhraseSampler

SLOTS = {
    "product": {"beras": ("beras",), "air mineral": ("air mineral", "aqua"), "teh": ("teh",)},
    "quantity": {"1": ("satu",), "2": ("dua",)},
}


def draw(templates: list[Any], count: int, seed: int = 0) -> list[Phrase]:
    config = CorpusConfig(templates=templates, slots=SLOTS)
    rng = np.random.default_rng(seed)
    sampler = PhraseSampler(config, rng)
    return [sampler.draw(rng) for _ in range(count)]


def test_a_phrase_says_its_labels() -> None:
    ways = {("air mineral", "aqua"), ("air mineral", "air mineral"), ("beras",) * 2, ("teh",) * 2}
    phrases = draw(["catat {quantity} {product}"], 60)
    said = {(phrase.labels["product"], phrase.text.split(" ", 2)[2]) for phrase in phrases}
    assert said == ways


def test_one_of_the_alternatives_is_said() -> None:
    phrases = draw(["[catat|[jual|beli]] {quantity} {product}"], 60)
    assert {phrase.text.split()[0] for phrase in phrases} == {"catat", "jual", "beli"}


def test_a_slot_that_is_not_spoken_has_no_label() -> None:
    phrases = draw(["{product} ({quantity} (kilo|buah)?)?"], 200)
    spoken = Counter(len(phrase.labels) for phrase in phrases)
    assert spoken[1] == pytest.approx(100, abs=30)
    assert all(
        ("quantity" in phrase.labels) == (" satu" in phrase.text or " dua" in phrase.text)
        for phrase in phrases
    )


def test_spaces_of_parts_that_are_left_out_disappear() -> None:
    phrases = draw(["catat (ya)?  {quantity} ( dong )? {product} (lagi)?"], 40)
    assert all(phrase.text == " ".join(phrase.text.split()) for phrase in phrases)


def test_heavier_templates_are_drawn_more_often() -> None:
    heavy = {"text": "a {quantity} {product}", "weight": 9}
    firsts = Counter(phrase.text[0] for phrase in draw([heavy, "b {product}"], 400))
    assert firsts["a"] == pytest.approx(360, abs=30)


def test_a_slot_named_twice_has_one_label() -> None:
    phrases = draw(["{quantity} {product} ya {quantity}"], 20)
    assert all(phrase.text.split()[0] == phrase.text.split()[-1] for phrase in phrases)


@settings(deadline=None)
@given(count=st.integers(1, 60), seed=st.integers(0, 1000))
def test_labels_come_up_equally_often(count: int, seed: int) -> None:
    phrases = draw(["[catat|jual] {quantity} {product}", "{product} {quantity}"], count, seed)
    for slot, labels in SLOTS.items():
        counts = Counter(phrase.labels[slot] for phrase in phrases)
        times = [counts[label] for label in labels]
        assert max(times) - min(times) <= 1


def test_a_wanted_label_is_said_wherever_its_slot_is() -> None:
    config = CorpusConfig(templates=["[catat|beli] {product} ({quantity})?"], slots=SLOTS)
    rng = np.random.default_rng(0)
    sampler = PhraseSampler(config, rng, {"product": "teh"})
    phrases = [sampler.draw(rng) for _ in range(40)]
    assert {phrase.labels["product"] for phrase in phrases} == {"teh"}
    assert {phrase.labels.get("quantity") for phrase in phrases} == {None, "1", "2"}
