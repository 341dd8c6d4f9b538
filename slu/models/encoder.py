"""The Transformer encoder that all models share (pre-norm, sinusoidal positions)."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

# Smaller than the normalised frames they are added to: what is said counts more than when. At full
# size a model needs half as many epochs again before it begins to learn words.
_POSITION_SCALE = 0.2
# Frames that a depthwise convolution spans.
_NEIGHBOURHOOD = 7


class TransformerEncoder(nn.Module):
    """Self-attention over an utterance; padding is never attended to.

    Pre-norm blocks (Xiong et al. 2020, arXiv 2002.04745) train without a long warm-up.
    """

    def __init__(
        self, d_model: int, n_heads: int, n_layers: int, feed_forward: int, dropout: float
    ) -> None:
        super().__init__()
        self.input_norm = nn.LayerNorm(d_model)
        self.dropout = nn.Dropout(dropout)
        self.blocks = nn.ModuleList(
            _Block(d_model, n_heads, feed_forward, dropout) for _ in range(n_layers)
        )
        self.norm = nn.LayerNorm(d_model)

    def forward(self, frames: Tensor, padding_mask: Tensor) -> Tensor:
        """Encode a batch.

        Args:
            frames: shape = (B, n_frames, d_model).
            padding_mask: True = padding, shape = (B, n_frames).

        Returns:
            shape = (B, n_frames, d_model); values at padded frames mean nothing.
        """
        positions = sinusoids(frames.shape[1], frames.shape[2], frames)
        x = self.dropout(self.input_norm(frames) + _POSITION_SCALE * positions)
        for block in self.blocks:
            x = block(x, padding_mask)
        encoded: Tensor = self.norm(x)
        return encoded


def sinusoids(n_frames: int, d_model: int, like: Tensor) -> Tensor:
    """Positions as sines and cosines (Vaswani et al. 2017), shape = (n_frames, d_model)."""
    half = torch.arange(d_model // 2, device=like.device, dtype=torch.float32)
    rates = torch.exp(half * (-math.log(10000.0) / (d_model // 2)))
    angles = torch.arange(n_frames, device=like.device, dtype=torch.float32)[:, None] * rates
    return torch.cat([angles.sin(), angles.cos()], dim=1).to(like.dtype)


class _Block(nn.Module):
    def __init__(self, d_model: int, n_heads: int, feed_forward: int, dropout: float) -> None:
        super().__init__()
        self.n_heads = n_heads
        self.neighbours = _Neighbours(d_model)
        self.attention_norm = nn.LayerNorm(d_model)
        self.qkv = nn.Linear(d_model, 3 * d_model)
        self.out = nn.Linear(d_model, d_model)
        self.feed_forward = nn.Sequential(
            nn.LayerNorm(d_model),
            nn.Linear(d_model, feed_forward),
            nn.GELU(),
            nn.Linear(feed_forward, d_model),
        )
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, padding_mask: Tensor) -> Tensor:
        x = x + self.dropout(self.neighbours(x, padding_mask))
        attended = ~padding_mask[:, None, None, :]
        x = x + self.dropout(self._attend(self.attention_norm(x), attended))
        summed: Tensor = x + self.dropout(self.feed_forward(x))
        return summed

    def _attend(self, x: Tensor, attended: Tensor) -> Tensor:
        batch, n_frames, d_model = x.shape
        heads = self.qkv(x).view(batch, n_frames, 3, self.n_heads, d_model // self.n_heads)
        query, key, value = heads.permute(2, 0, 3, 1, 4).unbind(0)
        # No dropout on the attention itself: with it, PyTorch's fast kernel cannot be used.
        mixed = functional.scaled_dot_product_attention(query, key, value, attn_mask=attended)
        mixed = mixed.transpose(1, 2).reshape(batch, n_frames, d_model)
        projected: Tensor = self.out(mixed)
        return projected


class _Neighbours(nn.Module):
    """A depthwise convolution over neighbouring frames, as in Conformer (arXiv 2005.08100).

    Words are local: with it a model learns them in half as many epochs.
    """

    def __init__(self, d_model: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(d_model)
        self.depthwise = nn.Conv1d(
            d_model, d_model, _NEIGHBOURHOOD, padding=_NEIGHBOURHOOD // 2, groups=d_model
        )
        self.out = nn.Linear(d_model, d_model)

    def forward(self, x: Tensor, padding_mask: Tensor) -> Tensor:
        # Zeroed, so that an utterance sees the same beyond its end in any batch as alone.
        frames = self.norm(x).masked_fill(padding_mask[:, :, None], 0.0)
        mixed = self.depthwise(frames.transpose(1, 2)).transpose(1, 2)
        projected: Tensor = self.out(functional.silu(mixed))
        return projected
