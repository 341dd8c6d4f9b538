"""From a recording to features: the settings, and what they do to one clip."""

from functools import lru_cache
from pathlib import Path

import streamlit as st

from slu.audio.features import log_mel
from slu.audio.framing import frame_utterance, speech_span
from slu.audio.front_end import FrontEnd, make_front_end
from slu.audio.types import Features, Waveform
from slu.audio.wav import wav_bytes
from slu.config import (
    FramingConfig,
    LogMelConfig,
    PreprocessConfig,
    SpeechEmbeddingConfig,
    load_config,
    update_config,
)
from slu.config.preprocess import EMBEDDING_MIN_PAD_S, EMBEDDING_SAMPLE_RATE
from slu.errors import ConfigError
from slu.settings import Settings
from slu.ui.clip_choice import Clip
from slu.ui.config_form import ConfigForm
from slu.ui.controls import summary
from slu.ui.language import tr
from slu.ui.page import errors_shown
from slu.ui.sentences import translated
from slu.ui.sound_figures import features_figure, spectrogram_figure, waveform_figure
from slu.ui.style import CHART_CONFIG

CONFIG_PATH = Path("configs/preprocess.yaml")
"""Relative to the project root."""

_SHOWN = "preprocess shown"
_SHOWN_FLOOR = 1e-7
_LIMITS = ("sample_rate", "min_duration_s", "max_duration_s")


def preprocess_form(settings: Settings) -> ConfigForm[PreprocessConfig]:
    """The settings as they are saved; a damaged file is named, and the standard ones shown."""
    try:
        saved = load_config(PreprocessConfig, settings.project_root / CONFIG_PATH)
    except ConfigError as error:
        st.error(
            tr(
                "{problem}. Below are the standard settings; saving them writes the file anew.",
                problem=translated(str(error)),
            ),
            icon=":material/error:",
        )
        saved = PreprocessConfig()
    form = ConfigForm("preprocess", saved)
    form.begin()
    return form


@st.fragment
def show_front_end(clip: Clip, form: ConfigForm[PreprocessConfig], settings: Settings) -> None:
    """Settings beside what they do to a clip; a change reruns only this."""
    controls, pictures = st.columns([1, 2], gap="large")
    with controls:
        _show_controls(form)
        config = checked(form)
        form.show_save(
            tr("Save these settings"), config, CONFIG_PATH, lambda chosen: save(chosen, settings)
        )
    # The pictures stay while two sliders contradict each other.
    shown = config or st.session_state.get(_SHOWN, form.saved)
    st.session_state[_SHOWN] = shown
    with pictures, errors_shown():
        _show_steps(clip.decode(shown.sample_rate), shown)


def checked(form: ConfigForm[PreprocessConfig]) -> PreprocessConfig | None:
    """What the controls say; none while it is not allowed, which is then said in words."""
    try:
        return form.config()
    except ConfigError as error:
        form.show_problems(error)
        return None


def save(config: PreprocessConfig, settings: Settings) -> None:
    """Write the settings into their file, whose comments stay."""
    update_config(config, settings.project_root / CONFIG_PATH)


def play(waveform: Waveform, sample_rate: int) -> None:
    """A player; what is beyond full scale is clipped."""
    st.audio(wav_bytes(waveform, sample_rate))


def shown_mel(waveform: Waveform, sample_rate: int) -> tuple[Features, float]:
    """A log-mel spectrogram for the eye, whatever the model reads, and its hop in s."""
    config = LogMelConfig(power_floor=_SHOWN_FLOOR, f_max_hz=0.475 * sample_rate)
    return log_mel(waveform, sample_rate, config), config.hop_length / sample_rate


def _show_controls(form: ConfigForm[PreprocessConfig]) -> None:
    with st.expander(tr("Cut, level and pad"), icon=":material/content_cut:", expanded=True):
        form.show(FramingConfig, "framing.")
    with st.expander(tr("What the model sees"), icon=":material/visibility:"):
        kind, path = form.choose_kind("front_end", tr("Front end"), lambda: _fit_embedding(form))
        st.caption(tr(summary(kind)))
        form.show(kind, path)
    with st.expander(tr("Recordings that are accepted"), icon=":material/rule:"):
        form.show(PreprocessConfig, fields=_LIMITS)


def _fit_embedding(form: ConfigForm[PreprocessConfig]) -> None:
    """Move what the speech embedding cannot do without."""
    state = st.session_state
    rate, pad, kind = (
        f"{form.key}.{path}" for path in ("sample_rate", "framing.pad_s", "front_end.name")
    )
    if state[kind] == SpeechEmbeddingConfig().name:
        state[rate] = EMBEDDING_SAMPLE_RATE
        if state[pad] < EMBEDDING_MIN_PAD_S:
            state[pad] = EMBEDDING_MIN_PAD_S
            st.toast(
                tr("Noise before and after: {s:g} s, for the embedding.", s=EMBEDDING_MIN_PAD_S),
                icon=":material/straighten:",
            )


def _show_steps(waveform: Waveform, config: PreprocessConfig) -> None:
    sample_rate = config.sample_rate
    front_end = front_end_for(config)
    framed = frame_utterance(waveform, sample_rate, config.framing)
    features = front_end(waveform)
    start, end = speech_span(waveform, sample_rate, config.framing)
    longest_s = max(waveform.size, framed.size) / sample_rate
    _show_durations(waveform, end - start, framed, features, config)
    kept_s = (start / sample_rate, end / sample_rate)
    before = waveform_figure(waveform, sample_rate, tr("Before: grey is cut"), kept_s, longest_s)
    st.plotly_chart(before, config=CHART_CONFIG, key="before")
    play(waveform, sample_rate)
    title = tr("After: cut, levelled, padded")
    after = waveform_figure(framed, sample_rate, title, None, longest_s)
    st.plotly_chart(after, config=CHART_CONFIG, key="after")
    play(framed, sample_rate)
    _show_mel(framed, config)
    made = features_figure(features, front_end.frame_s, tr("Features: what the model reads"))
    st.plotly_chart(made, config=CHART_CONFIG, key="features")


def _show_durations(
    waveform: Waveform, n_kept: int, framed: Waveform, features: Features, config: PreprocessConfig
) -> None:
    duration_s, kept_s, padded_s = (
        count / config.sample_rate for count in (waveform.size, n_kept, framed.size)
    )
    st.markdown(
        tr(
            "**{recorded:.2f} s** recorded · **{kept:.2f} s** kept · **{padded:.2f} s** with "
            "padding · **{frames} frames** of {features} features",
            recorded=duration_s,
            kept=kept_s,
            padded=padded_s,
            frames=features.shape[0],
            features=features.shape[1],
        )
    )
    if not config.min_duration_s <= duration_s <= config.max_duration_s:
        st.warning(
            tr(
                "With these settings recordings are accepted from {shortest:g} s to {longest:g} s; "
                "this one would be refused.",
                shortest=config.min_duration_s,
                longest=config.max_duration_s,
            ),
            icon=":material/block:",
        )


def _show_mel(framed: Waveform, config: PreprocessConfig) -> None:
    """The spectrogram before normalisation; for other front ends one for the eye."""
    if isinstance(config.front_end, LogMelConfig):
        mel = log_mel(framed, config.sample_rate, config.front_end)
        hop_s = config.front_end.hop_length / config.sample_rate
        title = tr("Log-mel spectrogram, not normalised (dB)")
    else:
        mel, hop_s = shown_mel(framed, config.sample_rate)
        title = tr("Log-mel spectrogram, for the eye (dB)")
    st.plotly_chart(spectrogram_figure(mel, hop_s, title), config=CHART_CONFIG, key="mel")


@lru_cache(maxsize=8)
def front_end_for(config: PreprocessConfig) -> FrontEnd:
    """Some front ends take a while to be made."""
    return make_front_end(config)
