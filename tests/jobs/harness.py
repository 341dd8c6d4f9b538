"""A test double for `slu`, and waiting for what other processes do."""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol, TypeVar

import psutil

from slu.jobs import Job, Jobs, JobStatus
from slu.jobs.local import LocalJobs
from slu.settings import Settings

DOUBLE = (sys.executable, str(Path(__file__).with_name("double.py")))

Result = TypeVar("Result")


class OpenJobs(Protocol):
    """Opens the jobs of the test's project, or of another one."""

    def __call__(
        self,
        slots: int = 1,
        grace_s: float = 10.0,
        program: Sequence[str] = DOUBLE,
        root: Path | None = None,
    ) -> LocalJobs: ...


@contextmanager
def jobs_opened(tmp_path: Path) -> Iterator[OpenJobs]:
    """Opens jobs; what still runs at the end of the block is ended."""
    opened: list[LocalJobs] = []

    def open_jobs(
        slots: int = 1,
        grace_s: float = 10.0,
        program: Sequence[str] = DOUBLE,
        root: Path | None = None,
    ) -> LocalJobs:
        settings = Settings(project_root=root or tmp_path, job_slots=slots, job_grace_s=grace_s)
        opened.append(LocalJobs(settings, program))
        return opened[-1]

    yield open_jobs
    for jobs in opened[-1:]:
        left = [row.job for row in jobs.live()]
        for job in left:
            jobs.cancel(job.id)
        for job in left:
            ended(jobs, job)


def until(condition: Callable[[], Result], timeout_s: float = 120.0) -> Result:
    """What a condition gives as soon as it is true."""
    end_s = time.monotonic() + timeout_s
    while not (result := condition()):
        assert time.monotonic() < end_s, "it did not come true in time"
        time.sleep(0.05)
    return result


def ended(jobs: Jobs, job: Job, timeout_s: float = 120.0) -> Job:
    """A job when it has ended."""
    until(lambda: jobs.get(job.id).status.is_final, timeout_s)
    return jobs.get(job.id)


def running(jobs: Jobs, job: Job) -> Job:
    """A job when it runs."""
    until(lambda: jobs.get(job.id).status is not JobStatus.QUEUED)
    return jobs.get(job.id)


def numbers(path: Path, count: int) -> list[int]:
    """The whole lines of a file of numbers, when there are that many."""

    def lines() -> list[str]:
        text = path.read_text() if path.exists() else ""
        return text.split() if text.endswith("\n") or count == 1 else []

    return [int(line) for line in until(lambda: lines() if len(lines()) >= count else [])]


def alive(pid: int) -> bool:
    """Whether a process runs; a zombie does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
