"""One run: how it learns, what became of it, and what can be done with it."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from slu.jobs import Job, open_jobs
from slu.runs import RunState, TrainingRun, delete_run, list_runs, read_run, train_command
from slu.settings import Settings, get_settings
from slu.ui.curves import accuracy_chart, loss_chart
from slu.ui.jobs import show_job, start_job
from slu.ui.language import tr
from slu.ui.page import errors_shown
from slu.ui.sentences import told
from slu.workflows import open_registry

UPDATE_EVERY_S = 1.5

_VISITED, _OPEN, _CHOSEN = "train visited", "train open", "train run"


def requested_run() -> str | None:
    """The run to be shown: one that was just started or, on a first visit, one at work."""
    if _VISITED not in st.session_state:
        st.session_state[_VISITED] = True
        jobs = training_jobs()
        st.session_state[_OPEN] = next((run for run, job in jobs.items() if is_at_work(job)), None)
    name: str | None = st.session_state.pop(_OPEN, None)
    if name is not None:
        st.session_state[_CHOSEN] = name
    return name


def show_runs(settings: Settings) -> None:
    """Choose one of the runs and see all about it.

    Raises:
        SLUError: the run is damaged.
    """
    runs, problems = list_runs(settings)
    for problem in problems:
        st.warning(told(problem), icon=":material/warning:")
    if not runs:
        st.info(tr("No model was trained yet. Start with “New run”."), icon=":material/school:")
        return
    names = [run.name for run in runs]
    if st.session_state.get(_CHOSEN) not in names:
        st.session_state[_CHOSEN] = names[0]
    _show_run(settings, st.selectbox(tr("Run"), names, key=_CHOSEN, persist_state="session"))


def training_jobs() -> dict[str, Job]:
    """Name of the run -> its newest job."""
    jobs = reversed(open_jobs(get_settings()).list())
    return {
        job.parameters["run"]: job
        for job in jobs
        if job.command[0] == "train" and "run" in job.parameters
    }


def _show_run(settings: Settings, name: str) -> None:
    """Everything about one run; while it is at work, its curves grow."""
    run, job = read_run(settings, name), training_jobs().get(name)
    is_finished = run.state is RunState.FINISHED
    if job is not None and not is_finished:
        show_job(job.id)
    if is_finished:
        _show_scores(settings, run)
    elif not is_at_work(job):
        _show_what_can_be_done(settings, run)
    st.subheader(tr("How it learned") if is_finished else tr("How it learns"))
    is_active = is_at_work(job)
    learning = st.fragment(_show_learning, run_every=UPDATE_EVERY_S if is_active else None)
    learning(settings, name, is_active)
    if job is not None and is_finished:
        show_job(job.id)
    with st.expander(tr("Settings of this run"), icon=":material/tune:"):
        st.json(dict(run.settings), expanded=1)


def is_at_work(job: Job | None) -> bool:
    """Whether a job is waiting or running."""
    return job is not None and not job.status.is_final


def start_run(name: str, command: tuple[str, ...]) -> None:
    """Begin or go on with a run in the background, and show it."""
    start_job(command, tr("Training {name}", name=name), run=name)
    st.session_state[_OPEN] = name
    st.rerun()


def _show_learning(settings: Settings, name: str, is_active: bool) -> None:
    """Figures and curves, as they are now."""
    with errors_shown():
        run = read_run(settings, name)
        _show_figures(run)
        if not run.history.records and not is_active:
            st.caption(tr("The curves begin when the first epoch is over."))
            return
        # As long as it will be, from the start: nothing moves while the curves grow.
        epochs = run.epochs if is_active else len(run.history.records)
        left, right = st.columns(2)
        with left:
            loss_chart(run.history, epochs).show("loss")
        with right:
            accuracy_chart(run.history, epochs, run.slots).show("accuracy")


def epochs_done(run: TrainingRun) -> str:
    """How far it is."""
    return tr("{done} of {total}", done=len(run.history.records), total=run.epochs)


def _show_figures(run: TrainingRun) -> None:
    history, best = run.history, run.history.best
    with st.container(horizontal=True):
        for label, value in {
            tr("Epochs"): epochs_done(run),
            tr("Best epoch"): f"{best['epoch']:.0f}" if best else "–",
            tr("All slots right then"): f"{best['val_joint_accuracy']:.1%}" if best else "–",
            tr("An epoch takes"): f"{history.epoch_s:.1f} s" if history.epoch_s else "–",
        }.items():
            st.metric(label, value, width="content")


def _show_what_can_be_done(settings: Settings, run: TrainingRun) -> None:
    """For a run that is not at work and no version yet."""
    is_planned = run.state is RunState.PLANNED
    st.info(
        tr("This run was not begun yet.")
        if is_planned
        else tr("This run is not finished. What it learned is kept: it can go on from there."),
        icon=":material/pause_circle:",
    )
    with st.container(horizontal=True):
        label = tr("Start training") if is_planned else tr("Continue training")
        if st.button(label, type="primary", icon=":material/play_arrow:"):
            start_run(run.name, train_command(settings, run))
        # A key of its own, or it would stay open and offer to delete the next run.
        with st.popover(tr("Delete this run"), icon=":material/delete:", key=f"delete {run.name}"):
            st.markdown(
                tr(
                    "Delete **{name}** and all that it learned? This cannot be undone.",
                    name=run.name,
                )
            )
            if st.button(tr("Delete it for good"), key=f"surely delete {run.name}"):
                delete_run(settings, run.name)
                st.toast(tr("{name} is deleted.", name=run.name), icon=":material/delete:")
                st.rerun()


def _show_scores(settings: Settings, run: TrainingRun) -> None:
    """How good the finished model is, and where to go from here."""
    if run.entry is None or not run.entry.metrics:
        return
    split, scores = list(run.entry.metrics.items())[-1]
    st.subheader(
        tr("How good it is, on {count} {split} clips", count=scores["utterances"], split=split)
    )
    with st.container(horizontal=True):
        _show_score(tr("All slots right"), scores["joint_accuracy"])
        for slot, slot_scores in scores["slots"].items():
            _show_score(slot.capitalize(), slot_scores["accuracy"])
    in_use = open_registry(settings).latest_version() == run.name
    if in_use:
        st.caption(tr("This model is in use."))
    st.page_link(
        "pages/6_Evaluate.py",
        label=tr("Judge it clip by clip") if in_use else tr("Judge it, and put it to use"),
        icon=":material/fact_check:",
    )


def _show_score(label: str, score: Mapping[str, Any]) -> None:
    interval = tr("95 % interval {low:.1%} to {high:.1%}", low=score["low"], high=score["high"])
    st.metric(
        label, f"{score['value']:.1%}", interval, delta_color="off", delta_arrow="off",
        width="content",
    )  # fmt: skip
