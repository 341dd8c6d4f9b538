"""One study: how far it is, its figures, one of its trials, and what can be done with it."""

import streamlit as st

from slu.settings import Settings
from slu.tuning.store import StudyStore
from slu.ui.jobs import show_job
from slu.ui.language import mark, tr
from slu.ui.page import errors_shown, open_tab
from slu.ui.tune import FINISHED, TRIAL, StudyView, open_store, view_study
from slu.ui.tune_marks import value_text
from slu.ui.tune_trial import show_trial
from slu.ui.tune_views import VIEWS
from slu.ui.tune_work import CHOSEN, is_live, offer_more, offer_stop, study_jobs

_UPDATE_EVERY_S = 2.0
_TITLES = {"joint_accuracy": mark("Best: all slots right"), "loss": mark("Best: lowest loss")}
_COUNTED = {"pruned": mark("Given up"), "running": mark("Running"), "fail": mark("Failed")}


def show_studies(settings: Settings) -> None:
    """Choose one of the studies and see all about it.

    Raises:
        StudyError: the database cannot be used.
    """
    store, jobs = open_store(settings), study_jobs()
    counts = {study.name: study for study in store.studies()} if store else {}
    # One whose first trial has not begun is a job only.
    names = [*(name for name in jobs if name not in counts and is_live(jobs[name])), *counts]
    if not names:
        st.info(tr("No study was begun yet. Start with “New study”."), icon=":material/tune:")
        return
    if st.session_state.get(CHOSEN) not in names:
        st.session_state[CHOSEN] = names[0]
    name = st.selectbox(
        tr("Study"), names, key=CHOSEN, persist_state="session", on_change=_forget_trial
    )
    job = jobs.get(name)
    if job is not None:
        show_job(job.id)
    if store is None or name not in counts:
        st.caption(tr("The figures begin when its first trial does."))
        if is_live(job):
            st.fragment(_wait_for_study, run_every=_UPDATE_EVERY_S)(settings, name)
        return
    is_at_work = is_live(job) or counts[name].n_running > 0
    if not is_at_work:
        with errors_shown():
            offer_more(settings, view_study(store, name))
    st.fragment(_show_study, run_every=_UPDATE_EVERY_S if is_at_work else None)(
        settings, store, name, is_at_work
    )


def _wait_for_study(settings: Settings, name: str) -> None:
    """Draw the page anew when the study is there."""
    with errors_shown():
        store = open_store(settings)
        if store is not None and any(study.name == name for study in store.studies()):
            st.rerun()


def _show_study(settings: Settings, store: StudyStore, name: str, is_at_work: bool) -> None:
    """Everything about a study, as it is now."""
    with errors_shown():
        view = view_study(store, name)
        _show_summary(view)
        if is_at_work:
            offer_stop(view)
        title, tab = open_tab("tune tab", list(VIEWS))
        with tab, errors_shown():
            VIEWS[title](settings, view)
        show_trial(settings, view)


def _show_summary(view: StudyView) -> None:
    counts = view.outcomes["state"].value_counts()
    best = view.best_first["value"].iloc[0] if view.best is not None else float("nan")
    with st.container(horizontal=True):
        st.metric(tr(_TITLES[view.metric]), value_text(view, best), width="content")
        done = sum(int(counts.get(state, 0)) for state in FINISHED)
        st.metric(tr("Trials done"), f"{done:,}", width="content")
        for state, name in _COUNTED.items():
            if state in counts:
                st.metric(tr(name), f"{counts[state]:,}", width="content")


def _forget_trial() -> None:
    st.session_state[TRIAL] = None
