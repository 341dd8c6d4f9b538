"""From what a model thinks of each slot to what was meant: the most probable order."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from slu.data.labels import NONE

Probabilities = NDArray[np.float64]


def required_slots(labels: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Slots that every order speaks.

    Args:
        labels: slot -> its label in each of some recordings. Where all slots of one are `none`,
            it is no order.
    """
    columns = {slot: np.asarray(column) for slot, column in labels.items()}
    is_silent = {slot: column == NONE for slot, column in columns.items()}
    is_order = ~np.logical_and.reduce(list(is_silent.values()))
    return tuple(slot for slot, silent in is_silent.items() if not silent[is_order].any())


class OrderRule:
    """Chooses the most probable order.

    `none` is no answer for a slot that every order speaks; where there is no such slot, it is no
    answer for all of them. So something that is no order, for which a model says `none` with
    certainty, gets an answer of hardly any confidence, and is rejected by the one threshold that
    doubtful orders are rejected by.

    Args:
        labels: slot -> labels in the order of their ids.
        required: slots that every order speaks. None: not known, as with models that were made
            before this was; then every slot has its most probable label.
    """

    def __init__(self, labels: Mapping[str, Sequence[str]], required: Sequence[str] | None) -> None:
        self._spoken = [np.array([name != NONE for name in names]) for names in labels.values()]
        self._is_required = [slot in (required or ()) for slot in labels]
        self._needs_any = required is not None and not required

    def is_order(self, targets: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether any slot is spoken, shape = (n,).

        Args:
            targets: label ids, shape = (n, n_slots).
        """
        spoken = [known[ids] for known, ids in zip(self._spoken, targets.T, strict=True)]
        return np.asarray(np.logical_or.reduce(spoken))

    def choose(self, probabilities: Sequence[Probabilities]) -> NDArray[np.intp]:
        """Label ids of the most probable order in each recording, shape = (n, n_slots).

        Args:
            probabilities: of each slot's labels, shape = (n, n_labels).
        """
        pairs = list(zip(probabilities, self._spoken, strict=True))
        spoken = np.stack([np.where(s, p, -1.0).argmax(axis=1) for p, s in pairs], axis=1)
        likeliest = np.stack([p.argmax(axis=1) for p in probabilities], axis=1)
        chosen = np.where(self._is_required, spoken, likeliest)
        if self._needs_any:
            silent = ~np.stack([s[ids] for s, ids in zip(self._spoken, chosen.T, strict=True)])
            rows = np.flatnonzero(silent.all(axis=0))
            gains = confidence(probabilities, spoken) / confidence(probabilities, chosen)
            slots = gains[rows].argmax(axis=1)
            chosen[rows, slots] = spoken[rows, slots]
        return chosen


def confidence(
    probabilities: Sequence[Probabilities], chosen: NDArray[np.intp]
) -> NDArray[np.float64]:
    """Probability of each chosen label, shape = (n, n_slots); their product is that of the order.

    Args:
        probabilities: of each slot's labels, shape = (n, n_labels).
        chosen: label ids, shape = (n, n_slots).
    """
    rows = np.arange(len(chosen))
    return np.stack([p[rows, ids] for p, ids in zip(probabilities, chosen.T, strict=True)], axis=1)
