"""What befalls jobs from outside: kills, restarts, full disks, pids that went to strangers."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from slu.jobs import Job, JobStatus
from slu.jobs.local import LocalJobs
from slu.jobs.processes import ProcessMark
from slu.jobs.store import Row
from tests.jobs.harness import DOUBLE, OpenJobs, alive, ended, numbers, running, until

pytestmark = pytest.mark.fault

ROOT = Path(__file__).resolve().parents[2]
SUBMIT = """
import sys
from pathlib import Path
from slu.jobs.local import LocalJobs
from slu.settings import Settings

root, count, *command = sys.argv[1:]
jobs = LocalJobs(Settings(project_root=Path(root), job_slots=4), {program})
for number in range(int(count)):
    print(jobs.submit(command, f"job {{number}}").id, flush=True)
{then}
"""


def submitter(root: Path, count: int, command: list[str], then: str = "") -> subprocess.Popen[str]:
    """Another process that submits jobs."""
    script = SUBMIT.format(program=DOUBLE, then=then)
    return subprocess.Popen(
        [sys.executable, "-c", script, str(root), str(count), *command],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        start_new_session=True,
    )


def row_of(jobs: LocalJobs, job: Job) -> Row:
    """What the database holds, without seeing after it."""
    with jobs.store.reading() as connection:
        row = jobs.store.find(connection, job.id)
    assert row is not None
    return row


def test_a_killed_command_is_seen_as_failed_within_seconds(
    open_jobs: OpenJobs, tmp_path: Path
) -> None:
    jobs = open_jobs()
    job = jobs.submit(["family", str(tmp_path / "pids")], "Family")
    pids = numbers(tmp_path / "pids", 3)

    os.kill(pids[0], signal.SIGKILL)
    job = ended(jobs, job, timeout_s=5)

    assert job.status is JobStatus.FAILED
    assert job.error is not None
    assert "ended from outside (SIGKILL)" in job.error
    assert not any(alive(pid) for pid in pids)


def test_with_the_runner_killed_its_command_is_ended_too(
    open_jobs: OpenJobs, tmp_path: Path
) -> None:
    jobs = open_jobs()
    job = jobs.submit(["family", str(tmp_path / "pids")], "Family")
    pids = numbers(tmp_path / "pids", 3)

    os.kill(row_of(jobs, job).runner.pid, signal.SIGKILL)
    job = ended(jobs, job, timeout_s=5)

    assert job.status is JobStatus.FAILED
    assert job.error == "it was ended from outside, or the computer was restarted; start it again"
    assert not any(alive(pid) for pid in pids)


def test_with_runner_and_command_killed_the_rest_of_the_group_is_ended(
    open_jobs: OpenJobs, tmp_path: Path
) -> None:
    jobs = open_jobs()
    job = jobs.submit(["family", str(tmp_path / "pids")], "Family")
    pids = numbers(tmp_path / "pids", 3)

    for pid in (row_of(jobs, job).runner.pid, pids[0]):
        os.kill(pid, signal.SIGKILL)

    assert ended(jobs, job, timeout_s=5).status is JobStatus.FAILED
    assert not any(alive(pid) for pid in pids)


def test_the_next_job_follows_one_that_was_lost(open_jobs: OpenJobs, tmp_path: Path) -> None:
    """Without anybody who looks at the jobs: the one that waits sees after the lost one."""
    jobs = open_jobs()
    first = jobs.submit(["wait", str(tmp_path / "first")], "first")
    jobs.submit(["wait", str(tmp_path / "second")], "second")
    until((tmp_path / "first").exists)

    os.kill(row_of(jobs, first).runner.pid, signal.SIGKILL)

    until((tmp_path / "second").exists)
    assert row_of(jobs, first).job.status is JobStatus.FAILED


def test_a_cancelled_job_whose_runner_is_killed_is_cancelled(
    open_jobs: OpenJobs, tmp_path: Path
) -> None:
    jobs = open_jobs()
    job = jobs.submit(["family", str(tmp_path / "pids")], "Family")
    pids = numbers(tmp_path / "pids", 3)

    jobs.cancel(job.id)
    os.kill(row_of(jobs, job).runner.pid, signal.SIGKILL)

    assert ended(jobs, job, timeout_s=5).status is JobStatus.CANCELLED
    assert not any(alive(pid) for pid in pids)


def test_a_waiting_job_gets_another_runner(open_jobs: OpenJobs, tmp_path: Path) -> None:
    jobs = open_jobs()
    first = jobs.submit(["wait", str(tmp_path / "first")], "first")
    second = jobs.submit(["say", "second"], "second")
    running(jobs, first)

    os.kill(row_of(jobs, second).runner.pid, signal.SIGKILL)
    until(lambda: not row_of(jobs, second).runner.is_alive())
    assert jobs.get(second.id).status is JobStatus.QUEUED
    jobs.cancel(first.id)

    assert ended(jobs, second).status is JobStatus.SUCCEEDED
    assert row_of(jobs, second).n_runners == 2


def test_when_the_computer_shuts_down_the_command_tidies_up(
    open_jobs: OpenJobs, tmp_path: Path
) -> None:
    jobs = open_jobs()
    job = jobs.submit(["tidy", *(str(tmp_path / name) for name in ("on", "tidied")), "1"], "Tidy")
    until((tmp_path / "on").exists)

    os.kill(row_of(jobs, job).runner.pid, signal.SIGTERM)

    assert ended(jobs, job).status is JobStatus.FAILED
    assert (tmp_path / "tidied").exists()


def test_a_job_outlives_who_submitted_it(open_jobs: OpenJobs, tmp_path: Path) -> None:
    started, tidied = tmp_path / "started", tmp_path / "tidied"
    server = submitter(
        tmp_path, 1, ["tidy", str(started), str(tidied), "0"], "import time; time.sleep(600)"
    )
    assert server.stdout is not None
    job_id = server.stdout.readline().strip()
    until(lambda: started.exists() and started.read_text())

    os.killpg(server.pid, signal.SIGKILL)
    server.communicate()

    jobs = open_jobs()
    assert jobs.get(job_id).status is JobStatus.RUNNING
    os.kill(int(started.read_text()), signal.SIGTERM)
    job = ended(jobs, jobs.get(job_id))
    assert job.status is JobStatus.SUCCEEDED
    assert job.result == "tidied up"


def test_ended_runners_do_not_stay_zombies_of_a_long_lived_server(open_jobs: OpenJobs) -> None:
    jobs = open_jobs()
    job = ended(jobs, jobs.submit(["say", "x"], "x"))

    until(lambda: not row_of(jobs, job).runner.exists(), timeout_s=5)


def test_many_submit_at_once_and_none_is_lost(open_jobs: OpenJobs, tmp_path: Path) -> None:
    together = [submitter(tmp_path, 2, ["say", "done"]) for _ in range(5)]
    ids = [line for process in together for line in process.communicate()[0].split()]

    jobs = open_jobs(slots=4)
    ends = [ended(jobs, jobs.get(job_id), timeout_s=60) for job_id in ids]

    assert len(set(ids)) == 10
    assert {job.id for job in jobs.list()} == set(ids)
    assert {(job.status, job.result) for job in ends} == {(JobStatus.SUCCEEDED, "done")}


def test_pids_that_went_to_a_stranger(open_jobs: OpenJobs) -> None:
    """After a restart of the computer, the numbers belong to others."""
    jobs = open_jobs()
    stranger = subprocess.Popen(["sleep", "600"], start_new_session=True)
    mark = ProcessMark.of(stranger.pid)
    stale = ProcessMark(mark.pid, mark.started_s - 1000)
    with jobs.store.transaction() as connection:
        jobs.store.insert(connection, "old", ["say"], "Old", {}, stale)
        jobs.store.start(connection, "old", stale)

    assert jobs.get("old").status is JobStatus.FAILED
    assert alive(stranger.pid)
    stranger.kill()
    stranger.wait()


def test_an_ended_runner_that_nobody_waited_for_does_not_count(open_jobs: OpenJobs) -> None:
    jobs = open_jobs()
    zombie = subprocess.Popen(["true"])
    mark = ProcessMark.of(zombie.pid)
    with jobs.store.transaction() as connection:
        jobs.store.insert(connection, "old", ["say"], "Old", {}, mark)
        jobs.store.start(connection, "old", mark)

    until(lambda: jobs.get("old").status is JobStatus.FAILED, timeout_s=5)
    zombie.wait()


def test_a_deleted_project_ends_its_jobs(open_jobs: OpenJobs, tmp_path: Path) -> None:
    jobs = open_jobs(grace_s=0.2)
    first = jobs.submit(["family", str(tmp_path / "pids")], "Family")
    second = jobs.submit(["say", "x"], "x")
    pids = numbers(tmp_path / "pids", 3)
    runners = [row_of(jobs, job).runner for job in (first, second)]

    shutil.rmtree(tmp_path / "jobs")

    until(lambda: not any(runner.is_alive() for runner in runners))
    assert not any(alive(pid) for pid in pids)
    open_jobs()  # an empty list again, for the end of the test
