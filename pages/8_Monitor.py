"""See how the model in use does: traffic, speed, confidence, drift and what is not right."""

import streamlit as st

from slu.settings import get_settings
from slu.ui.language import mark, tr
from slu.ui.monitor import Watched, choose, open_watch
from slu.ui.monitor_accuracy import show_models
from slu.ui.monitor_alerts import show_alerts
from slu.ui.monitor_charts import show_answers, show_sound, show_summary, show_traffic
from slu.ui.monitor_drift import show_drift
from slu.ui.page import errors_shown, open_page, open_tab

VIEWS = {
    mark("Traffic"): show_traffic,
    mark("Answers"): show_answers,
    mark("Sound"): show_sound,
    mark("Drift"): show_drift,
    mark("Models"): show_models,
}


def lead_to_talking() -> None:
    """Where requests come from."""
    st.info(tr("Nobody has asked anything yet."), icon=":material/monitoring:")
    st.page_link("pages/7_Predict.py", label=tr("Talk to the model"), icon=":material/mic:")
    st.caption(tr("Requests to the API (`slu serve`) show here as well."))


def look(watched: Watched) -> None:
    """One view at a time, so that the first one is there soon."""
    view, tab = open_tab("monitor view", list(VIEWS))
    with tab, errors_shown():
        VIEWS[view](watched)


open_page(
    tr("Monitor"), tr("See how the model does at work, and the requests behind every figure.")
)
with errors_shown():
    watch = open_watch(get_settings())
    if watch.analytics.last_ts() is None:
        lead_to_talking()
    else:
        with errors_shown():
            show_alerts(watch)
        watched = choose(watch)
        if show_summary(watched):
            look(watched)
