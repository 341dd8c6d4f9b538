"""Phrases drawn from templates, with every label of a slot coming up equally often."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from types import MappingProxyType
from typing import TypeVar

import numpy as np

from slu.config import CorpusConfig, grammar

Option = TypeVar("Option")


@dataclass(frozen=True)
class Phrase:
    """What is said and what it means."""

    text: str
    labels: Mapping[str, str]
    """slot -> label, for the slots that are spoken."""


class PhraseSampler:
    """Draws phrases from the templates of a corpus.

    Labels are dealt like cards: each slot has a shuffled deck of its labels, and none comes up
    again before all others did.

    Args:
        config: templates with their weights, slots, labels and ways to say them.
        rng: shuffles the decks.
        wanted: slot -> the label that is spoken wherever this slot is, in place of dealt ones.
    """

    def __init__(
        self,
        config: CorpusConfig,
        rng: np.random.Generator,
        wanted: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self._slots = config.slots
        self._templates = [grammar.parse_template(template.text) for template in config.templates]
        weights = np.array([template.weight for template in config.templates])
        self._shares = weights / weights.sum()
        self._decks = {
            slot: repeat(wanted[slot]) if slot in wanted else _deal(list(labels), rng)
            for slot, labels in config.slots.items()
        }

    def draw(self, rng: np.random.Generator) -> Phrase:
        """The next phrase.

        Args:
            rng: chooses the template, its alternatives and the ways to say the labels.
        """
        template = self._templates[rng.choice(len(self._templates), p=self._shares)]
        labels: dict[str, str] = {}
        text = self._expand(template, labels, rng)
        return Phrase(" ".join(text.split()), labels)

    def _expand(self, node: grammar.Node, labels: dict[str, str], rng: np.random.Generator) -> str:
        """Text of a node; `labels` takes up the label of each slot that it speaks."""
        match node:
            case grammar.Words(text):
                return text
            case grammar.SlotReference(slot):
                if slot not in labels:
                    labels[slot] = next(self._decks[slot])
                return pick(self._slots[slot][labels[slot]], rng)
            case grammar.OneOf(options):
                return self._expand(pick(options, rng), labels, rng)
            case grammar.Sequence(parts):
                return "".join(self._expand(part, labels, rng) for part in parts)


def _deal(labels: list[str], rng: np.random.Generator) -> Iterator[str]:
    while True:
        for index in rng.permutation(len(labels)):
            yield labels[index]


def pick(options: Sequence[Option], rng: np.random.Generator) -> Option:
    """One of the options, each as likely as the others."""
    return options[int(rng.integers(len(options)))]
