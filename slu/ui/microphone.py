"""Plain words where the browser cannot use the microphone."""

from pathlib import Path

import streamlit as st

_SCRIPT = Path(__file__).with_name("microphone.js").read_text("utf-8")
_HTML = '<div role="alert" hidden></div>'
_STYLE = """
[role=alert] {
  padding: 0.75rem 1rem;
  border-radius: var(--st-base-radius);
  color: var(--st-red-text-color);
  background: var(--st-red-background-color);
  font-family: var(--st-font);
}
[role=alert][hidden] { display: none; }
"""


def show_microphone_problems() -> None:
    """Say what keeps the browser from the microphone, as soon as it is known."""
    component = st.components.v2.component("microphone", html=_HTML, css=_STYLE, js=_SCRIPT)
    component(key="microphone problems", height="content")
