import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import optuna
import pytest
from optuna.pruners import HyperbandPruner, MedianPruner, NopPruner
from optuna.trial import TrialState

from slu.config.tune import TuneConfig
from slu.errors import DataError, StudyError
from slu.training.trainer import Interrupted
from slu.tuning.storage import open_storage
from slu.tuning.study import FINISHED, load_study, stop_after_trials
from slu.tuning.worker import ERROR, Objective, StudyWork, make_pruner, run_worker

COUNTING = Path(__file__).with_name("counting.py")
EPOCHS = 4


def parabola(trial: optuna.Trial, should_stop: Callable[[], bool]) -> float:
    return -(trial.suggest_float("train.x", -1, 1) ** 2)


def work_on(
    storage_url: str, n_trials: int, objective: Objective = parabola, **tune: Any
) -> StudyWork:
    optuna.create_study(
        study_name="s",
        storage=open_storage(storage_url),
        direction="maximize",
        load_if_exists=True,
    )
    space = {"train.x": {"kind": "float", "low": -1, "high": 1}}
    config = TuneConfig.model_validate({"space": space, "heartbeat_s": 1, **tune})
    return StudyWork("s", storage_url, n_trials, 9, config, objective)


def states(storage_url: str) -> list[TrialState]:
    return [trial.state for trial in load_study("s", storage_url).trials]


def test_a_study_reaches_its_number_and_goes_on_to_a_larger_one(storage_url: str) -> None:
    for n_trials, n_new in ((3, 3), (3, 0), (2, 0), (5, 2)):
        told: list[int] = []
        run_worker(work_on(storage_url, n_trials), on_trial=lambda told=told: told.append(1))
        assert len(told) == n_new
    assert states(storage_url) == [TrialState.COMPLETE] * 5


def test_pruned_trials_count(storage_url: str) -> None:
    def odd_ones_are_pruned(trial: optuna.Trial, should_stop: Callable[[], bool]) -> float:
        if trial.number % 2:
            raise optuna.TrialPruned
        return parabola(trial, should_stop)

    run_worker(work_on(storage_url, 4, odd_ones_are_pruned))
    assert states(storage_url) == [TrialState.COMPLETE, TrialState.PRUNED] * 2


def test_the_median_pruner_ends_trials_that_are_behind(storage_url: str) -> None:
    def linear(trial: optuna.Trial, should_stop: Callable[[], bool]) -> float:
        slope = trial.suggest_float("train.x", -1, 1)
        for epoch in range(1, 10):
            trial.report(slope * epoch, epoch)
            if trial.should_prune():
                raise optuna.TrialPruned
        return slope

    work = work_on(storage_url, 12, linear, startup_trials=4, warmup_epochs=3)
    run_worker(work)
    trials = load_study("s", storage_url).trials
    assert all(trial.state == TrialState.COMPLETE for trial in trials[:4])
    pruned = [trial for trial in trials if trial.state == TrialState.PRUNED]
    assert pruned
    assert all(list(trial.intermediate_values) == [1, 2, 3] for trial in pruned)


def test_stopping_after_a_trial_leaves_the_rest_for_later(storage_url: str) -> None:
    def second_asks(trial: optuna.Trial, should_stop: Callable[[], bool]) -> float:
        if trial.number == 1:
            stop_after_trials(load_study("s", storage_url))
        return parabola(trial, should_stop)

    run_worker(work_on(storage_url, 4, second_asks))
    assert states(storage_url) == [TrialState.COMPLETE] * 2


def test_a_stop_puts_the_running_trial_back(storage_url: str) -> None:
    stopped: list[int] = []

    def interrupted_once(trial: optuna.Trial, should_stop: Callable[[], bool]) -> float:
        value = parabola(trial, should_stop)
        if trial.number == 1:
            stopped.append(1)
            raise Interrupted("stopped")
        return value

    work = work_on(storage_url, 3, interrupted_once)
    run_worker(work, should_stop=lambda: bool(stopped))
    assert states(storage_url) == [TrialState.COMPLETE, TrialState.FAIL, TrialState.WAITING]
    run_worker(work)
    trials = load_study("s", storage_url).trials
    assert [trial.number for trial in trials if trial.state in FINISHED] == [0, 2, 3]
    assert trials[2].params == trials[1].params


def test_a_trial_that_fails_ends_the_worker_and_says_why(storage_url: str) -> None:
    def damaged(trial: optuna.Trial, should_stop: Callable[[], bool]) -> float:
        raise DataError("shard.npy cannot be read")

    with pytest.raises(DataError, match="shard"):
        run_worker(work_on(storage_url, 3, damaged))
    (failed,) = load_study("s", storage_url).trials
    assert failed.user_attrs[ERROR] == "shard.npy cannot be read"


def test_a_worker_that_was_taken_for_dead_goes_on_with_another_trial(storage_url: str) -> None:
    def asleep(trial: optuna.Trial, should_stop: Callable[[], bool]) -> float:
        if trial.number == 0:
            trial.storage.set_trial_state_values(trial._trial_id, TrialState.FAIL)
        trial.report(0.5, 1)
        return parabola(trial, should_stop)

    run_worker(work_on(storage_url, 2, asleep))
    assert states(storage_url) == [TrialState.FAIL] + [TrialState.COMPLETE] * 2


@pytest.mark.fault
def test_killed_workers_lose_nothing(storage_url: str) -> None:
    """Two processes share a study and are killed on the way; somebody else finishes it."""
    n_trials, stuck_trial = 12, 5
    arguments = (storage_url, str(n_trials), "2", str(stuck_trial))
    begun = subprocess.Popen([sys.executable, str(COUNTING), *arguments], start_new_session=True)
    try:
        while is_waiting(storage_url, stuck_trial):
            time.sleep(0.5)
    finally:
        os.killpg(begun.pid, signal.SIGKILL)
        begun.wait()
    run_worker(work_on(storage_url, n_trials))
    trials = load_study("s", storage_url).trials
    assert [trial.number for trial in trials] == list(range(len(trials)))
    finished = [trial.params["train.x"] for trial in trials if trial.state in FINISHED]
    assert len(finished) == len(set(finished)) == n_trials
    assert trials[stuck_trial].state == TrialState.FAIL
    assert trials[stuck_trial].params["train.x"] in finished
    assert all(trial.state in (*FINISHED, TrialState.FAIL) for trial in trials)


def is_waiting(storage_url: str, trial: int) -> bool:
    """Whether the trial has not told all its epochs yet."""
    try:
        trials = load_study("s", storage_url).trials
    except StudyError:
        # The study is not begun yet.
        return True
    return len(trials) <= trial or len(trials[trial].intermediate_values) < EPOCHS


@pytest.mark.parametrize(
    ("name", "kind"),
    [("median", MedianPruner), ("hyperband", HyperbandPruner), ("none", NopPruner)],
)
def test_pruners_are_chosen_by_name(storage_url: str, name: str, kind: type) -> None:
    work = work_on(storage_url, 1, pruner=name, warmup_epochs=20)
    assert isinstance(make_pruner(work.tune_config, work.max_epochs), kind)
    run_worker(work)
    assert states(storage_url) == [TrialState.COMPLETE]
