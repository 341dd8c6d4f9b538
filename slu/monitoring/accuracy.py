"""Accuracy at work, from corrections."""

from collections.abc import Mapping, Sequence

import pandas as pd
from scipy.stats import binomtest

from slu.monitoring.analytics import LogAnalytics
from slu.monitoring.feedback import Feedback
from slu.monitoring.log_filter import EVERYTHING, LogFilter

ALL_SLOTS = "(all)"
"""Stands for an answer with every judged slot right."""


def accuracy(
    analytics: LogAnalytics,
    corrections: Mapping[str, Feedback],
    where: LogFilter = EVERYTHING,
) -> pd.DataFrame:
    """How often judged requests had been right, with 95 % intervals (Wilson 1927).

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


def _score(slot: str, hits: Sequence[bool]) -> tuple[str, int, int, float, float, float]:
    interval = binomtest(sum(hits), len(hits)).proportion_ci(method="wilson")
    return slot, len(hits), sum(hits), sum(hits) / len(hits), interval.low, interval.high
