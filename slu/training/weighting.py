"""How much people's recordings count among synthetic clips."""

import numpy as np
import pandas as pd

from slu.config import PeopleConfig
from slu.data.metadata import is_human


def weigh_up(rows: pd.DataFrame, config: PeopleConfig) -> pd.DataFrame:
    """Repeat the recordings of people where they are few.

    A repeated row is an utterance of its own: it is altered in another way, and lands in another
    batch.

    Args:
        rows: training utterances.
        config: the share that is wished for, and how often one may be repeated for it.
    """
    human = is_human(rows).to_numpy(bool)
    if human.all() or not human.any():
        return rows
    wanted = config.share / (1 - config.share) * (~human).sum() / human.sum()
    times = int(np.clip(round(wanted), 1, config.most_repeats))
    return rows.loc[rows.index.repeat(np.where(human, times, 1))].reset_index(drop=True)
