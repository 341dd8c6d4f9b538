"""Train, validation and test: no speaker in two of them."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from slu.config.corpus import SplitConfig
from slu.data.metadata import SPLITS

_UNKNOWN_SPEAKERS = ("", "unknown")


def assign_splits(
    table: pd.DataFrame, slots: Sequence[str], shares: SplitConfig, rng: np.random.Generator
) -> pd.Series:
    """Fill in the splits that are not given.

    Speakers stay whole: one that has a split in some row keeps it in all others. Where nothing is
    given and fewer speakers than splits are known, speakers cannot be kept apart, and the clips
    are split one by one. Clips of unknown speakers always are.

    Args:
        table: columns speaker, split (of `SPLITS`, or empty) and one for each slot.
        slots: columns that the splits are stratified by.
        shares: wanted share of the clips in each split.
        rng: breaks ties.

    Returns:
        the split of each row.
    """
    groups = _groups(table)
    given = table["split"] != ""
    splits = table["split"].where(given, groups.map(table["split"][given].groupby(groups).first()))
    is_open = splits.isna()
    if not is_open.any():
        return splits
    labels = pd.get_dummies(table[list(slots)], dtype=float)
    taken = labels.groupby(splits).sum().reindex(SPLITS, fill_value=0.0).to_numpy()
    share = np.array([shares.train, shares.val, shares.test])
    counts = labels[is_open].groupby(groups[is_open]).sum()
    wanted = np.outer(share, labels.sum())
    chosen = _distribute(counts.to_numpy(), taken, wanted, rng)
    names = pd.Series([SPLITS[split] for split in chosen], index=counts.index)
    return splits.mask(is_open, groups.map(names))


def _groups(table: pd.DataFrame) -> pd.Series:
    """Rows that must stay together."""
    speaker = table["speaker"]
    unknown = speaker.isin(_UNKNOWN_SPEAKERS)
    alone = pd.Series([f"clip {index}" for index in table.index], index=table.index)
    can_be_apart = speaker[~unknown].nunique() >= len(SPLITS) or (table["split"] != "").any()
    return speaker.mask(unknown, alone) if can_be_apart else alone


def _distribute(
    counts: NDArray[np.float64],
    taken: NDArray[np.float64],
    wanted: NDArray[np.float64],
    rng: np.random.Generator,
) -> NDArray[np.intp]:
    """Give every group to the split that it brings closest to what is wanted, largest first.

    Args:
        counts: clips of each label, shape = (n_groups, n_labels).
        taken: clips of each label in each split so far, shape = (n_splits, n_labels).
        wanted: the same in the end.
        rng: breaks ties.

    Returns:
        index of the split of each group, shape = (n_groups,).
    """
    missing = wanted - taken
    # A split is as far off as the squares of what it misses say, against what is wanted of it.
    weights = 1.0 / wanted.sum(axis=1)
    empty = taken.sum(axis=1) == 0
    order = rng.permutation(len(counts))
    order = order[np.argsort(-counts[order].sum(axis=1), kind="stable")]
    chosen = np.zeros(len(counts), np.intp)
    for n_left, group in zip(range(len(counts), 0, -1), order, strict=True):
        gains = (counts[group] * (2.0 * missing - counts[group])).sum(axis=1) * weights
        if n_left <= empty.sum():  # the last groups go where there would be nobody
            gains[~empty] = -np.inf
        chosen[group] = split = int(np.argmax(gains))
        missing[split] -= counts[group]
        empty[split] = False
    return chosen
