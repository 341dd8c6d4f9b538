import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slu.config.grammar import (
    OneOf,
    Sequence,
    SlotReference,
    Words,
    parse_template,
    slot_references,
)

WORDS = st.text("abc ,.?é", min_size=1, max_size=6)
PLAIN = WORDS.filter(str.strip)


def groups(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    options = st.lists(inner, min_size=1, max_size=3).map("|".join)
    return st.one_of(options.map("[{}]".format), options.map("({})?".format))


TEMPLATES = st.recursive(
    st.one_of(PLAIN, st.just("{slot}")),
    lambda inner: st.one_of(groups(inner), st.lists(inner, min_size=1, max_size=3).map("".join)),
    max_leaves=12,
)


def test_a_template_becomes_its_parts() -> None:
    assert parse_template("[catat|jual] {quantity} (kg)?") == Sequence(
        (
            OneOf((Sequence((Words("catat"),)), Sequence((Words("jual"),)))),
            Words(" "),
            SlotReference("quantity", 14),
            Words(" "),
            OneOf((Sequence((Words("kg"),)), Sequence())),
        )
    )


def test_slots_are_found_within_groups() -> None:
    text = "[brew|can I get] a ({size})? {product} (with {milk} (and {sugar})?)?"
    names = [slot.name for slot in slot_references(parse_template(text))]
    assert names == ["size", "product", "milk", "sugar"]


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        ("catat {quantity", "position 7: '{' is never closed"),
        ("catat [a|b", "position 7: '[' is never closed"),
        ("catat [", "position 7: '[' is never closed"),
        ("[a|(b]", "position 4: '(' is never closed"),
        ("catat (ya) lima", "position 10: ')' must be followed by '?'"),
        ("catat] lima", "position 6: ']' closes nothing"),
        ("catat} lima", "position 6: '}' closes nothing"),
        ("catat | jual", "position 7: '|' stands outside"),
        ("[catat|] lima", "position 8: an empty alternative"),
        ("( )? lima", "position 2: an empty alternative"),
        ("(catat)? [(a)?|b]", "position 1: every part may be left out"),
        ("  ", "position 1: every part may be left out"),
        ("[" * 21 + "a" + "]" * 21, "position 21: groups are nested more than 20 deep"),
    ],
)
def test_mistakes_are_named_with_their_position(template: str, problem: str) -> None:
    with pytest.raises(ValueError, match=re.escape(problem)):
        parse_template(template)


@given(TEMPLATES)
def test_well_formed_templates_are_read(template: str) -> None:
    node = parse_template(f"say {template}")
    positions = [slot.position for slot in slot_references(node)]
    assert len(positions) == template.count("{slot}")
    assert all(f"say {template}"[position - 1] == "{" for position in positions)


@given(st.text("[](){}|?ab ", max_size=40))
def test_any_text_is_read_or_refused_in_words(template: str) -> None:
    try:
        parse_template(template)
    except ValueError as error:
        assert str(error).startswith("position ")  # noqa: PT017
