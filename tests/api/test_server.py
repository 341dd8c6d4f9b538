import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from slu.api import serve
from slu.errors import ConfigError
from tests.api.servers import serving

Project = Any  # of this folder's conftest


def test_a_server_predicts_follows_a_promotion_and_ends_well(project: Project, clip: bytes) -> None:
    project.add_model("second", {"product": "gula", "quantity": "1"})
    with serving(project, workers=1) as (client, server):
        answers = [client.post("/predict", files={"file": clip}).json()]
        project.registry.promote("second")
        while answers[-1]["model_version"] == "first":
            answers.append(client.post("/predict", files={"file": clip}).json())
        server.terminate()
        log = server.log()
    assert answers[-1]["prediction"] == {"product": "gula", "quantity": "1"}
    assert [row["request_id"] for row in project.log_rows()] == [a["request_id"] for a in answers]
    requests = [row for row in log if row.get("path") == "/predict"]
    assert {row["status"] for row in requests} == {200}
    assert len(requests) == len(answers)
    assert "Application shutdown complete." in [row["message"] for row in log]


def test_a_request_in_progress_is_finished_before_the_end(project: Project, clip: bytes) -> None:
    boundary = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'

    with serving(project, workers=1) as (client, server):

        def slow_body() -> Iterator[bytes]:
            yield boundary + clip[:1000]
            server.terminate()
            time.sleep(0.5)
            yield clip[1000:] + b"\r\n--x--\r\n"

        headers = {"Content-Type": "multipart/form-data; boundary=x"}
        response = client.post("/predict", content=slow_body(), headers=headers)
        assert response.status_code == 200
        server.log()


def test_workers_share_a_port_and_their_figures(project: Project, clip: bytes) -> None:
    with serving(project, workers=2) as (client, server):
        for _ in range(8):
            # A connection of its own each time, so that both workers get some.
            headers = {"Connection": "close"}
            response = client.post("/predict", files={"file": clip}, headers=headers)
            assert response.status_code == 200
        figures = client.get("/metrics").text
        server.terminate()
        server.log()
    assert 'slu_requests_total{route="/predict",status="200"} 8.0' in figures
    assert len(project.log_rows()) == 8


def test_alert_rules_are_checked_while_the_server_runs(
    project: Project, clip: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLU_ALERT_CHECK_S", "0.5")
    (project.root / "configs").mkdir()
    rules = "alerts: {min_requests: 1, error_rate: {threshold: 0.1}}"
    (project.root / "configs/monitor.yaml").write_text(rules)
    with serving(project, workers=2) as (client, server):
        assert client.post("/predict", files={"file": b"no sound"}).status_code == 415
        figure = 'slu_alert{rule="error_rate",severity="warning"} 1.0'
        while figure not in client.get("/metrics").text:
            time.sleep(0.2)
        server.terminate()
        log = server.log()
    assert not [row for row in log if "alerts" in row["message"]]


def test_a_port_that_is_taken_is_an_error_in_plain_words() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=f"port {port} .* choose another"):
            serve(port=port)


@pytest.mark.parametrize("module", ["slu.api", "slu.api.app"])
def test_what_serving_does_not_need_is_not_imported(module: str) -> None:
    heavy = ("torch", "librosa", "numba", "pandas", "streamlit", "matplotlib", "sklearn", "duckdb")
    program = f"import sys, {module}; print(*[m for m in {heavy} if m in sys.modules])"
    run = subprocess.run(
        [sys.executable, "-c", program], cwd=Path.cwd(), capture_output=True, text=True, check=True
    )
    assert run.stdout.split() == []
