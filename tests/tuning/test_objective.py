import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pytest

from slu.config import TrainConfig
from slu.training.trainer import Interrupted
from slu.training.utterances import Corpus
from slu.tuning.objective import TrainingObjective
from slu.tuning.space import SearchSpace

Trial = optuna.trial.FixedTrial
SETTINGS = {"train.learning_rate": 0.01, "model.channels": "[8, 8]"}


@pytest.fixture(autouse=True)
def folder_of_trials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where trials write; empty when they are over, however they ended."""
    folder = tmp_path / "trials"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    assert list(folder.iterdir()) == []


def never() -> bool:
    return False


@pytest.mark.parametrize(("metric", "best"), [("joint_accuracy", max), ("loss", min)])
def test_the_value_is_that_of_the_best_epoch(
    corpus: Corpus, space: SearchSpace, metric: Any, best: Any
) -> None:
    trial = Trial(SETTINGS)
    value = TrainingObjective(corpus, space, metric)(trial, never)
    told = trial._intermediate_values
    assert list(told) == [1, 2, 3]
    assert value == best(told.values())


def test_equal_settings_give_equal_curves(corpus: Corpus, space: SearchSpace) -> None:
    objective = TrainingObjective(corpus, space, "loss")
    first, other, again = Trial(SETTINGS), Trial({**SETTINGS, "model.channels": "[4, 4]"}), Trial(SETTINGS)
    for trial in (first, other, again):
        objective(trial, never)
    assert first._intermediate_values == again._intermediate_values
    assert first._intermediate_values != other._intermediate_values


def test_settings_reach_the_augmentation(corpus: Corpus, space: SearchSpace) -> None:
    augmented = space.train_config.model_dump() | {"augment": {"enable": True}}
    altered = replace(space, train_config=TrainConfig.model_validate(augmented))
    curves = []
    for varied in (space, altered):
        trial = Trial(SETTINGS)
        TrainingObjective(corpus, varied, "loss")(trial, never)
        curves.append(trial._intermediate_values)
    assert curves[0] != curves[1]


def test_an_unpromising_trial_ends_after_its_epoch(corpus: Corpus, space: SearchSpace) -> None:
    study = optuna.create_study(direction="maximize", pruner=optuna.pruners.ThresholdPruner(lower=2))
    objective = TrainingObjective(corpus, space, "joint_accuracy")
    study.optimize(lambda trial: objective(trial, never), n_trials=1)
    assert study.trials[0].state == optuna.trial.TrialState.PRUNED
    assert len(study.trials[0].intermediate_values) == 1


def test_a_stop_interrupts_the_trial(corpus: Corpus, space: SearchSpace) -> None:
    trial = Trial(SETTINGS)
    asked = iter([False] * 4)
    objective = TrainingObjective(corpus, space, "joint_accuracy")
    with pytest.raises(Interrupted):
        objective(trial, lambda: next(asked, True))
    assert list(trial._intermediate_values) == [1]


def test_a_diverging_trial_is_pruned(corpus: Corpus, space: SearchSpace, tmp_path: Path) -> None:
    np.save(tmp_path / "nan.npy", np.full((1000, 16), np.nan, np.float16))
    table = corpus.table.assign(feature_path="nan.npy", feature_offset="0")
    broken = replace(corpus, table=table, folder=tmp_path)
    with pytest.raises(optuna.TrialPruned, match="loss is nan"):
        TrainingObjective(broken, space, "joint_accuracy")(Trial(SETTINGS), never)
