from pathlib import Path

import optuna
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from optuna.distributions import CategoricalDistribution, FloatDistribution
from optuna.trial import TrialState, create_trial

from slu.errors import StudyError
from slu.tuning.storage import exists, open_storage
from slu.tuning.store import StudyStore

DISTRIBUTIONS = {
    "train.learning_rate": FloatDistribution(1e-4, 1e-2, log=True),
    "model.channels": CategoricalDistribution(["[4, 4]", "[8, 8]"]),
}


def add(study: optuna.Study, rate: float, curve: list[float], state: TrialState) -> None:
    study.add_trial(
        create_trial(
            state=state,
            value=None if state == TrialState.FAIL else max(curve),
            params={"train.learning_rate": rate, "model.channels": "[8, 8]"},
            distributions=DISTRIBUTIONS,
            intermediate_values=dict(enumerate(curve, 1)),
        )
    )


@pytest.fixture
def study(storage_url: str) -> optuna.Study:
    storage = open_storage(storage_url)
    optuna.create_study(study_name="other", storage=storage)
    study = optuna.create_study(study_name="s", storage=storage, direction="maximize")
    add(study, 0.001, [0.2, 0.6], TrialState.COMPLETE)
    add(study, 0.002, [0.1], TrialState.PRUNED)
    add(study, 0.003, [0.3], TrialState.FAIL)
    study.ask()
    return study


def test_outcomes_are_those_that_optuna_tells(study: optuna.Study, storage_url: str) -> None:
    outcomes = StudyStore(storage_url).outcomes("s")

    assert outcomes["state"].to_list() == ["complete", "pruned", "fail", "running"]
    assert outcomes["value"].to_list()[:2] == [0.6, 0.1]
    assert outcomes["value"].isna().to_list() == [False, False, True, True]
    assert outcomes["n_epochs"].to_list() == [2, 1, 1, 0]
    assert outcomes.index.to_list() == [trial.number for trial in study.trials]


def test_settings_and_curves_are_those_that_optuna_tells(
    study: optuna.Study, storage_url: str
) -> None:
    store = StudyStore(storage_url)

    settings = store.settings("s")
    assert settings.to_dict("index") == {t.number: t.params for t in study.trials if t.params}
    curves = store.curves("s", [0, 2])
    assert curves.to_dict("list") == {
        "number": [0, 0, 2], "epoch": [1, 2, 1], "value": [0.2, 0.6, 0.3],
    }  # fmt: skip


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rates=st.lists(st.floats(1e-4, 1e-2), max_size=5))
def test_every_value_comes_back_as_it_was_drawn(tmp_path: Path, rates: list[float]) -> None:
    url = f"sqlite:///{tmp_path}/{len(list(tmp_path.iterdir()))}.db"
    study = optuna.create_study(study_name="s", storage=open_storage(url), direction="maximize")
    for rate in rates:
        add(study, rate, [rate], TrialState.COMPLETE)
    found = StudyStore(url).settings("s")
    drawn = found["train.learning_rate"].to_list() if rates else found.columns.to_list()
    assert drawn == rates


def test_the_stamp_alters_with_everything_that_happens(
    study: optuna.Study, storage_url: str
) -> None:
    store = StudyStore(storage_url)
    stamps = [store.stamp("s")]
    trial = study.ask()
    stamps.append(store.stamp("s"))
    trial.suggest_float("train.learning_rate", 1e-4, 1e-2, log=True)
    stamps.append(store.stamp("s"))
    trial.report(0.5, 1)
    stamps.append(store.stamp("s"))
    study.tell(trial, 0.5)
    stamps.append(store.stamp("s"))

    assert len(set(stamps)) == len(stamps)
    assert store.stamp("s") == stamps[-1]


def test_studies_are_listed_newest_first(study: optuna.Study, storage_url: str) -> None:
    found = StudyStore(storage_url).studies()
    assert [(s.name, s.n_trials, s.n_running) for s in found] == [("s", 2, 1), ("other", 0, 0)]


def test_what_is_not_there_is_said(study: optuna.Study, storage_url: str) -> None:
    store = StudyStore(storage_url)
    with pytest.raises(StudyError, match="no study t in this storage; it has: s, other"):
        store.outcomes("t")
    with pytest.raises(StudyError, match="study s has no trial 9"):
        store.trial("s", 9)


def test_looking_makes_no_file(storage_url: str) -> None:
    assert not exists(storage_url)
    with pytest.raises(StudyError, match="there is no database"):
        StudyStore(storage_url)
    assert not exists(storage_url)
