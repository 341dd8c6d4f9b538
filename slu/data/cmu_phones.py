"""The sounds of any language in the names that English synthesisers know.

The CMU Pronouncing Dictionary names the 39 sounds of American English. What other languages have
beside them is said as somebody from there would say it: with the nearest of their own.
"""

import re
from typing import Final

from slu.data.phonemes import SEPARATOR
from slu.errors import SynthesisError

# eSpeak's names of sounds -> the dictionary's.
_PHONES: Final = {
    # vowels
    **dict.fromkeys(("a", "a:", "A", "A:", "0", "&"), "aa"),
    **dict.fromkeys(("aa", "E2"), "ae"),
    **dict.fromkeys(("V", "V2", "a2"), "ah"),
    **dict.fromkeys(("@", "@2", "@-", "a#", "e#", "8"), "ax"),
    **dict.fromkeys(("O", "O:", "O2", "W"), "ao"),
    **dict.fromkeys(("E", "E:", "e2", "E#"), "eh"),
    **dict.fromkeys(("3", "3:", "@r"), "er"),
    **dict.fromkeys(("e", "e:", "eI"), "ey"),
    **dict.fromkeys(("I", "I2", "I#"), "ih"),
    **dict.fromkeys(("i", "i:", "i2"), "iy"),
    **dict.fromkeys(("o", "o:", "oU", "@U"), "ow"),
    **dict.fromkeys(("U", "Y"), "uh"),
    **dict.fromkeys(("u", "u:", "y", "y:"), "uw"),
    **dict.fromkeys(("aI", "a:I"), "ay"),
    "aU": "aw",
    "OI": "oy",
    "A@": "aa r",
    "e@": "eh r",
    "i@": "iy ax",
    "i@3": "ih r",
    "O@": "ao r",
    "o@": "ao r",
    "U@": "uh r",
    "@L": "ax l",
    # consonants
    **{name: name for name in "bdfgklmnpstvwz"},
    **dict.fromkeys(("r", "r-", "R", "R2", "R3", "*"), "r"),
    **dict.fromkeys(("h", "x", "X", "C"), "hh"),
    **dict.fromkeys(("N", "Nk"), "ng"),
    **dict.fromkeys(("B", "v#"), "v"),
    **dict.fromkeys(("t2", "t."), "t"),
    **dict.fromkeys(("t#", "d."), "d"),
    **dict.fromkeys(("q", "c"), "k"),
    **dict.fromkeys(("l^", "L"), "l y"),
    "D": "dh",
    **dict.fromkeys(("dZ", "J", "J^"), "jh"),
    **dict.fromkeys(("G", "Q"), "g"),
    "j": "y",
    "n^": "n y",
    "S": "sh",
    "T": "th",
    "tS": "ch",
    "Z": "zh",
    "?": "",
}
_LONGEST: Final = max(map(len, _PHONES))
# Stress, length, pauses, tones, and what changes a sound so little that it does not matter here.
_SIGNS: Final = frozenset("',%=_:;!~#^[.-1245679")
_OTHER_LANGUAGE: Final = re.compile(r"\(.*?\)")


def cmu_phones(phonemes: str) -> str:
    """Phonemes of eSpeak in the names of the CMU dictionary, spaces between them.

    Args:
        phonemes: eSpeak's names of the sounds, words separated by spaces; SEPARATOR may stand
            between the sounds of a word.

    Raises:
        SynthesisError: one of the sounds is not known.
    """
    words = _OTHER_LANGUAGE.sub("", phonemes).split()
    phones = [phone for word in words for part in word.split(SEPARATOR) for phone in _phones(part)]
    return " ".join(phones)


def _phones(sounds: str) -> list[str]:
    """The longest name that is known, and so on with the rest."""
    found: list[str] = []
    while sounds:
        name = next((sounds[:n] for n in range(_LONGEST, 0, -1) if sounds[:n] in _PHONES), "")
        if not name and sounds[0] not in _SIGNS:
            raise SynthesisError(
                f"nothing in American English sounds like eSpeak's '{sounds}'; give the word "
                "another pronunciation, or put {text} in place of {phones} in the command"
            )
        found += _PHONES.get(name, "").split()
        sounds = sounds[len(name) or 1 :]
    return found
