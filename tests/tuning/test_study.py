from dataclasses import replace

import optuna
import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution
from optuna.trial import TrialState, create_trial

from slu.config.tune import TuneConfig
from slu.errors import StudyError
from slu.training.utterances import Corpus
from slu.tuning.beginning import begin_study
from slu.tuning.space import SearchSpace
from slu.tuning.storage import open_storage
from slu.tuning.study import (
    best_configs,
    best_trials,
    is_stopping,
    load_study,
    search_space,
    stop_after_trials,
    study_configs,
    summarise,
    trial_configs,
)

DISTRIBUTIONS = {
    "train.learning_rate": FloatDistribution(1e-4, 1e-2, log=True),
    "model.channels": CategoricalDistribution(["[4, 4]", "[8, 8]"]),
}


def tune_for(space: SearchSpace, **values: object) -> TuneConfig:
    return TuneConfig.model_validate({"space": dict(space.knobs), **values})


@pytest.fixture
def study(storage_url: str, space: SearchSpace, corpus: Corpus) -> optuna.Study:
    return begin_study("s", storage_url, space, tune_for(space), corpus)


def add(study: optuna.Study, learning_rate: float, value: float, *, pruned: bool = False) -> None:
    trial = create_trial(
        state=TrialState.PRUNED if pruned else TrialState.COMPLETE,
        value=value,
        params={"train.learning_rate": learning_rate, "model.channels": "[8, 8]"},
        distributions=DISTRIBUTIONS,
        intermediate_values={1: value / 2, 2: value},
    )
    study.add_trial(trial)


def test_a_study_goes_on_with_what_it_was_run_with_last(
    study: optuna.Study, storage_url: str, space: SearchSpace, corpus: Corpus
) -> None:
    tune = tune_for(space, pruner="hyperband", startup_trials=9)
    begin_study("s", storage_url, space, tune, corpus)
    found = study_configs(load_study("s", storage_url))
    assert found == (space.model_config, space.train_config, tune, corpus.preprocess)


def test_a_study_is_opened_again_with_its_trials(
    study: optuna.Study, storage_url: str, space: SearchSpace, corpus: Corpus
) -> None:
    add(study, 0.001, 0.5)
    elsewhere = replace(space, train_config=space.train_config.model_copy(update={"workers": 8}))
    tune = tune_for(space, pruner="none", seed=1)
    again = begin_study("s", storage_url, elsewhere, tune, corpus)
    assert len(again.trials) == 1
    assert search_space(load_study("s", storage_url)) == space


def test_trials_that_cannot_be_compared_do_not_meet(
    study: optuna.Study, storage_url: str, space: SearchSpace, corpus: Corpus
) -> None:
    wider = replace(space, knobs=dict(list(space.knobs.items())[:1]))
    trained = replace(space, train_config=space.train_config.model_copy(update={"epochs": 9}))
    attempts = [
        ("space", wider, tune_for(space), corpus),
        ("train", trained, tune_for(space), corpus),
        ("metric", space, tune_for(space, metric="loss"), corpus),
        ("data_fingerprint", space, tune_for(space), replace(corpus, fingerprint="other")),
    ]
    for changed, other_space, tune, other_corpus in attempts:
        with pytest.raises(StudyError, match=rf"\({changed}\).*--study-name"):
            begin_study("s", storage_url, other_space, tune, other_corpus)


@pytest.mark.parametrize(("metric", "best"), [("joint_accuracy", 0.9), ("loss", 0.2)])
def test_the_best_trial_is_one_that_ran_to_its_end(
    storage_url: str, space: SearchSpace, corpus: Corpus, metric: str, best: float
) -> None:
    study = begin_study("s", storage_url, space, tune_for(space, metric=metric), corpus)
    for value in (0.5, 0.9, 0.2):
        add(study, value / 100, value)
    for value in (0.99, 0.01):
        add(study, value / 100, value, pruned=True)
    assert best_trials(study)[0].value == best
    model, train = best_configs(study)
    assert (model, train) == trial_configs(study, best_trials(study)[0])
    assert train.learning_rate == best / 100
    assert model == space.model_config.model_copy(update={"channels": (8, 8)})
    assert train == space.train_config.model_copy(update={"learning_rate": best / 100})


def test_a_summary_has_settings_as_in_the_configuration(study: optuna.Study) -> None:
    add(study, 0.001, 0.5, pruned=True)
    (summary,) = summarise(study.trials, search_space(study))
    assert (summary.number, summary.state, summary.value) == (0, "pruned", 0.5)
    assert summary.n_epochs == 2
    assert summary.settings == {"train.learning_rate": 0.001, "model.channels": [8, 8]}


def test_a_study_without_a_finished_trial_has_no_best(study: optuna.Study) -> None:
    add(study, 0.001, 0.5, pruned=True)
    with pytest.raises(StudyError, match="ran to its end"):
        best_configs(study)


def test_an_unknown_study_is_told_with_those_that_there_are(
    study: optuna.Study, storage_url: str
) -> None:
    with pytest.raises(StudyError, match="no study other in this storage; it has: s"):
        load_study("other", storage_url)
    assert optuna.get_all_study_names(open_storage(storage_url)) == ["s"]


def test_a_study_of_somebody_else_is_not_ours(storage_url: str) -> None:
    foreign = optuna.create_study(study_name="foreign", storage=open_storage(storage_url))
    with pytest.raises(StudyError, match="not begun by slu"):
        search_space(foreign)


def test_beginning_again_takes_back_a_stop(
    study: optuna.Study, storage_url: str, space: SearchSpace, corpus: Corpus
) -> None:
    assert not is_stopping(study)
    stop_after_trials(load_study("s", storage_url))
    assert is_stopping(study)
    begin_study("s", storage_url, space, tune_for(space), corpus)
    assert not is_stopping(study)
