"""Other ways to pronounce the same phrase: sounds exchanged for neighbouring ones.

Synthetic voices all say a word the same way, and people do not: they have accents, slur, and learnt
the language from somebody else. Recognisers that learnt from voices with changed sounds understood
a third to a half more of what was not understood before (docs/results.md).
"""

import re
from collections.abc import Collection
from typing import Final

import numpy as np

SEPARATOR: Final = "|"
"""Between the names of sounds, so that `a` and `I` are not taken for the diphthong `aI`."""

# eSpeak's names of sounds -> what some people say in their place.
_NEIGHBOURS: Final = {
    # vowels
    "a": ("a", "A:", "V", "@"),
    "A:": ("a", "O:", "V"),
    "aI": ("aI", "a:I", "A:", "OI"),
    "e": ("e", "E", "@", "I"),
    "E": ("e", "a", "I", "@"),
    "eI": ("e", "e:", "E", "aI"),
    "i": ("i", "I", "i:"),
    "I": ("i", "i:", "e", "@"),
    "i:": ("i", "I"),
    "i@": ("i", "e", "i:"),
    "o": ("o", "O", "u"),
    "O": ("o", "0", "A:"),
    "0": ("V", "o", "a"),
    "oU": ("o", "o:", "O:", "@U"),
    "o@": ("o:", "o", "O:", "O@"),
    "u": ("u", "U", "u:", "o"),
    "u:": ("u", "U"),
    "V": ("a", "0", "A:", "O"),
    "@": ("e", "a", "I", "@"),
    # consonants
    "b": ("b", "p"),
    "d": ("d", "t"),
    "g": ("g", "k"),
    "k": ("k", "g"),
    "p": ("p", "f", "b"),
    "f": ("f", "p"),
    "v": ("f", "w", "v"),
    "w": ("v", "w", "u"),
    "s": ("S", "z", "s"),
    "z": ("s", "dZ"),
    "T": ("t", "s", "f"),
    "D": ("d", "z"),
    "r": ("R", "R2", "r-", "r"),
    "R": ("r", "R2"),
    "R2": ("r", "R"),
    "h": ("h", "x"),
    "n^": ("n", "n^"),
    "N": ("n", "N"),
}
ALL: Final = frozenset(name for names in _NEIGHBOURS.values() for name in names)
"""Every sound that may come in."""

_STRESS_AND_NAME: Final = re.compile(r"([',%=_]*)(.*)")


def change_sounds(
    phonemes: str, share: float, known: Collection[str], rng: np.random.Generator
) -> str:
    """Exchange some sounds of a phrase.

    Args:
        phonemes: eSpeak's names of the sounds, SEPARATOR between them, words separated by spaces.
        share: of the sounds that have neighbours, how many are drawn anew.
        known: sounds of the language that speaks; no others come in.
        rng: draws which, and what.

    Returns:
        phonemes of as many sounds and words, stressed as before.
    """
    return " ".join(
        SEPARATOR.join(_change(sound, share, known, rng) for sound in word.split(SEPARATOR))
        for word in phonemes.split(" ")
    )


def _change(sound: str, share: float, known: Collection[str], rng: np.random.Generator) -> str:
    matched = _STRESS_AND_NAME.fullmatch(sound)
    stress, name = matched.groups() if matched else ("", sound)
    neighbours = [other for other in _NEIGHBOURS.get(name, ()) if other in known]
    if not neighbours or rng.random() >= share:
        return sound
    return stress + str(rng.choice(neighbours))
