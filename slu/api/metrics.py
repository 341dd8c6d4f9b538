"""Figures for Prometheus."""

import os
from collections.abc import Sequence
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

from slu.inference import Prediction

_SECONDS = (0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
_CONFIDENCES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0)


class Metrics:
    """Counts of one server.

    With several worker processes (`PROMETHEUS_MULTIPROC_DIR` is set), each of them tells the
    figures of all.

    Args:
        collectors: tell further figures, which are the same in every worker.
    """

    def __init__(self, *collectors: Collector) -> None:
        self._registry = CollectorRegistry()
        self._shared = CollectorRegistry()
        for collector in collectors:
            self._shared.register(collector)
        self.requests = self._counter("slu_requests", "HTTP requests.", "route", "status")
        self.request_seconds = self._histogram(
            "slu_request_seconds", "From a request's arrival to its answer.", _SECONDS, "route"
        )
        self.in_flight = self._gauge("slu_requests_in_flight", "HTTP requests at work.")
        self.predictions = self._counter(
            "slu_predictions", "Labels in recordings that were understood.", "slot", "label"
        )
        self.rejected = self._counter("slu_rejected", "Recordings that were not understood.")
        self.prediction_seconds = self._histogram(
            "slu_prediction_seconds", "To decode a recording, understand and log it.", _SECONDS
        )
        self.confidence = self._histogram(
            "slu_joint_confidence", "Probability that all slots are right.", _CONFIDENCES
        )
        self.corrections = self._counter("slu_corrections", "Corrections that were kept.")
        self.log_failures = self._counter(
            "slu_inference_log_failures", "Predictions that the inference log lacks."
        )
        self.model_workers = self._gauge(
            "slu_model_workers", "Processes that predict with this model version.", "version"
        )
        self._version: str | None = None
        self._known_log_failures = 0

    def count_request(self, route: str, status: int, seconds: float) -> None:
        """Count an HTTP request; `route` is the address as it was declared."""
        self.requests.labels(route, str(status)).inc()
        self.request_seconds.labels(route).observe(seconds)

    def count_prediction(self, prediction: Prediction, seconds: float) -> None:
        """Count a prediction and the time it took."""
        self.prediction_seconds.observe(seconds)
        if prediction.slots:
            self.confidence.observe(prediction.joint_confidence)
        if prediction.rejected:
            self.rejected.inc()
            return
        for slot, label in prediction.labels.items():
            self.predictions.labels(slot, label).inc()

    def show_version(self, version: str) -> None:
        """Tell which version this process uses from now on."""
        if version == self._version:
            return
        if self._version is not None:
            self.model_workers.labels(self._version).set(0)
        self.model_workers.labels(version).set(1)
        self._version = version

    def show_log_failures(self, failures: int) -> None:
        """Tell how many predictions this process could not log since it started."""
        self.log_failures.inc(failures - self._known_log_failures)
        self._known_log_failures = failures

    def exposition(self) -> bytes:
        """All figures in Prometheus' text format."""
        folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
        registry = self._registry if folder is None else _of_all_workers(Path(folder))
        return generate_latest(registry) + generate_latest(self._shared)

    def _counter(self, name: str, description: str, *labels: str) -> Counter:
        return Counter(name, description, labels, registry=self._registry)

    def _gauge(self, name: str, description: str, *labels: str) -> Gauge:
        return Gauge(
            name, description, labels, registry=self._registry, multiprocess_mode="livesum"
        )

    def _histogram(
        self, name: str, description: str, buckets: Sequence[float], *labels: str
    ) -> Histogram:
        return Histogram(name, description, labels, buckets=buckets, registry=self._registry)


def _of_all_workers(folder: Path) -> CollectorRegistry:
    _forget_dead_workers(folder)
    registry = CollectorRegistry()
    MultiProcessCollector(registry, str(folder))  # type: ignore[no-untyped-call]
    return registry


def _forget_dead_workers(folder: Path) -> None:
    """Drop what workers that were killed were doing; what they had counted stays."""
    for path in folder.glob("gauge_live*_*.db"):
        pid = int(path.stem.rpartition("_")[2])
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            mark_process_dead(pid, str(folder))  # type: ignore[no-untyped-call]
