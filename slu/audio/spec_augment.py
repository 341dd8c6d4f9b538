"""Masks and noise on features: a recogniser that must not hang on one band or one instant."""

import numpy as np

from slu.audio.types import Features
from slu.config.augment import SpecAugmentConfig


def spec_augment(
    features: Features, config: SpecAugmentConfig, rng: np.random.Generator
) -> Features:
    """Add noise, then mask random bands and stretches of time with 0, the features' mean.

    After SpecAugment (Park et al. 2019, arXiv 1904.08779), without its time warp.

    Args:
        features: normalised features, shape = (n_frames, n_features); left as they are.
        config: how much; with `config.probability` anything happens at all.
        rng: source of all randomness.

    Returns:
        Features of the same shape; `features` itself when the draw leaves them alone.
    """
    if rng.random() >= config.probability:
        return features
    n_frames, n_features = features.shape
    bands = _stripes(config.frequency_masks, config.frequency_width, n_features, rng)
    # Short orders must stay recognisable: the masks together take a third of them at most.
    longest = min(config.time_width, n_frames // (3 * max(config.time_masks, 1)))
    spans = _stripes(config.time_masks, longest, n_frames, rng)
    augmented = features + config.noise * rng.standard_normal(features.shape, dtype=np.float32)
    for band in bands:
        augmented[:, band] = 0.0
    for span in spans:
        augmented[span] = 0.0
    return augmented


def _stripes(count: int, widest: int, size: int, rng: np.random.Generator) -> list[slice]:
    """Random stretches of 0 to `widest` places, each wholly inside `size` places."""
    widths = rng.integers(min(widest, size), size=count, endpoint=True)
    starts = rng.integers(size - widths, endpoint=True)
    return [slice(start, start + width) for start, width in zip(starts, widths, strict=True)]
