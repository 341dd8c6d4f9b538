"""What sound is called as an array."""

import numpy as np
from numpy.typing import NDArray

Waveform = NDArray[np.float32]
"""Mono samples in [-1, 1]; shape = (T,)."""

Features = NDArray[np.float32]
"""What a front end makes of a waveform; shape = (n_frames, n_features)."""
