"""A SQLite database that many processes read and write at once."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from slu.errors import JobError
from slu.files import locked

_BUSY_TIMEOUT_S = 30.0
_DISK_FULL = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR)
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


class Database:
    """A database in WAL mode: readers never wait for the one who writes.

    Args:
        path: of the file; its folder is made when missing.
        schema: statement that makes the table unless it is there.

    Raises:
        JobError: from every method, when the database cannot be used.
    """

    def __init__(self, path: Path, schema: str) -> None:
        self.path = path
        try:
            # Turning to WAL mode does not wait for others who do the same.
            with locked(path), self.reading() as connection:
                connection.execute("PRAGMA journal_mode=WAL")
                connection.execute(schema)
        except OSError as error:
            raise JobError(
                f"{error.filename or path}: {error.strerror or error}; jobs need a folder that "
                "can be written, and free space"
            ) from error

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection to read from."""
        try:
            with closing(
                sqlite3.connect(self.path, timeout=_BUSY_TIMEOUT_S, isolation_level=None)
            ) as connection:
                connection.row_factory = sqlite3.Row
                yield connection
        except sqlite3.Error as error:
            raise JobError(f"{self.path}: {error}; {_advice(error)}") from error

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """A connection that alone writes until the block ends; an error undoes all."""
        with self.reading() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise


def _advice(error: sqlite3.Error) -> str:
    # The lower byte; the others tell more than is needed here.
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in _DISK_FULL:
        return "free some space on the disk"
    if code in _DAMAGED:
        return "move the file away to start a new list of jobs"
    return "check its permissions and the free space, and try again"
