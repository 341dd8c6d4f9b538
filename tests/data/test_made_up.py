"""Words that sound like those of a catalogue."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slu.data.made_up import is_like_any, make_up_word, syllables

WORDS = ["beras", "gula", "kopi", "minyak", "sabun", "teh", "telur"]


@pytest.mark.parametrize(
    ("word", "pieces"),
    [
        ("minyak", ["mi", "nyak"]),
        ("teh", ["teh"]),
        ("ikan", ["i", "kan"]),
        ("米饭团", ["米饭", "团"]),
    ],
)
def test_words_fall_into_syllables(word: str, pieces: list[str]) -> None:
    assert syllables(word) == pieces


@given(word=st.text(min_size=1, max_size=20).filter(lambda text: "\n" not in text))
def test_no_letter_is_lost(word: str) -> None:
    assert "".join(syllables(word)) == word


@given(seed=st.integers(0, 2**31))
def test_a_made_up_word_is_new_and_of_known_syllables(seed: int) -> None:
    word = make_up_word(WORDS, np.random.default_rng(seed))

    assert word is not None
    assert word not in WORDS
    assert not is_like_any(word, WORDS)


def test_where_nothing_new_can_be_made_there_is_none() -> None:
    assert make_up_word(["ba", "baba", "bababa"], np.random.default_rng(0)) is None
