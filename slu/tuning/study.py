"""Studies in a storage: begun, opened again, read."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import optuna
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState
from pydantic import TypeAdapter

from slu.config import MODEL_CONFIG, ModelConfig, TrainConfig
from slu.config.tune import Knob, TuneConfig
from slu.errors import StudyError
from slu.training.utterances import Corpus
from slu.tuning.space import SearchSpace, Settings
from slu.tuning.storage import open_existing_storage, open_storage

FINISHED = (TrialState.COMPLETE, TrialState.PRUNED)
"""States of trials that count: the others failed, run or wait."""

_DIRECTIONS = {"joint_accuracy": StudyDirection.MAXIMIZE, "loss": StudyDirection.MINIMIZE}

# Of the training configuration: what may differ between the machines of a study.
_BOOKKEEPING = frozenset(("run_name", "workers", "device", "wandb"))
_SETTINGS = "settings"
_STOP = "stop"
_KNOBS: TypeAdapter[dict[str, Knob]] = TypeAdapter(dict[str, Knob])


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


def begin_study(
    name: str, storage_url: str, space: SearchSpace, tune_config: TuneConfig, corpus: Corpus
) -> optuna.Study:
    """Create a study, or open the one of this name to go on with it.

    Raises:
        StudyError: the storage cannot be used, or the study was begun with other settings.
    """
    study = optuna.create_study(
        study_name=name,
        storage=open_storage(storage_url),
        direction=_DIRECTIONS[tune_config.metric],
        load_if_exists=True,
    )
    settings = _describe(space, tune_config, corpus)
    begun = study.user_attrs.get(_SETTINGS)
    if begun is None:
        study.set_user_attr(_SETTINGS, settings)
    else:
        _check_same(name, begun, settings)
    study.set_user_attr(_STOP, False)
    return study


def load_study(name: str, storage_url: str) -> optuna.Study:
    """Open a study to look at it.

    Raises:
        StudyError: the storage cannot be used or has no such study.
    """
    storage = open_existing_storage(storage_url)
    try:
        return optuna.load_study(study_name=name, storage=storage)
    except KeyError:
        known = ", ".join(sorted(optuna.get_all_study_names(storage))) or "none"
        raise StudyError(f"there is no study {name} in this storage; it has: {known}") from None


def stop_after_trials(study: optuna.Study) -> None:
    """Ask all workers of a study, on any machine, to end with the trials they are at."""
    study.set_user_attr(_STOP, True)


def is_stopping(study: optuna.Study) -> bool:
    """Whether the workers are asked to end with the trials they are at."""
    return bool(study.user_attrs.get(_STOP))


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
        _KNOBS.validate_python(settings["space"]),
    )


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
    settings: dict[str, Any] | None = study.user_attrs.get(_SETTINGS)
    if settings is None:
        raise StudyError(f"study {study.study_name} was not begun by slu hparam-search")
    return settings


def _describe(space: SearchSpace, tune_config: TuneConfig, corpus: Corpus) -> dict[str, Any]:
    """Everything that makes trials comparable, as JSON gives it back."""
    description = {
        "model": space.model_config.model_dump(mode="json"),
        "train": space.train_config.model_dump(mode="json"),
        "space": _KNOBS.dump_python(dict(space.knobs), mode="json"),
        "metric": tune_config.metric,
        "data_fingerprint": corpus.fingerprint,
        "preprocess": corpus.preprocess.model_dump(mode="json"),
    }
    return dict(json.loads(json.dumps(description)))


def _check_same(name: str, begun: Mapping[str, Any], settings: Mapping[str, Any]) -> None:
    before, now = _comparable(begun), _comparable(settings)
    changed = [key for key in now if before.get(key) != now[key]]
    if changed:
        raise StudyError(
            f"study {name} was begun with other settings ({', '.join(changed)}); restore them, or "
            "start a new study with another --study-name"
        )


def _comparable(settings: Mapping[str, Any]) -> dict[str, Any]:
    train = {key: value for key, value in settings["train"].items() if key not in _BOOKKEEPING}
    return {**settings, "train": train}
