"""Studies at work: started, gone on with, stopped."""

import os
from typing import Any

import streamlit as st

from slu.jobs import Job, open_jobs
from slu.settings import Settings, get_settings
from slu.tuning.plan import StudyPlan, plan_study
from slu.tuning.study import is_stopping, stop_after_trials, study_configs
from slu.ui.jobs import start_job
from slu.ui.markdown import plain
from slu.ui.page import errors_shown
from slu.ui.tune import FINISHED, StudyView

CHOSEN = "tune study"
"""Of the session: name of the study that is shown."""

_VISITED, _OPEN = "tune visited", "tune open"
_MORE_TRIALS = 20
_PRUNERS = {
    "median": "Median: worse than the middle of the others",
    "hyperband": "Hyperband: only the best third goes on",
    "none": "None: every trial runs to its end",
}
_MOST_WORKERS = os.cpu_count() or 1


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
    start_job(plan_study(settings, plan), f"Tuning {plan.name}", study=plan.name)
    st.session_state[_OPEN] = plan.name
    st.rerun()


def choose_effort(n_trials: int, pruner: str, key: str) -> dict[str, Any]:
    """How long, by how many, and when a trial is given up.

    Returns:
        `n_trials`, `pruner`, `workers` and `train_best`, as `StudyPlan` calls them.
    """
    left, middle, right = st.columns([1, 2, 1])
    shared: dict[str, Any] = {"persist_state": "session"}
    chosen: dict[str, Any] = {
        "n_trials": left.number_input(
            "Trials in all", 1, 100_000, n_trials, key=f"tune trials {key}",
            help="That the study shall have in the end, those of earlier runs counted.", **shared,
        ),
        "pruner": middle.selectbox(
            "When a trial is given up early", [*_PRUNERS], [*_PRUNERS].index(pruner),
            format_func=_PRUNERS.__getitem__, key=f"tune pruner {key}",
            help="Trials that do badly after their first epochs need not be finished.", **shared,
        ),
        "workers": right.number_input(
            "Workers", 1, _MOST_WORKERS, 1, key=f"tune workers {key}",
            help="Trials that run side by side; each keeps a core busy.", **shared,
        ),
    }  # fmt: skip
    chosen["train_best"] = st.toggle(
        "Then train a model with the best settings", key=f"tune best {key}", **shared
    )
    return chosen


def offer_stop(view: StudyView) -> None:
    """End a study with the trials that are running."""
    is_ending = is_stopping(view.study)
    st.button(
        "Ends after this trial…" if is_ending else "Stop after this trial",
        icon=":material/stop:", disabled=is_ending, key="tune stop",
        help="The trials that are running come to their end first. “Cancel” above ends at once; "
        "its trials are run again when the study goes on.",
        on_click=_stop, args=(view,),
    )  # fmt: skip


def _stop(view: StudyView) -> None:
    with errors_shown():
        stop_after_trials(view.study)


def offer_more(settings: Settings, view: StudyView) -> None:
    """Go on with a study that rests."""
    model, train, tune = study_configs(view.study)
    done = int(view.outcomes["state"].isin(FINISHED).sum())
    with st.expander("Go on with this study", icon=":material/play_arrow:"):
        choices: dict[str, Any] = choose_effort(
            done + _MORE_TRIALS, tune.pruner, f"more {view.name} {done}"
        )
        least = done + 1
        if choices["n_trials"] < least:
            st.caption(f"It has {done} trials already; ask for {least} or more.")
        if st.button(
            f"Go on with {plain(view.name)}", key="tune more", icon=":material/play_arrow:",
            type="primary", disabled=choices["n_trials"] < least,
        ):  # fmt: skip
            tune = tune.model_copy(update={"pruner": choices.pop("pruner")})
            start_study(settings, StudyPlan(view.name, model, train, tune, **choices))
