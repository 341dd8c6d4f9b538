"""Processes that are killed, files that vanish, disks that are full, models that are altered."""

import json
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from slu.jsonl import read_rows
from slu.monitoring.analytics import LogAnalytics
from tests.api.servers import Server, serving

Project = Any  # of this folder's conftest

pytestmark = pytest.mark.fault

DISK_BYTES = 2_000_000
SWAP_WITHIN_S = 5.0


class Askers:
    """Clients that ask again and again until they are told to stop, or the server is gone."""

    def __init__(self, address: str, clip: bytes, count: int = 4) -> None:
        self.answers: list[dict[str, Any]] = []
        self.failures: list[str] = []
        self.is_over = threading.Event()
        self._address, self._clip = address, clip
        self._threads = [threading.Thread(target=self._ask) for _ in range(count)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self.is_over.set()
        for thread in self._threads:
            thread.join()

    def _ask(self) -> None:
        with httpx.Client(base_url=self._address, timeout=30) as client:
            while not self.is_over.is_set():
                try:
                    response = client.post("/predict", files={"file": self._clip})
                except httpx.TransportError as error:
                    self.failures.append(repr(error))
                    return
                if response.status_code == 200:
                    self.answers.append(response.json())
                else:
                    self.failures.append(response.text)


@contextmanager
def asking(client: httpx.Client, clip: bytes) -> Iterator[Askers]:
    askers = Askers(str(client.base_url), clip)
    askers.start()
    try:
        yield askers
    finally:
        askers.stop()


def eventually(is_true: Callable[[], bool], within_s: float = 30.0) -> bool:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if is_true():
            return True
        time.sleep(0.05)
    return False


@contextmanager
def small_disk(folder: Path) -> Iterator[bool]:
    """Let a folder be a disk of its own; gives whether that was possible."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(folder)]
    is_mounted = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    yield is_mounted
    if is_mounted:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def ask(client: httpx.Client, clip: bytes) -> dict[str, Any]:
    response = client.post("/predict", files={"file": clip})
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


@pytest.mark.parametrize("workers", [1, 2])
def test_what_was_answered_is_in_the_log_after_a_kill(
    project: Project, clip: bytes, workers: int
) -> None:
    with serving(project, workers) as (client, server), asking(client, clip) as askers:
        assert eventually(lambda: len(askers.answers) > 100)
        kill_with_children(server)
    logged = {row["request_id"] for row in read_rows(project.root / "logs/inference.log")}
    assert {answer["request_id"] for answer in askers.answers} <= logged
    with serving(project, workers) as (client, _):
        assert ask(client, clip)["request_id"]
    assert LogAnalytics(project.root / "logs/inference.log").count() >= len(logged) + 1


def test_workers_end_when_who_started_them_is_killed(project: Project, clip: bytes) -> None:
    """They would hold the port, and a server that is started again could not have it."""
    with serving(project, workers=2) as (client, server):
        workers = psutil.Process(server.process.pid).children(recursive=True)
        assert ask(client, clip)["request_id"]
        server.process.kill()
        assert eventually(lambda: not any(map(is_at_work, workers)))
    with socket.create_server(("127.0.0.1", client.base_url.port or 0)):
        pass


def is_at_work(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def kill_with_children(server: Server) -> None:
    parent = psutil.Process(server.process.pid)
    for one in [*parent.children(recursive=True), parent]:
        with suppress(psutil.NoSuchProcess):
            one.send_signal(signal.SIGKILL)


def test_a_deleted_log_begins_anew(project: Project, clip: bytes) -> None:
    log = project.root / "logs/inference.log"
    with serving(project, workers=1) as (client, _):
        ask(client, clip)
        log.unlink()
        second = ask(client, clip)
        shutil.rmtree(log.parent)
        third = ask(client, clip)
        assert [row["request_id"] for row in project.log_rows()] == [third["request_id"]]
        assert client.get("/health").json()["status"] == "ok"
    assert second["request_id"] != third["request_id"]


def test_a_full_and_a_read_only_disk_stop_no_answer_and_are_told(
    project: Project, clip: bytes
) -> None:
    logs = project.root / "logs"
    with small_disk(logs) as is_mounted, serving(project, workers=1) as (client, _):
        first = ask(client, clip)
        if is_mounted:
            with suppress(OSError):
                (logs / "filler").write_bytes(b"0" * DISK_BYTES)
        else:  # as full as can be without the right to mount
            (logs / "inference.log").rename(logs / "kept")
            (logs / "inference.log").symlink_to("/dev/full")
        for _ in range(100):  # the last page of the file may have room for some more lines
            ask(client, clip)
        health = client.get("/health")
        assert (health.status_code, health.json()["status"]) == (200, "degraded")
        lost = health.json()["log_failures"]
        assert lost > 0
        assert f"slu_inference_log_failures_total {lost}.0" in client.get("/metrics").text
        correction = {"request_id": first["request_id"], "labels": {"product": "gula"}}
        if is_mounted:
            (logs / "filler").unlink()
            last = ask(client, clip)
            rows = [row["request_id"] for row in read_rows(logs / "inference.log")]
            assert (rows[0], rows[-1]) == (first["request_id"], last["request_id"])
            assert len(rows) == 102 - lost
            read_only = ["mount", "-o", "remount,ro", str(logs)]
            subprocess.run(read_only, check=True)
            ask(client, clip)
            assert client.get("/health").json()["log_failures"] == lost + 1
            assert client.post("/feedback", json=correction).status_code == 503


@pytest.mark.parametrize("fault", ["deleted", "tampered"])
def test_a_model_that_is_lost_under_a_running_server(
    project: Project, clip: bytes, fault: str
) -> None:
    path = project.root / "artifacts/first/model.onnx"
    whole = path.read_bytes()
    with serving(project, workers=1) as (client, _):
        path.unlink() if fault == "deleted" else path.write_bytes(whole[:-10])
        time.sleep(1.5)  # longer than what is known of the version in use may be old
        assert ask(client, clip)["model_version"] == "first"
        project.registry.path_of("latest").touch()
        time.sleep(1.5)
        assert ask(client, clip)["model_version"] == "first"
    with serving(project, workers=1, wait_for_model=False) as (client, server):
        refused = client.post("/predict", files={"file": clip})
        assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
        assert str(project.root) not in refused.text
        assert not client.get("/health").json()["ready"]
        path.write_bytes(whole)
        assert eventually(lambda: client.get("/health").json()["ready"])
        assert ask(client, clip)["model_version"] == "first"
        server.terminate()
        log = server.log()
    assert any("first" in json.dumps(row) for row in log if "model" in row["message"])


def test_a_promotion_reaches_every_worker_in_time_without_a_failed_request(
    project: Project, clip: bytes
) -> None:
    project.add_model("second", {"product": "gula", "quantity": "1"})
    with serving(project, workers=2) as (client, _):
        with asking(client, clip) as askers:
            assert eventually(lambda: len(askers.answers) > 20)
            project.registry.promote("second")
            time.sleep(SWAP_WITHIN_S)
            n_before = len(askers.answers)
            assert eventually(lambda: len(askers.answers) > n_before + 50)
        assert askers.failures == []
        assert {answer["model_version"] for answer in askers.answers[:20]} == {"first"}
        # A few were at work when the time was over.
        assert {answer["model_version"] for answer in askers.answers[n_before + 8 :]} == {"second"}
    assert len(project.log_rows()) == len(askers.answers)


def test_a_webhook_that_hangs_hurts_no_request(
    project: Project, clip: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLU_ALERT_CHECK_S", "0.2")
    (project.root / "configs").mkdir()
    (project.root / "configs/monitor.yaml").write_text(
        "alerts: {min_requests: 1, error_rate: {threshold: 0.1}}\n"
        "webhook: {url: 'http://127.0.0.1:9', timeout_s: 1}\n"
    )
    with serving(project, workers=1) as (client, server):
        for _ in range(5):
            assert client.post("/predict", files={"file": b"no sound"}).status_code == 415
        # The check gives way to everything else on a busy machine.
        assert eventually(lambda: "slu_alert{" in client.get("/metrics").text, within_s=240)
        assert ask(client, clip)["status"] == "ok"
        assert eventually(
            lambda: "webhook did not take" in server.log_path.read_text(), within_s=240
        )
