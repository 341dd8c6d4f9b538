"""The API under load: a server in processes of its own, clients in this one."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil

from slu.audio.wav import wav_bytes
from slu.bench.http_load import Load, run_load, upload
from slu.bench.measurements import SAMPLE_RATE, Measurement, speechlike
from slu.errors import ModelError
from slu.monitoring.analytics import LogAnalytics
from slu.registry import Registry
from slu.settings import Settings

_READY_WITHIN_S = 120.0
_STARTS = 5
_N_CLIENTS = 32
_HIGHEST_GROWTH_MB = 20.0


@dataclass(frozen=True)
class Served:
    """A running server."""

    port: int
    process: "subprocess.Popen[bytes]"
    ready_after_s: float

    def memory_mb(self) -> float:
        """Resident memory of the largest process that answers."""
        parent = psutil.Process(self.process.pid)
        family = [parent, *parent.children(recursive=True)]
        return max(map(_answering_bytes, family)) / 2**20


def _answering_bytes(process: psutil.Process) -> int:
    """Resident memory of a server's process; 0 for a check of the alert rules, or its end."""
    try:
        return 0 if "slu.cli" in process.cmdline() else process.memory_info().rss
    except psutil.NoSuchProcess:
        return 0


def bench_api(settings: Settings, duration_s: float = 60.0) -> list[Measurement]:
    """One client, then 32 at once, against one worker and then two.

    Args:
        settings: whose model in use answers.
        duration_s: of the load.

    Raises:
        RegistryError: no model is in use.
        ModelError: the server does not become ready.
    """
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        _copy_model(settings, root)
        request = upload("/predict", wav_bytes(speechlike(), SAMPLE_RATE))
        measurements = _bench_one_client(root, request)
        for workers in (1, 2):
            measurements += _bench_many_clients(root, request, workers, duration_s)
    return measurements


def _copy_model(settings: Settings, root: Path) -> None:
    """The model in use in a project of its own, so that the load gets a log of its own."""
    registry = Registry(settings.project_root, settings.registry_dir)
    for folder in (registry.resolve(registry.get().onnx_path).parent, registry.folder):
        shutil.copytree(folder, root / registry.relative(folder))


def _bench_one_client(root: Path, request: bytes) -> list[Measurement]:
    ready_s, first_ms = [], []
    for _ in range(_STARTS):
        with serve(root, workers=1) as served:
            ready_s.append(served.ready_after_s)
            first_ms += run_load(served.port, request, 1, 0.0).latencies_ms
            load = run_load(served.port, request, 1, 4.0)
            memory_mb = served.memory_mb()
    p50, p95 = np.percentile(load.latencies_ms, [50, 95])
    return [
        Measurement("API: start to ready, p50", float(np.median(ready_s)), "s", "<= 3"),
        Measurement("API: first request, p50", float(np.median(first_ms)), "ms", "<= 100"),
        Measurement("API: one client, 2 s wav, p50", float(p50), "ms", "<= 10"),
        Measurement("API: one client, 2 s wav, p95", float(p95), "ms", "<= 20"),
        Measurement("API: resident memory", memory_mb, "MB", "<= 300"),
    ]


def _bench_many_clients(
    root: Path, request: bytes, workers: int, duration_s: float
) -> list[Measurement]:
    shutil.rmtree(root / "logs", ignore_errors=True)
    with serve(root, workers) as served:
        warm = run_load(served.port, request, _N_CLIENTS, min(3.0, duration_s))
        before_mb = served.memory_mb()
        load = run_load(served.port, request, _N_CLIENTS, duration_s)
        growth_mb = served.memory_mb() - before_mb
    answered = len(warm.latencies_ms) + len(load.latencies_ms)
    missing = answered - LogAnalytics(root / "logs" / "inference.log").count()
    return _describe_load(f"API: {_N_CLIENTS} clients, {workers} workers", load, growth_mb, missing)


def _describe_load(name: str, load: Load, growth_mb: float, missing: int) -> list[Measurement]:
    p50, p99 = np.percentile(load.latencies_ms, [50, 99])
    throughput = len(load.latencies_ms) / load.duration_s
    return [
        Measurement(f"{name}, throughput", throughput, "requests/s", ">= 100"),
        Measurement(f"{name}, p50", float(p50), "ms"),
        Measurement(f"{name}, p99", float(p99), "ms", "<= 500"),
        Measurement(f"{name}, failed", len(load.failures), "requests", "0"),
        Measurement(f"{name}, growth of memory", growth_mb, "MB", f"<= {_HIGHEST_GROWTH_MB:g}"),
        Measurement(f"{name}, answers less log lines", missing, "lines", "0"),
    ]


@contextmanager
def serve(root: Path, workers: int) -> Iterator[Served]:
    """A server of its own for the project at `root`, until the block ends.

    Raises:
        ModelError: it does not become ready.
    """
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "slu.api", "127.0.0.1", str(port), str(workers)]
    started = time.perf_counter()
    process = subprocess.Popen(
        command,
        env={**os.environ, "SLU_PROJECT_ROOT": str(root)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_until_ready(port, process)
        yield Served(port, process, time.perf_counter() - started)
    finally:
        process.terminate()
        process.wait()


def _wait_until_ready(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + _READY_WITHIN_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=10):
                return
        except urllib.error.HTTPError as error:
            raise ModelError("the API has no model to answer with; promote one") from error
        except OSError:
            time.sleep(0.01)
    raise ModelError("the API did not become ready; run `slu serve` to see why")
