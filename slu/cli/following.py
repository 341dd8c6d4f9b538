"""Commands that this machine hands over to a cluster and follows from here."""

import time
from collections.abc import Sequence
from pathlib import Path

from slu.cli.console import output, progress_bar
from slu.cluster import is_web_address
from slu.errors import ClusterError, JobError
from slu.jobs import Job, Jobs, JobStatus, open_jobs
from slu.jobs.cluster import SPREADING
from slu.settings import Settings

_LOOK_EVERY_S = 1.0
_WHOLE_LOG = 1_000_000_000


def is_handed_over(arguments: Sequence[str], settings: Settings) -> bool:
    """Whether a command spreads its work over a cluster that this machine is no part of."""
    address = settings.ray_address
    if address is None or not is_web_address(address) or "--help" in arguments:
        return False
    return bool(arguments) and arguments[0] in SPREADING


def hand_over(arguments: Sequence[str], settings: Settings) -> None:
    """Run a command as a job on the cluster, and show what it says until it has ended.

    Raises:
        ClusterError: it cannot be handed over.
        JobError: it failed or was cancelled.
    """
    root = settings.project_root.resolve()
    if Path.cwd() != root:
        raise ClusterError(f"a command that goes to the cluster starts in the project: cd {root}")
    jobs = open_jobs(settings)
    follow(jobs, jobs.submit(arguments, f"slu {arguments[0]}"))


def follow(jobs: Jobs, job: Job) -> None:
    """Show what a job says until it has ended; Ctrl-C cancels it.

    Raises:
        JobError: it failed or was cancelled.
    """
    try:
        job = _follow(jobs, job)
    except KeyboardInterrupt:
        jobs.cancel(job.id)
        job = _follow(jobs, job)
    if job.status is not JobStatus.SUCCEEDED:
        raise JobError(f"{job.title} was cancelled" if job.error is None else job.error)


def _follow(jobs: Jobs, job: Job) -> Job:
    shown = ""
    with progress_bar(job.title) as tell:
        while True:
            job = jobs.get(job.id)
            said = jobs.log(job.id, _WHOLE_LOG)
            _show(said.removeprefix(shown), job)
            shown = said
            if job.status.is_final:
                return job
            if job.progress is not None:
                tell(job.progress.done, job.progress.total)
            time.sleep(_LOOK_EVERY_S)


def _show(said: str, job: Job) -> None:
    # Why it failed is said at the end.
    lines = [line for line in said.splitlines() if line != f"slu: {job.error}"]
    if lines:
        output.out("\n".join(lines), highlight=False)
