"""Background jobs on a page: start one, watch it, find it again."""

from collections.abc import Sequence
from datetime import UTC, datetime

import streamlit as st

from slu.jobs import Job, Jobs, JobStatus, open_jobs
from slu.settings import get_settings
from slu.ui.language import mark, tr
from slu.ui.markdown import plain
from slu.ui.page import errors_shown
from slu.ui.sentences import told, translated
from slu.ui.times import ago, lasting

_EVERY_S = 1.0
_LOG_BYTES = 6000
_LOG_HEIGHT = 240
_N_LISTED = 5
_SIGNS = {
    JobStatus.QUEUED: (":material/hourglass_top:", mark("waits for its turn")),
    JobStatus.RUNNING: (":material/autorenew:", mark("at work")),
    JobStatus.SUCCEEDED: (":material/check_circle:", mark("done")),
    JobStatus.FAILED: (":material/error:", mark("failed")),
    JobStatus.CANCELLED: (":material/cancel:", mark("cancelled")),
}
# What commands call their steps.
_STEPS = (
    mark("Adding noise"), mark("Checking recordings"), mark("Comparing"),
    mark("Computing features"), mark("Evaluating"), mark("Features"), mark("Learning"),
    mark("Listening"), mark("Listening to the clips"), mark("Measuring 8-bit weights"),
    mark("Reading recordings"), mark("Searching"), mark("Speaking"), mark("Training"),
)  # fmt: skip


def start_job(command: Sequence[str], title: str, **parameters: str) -> Job:
    """Put a `slu` command into the queue and say so.

    Args:
        command: arguments of `slu`; paths may be relative to the project root.
        title: what a person calls it, such as `Training m2-evening`; it stays in their language.
        parameters: by which `latest_job` finds it again.

    Raises:
        JobError: it cannot be started.
    """
    job = open_jobs(get_settings()).submit(command, title, parameters)
    st.toast(tr("Started: {title}", title=plain(title)), icon=":material/hourglass_top:")
    return job


def latest_job(**parameters: str) -> Job | None:
    """The newest job that has these parameters, and maybe others."""
    for job in open_jobs(get_settings()).list():
        if parameters.items() <= job.parameters.items():
            return job
    return None


def show_job(job_id: str) -> None:
    """Show how a job goes until it has ended; the page then runs once more.

    Args:
        job_id: of a job that exists.
    """
    jobs = open_jobs(get_settings())
    final = jobs.get(job_id).status.is_final
    st.fragment(_show_job, run_every=None if final else _EVERY_S)(jobs, job_id, final)


def show_all_jobs() -> None:
    """The latest jobs in a few lines; those that go on can be cancelled."""
    jobs = open_jobs(get_settings())
    live = any(not job.status.is_final for job in jobs.list(_N_LISTED))
    st.fragment(_show_list, run_every=2 * _EVERY_S if live else None)(jobs, live)


def _show_job(jobs: Jobs, job_id: str, was_final: bool) -> None:
    with errors_shown():
        job = jobs.get(job_id)
        if job.status.is_final and not was_final:
            st.rerun()
        with st.container(border=True):
            _show_state(jobs, job)
            with st.expander(tr("What it says"), icon=":material/notes:"):
                said = jobs.log(job.id, _LOG_BYTES)
                st.code(said or tr("Nothing."), language=None, height=_LOG_HEIGHT, wrap_lines=True)


def _show_state(jobs: Jobs, job: Job) -> None:
    if job.status.is_final:
        st.markdown(_headline(job))
        _show_end(job)
        return
    title, button = st.columns([3, 1], vertical_alignment="center")
    title.markdown(_headline(job))
    with button:
        _cancel_button(jobs, job, f"cancel {job.id}")
    st.progress(_share_done(job), text=_how_far(job))


def _show_end(job: Job) -> None:
    if job.status is JobStatus.SUCCEEDED:
        st.success(plain(_told(job)), icon=":material/check:")
    elif job.status is JobStatus.FAILED:
        st.error(plain(_why(job)), icon=":material/error:")
    else:
        st.info(tr("It was cancelled."), icon=":material/cancel:")


def _cancel_button(jobs: Jobs, job: Job, key: str) -> None:
    st.button(
        tr("Cancelling…") if job.is_cancelling else tr("Cancel"),
        key=key,
        help=tr("End “{title}”", title=plain(job.title)),
        icon=":material/stop_circle:",
        disabled=job.is_cancelling,
        width="stretch",
        on_click=_cancel,
        args=(jobs, job.id),
    )


def _cancel(jobs: Jobs, job_id: str) -> None:
    with errors_shown():
        jobs.cancel(job_id)


def _show_list(jobs: Jobs, was_live: bool) -> None:
    with errors_shown():
        latest = jobs.list(_N_LISTED)
        if was_live and all(job.status.is_final for job in latest):
            st.rerun()
        if not latest:
            st.caption(tr("Nothing has been started yet."))
        for job in latest:
            _show_line(jobs, job)


def _show_line(jobs: Jobs, job: Job) -> None:
    if job.status.is_final:
        st.markdown(_headline(job))
        if job.status is JobStatus.FAILED:
            st.caption(plain(_why(job)))
        return
    text, button = st.columns([3, 1], vertical_alignment="center")
    text.markdown(_headline(job))
    text.caption(_how_far(job))
    with button:
        _cancel_button(jobs, job, f"cancel {job.id} in list")


def _headline(job: Job) -> str:
    icon, state = _SIGNS[job.status]
    parts = [f"{icon} **{plain(job.title)}**", tr(state)]
    if job.ended_at is not None:
        parts.append(ago(job.ended_at, datetime.now(UTC)))
    return " · ".join(parts)


def _share_done(job: Job) -> float:
    if job.progress is None or job.progress.total <= 0:
        return 0.0
    return min(1.0, job.progress.done / job.progress.total)


def _how_far(job: Job) -> str:
    """What is being done, how long it took, and how long it may still take."""
    if job.started_at is None:
        return tr("It starts as soon as the jobs before it have ended.")
    passed_s = (datetime.now(UTC) - job.started_at).total_seconds()
    passed = tr("{duration} so far", duration=lasting(passed_s))
    return " · ".join([*_doing(job), passed, *_left(job)])


def _doing(job: Job) -> list[str]:
    if job.is_cancelling:
        return [tr("Saving what can be continued")]
    if job.progress is None:
        return [tr("Getting ready")]
    return [
        tr(
            "{step}: {done:,} of {total:,}",
            step=plain(tr(job.progress.title)), done=job.progress.done, total=job.progress.total,
        )
    ]  # fmt: skip


def _left(job: Job) -> list[str]:
    if job.is_cancelling or job.progress is None or not job.progress.remaining_s:
        return []
    return [tr("about {duration} left", duration=lasting(job.progress.remaining_s))]


def _why(job: Job) -> str:
    return told(job.error) if job.error else tr("It failed; its log says why.")


def _told(job: Job) -> str:
    """The result without the hint at the next command, which is for the command line."""
    if not job.result:
        return tr("It is done.")
    return translated(job.result.partition(" Next: slu ")[0])
