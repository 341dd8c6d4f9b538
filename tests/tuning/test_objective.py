import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pytest
from optuna.pruners import BasePruner, NopPruner, ThresholdPruner
from optuna.trial import FrozenTrial, TrialState

from slu.config import TrainConfig
from slu.training.trainer import Interrupted
from slu.training.utterances import Corpus
from slu.tuning.objective import TrainingObjective
from slu.tuning.space import SearchSpace

SETTINGS = {"train.learning_rate": 0.01, "model.channels": "[8, 8]"}


def run(
    objective: TrainingObjective,
    settings: dict[str, Any] = SETTINGS,
    should_stop: Callable[[], bool] = lambda: False,
    pruner: BasePruner | None = None,
) -> FrozenTrial:
    """The trial of a study with these settings."""
    study = optuna.create_study(direction="maximize", pruner=pruner or NopPruner())
    study.enqueue_trial(settings)
    study.optimize(lambda trial: objective(trial, should_stop), n_trials=1, catch=(Interrupted,))
    return study.trials[0]


@pytest.fixture(autouse=True)
def _folders_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """However a trial ends, its folder goes."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    yield
    assert list(tmp_path.glob("slu-trial-*")) == []


@pytest.mark.parametrize(("metric", "best"), [("joint_accuracy", max), ("loss", min)])
def test_the_value_is_that_of_the_best_epoch(
    corpus: Corpus, space: SearchSpace, metric: Any, best: Any
) -> None:
    trial = run(TrainingObjective(corpus, space, metric))
    assert list(trial.intermediate_values) == [1, 2, 3]
    assert trial.value == best(trial.intermediate_values.values())


def test_settings_decide_the_curve(corpus: Corpus, space: SearchSpace) -> None:
    objective = TrainingObjective(corpus, space, "loss")
    first, again = run(objective), run(objective)
    other = run(objective, SETTINGS | {"model.channels": "[4, 4]"})
    assert first.intermediate_values == again.intermediate_values
    assert first.intermediate_values != other.intermediate_values


def test_clips_are_altered_as_configured(corpus: Corpus, space: SearchSpace) -> None:
    values = space.train_config.model_dump() | {"augment": {"enable": True}}
    altering = replace(space, train_config=TrainConfig.model_validate(values))
    plain = run(TrainingObjective(corpus, space, "loss"))
    altered = run(TrainingObjective(corpus, altering, "loss"))
    assert plain.intermediate_values != altered.intermediate_values


def test_an_unpromising_trial_ends_after_its_epoch(corpus: Corpus, space: SearchSpace) -> None:
    objective = TrainingObjective(corpus, space, "joint_accuracy")
    trial = run(objective, pruner=ThresholdPruner(lower=2))
    assert trial.state == TrialState.PRUNED
    assert list(trial.intermediate_values) == [1]


def test_a_stop_interrupts_the_trial(corpus: Corpus, space: SearchSpace) -> None:
    steps = iter([False] * 4)
    objective = TrainingObjective(corpus, space, "joint_accuracy")
    trial = run(objective, should_stop=lambda: next(steps, True))
    assert trial.state == TrialState.FAIL
    assert list(trial.intermediate_values) == [1]


def test_a_diverging_trial_is_pruned(corpus: Corpus, space: SearchSpace, tmp_path: Path) -> None:
    np.save(tmp_path / "nan.npy", np.full((1000, 16), np.nan, np.float16))
    table = corpus.table.assign(feature_path="nan.npy", feature_offset="0")
    broken = replace(corpus, table=table, folder=tmp_path)
    assert run(TrainingObjective(broken, space, "joint_accuracy")).state == TrialState.PRUNED
