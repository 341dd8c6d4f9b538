import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from slu.config.tune import TuneConfig
from slu.errors import ConfigError, DataError, StudyError
from slu.training.utterances import Corpus
from slu.tuning.search import StudyReport, search
from slu.tuning.space import SearchSpace
from slu.tuning.storage import open_storage
from slu.tuning.study import TrialSummary, best_configs


class Shop:
    """Somebody who searches: everything but what a test is about."""

    def __init__(self, folder: Path, corpus: Corpus, space: SearchSpace) -> None:
        self.folder, self.corpus, self.space = folder, corpus, space
        self.storage = folder / "optuna.db"
        self.told: list[TrialSummary] = []

    def search(self, n_trials: int, **changes: Any) -> StudyReport:
        arguments = {
            "study_name": "s",
            "storage_url": f"sqlite:///{self.storage}",
            "n_trials": n_trials,
            "model_config": self.space.model_config,
            "train_config": self.space.train_config,
            "corpus": self.corpus,
            "tune_config": self.tune(),
            "folder": self.folder / "m1",
            "on_trial": self.told.append,
        }
        return search(**(arguments | changes))

    def tune(self, **values: Any) -> TuneConfig:
        base = {"space": dict(self.space.knobs), "startup_trials": 2, "warmup_epochs": 1}
        return TuneConfig.model_validate(base | values)


@pytest.fixture
def shop(tmp_path: Path, corpus: Corpus, space: SearchSpace) -> Shop:
    return Shop(tmp_path, corpus, space)


def test_a_search_reports_and_goes_on(shop: Shop) -> None:
    first = shop.search(2)
    assert first.is_complete
    assert [trial.number for trial in shop.told] == [0, 1]
    second = shop.search(4)
    assert [trial.number for trial in shop.told] == [0, 1, 2, 3]
    assert second.trials == shop.told
    assert second.best in second.trials
    best = json.loads((shop.folder / "m1" / "optuna_best.json").read_text())
    assert best["n_trials"] == 4
    assert best["best_trial"]["value"] == second.study.best_value
    model, train = best_configs(second.study)
    assert list(model.channels) == best["best_trial"]["settings"]["model.channels"]
    assert train.learning_rate == best["best_trial"]["settings"]["train.learning_rate"]


def test_a_finished_search_only_reports(shop: Shop) -> None:
    shop.search(1)
    shop.told.clear()
    assert shop.search(1).is_complete
    assert shop.told == []


def test_a_stopped_search_is_not_complete(shop: Shop) -> None:
    report = shop.search(3, should_stop=lambda: bool(shop.told))
    assert not report.is_complete
    assert len(report.trials) == 1
    assert shop.search(3).is_complete


@pytest.mark.slow
def test_processes_share_a_search(shop: Shop) -> None:
    unpruned = shop.tune(pruner="none", startup_trials=4)
    report = shop.search(4, workers=2, tune_config=unpruned)
    assert report.is_complete
    assert sorted(trial.number for trial in shop.told) == list(range(4))
    # Trials drawn before the search learns are the same in whichever process they run.
    alone = shop.search(4, study_name="alone", tune_config=unpruned)
    assert curves(report) == curves(alone)


def curves(report: StudyReport) -> list[tuple[dict[str, Any], dict[int, float]]]:
    return [(trial.params, trial.intermediate_values) for trial in report.study.trials]


def test_a_trial_that_fails_ends_the_search(shop: Shop) -> None:
    with pytest.raises(DataError, match="gone"):
        shop.search(2, corpus=without_features(shop.corpus))
    assert shop.search(2).is_complete


@pytest.mark.slow
def test_workers_that_all_fail_say_why(shop: Shop) -> None:
    with pytest.raises(StudyError, match=r"after 0 of 2 trials: .*gone\.npy cannot be read"):
        shop.search(2, workers=2, corpus=without_features(shop.corpus))


def without_features(corpus: Corpus) -> Corpus:
    return replace(corpus, table=corpus.table.assign(feature_path="gone.npy"))


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        (
            {"space": {"train.lerning_rate": {"kind": "float", "low": 0.1, "high": 0.2}}},
            "unknown key",
        ),
        ({"space": {"model.n_layers": {"kind": "int", "low": 0, "high": 2}}}, "n_layers = 0"),
    ],
)
def test_a_wrong_space_starts_nothing(shop: Shop, changes: dict[str, Any], error: str) -> None:
    with pytest.raises(ConfigError, match=error):
        shop.search(2, tune_config=shop.tune(**changes))
    assert list(shop.folder.iterdir()) == []


@pytest.mark.parametrize("workers", [1, 2])
def test_an_unreachable_storage_starts_nothing(shop: Shop, workers: int) -> None:
    with pytest.raises(StudyError, match="unable to open"):
        shop.search(2, storage_url="sqlite:////no/such/folder/optuna.db", workers=workers)
    assert list(shop.folder.iterdir()) == []


def test_a_storage_that_takes_no_study_starts_nothing(shop: Shop) -> None:
    open_storage(f"sqlite:///{shop.storage}")
    with pytest.raises(StudyError, match="readonly"):
        shop.search(2, storage_url=f"sqlite:///file:{shop.storage}?mode=ro&uri=true")
    assert list(shop.folder.iterdir()) == [shop.storage]
