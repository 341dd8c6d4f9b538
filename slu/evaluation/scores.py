"""Scores of a predictions table, with their uncertainty."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import precision_recall_fscore_support

from slu.data.labels import sort_labels
from slu.data.metadata import is_order
from slu.evaluation.predictions import (
    all_right,
    confidence_column,
    orders_of,
    predicted_column,
)

_RESAMPLES = 1000
_CALIBRATION_BINS = 15
# Of the normal distribution: 95 % lie within.
_Z = 1.959964


@dataclass(frozen=True)
class Interval:
    """A score with its 95 % confidence interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.4f} [{self.low:.4f}, {self.high:.4f}]"


@dataclass(frozen=True)
class ClassScores:
    """How well one label is recognised."""

    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True)
class SlotScores:
    """How well one slot is recognised."""

    accuracy: Interval
    macro_f1: Interval
    calibration_error: float
    classes: dict[str, ClassScores]


@dataclass(frozen=True)
class SourceScores:
    """How well orders of one source (synthetic, recorded, …) are recognised."""

    utterances: int
    joint_accuracy: Interval
    calibration_error: float
    """Of the joint confidence."""


@dataclass(frozen=True)
class Scores:
    """How well a model does on some recordings.

    Recordings whose every slot is `none` are no orders: they count in `false_accept` alone.
    """

    utterances: int
    """Orders."""
    joint_accuracy: Interval
    """Share of orders with every slot right."""
    accepted: float
    """Share of orders that were answered at all."""
    accepted_joint_accuracy: float
    """Share of right answers among those given to orders."""
    slots: dict[str, SlotScores]
    false_reject: Interval
    """Share of orders that were not answered."""
    not_orders: int
    """Recordings that are no orders."""
    false_accept: Interval | None
    """Share of them that were answered; none where there are none."""
    sources: dict[str, SourceScores]


def score(predictions: pd.DataFrame, slots: Sequence[str], seed: int = 0) -> Scores:
    """Score a predictions table.

    Args:
        predictions: as `predict_table` gives it; not empty.
        slots: the model's slots.
        seed: of the bootstrap that gives the interval of the macro F1.

    Raises:
        DataError: none of the recordings is an order.
    """
    rng = np.random.default_rng(seed)
    orders = orders_of(predictions, slots)
    others = predictions[~is_order(predictions, slots)]
    right = all_right(orders, slots)
    accepted = orders["accepted"].to_numpy(bool)
    return Scores(
        utterances=len(orders),
        joint_accuracy=share_interval(right),
        accepted=float(accepted.mean()),
        accepted_joint_accuracy=float(right[accepted].mean()) if accepted.any() else 0.0,
        slots={slot: _score_slot(orders, slot, rng) for slot in slots},
        false_reject=share_interval(~accepted),
        not_orders=len(others),
        false_accept=None if others.empty else share_interval(others["accepted"].to_numpy(bool)),
        sources=_score_sources(orders, right),
    )


def _score_sources(orders: pd.DataFrame, right: NDArray[np.bool_]) -> dict[str, SourceScores]:
    if "source" not in orders:
        return {}
    confidence = orders["joint_confidence"].to_numpy(float)
    rows = orders["source"].replace("", "unknown").to_numpy()
    return {
        str(source): SourceScores(
            utterances=int((rows == source).sum()),
            joint_accuracy=share_interval(right[rows == source]),
            calibration_error=calibration_error(confidence[rows == source], right[rows == source]),
        )
        for source in np.unique(rows)
    }


def share_interval(hits: NDArray[np.bool_]) -> Interval:
    """Share of hits, with Wilson's interval: 10 right of 10 clips may still be 72 %.

    Args:
        hits: shape = (n,) with n > 0.
    """
    n, value = hits.size, float(hits.mean())
    middle = (value + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
    reach = _Z / (1 + _Z**2 / n) * math.sqrt(value * (1 - value) / n + _Z**2 / (4 * n**2))
    # Rounding may leave the ends a little beyond what they can be.
    low, high = max(0.0, middle - reach), min(1.0, middle + reach)
    return Interval(value, min(value, low), max(value, high))


def calibration_error(confidence: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """Expected calibration error over 15 equal bins (Naeini et al. 2015).

    Args:
        confidence: of the predicted label, shape = (n,).
        right: whether it was the label, shape = (n,).
    """
    bins = np.minimum((confidence * _CALIBRATION_BINS).astype(int), _CALIBRATION_BINS - 1)
    gaps = np.bincount(bins, right.astype(float) - confidence, minlength=_CALIBRATION_BINS)
    return float(np.abs(gaps).sum() / len(confidence))


def _score_slot(predictions: pd.DataFrame, slot: str, rng: np.random.Generator) -> SlotScores:
    labels = sort_labels(predictions[slot])
    ids = pd.Index(labels)
    truth = ids.get_indexer(predictions[slot])
    known = ids.get_indexer(predictions[predicted_column(slot)])
    # A predicted label that never occurs here is one more way to be wrong, numbered behind them.
    predicted = np.where(known < 0, len(labels), known)
    right = truth == predicted
    classes = _class_scores(truth, predicted, labels)
    macro_f1 = float(np.mean([scores.f1 for scores in classes.values()]))
    return SlotScores(
        accuracy=share_interval(right),
        macro_f1=_interval(macro_f1, _resampled_macro_f1(truth, predicted, len(labels), rng)),
        calibration_error=calibration_error(
            predictions[confidence_column(slot)].to_numpy(float), right
        ),
        classes=classes,
    )


def _class_scores(
    truth: NDArray[np.int64], predicted: NDArray[np.int64], labels: Sequence[str]
) -> dict[str, ClassScores]:
    columns = precision_recall_fscore_support(
        truth, predicted, labels=range(len(labels)), zero_division=0.0
    )
    return {
        label: ClassScores(float(precision), float(recall), float(f1), int(support))
        for label, precision, recall, f1, support in zip(labels, *columns, strict=True)
    }


def _resampled_macro_f1(
    truth: NDArray[np.int64],
    predicted: NDArray[np.int64],
    n_labels: int,
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """Macro F1 over the labels present in each bootstrap sample, shape = (_RESAMPLES,).

    Clips drawn with replacement are cells of the confusion matrix drawn as often as they were
    filled: the same distribution, at a cost that does not grow with the clips.
    """
    width = n_labels + 1
    cells, counts = np.unique(truth * width + predicted, return_counts=True)
    drawn = rng.multinomial(len(truth), counts / len(truth), size=_RESAMPLES)
    rows, columns = np.divmod(cells, width)
    labels = np.arange(n_labels)[:, None]
    n_truth = drawn @ (rows == labels).T
    n_predicted = drawn @ (columns == labels).T
    n_hits = drawn @ ((rows == labels) & (columns == labels)).T
    f1 = 2 * n_hits / np.maximum(n_truth + n_predicted, 1)
    return np.average(f1, axis=1, weights=n_truth > 0)


def _interval(value: float, resampled: NDArray[np.float64]) -> Interval:
    low, high = np.percentile(resampled, [2.5, 97.5])
    # The macro F1 of few clips is biased under resampling; the interval is still around the value.
    return Interval(value, min(value, float(low)), max(value, float(high)))
