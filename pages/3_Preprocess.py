"""From a recording to what a model learns from: move the settings, see and hear what they do."""

import streamlit as st

from slu.settings import get_settings
from slu.ui.augmentation import augment_form, show_augmentation
from slu.ui.clip_choice import Clip, choose_clip
from slu.ui.feature_build import show_build
from slu.ui.language import mark, tr
from slu.ui.page import errors_shown, open_page, open_tab
from slu.ui.preprocess import preprocess_form, show_front_end

NO_CLIP = mark("Choose, upload or record a clip above to see and hear what the settings do to it.")


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


STEPS = {
    mark("From sound to features"): see_steps,
    mark("Augmentation"): see_augmentation,
    mark("Build the features"): lambda _clip: show_build(form, settings),
}

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
step, tab = open_tab("preprocess step", list(STEPS))
with errors_shown(), tab:
    STEPS[step](clip)
