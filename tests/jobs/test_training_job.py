"""A real `slu train` as a job: killed and continued, two at once, on a full disk."""

import json
import os
import signal
from pathlib import Path

import psutil
import pytest

from slu.config import save_config
from slu.jobs import JobStatus
from slu.jobs.local import SLU
from slu.registry import Registry
from tests.jobs.disks import full, limited, small_disk
from tests.jobs.harness import OpenJobs, ended, until
from tests.tones import MODEL, TRAIN

N_EPOCHS = 12
PATIENCE_S = 300.0
"""For a machine that is busy with other things; seconds on one that is not."""
pytestmark = [pytest.mark.fault, pytest.mark.timeout(900)]

COMMAND = ("train", "--model-cfg", "model.yaml", "--train-cfg", "train.yaml")


def test_a_training_killed_in_the_middle_can_be_continued(
    open_jobs: OpenJobs, trained_project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    write_configs(trained_project)
    jobs = open_jobs(program=SLU, root=trained_project)

    job = jobs.submit(COMMAND, "Training second", {"run": "second"})
    until(lambda: len(epochs(trained_project)) >= 2, timeout_s=PATIENCE_S)
    progress = jobs.get(job.id).progress
    assert progress is not None
    assert (progress.title, 0 < progress.done < progress.total) == ("Training", True)
    with jobs.store.reading() as connection:
        row = jobs.store.find(connection, job.id)
    assert row is not None
    assert row.child is not None
    family = [row.child.pid, *(p.pid for p in psutil.Process(row.child.pid).children())]
    os.kill(row.child.pid, signal.SIGKILL)

    assert ended(jobs, job, timeout_s=10).status is JobStatus.FAILED
    assert not any(psutil.pid_exists(pid) for pid in family)
    assert not list((trained_project / "artifacts").rglob("*.tmp"))
    assert whole_versions(trained_project) == {"tones"}

    job = ended(jobs, jobs.submit([*COMMAND, "--resume"], "Training second"), timeout_s=PATIENCE_S)

    assert job.status is JobStatus.SUCCEEDED, jobs.log(job.id)
    assert job.result is not None
    assert job.result.startswith("second: all slots right on")
    assert epochs(trained_project) == list(range(1, N_EPOCHS + 1))
    assert "epoch " in jobs.log(job.id)


def test_two_trainings_at_once_become_two_versions(
    open_jobs: OpenJobs, trained_project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    write_configs(trained_project)
    jobs = open_jobs(slots=2, program=SLU, root=trained_project)

    names = {"second", "third"}
    both = [
        jobs.submit([*COMMAND, "--set", f"train.run_name={name}"], f"Training {name}")
        for name in sorted(names)
    ]
    until(lambda: [jobs.get(job.id).status for job in both] == [JobStatus.RUNNING] * 2, PATIENCE_S)
    ends = [ended(jobs, job, timeout_s=PATIENCE_S) for job in both]

    assert [job.status for job in ends] == [JobStatus.SUCCEEDED] * 2, jobs.log(ends[0].id)
    assert whole_versions(trained_project) == {"tones", *names}


def test_artifacts_on_a_full_disk(
    open_jobs: OpenJobs, trained_project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    write_configs(trained_project)
    with small_disk(trained_project / "artifacts") as disk:
        program = SLU if disk.is_mount() else limited(SLU)
        jobs = open_jobs(program=program, root=trained_project)
        with full(disk):
            job = ended(jobs, jobs.submit(COMMAND, "Training second"), timeout_s=PATIENCE_S)

        assert job.status is JobStatus.FAILED
        assert job.error is not None
        assert "free some space" in job.error
        assert "Traceback" not in jobs.log(job.id)
        assert not list(disk.rglob("*.tmp"))
        assert whole_versions(trained_project) == {"tones"}

        if disk.is_mount():  # with room again, the same command does it
            job = ended(jobs, jobs.submit(COMMAND, "Training second"), timeout_s=PATIENCE_S)
            assert job.status is JobStatus.SUCCEEDED, jobs.log(job.id)
            assert whole_versions(trained_project) == {"tones", "second"}


def write_configs(root: Path) -> None:
    config = {"epochs": N_EPOCHS, "patience": N_EPOCHS, "workers": 1, "run_name": "second"}
    save_config(MODEL, root / "model.yaml")
    save_config(TRAIN.model_copy(update=config), root / "train.yaml")


def whole_versions(root: Path) -> set[str]:
    """Versions in the registry; all of them, and the one in use, have all their files."""
    registry = Registry(root, root / "artifacts" / "registry")
    for entry in [registry.get(), *registry.versions()]:
        registry.verify(entry)
    return {entry.version for entry in registry.versions()}


def epochs(root: Path) -> list[int]:
    """Epochs in the history of the run, in its order."""
    path = root / "artifacts" / "second" / "history.jsonl"
    lines = path.read_text().splitlines() if path.exists() else []
    return [int(json.loads(line)["epoch"]) for line in lines]
