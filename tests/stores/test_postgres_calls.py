"""The calls of the stores for PostgreSQL, with connections that return what the test says: no server is needed."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Self

import pytest

psycopg = pytest.importorskip("psycopg")

from sansio_tl_transports.stores import (  # noqa: E402
    Lease,
    LeaseHeldError,
    LeaseLostError,
    StoreConflictError,
    StoredData,
    StoreError,
    StoreUnavailableError,
)
from sansio_tl_transports.stores.postgres import TABLE, AsyncPostgresStore, PostgresStore  # noqa: E402

URL = "postgresql://me:secret@db.example:6000/sessions"
LEASE = Lease("alice", 5, "me")
Rows = list[tuple[Any, ...]]


class Server:
    """Answers each statement with the next rows, or raises the next error."""

    def __init__(self) -> None:
        self.answers: list[Rows | Exception] = []
        self.statements: list[str] = []
        self.arguments: list[Any] = []
        self.connections: list[Connection] = []
        self.has_table = True
        self.failing: Exception | None = None

    def connect(self, **settings: Any) -> Connection:
        if self.failing is not None:
            raise self.failing
        self.connections.append(Connection(self, settings))
        return self.connections[-1]

    async def connect_async(self, **settings: Any) -> AsyncConnection:
        return AsyncConnection(self.connect(**settings))

    @property
    def calls(self) -> list[str]:
        """The first words of the statements of stores."""
        return [statement.split()[0] for statement in self.statements]


class Connection:
    """A connection of psycopg."""

    def __init__(self, server: Server, settings: dict[str, Any]) -> None:
        self.server, self.settings = server, settings
        self.closed = False
        self.timeout: Any = None
        self._rows: Rows = []

    def execute(self, statement: str, arguments: Any = None) -> Connection:
        if "statement_timeout" in statement:
            (self.timeout,) = arguments
        elif "to_regclass" in statement:
            self._rows = [("sansio_tl_sessions" if self.server.has_table else None,)]
        elif statement == TABLE or "advisory" in statement:
            self.server.statements.append(statement)
        else:
            self.server.statements.append(statement)
            self.server.arguments.append(arguments)
            answer = self.server.answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            self._rows = answer
        return self

    def fetchall(self) -> Rows:
        return self._rows

    def fetchone(self) -> Any:
        return self._rows[0]

    def transaction(self) -> Connection:
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """The end of a transaction."""

    def fileno(self) -> int:
        raise psycopg.OperationalError("closed")

    def close(self) -> None:
        self.closed = True


class AsyncConnection:
    """The same, awaitable."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def execute(self, statement: str, arguments: Any = None) -> AsyncConnection:
        await asyncio.sleep(0)
        self._connection.execute(statement, arguments)
        return self

    async def fetchall(self) -> Rows:
        return self._connection.fetchall()

    async def fetchone(self) -> Any:
        return self._connection.fetchone()

    def transaction(self) -> AsyncConnection:
        return self

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """The end of a transaction."""

    async def close(self) -> None:
        self._connection.close()


class Awaited:
    """An `AsyncPostgresStore` whose calls block."""

    def __init__(self, runner: asyncio.Runner, *arguments: Any, **options: Any) -> None:
        self._runner = runner
        self._store = AsyncPostgresStore(*arguments, **options)

    def __getattr__(self, name: str) -> Any:
        def call(*arguments: Any, **options: Any) -> Any:
            return self._runner.run(getattr(self._store, name)(*arguments, **options))

        return call


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    made = Server()
    monkeypatch.setattr(psycopg, "connect", made.connect)
    monkeypatch.setattr(psycopg.AsyncConnection, "connect", made.connect_async)
    return made


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as made:
        yield made


@pytest.fixture(params=["blocking", "asyncio"])
def make(request: pytest.FixtureRequest, runner: asyncio.Runner) -> Callable[..., Any]:
    return PostgresStore if request.param == "blocking" else partial(Awaited, runner)


def test_connection_is_opened_once_with_its_timeouts(server: Server, make: Callable[..., Any]) -> None:
    store = make(URL, timeout=3.0)
    assert server.connections == []
    server.answers = [[], [(b"data", 7)]]
    assert store.load("alice") is None
    assert store.load("alice") == StoredData(b"data", 7)
    [connection] = server.connections
    expected = {
        "connect_timeout": 3,
        "keepalives_idle": 3,
        "keepalives_interval": 1,
        "keepalives_count": 2,
        "tcp_user_timeout": 3000,
        "application_name": "sansio_tl",
        "autocommit": True,
        "prepare_threshold": None,
        "host": "db.example",
        "port": "6000",
        "user": "me",
        "password": "secret",
        "dbname": "sessions",
    }
    assert connection.settings == expected
    assert (connection.timeout, server.calls) == ("3000", ["SELECT", "SELECT"])
    assert not connection.closed
    store.close()
    assert connection.closed
    store.close()


@pytest.mark.parametrize(("timeout", "seconds"), [(0.2, (2, 1, 200)), (7.4, (7, 7, 7400))])
def test_timeouts_of_libpq_are_whole_seconds(server: Server, timeout: float, seconds: tuple[int, int, int]) -> None:
    server.answers = [[]]
    store = PostgresStore(URL, timeout=timeout)
    assert store.names() == []
    settings = server.connections[0].settings
    names = ("connect_timeout", "keepalives_idle", "tcp_user_timeout")
    assert tuple(settings[name] for name in names) == seconds
    store.close()


def test_settings_of_the_user_come_first(server: Server) -> None:
    server.answers = [[]]
    store = PostgresStore(f"{URL}?connect_timeout=9&application_name=mine")
    store.names()
    assert (server.connections[0].settings["connect_timeout"], server.connections[0].timeout) == ("9", "5000")
    assert server.connections[0].settings["application_name"] == "mine"
    store.close()


def test_table_is_made_by_one_process_at_a_time_if_there_is_none(server: Server, make: Callable[..., Any]) -> None:
    server.has_table = False
    server.answers = [[("b",), ("a",)]]
    store = make(URL)
    assert store.names() == ["a", "b"]
    assert server.statements[0].startswith("SELECT pg_advisory_xact_lock(")
    assert server.statements[1] == TABLE
    assert len(server.statements) == 3
    store.close()


def test_lease_that_another_owner_has_is_reported(server: Server, make: Callable[..., Any]) -> None:
    store = make(URL)
    server.answers = [[(3,)], [], [("another", 12.5)]]
    assert store.acquire("alice", "me", 60) == Lease("alice", 3, "me")
    with pytest.raises(LeaseHeldError, match="in use by another; its lease expires in 12"):
        store.acquire("alice", "me", 60)
    assert server.arguments == [{"name": "alice", "owner": "me", "seconds": 60.0}] * 3
    store.close()


CALLS: dict[str, Callable[[Any], object]] = {
    "renew": lambda store: store.renew(LEASE, 60),
    "save": lambda store: store.save(LEASE, b"data", version=4),
    "delete": lambda store: store.delete(LEASE, version=4),
}


@pytest.mark.parametrize("name", CALLS)
def test_statement_that_changes_nothing_has_a_reason(server: Server, make: Callable[..., Any], name: str) -> None:
    store, call = make(URL), CALLS[name]
    server.answers = [[], [(6, "another", 4)]]
    with pytest.raises(LeaseLostError, match="another has it"):
        call(store)
    server.answers = [[], []]
    with pytest.raises(LeaseLostError, match="it was released, or a later client has had it"):
        call(store)
    server.answers = [[], [(5, "me", 9)]]
    expected = 0 if name == "renew" else 4
    with pytest.raises(StoreConflictError, match=f"cannot replace version {expected} .*: version 9 is stored"):
        call(store)
    assert all(not connection.closed for connection in server.connections), "it is no error of the connection"
    store.close()


def test_successful_calls_make_one_statement(server: Server, make: Callable[..., Any]) -> None:
    store = make(URL)
    server.answers = [[(5,)], [(5,)], [(8,)], [(1,)]]
    assert store.renew(LEASE, 60) is None
    assert store.save(LEASE, b"data", version=4) == 5
    assert store.delete(LEASE, version=8) is None
    assert store.release(LEASE) is None
    fenced = {"name": "alice", "token": 5, "owner": "me"}
    assert server.calls == ["UPDATE"] * 4
    assert server.arguments == [
        {**fenced, "seconds": 60.0},
        {**fenced, "data": b"data", "version": 4},
        {**fenced, "version": 8},
        fenced,
    ]
    store.close()


INVALID: dict[str, tuple[Callable[[Any], object], str]] = {
    "acquire": (lambda store: store.acquire("", "me", 60), "invalid name"),
    "owner": (lambda store: store.acquire("alice", "", 60), "invalid owner"),
    "seconds": (lambda store: store.acquire("alice", "me", 0), "invalid time"),
    "renew": (lambda store: store.renew(Lease("alice", -1, "me"), 60), "invalid lease"),
    "renew for": (lambda store: store.renew(LEASE, 0), "invalid time"),
    "release": (lambda store: store.release(Lease("alice", -1, "me")), "invalid lease"),
    "load": (lambda store: store.load(""), "invalid name"),
    "save": (lambda store: store.save(Lease("alice", -1, "me"), b"", version=0), "invalid lease"),
    "data": (lambda store: store.save(LEASE, "text", version=0), "expected bytes"),
    "version": (lambda store: store.save(LEASE, b"", version=-1), "invalid version"),
    "delete": (lambda store: store.delete(Lease("alice", -1, "me"), version=1), "invalid lease"),
    "deleted version": (lambda store: store.delete(LEASE, version=-1), "invalid version"),
}


@pytest.mark.parametrize("name", INVALID)
def test_invalid_values_are_refused_before_anything_is_sent(
    server: Server, make: Callable[..., Any], name: str
) -> None:
    call, text = INVALID[name]
    with pytest.raises(StoreError, match=text):
        call(make(URL))
    assert server.connections == []


def error_of(kind: type[Exception], text: str) -> Exception:
    return kind(text)


ERRORS: list[tuple[Any, str, type[Exception], str]] = [
    (psycopg.errors.InvalidPassword, "x", StoreError, "at db.example:6000 refuses the user: check name and password"),
    (psycopg.errors.InvalidAuthorizationSpecification, "x", StoreError, "refuses the user"),
    (psycopg.errors.InsufficientPrivilege, "no", StoreError, r"denies access: no\. Let the owner of the database run"),
    (psycopg.errors.ReadOnlySqlTransaction, "x", StoreUnavailableError, "is a replica: use the primary"),
    (psycopg.errors.QueryCanceled, "slow", StoreUnavailableError, r"is too slow: slow\. Check its load and its locks"),
    (
        psycopg.OperationalError,
        "gone\nmore",
        StoreUnavailableError,
        r"no answer of PostgreSQL at .*: gone\. Check",
    ),
    (psycopg.InterfaceError, "closed", StoreUnavailableError, r"closed\. Check that it runs"),
    (psycopg.DataError, "odd", StoreError, "reports an error: odd$"),
    (psycopg.OperationalError, "", StoreUnavailableError, r": OperationalError\. Check that it runs"),
    (psycopg.OperationalError, "bad secret", StoreUnavailableError, r": OperationalError\. Check that it runs"),
    (psycopg.OperationalError, 'no "sessions"', StoreUnavailableError, r": no <dbname>\. Check that it runs"),
    (psycopg.OperationalError, 'of "db.example"', StoreUnavailableError, r': of "db\.example"\. Check that it runs'),
    (psycopg.OperationalError, "x" * 300, StoreUnavailableError, rf": {'x' * 200}\. Check that it runs"),
]


@pytest.mark.parametrize(("kind", "text", "raised", "match"), ERRORS)
def test_error_says_what_to_do_and_closes_the_connection(
    server: Server, make: Callable[..., Any], kind: type[Exception], text: str, raised: type[Exception], match: str
) -> None:
    store = make(URL)
    server.answers = [error_of(kind, text), []]
    with pytest.raises(raised, match=match) as caught:
        store.load("alice")
    assert type(caught.value) is raised
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is not None
    assert [connection.closed for connection in server.connections] == [True]
    assert store.load("alice") is None
    assert [connection.closed for connection in server.connections] == [True, False]
    store.close()


def test_connection_of_a_parent_process_is_left_alone(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    store = PostgresStore(URL)
    server.answers = [[], [], psycopg.OperationalError("gone")]
    store.names()
    process = os.getpid()
    monkeypatch.setattr(os, "getpid", lambda: process + 1)
    store.names()
    assert [connection.closed for connection in server.connections] == [False, False]
    with pytest.raises(StoreUnavailableError):
        store.names()
    assert [connection.closed for connection in server.connections] == [False, True]
    server.answers = [[]]
    store.names()
    monkeypatch.setattr(os, "getpid", lambda: process)
    store.close()
    assert not server.connections[2].closed, "it belongs to the child"


def test_call_of_asyncio_that_gets_no_answer_ends_in_time(
    server: Server, runner: asyncio.Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hang(*_: object) -> None:
        await asyncio.Event().wait()

    store = Awaited(runner, URL, timeout=0.05)
    monkeypatch.setattr(AsyncConnection, "fetchall", hang)
    server.answers = [[]]
    with pytest.raises(StoreUnavailableError, match=r"no answer of PostgreSQL at db\.example:6000 within 0\.1 s"):
        store.load("alice")
    assert [connection.closed for connection in server.connections] == [True]
    store.close()


def test_blocking_call_that_gets_no_answer_is_ended(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its socket is shut down by a thread that does not keep the program alive."""
    ours, theirs = socket.socketpair()
    timers: list[bool] = []

    def fetchall(_: Connection) -> Rows:
        timers.extend(each.daemon for each in threading.enumerate() if isinstance(each, threading.Timer))
        ours.settimeout(10)
        assert ours.recv(1) == b""
        raise psycopg.OperationalError("the connection is closed")

    store = PostgresStore(URL, timeout=0.05)
    server.answers = [[], []]
    with ours, theirs:
        monkeypatch.setattr(Connection, "fileno", lambda _: ours.fileno())
        with monkeypatch.context() as patch:
            patch.setattr(Connection, "fetchall", fetchall)
            with pytest.raises(StoreUnavailableError, match="the connection is closed"):
                store.names()
    assert timers == [True]
    store.names()
    assert [
        each for each in threading.enumerate() if isinstance(each, threading.Timer) and not each.finished.is_set()
    ] == []
    store.close()


def test_calls_of_asyncio_take_turns(server: Server) -> None:
    async def main() -> None:
        store = AsyncPostgresStore(URL)
        server.answers = [[("a",)], [("b",)]]
        first, second = await asyncio.gather(store.names(), store.names())
        assert (first, second) == (["a"], ["b"])
        await store.close()

    asyncio.run(main())
    assert len(server.connections) == 1


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://h1,h2:6001/x", "h1:5432,h2:6001"),
        ("host=h1,h2 port=6000", "h1:6000,h2:6000"),
        ("hostaddr=192.0.2.1", "192.0.2.1:5432"),
        ("dbname=x", "localhost:5432"),
    ],
)
def test_repr_has_each_host_with_its_port(url: str, shown: str) -> None:
    assert repr(PostgresStore(url)) == f"PostgresStore('{shown}')"
    assert repr(AsyncPostgresStore(url)) == f"AsyncPostgresStore('{shown}')"


@pytest.mark.parametrize("url", [None, "a\0b", "postgresql://h:99999/", "host=h port=x", "=", "postgresql://["])
def test_invalid_connection_string_is_refused_without_showing_it(url: Any) -> None:
    with pytest.raises(StoreError, match=r"postgresql://USER:PASSWORD@HOST:PORT/DATABASE"):
        PostgresStore(url)
