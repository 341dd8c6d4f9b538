"""Where to put the rejection threshold: false accepts against false rejects."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray


def trade_off(
    confidence: NDArray[np.float64], is_order: NDArray[np.bool_], usable: NDArray[np.bool_]
) -> pd.DataFrame:
    """What every threshold would do.

    Args:
        confidence: in all slots together, shape = (n,).
        is_order: whether the recording is an order, shape = (n,); some must be, and some not.
        usable: whether the recording held something to be understood; others are never answered.

    Returns:
        columns threshold (rising, from 0), false_accept (share of what is no order that would be
        answered) and false_reject (share of orders that would not).
    """
    sure = np.where(usable, confidence, -1.0)
    thresholds = np.unique(np.concatenate([[0.0, 1.0], confidence[usable]]))
    below_order = np.searchsorted(np.sort(sure[is_order]), thresholds)
    below_other = np.searchsorted(np.sort(sure[~is_order]), thresholds)
    return pd.DataFrame(
        {
            "threshold": thresholds,
            "false_accept": 1.0 - below_other / (~is_order).sum(),
            "false_reject": below_order / is_order.sum(),
        }
    )


def at_threshold(curve: pd.DataFrame, threshold: float) -> "pd.Series[float]":
    """The row of a trade-off curve that tells what a threshold does."""
    index = int(np.searchsorted(curve["threshold"], threshold))
    return curve.iloc[min(index, len(curve) - 1)]
