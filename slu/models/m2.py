"""M2: a linear projection of stacked frames, then a tiny Transformer encoder."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional

from slu.config import M2Config
from slu.models.encoder import TransformerEncoder
from slu.models.heads import SlotHeads, SlotOutputs
from slu.models.padding import mask_of


class M2(nn.Module):
    """Features -> projection -> tiny Transformer -> the same pooling and heads as M1."""

    def __init__(self, config: M2Config, n_features: int, n_labels: Mapping[str, int]) -> None:
        super().__init__()
        self.stack = config.stack
        self.projection = nn.Linear(config.stack * n_features, config.d_model)
        self.encoder = TransformerEncoder(
            config.d_model, config.n_heads, config.n_layers, config.feed_forward, config.dropout
        )
        self.heads = SlotHeads(config.d_model, n_labels, config.dropout)

    def forward(self, features: Tensor, lengths: Tensor) -> SlotOutputs:
        """Classify a batch.

        Args:
            features: shape = (B, n_frames, n_features).
            lengths: valid frames of each utterance, shape = (B,).
        """
        stacked = self._stack(features, lengths)
        lengths = torch.div(lengths + self.stack - 1, self.stack, rounding_mode="floor")
        mask = mask_of(lengths, stacked.shape[1])
        frames = self.projection(stacked)
        outputs: SlotOutputs = self.heads(self.encoder(frames, mask), mask)
        return outputs

    def _stack(self, features: Tensor, lengths: Tensor) -> Tensor:
        """Neighbouring frames side by side, zeros beyond each utterance's end."""
        batch, n_frames, n_features = features.shape
        mask = mask_of(lengths, n_frames)
        n_missing = -n_frames % self.stack
        padded = functional.pad(features.masked_fill(mask[:, :, None], 0.0), (0, 0, 0, n_missing))
        return padded.reshape(batch, -1, self.stack * n_features)
