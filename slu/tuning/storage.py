"""The database that a study lives in: SQLite, or PostgreSQL for workers on many machines."""

import warnings
from pathlib import Path
from typing import Any

from optuna.exceptions import ExperimentalWarning, OptunaError
from optuna.storages import RDBStorage, RetryHeartbeatStaleTrialCallback
from optuna.storages._rdb.models import TrialModel
from optuna.trial import TrialState
from sqlalchemy import event
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.orm import Session

from slu.errors import StudyError

# A trial that took so many workers with it is not tried once more.
_MAX_RETRIES = 3
_WAIT_FOR_LOCK_S = 60
_WAIT_FOR_SERVER_S = 10


class StudyFull(StudyError):
    """The study has all trials that it shall have; some may still be running."""


def open_storage(url: str) -> RDBStorage:
    """Open a database to read studies, or create one.

    Args:
        url: `sqlite:///optuna.db`, or `postgresql+psycopg://user:password@host/database`.

    Raises:
        StudyError: the URL is wrong or the database cannot be reached.
    """
    return _open(url, _connection_settings(_parse(url)))


def open_worker_storage(url: str, heartbeat_s: int, n_trials: int) -> RDBStorage:
    """Open a database to run trials, of which a study gets so many and no more.

    Args:
        url: as for `open_storage`.
        heartbeat_s: interval of the signs of life. A running trial that gave none for two of
            them is failed and queued once more by whichever worker asks for a trial next.
        n_trials: trials of a study that have not failed, whoever runs them. One more raises
            `StudyFull` in the worker that asks for it.

    Raises:
        StudyError: the URL is wrong or the database cannot be reached.
    """
    parsed = _parse(url)
    settings = _connection_settings(parsed)
    if _is_sqlite(parsed):
        # No implicit transactions: `_begin_immediate` opens them.
        settings["connect_args"]["isolation_level"] = None
    with warnings.catch_warnings():
        # Experimental means that Optuna may change it; its version is pinned.
        warnings.simplefilter("ignore", ExperimentalWarning)
        storage = _open(
            url,
            settings,
            heartbeat_interval=heartbeat_s,
            heartbeat_stale_trial_callback=RetryHeartbeatStaleTrialCallback(_MAX_RETRIES),
        )
    if _is_sqlite(parsed):
        event.listen(storage.engine, "begin", _begin_immediate)
    _limit_trials(storage, n_trials)
    return storage


def existing_database(url: str) -> str:
    """The URL itself, where its SQLite file exists: opening it would create one.

    Raises:
        StudyError: there is no such file.
    """
    parsed = _parse(url)
    if _is_sqlite(parsed) and not Path(str(parsed.database)).is_file():
        raise StudyError(f"there is no database {parsed.database}; check --storage")
    return url


def _limit_trials(storage: RDBStorage, n_trials: int) -> None:
    """Refuse a trial too many in the transaction that would add it, whichever worker asks.

    Optuna counts before it asks for a trial, so that two workers may both take the last one.
    """

    def refuse(session: Session, _context: object, _instances: object) -> None:
        for new in session.new:
            if isinstance(new, TrialModel) and _n_not_failed(session, new.study_id) >= n_trials:
                raise StudyFull(f"the study has its {n_trials} trials; ask for more with --n-trials")

    event.listen(storage.scoped_session, "before_flush", refuse)


def _n_not_failed(session: Session, study_id: int) -> int:
    # Optuna holds the lock of the study's row (SQLite: of the file) while it adds a trial.
    trials = session.query(TrialModel).filter(TrialModel.study_id == study_id)
    return trials.filter(TrialModel.state != TrialState.FAIL).count()


def _begin_immediate(connection: Connection) -> None:
    # SQLite ignores `SELECT … FOR UPDATE`, by which Optuna keeps two workers from the same trial;
    # taking the lock of the file first has the same effect.
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _open(url: str, engine_settings: dict[str, Any], **options: Any) -> RDBStorage:
    try:
        return RDBStorage(url, engine_settings, **options)
    except ImportError as error:
        raise StudyError(f"the driver of {_shown(url)} is missing; pip install psycopg[binary]") from error
    except (SQLAlchemyError, OptunaError, RuntimeError) as error:
        reason = str(error).strip().splitlines()[0]
        raise StudyError(f"the storage {_shown(url)} cannot be used: {reason}") from error


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        parsed = None
