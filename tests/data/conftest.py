"""Small recordings and tables for the tests of corpora."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from slu.audio.wav import write_wav

MakeClip = Callable[..., Path]


@pytest.fixture(scope="session")
def make_clip() -> MakeClip:
    """Writes a wav file of noise: no two seeds sound the same."""

    def make(
        path: Path,
        seed: int = 0,
        *,
        duration_s: float = 0.4,
        level: float = 0.3,
        sample_rate: int = 16000,
    ) -> Path:
        rng = np.random.default_rng(seed)
        noise = rng.uniform(-level, level, round(duration_s * sample_rate)).astype(np.float32)
        write_wav(path, noise, sample_rate)
        return path

    return make
