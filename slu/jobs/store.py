"""Jobs in a SQLite database, each with its log file beside."""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from slu.jobs.database import Database
from slu.jobs.job import Job, JobStatus
from slu.jobs.processes import ProcessMark
from slu.jobs.progress import ProgressFile

_NAME = "jobs.sqlite3"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS jobs (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    command TEXT NOT NULL,
    title TEXT NOT NULL,
    parameters TEXT NOT NULL,
    status TEXT NOT NULL,
    is_cancelling INTEGER NOT NULL DEFAULT 0,
    created_at TEXT NOT NULL,
    started_at TEXT,
    ended_at TEXT,
    result TEXT,
    error TEXT,
    runner_pid INTEGER NOT NULL,
    runner_started_s REAL NOT NULL,
    n_runners INTEGER NOT NULL DEFAULT 1,
    child_pid INTEGER,
    child_started_s REAL
)
"""
_LIVE = "status IN ('queued', 'running')"


@dataclass(frozen=True)
class Row:
    """A job and the processes that work on it."""

    job: Job
    runner: ProcessMark
    """Waits for its turn, then watches over the command."""
    n_runners: int
    """How many there were, one after another."""
    child: ProcessMark | None
    """The command, which leads a process group."""


class JobStore(Database):
    """Rows of jobs, read and written by many processes at once.

    Args:
        folder: of the database and the logs; made when missing.

    Raises:
        JobError: from every method, when the database cannot be used.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(folder / _NAME, _SCHEMA)
        self.folder = folder

    def log_path(self, job_id: str) -> Path:
        """Where the output of a job goes."""
        return self.folder / f"{job_id}.log"

    def progress_file(self, job_id: str) -> ProgressFile:
        """Where the command of a job tells how far it is."""
        return ProgressFile(self.folder / f"{job_id}.progress.json")

    def newest(self, connection: sqlite3.Connection, limit: int) -> list[Row]:
        """The latest jobs, newest first."""
        return self._rows(connection, "1 ORDER BY number DESC LIMIT ?", limit)

    def live(self, connection: sqlite3.Connection) -> list[Row]:
        """Jobs that wait or run, oldest first."""
        return self._rows(connection, f"{_LIVE} ORDER BY number")

    def find(self, connection: sqlite3.Connection, job_id: str) -> Row | None:
        """One job."""
        return next(iter(self._rows(connection, "id = ?", job_id)), None)

    def insert(
        self,
        connection: sqlite3.Connection,
        job_id: str,
        command: Sequence[str],
        title: str,
        parameters: Mapping[str, str],
        runner: ProcessMark,
    ) -> None:
        """Put a job into the queue."""
        values = {
            "id": job_id,
            "command": json.dumps(list(command)),
            "title": title,
            "parameters": json.dumps(dict(parameters)),
            "status": JobStatus.QUEUED,
            "created_at": _now(),
            "runner_pid": runner.pid,
            "runner_started_s": runner.started_s,
        }
        names = ", ".join(values)
        marks = ", ".join("?" * len(values))
        connection.execute(f"INSERT INTO jobs ({names}) VALUES ({marks})", tuple(values.values()))

    def give_runner(self, connection: sqlite3.Connection, job_id: str, runner: ProcessMark) -> None:
        """Note the process that waits for this job's turn now."""
        connection.execute(
            "UPDATE jobs SET runner_pid = ?, runner_started_s = ?, n_runners = n_runners + 1 "
            "WHERE id = ?",
            (runner.pid, runner.started_s, job_id),
        )

    def start(self, connection: sqlite3.Connection, job_id: str, child: ProcessMark) -> None:
        """Note that a job runs."""
        connection.execute(
            "UPDATE jobs SET status = ?, started_at = ?, child_pid = ?, child_started_s = ? "
            "WHERE id = ?",
            (JobStatus.RUNNING, _now(), child.pid, child.started_s, job_id),
        )

    def ask_to_end(self, connection: sqlite3.Connection, job_id: str) -> None:
        """Note that a running job is to be cancelled."""
        connection.execute("UPDATE jobs SET is_cancelling = 1 WHERE id = ?", (job_id,))

    def end(
        self,
        connection: sqlite3.Connection,
        job_id: str,
        status: JobStatus,
        *,
        result: str | None = None,
        error: str | None = None,
    ) -> None:
        """Note how a job ended."""
        connection.execute(
            "UPDATE jobs SET status = ?, ended_at = ?, result = ?, error = ?, is_cancelling = 0 "
            f"WHERE id = ? AND {_LIVE}",
            (status, _now(), result, error, job_id),
        )

    def _rows(self, connection: sqlite3.Connection, where: str, *values: object) -> list[Row]:
        found = connection.execute(f"SELECT * FROM jobs WHERE {where}", values)
        return [self._row(record) for record in found]

    def _row(self, record: sqlite3.Row) -> Row:
        status = JobStatus(record["status"])
        running = status is JobStatus.RUNNING
        job = Job(
            id=record["id"],
            command=tuple(json.loads(record["command"])),
            title=record["title"],
            parameters=json.loads(record["parameters"]),
            status=status,
            progress=self.progress_file(record["id"]).read() if running else None,
            created_at=datetime.fromisoformat(record["created_at"]),
            started_at=_time(record["started_at"]),
            ended_at=_time(record["ended_at"]),
            log_path=self.log_path(record["id"]),
            result=record["result"],
            error=record["error"],
            is_cancelling=bool(record["is_cancelling"]),
        )
        runner = ProcessMark(record["runner_pid"], record["runner_started_s"])
        child = None
        if record["child_pid"] is not None:
            child = ProcessMark(record["child_pid"], record["child_started_s"])
        return Row(job, runner, record["n_runners"], child)


def _now() -> str:
    return datetime.now(UTC).isoformat()


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
