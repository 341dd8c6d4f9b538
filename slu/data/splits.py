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

    Speakers stay whole, largest first, each going where its labels are missed most. A speaker
    that has a split in some row keeps it. Where fewer speakers than splits are known, speakers
    cannot be kept apart and the clips are split one by one.

    Args:
        table: columns speaker, split and one for each slot.
        slots: columns that the splits are stratified by.
        shares: wanted share of the clips in each split.
        rng: breaks ties.

    Returns:
        the split of each row.
    """
    splits = table["split"].where(table["split"].isin(SPLITS), "")
    groups = _groups(table)
    known = splits[splits != ""].groupby(groups).first()
    splits = splits.where(splits != "", groups.map(known).fillna(""))
    open_rows = splits == ""
    if open_rows.any():
        splits = splits.mask(open_rows, _distribute(table[open_rows], groups, slots, shares, rng))
    return splits


def _groups(table: pd.DataFrame) -> pd.Series:
    """Rows that must stay together."""
    speaker = table["speaker"]
    unknown = speaker.isin(_UNKNOWN_SPEAKERS)
    enough = speaker[~unknown].nunique() >= len(SPLITS)
    alone = pd.Series([f"clip {index}" for index in table.index], index=table.index)
    given = table["split"].isin(SPLITS).any()
    return speaker.mask(unknown, alone) if enough or given else alone


def _distribute(
    table: pd.DataFrame,
    groups: pd.Series,
    slots: Sequence[str],
    shares: SplitConfig,
    rng: np.random.Generator,
) -> pd.Series:
    """Give every group to the split that misses its labels most."""
    indicators = pd.get_dummies(table[list(slots)], dtype=float)
    counts = indicators.groupby(groups.loc[table.index]).sum()
    share = np.array([shares.train, shares.val, shares.test])
    missing = share[:, None] * counts.sum().to_numpy()[None, :]
    order = rng.permutation(len(counts))
    sizes = counts.sum(axis=1).to_numpy()[order]
    chosen: dict[object, str] = {}
    for index in order[np.argsort(-sizes, kind="stable")]:
        labels = counts.iloc[index].to_numpy()
        split = _neediest(missing, labels)
        missing[split] -= labels
        chosen[counts.index[index]] = SPLITS[split]
    return groups.loc[table.index].map(chosen)


def _neediest(missing: NDArray[np.float64], labels: NDArray[np.float64]) -> int:
    """The split whose shortfall, over the labels at hand, would shrink most."""
    wanted = np.minimum(missing, labels[None, :]).sum(axis=1)
    return int(np.argmax(wanted))
