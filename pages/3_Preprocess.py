"""From a recording to what a model learns from: move the settings, see and hear what they do."""

import streamlit as st

from slu.settings import get_settings
from slu.ui.augmentation import augment_form, show_augmentation
from slu.ui.clip_choice import Clip, choose_clip
from slu.ui.feature_build import show_build
from slu.ui.language import mark, tr
from slu.ui.page import errors_shown, open_page
from slu.ui.preprocess import preprocess_form, show_front_end

NO_CLIP = mark("Choose, upload or record a clip above to see and hear what the settings do to it.")
STEPS = (mark("From sound to features"), mark("Augmentation"), mark("Build the features"))


def see_steps(clip: Clip | None) -> None:
    """What happens to the clip on its way to the model."""
    if clip is None:
        st.info(tr(NO_CLIP), icon=":material/graphic_eq:")
    else:
        show_front_end(clip, form, settings)


def see_augmentation(clip: Clip | None) -> None:
    """What training does to the clip."""
    if clip is None:
        st.info(tr(NO_CLIP), icon=":material/graphic_eq:")
    else:
        show_augmentation(clip, augment_form(settings), form.config_or_saved(), settings)


open_page(
    tr("Preprocess"),
    tr(
        "Move the settings and see and hear what a model is given; then build the features of all "
        "clips."
    ),
)
settings = get_settings()
clip = None
with errors_shown():
    clip = choose_clip(settings)
form = preprocess_form(settings)
look, vary, build = st.tabs([tr(step) for step in STEPS], key="preprocess step", on_change="rerun")
with errors_shown():
    if look.open:
        with look:
            see_steps(clip)
    elif vary.open:
        with vary:
            see_augmentation(clip)
    else:
        with build:
            show_build(form, settings)
