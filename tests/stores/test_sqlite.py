"""How the store in a database opens it, waits for it and closes it; the rest is in `test_files`."""

from __future__ import annotations

import gc
import math
import os
import sqlite3
import threading
import weakref
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from sansio_tl_transports.stores import (
    Lease,
    LeaseHeldError,
    LeaseLostError,
    SQLiteStore,
    StoreConflictError,
    StoredData,
    StoredDataError,
    StoreError,
    StoreUnavailableError,
)
from sansio_tl_transports.stores import sqlite as stores_in_sqlite
from sansio_tl_transports.stores.base import MAX_DATA, MAX_NAME, MAX_OWNER
from tests.stores.clocks import FakeClock, Waiting


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "s.db"


@pytest.fixture
def store(path: Path) -> Iterator[SQLiteStore]:
    with closing(SQLiteStore(path, timeout=0.0)) as made:
        yield made


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> list[sqlite3.Connection]:
    """Those that the store opens."""
    made: list[sqlite3.Connection] = []
    connect = sqlite3.connect

    def noted(*arguments: Any, **options: Any) -> sqlite3.Connection:
        made.append(connect(*arguments, **options))
        made[-1].set_trace_callback(STATEMENTS.append)
        return made[-1]

    STATEMENTS.clear()
    monkeypatch.setattr(sqlite3, "connect", noted)
    return made


STATEMENTS: list[str] = []


def is_closed(connection: sqlite3.Connection) -> bool:
    try:
        connection.execute("SELECT 1")
    except sqlite3.ProgrammingError as error:
        assert "closed database" in str(error)
        return True
    return False


def test_leases_and_versions_are_counted(path: Path) -> None:
    clock = FakeClock()
    with closing(SQLiteStore(path, clock=clock)) as store:
        lease = store.acquire("alice", "me", 60)
        assert lease == Lease("alice", 1, "me")
        assert store.save(lease, b"1", version=0) == 1
        with pytest.raises(StoreConflictError, match="alice"):
            store.save(lease, b"2", version=0)
        assert store.load("alice") == StoredData(b"1", 1)
        store.renew(lease, 100)
        with pytest.raises(LeaseHeldError) as raised:
            store.acquire("alice", "other", 60)
        assert raised.value.expires_in == 100
        clock.now += 100
        assert store.acquire("alice", "other", 60) == Lease("alice", 2, "other")
        with pytest.raises(LeaseLostError):
            store.save(lease, b"2", version=1)


def test_header_of_the_database_names_the_program_and_the_format(store: SQLiteStore, path: Path) -> None:
    store.acquire("alice", "me", 60)
    with closing(sqlite3.connect(path)) as database:
        pragmas = ("application_id", "user_version", "journal_mode")
        found = [database.execute(f"PRAGMA {name}").fetchone()[0] for name in pragmas]
    assert found == [int.from_bytes(b"STLS"), 1, "wal"]


def test_each_connection_writes_durably_and_overwrites_what_is_deleted(
    store: SQLiteStore, connections: list[sqlite3.Connection]
) -> None:
    for _ in range(2):
        store.acquire("alice", "me", 60)
        store.close()
    assert len(connections) == 2
    assert STATEMENTS.count("PRAGMA synchronous = FULL") == 2, "which may be the default of this SQLite"
    assert STATEMENTS.count("PRAGMA secure_delete = ON") == 2


def test_one_connection_is_used_by_all_threads(store: SQLiteStore, connections: list[sqlite3.Connection]) -> None:
    lease = store.acquire("alice", "me", 60)
    saved: list[int] = []
    thread = threading.Thread(target=lambda: saved.append(store.save(lease, b"1", version=0)))
    thread.start()
    thread.join()
    assert saved == [1]
    assert store.names() == ["alice"]
    store.close()
    assert [is_closed(each) for each in connections] == [True]


def test_connection_of_a_parent_process_is_neither_used_nor_closed(
    store: SQLiteStore, connections: list[sqlite3.Connection], monkeypatch: pytest.MonkeyPatch
) -> None:
    lease = store.acquire("alice", "me", 60)
    with monkeypatch.context() as patch:
        patch.setattr(os, "getpid", lambda: -1)
        STATEMENTS.clear()
        connections[0].set_trace_callback(lambda statement: STATEMENTS.append(f"of the parent: {statement}"))
        store.save(lease, b"of the child", version=0)
        store.close()
    assert [each for each in STATEMENTS if each.startswith("of the parent")] == []
    assert [is_closed(each) for each in connections] == [False, True]
    connections[0].close()


def test_connection_of_a_parent_process_is_kept_from_the_garbage_collector(
    store: SQLiteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[weakref.ref[sqlite3.Connection]] = []

    class Noted(sqlite3.Connection):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            made.append(weakref.ref(self))

    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *given, **options: connect(*given, factory=Noted, **options))
    lease = store.acquire("alice", "me", 60)
    with monkeypatch.context() as patch:
        patch.setattr(os, "getpid", lambda: -1)
        store.save(lease, b"of the child", version=0)
        gc.collect()
        assert [each() is not None for each in made] == [True, True], "which would close it in the child"
        store.close()


def test_connection_of_a_parent_process_is_left_open_by_a_child_that_only_closes(
    store: SQLiteStore, connections: list[sqlite3.Connection], monkeypatch: pytest.MonkeyPatch
) -> None:
    store.acquire("alice", "me", 60)
    with monkeypatch.context() as patch:
        patch.setattr(os, "getpid", lambda: -1)
        store.close()
    assert [is_closed(each) for each in connections] == [False]
    connections[0].close()


def test_connection_with_an_error_is_not_used_again(
    store: SQLiteStore, connections: list[sqlite3.Connection], path: Path
) -> None:
    lease = store.acquire("alice", "me", 60)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailableError, match="locked by another process for longer than 0 s"):
            store.renew(lease, 60)
    assert is_closed(connections[0])
    store.renew(lease, 60)
    assert [is_closed(each) for each in connections] == [True, True, False], "the second one is that of the test"


def test_database_that_is_refused_is_closed(
    store: SQLiteStore, connections: list[sqlite3.Connection], path: Path
) -> None:
    path.write_bytes(b"damaged" * 300)
    path.chmod(0o600)
    with pytest.raises(StoredDataError, match="is not a database, or damaged"):
        store.load("alice")
    assert [is_closed(each) for each in connections] == [True]


@pytest.fixture
def reader(path: Path) -> Iterator[sqlite3.Connection]:
    """Another process reads the database, whose log is not write-ahead."""
    with closing(SQLiteStore(path)) as first:
        first.save(first.acquire("alice", "me", 60), b"1", version=0)
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        assert database.execute("PRAGMA journal_mode = DELETE").fetchone() == ("delete",)
        database.execute("BEGIN")
        database.execute("SELECT count(*) FROM sessions").fetchone()
        yield database


def test_mode_of_the_database_is_changed_once_nobody_reads(
    reader: sqlite3.Connection, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting: Waiting = Waiting(lambda: waiting.pauses == 3 and reader.execute("COMMIT"), pause=0.01)
    monkeypatch.setattr(stores_in_sqlite, "time", waiting)
    with closing(SQLiteStore(path, timeout=2**-6)) as store:
        assert store.load("alice") == StoredData(b"1", 1)
        assert waiting.pauses == 3
        with closing(sqlite3.connect(path)) as another:
            assert another.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_waiting_for_readers_ends_at_the_timeout(
    reader: sqlite3.Connection, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = Waiting(pause=0.01)
    monkeypatch.setattr(stores_in_sqlite, "time", waiting)
    with (
        closing(SQLiteStore(path, timeout=2**-7)) as store,
        pytest.raises(StoreUnavailableError, match=r"locked by another process for longer than 0\.0078125 s"),
    ):
        store.load("alice")
    assert waiting.pauses == 9, "the last attempt is after the timeout"
    assert reader.in_transaction


def test_other_failure_to_change_the_mode_is_reported_at_once(
    store: SQLiteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = Waiting(pause=0.01)
    monkeypatch.setattr(stores_in_sqlite, "time", waiting)
    connect = sqlite3.connect

    class Failing(sqlite3.Connection):
        def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
            if "journal_mode" in sql:
                error = sqlite3.OperationalError("disk I/O error")
                error.sqlite_errorcode = sqlite3.SQLITE_IOERR_WRITE
                raise error
            return super().execute(sql, parameters)

    monkeypatch.setattr(sqlite3, "connect", lambda *given, **options: connect(*given, factory=Failing, **options))
    with pytest.raises(StoreUnavailableError, match="disk I/O error. Check the folder"):
        store.load("alice")
    assert waiting.pauses == 0


def damaged(path: Path, column: str, value: object) -> None:
    """Store a value of any type in a column: SQLite allows it."""
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(f"UPDATE sessions SET {column} = ?", (value,))


@pytest.mark.parametrize("value", [1.5, "text", "1", -1, 200_000_000, 1 << 62, bytes((1 << 20) + 1), bytes(3 << 20)])
def test_data_of_another_type_or_size_is_reported_as_damaged(store: SQLiteStore, path: Path, value: object) -> None:
    lease = store.acquire("alice", "me", 60)
    store.save(lease, b"1", version=0)
    damaged(path, "data", value)
    with pytest.raises(StoredDataError, match=r"damaged.* It is not changed"):
        store.load("alice")
    assert store.names() == ["alice"]


@pytest.mark.parametrize("value", ["text", "1.5", b"1", 1.5, -1, 0, 1 << 53])
def test_version_of_another_type_is_reported_as_damaged(store: SQLiteStore, path: Path, value: object) -> None:
    lease = store.acquire("alice", "me", 60)
    store.save(lease, b"1", version=0)
    damaged(path, "version", value)
    with pytest.raises(StoredDataError, match=r"session 'alice' in .* is damaged"):
        store.load("alice")
    with pytest.raises(StoreError, match="alice"):
        store.save(lease, b"2", version=1)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        *(("token", value) for value in ("text", b"1", 1.5, -1, 1 << 53)),
        ("owner", b"me"),
        *(("expires", value) for value in ("text", b"1", math.inf, -math.inf)),
    ],
)
def test_lease_of_another_type_is_reported_as_damaged(
    store: SQLiteStore, path: Path, column: str, value: object
) -> None:
    lease = store.acquire("alice", "me", 60)
    damaged(path, column, value)
    for owner in ("me", "other"):
        with pytest.raises(StoredDataError, match=r"session 'alice' in .* is damaged"):
            store.acquire("alice", owner, 60)
    if column != "expires":
        with pytest.raises(StoredDataError, match=r"session 'alice' in .* is damaged"):
            store.save(lease, b"1", version=0)
        with pytest.raises(StoredDataError, match=r"session 'alice' in .* is damaged"):
            store.renew(lease, 60)


def test_owner_that_is_not_utf8_is_reported_as_damaged(store: SQLiteStore, path: Path) -> None:
    store.acquire("alice", "me", 60)
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE sessions SET owner = CAST(x'ff' AS TEXT)")
    with pytest.raises(StoredDataError, match=r"session 'alice' in .* is damaged"):
        store.acquire("alice", "other", 60)


def test_largest_session_is_stored(store: SQLiteStore) -> None:
    name, owner = "n" * MAX_NAME, "o" * MAX_OWNER
    lease = store.acquire(name, owner, 60)
    assert store.save(lease, bytes(MAX_DATA), version=0) == 1
    assert store.save(lease, bytes(MAX_DATA), version=1) == 2
    store.close()
    assert store.load(name) == StoredData(bytes(MAX_DATA), 2)
    assert store.acquire(name, owner, 60) == Lease(name, 2, owner)
