"""Two models on the same recordings: who gets which right, and whether that is chance."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import binomtest

from slu.errors import DataError
from slu.evaluation.predictions import all_right, confidence_column, predicted_column
from slu.evaluation.scores import Interval

_RESAMPLES = 10_000


@dataclass(frozen=True)
class Comparison:
    """How model A does against model B."""

    both: int
    """Recordings that both get right."""
    only_a: int
    only_b: int
    neither: int
    difference: Interval
    """Share that A gets right, less that of B."""
    p_value: float
    """Of a difference this large or larger between two models that are equally good: McNemar's
    exact test."""

    @property
    def utterances(self) -> int:
        """Recordings compared."""
        return self.both + self.only_a + self.only_b + self.neither


def pair(a: pd.DataFrame, b: pd.DataFrame, slots: Sequence[str]) -> pd.DataFrame:
    """Put two predictions tables side by side.

    Args:
        a: predictions of model A.
        b: of model B; rows in any order.
        slots: to be compared.

    Returns:
        The rows of A that B has too, with `<slot>_predicted_b`, `<slot>_confidence_b` and
        `joint_confidence_b`.

    Raises:
        DataError: no recording is in both, or one has other labels in B.
    """
    theirs = [c for slot in slots for c in (predicted_column(slot), confidence_column(slot))]
    columns = [*slots, *theirs, "joint_confidence"]
    other = b.drop_duplicates("path").set_index("path")[columns].add_suffix("_b")
    paired = a.drop_duplicates("path").join(other, on="path", how="inner").reset_index(drop=True)
    if paired.empty:
        raise DataError("the two models were not evaluated on the same recordings; evaluate both")
    if any((paired[slot] != paired[f"{slot}_b"]).any() for slot in slots):
        raise DataError("labels have changed between the two evaluations; evaluate both again")
    return paired


def rights(paired: pd.DataFrame, slots: Sequence[str]) -> tuple[NDArray[np.bool_], ...]:
    """Whether A, and whether B, understood all these slots; each of shape (n,)."""
    b = paired[[*slots]].assign(
        **{predicted_column(slot): paired[f"{predicted_column(slot)}_b"] for slot in slots}
    )
    return all_right(paired, slots), all_right(b, slots)


def compare(right_a: NDArray[np.bool_], right_b: NDArray[np.bool_], seed: int = 0) -> Comparison:
    """Compare two models by what each gets right.

    Args:
        right_a: of each recording, shape = (n,) with n > 0.
        right_b: of the same ones.
        seed: of the paired bootstrap.
    """
    only_a, only_b = int((right_a & ~right_b).sum()), int((right_b & ~right_a).sum())
    both, n = int((right_a & right_b).sum()), len(right_a)
    differing = only_a + only_b
    return Comparison(
        both=both,
        only_a=only_a,
        only_b=only_b,
        neither=n - both - differing,
        difference=_difference(only_a, only_b, n, np.random.default_rng(seed)),
        p_value=float(binomtest(only_a, differing).pvalue) if differing else 1.0,
    )


def _difference(only_a: int, only_b: int, n: int, rng: np.random.Generator) -> Interval:
    """The difference of two shares.

    Recordings drawn with replacement are the three kinds of recordings drawn as often as they
    occur: the same distribution, at a cost that does not grow with the recordings.
    """
    kinds = np.array([only_a, only_b, n - only_a - only_b])
    drawn = rng.multinomial(n, kinds / n, size=_RESAMPLES)
    value = (only_a - only_b) / n
    low, high = np.percentile((drawn[:, 0] - drawn[:, 1]) / n, [2.5, 97.5])
    return Interval(value, min(value, float(low)), max(value, float(high)))
