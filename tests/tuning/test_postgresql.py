"""Workers on one PostgreSQL storage, as on many machines."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import optuna
import pytest
from optuna.trial import TrialState

from slu.errors import StudyError
from slu.tuning.storage import open_storage
from slu.tuning.study import FINISHED, finished_trials, load_study
from tests.databases import new_database, postgresql_server

COUNTING = Path(__file__).with_name("counting.py")
N_TRIALS = 24

pytestmark = pytest.mark.fault


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """URL of a server of our own, without a database name."""
    with postgresql_server() as url:
        yield url


@pytest.fixture
def database_url(server: str) -> str:
    """An empty database for one test."""
    return new_database(server)


def start_workers(url: str, count: int) -> list[subprocess.Popen[bytes]]:
    command = [sys.executable, str(COUNTING), url, str(N_TRIALS), "1"]
    return [subprocess.Popen(command) for _ in range(count)]


def n_finished(url: str) -> int:
    try:
        return len(finished_trials(load_study("s", url)))
    except StudyError:
        return 0


def settings_of(study: optuna.Study, *states: TrialState) -> list[float]:
    return sorted(t.params["train.x"] for t in study.trials if t.params and t.state in states)


def test_four_workers_run_what_one_would(database_url: str, storage_url: str) -> None:
    workers = start_workers(database_url, 4)
    assert [worker.wait() for worker in workers] == [0] * 4
    (alone,) = start_workers(storage_url, 1)
    assert alone.wait() == 0
    shared, single = load_study("s", database_url), load_study("s", storage_url)
    assert [trial.number for trial in shared.trials] == list(range(N_TRIALS))
    assert {trial.state for trial in shared.trials} == {TrialState.COMPLETE}
    tried = settings_of(shared, TrialState.COMPLETE)
    assert len(set(tried)) == N_TRIALS
    assert tried == settings_of(single, TrialState.COMPLETE)
    assert shared.best_value == single.best_value


def test_the_number_is_reached_without_two_that_are_killed(database_url: str) -> None:
    workers = start_workers(database_url, 4)
    while n_finished(database_url) < 4:
        time.sleep(0.1)
    for worker in workers[:2]:
        worker.send_signal(signal.SIGKILL)
    assert [worker.wait() for worker in workers] == [-signal.SIGKILL] * 2 + [0] * 2
    study = load_study("s", database_url)
    finished = settings_of(study, *FINISHED)
    failed = settings_of(study, TrialState.FAIL)
    assert len(finished) == len(set(finished)) == N_TRIALS
    assert set(failed) <= set(finished)
    assert study.best_value == max(-(x**2) for x in finished)


def test_a_server_that_is_not_there_is_explained(server: str) -> None:
    with pytest.raises(StudyError, match="does not exist"):
        open_storage(f"{server}/no_such_database")
