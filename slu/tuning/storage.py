"""The database that studies live in: SQLite, or PostgreSQL for workers on many machines."""

import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import optuna
from optuna.exceptions import ExperimentalWarning
from optuna.storages import RDBStorage, RetryHeartbeatStaleTrialCallback
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, IntegrityError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from slu.errors import StudyError
from slu.tuning.guards import guard_trials, lock_before_reading

_DRIVERS = ("sqlite", "postgresql", "postgresql+psycopg")
_CHECK = "check --storage, or SLU_STUDY_STORAGE"
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
    if not exists(url):
        raise StudyError(f"there is no database {_parse(url).database}; {_CHECK}")
    return open_storage(url)


def check_many_machines(url: str) -> None:
    """Check that workers on many machines can share a database.

    Raises:
        StudyError: they cannot, or the URL is wrong.
    """
    if _is_sqlite(_parse(url)):
        raise StudyError(
            "workers on a cluster cannot share a SQLite file; give "
            "--storage postgresql+psycopg://user:password@host/database"
        )


def exists(url: str) -> bool:
    """Whether there is a database to open: the file of SQLite is made by the first study.

    Raises:
        StudyError: the URL is wrong.
    """
    parsed = _parse(url)
    return not _is_sqlite(parsed) or Path(str(parsed.database)).is_file()


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
        StudyError: the URL is wrong or the database cannot be used.
    """
    parsed = _parse(url)
    settings = _connection_settings(parsed)
    if _is_sqlite(parsed):
        # As `lock_before_reading` needs it.
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
        lock_before_reading(storage)
    guard_trials(storage, n_trials)
    try:
        yield storage
    finally:
        storage.engine.dispose()


@contextmanager
def storage_errors(url: str) -> Iterator[None]:
    """Tell of a database that fails in one sentence, which hides its password.

    Raises:
        StudyError: the URL is wrong, or the database cannot be used (any more).
    """
    parsed = _parse(url)
    try:
        yield
    except Exception as error:
        # Optuna may stumble over its own attempt to record the failure.
        cause = next((e for e in _chain(error) if isinstance(e, SQLAlchemyError)), None)
        if cause is None:
            raise
        reason = str(getattr(cause, "orig", cause)).strip().partition("\n")[0]
        raise StudyError(f"the storage {parsed} cannot be used ({reason}); {_CHECK}") from error


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        # The URL is not shown, as it may hold a password.
        raise StudyError(
            "the storage is no database URL; write sqlite:///optuna.db or "
            f"postgresql+psycopg://user:password@host/database ({_CHECK})"
        ) from None
    if parsed.drivername not in _DRIVERS:
        raise StudyError(
            f"studies cannot be kept in {parsed.drivername}; use sqlite or postgresql+psycopg"
        )
    if parsed.database in (None, "", ":memory:"):
        raise StudyError(f"the storage {parsed} names no database; add /name to it")
    return parsed


def _is_sqlite(url: URL) -> bool:
    return url.get_backend_name() == "sqlite"


def _connection_settings(url: URL) -> dict[str, Any]:
    if _is_sqlite(url):
        return {"connect_args": {"timeout": _WAIT_FOR_LOCK_S}}
    return {"connect_args": {"connect_timeout": _WAIT_FOR_SERVER_S}, "pool_pre_ping": True}


def _open(url: URL, engine_settings: dict[str, Any], **options: Any) -> RDBStorage:
    full_url = url.render_as_string(hide_password=False)
    # Optuna takes the URL for a template.
    template = full_url.replace("{", "{{").replace("}", "}}")
    with storage_errors(full_url):
        for _ in range(_ATTEMPTS):
            try:
                return RDBStorage(template, engine_settings, **options)
            except ImportError:
                raise StudyError("PostgreSQL needs: pip install 'psycopg[binary]'") from None
            except SQLAlchemyError as error:
                if not _is_just_created(error):
                    raise
                time.sleep(_PAUSE_S)
        return RDBStorage(template, engine_settings, **options)


def _is_just_created(error: SQLAlchemyError) -> bool:
    """Whether another process was creating the same tables at the same time."""
    return isinstance(error, IntegrityError) or "already exists" in str(error)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error and those that led to it."""
    while error is not None:
        yield error
        error = error.__context__
