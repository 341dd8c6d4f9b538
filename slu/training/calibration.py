"""Temperatures and the rejection threshold, from validation data."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from torch import Tensor
from torch.nn import functional

from slu.models.factory import Model
from slu.training.batches import in_order
from slu.training.utterances import UtteranceDataset

_TEMPERATURES = (0.25, 10.0)


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
    model: Model, dataset: UtteranceDataset, batch_size: int, reject_quantile: float
) -> float:
    """Fit the model's temperatures and choose the rejection threshold.

    Args:
        model: its temperatures are set.
        dataset: validation utterances, augmented: clean synthetic speech would make the model
            look surer of itself than it may be with people.
        batch_size: utterances at a time.
        reject_quantile: share of the right answers that may be given up.

    Returns:
        the joint confidence below which an answer is rejected.
    """
    temperatures = model.heads.get_buffer("temperatures")
    # From scratch: a run that is continued after a calibration must end with the same numbers.
    temperatures.fill_(1.0)
    logits = collect_logits(model, dataset, batch_size)
    targets = torch.from_numpy(dataset.targets)
    fitted = [fit_temperature(x, targets[:, index]) for index, x in enumerate(logits)]
    temperatures.copy_(torch.tensor(fitted))
    scaled = [x / temperature for x, temperature in zip(logits, fitted, strict=True)]
    return rejection_threshold(scaled, dataset.targets, reject_quantile)


def rejection_threshold(
    logits: Sequence[Tensor], targets: NDArray[np.int64], quantile: float
) -> float:
    """Joint confidence that all but `quantile` of the right answers reach.

    Args:
        logits: of each slot, calibrated, shape = (n_utterances, n_labels).
        targets: label ids, shape = (n_utterances, n_slots).
        quantile: largest share of the right answers that may lie below.

    Returns:
        the threshold; 0 where no answer is right.
    """
    probabilities = [x.softmax(dim=1) for x in logits]
    joint = torch.stack([p.max(dim=1).values for p in probabilities]).prod(dim=0).numpy()
    predicted = torch.stack([p.argmax(dim=1) for p in probabilities], dim=1).numpy()
    right = (predicted == targets).all(axis=1)
    # The lower neighbour: between two answers, interpolation would give up one too many.
    return float(np.quantile(joint[right], quantile, method="lower")) if right.any() else 0.0
