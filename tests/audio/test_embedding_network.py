"""The network behind the speech embedding."""

from pathlib import Path

import numpy as np

from slu.audio.embedding_network import (
    WEIGHTS_IN_NOISE,
    embedding_network,
    read_weights,
    weights_of,
    write_weights,
)


def test_in_noise_it_has_the_weights_beside_the_code() -> None:
    original, in_noise = (weights_of(embedding_network(n)) for n in ("original", "in_noise"))

    kept = read_weights(WEIGHTS_IN_NOISE)

    for before, after, stored in zip(original, in_noise, kept, strict=True):
        np.testing.assert_array_equal(after, stored)
        assert (before != after).any()


def test_weights_are_kept_to_three_digits(tmp_path: Path) -> None:
    weights = weights_of(embedding_network())

    write_weights(weights, tmp_path / "weights.npz")

    for before, after in zip(weights, read_weights(tmp_path / "weights.npz"), strict=True):
        np.testing.assert_allclose(after, before, rtol=1e-3, atol=1e-6)
