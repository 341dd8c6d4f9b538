"""Hear a phrase as the voices of a catalogue say it."""

import numpy as np
import streamlit as st

from slu.config import CorpusConfig
from slu.data.prompts import draw_prompt
from slu.samples import draw_readings
from slu.ui.language import tr
from slu.ui.page import errors_shown

_N_VOICES = 3
_LONGEST = 200


def show_readings(corpus: CorpusConfig, key: str) -> None:
    """Let a person type or draw a phrase, and hear it in a few voices.

    Args:
        corpus: phrases, pronunciations and voices.
        key: of the widgets; with another one they begin anew.
    """
    with st.container(border=True):
        st.markdown(tr("**Hear it**"))
        with st.container(horizontal=True, vertical_alignment="bottom"):
            phrase_number = _counted(tr("Another phrase"), f"{key} phrase", ":material/casino:")
            voice_number = _counted(tr("Other voices"), f"{key} voices", ":material/group:")
        drawn = draw_prompt(corpus, (), np.random.default_rng(phrase_number)).text
        text = st.text_input(
            tr("A phrase, drawn or typed"), drawn, _LONGEST, key=f"{key} phrase {phrase_number}"
        )
        as_in_table = st.checkbox(
            tr("Pronounced as the catalogue says"), value=True, key=f"{key} pronounced"
        )
        spoken = corpus if as_in_table else corpus.model_copy(update={"pronunciations": {}})
        if text.strip():
            _play(spoken, text, voice_number)


def _counted(label: str, key: str, icon: str) -> int:
    """A button, and how often it was pressed."""
    number = f"{key} number"
    pressed = st.button(label, key=key, icon=icon)
    st.session_state[number] = st.session_state.get(number, 0) + pressed
    count: int = st.session_state[number]
    return count


def _play(corpus: CorpusConfig, text: str, seed: int) -> None:
    with errors_shown():
        readings = _readings(corpus, text, seed)
        for column, (voice, wav) in zip(st.columns(len(readings)), readings, strict=True):
            column.caption(tr("Voice {voice}", voice=voice))
            column.audio(wav, alt=tr("“{phrase}” by voice {voice}", phrase=text, voice=voice))


# Any other engine than eSpeak may take seconds, and the page runs again with every click.
@st.cache_data(max_entries=20, hash_funcs={CorpusConfig: CorpusConfig.fingerprint})
def _readings(corpus: CorpusConfig, text: str, seed: int) -> list[tuple[str, bytes]]:
    return [
        (reading.voice, reading.speak()) for reading in draw_readings(corpus, text, _N_VOICES, seed)
    ]
