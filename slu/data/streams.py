"""What the random generators of a corpus are for."""

from enum import IntEnum


class Stream(IntEnum):
    """With the corpus' seed it makes streams of chance that never meet."""

    DECKS = 0
    VOICES = 1
    UTTERANCES = 2
    READINGS = 3
    NEGATIVES = 4
    RETAKES = 5
