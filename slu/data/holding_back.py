"""Recordings that are held back: never trained on, so that they can tell how well it went."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray


def hold_back(
    recordings: pd.DataFrame,
    slots: Sequence[str],
    share: float,
    eligible: NDArray[np.bool_],
    rng: np.random.Generator,
) -> NDArray[np.bool_]:
    """Choose recordings of the labels that were said most; every label stays among the others.

    Args:
        recordings: columns are the slots.
        slots: label columns.
        share: of all recordings that are wished for; there may be fewer.
        eligible: which ones may be held back, shape = (n_recordings,).
        rng: breaks ties.

    Returns:
        which ones are held back, shape = (n_recordings,).
    """
    labels = list(recordings[list(slots)].itertuples(index=False, name=None))
    left = [Counter(recordings[slot]) for slot in slots]
    waiting = [int(index) for index in rng.permutation(len(labels)) if eligible[index]]
    held = np.zeros(len(labels), bool)

    def rarest(index: int) -> int:
        """How often the rarest of its labels is said by what is left."""
        return min(left[slot][label] for slot, label in enumerate(labels[index]))

    while waiting and held.sum() < round(share * len(labels)):
        chosen = max(waiting, key=rarest)
        if rarest(chosen) < 2:
            break
        waiting.remove(chosen)
        held[chosen] = True
        for slot, label in enumerate(labels[chosen]):
            left[slot][label] -= 1
    return held
