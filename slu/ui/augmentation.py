"""Augmentation: each kind alone and all together, to see and to hear."""

from pathlib import Path

import numpy as np
import streamlit as st

from slu.audio.augment import AUGMENTATIONS, augment
from slu.audio.spec_augment import spec_augment
from slu.audio.types import Waveform
from slu.config import (
    AugmentConfig,
    Config,
    PreprocessConfig,
    TrainConfig,
    load_config,
    update_config,
)
from slu.errors import ConfigError
from slu.settings import Settings
from slu.ui.clip_choice import Clip
from slu.ui.config_form import ConfigForm, section_kinds
from slu.ui.controls import label, summary
from slu.ui.language import tr
from slu.ui.page import errors_shown
from slu.ui.preprocess import front_end_for, play, shown_mel
from slu.ui.sound_figures import features_figure, spectrogram_figure, waveform_figure
from slu.ui.style import CHART_CONFIG

CONFIG_PATH = Path("configs/train.yaml")
"""Relative to the project root."""

_ALL = "all_together"
_N_DRAWS = 4
_PROBABILITY = 0.5
"""Of an augmentation that is switched on and is off by default."""
_CHOSEN, _SEED, _ON = "augmentation", "augmentation seed", "augmentation on"


def augment_form(settings: Settings) -> ConfigForm[AugmentConfig]:
    """The `augment` section of the training configuration as it is saved.

    Raises:
        ConfigError: that file is damaged.
    """
    train = load_config(TrainConfig, settings.project_root / CONFIG_PATH)
    form = ConfigForm("augment", train.augment)
    form.begin()
    return form


@st.fragment
def show_augmentation(
    clip: Clip,
    form: ConfigForm[AugmentConfig],
    preprocess: PreprocessConfig,
    settings: Settings,
) -> None:
    """Settings beside what they do to a clip; a change reruns only this."""
    chosen = st.pills(
        tr("What to look at"), [*_sections(), _ALL], default=next(iter(_sections())), required=True,
        format_func=_called, key=_CHOSEN, persist_state="session",
    )  # fmt: skip
    controls, pictures = st.columns([1, 2], gap="large")
    with controls:
        if chosen == _ALL:
            st.markdown(tr("Each clip is altered anew in every epoch. These are some draws of it."))
            form.show(AugmentConfig)
        else:
            _show_section(form, chosen)
        _choose_seed()
        form.show_save(
            tr("Save for training"), _checked(form), CONFIG_PATH,
            lambda config: _save(config, settings),
        )  # fmt: skip
    with pictures, errors_shown():
        waveform = clip.decode(preprocess.sample_rate)
        config = form.config_or_saved()
        if chosen == _ALL:
            _show_draws(waveform, preprocess, config)
        elif chosen in AUGMENTATIONS:
            _show_one(waveform, preprocess.sample_rate, chosen, getattr(config, chosen))
        else:
            _show_features(waveform, preprocess, config)


def _called(name: str) -> str:
    return tr("All together") if name == _ALL else tr(label(name))


def _sections() -> dict[str, type[Config]]:
    """Every augmentation there is, in the order in which they act."""
    fields = AugmentConfig.model_fields
    return {name: kinds[0] for name in fields if (kinds := section_kinds(fields[name]))}


def _show_section(form: ConfigForm[AugmentConfig], name: str) -> None:
    kind = _sections()[name]
    st.markdown(tr(summary(kind)))
    probability = f"{form.key}.{name}.probability"
    st.session_state[_ON] = st.session_state[probability] > 0
    st.toggle(
        tr("Use it in training"), key=_ON, on_change=_switch, args=(probability, kind),
        help=tr("Off is a probability of 0."),
    )  # fmt: skip
    form.show(kind, f"{name}.")


def _switch(probability: str, kind: type[Config]) -> None:
    """Switch an augmentation off, or on as it was before."""
    before = f"{probability} before"
    if st.session_state[_ON]:
        standard = kind.model_fields["probability"].default or _PROBABILITY
        st.session_state[probability] = st.session_state.get(before) or standard
    else:
        st.session_state[before] = st.session_state[probability]
        st.session_state[probability] = 0.0


def _choose_seed() -> None:
    st.session_state.setdefault(_SEED, 7)
    st.number_input(
        tr("Seed"), 0, 2**32 - 1, key=_SEED, persist_state="session",
        help=tr("Where chance begins: the same seed draws the same."),
    )  # fmt: skip
    st.button(tr("Draw again"), icon=":material/casino:", width="stretch", on_click=_next_seed)


def _next_seed() -> None:
    st.session_state[_SEED] += 1


def _checked(form: ConfigForm[AugmentConfig]) -> AugmentConfig | None:
    try:
        return form.config()
    except ConfigError as error:
        form.show_problems(error)
        return None


def _save(config: AugmentConfig, settings: Settings) -> None:
    """Write the section into the training configuration, whose other values stay."""
    path = settings.project_root / CONFIG_PATH
    train = load_config(TrainConfig, path)
    update_config(train.model_copy(update={"augment": config}), path)


def _show_one(waveform: Waveform, sample_rate: int, name: str, section: Config) -> None:
    rng = np.random.default_rng(st.session_state[_SEED])
    altered = AUGMENTATIONS[name](waveform, sample_rate, section, rng)
    longest_s = max(waveform.size, altered.size) / sample_rate
    for column, title, sound in zip(
        st.columns(2), (tr("Before"), tr("After")), (waveform, altered), strict=True
    ):
        with column:
            figure = waveform_figure(sound, sample_rate, title, longest_s=longest_s)
            st.plotly_chart(figure, config=CHART_CONFIG, key=f"{title} waveform")
            play(sound, sample_rate)
            mel, hop_s = shown_mel(sound, sample_rate)
            st.plotly_chart(
                spectrogram_figure(mel, hop_s, tr("{title}: log-mel (dB)", title=title)),
                config=CHART_CONFIG, key=f"{title} mel",
            )  # fmt: skip


def _show_features(waveform: Waveform, preprocess: PreprocessConfig, config: AugmentConfig) -> None:
    st.caption(tr("This one alters the features, not the sound: there is nothing to hear."))
    front_end = front_end_for(preprocess)
    features = front_end(waveform)
    section = config.spec_augment.model_copy(update={"probability": 1.0})
    altered = spec_augment(features, section, np.random.default_rng(st.session_state[_SEED]))
    for title, values in ((tr("Before"), features), (tr("After"), altered)):
        caption = tr("{title}: features", title=title)
        figure = features_figure(values, front_end.frame_s, caption)
        st.plotly_chart(figure, config=CHART_CONFIG, key=f"{title} features")


def _show_draws(waveform: Waveform, preprocess: PreprocessConfig, config: AugmentConfig) -> None:
    """Draws as training makes them, each from a generator of its own."""
    front_end = front_end_for(preprocess)
    # Row by row, so that they stay in order where columns become rows.
    columns = [column for _ in range(_N_DRAWS // 2) for column in st.columns(2)]
    for index, column in enumerate(columns):
        rng = np.random.default_rng([st.session_state[_SEED], index])
        altered = augment(waveform, preprocess.sample_rate, config, rng)
        features = front_end(altered)
        if config.enable:
            features = spec_augment(features, config.spec_augment, rng)
        with column:
            title = tr("Draw {number}: features", number=index + 1)
            figure = features_figure(features, front_end.frame_s, title)
            st.plotly_chart(figure, config=CHART_CONFIG, key=f"draw {index}")
            play(altered, preprocess.sample_rate)
