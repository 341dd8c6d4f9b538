"""Find better settings: start a study, watch its trials, train the best."""

import streamlit as st

from slu.settings import get_settings
from slu.ui.page import errors_shown, open_page
from slu.ui.tune_new import show_new_study
from slu.ui.tune_study import show_studies
from slu.ui.tune_work import requested_study

NEW, STUDIES = VIEWS = ("New study", "Studies")


def choose_view() -> str:
    """What of the page is shown."""
    if requested_study() is not None:
        st.session_state["tune view"] = STUDIES
    st.session_state.setdefault("tune view", NEW)
    return st.segmented_control(
        "View",
        VIEWS,
        key="tune view",
        required=True,
        label_visibility="collapsed",
        persist_state="session",
    )


open_page("Tune", "Find better settings: try many, watch what helps, train the best.")
with errors_shown():
    view = choose_view()
    show = {NEW: show_new_study, STUDIES: show_studies}[view]
    show(get_settings())
