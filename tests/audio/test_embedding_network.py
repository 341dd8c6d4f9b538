"""The network behind the speech embedding."""

from pathlib import Path

import numpy as np
import pytest

from slu.audio.embedding_network import (
    embedding_network,
    read_weights,
    weights_of,
    weights_path,
    write_weights,
)
from slu.config.preprocess import EmbeddingNetwork


@pytest.mark.parametrize("name", ["in_noise", "in_talk"])
def test_trained_on_it_has_the_weights_beside_the_code(name: EmbeddingNetwork) -> None:
    original, trained_on = (weights_of(embedding_network(n)) for n in ("original", name))

    kept = read_weights(weights_path(name))

    for before, after, stored in zip(original, trained_on, kept, strict=True):
        np.testing.assert_array_equal(after, stored)
        assert (before != after).any()


def test_weights_are_kept_to_three_digits(tmp_path: Path) -> None:
    weights = weights_of(embedding_network())

    write_weights(weights, tmp_path / "weights.npz")

    for before, after in zip(weights, read_weights(tmp_path / "weights.npz"), strict=True):
        np.testing.assert_allclose(after, before, rtol=1e-3, atol=1e-6)
