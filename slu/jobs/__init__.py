"""Background jobs: `slu` commands that outlive the page that started them."""

from slu.jobs.job import Job, JobProgress, Jobs, JobStatus
from slu.jobs.local import LocalJobs
from slu.settings import Settings

__all__ = ["Job", "JobProgress", "JobStatus", "Jobs", "open_jobs"]


def open_jobs(settings: Settings) -> Jobs:
    """The jobs of this installation."""
    return LocalJobs(settings)
