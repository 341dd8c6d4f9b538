"""Find better settings: start a study, watch its trials, train the best."""

from slu.settings import get_settings
from slu.ui.language import mark, tr
from slu.ui.page import choose_view, errors_shown, open_page
from slu.ui.tune_new import show_new_study
from slu.ui.tune_study import show_studies
from slu.ui.tune_work import requested_study

NEW, STUDIES = VIEWS = (mark("New study"), mark("Studies"))


open_page(tr("Tune"), tr("Find better settings: try many, watch what helps, train the best."))
with errors_shown():
    wanted = STUDIES if requested_study() is not None else None
    view = choose_view("tune view", VIEWS, wanted)
    show = {NEW: show_new_study, STUDIES: show_studies}[view]
    show(get_settings())
