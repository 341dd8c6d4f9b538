"""The one way in which every door predicts: decode, understand, log."""

import logging
import os
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from slu.audio.decode import DecodeLimits
from slu.audio.types import Waveform
from slu.errors import RegistryError, SLUError
from slu.inference import Prediction, Predictor
from slu.monitoring.feedback import FeedbackLog
from slu.monitoring.inference_log import InferenceLog, InferenceRecord
from slu.registry import Registry
from slu.settings import Settings

_LOGGER = logging.getLogger(__name__)

Source = str
"""Which door: `api`, `upload`, `record`, `live` or `cli`."""

# How old the knowledge of the version in use may be; promoting shows within this time.
_RELOAD_AFTER_S = 1.0


@dataclass(frozen=True)
class Answer:
    """A prediction and the name under which it is logged."""

    request_id: str
    prediction: Prediction
    waveform: Waveform
    """The decoded recording, shape = (T,)."""
    sample_rate: int


class PredictionService:
    """Predicts with the version in use, follows promotions, and logs every request.

    May be shared by threads.

    Args:
        settings: where registry and log are, and what a recording may cost.
        version: stay with this version instead of following promotions.
    """

    def __init__(self, settings: Settings, version: str | None = None) -> None:
        self.settings = settings
        self.registry = Registry(settings.project_root, settings.registry_dir)
        self.log = InferenceLog(settings.inference_log)
        self.feedback = FeedbackLog(settings.feedback_log)
        self.limits = DecodeLimits(
            max_bytes=int(settings.max_upload_mb * 1e6),
            max_duration_s=settings.max_audio_s,
            max_channels=settings.max_channels,
        )
        self._fixed_version = version
        self._loading = threading.Lock()
        self._stamp: object = None
        self._checked_at = 0.0
        self._predictor: Predictor | None = None

    @property
    def predictor(self) -> Predictor:
        """The version in use, loaded again after a promotion.

        A version that cannot be loaded never takes the place of one that works.

        Raises:
            RegistryError: no version can be loaded.
        """
        if self._predictor is None:
            with self._loading:
                return self._predictor or self._load()
        # One thread looks whether another version was promoted; the others go on meanwhile.
        if self._is_check_due() and self._loading.acquire(blocking=False):
            try:
                self._follow()
            finally:
                self._loading.release()
        return self._predictor

    def predict(self, source: bytes | os.PathLike[str], door: Source) -> Answer:
        """Understand a recording; one line in the log whatever becomes of it.

        Raises:
            AudioError: the recording cannot be used.
            RegistryError: no model can be loaded.
        """
        return self._logged(door, lambda predictor: predictor.decode(source, self.limits))

    def predict_waveform(self, waveform: Waveform, door: Source) -> Answer:
        """Understand samples that are at the model's rate already, shape = (T,)."""
        return self._logged(door, lambda _: waveform)

    def _logged(self, door: Source, decode: Callable[[Predictor], Waveform]) -> Answer:
        request_id = uuid.uuid4().hex
        started = time.perf_counter()
        version = None
        try:
            predictor = self.predictor
            version = predictor.version
            waveform = decode(predictor)
            prediction = predictor.predict(waveform)
        except Exception as error:
            latency_ms = (time.perf_counter() - started) * 1e3
            self._log_failure(request_id, door, latency_ms, _reason(error), version)
            raise
        latency_ms = (time.perf_counter() - started) * 1e3
        self._log_answer(request_id, door, latency_ms, prediction)
        return Answer(request_id, prediction, waveform, predictor.preprocess.sample_rate)

    def _log_answer(
        self, request_id: str, door: Source, latency_ms: float, prediction: Prediction
    ) -> None:
        statistics = prediction.statistics
        self.log.append(
            InferenceRecord(
                ts=_now(),
                request_id=request_id,
                source=door,
                status="rejected" if prediction.rejected else "ok",
                latency_ms=round(latency_ms, 3),
                audio_duration=round(statistics.duration_s, 3),
                mel_mean=round(statistics.mel_mean, 3),
                mel_std=round(statistics.mel_std, 3),
                frames=prediction.frames,
                snr_db=round(statistics.snr_db, 2),
                prediction=prediction.labels,
                confidence={s: round(c, 5) for s, c in prediction.confidences.items()},
                joint_confidence=round(prediction.joint_confidence, 5),
                model_version=prediction.model_version,
                error=prediction.rejected,
            )
        )

    def _log_failure(
        self, request_id: str, door: Source, latency_ms: float, reason: str, version: str | None
    ) -> None:
        self.log.append(
            InferenceRecord(
                ts=_now(),
                request_id=request_id,
                source=door,
                status="error",
                latency_ms=round(latency_ms, 3),
                model_version=version,
                error=reason,
            )
        )

    def _is_check_due(self) -> bool:
        follows = self._fixed_version is None
        return follows and time.monotonic() - self._checked_at > _RELOAD_AFTER_S

    def _follow(self) -> None:
        self._checked_at = time.monotonic()
        if self._registry_stamp() == self._stamp:
            return
        try:
            self._load()
        except RegistryError as error:
            _LOGGER.error("the version before stays in use: %s", error)  # noqa: TRY400

    def _load(self) -> Predictor:
        # Before loading: what is promoted meanwhile shows as another stamp.
        self._stamp, self._checked_at = self._registry_stamp(), time.monotonic()
        self._predictor = predictor = Predictor.load(
            self.registry, self._fixed_version, self.settings.inference_threads
        )
        return predictor

    def _registry_stamp(self) -> tuple[int, int] | None:
        """Changes whenever another version is put to use."""
        try:
            status = self.registry.path_of("latest").stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_ino


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _reason(error: Exception) -> str:
    # What was not foreseen is explained where it is caught; its text may hold anything.
    return str(error) if isinstance(error, SLUError) else f"internal error ({type(error).__name__})"
