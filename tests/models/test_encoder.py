"""The Transformer encoder."""

import math

import pytest
import torch

from slu.models.encoder import TransformerEncoder, sinusoids
from slu.models.padding import mask_of


def test_positions_are_sines_and_cosines_of_falling_rates() -> None:
    positions = sinusoids(5, 4, torch.zeros(1))

    frame = 3
    rates = [1.0, 1.0 / math.sqrt(10000.0)]
    expected = [math.sin(frame * r) for r in rates] + [math.cos(frame * r) for r in rates]
    assert positions.shape == (5, 4)
    assert positions[frame].tolist() == pytest.approx(expected, abs=1e-6)


def test_what_stands_at_padded_frames_changes_nothing() -> None:
    torch.manual_seed(0)
    encoder = TransformerEncoder(d_model=16, n_heads=2, n_layers=2, feed_forward=32, dropout=0.0)
    frames = torch.randn(2, 9, 16)
    lengths = torch.tensor([9, 4])
    other = frames.clone()
    other[1, 4:] = 1e3

    first, second = (encoder(x, mask_of(lengths, 9)) for x in (frames, other))

    torch.testing.assert_close(first[0], second[0])
    torch.testing.assert_close(first[1, :4], second[1, :4])


def test_the_order_of_frames_matters() -> None:
    torch.manual_seed(0)
    encoder = TransformerEncoder(d_model=16, n_heads=2, n_layers=1, feed_forward=32, dropout=0.0)
    frames = torch.randn(1, 6, 16)
    mask = mask_of(torch.tensor([6]), 6)

    turned = encoder(frames.flip(1), mask).flip(1)

    assert not torch.allclose(encoder(frames, mask), turned, atol=1e-2)
