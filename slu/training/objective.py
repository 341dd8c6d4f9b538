"""The loss and the learning rate."""

import math
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from slu.config import TrainConfig
from slu.models.heads import SlotOutputs


def class_weights(targets: NDArray[np.int64], n_labels: Sequence[int]) -> list[Tensor]:
    """Weight of each label of each slot: inverse square root of its frequency, mean 1 over clips.

    A label without clips weighs nothing: label smoothing would otherwise teach it above all others.

    Args:
        targets: label ids, shape = (n_utterances, n_slots).
        n_labels: labels of each slot.
    """
    weights = []
    for column, count in zip(targets.T, n_labels, strict=True):
        frequency = np.bincount(column, minlength=count)
        weight = np.where(frequency > 0, 1.0 / np.sqrt(np.maximum(frequency, 1)), 0.0)
        weight /= (weight * frequency).sum() / frequency.sum()
        weights.append(torch.tensor(weight, dtype=torch.float32))
    return weights


def slot_loss(
    outputs: SlotOutputs,
    targets: Tensor,
    weights: Sequence[Tensor] | None,
    label_smoothing: float = 0.0,
) -> Tensor:
    """Mean cross-entropy over the slots.

    Args:
        outputs: of the model.
        targets: label ids, shape = (B, n_slots).
        weights: of each slot's labels.
        label_smoothing: share of the target given to all labels.
    """
    losses = [
        functional.cross_entropy(
            logits,
            targets[:, index],
            weight=None if weights is None else weights[index],
            label_smoothing=label_smoothing,
        )
        for index, logits in enumerate(outputs.logits.values())
    ]
    return torch.stack(losses).mean()


def mixed_loss(
    outputs: SlotOutputs,
    targets: Tensor,
    others: Tensor,
    share: float,
    weights: Sequence[Tensor] | None,
    label_smoothing: float = 0.0,
) -> Tensor:
    """The loss of clips with others mixed in: the sum of both, weighted by their shares.

    Args:
        outputs: of the model.
        targets: label ids of the clips, shape = (B, n_slots).
        others: of those mixed in, shape = (B, n_slots).
        share: of the clips themselves.
        weights: of each slot's labels.
        label_smoothing: share of the target given to all labels.
    """
    loss = slot_loss(outputs, targets, weights, label_smoothing)
    if share == 1.0:
        return loss
    return share * loss + (1.0 - share) * slot_loss(outputs, others, weights, label_smoothing)


def learning_rate(step: int, n_steps: int, config: TrainConfig) -> float:
    """Linear warm-up, then a cosine down to zero, for the step that comes next (from 0)."""
    n_warmup = max(1, round(n_steps * config.warmup_share))
    if step < n_warmup:
        return config.learning_rate * (step + 1) / n_warmup
    progress = (step - n_warmup) / max(1, n_steps - n_warmup)
    return config.learning_rate * 0.5 * (1.0 + math.cos(math.pi * min(1.0, progress)))
