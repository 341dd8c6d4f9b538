"""Words that sound like those of a catalogue and mean nothing: `bepi` beside `beras` and `kopi`."""

import difflib
import re
from collections.abc import Iterable, Sequence

import numpy as np

# Consonants with the vowels behind them; the last syllable of a word takes the consonants at its
# end as well. Of scripts without these vowels: two signs at a time.
_SYLLABLE = re.compile(r"[^aeiouy]*[aeiouy]+(?:[^aeiouy]+$)?", re.IGNORECASE)
_PAIR = re.compile(r"..?")
_SYLLABLES = (2, 3)
_ATTEMPTS = 50
# Words more alike than this could be the same word, said badly.
_MOST_ALIKE = 0.75


def syllables(word: str) -> list[str]:
    """A word in pieces that can be spoken: `minyak` is `mi` and `nyak`."""
    return _SYLLABLE.findall(word) or _PAIR.findall(word)


def make_up_word(words: Sequence[str], rng: np.random.Generator) -> str | None:
    """Put syllables of known words together to a word that is like none of them.

    Args:
        words: of the catalogue.
        rng: draws.

    Returns:
        the word; none where the syllables make nothing new.
    """
    pieces = sorted({piece for word in words for piece in syllables(word)})
    for _ in range(_ATTEMPTS):
        count = rng.integers(_SYLLABLES[0], _SYLLABLES[1] + 1)
        word = "".join(str(piece) for piece in rng.choice(pieces, size=count))
        if not is_like_any(word, words):
            return word
    return None


def is_like_any(word: str, words: Iterable[str]) -> bool:
    """Whether a word could be taken for one of these by its letters."""
    matcher = difflib.SequenceMatcher(b=word.casefold(), autojunk=False)
    for known in words:
        matcher.set_seq1(known.casefold())
        if matcher.ratio() > _MOST_ALIKE:
            return True
    return False
