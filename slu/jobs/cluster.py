"""Jobs on a Ray cluster, through its job API; the project lies on a path that all nodes share."""

import builtins
import json
import math
import shlex
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from slu.cluster import check_reachable, load_ray, unreachable
from slu.errors import ClusterError, JobError
from slu.files import write_json
from slu.jobs.job import Job, JobStatus
from slu.jobs.output import why_it_ended
from slu.jobs.progress import ProgressFile
from slu.settings import Settings

SPREADING = frozenset(("synth", "preprocess", "prepare", "hparam-search"))
"""Commands whose work is done by tasks on all nodes; they themselves need no core of their own."""

_STATES = {
    "PENDING": JobStatus.QUEUED,
    "RUNNING": JobStatus.RUNNING,
    "SUCCEEDED": JobStatus.SUCCEEDED,
    "FAILED": JobStatus.FAILED,
    "STOPPED": JobStatus.CANCELLED,
}
_PROJECT, _TITLE, _COMMAND, _PARAMETERS = "slu_project", "title", "command", "parameters"
_BEGUN = "Running entrypoint for job"
_LOST = "the machine that ran it was lost; start it again, and what is finished stays"


@dataclass(frozen=True)
class JobFiles:
    """What a job on the cluster tells beside its log, in a folder of the project."""

    folder: Path
    job_id: str

    @classmethod
    def of(cls, settings: Settings, job_id: str) -> "JobFiles":
        """Those of one job."""
        return cls(settings.jobs_dir / "cluster", job_id)

    @property
    def progress(self) -> ProgressFile:
        """How far the command is."""
        return ProgressFile(self.folder / f"{self.job_id}.progress.json")

    def note(self, **facts: str | None) -> None:
        """Add to what is known."""
        write_json(self._path, self.facts() | facts)

    def facts(self) -> dict[str, str | None]:
        """`started_at`, `cancelled_at`, `result`, `error`, as far as they are known."""
        try:
            return dict(json.loads(self._path.read_text("utf-8")))
        except (OSError, ValueError):
            return {}

    @property
    def _path(self) -> Path:
        return self.folder / f"{self.job_id}.json"


class RayJobs:
    """Jobs on a cluster; see `slu.jobs.job.Jobs`.

    The list, states and logs are the cluster's; they live as long as it does. Jobs that spread
    their work run on the head node, which is the last to be lost, and reserve nothing; others
    reserve what a training needs, and wait until a node has that much free.

    Args:
        settings: with the cluster's address, and the project's root as all nodes see it.
    """

    def __init__(self, settings: Settings) -> None:
        root = settings.project_root.resolve()
        self.settings = settings.model_copy(update={"project_root": root})

    def submit(
        self, command: Sequence[str], title: str, parameters: Mapping[str, str] | None = None
    ) -> Job:
        """Put a `slu` command into the queue.

        Raises:
            ClusterError: Ray is not installed, or the cluster cannot be reached.
        """
        job_id = uuid.uuid4().hex[:12]
        program = ("python", "-m", "slu.jobs.cluster_runner", job_id)
        folder = shlex.quote(str(self.settings.project_root))
        reserved = (0, 0) if command[0] in SPREADING else self._reserved
        with self._told():
            self._client.submit_job(
                submission_id=job_id,
                entrypoint=f"cd {folder} && exec {shlex.join([*program, *command])}",
                entrypoint_num_cpus=reserved[0],
                entrypoint_num_gpus=reserved[1],
                runtime_env={"env_vars": self._environment()},
                metadata={
                    _PROJECT: str(self.settings.project_root),
                    _TITLE: title,
                    _COMMAND: json.dumps(list(command)),
                    _PARAMETERS: json.dumps(dict(parameters or {})),
                },
            )
        return self.get(job_id)

    def list(self, limit: int = 100) -> builtins.list[Job]:
        """The latest jobs of this project, newest first.

        Raises:
            ClusterError: Ray is not installed, or the cluster cannot be reached.
        """
        with self._told():
            found = [details for details in self._client.list_jobs() if self._is_ours(details)]
        found.sort(key=lambda details: details.start_time, reverse=True)
        return [self._job(details) for details in found[:limit]]

    def get(self, job_id: str) -> Job:
        """One job.

        Raises:
            JobError: there is none of that id in this project.
            ClusterError: Ray is not installed, or the cluster cannot be reached.
        """
        with self._told(job_id):
            details = self._client.get_job_info(job_id)
        if not self._is_ours(details):
            raise _unknown(job_id)
        return self._job(details)

    def log(self, job_id: str, max_bytes: int = 20_000) -> str:
        """The end of what a job printed, in whole lines.

        Raises:
            JobError: there is none of that id in this project.
            ClusterError: Ray is not installed, or the cluster cannot be reached.
        """
        self.get(job_id)
        with self._told(job_id):
            content = str(self._client.get_job_logs(job_id)).encode()
        # Before that Ray tells how it starts the job.
        content = content.partition(f"{_BEGUN} {job_id}: ".encode())[2].partition(b"\n")[2]
        if len(content) > max_bytes:
            content = content[-max_bytes:]
            content = content.partition(b"\n")[2] or content
        return content.decode("utf-8", errors="replace")

    def cancel(self, job_id: str) -> None:
        """End a job with all its processes, or take it out of the queue; nothing if it ended.

        Raises:
            JobError: there is none of that id in this project.
            ClusterError: Ray is not installed, or the cluster cannot be reached.
        """
        if self.get(job_id).status.is_final:
            return
        JobFiles.of(self.settings, job_id).note(cancelled_at=_now())
        with self._told(job_id):
            self._client.stop_job(job_id)

    @cached_property
    def _client(self) -> Any:
        """Of the job API."""
        load_ray()
        from ray.job_submission import JobSubmissionClient

        address = self.settings.ray_address
        assert address is not None
        check_reachable(address)
        return JobSubmissionClient(address)

    @property
    def _reserved(self) -> tuple[float, float]:
        return self.settings.ray_cpus, self.settings.ray_gpus

    def _environment(self) -> dict[str, str]:
        """What a job and the tasks that it spreads have to know."""
        return {
            "SLU_PROJECT_ROOT": str(self.settings.project_root),
            # A job runs on a node of the cluster.
            "SLU_RAY_ADDRESS": "auto",
            "SLU_RAY_CPUS": str(self.settings.ray_cpus),
            "SLU_RAY_GPUS": str(self.settings.ray_gpus),
            "RAY_JOB_STOP_WAIT_TIME_S": str(math.ceil(self.settings.job_grace_s)),
        }

    def _is_ours(self, details: Any) -> bool:
        return (details.metadata or {}).get(_PROJECT) == str(self.settings.project_root)

    def _job(self, details: Any) -> Job:
        files = JobFiles.of(self.settings, details.submission_id)
        facts = files.facts()
        status = _status(details, facts)
        cancelled_at, started_at = _time(facts, "cancelled_at"), _time(facts, "started_at")
        return Job(
            id=details.submission_id,
            command=tuple(json.loads(details.metadata[_COMMAND])),
            title=details.metadata[_TITLE],
            parameters=json.loads(details.metadata[_PARAMETERS]),
            status=status,
            progress=files.progress.read() if status is JobStatus.RUNNING else None,
            created_at=_from_ray(details.start_time),
            started_at=started_at,
            ended_at=_ended_at(details, cancelled_at) if status.is_final else None,
            log_path=None,
            result=facts.get("result") if status is JobStatus.SUCCEEDED else None,
            error=facts.get("error") or _why_lost(details) if status is JobStatus.FAILED else None,
            is_cancelling=cancelled_at is not None and not status.is_final,
        )

    @contextmanager
    def _told(self, job_id: str | None = None) -> Iterator[None]:
        """Tell what fails on the way to the cluster in one sentence."""
        try:
            yield
        except ClusterError:
            raise
        except (OSError, RuntimeError) as error:
            if job_id is not None and "404" in str(error):
                raise _unknown(job_id) from error
            raise unreachable(str(self.settings.ray_address), error) from error


def _status(details: Any, facts: Mapping[str, str | None]) -> JobStatus:
    status = _STATES[str(details.status)]
    # Ray takes a waiting job out of the queue only when its turn comes; its runner then ends.
    if "cancelled_at" in facts and status in (JobStatus.QUEUED, JobStatus.FAILED):
        return JobStatus.CANCELLED
    return status


def _ended_at(details: Any, cancelled_at: datetime | None) -> datetime | None:
    return _from_ray(details.end_time) if details.end_time else cancelled_at


def _from_ray(time_ms: int) -> datetime:
    return datetime.fromtimestamp(time_ms / 1000, UTC)


def _time(facts: Mapping[str, str | None], name: str) -> datetime | None:
    text = facts.get(name)
    return datetime.fromisoformat(text) if text else None


def _why_lost(details: Any) -> str:
    """Why a job failed whose command did not live to say so."""
    return why_it_ended(details.driver_exit_code) if details.driver_exit_code else _LOST


def _unknown(job_id: str) -> JobError:
    return JobError(f"there is no job {job_id!r}; see them with `slu jobs list`")


def _now() -> str:
    return datetime.now(UTC).isoformat()
