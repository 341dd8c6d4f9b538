"""Teach a model: choose settings, start, watch it learn, compare runs."""

import streamlit as st

from slu.settings import get_settings
from slu.ui.page import errors_shown, open_page
from slu.ui.train_comparison import compare_runs
from slu.ui.train_new import show_new_run
from slu.ui.train_run import requested_run, show_runs

NEW, RUNS, COMPARE = VIEWS = ("New run", "Runs", "Compare")


def choose_view() -> str:
    """What of the page is shown."""
    if requested_run() is not None:
        st.session_state["train view"] = RUNS
    st.session_state.setdefault("train view", NEW)
    return st.segmented_control(
        "View",
        VIEWS,
        key="train view",
        required=True,
        label_visibility="collapsed",
        persist_state="session",
    )


open_page("Train", "Teach a model your orders: choose how, watch it learn, compare what came out.")
with errors_shown():
    view = choose_view()
    show = {NEW: show_new_run, RUNS: show_runs, COMPARE: compare_runs}[view]
    show(get_settings())
