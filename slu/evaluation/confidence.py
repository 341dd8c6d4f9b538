"""What confidence is worth: calibration, and what rejecting doubtful answers would do."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from slu.evaluation.scores import Interval, calibration_error, share_interval

_BINS = 10
_RESAMPLES = 300
_THRESHOLDS = np.linspace(0.0, 1.0, 101)


def reliability(confidence: NDArray[np.float64], right: NDArray[np.bool_]) -> pd.DataFrame:
    """How often the model is right, by how sure it is.

    Args:
        confidence: in the answer, shape = (n,).
        right: whether it was right, shape = (n,).

    Returns:
        A row for each of ten equal ranges of confidence that holds recordings: utterances,
        confidence (mean), accuracy, low, high (its 95 % interval).
    """
    bins = np.minimum((confidence * _BINS).astype(int), _BINS - 1)
    rows = []
    for index in np.unique(bins):
        inside = bins == index
        share = share_interval(right[inside])
        mean = float(confidence[inside].mean())
        rows.append((int(inside.sum()), mean, share.value, share.low, share.high))
    return pd.DataFrame(rows, columns=["utterances", "confidence", "accuracy", "low", "high"])


def calibration_interval(
    confidence: NDArray[np.float64], right: NDArray[np.bool_], seed: int = 0
) -> Interval:
    """The calibration error with its 95 % interval (bootstrap over clips).

    Args:
        confidence: in the answer, shape = (n,) with n > 0.
        right: whether it was right, shape = (n,).
        seed: of the bootstrap.
    """
    rng = np.random.default_rng(seed)
    value = calibration_error(confidence, right)
    n = len(confidence)
    drawn = (rng.integers(n, size=n) for _ in range(_RESAMPLES))
    resampled = [calibration_error(confidence[rows], right[rows]) for rows in drawn]
    low, high = np.percentile(resampled, [2.5, 97.5])
    return Interval(value, min(value, float(low)), max(value, float(high)))


def rejection_curve(
    confidence: NDArray[np.float64], right: NDArray[np.bool_], usable: NDArray[np.bool_]
) -> pd.DataFrame:
    """What would be answered, and how well, if answers below a confidence were rejected.

    Args:
        confidence: in all slots together, shape = (n,) with n > 0.
        right: whether all slots were right, shape = (n,).
        usable: whether the recording held something to be understood; others are never answered.

    Returns:
        columns threshold, answered (share of all recordings), accuracy (share of right ones among
        those answered; missing where none is).
    """
    order = np.argsort(confidence[usable])
    sure, hits = confidence[usable][order], right[usable][order]
    first = np.searchsorted(sure, _THRESHOLDS)
    n_answered = len(sure) - first
    n_right = np.append(np.cumsum(hits[::-1])[::-1], 0)[first]
    with np.errstate(invalid="ignore"):
        accuracy = np.where(n_answered > 0, n_right / n_answered, np.nan)
    answered = n_answered / len(confidence)
    return pd.DataFrame({"threshold": _THRESHOLDS, "answered": answered, "accuracy": accuracy})
