"""The jobs that judge: how old a result is, a button to make a new one, the job while it runs."""

from collections.abc import Sequence
from datetime import UTC, datetime

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from slu.evaluation.archive import Subject
from slu.jobs import Job, JobStatus
from slu.settings import Settings
from slu.ui.evaluation import Judged, read_judged
from slu.ui.evaluation_choice import subject_arguments
from slu.ui.jobs import latest_job, show_job, start_job
from slu.ui.language import mark, tr
from slu.ui.page import errors_shown
from slu.ui.times import ago

# As `Subject.change_since` words them.
_CHANGES = (
    mark("the model has changed since"),
    mark("the list of clips has changed since"),
    mark("a clip on the disk has changed since"),
)


def show_judged(settings: Settings, subject: Subject) -> Judged | None:
    """Say how old the evaluation of a subject is and whether it holds, and offer a new one."""
    version = subject.entry.version
    note, button = st.columns([3, 1], vertical_alignment="center")
    judged = None
    with note, errors_shown():
        judged = read_judged(settings, subject)
        if judged is None:
            st.info(
                tr(
                    "**{version}** was not judged on these clips yet. It takes about a minute for "
                    "5,000 of them.",
                    version=version,
                ),
                icon=":material/rule:",
            )
        else:
            show_age(judged.evaluated_at, judged.change)
    offer_job(
        button,
        ("evaluate", *subject_arguments(settings, subject)),
        title=tr("Judging {version}", version=version),
        label=tr("Judge {version} again", version=version)
        if judged
        else tr("Judge {version}", version=version),
        done_at=judged.evaluated_at if judged else None,
    )
    return judged


def show_age(made_at: datetime, change: str | None) -> None:
    """Say how old a result is, and what has changed since, if anything has."""
    age = ago(made_at, datetime.now(UTC))
    if change is None:
        st.caption(tr("Judged {age}. The model and the list of clips are the same since.", age=age))
    else:
        st.warning(
            tr("Judged {age}, and {change}. Judge again.", age=age, change=tr(change)),
            icon=":material/history:",
        )


def offer_job(
    place: DeltaGenerator,
    command: Sequence[str],
    *,
    title: str,
    label: str,
    done_at: datetime | None,
) -> None:
    """A button that starts a job; while the job is at work, the job instead.

    Args:
        place: of the button; the job shows below what is there already.
        command: arguments of `slu`, by which the job is found again.
        title: of the job.
        label: of the button.
        done_at: when the result on the page was made; older failures are of no interest.
    """
    judges = " ".join(command)
    job = latest_job(judges=judges)
    if job is not None and not job.status.is_final:
        show_job(job.id)
        return
    if job is not None and _is_failure_since(job, done_at):
        show_job(job.id)
    if place.button(label, icon=":material/play_arrow:", key=f"start {judges}", width="stretch"):
        start_job(command, title, judges=judges)
        st.rerun()


def _is_failure_since(job: Job, moment: datetime | None) -> bool:
    return job.status is JobStatus.FAILED and (moment is None or job.created_at > moment)
