"""What makes a shared study exact: rules kept in the transactions that change its trials.

Optuna asks for a trial in several transactions. Between them two workers can take the last or, in
SQLite, the same trial, and a worker that is killed can leave a trial that nobody finds dead.
"""

from optuna.storages import RDBStorage
from optuna.storages._rdb.models import TrialHeartbeatModel, TrialModel
from optuna.trial import TrialState
from sqlalchemy import event, func
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from slu.errors import StudyError


class StudyFull(StudyError):
    """The study has all its trials; some may still be running."""


def guard_trials(storage: RDBStorage, n_trials: int) -> None:
    """Give a study no trial too many, and a trial that starts its first sign of life.

    Args:
        storage: of a worker.
        n_trials: trials that have not failed, whoever runs them; whoever adds one more gets
            `StudyFull`.
    """

    def keep_rules(session: Session, _context: object, _instances: object) -> None:
        for trial in (row for row in session.new if isinstance(row, TrialModel)):
            _check_room(session, trial, n_trials)
        for trial in (*session.new, *session.dirty):
            if isinstance(trial, TrialModel) and trial.state == TrialState.RUNNING:
                _beat(session, trial)

    event.listen(storage.scoped_session, "before_flush", keep_rules)


def lock_before_reading(storage: RDBStorage) -> None:
    """Let each transaction on SQLite lock the file when it begins.

    SQLite ignores the `SELECT … FOR UPDATE` by which Optuna keeps two workers from one trial. The
    connections must be opened with `isolation_level=None`, which begins no transactions itself.
    """

    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    event.listen(storage.engine, "begin", begin)


def _check_room(session: Session, new: TrialModel, n_trials: int) -> None:
    # Optuna holds the study's lock while it adds a trial.
    trials = session.query(TrialModel).filter(TrialModel.study_id == new.study_id)
    if trials.filter(TrialModel.state != TrialState.FAIL).count() >= n_trials:
        raise StudyFull(f"the study has its {n_trials} trials; ask for more with --n-trials")


def _beat(session: Session, trial: TrialModel) -> None:
    if trial.heartbeats:
        trial.heartbeats[0].heartbeat = func.current_timestamp()
    else:
        session.add(TrialHeartbeatModel(trial=trial))
