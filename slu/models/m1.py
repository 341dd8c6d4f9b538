"""M1: a CNN that reduces frequency and time, then a Transformer encoder."""

import itertools
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from slu.config import M1Config
from slu.models.encoder import TransformerEncoder
from slu.models.heads import SlotHeads, SlotOutputs
from slu.models.padding import mask_of

_TIME_REDUCING_LAYERS = 2


class M1(nn.Module):
    """Features -> CNN -> Transformer -> one attention pooling and head for each slot."""

    def __init__(self, config: M1Config, n_features: int, n_labels: Mapping[str, int]) -> None:
        super().__init__()
        channels = (1, *config.channels)
        self.convolutions = nn.ModuleList(
            _Convolution(n_in, n_out, time_stride=2 if layer < _TIME_REDUCING_LAYERS else 1)
            for layer, (n_in, n_out) in enumerate(itertools.pairwise(channels))
        )
        n_rows = n_features
        for _ in config.channels:
            n_rows = (n_rows + 1) // 2
        self.projection = nn.Linear(config.channels[-1] * n_rows, config.d_model)
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
        x = features[:, None]
        mask = mask_of(lengths, x.shape[2])
        for convolution in self.convolutions:
            x, lengths, mask = convolution(x, lengths, mask)
        frames = self.projection(x.transpose(1, 2).flatten(2))
        outputs: SlotOutputs = self.heads(self.encoder(frames, mask), mask)
        return outputs


class _Convolution(nn.Module):
    def __init__(self, n_in: int, n_out: int, time_stride: int) -> None:
        super().__init__()
        self.time_stride = time_stride
        self.convolution = nn.Conv2d(
            n_in, n_out, kernel_size=3, stride=(time_stride, 2), padding=1, bias=False
        )
        self.norm = nn.BatchNorm2d(n_out)

    def forward(self, x: Tensor, lengths: Tensor, mask: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        # Padding is zeroed before each convolution: beyond its end an utterance then sees the
        # same zeros in any batch as alone.
        x = self.convolution(x.masked_fill(mask[:, None, :, None], 0.0))
        lengths = torch.div(lengths + self.time_stride - 1, self.time_stride, rounding_mode="floor")
        return torch.relu(self.norm(x)), lengths, mask_of(lengths, x.shape[2])
