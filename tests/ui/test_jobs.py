"""Background jobs on a page, driven without a browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from slu.jobs import Job, JobStatus
from slu.jobs.local import LocalJobs
from slu.ui.jobs import latest_job
from slu.ui.markdown import plain
from tests.jobs.harness import ended, jobs_opened, until
from tests.ui.driving import click, run, texts


def page() -> None:
    """A page that starts a job of two kinds, and shows them."""
    import streamlit as st

    from slu.ui.jobs import latest_job, show_all_jobs, show_job, start_job
    from slu.ui.page import errors_shown

    with errors_shown():
        if st.button("Start"):
            start_job(("count", "5"), "Counting *five*", kind="count", run="a_b")
        job = latest_job(kind="count")
        if job is not None:
            show_job(job.id)
        show_all_jobs()


@pytest.fixture
def jobs(empty_project: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalJobs]:
    """The jobs that the page sees; they run a test double."""
    with jobs_opened(empty_project) as open_jobs:
        monkeypatch.setattr("slu.ui.jobs.open_jobs", lambda _settings: open_jobs(grace_s=1.0))
        yield open_jobs(grace_s=1.0)


def opened() -> AppTest:
    return run(AppTest.from_function(page, default_timeout=30))


def finished(jobs: LocalJobs, command: tuple[str, ...], title: str) -> Job:
    return ended(jobs, jobs.submit(command, title, {"kind": "count"}))


def test_without_jobs_the_list_says_so(jobs: LocalJobs) -> None:
    assert jobs.list() == []
    assert "Nothing has been started yet." in texts(opened())


def test_a_job_is_started_watched_and_cancelled(jobs: LocalJobs) -> None:
    app = click(opened(), "Start")

    assert app.toast[0].value == r"Started: Counting \*five\*"
    job = latest_job(run="a_b")
    assert job is not None
    assert (job.command, job.parameters) == (("count", "5"), {"kind": "count", "run": "a_b"})
    until(lambda: (progress := jobs.get(job.id).progress) is not None and progress.done == 5)
    app = run(app)
    assert r"**Counting \*five\*** · at work" in texts(app)
    assert "Counting: 5 of 5 · " in texts(app)
    assert " so far" in texts(app)

    app = click(app, "Cancel")
    assert ended(jobs, job).status is JobStatus.CANCELLED
    app = run(app)
    assert "It was cancelled." in texts(app)
    assert [button.label for button in app.button] == ["Start"]


def test_a_job_that_waits_says_for_what(jobs: LocalJobs) -> None:
    first = jobs.submit(["count", "5"], "First")
    jobs.submit(["count", "5"], "Second", {"kind": "count"})
    until(lambda: jobs.get(first.id).status is JobStatus.RUNNING)

    assert "It starts as soon as the jobs before it have ended." in texts(opened())


def test_a_job_that_saves_cannot_be_cancelled_again(jobs: LocalJobs, empty_project: Path) -> None:
    job = jobs.submit(["family", str(empty_project / "pids")], "Stubborn", {"kind": "count"})
    until((empty_project / "pids").exists)
    jobs.cancel(job.id)

    app = opened()

    assert "Saving what can be continued" in texts(app)
    cancelling = [button for button in app.button if button.label == "Cancelling…"]
    assert [button.disabled for button in cancelling] == [True, True]


def test_the_result_is_shown_without_hints_for_the_command_line(jobs: LocalJobs) -> None:
    said = "m2: all slots right on 98.0% of the clips. Next: slu promote m2"
    finished(jobs, ("say", "epoch 1", said), "Training")

    app = opened()

    assert [shown.value for shown in app.success] == [
        r"m2\: all slots right on 98\.0% of the clips\."
    ]
    assert "epoch 1" in app.code[0].value
    assert "Training** · done · just now" in texts(app)


def test_a_failure_is_one_sentence(jobs: LocalJobs) -> None:
    finished(jobs, ("fail", "the disk is full; free some space"), "Training")

    app = opened()

    assert [shown.value for shown in app.error] == [plain("The disk is full; free some space.")]
    assert "slu: the disk is full" in app.code[0].value


@pytest.mark.parametrize(
    ("command", "shown"),
    [
        (("say", "9 clips are in a.csv. Next: slu ingest"), "9 rekaman ada di a.csv."),
        (("fail", "there is no run called m2"), "Tidak ada pelatihan bernama m2."),
    ],
)
def test_an_end_is_told_in_the_language_of_the_page(
    jobs: LocalJobs, command: tuple[str, str], shown: str
) -> None:
    finished(jobs, command, "Training")
    app = AppTest.from_function(page, default_timeout=60)
    app.session_state["language"] = "id"
    assert [told.value for told in [*run(app).success, *app.error]] == [plain(shown)]


def test_the_newest_job_of_its_kind_is_found_again(jobs: LocalJobs) -> None:
    assert latest_job(kind="count") is None
    ids = [finished(jobs, ("say", "x"), title).id for title in ("first", "second")]
    jobs.submit(["say", "x"], "other", {"kind": "other"})

    found = latest_job(kind="count")

    assert found is not None
    assert found.id == ids[1]


def test_a_broken_database_is_told_in_one_sentence(empty_project: Path) -> None:
    (empty_project / "jobs").mkdir()
    (empty_project / "jobs" / "jobs.sqlite3").write_text("no database " * 100)

    app = opened()

    assert len(app.error) == 1
    assert "move the file away" in app.error[0].value
