"""Jobs on a disk that is full: they fail with a clear sentence, and the state stays true."""

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from slu.jobs import JobStatus
from slu.jobs.local import SLU, LocalJobs
from slu.settings import Settings
from tests.jobs.disks import full, limited, small_disk
from tests.jobs.harness import DOUBLE, ended, until

pytestmark = pytest.mark.fault

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a small disk of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    with small_disk(folder):
        yield folder


def test_a_corpus_that_does_not_fit(disk: Path) -> None:
    """The jobs are on the disk that they fill."""
    shutil.copytree(ROOT / "configs", disk / "configs")
    program = SLU if disk.is_mount() else limited(SLU)
    jobs = LocalJobs(Settings(project_root=disk), program)

    job = ended(jobs, jobs.submit(["synth", "--set", "corpus.utterances=400"], "Too much"))

    assert job.status is JobStatus.FAILED
    assert job.error is not None
    assert "disk is full; free some space" in job.error or "the free space" in job.error
    assert "Traceback" not in jobs.log(job.id)
    assert list((disk / "data" / "raw").iterdir()) == []


def test_a_job_ends_as_it_ended_though_others_filled_the_disk(disk: Path, tmp_path: Path) -> None:
    jobs = LocalJobs(Settings(project_root=disk), DOUBLE)
    started = tmp_path / "started"
    job = jobs.submit(["tidy", str(started), str(tmp_path / "tidied"), "0"], "Long")
    until(lambda: started.exists() and started.read_text())
    until(lambda: list((disk / "jobs").glob(".*.reserve")))

    with full(disk):
        assert jobs.get(job.id).status is JobStatus.RUNNING
        os.kill(int(started.read_text()), signal.SIGTERM)
        job = ended(jobs, job)

    assert (job.status, job.result) == (JobStatus.SUCCEEDED, "tidied up")
    assert jobs.list() == [job]
