"""Leases when the wall clock of a store is set, as docs/sessions.md describes it: here those of one computer.

tests/stores/test_redis.py and test_postgres.py have the same for the clocks of the servers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sansio_tl_transports.stores import FileStore, FolderStore, LeaseHeldError, SessionStore, SQLiteStore, StoredData
from tests.stores.clock_steps import step_forward_takes_the_lease
from tests.stores.clocks import FakeClock

LOCAL: dict[str, Callable[[Path, FakeClock], SessionStore]] = {
    "file": lambda path, clock: FileStore(path / "sessions.json", clock=clock),
    "folder": lambda path, clock: FolderStore(path / "sessions", clock=clock),
    "sqlite": lambda path, clock: SQLiteStore(path / "sessions.db", clock=clock),
}


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(params=LOCAL)
def store(request: pytest.FixtureRequest, tmp_path: Path, clock: FakeClock) -> Iterator[SessionStore]:
    store = LOCAL[request.param](tmp_path, clock)
    yield store
    store.close()


def test_lease_ends_early_after_a_step_forward_and_the_token_protects_what_is_stored(
    store: SessionStore, clock: FakeClock
) -> None:
    def step() -> None:
        clock.now += 3600

    step_forward_takes_the_lease(store, step)


def test_lease_ends_late_after_a_step_back(store: SessionStore, clock: FakeClock) -> None:
    store.acquire("alice", "first", 60)
    clock.now -= 3600
    clock.now += 60
    with pytest.raises(LeaseHeldError) as caught:
        store.acquire("alice", "second", 60)
    assert caught.value.expires_in == pytest.approx(3600)
    clock.now += 3600
    store.acquire("alice", "second", 60)


def test_renewal_after_a_step_back_counts_from_the_new_time(store: SessionStore, clock: FakeClock) -> None:
    lease = store.acquire("alice", "first", 60)
    version = store.save(lease, b"1", version=0)
    clock.now -= 3600
    store.renew(lease, 60)
    assert store.load("alice") == StoredData(b"1", version)
    clock.now += 61
    store.acquire("alice", "second", 60)
