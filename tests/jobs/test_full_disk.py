"""Jobs on a disk that is full: they fail with a clear sentence, and the state stays true."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from slu.jobs import JobStatus
from slu.jobs.local import SLU, LocalJobs
from slu.settings import Settings
from tests.jobs.harness import DOUBLE, ended, until

ROOT = Path(__file__).resolve().parents[2]
SIZE_BYTES = 2_000_000
# Where no disk can be mounted: a limit that one clip does not meet, but small files do.
FILE_SIZE_BYTES = 30_000


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a disk of its own; without the right to mount one, simply a folder."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE_BYTES}", "tmpfs", str(folder)]
    mounted = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    yield folder
    if mounted:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def limited(program: Sequence[str]) -> tuple[str, ...]:
    """The program, unable to write larger files."""
    limit = f"import resource as r; r.setrlimit(r.RLIMIT_FSIZE, ({FILE_SIZE_BYTES},) * 2)"
    become = "import os, sys; os.execv(sys.argv[1], sys.argv[1:])"
    return (sys.executable, "-c", f"{limit}; {become}", *program)


@contextmanager
def full(folder: Path) -> Iterator[None]:
    """Fill what is left of a small disk."""
    filler = folder / "filler"
    with suppress(OSError):
        filler.write_bytes(b"0" * SIZE_BYTES)
    yield
    filler.unlink()


@pytest.mark.slow
def test_a_corpus_that_does_not_fit(small_disk: Path) -> None:
    """The jobs are on the disk that they fill."""
    shutil.copytree(ROOT / "configs", small_disk / "configs")
    program = SLU if small_disk.is_mount() else limited(SLU)
    jobs = LocalJobs(Settings(project_root=small_disk), program)

    job = ended(jobs, jobs.submit(["synth", "--set", "corpus.utterances=400"], "Too much"))

    assert job.status is JobStatus.FAILED
    assert job.error is not None
    assert "disk is full; free some space" in job.error or "the free space" in job.error
    assert "Traceback" not in jobs.log(job.id)
    assert list((small_disk / "data" / "raw").iterdir()) == []


def test_a_job_ends_as_it_ended_though_others_filled_the_disk(
    small_disk: Path, tmp_path: Path
) -> None:
    jobs = LocalJobs(Settings(project_root=small_disk), DOUBLE)
    started = tmp_path / "started"
    job = jobs.submit(["tidy", str(started), str(tmp_path / "tidied"), "0"], "Long")
    until(lambda: started.exists() and started.read_text())
    until(lambda: list((small_disk / "jobs").glob(".*.reserve")))

    with full(small_disk):
        assert jobs.get(job.id).status is JobStatus.RUNNING
        os.kill(int(started.read_text()), signal.SIGTERM)
        job = ended(jobs, job)

    assert (job.status, job.result) == (JobStatus.SUCCEEDED, "tidied up")
    assert jobs.list() == [job]
