"""Plain words where the browser cannot use the microphone."""

from pathlib import Path

import streamlit as st

from slu.ui.language import mark, tr

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
# By the names that browsers give to errors; the first is any other one.
_PROBLEMS = {
    "Error": mark("The microphone could not be started."),
    "NotSupportedError": mark("This browser cannot use a microphone on this page."),
    "NotAllowedError": mark(
        "This page may not use the microphone. Allow it in the browser (at the left end of the "
        "address line), then press Start again."
    ),
    "NotFoundError": mark("No microphone was found. Plug one in, then press Start again."),
    "NotReadableError": mark(
        "The microphone cannot be opened; another program may be using it. Close that program, "
        "then press Start again."
    ),
    "OverconstrainedError": mark(
        "The chosen microphone is not there any more. Choose another one, then press Start again."
    ),
}


def show_microphone_problems() -> None:
    """Say what keeps the browser from the microphone, as soon as it is known."""
    component = st.components.v2.component("microphone", html=_HTML, css=_STYLE, js=_SCRIPT)
    instead = tr("Without it, use Record or Upload instead.")
    words = {name: f"{tr(problem)} {instead}" for name, problem in _PROBLEMS.items()}
    component(key="microphone problems", data=words, height="content")
