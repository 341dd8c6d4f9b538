"""Processes that are told apart for sure: a pid alone may belong to a stranger by now."""

import os
import shutil
import signal
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

# Start times are multiples of a clock tick, 0.01 s.
_SAME_START_S = 0.005
_KILLED_WITHIN_S = 5.0


@dataclass(frozen=True)
class ProcessMark:
    """A process, for as long as the machine runs and after that."""

    pid: int
    started_s: float
    """When it started, in seconds since the machine did: setting the clock does not alter it."""

    @classmethod
    def of(cls, pid: int) -> "ProcessMark":
        """The process that has this pid now.

        Raises:
            psutil.NoSuchProcess: there is none.
        """
        return cls(pid, _start_s(psutil.Process(pid)))

    def exists(self) -> bool:
        """Whether it runs, or ended and was not waited for."""
        try:
            return abs(_start_s(psutil.Process(self.pid)) - self.started_s) < _SAME_START_S
        except psutil.Error:
            return False

    def is_alive(self) -> bool:
        """Whether it runs; a zombie does not."""
        try:
            ended = psutil.Process(self.pid).status() in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
        except psutil.Error:
            return False
        return not ended and self.exists()


def signal_group(group: int, number: signal.Signals) -> None:
    """Send a signal to all processes of a group; nothing if there is none left."""
    with suppress(ProcessLookupError):
        os.killpg(group, number)


def kill_group(leader: ProcessMark) -> set[int]:
    """End all that is left of a process group, at once; returns the pids that were in it."""
    # The pid goes to a stranger only when the group has no process left.
    if psutil.pid_exists(leader.pid) and not leader.exists():
        return set()
    members = [process for process in psutil.process_iter() if _group(process.pid) == leader.pid]
    if members:
        signal_group(leader.pid, signal.SIGKILL)
    # An ended leader stays a zombie until its parent has waited for it.
    followers = [process for process in members if process.pid != leader.pid]
    psutil.wait_procs(followers, timeout=_KILLED_WITHIN_S)
    return {leader.pid, *(process.pid for process in followers)}


def remove_leavings(folders: Iterable[Path], pids: Iterable[int]) -> None:
    """Remove the temporary files of processes that were killed while writing.

    Their names are those that `slu.files.replacing` gives: `.NAME.PID.….tmp`.
    """
    marks = tuple(f".{pid}." for pid in pids)
    for folder in folders:
        for path in list(folder.rglob(".*.tmp")):
            if not any(mark in path.name for mark in marks):
                continue
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


def _start_s(process: psutil.Process) -> float:
    return process.create_time() - psutil.boot_time()


def _group(pid: int) -> int | None:
    try:
        return os.getpgid(pid)
    except OSError:
        return None
