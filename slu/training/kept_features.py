"""Features that took long to compute, kept in a folder until a training run is over."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from slu.audio.types import Features
from slu.files import replacing


class KeptFeatures:
    """Computes features once; several processes may ask at a time.

    They are kept with half the precision, which is far finer than the noise that training adds to
    them, and given so from the first time on: a run that is continued goes on with the same
    numbers.

    Args:
        folder: one file for each key; to be removed by whoever chose it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, key: tuple[int, int], compute: Callable[[], Features]) -> Features:
        """The features of a key, shape = (n_frames, n_features).

        Args:
            key: variant and index of an utterance.
            compute: asked where they are not there yet.
        """
        path = self._folder / "{}-{}.npy".format(*key)
        try:
            kept = np.load(path)
        except FileNotFoundError:
            kept = compute().astype(np.float16)
            with replacing(path) as temporary, temporary.open("wb") as file:
                np.save(file, kept)
        features: Features = kept.astype(np.float32)
        return features
