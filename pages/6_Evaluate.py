"""Judge a version: how good it is, where it fails, and whether to put it to use."""

import streamlit as st

from slu.settings import get_settings
from slu.ui.clips import source_name
from slu.ui.comparison import show_comparison
from slu.ui.evaluation import Judged
from slu.ui.evaluation_choice import choose_recordings, choose_version
from slu.ui.evaluation_confidence import show_confidence
from slu.ui.evaluation_confusion import show_confusion
from slu.ui.evaluation_errors import show_errors
from slu.ui.evaluation_export import show_export
from slu.ui.evaluation_noise import show_noise
from slu.ui.evaluation_rejection import of_orders, show_rejection
from slu.ui.evaluation_scores import show_scores
from slu.ui.evaluation_sources import show_sources
from slu.ui.evaluation_use import show_use
from slu.ui.evaluation_work import show_judged
from slu.ui.language import mark, tr
from slu.ui.page import errors_shown, open_page
from slu.workflows import open_registry

VIEWS = (
    mark("Scores"), mark("Confusion"), mark("Errors"), mark("Confidence"), mark("Rejection"),
    mark("Noise"), mark("Compare"),
)  # fmt: skip


def choose_sources(judged: Judged) -> Judged:
    """Keep clips of some sources, where there are several."""
    sources = sorted(filter(None, judged.predictions["source"].unique()))
    if len(sources) < 2:
        return judged
    chosen = st.pills(
        tr("Only clips that are"), sources, format_func=source_name, selection_mode="multi",
        key="judged sources", persist_state="session",
    )  # fmt: skip
    return judged.of_sources(chosen)


@st.fragment
def show_views(judged: Judged) -> None:
    """One view of the evaluation; a click in it reruns nothing else."""
    view = st.segmented_control(
        tr("View"), VIEWS, default=VIEWS[0], format_func=tr, key="evaluation view", required=True,
        label_visibility="collapsed", persist_state="session",
    )  # fmt: skip
    with errors_shown():
        match view:
            case "Confusion":
                show_confusion(of_orders(judged))
            case "Errors":
                show_errors(of_orders(judged))
            case "Confidence":
                show_confidence(of_orders(judged), registry)
                show_sources(of_orders(judged))
            case "Rejection":
                show_rejection(settings, registry, judged)
            case "Noise":
                show_noise(settings, judged.subject)
            case "Compare":
                show_comparison(settings, registry, of_orders(judged))
            case _:
                show_scores(of_orders(judged))


open_page(
    tr("Evaluate"),
    tr("How good is a version, where does it fail, and should it be put to use?"),
)
settings = get_settings()
registry = open_registry(settings)
version, table, part = st.columns(3)
entry = choose_version(version, registry)
if entry is not None:
    subject = None
    with errors_shown():
        subject = choose_recordings(table, part, settings, entry)
    show_use(registry, entry)
    with errors_shown():
        show_export(settings, entry)
    if subject is not None:
        with errors_shown():
            judged = show_judged(settings, subject)
            if judged is not None:
                show_views(choose_sources(judged))
