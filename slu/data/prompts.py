"""Phrases for people to say: what was recorded least comes first."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from slu.config import CorpusConfig
from slu.data.labels import NONE, canonical_label
from slu.data.templates import PhraseSampler


@dataclass(frozen=True)
class Prompt:
    """A phrase to say, and what it means."""

    text: str
    labels: Mapping[str, str]
    """slot -> label; `none` where the phrase does not speak the slot."""


def draw_prompt(
    corpus: CorpusConfig, said: Sequence[Mapping[str, str]], rng: np.random.Generator
) -> Prompt:
    """Draw a phrase with those labels of each slot that were said least.

    Args:
        corpus: the catalogue and its phrases.
        said: slot -> label of everything that was said, or passed over, before.
        rng: breaks ties, and draws the words around the labels.
    """
    wanted = {
        slot: _least_said(list(labels), [row.get(slot) for row in said], rng)
        for slot, labels in corpus.slots.items()
    }
    phrase = PhraseSampler(corpus, rng, wanted).draw(rng)
    labels = {slot: canonical_label(phrase.labels.get(slot, NONE)) for slot in corpus.slots}
    return Prompt(phrase.text, labels)


def said_labels(recordings: pd.DataFrame, slots: Sequence[str]) -> list[dict[str, str]]:
    """Slot -> label of each recording, as `draw_prompt` wants them."""
    return [{slot: row[slot] for slot in slots} for row in recordings.to_dict("records")]


def said_too_little(
    recordings: pd.DataFrame, labels: Mapping[str, Sequence[str]], needed: int
) -> list[str]:
    """Labels that were said less often than needed; a slot that is not spoken needs nothing.

    Args:
        recordings: columns are the slots.
        labels: slot -> what can be said.
        needed: recordings of each label.
    """
    counts = {slot: Counter(recordings[slot]) for slot in labels}
    return [
        label
        for slot, known in labels.items()
        for label in known
        if label != NONE and counts[slot][label] < needed
    ]


def _least_said(labels: Sequence[str], said: Sequence[str | None], rng: np.random.Generator) -> str:
    counts = np.array([said.count(canonical_label(label)) for label in labels])
    return labels[int(rng.choice(np.flatnonzero(counts == counts.min())))]
