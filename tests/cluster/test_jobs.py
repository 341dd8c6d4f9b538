"""Jobs on a real cluster, by the same interface as on this machine."""

import os
from pathlib import Path

import psutil
import pytest

from slu import workflows
from slu.errors import JobError
from slu.jobs import Job, Jobs, JobStatus, open_jobs
from slu.settings import Settings
from tests.cluster.harness import Cluster, free_ports
from tests.jobs.harness import ended, running, until

pytestmark = pytest.mark.fault

TRAIN = ("train", "--model-cfg", "configs/model.yaml", "--train-cfg", "configs/train.yaml")
ENDLESS = (*TRAIN, "--set", "train.epochs=10000", "--set", "train.patience=10000")


def train(jobs: Jobs, name: str, command: tuple[str, ...] = ENDLESS) -> Job:
    return jobs.submit(
        [*command, "--set", f"train.run_name={name}"], f"Training {name}", {"run": name}
    )


def n_epochs(jobs: Jobs, job: Job) -> int:
    return sum(line.startswith("epoch ") for line in jobs.log(job.id).splitlines())


def test_a_training_from_its_start_to_its_version(settings: Settings) -> None:
    jobs = open_jobs(settings)
    asked = train(jobs, "far", TRAIN)
    assert (asked.title, asked.parameters) == ("Training far", {"run": "far"})
    assert asked.command[0] == "train"

    until(lambda: (now := jobs.get(asked.id)).progress is not None and now.started_at is not None)
    job = ended(jobs, asked)

    assert job.status is JobStatus.SUCCEEDED, jobs.log(job.id)
    assert job.result is not None
    assert job.result.startswith("far: all slots right on ")
    assert job.progress is None
    assert job.ended_at is not None
    assert job.started_at is not None
    assert job.created_at <= job.started_at <= job.ended_at
    assert workflows.open_registry(settings).get("far").version == "far"
    log = jobs.log(job.id)
    assert log.startswith("run far\n")
    assert "epoch   1 " in log
    assert jobs.log(job.id, 200) in log
    assert len(jobs.log(job.id, 200)) <= 200


def test_what_fails_says_why(settings: Settings) -> None:
    jobs = open_jobs(settings)
    asked = jobs.submit(["predict", "no such.wav"], "Listening")

    job = ended(jobs, asked)

    assert (job.status, job.result) == (JobStatus.FAILED, None)
    assert job.error == "no model is in use yet; train one and promote it"
    assert jobs.log(job.id) == f"slu: {job.error}\n"


def test_a_project_sees_its_own_jobs_newest_first(settings: Settings, tmp_path: Path) -> None:
    jobs = open_jobs(settings)
    assert jobs.list() == []
    asked = [jobs.submit(["models"], f"Listing {number}") for number in range(2)]
    assert [job.title for job in jobs.list()] == ["Listing 1", "Listing 0"]
    assert [job.title for job in jobs.list(limit=1)] == ["Listing 1"]

    other = open_jobs(settings.model_copy(update={"project_root": tmp_path}))
    assert other.list() == []
    for job_id in ("nonsense", asked[0].id):
        with pytest.raises(JobError, match=f"there is no job '{job_id}'"):
            other.log(job_id)

    for job in asked:
        jobs.cancel(job.id)
        assert ended(jobs, job).status is JobStatus.CANCELLED
        jobs.cancel(job.id)


def test_a_running_job_saves_and_ends_and_one_that_waits_never_starts(settings: Settings) -> None:
    jobs = open_jobs(settings)
    serving = jobs.submit(["serve", "--port", str(*free_ports(1))], "Serving")
    training = train(jobs, "first")
    until(lambda: n_epochs(jobs, training))
    running(jobs, serving)
    waiting = train(jobs, "second")
    assert jobs.get(waiting.id).status is JobStatus.QUEUED

    jobs.cancel(waiting.id)
    assert jobs.get(waiting.id).status is JobStatus.CANCELLED
    for job in (training, serving):
        jobs.cancel(job.id)
        assert (end := ended(jobs, job)).status is JobStatus.CANCELLED
        assert not end.is_cancelling
    assert (settings.artifacts_dir / "first" / "checkpoint.pt").exists()

    follower = ended(jobs, jobs.submit(["models"], "Listing"))
    assert follower.status is JobStatus.SUCCEEDED
    assert ended(jobs, waiting).status is JobStatus.CANCELLED
    assert not (settings.artifacts_dir / "second").exists()


def test_a_job_whose_node_is_lost_says_so_and_goes_on_elsewhere(
    cluster: Cluster, settings: Settings
) -> None:
    jobs = open_jobs(settings)
    job = train(jobs, "moved")
    running(jobs, job)
    until(lambda: n_epochs(jobs, job))

    cluster.node_of(runner_of(job)).kill()

    lost = ended(jobs, job)
    assert lost.status is JobStatus.FAILED
    assert lost.error is not None
    assert lost.error.startswith("the machine that ran it was lost")
    assert "slu" not in jobs.log(job.id)
    again = train(jobs, "moved", (*ENDLESS, "--resume"))
    until(lambda: n_epochs(jobs, again))
    assert "epoch   1 " not in jobs.log(again.id)
    jobs.cancel(again.id)
    ended(jobs, again)


def runner_of(job: Job) -> int:
    """Pid of the process that watches over a job."""
    return next(
        process.pid
        for process in psutil.process_iter(["cmdline"])
        if process.pid != os.getpid() and job.id in (process.info["cmdline"] or [])
    )
