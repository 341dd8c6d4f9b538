from collections.abc import Callable
from pathlib import Path

import pytest
from scipy.stats import binomtest

from slu.data.feedback import read_feedback
from slu.monitoring.accuracy import ALL_SLOTS, accuracy, wilson_interval
from slu.monitoring.analytics import LogAnalytics
from slu.monitoring.feedback import FeedbackLog
from slu.monitoring.log_filter import LogFilter


def test_accuracy_of_judged_requests(
    tmp_path: Path, make_record: Callable[..., object], write_log: Callable[..., Path]
) -> None:
    analytics = LogAnalytics(write_log(*(make_record(number) for number in range(4))))
    feedback = FeedbackLog(tmp_path / "feedback.jsonl")
    feedback.append("request-0", {"product": "teh", "quantity": "2"})
    feedback.append("request-1", {"product": "teh", "quantity": "3"})
    feedback.append("request-2", {"product": "gula"})
    feedback.append("unknown", {"product": "gula"})
    corrections = read_feedback(feedback.path)
    table = accuracy(analytics, corrections).set_index("slot")
    assert table["corrections"].to_dict() == {ALL_SLOTS: 3, "product": 3, "quantity": 2}
    assert table["right"].to_dict() == {ALL_SLOTS: 1, "product": 2, "quantity": 1}
    assert (table["low"] < table["accuracy"]).all()
    assert (table["accuracy"] < table["high"]).all()
    assert accuracy(analytics, corrections, LogFilter(sources=["live"])).empty
    assert accuracy(analytics, {}).empty


@pytest.mark.parametrize(("right", "total"), [(0, 1), (1, 1), (3, 10), (99, 100), (0, 500)])
def test_wilson_interval_is_scipys(right: int, total: int) -> None:
    expected = binomtest(right, total).proportion_ci(method="wilson")
    assert wilson_interval(right, total) == pytest.approx((expected.low, expected.high), abs=1e-12)
