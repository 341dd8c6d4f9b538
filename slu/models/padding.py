"""Which frames of a batch are padding."""

import torch
from torch import Tensor


def mask_of(lengths: Tensor, n_frames: int) -> Tensor:
    """True = padding.

    Args:
        lengths: valid frames of each utterance, shape = (B,).
        n_frames: frames of the batch.

    Returns:
        shape = (B, n_frames).
    """
    return torch.arange(n_frames, device=lengths.device)[None, :] >= lengths[:, None]
