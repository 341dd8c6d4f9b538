"""Record prompted phrases: say what is shown, keep it or say it again, up to a goal."""

import zlib
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import streamlit as st

from slu.config import CorpusConfig, QualityConfig
from slu.data.prompts import Prompt, draw_prompt, said_labels
from slu.data.recordings import Recordings
from slu.data.takes import Take, check_take
from slu.errors import AudioError
from slu.ui.language import tr
from slu.ui.markdown import plain
from slu.ui.page import warn_without_microphone
from slu.ui.sentences import told


@dataclass
class _Session:
    """What one speaker did with one catalogue since the page was opened."""

    prompt: Prompt | None = None
    """What is asked for; it must not change between being said and being kept."""
    n_takes: int = 0
    """Each take has a recorder of its own: one that holds a recording cannot be emptied."""
    passed_over: list[Prompt] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    """Ids of recordings, the latest last."""


def record_prompts(
    corpus: CorpusConfig, recordings: Recordings, limits: QualityConfig, speaker: str, goal: int
) -> None:
    """Ask a speaker for phrases, one after another, and keep what they say.

    Args:
        corpus: draws the phrases; labels that the speaker said least come first.
        recordings: where takes are kept.
        limits: when a take cannot be used.
        speaker: a clean name.
        goal: recordings that are wished for.
    """
    sessions = st.session_state.setdefault("recording sessions", {})
    session: _Session = sessions.setdefault((speaker, corpus.fingerprint()), _Session())
    table = recordings.read()
    own = table[table["speaker"].str.casefold() == speaker.casefold()]
    st.progress(
        min(1.0, len(own) / goal),
        text=tr(
            "{count} of {goal} by {speaker}", count=len(own), goal=goal, speaker=plain(speaker)
        ),
    )
    if session.prompt is None:
        session.prompt = _next_prompt(corpus, own, session, speaker)
    with st.container(border=True):
        st.caption(tr("Say"))
        st.subheader(f"“{plain(session.prompt.text)}”", anchor=False)
        _offer_take(recordings, session.prompt, speaker, session, limits)
    _offer_undo(recordings, session)


def _next_prompt(
    corpus: CorpusConfig, own: pd.DataFrame, session: _Session, speaker: str
) -> Prompt:
    """What was said least, in another order for each speaker."""
    said = [*said_labels(own, list(corpus.slots)), *(p.labels for p in session.passed_over)]
    seed = (corpus.seed, zlib.crc32(speaker.casefold().encode()), len(said))
    return draw_prompt(corpus, said, np.random.default_rng(seed))


def _offer_take(
    recordings: Recordings, prompt: Prompt, speaker: str, session: _Session, limits: QualityConfig
) -> None:
    warn_without_microphone()
    clip = st.audio_input(
        tr("Press the microphone, say the phrase, and press it again"),
        key=f"take {session.n_takes} of {speaker}: {prompt.text}",
    )
    take = _checked(clip.getvalue(), limits) if clip is not None else None
    with st.container(horizontal=True):
        keep = st.button(tr("Keep it, next"), type="primary", disabled=take is None)
        again = st.button(tr("Record again"), disabled=clip is None)
        skip = st.button(tr("Another phrase"), help=tr("Passes over this one"))
    if keep and take is not None:
        session.kept.append(recordings.add(take, prompt, speaker))
        session.prompt = None
    if skip:
        session.passed_over.append(prompt)
        session.prompt = None
    if keep or again or skip:
        session.n_takes += 1
        st.rerun()


def _checked(content: bytes, limits: QualityConfig) -> Take | None:
    try:
        take = check_take(content, limits)
    except AudioError as error:
        st.error(told(error), icon=":material/hearing_disabled:")
        return None
    st.success(
        tr(
            "Good, {duration_s:.1f} s. Listen to it above, or keep it.",
            duration_s=take.facts.duration_s,
        )
    )
    return take


def _offer_undo(recordings: Recordings, session: _Session) -> None:
    if session.kept and st.button(tr("Undo the last one"), icon=":material/undo:"):
        recordings.remove(session.kept.pop())
        st.rerun()
