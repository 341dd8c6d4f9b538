"""Jobs that run a test double instead of `slu`, and leave nothing running."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.jobs.harness import OpenJobs, jobs_opened


@pytest.fixture
def open_jobs(tmp_path: Path) -> Iterator[OpenJobs]:
    """Opens the jobs of a project of its own."""
    with jobs_opened(tmp_path) as open_jobs:
        yield open_jobs
