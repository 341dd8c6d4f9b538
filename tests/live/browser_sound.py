"""Sound as a browser streams it."""

from collections.abc import Iterator

import av
import numpy as np
from numpy.typing import NDArray

from slu.audio.types import Waveform

BROWSER_RATE = 48_000
FRAME_SAMPLES = 960


def stereo_frame(samples: NDArray[np.int16]) -> av.AudioFrame:
    """One frame; samples have shape = (T, 2)."""
    frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="stereo")
    frame.sample_rate = BROWSER_RATE
    return frame


def browser_frames(waveform: Waveform) -> Iterator[av.AudioFrame]:
    """Cut sound into frames of 20 ms, equal in both channels; a rest that fills none is left."""
    mono = np.clip(waveform * 32767, -32768, 32767).astype(np.int16)
    stereo = np.repeat(mono[:, None], 2, axis=1)
    for start in range(0, len(stereo) - FRAME_SAMPLES + 1, FRAME_SAMPLES):
        yield stereo_frame(stereo[start : start + FRAME_SAMPLES])
