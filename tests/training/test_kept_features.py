"""Features that are computed once."""

from functools import partial
from pathlib import Path

import numpy as np
import pytest

from slu.audio.types import Features
from slu.training.kept_features import KeptFeatures


def test_features_are_computed_once_and_the_same_each_time(tmp_path: Path) -> None:
    computed = []

    def compute() -> Features:
        computed.append(1)
        return np.random.default_rng(0).standard_normal((40, 3)).astype(np.float32)

    first = KeptFeatures(tmp_path / "kept").get((0, 5), compute)
    again = KeptFeatures(tmp_path / "kept").get((0, 5), compute)

    assert len(computed) == 1
    assert first.dtype == again.dtype == np.float32
    np.testing.assert_array_equal(first, again)
    np.testing.assert_allclose(first, compute(), atol=2e-3)


def test_each_variant_of_each_utterance_is_its_own(tmp_path: Path) -> None:
    kept = KeptFeatures(tmp_path)
    keys = [(0, 0), (0, 1), (1, 0), (1, 11), (11, 1)]
    for number, key in enumerate(keys):
        kept.get(key, partial(np.full, (2, 3), number, np.float32))
    found = [kept.get(key, lambda: np.zeros((1, 1), np.float32))[0, 0] for key in keys]
    assert found == [0, 1, 2, 3, 4]


def test_features_that_fail_leave_nothing_behind(tmp_path: Path) -> None:
    kept = KeptFeatures(tmp_path)

    def fail() -> Features:
        raise ValueError("no sound")

    with pytest.raises(ValueError, match="no sound"):
        kept.get((0, 0), fail)
    assert not list(tmp_path.iterdir())
