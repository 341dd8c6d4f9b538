"""`slu jobs`: what the browser started can be seen and ended without it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from slu.cli.application import application
from slu.errors import JobError
from slu.jobs import JobStatus
from slu.jobs.local import LocalJobs
from slu.settings import get_settings
from tests.jobs.harness import ended, jobs_opened, until


@pytest.fixture
def jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalJobs]:
    monkeypatch.setenv("SLU_PROJECT_ROOT", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
    get_settings.cache_clear()
    with jobs_opened(tmp_path) as open_jobs:
        yield open_jobs()
    get_settings.cache_clear()


def slu(line: str) -> Result:
    return CliRunner().invoke(application, line)


def test_jobs_are_listed_read_and_cancelled(jobs: LocalJobs) -> None:
    failed = ended(jobs, jobs.submit(["fail", "[nothing] to train on"], "Training [a]"))
    first = jobs.submit(["count", "5"], "Counting")
    second = jobs.submit(["count", "5"], "Waiting")
    until(lambda: (progress := jobs.get(first.id).progress) is not None and progress.done == 5)

    listed = slu("jobs list").output
    lines = [line for line in listed.splitlines() if "│" in line]
    assert [line.split("│")[1].strip() for line in lines] == [second.id, first.id, failed.id]
    assert all(word in lines[1] for word in ("running", "Counting", "5/5"))
    assert all(word in lines[2] for word in ("failed", "Training [a]", "[nothing] to train on"))
    assert slu("jobs list --limit 1").output.count("│") < listed.count("│")

    assert slu(f"jobs log {failed.id}").output.splitlines() == [
        *("a warning", "slu: [nothing] to train on", "a trailing note"),
    ]

    assert slu(f"jobs cancel {second.id}").output == "Waiting: cancelled\n"
    assert slu(f"jobs cancel {first.id}").output in (
        *("Counting: is ending\n", "Counting: cancelled\n"),
    )
    assert ended(jobs, first).status is JobStatus.CANCELLED
    assert slu(f"jobs cancel {failed.id}").output == "Training [a]: failed\n"


@pytest.mark.parametrize("command", ["log", "cancel"])
def test_an_unknown_job_is_told(jobs: LocalJobs, command: str) -> None:
    assert jobs.list() == []

    outcome = slu(f"jobs {command} nonsense")

    assert isinstance(outcome.exception, JobError)
    assert str(outcome.exception) == "there is no job 'nonsense'; see them with `slu jobs list`"
