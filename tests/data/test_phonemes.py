import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from slu.data.phonemes import ALL, SEPARATOR, change_sounds

SOUND = st.sampled_from([*sorted(ALL), "tS", "'a", ",I", "_:", "A@", "3:"])
PHRASE = st.lists(st.lists(SOUND, min_size=1, max_size=6), min_size=1, max_size=5).map(
    lambda words: " ".join(SEPARATOR.join(word) for word in words)
)


def stripped(phonemes: str) -> list[list[str]]:
    return [
        [sound.lstrip("',%=_") for sound in word.split(SEPARATOR)] for word in phonemes.split(" ")
    ]


@given(PHRASE, st.floats(0, 1), st.integers(0, 99))
def test_words_sounds_and_stress_stay_where_they_are(phrase: str, share: float, seed: int) -> None:
    changed = change_sounds(phrase, share, ALL, np.random.default_rng(seed))

    before, after = phrase.split(" "), changed.split(" ")
    assert [w.count(SEPARATOR) for w in after] == [w.count(SEPARATOR) for w in before]
    assert [w.count("'") for w in after] == [w.count("'") for w in before]


@given(PHRASE, st.sets(st.sampled_from(sorted(ALL))), st.integers(0, 99))
def test_only_sounds_that_the_language_has_come_in(phrase: str, known: set[str], seed: int) -> None:
    changed = change_sounds(phrase, 1.0, known, np.random.default_rng(seed))

    for word, was in zip(stripped(changed), stripped(phrase), strict=True):
        for sound, old in zip(word, was, strict=True):
            assert sound == old or sound in known


@given(PHRASE, st.integers(0, 99))
def test_a_share_of_nothing_changes_nothing(phrase: str, seed: int) -> None:
    assert change_sounds(phrase, 0.0, ALL, np.random.default_rng(seed)) == phrase


def test_a_word_comes_out_in_several_ways() -> None:
    rng = np.random.default_rng(0)
    ways = {change_sounds("T|r|'i:", 0.5, ALL, rng) for _ in range(50)}
    assert len(ways) > 5
