import threading
from pathlib import Path

import optuna
import pytest
from optuna.storages import RDBStorage
from optuna.trial import TrialState
from sqlalchemy import text

from slu.errors import StudyError
from slu.tuning.guards import StudyFull
from slu.tuning.storage import (
    open_existing_storage,
    open_storage,
    storage_errors,
    try_again,
    worker_storage,
)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("optuna.db", "no database URL"),
        ("", "no database URL"),
        ("postgresql+psycopg://u:secret@host:port/x", "no database URL"),
        ("mysql://u:secret@host/x", "kept in mysql"),
        ("redis://host", "kept in redis"),
        ("sqlite://", "names no database"),
        ("sqlite:///:memory:", "names no database"),
        ("sqlite:////no/such/folder/optuna.db", "unable to open"),
        ("postgresql+psycopg://u:secret@127.0.0.1:1/x", "(?i)refused"),
        ("postgresql+pg8000://u:secret@127.0.0.1:1/x", r"kept in postgresql\+pg8000"),
    ],
)
def test_unusable_storages_are_explained_in_one_sentence(url: str, message: str) -> None:
    with pytest.raises(StudyError, match=message) as caught:
        open_storage(url)
    assert "\n" not in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("milk, rice, soap\n" * 100)
    with pytest.raises(StudyError, match="not a database"):
        open_storage(f"sqlite:///{path}")
    assert path.read_text() == "milk, rice, soap\n" * 100


def test_looking_creates_no_database(tmp_path: Path) -> None:
    path = tmp_path / "optuna.db"
    with pytest.raises(StudyError, match="there is no database"):
        open_existing_storage(f"sqlite:///{path}")
    assert not path.exists()
    open_storage(f"sqlite:///{path}")
    open_existing_storage(f"sqlite:///{path}")


def test_braces_in_a_path_are_taken_as_they_are(tmp_path: Path) -> None:
    open_storage(f"sqlite:///{tmp_path}/{{shop}}.db")
    assert (tmp_path / "{shop}.db").is_file()


def test_a_study_gets_its_trials_and_no_more(storage_url: str) -> None:
    with worker_storage(storage_url, heartbeat_s=60, n_trials=3) as storage:
        study = optuna.create_study(storage=storage, study_name="s")
        with pytest.raises(StudyFull, match="--n-trials"):
            study.optimize(lambda trial: 1.0)
        assert len(study.trials) == 3
        with pytest.raises(StudyFull):
            study.enqueue_trial({})


def test_a_failed_trial_leaves_its_place_to_another(storage_url: str) -> None:
    def second_fails(trial: optuna.Trial) -> float:
        if trial.number == 1:
            raise ValueError
        return trial.suggest_float("x", 0, 1)

    with worker_storage(storage_url, heartbeat_s=60, n_trials=3) as storage:
        study = optuna.create_study(storage=storage, study_name="s")
        with pytest.raises(StudyFull):
            study.optimize(second_fails, catch=(ValueError,))
        states = [trial.state for trial in study.trials]
        assert states.count(TrialState.COMPLETE) == 3
        assert states.count(TrialState.FAIL) == 1


def test_an_interrupted_trial_is_tried_again_with_its_settings(storage_url: str) -> None:
    def first_is_interrupted(trial: optuna.Trial) -> float:
        x = trial.suggest_float("x", 0, 1)
        if trial.number == 0:
            raise InterruptedError
        return x

    with worker_storage(storage_url, heartbeat_s=60, n_trials=1) as storage:
        study = optuna.create_study(storage=storage, study_name="s")
        study.optimize(first_is_interrupted, n_trials=1, catch=(InterruptedError,))
        try_again(study, study.trials[0])
        study.optimize(first_is_interrupted, n_trials=1)
        first, second = study.trials
    assert (first.state, second.state) == (TrialState.FAIL, TrialState.COMPLETE)
    assert first.params == second.params


def test_a_trial_goes_to_one_worker_only(storage_url: str) -> None:
    """Many connections to one SQLite file take waiting and new trials at the same time."""
    n_trials, n_workers = 24, 6
    study = optuna.create_study(storage=open_storage(storage_url), study_name="s")
    for _ in range(n_trials // 2):
        study.enqueue_trial({})
    taken: list[int] = []
    start = threading.Barrier(n_workers)

    def work() -> None:
        with worker_storage(storage_url, heartbeat_s=60, n_trials=n_trials) as storage:
            mine = optuna.load_study(study_name="s", storage=storage)
            start.wait()
            with pytest.raises(StudyFull):
                mine.optimize(lambda trial: taken.append(trial.number) or 1.0)

    threads = [threading.Thread(target=work) for _ in range(n_workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == list(range(n_trials))


def test_a_storage_that_breaks_under_way_is_explained(storage_url: str) -> None:
    def breaks(study: optuna.Study, trial: optuna.trial.FrozenTrial) -> None:
        Path(storage_url.removeprefix("sqlite:///")).write_bytes(b"nothing" * 10_000)

    def work() -> None:
        with (
            storage_errors(storage_url),
            worker_storage(storage_url, heartbeat_s=60, n_trials=3) as storage,
        ):
            study = optuna.create_study(storage=storage, study_name="s")
            study.optimize(lambda trial: 1.0, callbacks=[breaks])

    with pytest.raises(StudyError, match=r"optuna\.db cannot be used"):
        work()


def test_other_errors_are_not_those_of_the_storage(storage_url: str) -> None:
    with pytest.raises(ZeroDivisionError), storage_errors(storage_url):
        _ = 1 / 0


def test_a_trial_gives_its_first_sign_of_life_as_it_starts(storage_url: str) -> None:
    """A worker that is killed right then leaves a trial that the next one finds dead."""
    with worker_storage(storage_url, heartbeat_s=60, n_trials=2) as storage:
        study_id = optuna.create_study(storage=storage, study_name="s")._study_id
        waiting = optuna.create_trial(state=TrialState.WAITING)
        queued = storage.create_new_trial(study_id, waiting)
        silence_since_long_ago(storage)
        storage.set_trial_state_values(queued, TrialState.RUNNING)
        new = storage.create_new_trial(study_id)
        assert storage._get_stale_trial_ids(study_id) == []
        silence_since_long_ago(storage)
        assert storage._get_stale_trial_ids(study_id) == [queued, new]


def silence_since_long_ago(storage: RDBStorage) -> None:
    with storage.engine.begin() as connection:
        connection.execute(text("UPDATE trial_heartbeats SET heartbeat = '2000-01-01 00:00:00'"))
