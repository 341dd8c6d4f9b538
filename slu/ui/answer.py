"""A prediction on a page: the sentence, the bars, the sound, and a way to correct it."""

from collections.abc import Mapping, Sequence

import streamlit as st

from slu.audio.features import log_mel
from slu.audio.wav import wav_bytes
from slu.config import LogMelConfig, PreprocessConfig
from slu.errors import SLUError
from slu.inference import Prediction, order_in_words
from slu.monitoring.feedback import FeedbackLog
from slu.service import Answer
from slu.ui.figures import (
    confidence_bars,
    mel_with_attention,
    waveform_with_attention,
)
from slu.ui.language import tr
from slu.ui.sentences import told
from slu.ui.style import CHART_CONFIG, SLOT_COLOURS

_SHOWN_FLOOR = 1e-7


def show_answer(answer: Answer, preprocess: PreprocessConfig) -> None:
    """Say what was understood, how surely, and where in the recording."""
    prediction = answer.prediction
    if prediction.rejected:
        st.warning(told(prediction.rejected), icon=":material/hearing_disabled:")
    else:
        st.success(f"**{in_words(prediction)}**", icon=":material/check_circle:")
    if not prediction.slots:
        return
    for index, column in enumerate(st.columns(len(prediction.slots))):
        slot = list(prediction.slots)[index]
        figure = confidence_bars(
            prediction.slots[slot].probabilities,
            slot.capitalize(),
            SLOT_COLOURS[index % len(SLOT_COLOURS)],
        )
        column.plotly_chart(figure, config=CHART_CONFIG, key=f"confidence {slot}")
    _show_sound(answer, preprocess)
    st.caption(
        tr(
            "Answered in {latency_ms:.0f} ms by {version}; {duration_s:.1f} s of sound, "
            "signal-to-noise ratio about {snr_db:.0f} dB.",
            latency_ms=prediction.latency_ms,
            version=prediction.model_version,
            duration_s=prediction.statistics.duration_s,
            snr_db=prediction.statistics.snr_db,
        )
    )


def in_words(prediction: Prediction) -> str:
    """An answer for reading, numbers first: `3 x beras, 97 %`."""
    order = order_in_words(prediction.labels) or tr("nothing that is in the catalogue")
    return f"{order}, {100 * prediction.joint_confidence:.0f} %"


def show_correction(
    answer: Answer, labels: Mapping[str, Sequence[str]], feedback: FeedbackLog
) -> None:
    """Let a person say what was meant.

    Args:
        answer: what was understood.
        labels: slot -> labels to choose from.
        feedback: where corrections go.
    """
    with st.expander(tr("Wrong? Correct it"), icon=":material/edit:"), st.form("correction"):
        meant, consent = ask_meant(labels, answer.prediction.labels)
        if st.form_submit_button(tr("Save what was meant")):
            _save(answer, meant, feedback, consent)


def ask_meant(
    labels: Mapping[str, Sequence[str]],
    understood: Mapping[str, str],
    key: str = "meant",
    can_keep: bool = True,
) -> tuple[dict[str, str], bool]:
    """Ask what was meant, and whether the recording may be kept.

    Args:
        labels: slot -> labels to choose from.
        understood: slot -> label that is chosen at first.
        key: of the widgets, before the slot's name.
        can_keep: whether there is a recording to be kept.
    """
    meant = {}
    for column, (slot, known) in zip(st.columns(len(labels)), labels.items(), strict=True):
        index = known.index(understood[slot]) if understood.get(slot) in known else 0
        meant[slot] = column.selectbox(slot.capitalize(), known, index, key=f"{key} {slot}")
    question = tr("Keep the recording too, so that the next model learns from it")
    consent = can_keep and st.checkbox(question, key=f"{key} consent")
    return meant, consent


def _show_sound(answer: Answer, preprocess: PreprocessConfig) -> None:
    prediction = answer.prediction
    attention = {slot: found.attention for slot, found in prediction.slots.items()}
    start_s, step_s = prediction.attention_start_s, prediction.attention_step_s
    sample_rate = preprocess.sample_rate
    sound = waveform_with_attention(answer.waveform, sample_rate, attention, start_s, step_s)
    st.plotly_chart(sound, config=CHART_CONFIG, key="sound")
    # For the eye, whatever the model is shown.
    shown = LogMelConfig(power_floor=_SHOWN_FLOOR, f_max_hz=0.475 * sample_rate)
    mel = log_mel(answer.waveform, sample_rate, shown)
    hop_s = shown.hop_length / sample_rate
    spectrogram = mel_with_attention(mel, hop_s, attention, start_s, step_s)
    st.plotly_chart(spectrogram, config=CHART_CONFIG, key="spectrogram")


def _save(answer: Answer, meant: Mapping[str, str], feedback: FeedbackLog, consent: bool) -> None:
    clip = wav_bytes(answer.waveform, answer.sample_rate)
    try:
        feedback.append(answer.request_id, meant, clip, consent=consent)
    except SLUError as error:
        st.error(told(error), icon=":material/error:")
    else:
        st.toast(tr("Thank you, the correction is saved."), icon=":material/thumb_up:")
