"""Where the API's recordings are understood: a few threads, and a queue in front of them."""

import logging
import time
from typing import BinaryIO

import anyio.to_thread
import numpy as np

from slu.api.errors import refused_recording
from slu.api.metrics import Metrics
from slu.api.schemas import PredictResponse
from slu.audio.wav import wav_bytes
from slu.errors import AudioError, RegistryError
from slu.inference import Predictor
from slu.service import Answer, PredictionService

_LOGGER = logging.getLogger(__name__)
_WARM_UP_S = 1.0


class PredictionDesk:
    """Predicts beside the event loop, a few recordings at a time.

    Args:
        service: predicts and logs.
        metrics: where predictions are counted.
        n_threads: recordings that are in memory and at work at once; others wait where they are.
    """

    def __init__(self, service: PredictionService, metrics: Metrics, n_threads: int) -> None:
        self._service = service
        self._metrics = metrics
        self._threads = anyio.CapacityLimiter(n_threads)

    async def predict(self, file: BinaryIO) -> PredictResponse:
        """Understand a recording; its content tells its format.

        Raises:
            HTTPException: 415 or 422, it cannot be used.
            RegistryError: no model can be used.
        """
        try:
            answer, seconds = await anyio.to_thread.run_sync(
                self._predict, file, limiter=self._threads
            )
        finally:
            self._metrics.show_log_failures(self._service.log.failures)
        self._metrics.show_version(answer.prediction.model_version)
        self._metrics.count_prediction(answer.prediction, seconds)
        return PredictResponse.of(answer, seconds * 1e3)

    async def predictor(self) -> Predictor:
        """The model in use.

        Raises:
            RegistryError: no model can be used.
        """
        predictor = await anyio.to_thread.run_sync(
            lambda: self._service.predictor, limiter=self._threads
        )
        self._metrics.show_version(predictor.version)
        return predictor

    async def to_wav(self, recording: bytes) -> bytes:
        """A recording of any format as the mono wav that models are trained on.

        Raises:
            HTTPException: 415 or 422, it cannot be used.
            RegistryError: no model can be used.
        """
        return await anyio.to_thread.run_sync(self._to_wav, recording, limiter=self._threads)

    async def warm_up(self) -> None:
        """Load the model and use it once, so that the first request need not wait."""
        try:
            predictor = await self.predictor()
        except RegistryError as error:
            _LOGGER.warning("no model can be used yet: %s", error)
            return
        await anyio.to_thread.run_sync(self._try_out, predictor, limiter=self._threads)

    def _predict(self, file: BinaryIO) -> tuple[Answer, float]:
        recording = file.read()
        started = time.perf_counter()
        try:
            answer = self._service.predict(recording, "api")
        except AudioError as error:
            raise refused_recording(recording, error) from error
        return answer, time.perf_counter() - started

    def _to_wav(self, recording: bytes) -> bytes:
        predictor = self._service.predictor
        try:
            waveform = predictor.decode(recording, self._service.limits)
        except AudioError as error:
            raise refused_recording(recording, error) from error
        return wav_bytes(waveform, predictor.preprocess.sample_rate)

    def _try_out(self, predictor: Predictor) -> None:
        sample_rate = predictor.preprocess.sample_rate
        noise = np.random.default_rng(0).normal(0.0, 0.1, int(_WARM_UP_S * sample_rate))
        recording = wav_bytes(noise.astype(np.float32), sample_rate)
        predictor.predict(predictor.decode(recording, self._service.limits))
