"""Teach a model: choose settings, start, watch it learn, compare runs."""

from slu.settings import get_settings
from slu.ui.language import mark, tr
from slu.ui.page import choose_view, errors_shown, open_page
from slu.ui.train_comparison import compare_runs
from slu.ui.train_new import show_new_run
from slu.ui.train_run import requested_run, show_runs

NEW, RUNS, COMPARE = VIEWS = (mark("New run"), mark("Runs"), mark("Compare"))


open_page(
    tr("Train"),
    tr("Teach a model your orders: choose how, watch it learn, compare what came out."),
)
with errors_shown():
    wanted = RUNS if requested_run() is not None else None
    view = choose_view("train view", VIEWS, wanted)
    show = {NEW: show_new_run, RUNS: show_runs, COMPARE: compare_runs}[view]
    show(get_settings())
