"""Talk to the model in use: live, or record, upload, or try a sample."""

import streamlit as st

from slu.config import CorpusConfig, load_config
from slu.samples import Sample, draw_samples
from slu.service import PredictionService
from slu.settings import get_settings
from slu.ui.answer import show_answer, show_correction
from slu.ui.hearing import hear, last_heard
from slu.ui.language import mark, tr
from slu.ui.live import talk_live
from slu.ui.page import (
    draw_tabs,
    errors_shown,
    open_page,
    prediction_service,
    warn_without_microphone,
)
from slu.ui.sentences import told

FORMATS = ["wav", "mp3", "flac", "ogg", "webm", "m4a", "opus", "mp4"]
WAYS = (mark("Record"), mark("Live"), mark("Upload"), mark("Try a sample"))
N_SAMPLES = 12
# Not the corpus' own seed, so that other voices say other phrases.
SAMPLE_SEED = 2026


def samples() -> list[Sample]:
    """Orders of the catalogue as it is now, in voices drawn anew."""
    corpus = load_config(CorpusConfig, get_settings().project_root / "configs/corpus.yaml")
    return drawn(corpus.fingerprint(), corpus)


@st.cache_data(max_entries=4)
def drawn(fingerprint: str, _corpus: CorpusConfig) -> list[Sample]:
    """The samples of a catalogue, which its fingerprint tells apart from others."""
    return draw_samples(_corpus, N_SAMPLES, SAMPLE_SEED)


def listen(service: PredictionService) -> None:
    """Four ways to be heard; recordings are answered below, live talk in its own tab."""
    record, live, upload, sample = draw_tabs("ways to be heard", WAYS)
    with record:
        warn_without_microphone()
        clip = st.audio_input(tr("Press the microphone, say an order, and press it again"))
        if clip is not None:
            hear(service, clip.getvalue(), "record")
    with live:
        if live.open:  # elsewhere nobody listens
            talk_live(service, get_settings())
    with upload:
        # The type filter would turn away a .webm that a browser calls a video.
        told = tr("A recording: {formats}", formats=", ".join(FORMATS[:6]))
        file = st.file_uploader(told, type=FORMATS)
        if file is not None:
            hear(service, file.getvalue(), "upload")
    with sample, errors_shown():
        label = tr("An order, spoken by the synthesiser")
        chosen = st.selectbox(label, samples(), format_func=title)
        if st.button(tr("Let the model hear it"), icon=":material/play_arrow:"):
            hear(service, chosen.speak(), "upload")
    if not live.open:
        show_last(service)


def catalogue(service: PredictionService) -> str:
    """What can be understood."""
    return "; ".join(", ".join(words) for words in service.predictor.vocabulary.values())


def title(sample: Sample) -> str:
    """How a sample is listed."""
    return f"“{sample.text}”"


def show_last(service: PredictionService) -> None:
    """The last recording and what was understood."""
    heard = last_heard()
    if heard is None:
        st.info(tr('Say something like "catat tiga beras".'), icon=":material/mic:")
        return
    if heard.source != "record":  # the recorder has a player of its own
        st.audio(heard.content)
    if heard.problem is not None:
        st.error(told(heard.problem), icon=":material/error:")
    if heard.answer is not None:
        show_answer(heard.answer, service.predictor.preprocess)
        show_correction(heard.answer, service.predictor.labels, service.feedback)


open_page(tr("Talk to it"), tr("Say an order and see what is understood, how surely, and where."))
with errors_shown():
    service = prediction_service()
    st.caption(tr("It knows: {catalogue}.", catalogue=catalogue(service)))
    listen(service)
