"""A real `slu train` as a job, killed in the middle and continued."""

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
from tests.jobs.harness import OpenJobs, ended, until
from tests.tones import MODEL, TRAIN

N_EPOCHS = 12
COMMAND = ("train", "--model-cfg", "model.yaml", "--train-cfg", "train.yaml")


@pytest.mark.slow
def test_a_training_killed_in_the_middle_can_be_continued(
    open_jobs: OpenJobs, trained_project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    config = {"epochs": N_EPOCHS, "patience": N_EPOCHS, "workers": 1, "run_name": "second"}
    save_config(MODEL, trained_project / "model.yaml")
    save_config(TRAIN.model_copy(update=config), trained_project / "train.yaml")
    jobs = open_jobs(program=SLU, root=trained_project)

    job = jobs.submit(COMMAND, "Training second", {"run": "second"})
    until(lambda: len(epochs(trained_project)) >= 2, timeout_s=120)
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
    registry = Registry(trained_project, trained_project / "artifacts" / "registry")
    assert [entry.version for entry in registry.versions()] == ["tones"]
    registry.verify(registry.get())

    job = ended(jobs, jobs.submit([*COMMAND, "--resume"], "Training second"), timeout_s=120)

    assert job.status is JobStatus.SUCCEEDED, jobs.log(job.id)
    assert job.result is not None
    assert job.result.startswith("second: all slots right on")
    assert epochs(trained_project) == list(range(1, N_EPOCHS + 1))
    assert "epoch " in jobs.log(job.id)


def epochs(root: Path) -> list[int]:
    """Epochs in the history of the run, in its order."""
    path = root / "artifacts" / "second" / "history.jsonl"
    lines = path.read_text().splitlines() if path.exists() else []
    return [int(json.loads(line)["epoch"]) for line in lines]
