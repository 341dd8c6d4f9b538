"""Studies at work: started, gone on with, stopped."""

import os
from dataclasses import dataclass
from typing import Any

import streamlit as st

from slu.config.tune import TuneConfig
from slu.jobs import Job, open_jobs
from slu.runs import Start
from slu.settings import Settings, get_settings
from slu.tuning.plan import StudyPlan, plan_study
from slu.tuning.study import is_stopping, stop_after_trials, study_configs
from slu.ui.jobs import start_job
from slu.ui.language import mark, tr
from slu.ui.markdown import plain
from slu.ui.page import errors_shown
from slu.ui.tune import FINISHED, StudyView

CHOSEN = "tune study"
"""Of the session: name of the study that is shown."""

_VISITED, _OPEN = "tune visited", "tune open"
_MORE_TRIALS = 20
_SHARED: dict[str, Any] = {"persist_state": "session"}
_PRUNERS = {
    "median": mark("Median: worse than the middle of the others"),
    "hyperband": mark("Hyperband: only the best third goes on"),
    "none": mark("None: every trial runs to its end"),
}
_MOST_WORKERS = os.cpu_count() or 1


@dataclass(frozen=True)
class Effort:
    """How long a study runs, by how many, and when a trial is given up."""

    n_trials: int
    epochs: int | None
    pruner: str
    workers: int
    train_best: bool

    def plan(self, name: str, start: Start, tune: TuneConfig) -> StudyPlan:
        """A study of this size."""
        train = start.train
        epochs = self.epochs or train.epochs
        return StudyPlan(
            name,
            start.model,
            train.model_copy(update={"epochs": epochs}),
            tune.model_copy(update={"pruner": self.pruner}),
            self.n_trials,
            start.preprocess,
            self.workers,
            self.train_best,
        )


def study_jobs() -> dict[str, Job]:
    """Name of the study -> its newest job."""
    jobs = reversed(open_jobs(get_settings()).list())
    return {job.parameters["study"]: job for job in jobs if "study" in job.parameters}


def is_live(job: Job | None) -> bool:
    """Whether a job waits or runs."""
    return job is not None and not job.status.is_final


def requested_study() -> str | None:
    """The study to be shown: one that was just started or, on a first visit, one at work."""
    if _VISITED not in st.session_state:
        st.session_state[_VISITED] = True
        jobs = study_jobs()
        st.session_state[_OPEN] = next((name for name, j in jobs.items() if is_live(j)), None)
    name: str | None = st.session_state.pop(_OPEN, None)
    if name is not None:
        st.session_state[CHOSEN] = name
    return name


def start_study(settings: Settings, plan: StudyPlan) -> None:
    """Begin or go on with a study in the background, and show it.

    Raises:
        ConfigError: the space holds an impossible value; nothing was started.
    """
    title = tr("Tuning {name}", name=plan.name)
    start_job(plan_study(settings, plan), title, study=plan.name)
    st.session_state[_OPEN] = plan.name
    st.rerun()


def choose_effort(n_trials: int, pruner: str, key: str, epochs: int | None = None) -> Effort:
    """Controls for how long, by how many, and when a trial is given up.

    Args:
        n_trials: that are suggested.
        pruner: that is suggested.
        key: of the widgets.
        epochs: of a trial, that are suggested; none where they cannot be chosen any more.
    """
    columns = iter(st.columns([1, 1, 2, 1] if epochs else [1, 2, 1]))
    return Effort(
        n_trials=next(columns).number_input(
            tr("Trials in all"), 1, 100_000, n_trials, key=f"tune trials {key}",
            help=tr("That the study shall have in the end, those of earlier runs counted."),
            **_SHARED,
        ),
        epochs=epochs and next(columns).number_input(
            tr("Epochs of a trial"), 1, 10_000, epochs, key=f"tune epochs {key} {epochs}",
            help=tr("If it is not given up early. Fewer are faster, and tell less."), **_SHARED,
        ),
        pruner=next(columns).selectbox(
            tr("When a trial is given up early"), [*_PRUNERS], [*_PRUNERS].index(pruner),
            format_func=lambda pruner: tr(_PRUNERS[pruner]), key=f"tune pruner {key}",
            help=tr("Trials that do badly after their first epochs need not be finished."),
            **_SHARED,
        ),
        workers=next(columns).number_input(
            tr("Workers"), 1, _MOST_WORKERS, 1, key=f"tune workers {key}",
            help=tr("Trials that run side by side; each keeps a core busy."), **_SHARED,
        ),
        train_best=st.toggle(
            tr("Then train a model with the best settings"), key=f"tune best {key}", **_SHARED
        ),
    )  # fmt: skip


def offer_stop(view: StudyView) -> None:
    """End a study with the trials that are running."""
    is_ending = is_stopping(view.study)
    st.button(
        tr("Ends after this trial…") if is_ending else tr("Stop after this trial"),
        icon=":material/stop:", disabled=is_ending, key="tune stop",
        help=tr(
            "The trials that are running come to their end first. “Cancel” above ends at once; "
            "its trials are run again when the study goes on."
        ),
        on_click=_stop, args=(view,),
    )  # fmt: skip


def _stop(view: StudyView) -> None:
    with errors_shown():
        stop_after_trials(view.study)


def offer_more(settings: Settings, view: StudyView) -> None:
    """Go on with a study that rests."""
    model, train, tune, preprocess = study_configs(view.study)
    done = int(view.outcomes["state"].isin(FINISHED).sum())
    with st.expander(tr("Go on with this study"), icon=":material/play_arrow:"):
        effort = choose_effort(done + _MORE_TRIALS, tune.pruner, f"more {view.name} {done}")
        has_all = effort.n_trials <= done
        if has_all:
            st.caption(tr("It has {count} trials already; ask for more.", count=done))
        if st.button(
            tr("Go on with {name}", name=plain(view.name)), key="tune more",
            icon=":material/play_arrow:", type="primary", disabled=has_all,
        ):  # fmt: skip
            start_study(settings, effort.plan(view.name, Start(model, train, preprocess), tune))
