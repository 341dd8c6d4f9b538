"""Programs that run beside the project, found, started and ended."""

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

Find = Callable[[str], str]
Start = Callable[..., None]


def find_program(name: str) -> str:
    """The path of a program, beside this Python or of the system; skips where there is none."""
    beside = Path(sys.executable).with_name(name)
    found = str(beside) if beside.exists() else shutil.which(name)
    if found is None:
        pytest.skip(f"needs {name}: requirements-deploy.txt, or Debian's package")
    return found


def run(program: str, *arguments: str | Path, cwd: Path = ROOT) -> str:
    """What a program says; it must succeed."""
    command = [find_program(program), *map(str, arguments)]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def free_port() -> int:
    """A port of this computer that nobody uses now."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def wait_for_port(port: int, process: "subprocess.Popen[bytes]") -> None:
    """Wait until somebody listens there."""
    for _ in range(600):
        assert process.poll() is None, "it ended by itself"
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"nobody listens at port {port} after a minute")


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a program that listens at a port; it ends with the test."""
    with ExitStack() as stack:

        def start_program(
            command: Sequence[str], port: int, environment: Mapping[str, str] | None = None
        ) -> None:
            log = stack.enter_context((tmp_path / f"{port}.log").open("wb"))
            process = stack.enter_context(
                subprocess.Popen(
                    [find_program(command[0]), *command[1:]],
                    cwd=tmp_path,
                    env=environment,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                )
            )
            stack.callback(process.terminate)
            wait_for_port(port, process)

        yield start_program
