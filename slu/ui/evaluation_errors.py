"""The worst errors first: wrong, and sure of it."""

import streamlit as st

from slu.evaluation.predictions import worst_errors
from slu.ui.clips import show_clips
from slu.ui.evaluation import CAPTION, Judged, described
from slu.ui.language import tr


def show_errors(judged: Judged) -> None:
    """Every clip that was not understood, the most confident error first."""
    rows = worst_errors(judged.predictions, judged.slots)
    if rows.empty:
        st.success(tr("Every clip was understood."), icon=":material/check_circle:")
        return
    show_clips(
        described(rows, judged.slots),
        key=f"errors {judged.key}",
        caption=CAPTION,
        title=tr(
            "{wrong:,} of {all:,} clips not understood, the surest error first",
            wrong=len(rows),
            all=len(judged.predictions),
        ),
    )
