"""The tab in which people record phrases of the catalogue."""

import streamlit as st

from slu.config import CorpusConfig, load_config
from slu.data.recordings import Recordings, clean_name
from slu.settings import get_settings
from slu.ui.catalogue_state import catalogue_path
from slu.ui.clips import show_clips
from slu.ui.corpus import data_config
from slu.ui.language import tr
from slu.ui.markdown import plain
from slu.ui.recorder import record_prompts
from slu.ui.teach import show_teaching

_SPEAKER, _GOAL = "recording speaker", "recording goal"


def show_recording() -> None:
    """Choose who speaks, record phrase after phrase, and listen to what was kept."""
    corpus, config = load_config(CorpusConfig, catalogue_path()), data_config()
    recordings = Recordings(get_settings().data_dir / "raw" / "recorded", list(corpus.slots))
    st.caption(
        tr(
            "Real voices teach a model what synthetic ones cannot. Ask a few people; what was said "
            "least is asked for first."
        )
    )
    speaker, goal = _ask_who(recordings)
    if speaker:
        record_prompts(corpus, recordings, config.quality, clean_name(speaker), goal)
    else:
        st.info(tr("Type who speaks, and the first phrase appears."), icon=":material/person:")
    _show_kept(recordings)
    show_teaching(recordings)


def _ask_who(recordings: Recordings) -> tuple[str, int]:
    """The speaker's name as it was typed, and how many recordings are wished for."""
    left, right = st.columns([2, 1])
    # Widgets forget when another tab is looked at; the session does not.
    speaker = left.text_input(tr("Who speaks?"), st.session_state.get(_SPEAKER, ""))
    goal = right.number_input(
        tr("Goal"), 1, 10_000, st.session_state.get(_GOAL, 50),
        help=tr("Recordings of this speaker"),
    )  # fmt: skip
    st.session_state[_SPEAKER], st.session_state[_GOAL] = speaker, goal
    counts = recordings.read()["speaker"].value_counts()
    if not counts.empty:
        so_far = ", ".join(f"{plain(name)} {count:,}" for name, count in counts.items())
        st.caption(tr("So far: {counts}.", counts=so_far))
    return speaker.strip(), int(goal)


def _show_kept(recordings: Recordings) -> None:
    table = recordings.read().iloc[::-1]
    if table.empty:
        return

    def offer_deletion(clip: dict[str, str]) -> None:
        if st.button(tr("Delete"), key=f"delete {clip['id']}", icon=":material/delete:"):
            recordings.remove(clip["id"])
            st.rerun()

    title = tr("What was recorded: {count:,}", count=len(table))
    with st.expander(title, icon=":material/library_music:"):
        show_clips(table, "recorded", ["text", "speaker"], below=offer_deletion)
