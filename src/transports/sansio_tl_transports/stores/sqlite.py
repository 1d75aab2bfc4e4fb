"""Sessions in an SQLite database: the choice for many accounts on one computer.

The database uses write-ahead logging, so that readers do not wait; one process at a time writes, and others wait up to
`timeout` seconds. A committed save survives a power failure. Deleted keys are overwritten. For one computer: SQLite
does not work on network file systems.
"""

from __future__ import annotations

import contextlib
import math
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from sansio_tl_transports._shared.files import access_problem
from sansio_tl_transports.stores import _refusals
from sansio_tl_transports.stores._paths import resolved
from sansio_tl_transports.stores.base import (
    MAX_DATA,
    Lease,
    StoredData,
    check_data,
    check_lease,
    check_name,
    check_owner,
    check_seconds,
    check_time,
    check_version,
    is_number,
    listed_names,
)
from sansio_tl_transports.stores.errors import StoredDataError, StoreError, StoreUnavailableError

_APPLICATION = 0x53544C53
"""The application id in the header of our databases: "STLS"."""
_VERSION = 1
_TABLE = """CREATE TABLE sessions (
    name TEXT PRIMARY KEY NOT NULL,
    data BLOB,                         -- NULL: nothing is stored
    version INTEGER NOT NULL,
    token INTEGER NOT NULL,
    owner TEXT,                        -- NULL: the lease is free
    expires REAL NOT NULL              -- seconds since the Unix epoch
) WITHOUT ROWID"""
_MAX_ROW = MAX_DATA + 4096
"""Bytes of a row or value that SQLite reads: data, name and owner have less."""
_PAUSE = 0.01
"""Seconds between two attempts to change the mode of a database."""

_MAY_PASS = (
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN,
)


class SQLiteStore:
    """Sessions in a database of their own."""

    def __init__(self, path: str | Path, *, timeout: float = 10.0, clock: Callable[[], float] = time.time) -> None:
        """`timeout` is for waiting for other processes, in seconds. `clock` is that of all users of the database."""
        self._path = Path(path)
        self._timeout = timeout
        self._clock = clock
        self._lock = threading.Lock()
        self._database: sqlite3.Connection | None = None
        self._process = 0
        self._identity: tuple[int, int] | None = None
        """Which file is open."""
        self._inherited: list[sqlite3.Connection] = []
        """Connections of a parent process. SQLite forbids using or closing them after a fork."""

    def __repr__(self) -> str:
        return f"SQLiteStore({str(self._path)!r})"

    def acquire(self, name: str, owner: str, seconds: float) -> Lease:
        """Get the lease of a name."""
        check_name(name)
        check_owner(owner)
        check_seconds(seconds)
        with self._transaction() as database:
            now = check_time(self._clock())
            row = _row(database, "SELECT token, owner, expires FROM sessions WHERE name = ?", name)
            token, holder, expires = row or (0, None, 0.0)
            is_valid = is_number(token) and _is_owner(holder) and isinstance(expires, float) and math.isfinite(expires)
            if not is_valid:
                raise self._damaged_row(name)
            if holder is not None and holder != owner and expires > now:
                raise _refusals.held(name, holder, expires - now)
            database.execute(
                "INSERT INTO sessions VALUES (?, NULL, 0, ?, ?, ?)"
                " ON CONFLICT (name) DO UPDATE SET token = excluded.token, owner = excluded.owner,"
                " expires = excluded.expires",
                (name, token + 1, owner, now + seconds),
            )
        return Lease(name, token + 1, owner)

    def renew(self, lease: Lease, seconds: float) -> None:
        """Extend the lease."""
        check_lease(lease)
        check_seconds(seconds)
        with self._transaction() as database:
            self._fenced_version(database, lease)
            expires = check_time(self._clock()) + seconds
            database.execute("UPDATE sessions SET expires = ? WHERE name = ?", (expires, lease.name))

    def release(self, lease: Lease) -> None:
        """Let others acquire it."""
        check_lease(lease)
        with self._transaction() as database:
            database.execute(
                "UPDATE sessions SET owner = NULL WHERE name = ? AND token = ? AND owner = ?",
                (lease.name, lease.token, lease.owner),
            )

    def load(self, name: str) -> StoredData | None:
        """What is stored."""
        check_name(name)
        with self._opened() as database:
            row = _row(database, "SELECT data, version FROM sessions WHERE name = ? AND data IS NOT NULL", name)
        if row is None:
            return None
        data, version = row
        if not isinstance(data, bytes) or len(data) > MAX_DATA or not is_number(version) or not version:
            raise self._damaged_row(name)
        return StoredData(data, version)

    def save(self, lease: Lease, data: bytes, *, version: int) -> int:
        """Replace the stored version."""
        check_data(check_lease(lease).name, data)
        check_version(version)
        with self._transaction() as database:
            new = self._replaced(database, lease, version) + 1
            database.execute("UPDATE sessions SET data = ?, version = ? WHERE name = ?", (data, new, lease.name))
        return new

    def delete(self, lease: Lease, *, version: int) -> None:
        """Delete the stored version."""
        check_lease(lease)
        check_version(version)
        with self._transaction() as database:
            self._replaced(database, lease, version)
            database.execute("UPDATE sessions SET data = NULL WHERE name = ?", (lease.name,))

    def names(self) -> list[str]:
        """The names under which something is stored."""
        with self._opened() as database:
            rows = database.execute("SELECT name FROM sessions WHERE data IS NOT NULL").fetchall()
        return listed_names(self, (name for (name,) in rows))

    def close(self) -> None:
        """Close the database."""
        with self._lock:
            self._disconnect()

    # -- internal ----------------------------------------------------------------------------------------------------

    def _fenced_version(self, database: sqlite3.Connection, lease: Lease) -> tuple[int, bool]:
        """The latest version, and whether it is stored. Raises LeaseLostError."""
        row = _row(database, "SELECT token, owner, version, data IS NOT NULL FROM sessions WHERE name = ?", lease.name)
        if row is None:
            raise _refusals.lost(lease, None)
        token, owner, version, is_stored = row
        if not is_number(token) or not _is_owner(owner) or not is_number(version):
            raise self._damaged_row(lease.name)
        if (token, owner) != (lease.token, lease.owner):
            raise _refusals.lost(lease, owner)
        return version, bool(is_stored)

    def _replaced(self, database: sqlite3.Connection, lease: Lease, version: int) -> int:
        """The latest version, if the expected one is stored. Raises LeaseLostError or StoreConflictError."""
        latest, is_stored = self._fenced_version(database, lease)
        found = latest if is_stored else 0
        if found != version:
            raise _refusals.conflict(lease.name, version, found)
        return latest

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """One transaction that writes. It begins at once, so that it never fails for a lock later."""
        with self._opened() as database:
            database.execute("BEGIN IMMEDIATE")
            try:
                yield database
                self._check_in_place()
                database.execute("COMMIT")
            except BaseException:
                if database.in_transaction:
                    database.execute("ROLLBACK")
                raise

    @contextlib.contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        """The database, for one thread at a time. Raises StoreError for what SQLite raises."""
        with self._lock:
            try:
                if self._database is not None and self._process != os.getpid():
                    self._inherited.append(self._database)
                    self._database = None
                if self._database is not None and not self._is_in_place():
                    self._disconnect()
                if self._database is None:
                    self._connect()
                database = self._database
                if database is None:
                    raise AssertionError
                yield database
            except sqlite3.Error as error:
                self._disconnect()
                raise self._store_error(error) from error

    def _is_in_place(self) -> bool:
        """Whether the open database is what others find at the path, too: it may be removed or replaced by a backup."""
        try:
            return _identity(resolved(self._path).stat()) == self._identity
        except OSError:
            return False

    def _check_in_place(self) -> None:
        if not self._is_in_place():
            raise StoreUnavailableError(
                f"{self._path} was removed or replaced while it was written: nothing was saved. Try again"
            )

    def _connect(self) -> None:
        path = resolved(self._path)
        try:
            with contextlib.suppress(FileExistsError):
                os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))  # SQLite copies it for its log
            status = path.stat()
            problem = access_problem(path, status)
        except OSError as error:
            raise StoreUnavailableError(
                f"cannot open {path}: {error.strerror}. Check the folder and its permissions"
            ) from error
        if problem is not None:
            raise StoredDataError(problem)
        database = sqlite3.connect(path, timeout=self._timeout, isolation_level=None, check_same_thread=False)
        try:
            database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MAX_ROW)
            database.text_factory = _text  # sqlite3 raises for text that is not UTF-8
            self._prepare(database)
        except BaseException:
            database.close()
            raise
        self._database, self._process, self._identity = database, os.getpid(), _identity(status)

    def _prepare(self, database: sqlite3.Connection) -> None:
        """Check that it is ours, or new."""
        # first: another process makes table and application id at once, so that a database with tables has the id
        empty = database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0
        application, version = (
            database.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")
        )
        if application != _APPLICATION and not empty:
            raise StoredDataError(
                f"{self._path} is a database of another program: name another file. To import a session of a library: "
                "sansio-tl sessions put"
            )
        if version > _VERSION:
            raise StoredDataError(
                f"{self._path} was written by a newer version of sansio_tl (format {version}, this one reads "
                f"{_VERSION}): upgrade sansio_tl, or name another file. It is not changed"
            )
        if database.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):  # 40 ms for 10,000 sessions
            raise self._damaged()  # a row that is not found would be taken for a session that is not there
        self._use_write_ahead_log(database)
        database.execute("PRAGMA synchronous = FULL")
        database.execute("PRAGMA secure_delete = ON")
        if empty:
            database.execute("BEGIN IMMEDIATE")
            if database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0:
                database.execute(_TABLE)
                database.execute(f"PRAGMA application_id = {_APPLICATION}")
                database.execute(f"PRAGMA user_version = {_VERSION}")
            database.execute("COMMIT")

    def _use_write_ahead_log(self, database: sqlite3.Connection) -> None:
        """SQLite does not wait for other processes here: it fails at once while one reads."""
        end = time.monotonic() + self._timeout
        while True:
            try:
                database.execute("PRAGMA journal_mode = WAL").fetchone()
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                    raise
                time.sleep(_PAUSE)
            else:
                return

    def _disconnect(self) -> None:
        database, self._database = self._database, None
        if database is not None and self._process == os.getpid():
            with contextlib.suppress(sqlite3.Error):
                database.close()

    def _store_error(self, error: sqlite3.Error) -> StoreError:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            return StoreUnavailableError(
                f"{self._path} is locked by another process for longer than {self._timeout:g} s: end that process, or "
                "give the store a longer timeout"
            )
        if code in _MAY_PASS:
            return StoreUnavailableError(
                f"cannot use {self._path}: {error}. Check the folder, its permissions and the free space"
            )
        if code in {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_TOOBIG}:
            return self._damaged()
        return StoreError(f"cannot use {self._path}: {error}. Check that its permissions allow writing")

    def _damaged(self) -> StoredDataError:
        return StoredDataError(
            f"{self._path} is not a database, or damaged: restore it from a backup, or name another file. It is not "
            "changed"
        )

    def _damaged_row(self, name: str) -> StoredDataError:
        """A column does not have the type that our table gives it: SQLite stores any."""
        return StoredDataError(
            f"session {name!r} in {self._path} is damaged, or was stored by another program: restore it from a backup, "
            "or use another name. It is not changed"
        )


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


def _text(value: bytes) -> object:
    """A text of the database; bytes, which no valid one is, if it is not UTF-8."""
    with contextlib.suppress(UnicodeDecodeError):
        return value.decode()
    return value


def _is_owner(value: object) -> bool:
    """Whether it can be the owner of a lease, or None for a free one."""
    return value is None or isinstance(value, str)


def _row(database: sqlite3.Connection, query: str, name: str) -> Any:
    return database.execute(query, (name,)).fetchone()
