"""Say what a shop sells, have it spoken, record and upload clips, and check them."""

import streamlit as st

from slu.ui.catalogue import show_catalogue
from slu.ui.corpus import show_corpus
from slu.ui.label_next import show_label_next
from slu.ui.page import errors_shown, open_page
from slu.ui.quality import show_quality
from slu.ui.recording import show_recording
from slu.ui.upload import show_upload

TABS = {
    "Catalogue": show_catalogue,
    "Record": show_recording,
    "Upload": show_upload,
    "Quality": show_quality,
    "Label next": show_label_next,
}

open_page("Data", "Say what your shop sells, make and record clips of it, and check them.")
with errors_shown():
    show_corpus()
tabs = st.tabs(list(TABS), key="data tab", on_change="rerun")
for tab, show in zip(tabs, TABS.values(), strict=True):
    # Only what is seen is worked out.
    if tab.open:
        with tab, errors_shown():
            show()
