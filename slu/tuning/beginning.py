"""A study is begun, or gone on with under the same conditions."""

import json
from collections.abc import Mapping
from typing import Any

import optuna
from optuna.study import StudyDirection

from slu.config.tune import TuneConfig
from slu.errors import StudyError
from slu.training.utterances import Corpus
from slu.tuning.space import SearchSpace
from slu.tuning.storage import open_storage
from slu.tuning.study import KNOBS, SEARCH, SETTINGS, STOP

_DIRECTIONS = {"joint_accuracy": StudyDirection.MAXIMIZE, "loss": StudyDirection.MINIMIZE}

# Of the training configuration: what may differ between the machines of a study.
_BOOKKEEPING = frozenset(("run_name", "workers", "device", "wandb"))


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
    begun = study.user_attrs.get(SETTINGS)
    if begun is None:
        study.set_user_attr(SETTINGS, settings)
    else:
        _check_same(name, begun, settings)
    study.set_user_attr(SEARCH, tune_config.model_dump(mode="json", exclude={"space"}))
    study.set_user_attr(STOP, False)
    return study


def _describe(space: SearchSpace, tune_config: TuneConfig, corpus: Corpus) -> dict[str, Any]:
    """Everything that makes trials comparable, as JSON gives it back."""
    description = {
        "model": space.model_config.model_dump(mode="json"),
        "train": space.train_config.model_dump(mode="json"),
        "space": KNOBS.dump_python(dict(space.knobs), mode="json"),
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
