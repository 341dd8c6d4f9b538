"""Say what a shop sells, have it spoken, record and upload clips, and check them."""

import streamlit as st

from slu.ui.catalogue import show_catalogue
from slu.ui.corpus import show_corpus
from slu.ui.label_next import show_label_next
from slu.ui.language import mark, tr
from slu.ui.page import errors_shown, open_page
from slu.ui.quality import show_quality
from slu.ui.recording import show_recording
from slu.ui.upload import show_upload

TABS = {
    mark("Catalogue"): show_catalogue,
    mark("Record"): show_recording,
    mark("Upload"): show_upload,
    mark("Quality"): show_quality,
    mark("Label next"): show_label_next,
}
_CHOSEN, _SHOWN = "data tab", "data tab shown"

open_page(tr("Data"), tr("Say what your shop sells, make and record clips of it, and check them."))
with errors_shown():
    show_corpus()
titles = [tr(name) for name in TABS]
# A tab is chosen by its title, which another language alters.
if _SHOWN in st.session_state and st.session_state.get(_CHOSEN) not in titles:
    st.session_state[_CHOSEN] = tr(st.session_state[_SHOWN])
tabs = st.tabs(titles, key=_CHOSEN, on_change="rerun")
for tab, (name, show) in zip(tabs, TABS.items(), strict=True):
    # Only what is seen is worked out.
    if tab.open:
        st.session_state[_SHOWN] = name
        with tab, errors_shown():
            show()
