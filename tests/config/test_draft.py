from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slu.config import MODEL_CONFIG, TrainConfig
from slu.config.draft import read_draft
from slu.errors import ConfigError


def problems(kind: Any, text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read_draft(kind, text)
    return str(caught.value).splitlines()


def test_a_good_draft_is_a_configuration() -> None:
    assert read_draft(TrainConfig, "epochs: 3\n") == TrainConfig(epochs=3)
    assert read_draft(TrainConfig, "") == TrainConfig()
    assert read_draft(MODEL_CONFIG, "name: m2\nstack: 3").name == "m2"


def test_every_problem_has_its_line() -> None:
    text = "# mine\nepochs: 0\naugment:\n  enable: maybe\n  speed:\n    factor:\n    - a\n    - 1\n"

    assert problems(TrainConfig, text) == [
        "line 2: epochs = 0: must be a whole number, at least 1 and at most 10000",
        "line 4: augment.enable = 'maybe': must be true or false",
        "line 7: augment.speed.factor.0 = 'a': must be a number",
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("stack: 3", "name: is missing; it must be "),
        ("stack: 3\nname: m9", "line 2: name = 'm9': must be "),
        ("name: m1\nstack: 3", "line 2: stack = 3: unknown key; allowed here: d_model, "),
        ("name: m1\nd_model: 30", "(whole file): d_model (30) must be a multiple of n_heads"),
        ("a: b: c", "line 1: this is not valid YAML (mapping values are not allowed here)"),
        ("name: m1\nname: m2", "line 2: this is not valid YAML (the key 'name' is given twice)"),
        ("a: [\n", "line 2: this is not valid YAML"),
        ("- name", "write lines of `key: value`, not a list or a single value"),
        ("name: \x07", "this is not valid YAML (special characters are not allowed)"),
        ("[" * 2000, "a value is too long or nested too deeply; shorten it"),
        (f"n_heads: {'1' * 5000}", "a value is too long or nested too deeply; shorten it"),
        ("? [1]\n: 2", "line 1: this is not valid YAML"),
    ],
)
def test_says_what_is_wrong(text: str, problem: str) -> None:
    assert problems(MODEL_CONFIG, text)[0].startswith(problem)


def test_sections_that_hold_themselves_end() -> None:
    assert problems(TrainConfig, "augment: &a\n  speed: *a\n")[0].startswith(
        "line 2: augment.speed"
    )


@given(st.text(alphabet="ab:-[]{}&*#!|> \n\t'\"0123456789.", max_size=60))
def test_any_text_is_read_or_refused_in_words(text: str) -> None:
    with suppress(ConfigError):
        assert isinstance(read_draft(TrainConfig, text), TrainConfig)
