"""Scores and their uncertainty."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, f1_score, precision_score, recall_score

from slu.errors import DataError
from slu.evaluation.scores import Interval, Scores, calibration_error, score, share_interval

LABELS = ["beras", "kopi", "teh"]


def table(
    truth: list[str],
    predicted: list[str],
    confidence: list[float] | None = None,
    accepted: list[bool] | None = None,
    sources: list[str] | None = None,
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "product": truth,
            "product_predicted": predicted,
            "product_confidence": confidence or [0.9] * len(truth),
            "joint_confidence": confidence or [0.9] * len(truth),
            "accepted": accepted or [True] * len(truth),
            "source": sources or ["synthetic"] * len(truth),
        }
    )


pairs = st.lists(
    st.tuples(st.sampled_from(LABELS), st.sampled_from([*LABELS, "gula", ""])),
    min_size=1,
    max_size=40,
)


@given(pairs)
def test_scores_are_those_of_scikit_learn(rows: list[tuple[str, str]]) -> None:
    truth, predicted = [t for t, _ in rows], [p for _, p in rows]

    slot = score(table(truth, predicted), ["product"]).slots["product"]

    labels = sorted(set(truth))
    settings = {"labels": labels, "zero_division": 0.0}
    assert slot.accuracy.value == pytest.approx(accuracy_score(truth, predicted))
    assert slot.macro_f1.value == pytest.approx(
        f1_score(truth, predicted, average="macro", **settings)
    )
    for name, metric in (
        ("precision", precision_score),
        ("recall", recall_score),
        ("f1", f1_score),
    ):
        expected = metric(truth, predicted, average=None, **settings)
        assert [getattr(slot.classes[x], name) for x in labels] == pytest.approx(list(expected))
    assert {x: c.support for x, c in slot.classes.items()} == {x: truth.count(x) for x in labels}


def intervals(scores: Scores) -> list[Interval]:
    parts = [(slot.accuracy, slot.macro_f1) for slot in scores.slots.values()]
    return [scores.joint_accuracy, *(interval for pair in parts for interval in pair)]


@given(pairs)
def test_an_interval_contains_its_value(rows: list[tuple[str, str]]) -> None:
    scores = score(table([t for t, _ in rows], [p for _, p in rows]), ["product"])

    for interval in intervals(scores):
        assert 0.0 <= interval.low <= interval.value <= interval.high <= 1.0


def test_intervals_are_as_wide_as_resampled_clips_say() -> None:
    rng = np.random.default_rng(0)
    truth = rng.choice(LABELS, 200, p=[0.6, 0.3, 0.1])
    predicted = np.where(rng.random(200) < 0.8, truth, rng.choice(LABELS, 200))

    slot = score(table(list(truth), list(predicted)), ["product"]).slots["product"]

    samples = rng.integers(0, 200, (500, 200))
    accuracies = [(truth[rows] == predicted[rows]).mean() for rows in samples]
    f1 = [f1_score(truth[rows], predicted[rows], average="macro") for rows in samples]
    for interval, resampled in ((slot.accuracy, accuracies), (slot.macro_f1, f1)):
        low, high = np.percentile(resampled, [2.5, 97.5])
        assert interval.low == pytest.approx(low, abs=0.025)
        assert interval.high == pytest.approx(high, abs=0.025)


def test_more_clips_narrow_the_interval() -> None:
    few = score(table(["teh"] * 10, ["teh"] * 8 + ["kopi"] * 2), ["product"])
    many = score(table(["teh"] * 1000, ["teh"] * 800 + ["kopi"] * 200), ["product"])

    widths = [s.joint_accuracy.high - s.joint_accuracy.low for s in (few, many)]
    assert widths[1] < widths[0] / 5


def test_the_same_seed_gives_the_same_intervals() -> None:
    rows = table(["teh", "kopi", "teh", "beras"], ["teh", "teh", "teh", "beras"])

    assert score(rows, ["product"], seed=3) == score(rows, ["product"], seed=3)


def test_joint_accuracy_needs_every_slot() -> None:
    rows = table(["teh", "teh", "kopi", "kopi"], ["teh", "teh", "kopi", "teh"])
    rows["quantity"] = ["1", "2", "1", "2"]
    rows["quantity_predicted"] = ["1", "1", "1", "2"]
    rows["quantity_confidence"] = 0.9

    scores = score(rows, ["product", "quantity"])

    assert scores.joint_accuracy.value == 0.5
    assert {slot: s.accuracy.value for slot, s in scores.slots.items()} == {
        "product": 0.75,
        "quantity": 0.75,
    }


def test_answers_are_scored_beside_what_was_rejected() -> None:
    rows = table(["teh"] * 4, ["teh", "teh", "kopi", "kopi"], accepted=[True, True, True, False])

    scores = score(rows, ["product"])

    assert scores.accepted == 0.75
    assert scores.accepted_joint_accuracy == pytest.approx(2 / 3)
    assert scores.joint_accuracy.value == 0.5


def test_nothing_accepted_is_nothing_right() -> None:
    scores = score(table(["teh"], [""], [0.0], [False]), ["product"])

    assert (scores.accepted, scores.accepted_joint_accuracy) == (0.0, 0.0)
    assert scores.joint_accuracy.value == 0.0


def test_a_slot_with_a_single_label_is_scored() -> None:
    slot = score(table(["teh"] * 3, ["teh"] * 3), ["product"]).slots["product"]

    assert slot.accuracy.value == slot.macro_f1.value == 1.0
    assert list(slot.classes) == ["teh"]


def test_unknown_labels_are_wrong() -> None:
    slot = score(table(["gula", "gula", "teh"], ["teh", "kopi", "teh"]), ["product"]).slots[
        "product"
    ]

    assert slot.accuracy.value == pytest.approx(1 / 3)
    assert slot.classes["gula"].recall == 0.0
    assert slot.classes["teh"].precision == 0.5


def test_calibrated_confidence_has_no_error() -> None:
    rng = np.random.default_rng(0)
    confidence = rng.uniform(0.2, 1.0, 200_000)
    right = rng.random(confidence.size) < confidence

    assert calibration_error(confidence, right) < 0.01


def test_overconfidence_is_the_error() -> None:
    confidence = np.full(1000, 0.95)
    right = np.arange(1000) < 700

    assert calibration_error(confidence, right) == pytest.approx(0.25)


@given(
    st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=50),
)
def test_the_calibration_error_is_a_share(rows: list[tuple[float, bool]]) -> None:
    confidence, right = np.array([c for c, _ in rows]), np.array([r for _, r in rows])

    assert 0.0 <= calibration_error(confidence, right) <= 1.0


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    # Wilson's interval as in Brown, Cai and DasGupta 2001, and in statsmodels.
    [(10, 10, 0.7225, 1.0), (0, 10, 0.0, 0.2775), (8, 10, 0.4902, 0.9433), (1, 2, 0.0945, 0.9055)],
)
def test_a_share_of_few_clips_is_uncertain(hits: int, n: int, low: float, high: float) -> None:
    interval = share_interval(np.arange(n) < hits)

    assert interval.value == hits / n
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=1e-4)


def test_what_is_no_order_counts_in_its_own_rate_alone() -> None:
    orders = table(["teh", "kopi", "kopi"], ["teh", "kopi", "teh"], accepted=[True, False, True])
    others = table(["none"] * 4, ["teh"] * 4, accepted=[True, False, False, False])

    alone = score(orders, ["product"])
    both = score(pd.concat([others, orders], ignore_index=True), ["product"])

    assert both.false_accept is not None
    assert both.false_accept.value == pytest.approx(0.25)
    assert both.not_orders == 4
    assert both.false_reject.value == pytest.approx(1 / 3)
    assert replace(both, not_orders=0, false_accept=None) == alone


def test_without_an_order_there_is_nothing_to_score() -> None:
    with pytest.raises(DataError, match="none of these recordings is an order"):
        score(table(["none"], ["teh"]), ["product"])


def test_calibration_is_told_by_source() -> None:
    rows = table(
        ["teh", "teh", "kopi", "kopi"],
        ["teh", "kopi", "kopi", "kopi"],
        confidence=[0.9, 0.9, 0.6, 0.6],
        sources=["synthetic", "synthetic", "recorded", ""],
    )

    sources = score(rows, ["product"]).sources

    assert {source: s.utterances for source, s in sources.items()} == {
        "recorded": 1, "synthetic": 2, "unknown": 1,
    }  # fmt: skip
    assert sources["synthetic"].calibration_error == pytest.approx(0.4)
    assert sources["recorded"].calibration_error == pytest.approx(0.4)
    assert sources["synthetic"].joint_accuracy.value == pytest.approx(0.5)
