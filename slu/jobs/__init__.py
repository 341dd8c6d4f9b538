"""Background jobs: `slu` commands that outlive the page that started them."""

from slu.jobs.job import Job, JobProgress, Jobs, JobStatus
from slu.jobs.local import LocalJobs
from slu.settings import Settings

__all__ = ["Job", "JobProgress", "JobStatus", "Jobs", "open_jobs"]


def open_jobs(settings: Settings) -> Jobs:
    """The jobs of this installation: on its Ray cluster if it has one, or on this machine."""
    if settings.ray_address is None:
        return LocalJobs(settings)
    from slu.jobs.cluster import RayJobs

    return RayJobs(settings)
