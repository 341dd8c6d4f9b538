"""Attention pooling and one classifier for each slot."""

from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor, nn


class SlotOutputs(NamedTuple):
    """What a model says about a batch; dictionaries are keyed by slot."""

    logits: dict[str, Tensor]
    """shape = (B, n_labels); divided by the slot's temperature."""
    attention: dict[str, Tensor]
    """Where in time the slot was heard, sums to 1, shape = (B, n_encoded_frames)."""
    embedding: Tensor
    """Pooled vectors of all slots side by side, shape = (B, n_slots * d_model)."""


class SlotHeads(nn.Module):
    """For each slot: where to look, and what was said there."""

    def __init__(self, d_model: int, n_labels: Mapping[str, int], dropout: float) -> None:
        super().__init__()
        self.slots = tuple(n_labels)
        self.n_labels = tuple(n_labels.values())
        # In the order of the slots: names such as `type` cannot be keys of a ModuleDict. Scores
        # have no bias, which would cancel in the softmax.
        self.scores = nn.ModuleList(nn.Linear(d_model, 1, bias=False) for _ in n_labels)
        self.classifiers = nn.ModuleList(nn.Linear(d_model, n) for n in n_labels.values())
        self.dropout = nn.Dropout(dropout)
        # Fitted on validation data after training (Guo et al. 2017, arXiv 1706.04599); part of
        # the model, so that every runtime gives calibrated probabilities.
        self.register_buffer("temperatures", torch.ones(len(n_labels)))

    def forward(self, encoded: Tensor, padding_mask: Tensor) -> SlotOutputs:
        """Pool and classify.

        Args:
            encoded: shape = (B, n_frames, d_model).
            padding_mask: True = padding, shape = (B, n_frames).
        """
        temperatures: Tensor = self.get_buffer("temperatures")
        logits, attention, pooled = {}, {}, []
        for index, slot in enumerate(self.slots):
            scores = self.scores[index](encoded).squeeze(-1)
            weights = scores.masked_fill(padding_mask, float("-inf")).softmax(dim=1)
            vector = (weights[:, :, None] * encoded).sum(dim=1)
            attention[slot] = weights
            logits[slot] = self.classifiers[index](self.dropout(vector)) / temperatures[index]
            pooled.append(vector)
        return SlotOutputs(logits, attention, torch.cat(pooled, dim=1))
