"""optuna-dashboard in the page, for those who want more."""

from urllib.parse import urlsplit

import streamlit as st

from slu.dashboard import HOST, open_dashboard
from slu.settings import Settings
from slu.ui.language import tr
from slu.ui.page import LOCAL_HOSTS
from slu.ui.tune import StudyView

_HEIGHT = 800


def show_dashboard(settings: Settings, view: StudyView) -> None:
    """Start it if it does not run, and show this study in it.

    Raises:
        StudyError: it does not start.
    """
    with st.spinner(tr("Starting optuna-dashboard…")):
        dashboard = open_dashboard(settings)
    url = dashboard.study_url(view.store.id(view.name))
    if urlsplit(st.context.url or "").hostname not in (*LOCAL_HOSTS, None):
        st.warning(
            tr(
                "optuna-dashboard can be seen only on the computer that the app runs on, as it "
                "asks nobody who they are. To see it here, forward port {port} of {host}, for "
                "instance with ssh -L.",
                port=dashboard.port,
                host=HOST,
            ),
            icon=":material/lock:",
        )
    st.link_button(tr("Open in a tab of its own"), url, icon=":material/open_in_new:")
    st.iframe(url, height=_HEIGHT, alt="optuna-dashboard")
