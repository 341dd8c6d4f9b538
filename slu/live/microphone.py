"""What browsers send, as samples that can be listened to."""

import av
import numpy as np
from av.audio.frame import AudioFrame

from slu.live.detector import SAMPLE_RATE, Samples

_FULL_SCALE = 32768.0
_SILENCE_DB = -90.0


class FrameResampler:
    """Brings frames of any rate and layout (48 kHz stereo, mostly) to 16 kHz mono.

    It keeps the filter's state from frame to frame, so one stream needs one of these.
    """

    def __init__(self) -> None:
        self._signal: tuple[int, str, str] | None = None
        self._resampler = _make_resampler()

    def __call__(self, frame: AudioFrame) -> Samples:
        """The samples of a frame; a few of them may come with the next one."""
        signal = (frame.sample_rate, frame.layout.name, frame.format.name)
        if signal != self._signal:  # another microphone was chosen
            self._signal, self._resampler = signal, _make_resampler()
        # Time stamps jump where a packet was lost; samples simply follow each other here.
        frame.pts = None
        chunks = [chunk.to_ndarray()[0] for chunk in self._resampler.resample(frame)]
        return np.concatenate(chunks) if chunks else np.zeros(0, np.int16)


def level_db(samples: Samples) -> float:
    """How loud samples are (root mean square), in dB of full scale; at least -90."""
    if samples.size == 0:
        return _SILENCE_DB
    power = float(np.square(samples.astype(np.float64) / _FULL_SCALE).mean())
    return max(_SILENCE_DB, 10.0 * float(np.log10(power + 1e-12)))


def _make_resampler() -> av.AudioResampler:
    # Mixed down as floats, two channels would come out 3 dB too loud; as integers they do not.
    return av.AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE)
