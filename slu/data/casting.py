"""Who speaks in which split of a corpus, and how often."""

import math
from collections.abc import Sequence
from typing import TypeVar

import numpy as np

from slu.config import CorpusConfig, FurtherEngineConfig
from slu.config.corpus import SplitConfig
from slu.data.metadata import SPLITS
from slu.data.streams import Stream
from slu.data.templates import pick
from slu.data.voices import Voice, check_voices, usable_variants

Thing = TypeVar("Thing")

# Where engines share a split, their voices take so many turns at least: enough for any share.
_FEWEST_TURNS = 100


def voices_of_splits(config: CorpusConfig) -> dict[str, list[Voice]]:
    """Who speaks in each split, in the order in which they take turns.

    A voice variant speaks in one split only, whatever its accent; with fewer than three variants
    that cannot be, and all speak in all splits. Voices of further engines come up as often as
    makes their share of the turns; with fewer than three, in training alone.

    Raises:
        SynthesisError: a voice does not exist.
    """
    rng = np.random.default_rng((config.seed, Stream.VOICES))
    accents, variants = _accents_and_variants(config)
    shuffled = _shuffled(variants, rng)
    parts = _parted(shuffled, config.splits) or [shuffled] * len(SPLITS)
    first = [
        _shuffled(
            [Voice(accent, variant, config.engine) for accent in accents for variant in part], rng
        )
        for part in parts
    ]
    others = [(other.share, _cast(other, config.splits, rng)) for other in config.more_engines]
    return {
        split: _take_turns(first[place], [(share, cast[place]) for share, cast in others])
        for place, split in enumerate(SPLITS)
    }


def draw_readers(config: CorpusConfig, count: int, rng: np.random.Generator) -> list[Voice]:
    """Different voices to hear a phrase from; the last one is of a further engine, if there is any.

    Raises:
        SynthesisError: a voice does not exist.
    """
    accents, variants = _accents_and_variants(config)
    readers = [
        Voice(accents[number % len(accents)], variant, config.engine)
        for number, variant in enumerate(_shuffled(variants, rng)[:count])
    ]
    others = [voice for other in config.more_engines for voice in _voices_of(other)]
    if others and count > 1:
        readers = [*readers[: count - 1], pick(others, rng)]
    return readers


def divide(total: int, shares: SplitConfig) -> list[int]:
    """Divide things among train, val and test, with one at least for each if there are three."""
    exact = total * np.array([shares.train, shares.val, shares.test])
    counts = np.floor(exact + 1e-9).astype(int)
    largest_rests = np.argsort(counts - exact, kind="stable")
    counts[largest_rests[: total - counts.sum()]] += 1
    for empty in np.flatnonzero(counts == 0):
        if counts.max() > 1:
            counts[counts.argmax()] -= 1
            counts[empty] += 1
    return [int(count) for count in counts]


def _accents_and_variants(config: CorpusConfig) -> tuple[Sequence[str], Sequence[str]]:
    """Of the first engine."""
    if config.engine.name == "command":
        return (config.engine.program,), config.voices.variants or ("",)
    accents = config.voices.accents or (config.language,)
    variants = config.voices.variants or usable_variants()
    check_voices(accents, variants)
    return accents, variants


def _voices_of(other: FurtherEngineConfig) -> list[Voice]:
    return [Voice(program, voice, other.engine) for program, voice in other.speakers]


def _cast(
    other: FurtherEngineConfig, splits: SplitConfig, rng: np.random.Generator
) -> list[list[Voice]]:
    """A further engine's voices in each split."""
    shuffled = _shuffled(_voices_of(other), rng)
    return _parted(shuffled, splits) or [shuffled, [], []]


def _parted(things: list[Thing], splits: SplitConfig) -> list[list[Thing]]:
    """A part for each split; nothing where there are not enough."""
    if len(things) < len(SPLITS):
        return []
    ends = np.cumsum(divide(len(things), splits))
    return [things[start:end] for start, end in zip([0, *ends], ends, strict=False)]


def _take_turns(first: list[Voice], others: Sequence[tuple[float, Sequence[Voice]]]) -> list[Voice]:
    """Voices in turns, those of each engine spread evenly over the whole.

    Args:
        first: of the first engine, to whom belongs what the others leave.
        others: share and voices of each further engine.
    """
    present = [(share, voices) for share, voices in others if voices]
    if not present:
        return first
    rest = 1.0 - sum(share for share, _ in present)
    n_first = len(first) * math.ceil(_FEWEST_TURNS / len(first))
    casts = [(n_first, first), *((round(n_first * s / rest), voices) for s, voices in present)]
    turns = [
        ((turn + 0.5) / count, place, voices[turn % len(voices)])
        for place, (count, voices) in enumerate(casts)
        for turn in range(count)
    ]
    return [voice for _, _, voice in sorted(turns, key=lambda turn: turn[:2])]


def _shuffled(things: Sequence[Thing], rng: np.random.Generator) -> list[Thing]:
    return [things[index] for index in rng.permutation(len(things))]
