"""The tab of recordings that are worth labelling next: hear each, and say what is meant."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from slu.config import CorpusConfig, load_config
from slu.data.labels import NONE, canonical_label, sort_labels
from slu.inference import Predictor
from slu.labelling import Candidate, Unlabelled, label, listen, unlabelled
from slu.monitoring.reference import Reference
from slu.settings import get_settings
from slu.ui.catalogue_state import catalogue_path
from slu.ui.clips import show_clips
from slu.ui.language import mark, tr, trn
from slu.ui.page import errors_shown, prediction_service
from slu.workflows import training_reference

_LEAST_SURE, _MOST_UNLIKE = mark("Least certain"), mark("Most unlike the training set")
_UNLIKE = {
    "shorter": mark("shorter than {share:.0%} of the training set"),
    "longer": mark("longer than {share:.0%} of the training set"),
    "quieter": mark("quieter than {share:.0%} of the training set"),
    "louder": mark("louder than {share:.0%} of the training set"),
    "more even": mark("more even than {share:.0%} of the training set"),
    "more uneven": mark("more uneven than {share:.0%} of the training set"),
    "noisier": mark("noisier than {share:.0%} of the training set"),
    "cleaner": mark("cleaner than {share:.0%} of the training set"),
}
# Each is heard by the model first, a few milliseconds; the others come when these are labelled.
_MOST = 100


def show_label_next() -> None:
    """Unlabelled recordings, those first from which the model would learn most."""
    predictor = prediction_service().predictor
    corpus = load_config(CorpusConfig, catalogue_path())
    labels = {
        slot: [*sort_labels(map(canonical_label, known)), NONE]
        for slot, known in corpus.slots.items()
    }
    waiting = unlabelled(get_settings(), list(labels))
    if not waiting:
        st.info(
            tr(
                "No recording waits for its labels. Put some into the folder data/unlabelled, one "
                "order in each file."
            ),
            icon=":material/label:",
        )
        return
    with st.spinner(tr("Listening…")):
        candidates = _heard(waiting[:_MOST], predictor)
    order = st.segmented_control(
        tr("First those that are"), [_LEAST_SURE, _MOST_UNLIKE], default=_LEAST_SURE,
        required=True, format_func=tr, key="label order",
    )  # fmt: skip
    st.caption(
        trn(
            "{n} recording waits for its labels. What you label here counts from the next "
            "check-in on.",
            "{n:,} recordings wait for their labels. What you label here counts from the next "
            "check-in on.",
            len(waiting),
        )
    )
    table = _table(candidates, by_rarity=order == _MOST_UNLIKE)
    show_clips(
        table,
        "label next",
        ["confidence", "unlike"],
        below=lambda clip: _offer_labels(clip["candidate"], labels, predictor),
    )


def _heard(waiting: Sequence[Unlabelled], predictor: Predictor) -> list[Candidate]:
    reference = training_reference(get_settings(), predictor.version)
    heard = [_listen(one, predictor.version, predictor, reference) for one in waiting]
    return [candidate for candidate in heard if candidate]


@st.cache_data(max_entries=1000, show_spinner=False)
def _listen(
    recording: Unlabelled, version: str, _predictor: Predictor, _reference: Reference | None
) -> Candidate | None:
    return listen(recording, _predictor, _reference)


def _table(candidates: Sequence[Candidate], by_rarity: bool) -> pd.DataFrame:
    ordered = sorted(candidates, key=lambda c: -c.rarity if by_rarity else c.confidence)
    return pd.DataFrame(
        {
            "audio_path": [str(c.recording.path.resolve()) for c in ordered],
            "confidence": [f"{c.confidence:.0%}" for c in ordered],
            "unlike": [_unlike(c) for c in ordered],
            "candidate": ordered,
        }
    )


def _unlike(candidate: Candidate) -> str:
    if not candidate.extreme:
        return ""
    return tr(_UNLIKE[candidate.extreme], share=(1 + candidate.rarity) / 2)


def _offer_labels(
    candidate: Candidate, labels: Mapping[str, Sequence[str]], predictor: Predictor
) -> None:
    recording = candidate.recording
    with st.form(f"label {recording.request_id}", border=False):
        columns = st.columns([*[2] * len(labels), 1], vertical_alignment="bottom")
        meant: dict[str, Any] = {
            slot: column.selectbox(
                slot.capitalize(),
                known,
                index=_place(candidate.guess.get(slot), known),
                placeholder=tr("What {slot} is said?", slot=slot),
            )
            for column, (slot, known) in zip(columns, labels.items(), strict=False)
        }
        saved = columns[-1].form_submit_button(tr("Save"), icon=":material/check:")
    if saved:
        with errors_shown():
            _save(recording, meant, predictor)


def _place(guess: str | None, known: Sequence[str]) -> int | None:
    return known.index(guess) if guess in known else None


def _save(recording: Unlabelled, meant: Mapping[str, str | None], predictor: Predictor) -> None:
    chosen = {slot: value for slot, value in meant.items() if value is not None}
    if len(chosen) < len(meant):
        st.warning(tr("Choose a label for each, then save."))
        return
    label(prediction_service().feedback, recording, chosen, predictor)
    st.rerun()
