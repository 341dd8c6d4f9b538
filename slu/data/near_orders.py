"""Orders made into something that is none: what a model must tell from the real ones."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from slu.config import CorpusConfig
from slu.data.templates import Phrase

Span = tuple[int, int]
"""First word and the one behind the last."""

# More of a word than this may be enough to understand it.
_MOST_OF_A_WORD = 0.4
# So that something is heard.
_LEAST_OF_A_CUT = 0.3


@dataclass(frozen=True)
class Order:
    """The words of an order, and where its slots are."""

    words: tuple[str, ...]
    spans: dict[str, Span]
    """Of each spoken slot."""
    told_after: dict[str, int]
    """How many words tell something of each spoken slot: `air` may do for `air mineral`."""
    needs_all: bool
    """Whether it needs all slots of `spans` that are essential, or any one of them."""
    essential: tuple[str, ...]
    """The slots that it needs to be an order."""

    def draw_victims(self, rng: np.random.Generator) -> list[Span]:
        """Spans without which it is no order, the last one first."""
        chosen = list(self.essential)
        if self.needs_all:
            size = rng.integers(1, len(chosen) + 1)
            chosen = [str(slot) for slot in rng.choice(chosen, size=size, replace=False)]
        return sorted((self.spans[slot] for slot in chosen), reverse=True)


def find_slots(phrase: Phrase, config: CorpusConfig) -> Order | None:
    """Find the slots of a phrase among its words; none where one is glued to other letters."""
    words = tuple(phrase.text.split())
    spans = {}
    for slot, label in phrase.labels.items():
        span = _find_any(config.slots[slot][label], words)
        if span is None:
            return None
        spans[slot] = span
    if not spans:
        return None
    told_after = {slot: _n_words_told(_all_ways(slot, config), words) for slot in spans}
    required = config.required_slots
    return Order(words, spans, told_after, bool(required), required or tuple(spans))


def is_order_like(text: str, config: CorpusConfig) -> bool:
    """Whether a text speaks all that an order must speak (something, where nothing is a must)."""
    words = text.replace(",", "").casefold().split()
    found = [
        _find_any(_all_ways(slot, config), words) is not None
        for slot in config.required_slots or config.slots
    ]
    return all(found) if config.required_slots else any(found)


def replace_spans(words: Sequence[str], spans: Sequence[Span], others: Sequence[str]) -> str:
    """The text with other words in the place of each span, which come the last one first."""
    result = list(words)
    for (start, end), other in zip(spans, others, strict=True):
        result[start:end] = other.split()
    return " ".join(result)


def cut_short(order: Order, rng: np.random.Generator) -> tuple[str, float]:
    """Break an order off before all that it needs was said.

    Where a word is in time is guessed by letters, so the cut keeps well away from its end.

    Returns:
        the words that are heard to their end, and the share of the speech that is kept.
    """
    ends = [order.told_after[slot] for slot in order.essential]
    last_word = (max(ends) if order.needs_all else min(ends)) - 1
    letters = np.array([len(word) for word in order.words])
    before = letters[:last_word].sum()
    limit = float(before + _MOST_OF_A_WORD * letters[last_word]) / float(letters.sum())
    kept = float(rng.uniform(_LEAST_OF_A_CUT, 1.0)) * limit
    n_whole = int((np.cumsum(letters) <= kept * letters.sum()).sum())
    return " ".join([*order.words[:n_whole], "…"]), kept


def _all_ways(slot: str, config: CorpusConfig) -> list[str]:
    return [way for ways in config.slots[slot].values() for way in ways]


def _n_words_told(ways: Sequence[str], words: Sequence[str]) -> int:
    return next(n for n in range(1, len(words) + 1) if _find_any(ways, words[:n]) is not None)


def _find_any(ways: Sequence[str], words: Sequence[str]) -> Span | None:
    """Where one of these ways to say something stands, the longest that does."""
    for way in sorted(ways, key=lambda way: -len(way.split())):
        parts = way.casefold().split()
        for start in range(len(words) - len(parts) + 1):
            if [word.casefold() for word in words[start : start + len(parts)]] == parts:
                return start, start + len(parts)
    return None
