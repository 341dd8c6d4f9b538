"""Temperatures and the rejection threshold, from validation data."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from torch import Tensor
from torch.nn import functional

from slu.config import TrainConfig
from slu.meaning import OrderRule, confidence
from slu.models.factory import Model
from slu.training.batches import in_order
from slu.training.utterances import UtteranceDataset

_TEMPERATURES = (0.25, 10.0)


@dataclass(frozen=True)
class Calibration:
    """What validation data say about a model's confidence."""

    temperatures: tuple[float, ...]
    """Of each slot."""
    rejection_threshold: float
    """Joint confidence below which an answer is rejected: where validation holds clips that are no
    orders, so few of them are answered as was asked for, and in any case no more of the right
    answers are given up."""
    joint_confidence: NDArray[np.float64]
    """Of each validation order, shape = (n_orders,)."""


@torch.inference_mode()
def collect_logits(model: Model, dataset: UtteranceDataset, batch_size: int) -> list[Tensor]:
    """Logits of each slot in the order of the utterances, shape = (n_utterances, n_labels)."""
    model.eval()
    device = next(model.parameters()).device
    orders, parts = [], []
    for indices, batch in in_order(dataset, batch_size):
        outputs = model(batch.features.to(device), batch.lengths.to(device))
        orders.append(indices)
        parts.append([logits.float().cpu() for logits in outputs.logits.values()])
    back = torch.from_numpy(np.argsort(np.concatenate(orders)))
    return [torch.cat(column)[back] for column in zip(*parts, strict=True)]


def fit_temperature(logits: Tensor, targets: Tensor) -> float:
    """The temperature with the lowest cross-entropy (Guo et al. 2017, arXiv 1706.04599).

    Args:
        logits: shape = (n_utterances, n_labels).
        targets: label ids, shape = (n_utterances,).
    """

    def cross_entropy(log_temperature: float) -> float:
        scaled = logits.double() / float(np.exp(log_temperature))
        return float(functional.cross_entropy(scaled, targets))

    low, high = np.log(_TEMPERATURES)
    return float(np.exp(minimize_scalar(cross_entropy, bounds=(low, high), method="bounded").x))


def calibrate(
    model: Model, dataset: UtteranceDataset, rule: OrderRule, config: TrainConfig
) -> Calibration:
    """Fit the model's temperatures and choose the rejection threshold.

    Args:
        model: its temperatures are set.
        dataset: validation utterances, augmented: clean synthetic speech would make the model
            look surer of itself than it may be with people.
        rule: what is an order.
        config: how large batches are, and how much may be given up or accepted wrongly.
    """
    temperatures = model.heads.get_buffer("temperatures")
    # From scratch: a run that is continued after a calibration must end with the same numbers.
    temperatures.fill_(1.0)
    logits = collect_logits(model, dataset, config.batch_size)
    targets = torch.from_numpy(dataset.targets)
    fitted = [fit_temperature(x, targets[:, index]) for index, x in enumerate(logits)]
    temperatures.copy_(torch.tensor(fitted))
    probabilities = [
        (x.double() / t).softmax(dim=1).numpy() for x, t in zip(logits, fitted, strict=True)
    ]
    chosen = rule.choose(probabilities)
    joint_confidence = confidence(probabilities, chosen).prod(axis=1)
    right = (chosen == dataset.targets).all(axis=1)
    is_order = rule.is_order(dataset.targets)
    threshold = max(
        threshold_of_rejects(joint_confidence[right & is_order], config.reject_quantile),
        threshold_of_accepts(joint_confidence[~is_order], config.false_accept_rate),
    )
    return Calibration(tuple(fitted), threshold, joint_confidence[is_order])


def threshold_of_rejects(right_confidence: NDArray[np.floating[Any]], quantile: float) -> float:
    """The highest threshold that gives up no more than a share of the right answers.

    Args:
        right_confidence: joint confidence of the right answers, shape = (n,).
        quantile: largest share of them that may lie below the threshold, less than 1.

    Returns:
        the threshold; 0 where no answer is right.
    """
    if not right_confidence.size:
        return 0.0
    return float(np.sort(right_confidence)[int(quantile * right_confidence.size)])


def threshold_of_accepts(other_confidence: NDArray[np.floating[Any]], rate: float) -> float:
    """The lowest threshold that accepts no more than a share of what is no order.

    Args:
        other_confidence: joint confidence of the answers to what is no order, shape = (n,).
        rate: largest share of them that may reach the threshold.

    Returns:
        the threshold; 0 where all may be accepted, or there is nothing.
    """
    n_accepted = int(rate * other_confidence.size)
    if n_accepted >= other_confidence.size:
        return 0.0
    return float(np.nextafter(np.sort(other_confidence)[::-1][n_accepted], np.inf))
