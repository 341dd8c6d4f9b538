"""Jobs on a Ray cluster, through its job API.

The project lies on a path that all nodes share, or its files are copied through an object store.
"""

import builtins
import json
import math
import shlex
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property
from hashlib import sha256
from typing import Any

from slu.cluster import check_reachable, load_ray, unreachable
from slu.errors import ClusterError, JobError
from slu.jobs.cluster_files import JOB_FILES, JobFiles
from slu.jobs.job import Job, JobStatus
from slu.jobs.output import why_it_ended
from slu.mirror import PROJECT_FILES, Mirror, open_mirror
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
        reserved = self._reserved(command[0])
        if self._mirror is not None:
            self._mirror.store(*PROJECT_FILES)
        with self._told():
            self._client.submit_job(
                submission_id=job_id,
                entrypoint=self._entrypoint(job_id, command),
                entrypoint_num_cpus=reserved[0],
                entrypoint_num_gpus=reserved[1],
                runtime_env={"env_vars": self._environment()},
                metadata={
                    _PROJECT: self._project,
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
        self._fetch_job_files()
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
        self._fetch_job_files()
        return self._job(details)

    def log(self, job_id: str, max_bytes: int = 20_000) -> str:
        """The end of what a job printed, in whole lines.

        Raises:
            JobError: there is none of that id in this project.
            ClusterError: Ray is not installed, or the cluster cannot be reached.
        """
        job = self.get(job_id)
        with self._told(job_id):
            content = self._log_of(job).encode()
        # Before that Ray tells how it starts the job.
        content = content.partition(f"{_BEGUN} {job_id}: ".encode())[2].partition(b"\n")[2]
        if len(content) > max_bytes:
            content = content[-max_bytes:]
            content = content.partition(b"\n")[2] or content
        return content.decode("utf-8", errors="replace")

    def _log_of(self, job: Job) -> str:
        try:
            return str(self._client.get_job_logs(job.id))
        except RuntimeError:
            # It was on the machine that was lost.
            if job.status is JobStatus.FAILED:
                return ""
            raise

    def cancel(self, job_id: str) -> None:
        """End a job with all its processes, or take it out of the queue; nothing if it ended.

        Raises:
            JobError: there is none of that id in this project.
            ClusterError: Ray is not installed, or the cluster cannot be reached.
        """
        if self.get(job_id).status.is_final:
            return
        JobFiles.of(self.settings, job_id).note_cancelled()
        if self._mirror is not None:
            self._mirror.store(JOB_FILES)
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

    @cached_property
    def _mirror(self) -> Mirror | None:
        return open_mirror(self.settings)

    @property
    def _project(self) -> str:
        """By which the jobs of this project are known."""
        return self.settings.store_url or str(self.settings.project_root)

    def _fetch_job_files(self) -> None:
        if self._mirror is not None:
            self._mirror.fetch(JOB_FILES)

    def _reserved(self, command: str) -> tuple[float, float]:
        if command in SPREADING and self._mirror is None:
            return 0.0, 0.0
        return self.settings.ray_cpus, self.settings.ray_gpus

    def _entrypoint(self, job_id: str, command: Sequence[str]) -> str:
        """What a shell on the node runs, in the folder of the project."""
        root = self.settings.project_root
        enter, arguments = f"cd {shlex.quote(str(root))}", list(command)
        if self._mirror is not None:
            # Each node has a copy of its own, in which a path of this machine means nothing.
            name = sha256(self._project.encode()).hexdigest()[:12]
            folder = f'"$HOME"/.cache/slu-studio/{name}'
            enter = f"mkdir -p {folder} && cd {folder}"
            arguments = [argument.replace(f"{root}/", "") for argument in arguments]
        program = shlex.join(["python", "-m", "slu.jobs.cluster_runner", job_id, *arguments])
        return f'{enter} && SLU_PROJECT_ROOT="$PWD" exec {program}'

    def _environment(self) -> dict[str, str]:
        """What a job and the tasks that it spreads have to know."""
        store = self.settings.store_url
        return {
            **({} if store is None else {"SLU_STORE_URL": store}),
            # A job runs on a node of the cluster.
            "SLU_RAY_ADDRESS": "auto",
            "SLU_RAY_CPUS": str(self.settings.ray_cpus),
            "SLU_RAY_GPUS": str(self.settings.ray_gpus),
            "RAY_JOB_STOP_WAIT_TIME_S": str(math.ceil(self.settings.job_grace_s)),
        }

    def _is_ours(self, details: Any) -> bool:
        return (details.metadata or {}).get(_PROJECT) == self._project

    def _job(self, details: Any) -> Job:
        files = JobFiles.of(self.settings, details.submission_id)
        facts = files.facts()
        status = _status(details, facts)
        if status.is_final:
            self._fetch_results(files)
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

    def _fetch_results(self, files: JobFiles) -> None:
        """Copy what a job made to here, once."""
        if self._mirror is not None and not files.is_fetched:
            self._mirror.fetch(*PROJECT_FILES)
            files.note_fetched()

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
