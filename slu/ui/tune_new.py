"""A new study: what it varies around what, for how long, and the start."""

from collections.abc import Collection
from itertools import chain, count
from pathlib import Path

import streamlit as st

from slu.config import load_config
from slu.config.tune import TuneConfig
from slu.errors import ConfigError, StudyError
from slu.runs import TrainingRun, expected_epoch_s, list_runs
from slu.settings import Settings
from slu.tuning.plan import StudyPlan, check_study_name
from slu.ui.language import tr
from slu.ui.sentences import told
from slu.ui.start_choice import choose_start
from slu.ui.times import lasting
from slu.ui.train_clips import Clips, clips_to_learn_from
from slu.ui.tune import open_store
from slu.ui.tune_space import choose_space, show_space_problems
from slu.ui.tune_work import choose_effort, start_study, study_jobs

_N_TRIALS = 20


def show_new_study(settings: Settings) -> None:
    """Choose what a study varies and start it.

    Raises:
        SLUError: the database of studies, the features or a configuration cannot be used.
    """
    clips = clips_to_learn_from(settings, settings.data_dir / "processed/metadata_features.csv")
    if clips is None:
        return
    runs, _ = list_runs(settings)
    plan = _choose_plan(settings, runs)
    if plan is not None:
        _show_expectation(clips, runs, plan)
    if st.button(
        tr("Start study {name}", name=plan.name) if plan else tr("Start study"), key="tune start",
        type="primary", icon=":material/play_arrow:", disabled=plan is None,
    ) and plan is not None:  # fmt: skip
        start_study(settings, plan)


def _choose_plan(settings: Settings, runs: list[TrainingRun]) -> StudyPlan | None:
    """Controls for a new study; none while something is wrong, which is then shown in words."""
    name, start = choose_start(
        settings, runs, "tune", tr("What is not varied is as it is there."), _choose_name
    )
    model = start.model.name
    tune = choose_space(load_config(TuneConfig, _space_path(settings, model)), model)
    if tune is None:
        return None
    effort = choose_effort(_N_TRIALS, tune.pruner, model, start.train.epochs)
    return _checked(effort.plan(name, start, tune)) if name else None


def _choose_name(settings: Settings, model: str) -> str | None:
    store = open_store(settings)
    taken = {*study_jobs(), *(study.name for study in (store.studies() if store else ()))}
    suggested = _free_name(f"slu-optuna-{model}", taken)
    name = st.text_input(tr("Name of the study"), suggested, key=f"tune name {suggested}")
    try:
        check_study_name(name, taken)
    except StudyError as error:
        st.error(told(error), icon=":material/error:")
        return None
    return name


def _free_name(wanted: str, taken: Collection[str]) -> str:
    numbered = (f"{wanted}-{number}" for number in count(2))
    return next(name for name in chain([wanted], numbered) if name not in taken)


def _space_path(settings: Settings, model: str) -> Path:
    """The space of a model; what `slu hparam-search` takes by default is that of M1."""
    configs = settings.project_root / "configs"
    own = configs / f"tune_{model}.yaml"
    return own if own.exists() else configs / "tune.yaml"


def _checked(plan: StudyPlan) -> StudyPlan | None:
    try:
        plan.check()
    except ConfigError as error:
        show_space_problems(error)
        return None
    return plan


def _show_expectation(clips: Clips, runs: list[TrainingRun], plan: StudyPlan) -> None:
    """How many clips there are, and how long the study will take."""
    epoch_s = expected_epoch_s(runs, plan.model.name, clips.n_val)
    longest = (
        tr(
            "Without pruning {n_trials} trials of {epochs} epochs take about {duration}, going by "
            "an earlier run; with it about half.",
            n_trials=plan.n_trials,
            epochs=plan.train.epochs,
            duration=lasting(epoch_s * plan.train.epochs * plan.n_trials / plan.workers),
        )
        if epoch_s
        else tr("How long it takes shows after the first trial.")
    )
    st.caption(f"{clips.as_features(plan.preprocess)} {longest}")
