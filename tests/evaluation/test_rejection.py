"""False accepts against false rejects."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slu.evaluation.rejection import at_threshold, trade_off

clips = st.lists(
    st.tuples(st.floats(0, 1), st.booleans(), st.booleans()), min_size=2, max_size=60
).filter(lambda rows: len({is_order for _, is_order, _ in rows}) == 2)


@given(rows=clips, threshold=st.floats(0, 1))
def test_the_curve_tells_what_a_threshold_does(
    rows: list[tuple[float, bool, bool]], threshold: float
) -> None:
    confidence = np.array([c for c, _, _ in rows])
    is_order = np.array([o for _, o, _ in rows])
    usable = np.array([u for _, _, u in rows])

    point = at_threshold(trade_off(confidence, is_order, usable), threshold)

    answered = usable & (confidence >= threshold)
    assert point["false_accept"] == pytest.approx(answered[~is_order].mean())
    assert point["false_reject"] == pytest.approx((~answered[is_order]).mean())


@given(rows=clips)
def test_a_higher_threshold_never_accepts_more(rows: list[tuple[float, bool, bool]]) -> None:
    curve = trade_off(*(np.array(column) for column in zip(*rows, strict=True)))

    assert curve["threshold"].is_monotonic_increasing
    assert curve["false_accept"].is_monotonic_decreasing
    assert curve["false_reject"].is_monotonic_increasing
