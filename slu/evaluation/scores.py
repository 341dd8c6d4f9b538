"""Scores of a predictions table, with their uncertainty."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import f1_score, precision_recall_fscore_support

from slu.data.labels import sort_labels
from slu.evaluation.predictions import confidence_column, predicted_column

_RESAMPLES = 1000
_CALIBRATION_BINS = 15


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
class Scores:
    """How well a model does on some recordings."""

    utterances: int
    joint_accuracy: Interval
    """Share of recordings with every slot right."""
    accepted: float
    """Share of recordings that were answered at all."""
    accepted_joint_accuracy: float
    """Share of right answers among those given."""
    slots: dict[str, SlotScores]


def score(predictions: pd.DataFrame, slots: Sequence[str], seed: int = 0) -> Scores:
    """Score a predictions table.

    Args:
        predictions: as `predict_table` gives it; not empty.
        slots: the model's slots.
        seed: of the bootstrap.
    """
    rng = np.random.default_rng(seed)
    n_rows = len(predictions)
    samples = rng.integers(0, n_rows, (_RESAMPLES, n_rows))
    right = np.ones(n_rows, bool)
    for slot in slots:
        right &= (predictions[slot] == predictions[predicted_column(slot)]).to_numpy()
    accepted = predictions["accepted"].to_numpy(bool)
    return Scores(
        utterances=n_rows,
        joint_accuracy=_interval(float(right.mean()), right[samples].mean(axis=1)),
        accepted=float(accepted.mean()),
        accepted_joint_accuracy=float(right[accepted].mean()) if accepted.any() else 0.0,
        slots={slot: _score_slot(predictions, slot, samples) for slot in slots},
    )


def calibration_error(confidence: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """Expected calibration error over 15 equal bins (Naeini et al. 2015).

    Args:
        confidence: of the predicted label, shape = (n,).
        right: whether it was the label, shape = (n,).
    """
    bins = np.minimum((confidence * _CALIBRATION_BINS).astype(int), _CALIBRATION_BINS - 1)
    gaps = np.bincount(bins, right.astype(float) - confidence, minlength=_CALIBRATION_BINS)
    return float(np.abs(gaps).sum() / len(confidence))


def _score_slot(predictions: pd.DataFrame, slot: str, samples: NDArray[np.int64]) -> SlotScores:
    labels = sort_labels(predictions[slot])
    truth = pd.Categorical(predictions[slot], categories=labels).codes
    # A predicted label that never occurs here is one more way to be wrong.
    predicted = pd.Categorical(predictions[predicted_column(slot)], categories=labels).codes
    right = truth == predicted
    f1 = float(f1_score(truth, predicted, labels=range(len(labels)), average="macro",
                        zero_division=0.0))  # fmt: skip
    table = _resampled_macro_f1(truth, predicted, samples, len(labels))
    confidence = predictions[confidence_column(slot)].to_numpy(float)
    return SlotScores(
        accuracy=_interval(float(right.mean()), right[samples].mean(axis=1)),
        macro_f1=_interval(f1, table),
        calibration_error=calibration_error(confidence, right),
        classes=_class_scores(truth, predicted, labels),
    )


def _class_scores(
    truth: NDArray[np.int8], predicted: NDArray[np.int8], labels: Sequence[str]
) -> dict[str, ClassScores]:
    columns = precision_recall_fscore_support(
        truth, predicted, labels=range(len(labels)), zero_division=0.0
    )
    return {
        label: ClassScores(float(precision), float(recall), float(f1), int(support))
        for label, precision, recall, f1, support in zip(labels, *columns, strict=True)
    }


def _resampled_macro_f1(
    truth: NDArray[np.int8],
    predicted: NDArray[np.int8],
    samples: NDArray[np.int64],
    n_labels: int,
) -> NDArray[np.float64]:
    """Macro F1 of each bootstrap sample, shape = (n_samples,)."""
    scores = np.empty(len(samples))
    for index, rows in enumerate(samples):
        t, p = truth[rows], predicted[rows]
        hits = np.bincount(t[t == p], minlength=n_labels)
        n_truth = np.bincount(t, minlength=n_labels)
        n_predicted = np.bincount(p[p >= 0], minlength=n_labels)
        present = n_truth > 0
        scores[index] = (2 * hits / np.maximum(n_truth + n_predicted, 1))[present].mean()
    return scores


def _interval(value: float, resampled: NDArray[np.float64]) -> Interval:
    low, high = np.percentile(resampled, [2.5, 97.5])
    return Interval(value, float(low), float(high))
