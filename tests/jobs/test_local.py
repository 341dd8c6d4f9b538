"""Jobs with real processes: queue, logs, progress, results, cancelling."""

import os
import time
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slu.errors import JobError
from slu.jobs import JobStatus
from slu.jobs.local import whose_turn
from slu.jobs.processes import ProcessMark
from slu.jobs.store import JobStore, Row
from tests.jobs.harness import OpenJobs, alive, ended, numbers, running, until


def test_a_job_is_remembered_as_it_was_asked_for_and_as_it_ended(
    open_jobs: OpenJobs, tmp_path: Path
) -> None:
    jobs = open_jobs()
    asked = jobs.submit(["say", "first", "the “last” line"], "Saying", {"run": "a b"})
    assert asked.status is JobStatus.QUEUED
    assert asked.started_at is None

    job = ended(open_jobs(), asked)

    assert job.status is JobStatus.SUCCEEDED
    assert job.command == ("say", "first", "the “last” line")
    assert (job.title, job.parameters) == ("Saying", {"run": "a b"})
    assert job.result == "the “last” line"
    assert job.error is None
    assert job.started_at is not None
    assert job.ended_at is not None
    assert job.created_at <= job.started_at <= job.ended_at
    assert jobs.log(job.id) == "first\nthe “last” line\n\n"
    assert job.log_path.parent == tmp_path.resolve() / "jobs"


def test_only_the_database_and_the_logs_stay(open_jobs: OpenJobs, tmp_path: Path) -> None:
    jobs = open_jobs()
    job = ended(jobs, jobs.submit(["say", "x"], "x"))

    left = until(lambda: _without_database(tmp_path / "jobs"))

    assert left == [f"{job.id}.log"]


def _without_database(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.suffix == ".log"] + [
        path.name for path in folder.iterdir() if "reserve" in path.name or "progress" in path.name
    ]


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (("fail", "there is no such table; run `slu ingest`"), "there is no such table; run"),
        (("fail", "learning_rate: too high", "2"), "learning_rate: too high"),
        (("crash",), "it ended with exit code 1; the log says more"),
    ],
)
def test_a_failure_is_told_in_one_sentence(
    open_jobs: OpenJobs, command: tuple[str, ...], says: str
) -> None:
    jobs = open_jobs()

    job = ended(jobs, jobs.submit(command, "Failing"))

    assert job.status is JobStatus.FAILED
    assert job.error is not None
    assert job.error.startswith(says)
    assert "\n" not in job.error
    assert job.result is None


def test_a_program_that_cannot_be_run_is_a_failed_job(open_jobs: OpenJobs) -> None:
    jobs = open_jobs(program=["/no/such/program"])

    job = ended(jobs, jobs.submit(["say"], "Nothing"))

    assert job.status is JobStatus.FAILED
    assert job.error is not None
    assert job.error.startswith("it could not be started")
    assert "/no/such/program" in jobs.log(job.id)


def test_unknown_jobs(open_jobs: OpenJobs) -> None:
    jobs = open_jobs()

    assert jobs.list() == []
    for act in (jobs.get, jobs.log, jobs.cancel):
        with pytest.raises(JobError, match="there is no job 'x'"):
            act("x")


def test_the_log_is_read_from_its_end(open_jobs: OpenJobs) -> None:
    jobs = open_jobs()
    job = ended(jobs, jobs.submit(["say", *(f"line {n}" for n in range(50))], "Long"))

    assert jobs.log(job.id, max_bytes=20) == "line 48\nline 49\n\n"


def test_a_broken_database_is_told(open_jobs: OpenJobs, tmp_path: Path) -> None:
    (tmp_path / "jobs").mkdir()
    (tmp_path / "jobs" / "jobs.sqlite3").write_text("no database " * 100)

    with pytest.raises(JobError, match=r"jobs\.sqlite3.*move the file away"):
        open_jobs()


def test_progress_is_seen_while_it_runs(open_jobs: OpenJobs) -> None:
    jobs = open_jobs()
    job = jobs.submit(["count", "12"], "Counting")

    # The last one is written though others came a moment before.
    until(lambda: (p := jobs.get(job.id).progress) is not None and p.done == 12)
    progress = jobs.get(job.id).progress
    assert progress is not None
    assert (progress.title, progress.total) == ("Counting", 12)
    jobs.cancel(job.id)

    assert ended(jobs, job).progress is None


def test_with_one_slot_jobs_run_one_after_another_in_their_order(
    open_jobs: OpenJobs, tmp_path: Path
) -> None:
    jobs = open_jobs()
    logs = [tmp_path / f"span{n}" for n in range(3)]
    submitted = [jobs.submit(["span", str(log), "0.3"], log.name) for log in logs]

    assert [job.title for job in jobs.list()] == ["span2", "span1", "span0"]
    for job in submitted:
        assert ended(jobs, job).status is JobStatus.SUCCEEDED

    spans = [_span(log) for log in logs]
    assert all(one[1] <= next_[0] for one, next_ in pairwise(spans))


def test_with_two_slots_two_run_together(open_jobs: OpenJobs, tmp_path: Path) -> None:
    jobs = open_jobs(slots=2)
    first, second, third = (jobs.submit(["wait", str(tmp_path / n)], n) for n in "abc")

    until(lambda: (tmp_path / "a").exists() and (tmp_path / "b").exists())
    assert jobs.get(third.id).status is JobStatus.QUEUED
    jobs.cancel(first.id)
    until((tmp_path / "c").exists)
    assert jobs.get(second.id).status is JobStatus.RUNNING
    for job in (second, third):
        jobs.cancel(job.id)
    for job in (first, second, third):
        assert ended(jobs, job).status is JobStatus.CANCELLED


def _span(log: Path) -> tuple[float, float]:
    begin, end = (float(line.split()[1]) for line in log.read_text().splitlines())
    return begin, end


def test_a_cancelled_job_may_tidy_up(open_jobs: OpenJobs, tmp_path: Path) -> None:
    jobs = open_jobs()
    started, tidied = tmp_path / "started", tmp_path / "tidied"
    job = jobs.submit(["tidy", str(started), str(tidied), "1"], "Tidy")
    until(started.exists)

    jobs.cancel(job.id)
    assert jobs.get(job.id).is_cancelling
    job = ended(jobs, job)

    assert job.status is JobStatus.CANCELLED
    assert (job.result, job.error, job.is_cancelling) == (None, None, False)
    assert tidied.read_text() == "tidy"


def test_a_job_that_ends_well_though_it_was_cancelled_has_succeeded(
    open_jobs: OpenJobs, tmp_path: Path
) -> None:
    jobs = open_jobs()
    started = tmp_path / "started"
    job = jobs.submit(["tidy", str(started), str(tmp_path / "tidied"), "0"], "Tidy")
    until(started.exists)

    jobs.cancel(job.id)

    assert ended(jobs, job).status is JobStatus.SUCCEEDED
    jobs.cancel(job.id)
    assert jobs.get(job.id).status is JobStatus.SUCCEEDED


def test_a_job_that_does_not_listen_is_ended_with_all_its_processes(
    open_jobs: OpenJobs, tmp_path: Path
) -> None:
    jobs = open_jobs(grace_s=0.5)
    job = jobs.submit(["family", str(tmp_path / "pids")], "Family")
    pids = numbers(tmp_path / "pids", 3)
    assert len(set(pids)) == 3
    assert all(alive(pid) for pid in pids)

    jobs.cancel(job.id)

    assert ended(jobs, job).status is JobStatus.CANCELLED
    assert not any(alive(pid) for pid in pids)


def test_what_a_killed_command_was_writing_is_removed(open_jobs: OpenJobs, tmp_path: Path) -> None:
    jobs = open_jobs(grace_s=0.2)
    artifact = tmp_path / "artifacts" / "run" / "model.bin"
    foreign = artifact.with_name(".other.1.2.tmp")
    job = jobs.submit(["write", str(artifact)], "Writing")
    until(lambda: artifact.parent.exists() and any(artifact.parent.iterdir()))
    foreign.write_text("of another process")
    running_pid = next(iter(artifact.parent.glob(".model.bin.*"))).name.split(".")[3]

    os.kill(int(running_pid), 9)

    job = ended(jobs, job)
    assert job.status is JobStatus.FAILED
    assert job.error is not None
    assert "SIGKILL" in job.error
    assert list(artifact.parent.iterdir()) == [foreign]


def test_a_command_that_ends_leaves_no_process_behind(open_jobs: OpenJobs, tmp_path: Path) -> None:
    jobs = open_jobs()
    job = jobs.submit(["orphan", str(tmp_path / "pids")], "Orphan")

    assert ended(jobs, job).status is JobStatus.SUCCEEDED
    assert not alive(numbers(tmp_path / "pids", 1)[0])


def test_a_waiting_job_is_taken_out_of_the_queue(open_jobs: OpenJobs, tmp_path: Path) -> None:
    jobs = open_jobs()
    first = jobs.submit(["wait", str(tmp_path / "a")], "first")
    second = jobs.submit(["wait", str(tmp_path / "b")], "second")
    running(jobs, first)

    jobs.cancel(second.id)

    assert jobs.get(second.id).status is JobStatus.CANCELLED
    assert jobs.get(second.id).started_at is None
    jobs.cancel(first.id)
    ended(jobs, first)
    time.sleep(0.5)
    assert not (tmp_path / "b").exists()


@given(
    statuses=st.lists(st.sampled_from(["queued", "running"]), max_size=8), slots=st.integers(1, 4)
)
def test_whose_turn_it_is(statuses: list[str], slots: int) -> None:
    live = [_row(str(number), JobStatus(status)) for number, status in enumerate(statuses)]
    waiting = [row.job.id for row in live if row.job.status is JobStatus.QUEUED]
    n_running = len(live) - len(waiting)

    turn = whose_turn(live, slots)

    assert len(turn) == min(len(waiting), max(0, slots - n_running))
    assert turn == set(waiting[: len(turn)])


def _row(job_id: str, status: JobStatus) -> Row:
    from datetime import UTC, datetime

    from slu.jobs import Job

    job = Job(
        job_id, (), "", {}, status, None, datetime.now(UTC), None, None, Path("x"), None, None
    )
    return Row(job, ProcessMark(1, 0.0), 1, None)


@given(
    command=st.lists(st.text()),
    title=st.text(),
    parameters=st.dictionaries(st.text(), st.text()),
)
def test_any_text_comes_back(
    tmp_path_factory: pytest.TempPathFactory,
    command: list[str],
    title: str,
    parameters: dict[str, str],
) -> None:
    store = JobStore(tmp_path_factory.mktemp("store"))
    with store.transaction() as connection:
        store.insert(connection, "a", command, title, parameters, ProcessMark(1, 0.0))

    with store.reading() as connection:
        row = store.find(connection, "a")

    assert row is not None
    assert row.job.command == tuple(command)
    assert (row.job.title, row.job.parameters) == (title, parameters)
