"""The database that studies live in: SQLite, or PostgreSQL for workers on many machines."""

import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import optuna
from optuna.exceptions import ExperimentalWarning, OptunaError
from optuna.storages import RDBStorage, RetryHeartbeatStaleTrialCallback
from optuna.storages._rdb.models import TrialModel
from optuna.trial import TrialState
from sqlalchemy import event
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import ArgumentError, IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from slu.errors import StudyError

_WAIT_FOR_LOCK_S = 60
_WAIT_FOR_SERVER_S = 10
# To create the tables, while other processes try the same.
_ATTEMPTS, _PAUSE_S = 5, 0.5

# Its messages would repeat ours.
optuna.logging.set_verbosity(optuna.logging.ERROR)

with warnings.catch_warnings():
    # Experimental: Optuna may change it with a version, and ours is pinned.
    warnings.simplefilter("ignore", ExperimentalWarning)
    # A trial that took that many workers with it is not tried once more.
    try_again = RetryHeartbeatStaleTrialCallback(max_retry=3)
    """Called with a study and a failed trial: queues its settings once more."""


class StudyFull(StudyError):
    """The study has all its trials; some may still be running."""


def open_storage(url: str) -> RDBStorage:
    """Open a database to look at its studies, or create one.

    Args:
        url: `sqlite:///optuna.db`, or `postgresql+psycopg://user:password@host/database`.

    Raises:
        StudyError: the URL is wrong or the database cannot be used.
    """
    parsed = _parse(url)
    # Without a pool nothing stays open behind a study that somebody looks at.
    return _open(parsed, _connection_settings(parsed) | {"poolclass": NullPool})


def open_existing_storage(url: str) -> RDBStorage:
    """Open a database to look at its studies, and create none.

    Raises:
        StudyError: as `open_storage`, or the SQLite file is not there.
    """
    parsed = _parse(url)
    if _is_sqlite(parsed) and not Path(str(parsed.database)).is_file():
        raise StudyError(f"there is no database {parsed.database}; check --storage")
    return open_storage(url)


@contextmanager
def worker_storage(url: str, heartbeat_s: int, n_trials: int) -> Iterator[RDBStorage]:
    """The database as one that runs trials needs it.

    Args:
        url: as for `open_storage`.
        heartbeat_s: time between signs of life. A running trial that gave none for two of them is
            failed, and queued once more, by the next worker that asks for a trial.
        n_trials: trials of a study that have not failed, whoever runs them. The worker that asks
            for one more gets `StudyFull`.

    Raises:
        StudyError: the URL is wrong, or the database cannot be used (any more).
    """
    parsed = _parse(url)
    settings = _connection_settings(parsed)
    if _is_sqlite(parsed):
        # No implicit transactions: `_begin_immediate` opens them.
        settings["connect_args"]["isolation_level"] = None
    with warnings.catch_warnings():
        # As above.
        warnings.simplefilter("ignore", ExperimentalWarning)
        storage = _open(
            parsed,
            settings,
            heartbeat_interval=heartbeat_s,
            heartbeat_stale_trial_callback=try_again,
        )
    if _is_sqlite(parsed):
        event.listen(storage.engine, "begin", _begin_immediate)
    _limit_trials(storage, n_trials)
    try:
        with _explained(parsed):
            yield storage
    finally:
        storage.engine.dispose()


def _limit_trials(storage: RDBStorage, n_trials: int) -> None:
    """Refuse a trial too many in the transaction that would add it.

    Whatever counts before asking for a trial lets two workers take the last one.
    """

    def refuse(session: Session, _context: object, _instances: object) -> None:
        for new in session.new:
            if isinstance(new, TrialModel) and _n_trials(session, new) >= n_trials:
                raise StudyFull(
                    f"the study has its {n_trials} trials; ask for more with --n-trials"
                )

    event.listen(storage.scoped_session, "before_flush", refuse)


def _n_trials(session: Session, new: TrialModel) -> int:
    """Trials that have not failed; Optuna holds the study's lock while it adds one."""
    trials = session.query(TrialModel).filter(TrialModel.study_id == new.study_id)
    return trials.filter(TrialModel.state != TrialState.FAIL).count()


def _begin_immediate(connection: Connection) -> None:
    # SQLite ignores the `SELECT … FOR UPDATE` by which Optuna keeps two workers from one trial;
    # to lock the file before reading has the same effect.
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        # The URL is not shown, as it may hold a password.
        raise StudyError(
            "the storage is no database URL; write --storage sqlite:///optuna.db, or "
            "postgresql+psycopg://user:password@host/database"
        ) from None
    backend = parsed.get_backend_name()
    if backend not in ("sqlite", "postgresql"):
        raise StudyError(f"studies cannot be kept in {backend}; use sqlite or postgresql+psycopg")
    if parsed.database in (None, "", ":memory:"):
        raise StudyError(
            f"the storage {parsed} names no database; add one, as in {backend}:///name"
        )
    return parsed


def _is_sqlite(url: URL) -> bool:
    return url.get_backend_name() == "sqlite"


def _connection_settings(url: URL) -> dict[str, Any]:
    if _is_sqlite(url):
        return {"connect_args": {"timeout": _WAIT_FOR_LOCK_S}}
    return {"connect_args": {"connect_timeout": _WAIT_FOR_SERVER_S}, "pool_pre_ping": True}


def _open(url: URL, engine_settings: dict[str, Any], **options: Any) -> RDBStorage:
    # Optuna takes the URL for a template.
    template = url.render_as_string(hide_password=False).replace("{", "{{").replace("}", "}}")
    with _explained(url):
        for _ in range(_ATTEMPTS):
            try:
                return RDBStorage(template, engine_settings, **options)
            except ImportError:
                raise StudyError(f"no driver for {url}; run: pip install 'psycopg[binary]'") from None
            except SQLAlchemyError as error:
                if not _is_just_created(error):
                    raise
                time.sleep(_PAUSE_S)
        return RDBStorage(template, engine_settings, **options)


def _is_just_created(error: SQLAlchemyError) -> bool:
    """Whether another process was creating the same tables at the same time."""
    return isinstance(error, IntegrityError) or "already exists" in str(error)


@contextmanager
def _explained(url: URL) -> Iterator[None]:
    """Errors of the database as one sentence; a URL as text hides its password."""
    try:
        yield
    except (SQLAlchemyError, OptunaError) as error:
        cause = getattr(error, "orig", None) or error.__cause__ or error
        reason = str(cause).strip().partition("\n")[0]
        raise StudyError(f"the storage {url} cannot be used ({reason}); check --storage") from error
