"""What a session heard last, kept over reruns of the page."""

import hashlib
from dataclasses import dataclass

import streamlit as st

from slu.errors import SLUError
from slu.service import Answer, PredictionService, Source

_HEARD = "heard"


@dataclass(frozen=True)
class Heard:
    """A recording and what became of it."""

    content: bytes
    """As it came from the browser."""
    source: Source
    answer: Answer | None
    problem: str | None
    """Why there is no answer."""


def hear(service: PredictionService, content: bytes, source: Source) -> None:
    """Understand a recording, once: widgets give the same one again on every rerun."""
    digest = hashlib.sha256(content).hexdigest()
    if st.session_state.get(f"{source} digest") == digest:
        return
    st.session_state[f"{source} digest"] = digest
    try:
        answer, problem = service.predict(content, source), None
    except SLUError as error:
        answer, problem = None, str(error)
    st.session_state[_HEARD] = Heard(content, source, answer, problem)


def last_heard() -> Heard | None:
    """What this session heard last."""
    heard: Heard | None = st.session_state.get(_HEARD)
    return heard
