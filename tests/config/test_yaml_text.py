import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from slu.config.yaml_text import format_yaml, parse_yaml

# PyYAML itself loses U+0085 and its like, which are line ends to it.
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Zl", "Zp"]))
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT
VALUES = st.recursive(SCALARS, lambda v: st.lists(v) | st.dictionaries(TEXT, v), max_leaves=8)


@given(VALUES)
def test_what_is_written_is_read_as_the_same(values: object) -> None:
    assert parse_yaml(format_yaml(values)) == values


@pytest.mark.parametrize("text", ["no", "Yes", "on", "2026-01-31", "010", "1_000", "1:30", "0x1F"])
def test_words_that_only_yaml_1_1_reads_otherwise_are_text(text: str) -> None:
    assert parse_yaml(text) == text
    assert parse_yaml(f"{text}: {text}") == {text: text}
    assert parse_yaml(format_yaml({text: text})) == {text: text}


@pytest.mark.parametrize(
    ("text", "value"),
    [("1e-3", 0.001), ("-.5", -0.5), ("+4", 4), ("0", 0), ("TRUE", True), ("~", None), ("", None)],
)
def test_numbers_truth_values_and_nothing_are_read(text: str, value: object) -> None:
    assert parse_yaml(f"[{text}]" if text else text) == ([value] if text else value)


@pytest.mark.parametrize("text", ["a: 1\nb: 2\na: 3", "x: {a: 1, a: 2}", "1: a\n1: b"])
def test_a_key_may_be_given_once(text: str) -> None:
    with pytest.raises(yaml.MarkedYAMLError, match="given twice"):
        parse_yaml(text)
