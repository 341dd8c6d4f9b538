"""Mixup: a model learns from clips with a little of another clip in them.

A step's clips are mixed in pairs after their features, and the loss counts the labels of both as
much as they are heard (Zhang et al. 2017, "mixup: Beyond Empirical Risk Minimization", arXiv
1710.09412).
"""

from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from slu.config import MixupConfig
from slu.training.utterances import Batch


@dataclass(frozen=True)
class MixedBatch:
    """A batch, and what is mixed into it."""

    batch: Batch
    """Mixed features, as long as the longer of each two; the targets of the clips themselves."""
    others: Tensor
    """Label ids of the clips that are mixed in, shape = (B, n_slots)."""
    share: float
    """Of the clips themselves, in the features and in the loss; 1: nothing is mixed in."""


def mix_up(batch: Batch, config: MixupConfig, rng: np.random.Generator) -> MixedBatch:
    """Mix a batch, or leave it as it is, as chance will have it.

    Args:
        batch: left as it is.
        config: how often, and how evenly.
        rng: draws whether, the share, and who is mixed with whom.
    """
    share = rng.beta(config.alpha, config.alpha) if rng.random() < config.probability else 1.0
    return mix(batch, share, torch.from_numpy(rng.permutation(len(batch.targets))))


def mix(batch: Batch, share: float, partners: Tensor) -> MixedBatch:
    """Mix each clip with another one of its batch; the shorter one goes on as padding does.

    Args:
        batch: left as it is.
        share: of the clip itself, 0 to 1; 1 leaves the batch as it is.
        partners: index of the clip that is mixed into each, shape = (B,).
    """
    others = batch.targets[partners]
    if share == 1.0:
        return MixedBatch(batch, others, share)
    mixed = replace(
        batch,
        features=share * batch.features + (1.0 - share) * batch.features[partners],
        lengths=torch.maximum(batch.lengths, batch.lengths[partners]),
    )
    return MixedBatch(mixed, others, share)
