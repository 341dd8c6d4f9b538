"""Servers in processes of their own."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

Project = Any  # of this folder's conftest

_PROGRAM = """
import sys
from slu.api import serve
if __name__ == "__main__":
    serve(port=int(sys.argv[1]), workers=int(sys.argv[2]))
"""


@dataclass(frozen=True)
class Server:
    """A server, what it logs, and how it is ended."""

    process: "subprocess.Popen[bytes]"
    log_path: Path

    def terminate(self) -> None:
        """Ask it to end, as systems do."""
        self.process.send_signal(signal.SIGTERM)

    def log(self) -> list[dict[str, Any]]:
        """Wait for its end; gives what it logged."""
        self.process.wait(timeout=30)
        return [json.loads(line) for line in self.log_path.read_text().splitlines()]


@contextmanager
def serving(
    project: Project, workers: int, wait_for_model: bool = True
) -> Iterator[tuple[httpx.Client, Server]]:
    """A server in a process of its own, which is ready."""
    program, log_path = project.root / "program.py", project.root / "server.log"
    program.write_text(_PROGRAM)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with log_path.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, str(program), str(port), str(workers)],
            env={**os.environ, "SLU_PROJECT_ROOT": str(project.root)},
            stderr=log,
        )
    with process, httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
        try:
            _wait_until_ready(client, process, wait_for_model)
            yield client, Server(process, log_path)
        finally:
            process.kill()


def _wait_until_ready(
    client: httpx.Client, process: "subprocess.Popen[bytes]", needs_model: bool
) -> None:
    while True:
        assert process.poll() is None
        try:
            if client.get("/health").json()["ready"] or not needs_model:
                return
        except httpx.TransportError:
            time.sleep(0.05)
