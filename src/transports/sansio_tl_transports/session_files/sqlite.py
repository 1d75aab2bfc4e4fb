"""Session files that are SQLite databases: reading untrusted ones within bounds, and creating new ones."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sansio_tl import AuthKey
from sansio_tl.errors import LocalProtocolError

_MODE = 0o600
_MAX_VALUE = 1 << 20
_MAX_ROWS = 64
_MAX_STEPS = 1_000_000
"""Limits for reading an untrusted file: bytes of a value or row, rows of a query, and total instructions of SQLite."""
_STEPS_AT_ONCE = 1_000


class Database:
    """A session file opened for reading. If it is not a database, the first query raises LocalProtocolError."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection

    def has(self, table: str, column: str) -> bool:
        """Whether the table has this column."""
        return bool(self.rows("SELECT 1 FROM pragma_table_info(?) WHERE name = ?", table, column))

    def row(self, query: str) -> dict[str, Any]:
        """The first row; no other is read. Raises LocalProtocolError when there is none."""
        if not (rows := self.rows(f"{query} LIMIT 1")):
            raise self.empty()
        return rows[0]

    def rows(self, query: str, *values: object) -> list[dict[str, Any]]:
        """The rows as dictionaries by column. Raises LocalProtocolError for more than `_MAX_ROWS`."""
        try:
            rows = self._connection.execute(query, values).fetchmany(_MAX_ROWS + 1)
        except sqlite3.DatabaseError:
            raise LocalProtocolError(f"{self.path} is not a session file: it is not a readable database") from None
        if len(rows) > _MAX_ROWS:
            raise LocalProtocolError(f"{self.path} is not a session file: it has more than {_MAX_ROWS} rows to read")
        return [dict(row) for row in rows]

    def require_tables_only(self) -> None:
        """Raise LocalProtocolError for a view or a virtual table: reading one runs code stored in the file."""
        if self.rows("SELECT 1 FROM sqlite_master WHERE type = 'view' OR type = 'table' AND rootpage = 0 LIMIT 1"):
            raise LocalProtocolError(f"{self.path} is not a session file: it has a view or a virtual table")

    def key(self, value: object) -> AuthKey:
        """The auth key of a column. Raises LocalProtocolError when the value is not one."""
        if not isinstance(value, bytes) or len(value) != 256:
            raise self.empty()
        return AuthKey(value)

    def empty(self) -> LocalProtocolError:
        """The error for a file without a login."""
        return LocalProtocolError(f"{self.path} has no auth key: no user is logged in with it")


@contextlib.contextmanager
def opened(path: Path) -> Iterator[Database]:
    """Open an untrusted file for reading: within bounds, and tables only.

    Raises OSError when it cannot be read, LocalProtocolError when it is not a session file.
    """
    if not stat.S_ISREG(path.stat().st_mode):
        raise LocalProtocolError(f"{path} is not a session file: it is not a regular file")
    with path.open("rb"):
        pass  # its OSError is more precise than the error of sqlite3
    with _connected(f"{path.resolve().as_uri()}?mode=ro") as connection:
        _bound(connection)
        database = Database(path, connection)
        database.require_tables_only()
        yield database


def _bound(connection: sqlite3.Connection) -> None:
    """Limit the size of values and the run time of queries, and disable functions with side effects."""
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MAX_VALUE)
    left = iter(range(_MAX_STEPS // _STEPS_AT_ONCE))
    connection.set_progress_handler(lambda: next(left, None) is None, _STEPS_AT_ONCE)
    connection.execute("PRAGMA trusted_schema = OFF")


@contextlib.contextmanager
def created(path: Path, tables: str) -> Iterator[sqlite3.Connection]:
    """A new database with these tables, readable by its owner only; deleted when writing fails.

    Raises FileExistsError when the file exists.
    """
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _MODE))
    try:
        with _connected(path.resolve().as_uri()) as connection:
            connection.executescript(tables)
            yield connection
            connection.commit()
    except BaseException:
        path.unlink(missing_ok=True)
        raise


@contextlib.contextmanager
def _connected(uri: str) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(uri, uri=True)
    connection.row_factory = sqlite3.Row
    try:
        yield connection
    finally:
        connection.close()
