"""That load is made and judged, not how much of it is borne."""

import time
from pathlib import Path

import psutil
import pytest

from slu.audio.wav import wav_bytes
from slu.bench.api_load import bench_api, serve
from slu.bench.http_load import run_load, upload
from slu.bench.measurements import SAMPLE_RATE, speechlike
from slu.errors import ModelError
from slu.settings import Settings

pytestmark = pytest.mark.slow


@pytest.mark.fault
def test_every_figure_is_there(trained_project: Path) -> None:
    measurements = {m.name: m for m in bench_api(Settings(project_root=trained_project), 1.0)}
    assert measurements["API: one client, 2 s wav, p50"].value > 0
    for workers in (1, 2):
        name = f"API: 32 clients, {workers} workers"
        assert measurements[f"{name}, throughput"].value > 0
        assert measurements[f"{name}, failed"].value == 0
        assert measurements[f"{name}, answers less log lines"].value == 0


def test_failures_are_counted(trained_project: Path) -> None:
    with serve(trained_project, workers=1) as served:
        good = run_load(
            served.port, upload("/predict", wav_bytes(speechlike(), SAMPLE_RATE)), 2, 0.5
        )
        bad = run_load(served.port, upload("/predict", b"no sound"), 2, 0.2)
        served.process.kill()
        served.process.wait()
        with pytest.raises(ConnectionError):
            run_load(served.port, upload("/predict", b""), 1, 0.2)
    assert len(good.latencies_ms) > 1
    assert good.failures == []
    assert set(bad.failures) == {"status 415"}


def test_each_client_asks_at_least_once(trained_project: Path) -> None:
    request = upload("/predict", wav_bytes(speechlike(), SAMPLE_RATE))
    with serve(trained_project, workers=1) as served:
        load = run_load(served.port, request, 3, 0.0)
    assert (len(load.latencies_ms), load.failures) == (3, [])


def test_a_server_without_a_model_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no model"), serve(tmp_path, workers=1):
        pass


def test_a_check_of_the_alert_rules_is_not_memory_of_the_server(
    trained_project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLU_ALERT_CHECK_S", "0.1")
    with serve(trained_project, workers=1) as served:
        server = psutil.Process(served.process.pid)
        while sum(map(memory_mb, server.children())) <= 1.2 * memory_mb(server):
            time.sleep(0.01)  # until a check is clearly the larger process
        assert served.memory_mb() == pytest.approx(memory_mb(server), rel=0.1)


def memory_mb(process: psutil.Process) -> float:
    try:
        return float(process.memory_info().rss / 2**20)
    except psutil.NoSuchProcess:
        return 0.0
