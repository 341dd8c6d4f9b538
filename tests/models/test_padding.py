"""Which frames are padding."""

import torch

from slu.models.padding import mask_of


def test_frames_beyond_the_length_are_padding() -> None:
    mask = mask_of(torch.tensor([3, 1, 4]), 4)

    assert mask.tolist() == [
        [False, False, False, True],
        [False, True, True, True],
        [False, False, False, False],
    ]
