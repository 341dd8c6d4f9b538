"""Calibration and rejection."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slu.evaluation.confidence import calibration_interval, rejection_curve, reliability
from slu.evaluation.scores import calibration_error

answers = st.lists(
    st.tuples(st.floats(0, 1), st.booleans(), st.booleans()), min_size=1, max_size=50
)


def columns(rows: list[tuple[float, bool, bool]]) -> tuple[np.ndarray, ...]:
    confidence, right, usable = zip(*rows, strict=True)
    return np.array(confidence, float), np.array(right, bool), np.array(usable, bool)


@given(answers)
def test_a_diagram_counts_every_recording(rows: list[tuple[float, bool, bool]]) -> None:
    confidence, right, _ = columns(rows)

    bins = reliability(confidence, right)

    assert bins["utterances"].sum() == len(rows)
    assert (bins["utterances"] * bins["accuracy"]).sum() == pytest.approx(right.sum())
    assert (bins["utterances"] * bins["confidence"]).sum() == pytest.approx(confidence.sum())
    assert bins["confidence"].is_monotonic_increasing
    assert ((bins["low"] <= bins["accuracy"]) & (bins["accuracy"] <= bins["high"])).all()


def test_like_confidence_is_put_together() -> None:
    bins = reliability(np.array([0.91, 0.95, 0.31, 1.0]), np.array([True, True, False, False]))

    assert bins["utterances"].tolist() == [1, 3]
    assert bins["accuracy"].tolist() == pytest.approx([0.0, 2 / 3])


@given(answers)
def test_a_higher_threshold_answers_less(rows: list[tuple[float, bool, bool]]) -> None:
    confidence, right, usable = columns(rows)

    curve = rejection_curve(confidence, right, usable)

    assert curve["answered"].is_monotonic_decreasing
    assert curve["answered"].iloc[0] == pytest.approx(usable.mean())
    assert curve["accuracy"].dropna().between(0, 1).all()


@given(answers, st.integers(0, 100))
def test_the_curve_is_what_rejecting_would_give(
    rows: list[tuple[float, bool, bool]], index: int
) -> None:
    confidence, right, usable = columns(rows)

    point = rejection_curve(confidence, right, usable).iloc[index]

    answered = usable & (confidence >= point["threshold"])
    assert point["answered"] == pytest.approx(answered.mean())
    if answered.any():
        assert point["accuracy"] == pytest.approx(right[answered].mean())
    else:
        assert np.isnan(point["accuracy"])


def test_the_interval_is_around_the_calibration_error() -> None:
    rng = np.random.default_rng(0)
    confidence = rng.uniform(0.2, 1.0, 400)
    right = rng.random(400) < confidence * 0.8

    interval = calibration_interval(confidence, right)

    assert interval.value == calibration_error(confidence, right)
    assert 0 < interval.low < interval.value < interval.high < 0.4
    assert interval == calibration_interval(confidence, right)
