"""The speech embedding's network in torch, so that it can be trained on."""

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from slu.audio.embedding_network import Weights
from slu.audio.speech_embedding import SMALLEST_DEVIATION

# As published: channels of the blocks of four convolutions, and the pooling (time, frequency)
# that stands before each.
_FIRST_CHANNELS = 24
_BLOCKS = ((48, (2, 2)), (72, (1, 2)), (96, (2, 2)), (96, (1, 2)))
_SLOPE = 0.2
_LOWEST = -0.4


class EmbeddingModel(nn.Module):
    """Mel frames -> embeddings as the front end `speech_embedding` gives them.

    The network of Lin et al. 2020 (arXiv 2002.01322) up to its last pooling.

    Args:
        weights: what it begins with.
    """

    def __init__(self, weights: Weights) -> None:
        super().__init__()
        self.layers = nn.Sequential(*_layers())
        self._convolutions = [x for x in self.layers if isinstance(x, _Convolution)]
        parts = iter(weights)
        with torch.no_grad():
            for convolution, kernel, bias in zip(self._convolutions, parts, parts, strict=True):
                convolution.weight.copy_(torch.tensor(np.transpose(kernel, (0, 3, 1, 2))))
                assert convolution.bias is not None
                convolution.bias.copy_(torch.tensor(bias))

    def forward(self, mel: Tensor) -> Tensor:
        """Embed a batch.

        Args:
            mel: from `slu.audio.speech_embedding.embedding_mel`, shape = (B, n_frames, 32).

        Returns:
            shape = (B, n_embeddings, 192), each with mean 0 and deviation 1.
        """
        # Channels last: twice as fast on CPUs.
        x = self.layers(mel[:, None].contiguous(memory_format=torch.channels_last))
        embedded = x.permute(0, 2, 3, 1).flatten(2).float()
        centred = embedded - embedded.mean(dim=2, keepdim=True)
        deviation = centred.square().mean(dim=2, keepdim=True).sqrt()
        normalised: Tensor = centred / deviation.clamp(min=SMALLEST_DEVIATION)
        return normalised

    def weights(self) -> Weights:
        """The weights as they are now."""
        arrays: list[NDArray[np.float32]] = []
        for convolution in self._convolutions:
            assert convolution.bias is not None
            kernel = convolution.weight.detach().cpu().numpy()
            arrays += [kernel.transpose(0, 2, 3, 1), convolution.bias.detach().cpu().numpy()]
        return arrays


class _Convolution(nn.Conv2d):
    """A convolution that sees zeros beyond the lowest and the highest band, and a bent line."""

    def __init__(self, n_in: int, n_out: int, kernel: tuple[int, int]) -> None:
        super().__init__(n_in, n_out, kernel, padding=(0, kernel[1] // 2))

    def forward(self, x: Tensor) -> Tensor:
        return functional.leaky_relu(super().forward(x), _SLOPE).clamp(min=_LOWEST)


def _layers() -> Iterator[nn.Module]:
    n_channels = _FIRST_CHANNELS
    yield _Convolution(1, n_channels, (3, 3))
    yield _Convolution(n_channels, n_channels, (1, 3))
    yield _Convolution(n_channels, n_channels, (3, 1))
    for n_wider, pooling in _BLOCKS:
        yield nn.MaxPool2d(pooling)
        for kernel in ((1, 3), (3, 1), (1, 3), (3, 1)):
            yield _Convolution(n_channels, n_wider, kernel)
            n_channels = n_wider
