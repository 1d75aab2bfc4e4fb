"""Sessions in PostgreSQL, for accounts that several computers share and that must survive a failover.

Needs the extra `postgres`.

    PostgresStore("postgresql://user@host/database")
    AsyncPostgresStore(...)                         for asyncio

Each operation is one statement on one row; leases expire by the clock of the server. A confirmed save is durable, and
with synchronous replication also after a failover. The table is made at the first use, if there is none; where the user
may not create one, let its owner run `TABLE`.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, LiteralString, TypeAlias

from sansio_tl_transports._shared.escape_text import visible
from sansio_tl_transports.stores import _refusals
from sansio_tl_transports.stores._addresses import check_url, invalid_url, is_host, is_port, shown
from sansio_tl_transports.stores._operations import Operation, run, run_async
from sansio_tl_transports.stores.base import (
    Lease,
    StoredData,
    check_data,
    check_lease,
    check_name,
    check_owner,
    check_seconds,
    check_version,
    listed_names,
)
from sansio_tl_transports.stores.errors import StoreError, StoreUnavailableError

try:
    import psycopg
    from psycopg.conninfo import conninfo_to_dict
except ImportError as error:
    raise ImportError(
        "sansio_tl_transports.stores.postgres needs psycopg. The extra postgres brings it: pip install '.[postgres]' "
        "in a checkout"
    ) from error

TIMEOUT = 5.0
_PATIENCE = 2
"""So many times the timeout a call waits when not even the server's own timeout is reported."""
_FORM = "postgresql://USER:PASSWORD@HOST:PORT/DATABASE, or a connection string of libpq"
TABLE: LiteralString = """CREATE TABLE IF NOT EXISTS sansio_tl_sessions (
    name text PRIMARY KEY,
    data bytea,                                   -- NULL: nothing is stored
    version bigint NOT NULL DEFAULT 0,
    token bigint NOT NULL,
    owner text,                                   -- NULL: the lease is free
    expires timestamptz NOT NULL
)"""
"""The statement that makes the table. Another layout would be another table."""

_Query: TypeAlias = tuple[LiteralString, dict[str, Any]]
_SECONDS: LiteralString = "clock_timestamp() + make_interval(secs => %(seconds)s)"
_STORED: LiteralString = "CASE WHEN data IS NULL THEN 0 ELSE version END"
_FENCED: LiteralString = "name = %(name)s AND token = %(token)s AND owner = %(owner)s"
_ACQUIRE: LiteralString = f"""INSERT INTO sansio_tl_sessions AS s (name, token, owner, expires)
VALUES (%(name)s, 1, %(owner)s, {_SECONDS})
ON CONFLICT (name) DO UPDATE SET token = s.token + 1, owner = excluded.owner, expires = {_SECONDS}
WHERE s.owner IS NULL OR s.owner = excluded.owner OR s.expires <= clock_timestamp()
RETURNING token"""
_HOLDER: LiteralString = """SELECT coalesce(owner, ''), extract(epoch FROM expires - clock_timestamp())::float8
FROM sansio_tl_sessions WHERE name = %(name)s"""
_RENEW: LiteralString = f"""UPDATE sansio_tl_sessions SET expires = {_SECONDS} WHERE {_FENCED} RETURNING token"""
_RELEASE: LiteralString = f"UPDATE sansio_tl_sessions SET owner = NULL WHERE {_FENCED} RETURNING 1"
_LOAD: LiteralString = "SELECT data, version FROM sansio_tl_sessions WHERE name = %(name)s AND data IS NOT NULL"
_SAVE: LiteralString = f"""UPDATE sansio_tl_sessions SET data = %(data)s, version = version + 1
WHERE {_FENCED} AND {_STORED} = %(version)s RETURNING version"""
_DELETE: LiteralString = f"""UPDATE sansio_tl_sessions SET data = NULL
WHERE {_FENCED} AND {_STORED} = %(version)s RETURNING version"""
_STATE: LiteralString = f"SELECT token, owner, {_STORED} FROM sansio_tl_sessions WHERE name = %(name)s"
_NAMES: LiteralString = "SELECT name FROM sansio_tl_sessions WHERE data IS NOT NULL"


def _acquire(name: str, owner: str, seconds: float) -> Operation[_Query, Lease]:
    arguments = {"name": check_name(name), "owner": check_owner(owner), "seconds": check_seconds(seconds)}
    if rows := (yield _ACQUIRE, arguments):
        return Lease(name, rows[0][0], owner)
    holder, expires_in = (yield _HOLDER, arguments)[0]
    raise _refusals.held(name, holder, expires_in)


def _renew(lease: Lease, seconds: float) -> Operation[_Query, None]:
    if not (yield _RENEW, {**_of(lease), "seconds": check_seconds(seconds)}):
        raise (yield from _refusal(lease))


def _release(lease: Lease) -> Operation[_Query, None]:
    yield _RELEASE, _of(lease)


def _load(name: str) -> Operation[_Query, StoredData | None]:
    rows = yield _LOAD, {"name": check_name(name)}
    return StoredData(bytes(rows[0][0]), rows[0][1]) if rows else None


def _save(lease: Lease, data: bytes, version: int) -> Operation[_Query, int]:
    check_data(check_lease(lease).name, data)
    rows = yield _SAVE, {**_of(lease), "data": data, "version": check_version(version)}
    if not rows:
        raise (yield from _refusal(lease, version))
    new: int = rows[0][0]
    return new


def _delete(lease: Lease, version: int) -> Operation[_Query, None]:
    if not (yield _DELETE, {**_of(lease), "version": check_version(version)}):
        raise (yield from _refusal(lease, version))


def _names() -> Operation[_Query, list[str]]:
    rows = yield _NAMES, {}
    return listed_names("a table of PostgreSQL", (name for (name,) in rows))


def _of(lease: Lease) -> dict[str, Any]:
    check_lease(lease)
    return {"name": lease.name, "token": lease.token, "owner": lease.owner}


def _refusal(lease: Lease, version: int = 0) -> Operation[_Query, StoreError]:
    """Why a statement has changed nothing."""
    rows = yield _STATE, _of(lease)
    token, owner, found = rows[0] if rows else (0, None, 0)
    is_lost = (token, owner) != (lease.token, lease.owner)
    return _refusals.lost(lease, owner) if is_lost else _refusals.conflict(lease.name, version, found)


def _settings(conninfo: str, timeout: float) -> dict[str, Any]:
    """Connection settings that end a call after about `timeout` seconds when the server or the network is silent."""
    settings: dict[str, Any] = {
        "connect_timeout": max(2, round(timeout)),  # libpq's minimum
        "keepalives_idle": max(1, round(timeout)),
        "keepalives_interval": 1,
        "keepalives_count": 2,
        "tcp_user_timeout": round(timeout * 1000),
        "application_name": "sansio_tl",
    }
    given = _parsed(conninfo)
    if given is None:  # raised here, where no error of psycopg is its context: that shows the password
        raise invalid_url("PostgreSQL", _FORM)
    return {**settings, **given}


def _parsed(conninfo: str) -> dict[str, Any] | None:
    """The settings in a connection string; None if it is invalid."""
    if not isinstance(conninfo, str) or "\0" in conninfo:
        return None
    if "://" in conninfo.split("=", maxsplit=1)[0]:
        check_url(conninfo, "PostgreSQL", _FORM)
    try:
        given: dict[str, Any] = conninfo_to_dict(conninfo)
    except (psycopg.Error, UnicodeError):
        return None
    hosts = [host for key in ("host", "hostaddr") for host in str(given.get(key, "")).split(",")]
    ports = str(given.get("port", "")).split(",")
    return given if all(map(is_host, filter(None, hosts))) and all(map(is_port, filter(None, ports))) else None


def _address(settings: dict[str, Any]) -> str:
    """Hosts and ports. Nothing else, for it may be a part of the password."""
    hosts = str(settings.get("host") or settings.get("hostaddr") or "localhost").split(",")
    ports = str(settings.get("port") or 5432).split(",")
    ports = ports * len(hosts) if len(ports) == 1 else ports
    return ",".join(shown(host, port or 5432) for host, port in zip(hosts, ports, strict=False))


@contextmanager
def _errors(settings: dict[str, Any]) -> Iterator[None]:
    """Turn what psycopg raises into errors of stores."""
    try:
        yield
    except (psycopg.errors.InvalidPassword, psycopg.errors.InvalidAuthorizationSpecification) as error:
        raise StoreError(f"PostgreSQL at {_address(settings)} refuses the user: check name and password") from error
    except psycopg.errors.InsufficientPrivilege as error:
        raise StoreError(
            f"PostgreSQL at {_address(settings)} denies access: {_line(error, settings)}. Let the owner of the "
            "database run sansio_tl_transports.stores.postgres.TABLE, and grant SELECT, INSERT and UPDATE"
        ) from error
    except psycopg.errors.ReadOnlySqlTransaction as error:
        raise StoreUnavailableError(f"PostgreSQL at {_address(settings)} is a replica: use the primary") from error
    except psycopg.errors.QueryCanceled as error:
        raise StoreUnavailableError(
            f"PostgreSQL at {_address(settings)} is too slow: {_line(error, settings)}. Check its load and its locks"
        ) from error
    except (psycopg.OperationalError, psycopg.InterfaceError) as error:
        raise StoreUnavailableError(
            f"no answer of PostgreSQL at {_address(settings)}: {_line(error, settings)}. Check that it runs, has free "
            "space and can be reached"
        ) from error
    except psycopg.Error as error:
        raise StoreError(f"PostgreSQL at {_address(settings)} reports an error: {_line(error, settings)}") from error


@contextmanager
def _limited(connection: psycopg.Connection[Any], seconds: float) -> Iterator[None]:
    """End a call whose answer does not come although the network seems to work: shut the socket down."""
    timer = threading.Timer(seconds, _shut_down, (connection,))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _shut_down(connection: psycopg.Connection[Any]) -> None:
    with contextlib.suppress(OSError, psycopg.Error), socket.socket(fileno=os.dup(connection.fileno())) as shared:
        shared.shutdown(socket.SHUT_RDWR)


def _line(error: Exception, settings: dict[str, Any]) -> str:
    """The beginning of the error's text. libpq quotes settings in it; those are left out."""
    line = (str(error).splitlines() or [type(error).__name__])[0]
    for key, value in settings.items():
        if key not in {"host", "hostaddr", "port"} and isinstance(value, str) and value:
            line = line.replace(f'"{value}"', f"<{key}>")
    if (password := settings.get("password")) and password in line:
        line = type(error).__name__
    return visible(line[:200])


class PostgresStore:
    """Sessions in PostgreSQL, with blocking calls over one connection, which is opened again after an error."""

    def __init__(self, conninfo: str, *, timeout: float = TIMEOUT) -> None:
        """`conninfo` is a URL or string of libpq; `timeout` is for connecting and for each answer, in seconds."""
        self._settings = _settings(conninfo, timeout)
        self._timeout = timeout
        self._lock = threading.Lock()
        self._connection: psycopg.Connection[Any] | None = None
        self._process = 0

    def __repr__(self) -> str:
        return f"PostgresStore({_address(self._settings)!r})"

    def _execute(self, query: _Query) -> list[Any]:
        with self._lock, _errors(self._settings):
            try:
                connection = self._opened()
                with _limited(connection, _PATIENCE * self._timeout):
                    return connection.execute(*query).fetchall()
            except BaseException:
                self._disconnect()
                raise

    def _opened(self) -> psycopg.Connection[Any]:
        connection = self._connection
        if connection is None or self._process != os.getpid():  # it belongs to the parent process
            connection = psycopg.connect(**self._settings, autocommit=True, prepare_threshold=None)
            self._connection, self._process = connection, os.getpid()
            connection.execute("SELECT set_config('statement_timeout', %s, false)", (f"{self._timeout * 1000:.0f}",))
            if connection.execute("SELECT to_regclass('sansio_tl_sessions')").fetchone() == (None,):
                with connection.transaction():  # for one process at a time: CREATE TABLE IF NOT EXISTS may collide
                    connection.execute("SELECT pg_advisory_xact_lock(hashtext('sansio_tl_sessions'))")
                    connection.execute(TABLE)
        return connection

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None and self._process == os.getpid():
            with contextlib.suppress(psycopg.Error):
                connection.close()

    def acquire(self, name: str, owner: str, seconds: float) -> Lease:
        """Get the lease of a name."""
        return run(_acquire(name, owner, seconds), self._execute)

    def renew(self, lease: Lease, seconds: float) -> None:
        """Extend the lease."""
        run(_renew(lease, seconds), self._execute)

    def release(self, lease: Lease) -> None:
        """Let others acquire it."""
        run(_release(lease), self._execute)

    def load(self, name: str) -> StoredData | None:
        """What is stored."""
        return run(_load(name), self._execute)

    def save(self, lease: Lease, data: bytes, *, version: int) -> int:
        """Replace the stored version."""
        return run(_save(lease, data, version), self._execute)

    def delete(self, lease: Lease, *, version: int) -> None:
        """Delete the stored version."""
        run(_delete(lease, version), self._execute)

    def names(self) -> list[str]:
        """The names under which something is stored."""
        return run(_names(), self._execute)

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            self._disconnect()


class AsyncPostgresStore:
    """Sessions in PostgreSQL, for asyncio, over one connection, which is opened again after an error."""

    async_library: Final = "asyncio"

    def __init__(self, conninfo: str, *, timeout: float = TIMEOUT) -> None:
        """As `PostgresStore`."""
        self._settings = _settings(conninfo, timeout)
        self._timeout = timeout
        self._connection: psycopg.AsyncConnection[Any] | None = None
        self._lock: Any = None

    def __repr__(self) -> str:
        return f"AsyncPostgresStore({_address(self._settings)!r})"

    async def _execute(self, query: _Query) -> list[Any]:
        if self._lock is None:
            self._lock = asyncio.Lock()
        async with self._lock:
            with _errors(self._settings):
                try:
                    async with asyncio.timeout(_PATIENCE * self._timeout):
                        return await (await (await self._opened()).execute(*query)).fetchall()
                except TimeoutError as error:
                    await self._disconnect()
                    raise StoreUnavailableError(
                        f"no answer of PostgreSQL at {_address(self._settings)} within {_PATIENCE * self._timeout:g} "
                        "s. Check that it runs and can be reached"
                    ) from error
                except BaseException:  # a cancelled query, too, for its answer is still to come
                    await self._disconnect()
                    raise

    async def _opened(self) -> psycopg.AsyncConnection[Any]:
        connection = self._connection
        if connection is None:
            connection = await psycopg.AsyncConnection.connect(
                **self._settings, autocommit=True, prepare_threshold=None
            )
            self._connection = connection
            timeout = f"{self._timeout * 1000:.0f}"
            await connection.execute("SELECT set_config('statement_timeout', %s, false)", (timeout,))
            if await (await connection.execute("SELECT to_regclass('sansio_tl_sessions')")).fetchone() == (None,):
                async with connection.transaction():
                    await connection.execute("SELECT pg_advisory_xact_lock(hashtext('sansio_tl_sessions'))")
                    await connection.execute(TABLE)
        return connection

    async def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(psycopg.Error):
                await connection.close()

    async def acquire(self, name: str, owner: str, seconds: float) -> Lease:
        """Get the lease of a name."""
        return await run_async(_acquire(name, owner, seconds), self._execute)

    async def renew(self, lease: Lease, seconds: float) -> None:
        """Extend the lease."""
        await run_async(_renew(lease, seconds), self._execute)

    async def release(self, lease: Lease) -> None:
        """Let others acquire it."""
        await run_async(_release(lease), self._execute)

    async def load(self, name: str) -> StoredData | None:
        """What is stored."""
        return await run_async(_load(name), self._execute)

    async def save(self, lease: Lease, data: bytes, *, version: int) -> int:
        """Replace the stored version."""
        return await run_async(_save(lease, data, version), self._execute)

    async def delete(self, lease: Lease, *, version: int) -> None:
        """Delete the stored version."""
        await run_async(_delete(lease, version), self._execute)

    async def names(self) -> list[str]:
        """The names under which something is stored."""
        return await run_async(_names(), self._execute)

    async def close(self) -> None:
        """Close the connection."""
        await self._disconnect()


__all__ = ["TABLE", "AsyncPostgresStore", "PostgresStore"]
