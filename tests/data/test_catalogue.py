import dataclasses
from pathlib import Path
from typing import Any

import pytest

from slu.config import CorpusConfig, load_config
from slu.data import flite
from slu.data.catalogue import CatalogueDraft, draft_of, example_catalogues, read_draft, split_items
from slu.errors import ConfigError

CONFIGS = Path(__file__).parents[2] / "configs"
CORPUS = load_config(CorpusConfig, CONFIGS / "corpus.yaml")
DRAFT = draft_of(CORPUS)
PRODUCTS, QUANTITIES = DRAFT.slots.values()


def changed(**changes: Any) -> CatalogueDraft:
    return dataclasses.replace(DRAFT, **changes)


def problems(draft: CatalogueDraft) -> list[str]:
    with pytest.raises(ConfigError) as error:
        read_draft(draft, CORPUS)
    return str(error.value).split("\n")


def test_a_draft_that_nobody_touched_is_the_catalogue() -> None:
    assert read_draft(DRAFT, CORPUS) == CORPUS


def test_flite_speaks_the_language_of_the_draft() -> None:
    indonesian = read_draft(changed(flite=True), CORPUS)
    assert {engine.language for engine in indonesian.more_engines} == {CORPUS.language}
    assert read_draft(draft_of(indonesian), indonesian) == indonesian

    english = dataclasses.replace(draft_of(indonesian), language="en-us", accents=())
    engines = read_draft(english, indonesian).more_engines
    assert engines == flite.with_flite((), "en-us")
    silent = read_draft(dataclasses.replace(draft_of(indonesian), flite=False), indonesian)
    assert silent == CORPUS


def test_what_was_typed_is_tidied() -> None:
    draft = changed(
        slots={
            "product": ((" Teh  Manis ", " teh , teh  manis,,"), ("", " ")),
            "quantity": QUANTITIES,
        },
        templates=(("  {quantity} {product} ", 2.0), ("", 1.0)),
        pronunciations=(("teh", "[[t@, h]], teh"), ("", "")),
        utterances=50,
        language="ms",
        accents=(),
    )  # fmt: skip
    corpus = read_draft(draft, CORPUS)
    assert corpus.slots["product"] == {"Teh Manis": ("teh", "teh  manis")}
    assert [(t.text, t.weight) for t in corpus.templates] == [("{quantity} {product}", 2.0)]
    assert corpus.pronunciations == {"teh": ("[[t@, h]]", "teh")}
    assert (corpus.utterances, corpus.language, corpus.voices.accents) == (50, "ms", ())
    assert corpus.voices.pitch == CORPUS.voices.pitch


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (("", "roti"), "Product, row 11: give “roti” a label, or delete the row."),
        (("roti", ""), "Product, row 11: write at least one way to say “roti”."),
        (("roti", " , "), "Product, row 11: write at least one way to say “roti”."),
        (("Beras", "nasi"), "Product, row 11: “Beras” is in row 2 already."),
        (("none", "nol"), "Product, row 11: “none” is the label of what is not said; "
         "choose another one."),
        (("roti", "Kopi"), "Product, row 11: “Kopi” means row 4 already; one phrase, one meaning."),
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_is_named(row: tuple[str, str], problem: str) -> None:
    assert problems(changed(slots={"product": (*PRODUCTS, row), "quantity": QUANTITIES})) == [
        problem
    ]


@pytest.mark.parametrize(
    ("phrase", "problem"),
    [
        (("catat {product", 1.0), "“catat {product”, position 7: '{' is never closed."),
        (("catat {size}", 1.0), "there is no {size}; use {product} or {quantity}."),
        (("catat {product}", 0.0), "how often “catat {product}” comes must be a number above 0."),
        (("({product})?", 1.0), "position 1: every part may be left out; keep at least one word."),
    ],
)
def test_a_phrase_that_cannot_be_is_named(phrase: tuple[str, float], problem: str) -> None:
    (found,) = problems(changed(templates=(*DRAFT.templates, phrase)))
    assert found.startswith("Phrases, row 7: ")
    assert found.endswith(problem)


def test_every_slot_must_be_in_some_phrase() -> None:
    assert problems(changed(templates=(("{product}", 1.0),))) == [
        "Phrases: none has {quantity}; add a phrase with it."
    ]


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (("air mineral", "x"), "write one single word, not “air mineral”."),
        (("roti", ""), "write at least one way to pronounce “roti”."),
        (("beli", "x"), "“beli” is in row 3 already."),
    ],
)
def test_a_pronunciation_that_cannot_be_is_named(row: tuple[str, str], problem: str) -> None:
    assert problems(changed(pronunciations=(*DRAFT.pronunciations, row))) == [
        f"Pronunciations, row 6: {problem}"
    ]


def test_all_problems_are_told_at_once() -> None:
    draft = changed(slots={"product": (), "quantity": (("1", ""),)}, templates=(("x", -1.0),))
    assert len(problems(draft)) == 5


def test_what_only_the_configuration_knows_is_told_as_well() -> None:
    assert problems(changed(utterances=0)) == [
        "utterances = 0: must be a whole number, at least 1 and at most 2000000"
    ]


def test_phonemes_may_hold_commas() -> None:
    assert split_items("[[b@,r,'as]], beras ,") == ["[[b@,r,'as]]", "beras"]


def test_every_example_is_complete_and_says_what_it_is() -> None:
    examples = example_catalogues(CONFIGS / "catalogues")
    assert len(examples) >= 3
    for title, path in examples.items():
        corpus = load_config(CorpusConfig, path)
        assert read_draft(draft_of(corpus), corpus) == corpus
        assert title[0].isupper()
        assert "(" in title, "says which language"


def test_the_catalogue_that_is_shipped_can_be_had_again() -> None:
    assert load_config(CorpusConfig, CONFIGS / "catalogues/warung.yaml") == CORPUS
