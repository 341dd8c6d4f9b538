"""Accuracy at work, from corrections."""

import math
from collections.abc import Mapping, Sequence
from statistics import NormalDist

import pandas as pd

from slu.data.feedback import Feedback
from slu.monitoring.analytics import LogAnalytics
from slu.monitoring.log_filter import EVERYTHING, LogFilter

ALL_SLOTS = "(all)"
"""Stands for an answer with every judged slot right."""

_Z = NormalDist().inv_cdf(0.975)


def accuracy(
    analytics: LogAnalytics,
    corrections: Mapping[str, Feedback],
    where: LogFilter = EVERYTHING,
) -> pd.DataFrame:
    """How often judged requests had been right, with 95 % intervals.

    People correct what is wrong more readily than they confirm what is right, so this is a lower
    estimate unless feedback is asked for at random.

    Args:
        analytics: of the log that the requests stand in.
        corrections: as `read_feedback` gives them.
        where: which requests.

    Returns:
        `slot` (`ALL_SLOTS` for whole answers), `corrections`, `right`, `accuracy`, `low` and
        `high`; no row where no request was judged.
    """
    verdicts: dict[str, list[bool]] = {}
    for request_id, answer in analytics.answers(list(corrections), where).items():
        labels = corrections[request_id].labels
        hits = {slot: answer.get(slot) == label for slot, label in labels.items()}
        for slot, hit in {**hits, ALL_SLOTS: all(hits.values())}.items():
            verdicts.setdefault(slot, []).append(hit)
    return pd.DataFrame(
        [_score(slot, hits) for slot, hits in sorted(verdicts.items())],
        columns=["slot", "corrections", "right", "accuracy", "low", "high"],
    )


def wilson_interval(right: int, total: int) -> tuple[float, float]:
    """95 % confidence interval of a share (Wilson 1927), which holds for small numbers as well.

    Args:
        right: how many of them.
        total: out of how many, at least 1.
    """
    share, spread = right / total, _Z**2 / total
    middle = (share + spread / 2) / (1 + spread)
    half = _Z * math.sqrt(share * (1 - share) / total + spread / (4 * total)) / (1 + spread)
    return max(0.0, middle - half), min(1.0, middle + half)


def _score(slot: str, hits: Sequence[bool]) -> tuple[str, int, int, float, float, float]:
    right, total = sum(hits), len(hits)
    return slot, total, right, right / total, *wilson_interval(right, total)
