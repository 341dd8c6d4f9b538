"""What a job is, and what can be asked of whoever runs jobs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol


class JobStatus(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        """Whether nothing will happen any more."""
        return self not in (JobStatus.QUEUED, JobStatus.RUNNING)


@dataclass(frozen=True)
class JobProgress:
    """How far a running job is."""

    title: str
    """What is being done, such as `Training`."""
    done: int
    total: int
    remaining_s: float | None = None
    """Time that is left, as far as it can be told."""


@dataclass(frozen=True)
class Job:
    """A `slu` command in the background, as it was when it was asked for."""

    id: str
    command: tuple[str, ...]
    """Arguments of `slu`, such as `("ingest", "--config", "configs/data.yaml")`."""
    title: str
    """What a person calls it, such as `Training m2-evening`."""
    parameters: Mapping[str, str]
    """Notes of whoever started it, such as `{"run": "m2-evening"}`."""
    status: JobStatus
    progress: JobProgress | None
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    log_path: Path | None
    """Everything that the command printed; none where a cluster keeps it."""
    result: str | None
    """What a job that succeeded said last on its standard output."""
    error: str | None
    """Why a job failed, in one sentence."""
    is_cancelling: bool = False
    """Whether it was asked to end and still tidies up."""


class Jobs(Protocol):
    """Runs jobs: on this machine, or on a cluster."""

    def submit(
        self, command: Sequence[str], title: str, parameters: Mapping[str, str] | None = None
    ) -> Job:
        """Put a `slu` command into the queue."""

    def list(self, limit: int = 100) -> list[Job]:
        """The latest jobs, newest first."""

    def get(self, job_id: str) -> Job:
        """One job.

        Raises:
            JobError: there is none of that id.
        """

    def log(self, job_id: str, max_bytes: int = 20_000) -> str:
        """The end of what a job printed."""

    def cancel(self, job_id: str) -> None:
        """End a job with all its processes, or take it out of the queue; nothing if it ended."""
