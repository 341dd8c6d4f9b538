"""The inference log and its rotated files as one DuckDB table."""

import tempfile
import threading
from collections.abc import Sequence
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from slu.errors import DataError
from slu.monitoring.inference_log import log_paths, rotation_held

# Given, not guessed: the table looks the same whatever the first lines hold. What does not fit
# becomes NULL, and a line that is no JSON object becomes a row of NULLs.
_COLUMNS = {
    "ts": "TIMESTAMP",
    "request_id": "VARCHAR",
    "source": "VARCHAR",
    "status": "VARCHAR",
    "latency_ms": "DOUBLE",
    "audio_duration": "DOUBLE",
    "mel_mean": "DOUBLE",
    "mel_std": "DOUBLE",
    "frames": "INTEGER",
    "snr_db": "DOUBLE",
    "prediction": "JSON",
    "confidence": "JSON",
    "joint_confidence": "DOUBLE",
    "model_version": "VARCHAR",
    "error": "VARCHAR",
}
QUANTITIES = tuple(name for name, kind in _COLUMNS.items() if kind == "DOUBLE")
"""Measured columns, any of which may be NULL."""

_IS_REQUEST = "ts IS NOT NULL AND request_id IS NOT NULL AND status IS NOT NULL"

# Answers that are kept until the log changes: whoever looks again asks the same.
_MOST_ANSWERS, _MOST_ROWS = 64, 1000

# A file that was just begun may hold too few requests for drift.
_ALWAYS_READ = 2

_ANSWERS = """
    SELECT prediction, try_cast(prediction AS MAP(VARCHAR, VARCHAR)) AS labels
    FROM (SELECT DISTINCT prediction FROM log)
"""

_FileState = tuple[int, int, int]
"""Inode, size and time of change: a file that keeps them is not read again, even when renamed."""


class LogTable:
    """Holds the log in memory and reads what is new when asked to.

    It can be asked for `log`, all requests; `lines`, all lines, torn and foreign ones as NULLs;
    `answers`, the different `prediction`s, each also as a map `labels` (NULL where it is none).
    May be shared by threads; they take turns. A million lines take about 400 MB.

    Args:
        path: `logs/inference.log`; its rotated files are found beside it.
        since: leave out files that were last written before, save the newest two; none: read all.
    """

    def __init__(self, path: Path, since: datetime | None = None) -> None:
        self.path = path
        self._since_s = since.timestamp() if since else 0.0
        self._tables: dict[_FileState, str] = {}
        self._known: dict[str, pd.DataFrame] = {}
        self._names = (f"file_{number}" for number in count())
        self._lock = threading.Lock()
        self._database = duckdb.connect(
            config={"memory_limit": "700MB", "temp_directory": tempfile.gettempdir()}
        )
        self._database.execute(f"CREATE TABLE nothing ({_schema()})")
        self._combine()

    def refresh(self) -> bool:
        """Read files that are new or have changed, forget those that are gone.

        Returns:
            whether anything changed.

        Raises:
            DataError: a file may not be read.
        """
        with self._lock, rotation_held(self.path):
            files = {_state(path): path for path in self._wanted()}
            if files.keys() == self._tables.keys():
                return False
            # First out, then in: the log and its own older copy may not fit in memory together.
            self._forget(self._tables.keys() - files.keys())
            try:
                for state in files.keys() - self._tables.keys():
                    self._tables[state] = self._read(files[state])
            finally:
                self._combine()
            return True

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> pd.DataFrame:
        """Ask `log`, `lines` or `answers` as they were at the last `refresh`; times are in UTC."""
        question = f"{sql} {parameters!r}"
        with self._lock:
            if question in self._known:
                return self._known[question].copy()
            table = self._database.execute(sql, list(parameters)).df()
            for name in table.select_dtypes("datetime"):
                table[name] = table[name].dt.tz_localize("UTC")
            if len(table) <= _MOST_ROWS:
                self._keep(question, table.copy())
        return table

    def _keep(self, question: str, answer: pd.DataFrame) -> None:
        self._known[question] = answer
        if len(self._known) > _MOST_ANSWERS:
            self._known.pop(next(iter(self._known)))

    def _wanted(self) -> list[Path]:
        older, newest = (paths := log_paths(self.path))[:-_ALWAYS_READ], paths[-_ALWAYS_READ:]
        return [path for path in older if path.stat().st_mtime >= self._since_s] + newest

    def _read(self, path: Path) -> str:
        name = next(self._names)
        sql = (
            f"CREATE TABLE {name} AS SELECT {_selection()} FROM read_json(?, "
            f"columns = {_COLUMNS}, format = 'newline_delimited', ignore_errors = true)"
        )
        try:
            self._database.execute(sql, [_escape_glob(path)])
        except duckdb.IOException as error:
            raise DataError(f"{path} cannot be read; check its permissions") from error
        return name

    def _forget(self, states: set[_FileState]) -> None:
        for state in states:
            self._database.execute(f"DROP TABLE {self._tables.pop(state)}")

    def _combine(self) -> None:
        self._known.clear()
        tables = " UNION ALL ".join(f"FROM {name}" for name in ["nothing", *self._tables.values()])
        self._database.execute(f"CREATE OR REPLACE VIEW lines AS {tables}")
        self._database.execute(f"CREATE OR REPLACE VIEW log AS FROM lines WHERE {_IS_REQUEST}")
        self._database.execute(f"CREATE OR REPLACE TABLE answers AS {_ANSWERS}")


def _schema() -> str:
    return ", ".join(f"{name} {kind}" for name, kind in _COLUMNS.items())


def _selection() -> str:
    # Python writes NaN and Infinity into JSON, and DuckDB reads them; one would spoil every mean.
    return ", ".join(
        f"if(isfinite({name}), {name}, NULL) AS {name}" if name in QUANTITIES else name
        for name in _COLUMNS
    )


def _state(path: Path) -> _FileState:
    status = path.stat()
    return status.st_ino, status.st_size, status.st_mtime_ns


def _escape_glob(path: Path) -> str:
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in str(path))
