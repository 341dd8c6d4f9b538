"""See what the recordings hold, and hear what lies behind every figure."""

import streamlit as st

from slu.settings import get_settings
from slu.ui.explore import Clips, filtered, read_clips
from slu.ui.explore_charts import show_labels, show_recordings
from slu.ui.explore_map import show_map
from slu.ui.language import mark, tr
from slu.ui.page import errors_shown, open_page, open_tab

VIEWS = {
    mark("Labels"): show_labels,
    mark("Recordings"): show_recordings,
    mark("Map of clips"): lambda clips: show_map(clips, get_settings()),
}


def lead_to_data() -> None:
    """Where data comes from."""
    st.info(tr("There is no data yet. Make or add recordings first."), icon=":material/database:")
    st.page_link("pages/1_Data.py", label=tr("Make or add recordings"), icon=":material/database:")


def count(clips: Clips) -> None:
    """How much is looked at."""
    summary = clips.summary
    st.caption(
        tr(
            "{clips:,} clips · {minutes:,.0f} minutes · {speakers:,} speakers. Click a bar, a cell "
            "or a point to hear the clips behind it; click it again to close them.",
            clips=summary.utterances,
            minutes=summary.total_duration_s / 60,
            speakers=len(summary.speakers),
        )
    )


def look(clips: Clips) -> None:
    """One view at a time, so that the first one is there soon."""
    view, tab = open_tab("explore view", list(VIEWS))
    with tab:
        VIEWS[view](clips)


open_page(
    tr("Explore"), tr("See what your recordings hold, and hear the clips behind every figure.")
)
with errors_shown():
    every_clip = read_clips(get_settings())
    if every_clip is None:
        lead_to_data()
    else:
        clips = filtered(every_clip)
        count(clips)
        if clips.table.empty:
            st.info(
                tr("No clip has all of this; take a filter away."), icon=":material/filter_alt:"
            )
        else:
            look(clips)
