"""Studies in a storage: opened again and read; needs no torch."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import optuna
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState
from pydantic import TypeAdapter

from slu.config import MODEL_CONFIG, ModelConfig, PreprocessConfig, TrainConfig
from slu.config.tune import Knob, TuneConfig
from slu.errors import StudyError
from slu.tuning.space import SearchSpace, Settings
from slu.tuning.store import StudyStore

FINISHED = (TrialState.COMPLETE, TrialState.PRUNED)
"""States of trials that count: the others failed, run or wait."""

SETTINGS, SEARCH, STOP = "settings", "search", "stop"
"""Attributes of a study: what makes its trials comparable; how it searches; whether to end."""

KNOBS: TypeAdapter[dict[str, Knob]] = TypeAdapter(dict[str, Knob])


@dataclass(frozen=True)
class TrialSummary:
    """One trial, for people and for JSON."""

    number: int
    state: str
    """`complete` or `pruned`."""
    value: float | None
    """Score of the best epoch; of a pruned trial, of its last one."""
    n_epochs: int
    duration_s: float
    settings: Settings


class StudyConfigs(NamedTuple):
    """What a study was run with."""

    model: ModelConfig
    train: TrainConfig
    tune: TuneConfig
    preprocess: PreprocessConfig


def load_study(name: str, storage_url: str) -> optuna.Study:
    """Open a study to look at it.

    Raises:
        StudyError: the storage cannot be used or has no such study.
    """
    return StudyStore(storage_url).study(name)


def stop_after_trials(study: optuna.Study) -> None:
    """Ask all workers of a study, on any machine, to end with the trials they are at."""
    study.set_user_attr(STOP, True)


def is_stopping(study: optuna.Study) -> bool:
    """Whether the workers are asked to end with the trials they are at."""
    return bool(study.user_attrs.get(STOP))


def finished_trials(study: optuna.Study) -> list[FrozenTrial]:
    """Trials that ran to their end or were pruned, by number."""
    return study.get_trials(deepcopy=False, states=FINISHED)


def best_trials(study: optuna.Study) -> list[FrozenTrial]:
    """Trials that ran to their end, best first."""
    complete = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    sign = -1 if study.direction == StudyDirection.MAXIMIZE else 1
    return sorted(complete, key=lambda trial: sign * (trial.value or 0.0))


def best_configs(study: optuna.Study) -> tuple[ModelConfig, TrainConfig]:
    """The model's and the training configuration of the best trial.

    Raises:
        StudyError: no trial ran to its end yet, or the study is not one of `slu hparam-search`.
    """
    best = best_trials(study)
    if not best:
        raise StudyError(f"no trial of study {study.study_name} ran to its end; run more trials")
    return trial_configs(study, best[0])


def trial_configs(study: optuna.Study, trial: FrozenTrial) -> tuple[ModelConfig, TrainConfig]:
    """The model's and the training configuration of a trial.

    Raises:
        StudyError: the study is not one of `slu hparam-search`.
    """
    space = search_space(study)
    return space.configs(space.settings(trial.params))


def search_space(study: optuna.Study) -> SearchSpace:
    """What the study varies, and around which configurations.

    Raises:
        StudyError: the study is not one of `slu hparam-search`.
    """
    settings = _settings_of(study)
    return SearchSpace(
        MODEL_CONFIG.validate_python(settings["model"]),
        TrainConfig.model_validate(settings["train"]),
        KNOBS.validate_python(settings["space"]),
    )


def study_configs(study: optuna.Study) -> StudyConfigs:
    """With what the study goes on: the configurations that it was last run with.

    Raises:
        StudyError: the study is not one of `slu hparam-search`.
    """
    space = search_space(study)
    search = {"metric": metric_of(study), **study.user_attrs.get(SEARCH, {})}
    tune_config = TuneConfig.model_validate({**search, "space": dict(space.knobs)})
    preprocess = PreprocessConfig.model_validate(_settings_of(study)["preprocess"])
    return StudyConfigs(space.model_config, space.train_config, tune_config, preprocess)


def metric_of(study: optuna.Study) -> str:
    """What the values of trials are: `joint_accuracy` or `loss` on the validation clips.

    Raises:
        StudyError: the study is not one of `slu hparam-search`.
    """
    return str(_settings_of(study)["metric"])


def summarise(trials: Sequence[FrozenTrial], space: SearchSpace) -> list[TrialSummary]:
    """Finished trials without what only Optuna needs."""
    return [
        TrialSummary(
            number=trial.number,
            state=trial.state.name.lower(),
            value=trial.value,
            n_epochs=len(trial.intermediate_values),
            duration_s=round(trial.duration.total_seconds(), 3) if trial.duration else 0.0,
            settings=space.settings(trial.params),
        )
        for trial in trials
    ]


def _settings_of(study: optuna.Study) -> dict[str, Any]:
    settings: dict[str, Any] | None = study.user_attrs.get(SETTINGS)
    if settings is None:
        raise StudyError(f"study {study.study_name} was not begun by slu hparam-search")
    return settings
