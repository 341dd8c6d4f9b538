from textwrap import dedent

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from slu.config.yaml_edit import edit_yaml
from slu.config.yaml_text import format_inline, format_yaml, parse_yaml

NAMES = st.sampled_from(["a", "b", "c", "sub", "null", "yes", "x y", "é:", "#d"])
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Zl", "Zp"]), max_size=12)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT
LISTS = st.lists(SCALARS, max_size=3)
SECTIONS = st.recursive(
    st.dictionaries(NAMES, SCALARS | LISTS, max_size=4),
    lambda section: st.dictionaries(NAMES, SCALARS | LISTS | section, max_size=4),
    max_leaves=6,
)


def edited(text: str, new: object) -> str:
    return edit_yaml(dedent(text), parse_yaml(dedent(text)), new)


@given(SECTIONS, SECTIONS)
def test_what_is_edited_means_what_it_shall(old: dict[str, object], new: dict[str, object]) -> None:
    assert parse_yaml(edit_yaml(format_yaml(old), old, new)) == new
    assert parse_yaml(edit_yaml(format_inline(old), old, new)) == new


@given(SECTIONS, SECTIONS)
def test_what_stays_the_same_is_not_touched(old: dict[str, object], new: dict[str, object]) -> None:
    commented = {name: f"# about {index}" for index, name in enumerate(old)}
    parts = [f"{commented[name]}\n{format_yaml({name: old[name]})}" for name in old]
    text = edit_yaml("".join(parts) or "{}", old, new)

    for name, part in zip(old, parts, strict=True):
        assert not new or commented[name] in text
        if name in new and format_inline(new[name]) == format_inline(old[name]):
            assert part in text


def test_comments_stay_at_their_values_and_in_their_column() -> None:
    text = """\
        # Head.
        a: 1.5       # first
        sub:
          b: [1, 2]  # second
          c: x       # third

        # Tail.
        d: yes it is
        """
    new = {"a": 10.25, "sub": {"b": [3], "c": "a longer text"}, "d": "yes it is"}

    assert edited(text, new) == dedent(
        """\
        # Head.
        a: 10.25     # first
        sub:
          b: [3]     # second
          c: a longer text # third

        # Tail.
        d: yes it is
        """
    )


def test_a_key_is_added_below_its_neighbours_and_above_the_next_comment() -> None:
    text = "sub:\n  b: 1  # one\n\n# About d.\nd: 2\n"

    assert edited(text, {"sub": {"b": 1, "new": {"x": [0.5]}}, "d": 2}) == (
        "sub:\n  b: 1  # one\n  new: {x: [0.5]}\n\n# About d.\nd: 2\n"
    )


def test_a_key_goes_with_its_line() -> None:
    assert edited("a: 1  # one\nb:\n  - 2\n  - 3\nc: 4", {"a": 1, "c": 4}) == "a: 1  # one\nc: 4\n"


def test_a_list_of_lines_stays_one() -> None:
    assert edited("a:\n  - x\n  - y\nb: 1\n", {"a": ["z", 7], "b": 1}) == (
        "a:\n  - z\n  - 7\nb: 1\n"
    )


def test_a_value_that_was_left_empty_is_filled() -> None:
    assert edited("a:\nb: 1\n", {"a": 2, "b": 1}) == "a: 2\nb: 1\n"


def test_a_default_that_the_text_leaves_out_is_written_only_when_it_changes() -> None:
    old = {"a": 1, "b": 2, "c": 3}

    assert edit_yaml("a: 1\n", old, {"a": 1, "b": 2, "c": 4}) == "a: 1\nc: 4\n"


def test_one_value_of_a_section_on_one_line_changes_alone() -> None:
    assert edited("a: {x: 1,  y: 2} # xy\n", {"a": {"x": 1, "y": 3}}) == "a: {x: 1,  y: 3} # xy\n"


def test_one_is_not_true() -> None:
    assert edited("a: 1\n", {"a": True}) == "a: true\n"


@pytest.mark.parametrize("text", ["- 1\n", "7", "a: [", ""])
def test_a_text_without_keys_is_refused(text: str) -> None:
    with pytest.raises(yaml.YAMLError):
        edit_yaml(text, {}, {"a": 1})
