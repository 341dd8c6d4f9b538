"""Stands for `slu` in tests of jobs: `python double.py WHAT ARGUMENTS…`."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType

_FOR_EVER_S = 600


def say(*words: str) -> None:
    """Print a line for each word, and a blank one."""
    sys.stdout.write("\n".join(words) + "\n\n")


def fail(sentence: str, code: str = "1") -> None:
    """Fail as `slu` does; with something after the sentence."""
    sys.stderr.write(f"a warning\nslu: {sentence}\na trailing note\n")
    sys.exit(int(code))


def crash() -> None:
    """Fail as a mistake in a program does."""
    raise ZeroDivisionError


def wait(started: str) -> None:
    """Tell that it runs, by a file that holds the pid, and go on for ever."""
    Path(started).write_text(str(os.getpid()))
    time.sleep(_FOR_EVER_S)


def span(log: str, duration_s: str) -> None:
    """Note when it begins and ends."""
    _note(log, f"begin {time.monotonic()}")
    time.sleep(float(duration_s))
    _note(log, f"end {time.monotonic()}")


def family(pids: str) -> None:
    """Two more generations; all of them ignore a gentle signal."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    child = f"{sys.executable} {__file__} stubborn {pids}"
    command = f"import subprocess, signal; signal.signal(15, 1); subprocess.run({child.split()})"
    _note(pids, str(os.getpid()))
    subprocess.run([sys.executable, "-c", command], check=False)


def stubborn(pids: str) -> None:
    """The last generation."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    _note(pids, str(os.getpid()))
    _note(pids, str(os.getppid()))
    time.sleep(_FOR_EVER_S)


def orphan(pids: str) -> None:
    """End well and leave a process behind."""
    child = subprocess.Popen([sys.executable, __file__, "wait", f"{pids}.started"])
    _note(pids, str(child.pid))


def tidy(started: str, tidied: str, code: str) -> None:
    """On a gentle signal write a file and exit."""

    def end(_number: int, _frame: FrameType | None) -> None:
        Path(tidied).write_text("tidy")
        sys.stdout.write("tidied up\n")
        sys.exit(int(code))

    signal.signal(signal.SIGTERM, end)
    wait(started)


def write(path: str) -> None:
    """Be at work on a file for ever, as `slu.files.replacing` does it."""
    from slu.files import replacing

    with replacing(Path(path)) as temporary:
        temporary.write_text("half")
        time.sleep(_FOR_EVER_S)


def count(n_items: str) -> None:
    """Tell progress after each item, and go on for ever after the last."""
    from slu.cli.console import progress_bar

    with progress_bar("Counting") as progress:
        for item in range(1, int(n_items) + 1):
            progress(item, int(n_items))
            time.sleep(0.05)
        time.sleep(_FOR_EVER_S)


def _note(path: str, line: str) -> None:
    with Path(path).open("a") as file:
        file.write(line + "\n")


if __name__ == "__main__":
    actions: dict[str, Callable[..., None]] = {
        action.__name__: action
        for action in (say, fail, crash, wait, span, family, stubborn, orphan, tidy, write, count)
    }
    actions[sys.argv[1]](*sys.argv[2:])
