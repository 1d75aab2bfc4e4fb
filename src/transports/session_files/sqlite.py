"""What session files that are SQLite databases have in common."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.errors import LocalProtocolError

_MODE = 0o600


class Database:
    """A session file that is being read. What is no database raises LocalProtocolError when it is first looked at."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection

    def has(self, table: str, column: str) -> bool:
        """Whether there is such a column."""
        return bool(self.rows("SELECT 1 FROM pragma_table_info(?) WHERE name = ?", table, column))

    def row(self, query: str) -> dict[str, Any]:
        """The first row. Raises LocalProtocolError when there is none."""
        if not (rows := self.rows(query)):
            raise self.empty()
        return rows[0]

    def rows(self, query: str, *values: object) -> list[dict[str, Any]]:
        """All rows, by column."""
        try:
            return [dict(row) for row in self._connection.execute(query, values)]
        except sqlite3.DatabaseError:
            raise LocalProtocolError(f"{self.path} is no session file: not a database that can be read") from None

    def key(self, value: object) -> AuthKey:
        """An auth key. Raises LocalProtocolError when it is none."""
        if not isinstance(value, bytes) or len(value) != 256:
            raise self.empty()
        return AuthKey(value)

    def empty(self) -> LocalProtocolError:
        """What to raise when there is nobody in it."""
        return LocalProtocolError(f"{self.path} holds no auth key: nobody has logged in with it")


@contextlib.contextmanager
def opened(path: Path) -> Iterator[Database]:
    """Read a file. Raises OSError when that is impossible."""
    with path.open("rb"):
        pass  # says what is wrong better than sqlite does
    with _connected(f"{path.resolve().as_uri()}?mode=ro") as connection:
        yield Database(path, connection)


@contextlib.contextmanager
def made(path: Path, tables: str) -> Iterator[sqlite3.Connection]:
    """A new database with these tables, that nobody else can read; nothing is left of it when writing fails.

    Raises FileExistsError when there is such a file.
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
