"""What the live microphone hears: state, level, the words so far, and how sure each slot is."""

from pathlib import Path
from typing import Any

import streamlit as st

from slu.inference import Prediction
from slu.live.session import Heard, LiveState, LiveView
from slu.ui.answer import in_words
from slu.ui.language import mark, tr
from slu.ui.sentences import told
from slu.ui.style import SLOT_COLOURS

_SHOWN_LABELS = 3
_QUIETEST_DB = -60.0
_STATE_WORDS = {
    LiveState.OFF: mark("Not listening"),
    LiveState.LISTENING: mark("Listening"),
    LiveState.SPEAKING: mark("Speaking"),
    LiveState.THINKING: mark("Thinking"),
}
_HINT = mark("Press Start and say something like “catat tiga beras”.")
_HTML = """
<div class="panel">
  <div class="top">
    <span class="state"></span>
    <div class="meter" role="meter" aria-valuemin="0" aria-valuemax="100">
      <div class="level"></div>
    </div>
  </div>
  <div class="said" role="status"><p class="sentence"></p><p class="note"></p></div>
  <div class="slots"></div>
</div>
"""


def show_panel(view: LiveView, last: Heard | None, is_new: bool) -> None:
    """Draw it, or move what has changed.

    Args:
        view: what is heard at this moment.
        last: the utterance before, shown while nobody speaks.
        is_new: whether it was answered just now.
    """
    here = Path(__file__)
    component = st.components.v2.component(
        "live_panel",
        html=_HTML,
        css=here.with_suffix(".css").read_text("utf-8"),
        js=here.with_suffix(".js").read_text("utf-8"),
    )
    component(key="live panel", data=panel_content(view, last, is_new), height="content")


def panel_content(view: LiveView, last: Heard | None, is_new: bool) -> dict[str, Any]:
    """All that the panel shows, as its script takes it."""
    # Between the last word and the answer, what was guessed stays.
    is_open = view.state is LiveState.SPEAKING or (view.state is LiveState.THINKING and not is_new)
    level = (view.level_db - _QUIETEST_DB) / -_QUIETEST_DB
    return {
        "state": view.state,
        "words": tr(_STATE_WORDS[view.state]),
        "meter": tr("Level"),
        "level": round(min(1.0, max(0.0, level)), 2),
        **(_guess(view.guess) if is_open else _last(last)),
    }


def _guess(guess: Prediction | None) -> dict[str, Any]:
    """What was said so far, whether or not it would do for an answer."""
    sentence = in_words(guess) if guess and guess.slots else ""
    return {
        "tone": "guess", "sentence": f"{sentence} …", "note": tr("so far"), "slots": _slots(guess)
    }  # fmt: skip


def _last(last: Heard | None) -> dict[str, Any]:
    if last is None:
        return {"tone": "hint", "sentence": tr(_HINT), "note": "", "slots": []}
    if last.answer is None:
        problem = told(last.problem or "")
        return {"tone": "problem", "sentence": problem, "note": "", "slots": []}
    prediction = last.answer.prediction
    return {
        "tone": "rejected" if prediction.rejected else "understood",
        "sentence": told(prediction.rejected or "") or in_words(prediction),
        "note": tr(
            "answered in {latency_ms:.0f} ms, {duration_s:.1f} s of sound",
            latency_ms=prediction.latency_ms,
            duration_s=prediction.statistics.duration_s,
        ),
        "slots": _slots(prediction),
    }


def _slots(prediction: Prediction | None) -> list[dict[str, Any]]:
    """The likeliest labels of each slot, the best first."""
    return [
        {
            "name": slot.capitalize(),
            "colour": SLOT_COLOURS[index % len(SLOT_COLOURS)],
            "rows": [
                {"label": label, "share": round(share, 3)}
                for label, share in sorted(
                    found.probabilities.items(), key=lambda item: item[1], reverse=True
                )[:_SHOWN_LABELS]
            ],
        }
        for index, (slot, found) in enumerate((prediction.slots if prediction else {}).items())
    ]
