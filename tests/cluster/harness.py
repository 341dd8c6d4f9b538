"""A Ray cluster on this machine: a head without cores, and nodes that can be killed."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from tests.jobs.harness import until

ROOT = Path(__file__).parents[2]
LOOPBACK = "127.0.0.1"
N_NODES = 2
_STORE_BYTES = 80_000_000
_ENVIRONMENT = {
    "PYTHONPATH": str(ROOT),
    "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    "RAY_USAGE_STATS_ENABLED": "0",
    # Otherwise tasks wait for everything else on this machine.
    "RAY_worker_niceness": "0",
    # On a busy machine.
    "RAY_raylet_start_wait_time_s": "200",
    # A node that was killed is found in seconds.
    "RAY_health_check_initial_delay_ms": "1000",
    "RAY_health_check_period_ms": "1000",
    "RAY_health_check_failure_threshold": "3",
}


class Node:
    """One `ray start`, with all its processes."""

    def __init__(self, folder: Path, *options: str) -> None:
        self._log = Path(tempfile.mkstemp(prefix="node-", suffix=".log", dir=folder)[1])
        command = (
            *(sys.executable, "-m", "ray.scripts.scripts", "start", "--block"),
            *("--node-ip-address", LOOPBACK, "--object-store-memory", str(_STORE_BYTES)),
            # Free ones.
            *("--min-worker-port", "0", "--max-worker-port", "0"),
            *("--dashboard-agent-listen-port", "0", "--disable-usage-stats", *options),
        )
        with self._log.open("wb") as log:
            self.process = psutil.Popen(
                command,
                cwd=folder,
                env=os.environ | _ENVIRONMENT | {"HOME": str(folder)},
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
            )

    def pids(self) -> set[int]:
        """All that runs on it."""
        return {process.pid for process in self._processes()}

    def kill(self) -> None:
        """What a power cut does."""
        processes = self._processes() if self.process.is_running() else []
        for process in processes:
            process.kill()
        self.process.wait()
        psutil.wait_procs(processes, timeout=30)

    def _processes(self) -> list[psutil.Process]:
        return [self.process, *self.process.children(recursive=True)]

    def has_started(self) -> bool:
        """Whether it is one of the cluster."""
        said = self._log.read_text()
        assert self.process.poll() is None, said
        return "Ray runtime started" in said


class Cluster:
    """A head and its nodes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        port, dashboard_port, client_port = free_ports(3)
        self.address = f"{LOOPBACK}:{port}"
        """For drivers on this machine."""
        self.web_address = f"http://{LOOPBACK}:{dashboard_port}"
        """For jobs."""
        self._head = (
            *("--head", "--num-cpus", "0", "--port", str(port), "--temp-dir", str(folder)),
            *("--dashboard-host", LOOPBACK, "--dashboard-port", str(dashboard_port)),
            *("--ray-client-server-port", str(client_port)),
        )
        self._started: list[Node] = []

    @property
    def nodes(self) -> list[Node]:
        """Those beside the head that live."""
        return [node for node in self._started[1:] if node.process.is_running()]

    def start(self) -> None:
        """Start the head."""
        self._add(*self._head)

    def complete(self) -> None:
        """Start as many nodes of one core as are missing."""
        # One after the other: at once, two may take the same name for a socket.
        for _ in range(N_NODES - len(self.nodes)):
            self._add("--address", self.address, "--num-cpus", "1")

    def _add(self, *options: str) -> None:
        node = Node(self.folder, *options)
        self._started.append(node)
        until(node.has_started, timeout_s=240)

    def node_of(self, pid: int) -> Node:
        """Where a process runs."""
        return next(node for node in self.nodes if pid in node.pids())

    def stop(self) -> None:
        """End all nodes, and the head as the last."""
        for node in reversed(self._started):
            node.kill()


@contextmanager
def cluster_started() -> Iterator[Cluster]:
    """A cluster without nodes."""
    # The paths of Ray's sockets must be short.
    folder = Path(tempfile.mkdtemp(prefix="ray"))
    cluster = Cluster(folder)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)


def free_ports(count: int) -> list[int]:
    """Ports that nobody uses now."""
    sockets = [socket.create_server((LOOPBACK, 0)) for _ in range(count)]
    ports = [probe.getsockname()[1] for probe in sockets]
    for probe in sockets:
        probe.close()
    return ports
