"""A new run: what it learns from, how, for how long, and the start."""

import streamlit as st

from slu.runs import TrainingRun, expected_epoch_s, list_runs, plan_run
from slu.settings import Settings
from slu.ui.language import tr
from slu.ui.times import lasting
from slu.ui.train_clips import Clips, clips_to_learn_from
from slu.ui.train_form import NewRun, choose_new_run
from slu.ui.train_run import start_run


def show_new_run(settings: Settings) -> None:
    """Choose the settings of a run and start it.

    Raises:
        SLUError: the features or the configurations of the project cannot be used.
    """
    path = settings.data_dir / "processed" / "metadata_features.csv"
    clips = clips_to_learn_from(settings, path)
    if clips is None:
        return
    runs, _ = list_runs(settings)
    new = choose_new_run(settings, runs)
    if new is not None:
        _show_expectation(clips, runs, new)
    if st.button(
        tr("Start training {name}", name=new.name) if new else tr("Start training"),
        key="train start", type="primary", icon=":material/play_arrow:", disabled=new is None,
    ) and new is not None:  # fmt: skip
        start_run(new.name, plan_run(settings, new.name, new.start))


def _show_expectation(clips: Clips, runs: list[TrainingRun], new: NewRun) -> None:
    """How many clips there are, and how long training will take."""
    model, epochs = new.start.model.name, new.start.train.epochs
    epoch_s = expected_epoch_s(runs, model, clips.n_val)
    duration = (
        tr(
            "All {epochs} epochs take about {duration}, going by an earlier run.",
            epochs=epochs,
            duration=lasting(epoch_s * epochs),
        )
        if epoch_s
        else tr("How long it takes shows after the first epoch.")
    )
    st.caption(f"{clips.as_features(new.start.preprocess)} {duration}")
