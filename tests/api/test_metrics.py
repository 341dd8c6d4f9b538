import shutil
import subprocess
import sys
import textwrap
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from slu.api.metrics import Metrics
from slu.config.monitor import AlertsConfig
from slu.monitoring.alert import Alert
from slu.monitoring.alert_state import AlertState

Project = Any  # of this folder's conftest


def values(exposition: str) -> dict[tuple[str, ...], float]:
    """(name, label values in alphabetical order …) -> value."""
    return {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(exposition)
        for sample in family.samples
    }


def test_requests_and_predictions_are_counted(client: httpx.Client, clip: bytes) -> None:
    client.post("/predict", files={"file": clip})
    client.post("/predict", files={"file": b"no sound"})
    client.get("/made-up/address")
    client.post("/feedback", json={"request_id": "a", "labels": {"product": "kopi"}})
    figures = values(client.get("/metrics").text)
    assert figures["slu_requests_total", "/predict", "200"] == 1
    assert figures["slu_requests_total", "/predict", "415"] == 1
    assert figures["slu_requests_total", "404", "unknown"] == 1
    assert figures["slu_request_seconds_count", "/predict"] == 2
    assert figures["slu_predictions_total", "beras", "product"] == 1
    assert figures["slu_predictions_total", "3", "quantity"] == 1
    assert figures["slu_prediction_seconds_count",] == 1
    assert figures["slu_joint_confidence_count",] == 1
    assert figures["slu_rejected_total",] == 0
    assert figures["slu_corrections_total",] == 1
    assert figures["slu_requests_in_flight",] == 1
    assert figures["slu_model_workers", "first"] == 1


def test_the_version_in_use_is_the_last_one_shown() -> None:
    metrics = Metrics()
    for version in ("a", "b", "b"):
        metrics.show_version(version)
    figures = values(metrics.exposition().decode())
    assert figures["slu_model_workers", "a"] == 0
    assert figures["slu_model_workers", "b"] == 1


def test_log_failures_add_up() -> None:
    metrics = Metrics()
    for failures in (0, 2, 2, 5):
        metrics.show_log_failures(failures)
    assert values(metrics.exposition().decode())["slu_inference_log_failures_total",] == 5


def test_prometheus_finds_nothing_wrong(client: httpx.Client, clip: bytes) -> None:
    client.post("/predict", files={"file": clip})
    assert_promtool_agrees(client.get("/metrics").content)


def assert_promtool_agrees(exposition: bytes) -> None:
    if shutil.which("promtool") is None:
        pytest.skip("needs Debian's package prometheus")
    check = subprocess.run(["promtool", "check", "metrics"], input=exposition, capture_output=True)
    assert check.returncode == 0, check.stderr
    assert check.stdout + check.stderr == b""


_WORKER = """
    import sys
    from slu.api.metrics import Metrics
    metrics = Metrics()
    metrics.show_version("a")
    metrics.rejected.inc()
    metrics.in_flight.inc()
    sys.stdout.write(metrics.exposition().decode())
"""


def test_workers_tell_the_counts_of_all_but_only_the_gauges_of_the_living(tmp_path: Path) -> None:
    command = [sys.executable, "-c", textwrap.dedent(_WORKER)]
    environment = {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    for n_workers_so_far in (1, 2):
        worker = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=True
        )
        figures = values(worker.stdout)
        assert figures["slu_rejected_total",] == n_workers_so_far
        assert figures["slu_requests_in_flight",] == 1
        assert figures["slu_model_workers", "a"] == 1


def test_alerts_are_figures_once_they_were_looked_for(
    client: httpx.Client, project: Project
) -> None:
    assert "slu_alert" not in client.get("/metrics").text
    alert = Alert("error_rate", "critical", "wrong", 0.5, 0.05)
    path = project.root / "logs" / "alerts.json"
    AlertState().after([alert], AlertsConfig(), datetime(2026, 1, 1, tzinfo=UTC)).write(path)
    exposition = client.get("/metrics").text
    figures = values(exposition)
    assert figures["slu_alert", "critical", "error_rate"] == 1
    assert figures["slu_alert", "p95_latency_ms", "warning"] == 0
    assert figures["slu_alerts_checked_timestamp_seconds",] == 1767225600
    assert_promtool_agrees(exposition.encode())
