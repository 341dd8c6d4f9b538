"""Say what a shop sells, have it spoken, record and upload clips, and check them."""

from slu.ui.catalogue import show_catalogue
from slu.ui.corpus import show_corpus
from slu.ui.label_next import show_label_next
from slu.ui.language import mark, tr
from slu.ui.page import errors_shown, open_page, open_tab
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

open_page(tr("Data"), tr("Say what your shop sells, make and record clips of it, and check them."))
with errors_shown():
    show_corpus()
name, tab = open_tab("data tab", list(TABS))
with tab, errors_shown():
    TABS[name]()
