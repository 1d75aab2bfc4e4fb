"""Tests for a session store, as a class for pytest: what `SessionStore` promises, with processes that race and crash.

For example::

    from functools import partial
    from sansio_tl_transports.stores.contract import StoreContract

    class TestMyStore(StoreContract):
        @pytest.fixture
        def factory(self, tmp_path):
            return partial(MyStore, tmp_path / "sessions")      # callable and picklable: processes call it, too

Each call of the factory opens the same, empty sessions anew. A store with awaitable calls is tested through
`BlockingCalls`: ``return partial(BlockingCalls, partial(MyAsyncStore, url))``. Leases expire after `lease_seconds`; a
store whose clock is an argument may override `pass_time` to turn it instead of waiting.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from sansio_tl_transports.stores import _contract_worker as worker
from sansio_tl_transports.stores.base import (
    MAX_DATA,
    MAX_NAME,
    MAX_OWNER,
    MAX_SECONDS,
    AsyncSessionStore,
    Lease,
    SessionStore,
    StoredData,
)
from sansio_tl_transports.stores.errors import LeaseHeldError, LeaseLostError, StoreConflictError, StoreError

try:
    import pytest
except ImportError as error:
    raise ImportError("sansio_tl_transports.stores.contract needs pytest: pip install pytest") from error

_START = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
_CONTEXT: Any = multiprocessing.get_context(_START)
if _START == "forkserver":
    _CONTEXT.set_forkserver_preload([worker.__name__])  # a process begins in milliseconds then
_PATIENCE = 60.0
"""Seconds for another process to answer."""
_LEASE = 600
"""Seconds of a lease that is not to expire during a test."""
NAMES = (
    "alice",
    "Alice",
    "\N{LATIN SMALL LETTER E WITH ACUTE}",
    "e\N{COMBINING ACUTE ACCENT}",
    "имя",
    "名前",
    "\N{GRINNING FACE}",
    ".",
    "..",
    "../alice",
    "a/b",
    "a\\b",
    "a%2fb",
    "con",
    "two words",
    " ",
    "*",
    "[a]?",
    "'; DROP TABLE sessions; --",
    "+44 7700 900123",
    "x" * MAX_NAME,
)
"""Names that are different, and that every store keeps apart."""
INVALID_NAMES = (
    "",
    "x" * (MAX_NAME + 1),
    "\N{LATIN SMALL LETTER E WITH ACUTE}" * MAX_NAME,
    "a\0b",
    "a\nb",
    "a\x7fb",
    "\ud800",
    "alice\udc80",
    "\ud83d\ude00",
    b"alice",
    None,
    1,
)
"""Names that some store cannot keep. Python reads file names and arguments that are not UTF-8 as lone surrogates."""


class BlockingCalls:
    """An `AsyncSessionStore` as a `SessionStore`: its calls run in an asyncio loop in a thread."""

    def __init__(self, factory: Callable[[], AsyncSessionStore]) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._store = self._run(factory)

    def _run(self, call: Callable[[], Any]) -> Any:
        async def main() -> Any:
            result = call()
            return await result if hasattr(result, "__await__") else result

        return asyncio.run_coroutine_threadsafe(main(), self._loop).result()

    def acquire(self, name: str, owner: str, seconds: float) -> Lease:
        """Get the lease of a name."""
        lease: Lease = self._run(lambda: self._store.acquire(name, owner, seconds))
        return lease

    def renew(self, lease: Lease, seconds: float) -> None:
        """Extend the lease."""
        self._run(lambda: self._store.renew(lease, seconds))

    def release(self, lease: Lease) -> None:
        """Let others acquire it."""
        self._run(lambda: self._store.release(lease))

    def load(self, name: str) -> StoredData | None:
        """What is stored."""
        stored: StoredData | None = self._run(lambda: self._store.load(name))
        return stored

    def save(self, lease: Lease, data: bytes, *, version: int) -> int:
        """Replace the stored version."""
        new: int = self._run(lambda: self._store.save(lease, data, version=version))
        return new

    def delete(self, lease: Lease, *, version: int) -> None:
        """Delete the stored version."""
        self._run(lambda: self._store.delete(lease, version=version))

    def names(self) -> list[str]:
        """The names under which something is stored."""
        found: list[str] = self._run(self._store.names)
        return found

    def close(self) -> None:
        """Close the store and end the loop."""
        if not self._loop.is_closed():
            self._run(self._store.close)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()


class StoreContract:
    """The tests. Override `factory`."""

    max_data = MAX_DATA
    """Bytes that the store must keep; one more is refused."""
    lease_seconds = 1.0
    """How long a lease is valid where it is to expire. Longer for a store that is slow."""

    @pytest.fixture
    def factory(self) -> Callable[[], SessionStore]:
        """Opens the store: always the same sessions, none at first."""
        raise NotImplementedError("override the fixture `factory`")

    def pass_time(self, seconds: float) -> None:
        """Let so much time pass for the store."""
        time.sleep(seconds)

    @pytest.fixture
    def store(self, factory: Callable[[], SessionStore]) -> Iterator[SessionStore]:
        """The store."""
        store = factory()
        yield store
        store.close()

    @pytest.fixture
    def other(self, factory: Callable[[], SessionStore]) -> Iterator[SessionStore]:
        """The same sessions, opened again: as by another client."""
        store = factory()
        yield store
        store.close()

    # -- what is stored ----------------------------------------------------------------------------------------------

    def test_nothing_is_stored_at_first(self, store: SessionStore) -> None:
        """No session, no name, and a lease alone is none."""
        expect(store.load("alice") is None, "load returns None when nothing is stored")
        store.acquire("alice", "me", _LEASE)
        expect(store.load("alice") is None, "a lease alone stores nothing")
        expect(store.names() == [], "names are those under which something is stored")

    @pytest.mark.parametrize("data", [b"", b"\0", bytes(range(256)) * 8], ids=["0", "1", "2048"])
    def test_bytes_are_kept_as_they_are(self, store: SessionStore, other: SessionStore, data: bytes) -> None:
        """Any bytes, none included, also for a store that is opened later."""
        version = store.save(store.acquire("alice", "me", _LEASE), data, version=0)
        for each in (store, other):
            expect(
                each.load("alice") == StoredData(data, version), "load returns what save has stored, and its version"
            )

    def test_versions_increase(self, store: SessionStore) -> None:
        """Each save has a greater version, also after `delete`."""
        lease = store.acquire("alice", "me", _LEASE)
        first = store.save(lease, b"1", version=0)
        second = store.save(lease, b"2", version=first)
        store.delete(lease, version=second)
        third = store.save(lease, b"3", version=0)
        expect(0 < first < second < third, "each save increases the version, also after delete")

    def test_save_replaces_the_expected_version_only(self, store: SessionStore) -> None:
        """Compare and set."""
        lease = store.acquire("alice", "me", _LEASE)
        with refused(StoreConflictError, "nothing is stored: only version 0 can be replaced"):
            store.save(lease, b"x", version=1)
        first = store.save(lease, b"1", version=0)
        second = store.save(lease, b"2", version=first)
        for version in (0, first, second + 1):
            with refused(StoreConflictError, "save must replace no other version than the expected one"):
                store.save(lease, b"x", version=version)
        expect(store.load("alice") == StoredData(b"2", second), "a refused save changes nothing")

    def test_delete_deletes_the_expected_version_only(self, store: SessionStore, other: SessionStore) -> None:
        """And keeps the lease."""
        lease = store.acquire("alice", "me", _LEASE)
        first = store.save(lease, b"1", version=0)
        second = store.save(lease, b"2", version=first)
        with refused(StoreConflictError, "delete must delete no other version than the expected one"):
            store.delete(lease, version=first)
        expect(store.names() == ["alice"], "a refused delete changes nothing")
        store.delete(lease, version=second)
        expect(store.load("alice") is None and store.names() == [], "nothing is stored after delete")
        with refused(LeaseHeldError, "delete keeps the lease"):
            other.acquire("alice", "you", _LEASE)
        store.save(lease, b"3", version=0)

    def test_names_are_kept_apart(self, store: SessionStore) -> None:
        """Unicode, upper case, and what is special in paths, patterns and queries."""
        for name in NAMES:
            store.save(store.acquire(name, "me", _LEASE), name.encode(), version=0)
        for name in NAMES:
            stored = store.load(name)
            expect(stored is not None and stored.data == name.encode(), f"{name!r} has data of its own")
        expect(store.names() == sorted(NAMES), "names returns each name as it was given, sorted")

    @pytest.mark.parametrize("name", INVALID_NAMES, ids=ascii)
    def test_names_that_some_store_cannot_keep_are_refused(self, store: SessionStore, name: Any) -> None:
        """Before anything is stored, with a lease that was made by hand, too."""
        with refused(StoreError, "an invalid name is refused"):
            store.acquire(name, "me", _LEASE)
        with refused(StoreError, "an invalid name is refused"):
            store.load(name)
        made = Lease(name, 1, "me")
        with refused(StoreError, "a lease with an invalid name is refused"):
            store.renew(made, _LEASE)
        with refused(StoreError, "a lease with an invalid name is refused"):
            store.save(made, b"x", version=0)
        with refused(StoreError, "a lease with an invalid name is refused"):
            store.delete(made, version=0)
        expect(store.names() == [], "a refused name is not stored")

    def test_data_of_the_largest_size_is_kept_and_more_is_refused(self, store: SessionStore) -> None:
        """`max_data` bytes."""
        lease = store.acquire("alice", "me", _LEASE)
        largest = bytes(range(256)) * (self.max_data // 256) + b"x" * (self.max_data % 256)
        version = store.save(lease, largest, version=0)
        with refused(StoreError, "larger data is refused"):
            store.save(lease, largest + b"x", version=version)
        expect(store.load("alice") == StoredData(largest, version), "a refused save changes nothing")

    @pytest.mark.parametrize("data", ["text", None, 1, bytearray(b"x")], ids=type)
    def test_data_that_is_not_bytes_is_refused(self, store: SessionStore, data: Any) -> None:
        """And what was stored stays."""
        lease = store.acquire("alice", "me", _LEASE)
        version = store.save(lease, b"1", version=0)
        with refused(StoreError, "data that is not bytes is refused"):
            store.save(lease, data, version=version)
        expect(store.load("alice") == StoredData(b"1", version), "a refused save changes nothing")

    @pytest.mark.parametrize("version", [-1, 1 << 63, 1.0, True, None, "1"], ids=repr)
    def test_other_versions_than_numbers_are_refused(self, store: SessionStore, version: Any) -> None:
        """And what was stored stays."""
        lease = store.acquire("alice", "me", _LEASE)
        stored = StoredData(b"1", store.save(lease, b"1", version=0))
        with refused(StoreError, "an invalid version is refused"):
            store.save(lease, b"2", version=version)
        with refused(StoreError, "an invalid version is refused"):
            store.delete(lease, version=version)
        expect(store.load("alice") == stored, "a refused save changes nothing")

    # -- leases ------------------------------------------------------------------------------------------------------

    def test_one_owner_has_the_lease(self, store: SessionStore, other: SessionStore) -> None:
        """Others are refused, and learn who has it and for how long."""
        store.acquire("alice", "me", _LEASE)
        with refused(LeaseHeldError, "a lease has one owner") as caught:
            other.acquire("alice", "you", _LEASE)
        error = caught[0]
        ok = isinstance(error, LeaseHeldError) and error.owner == "me" and 0 < error.expires_in <= _LEASE
        expect(ok, "the error names the owner, and says how long the lease is valid")
        other.acquire("bob", "you", _LEASE)

    def test_same_owner_gets_a_new_token(self, store: SessionStore) -> None:
        """Its first attempt may have succeeded although it got no answer. What arrives late is refused."""
        first = store.acquire("alice", "me", _LEASE)
        second = store.acquire("alice", "me", _LEASE)
        expect(second.token > first.token, "each acquire gives a greater token")
        self._expect_fenced(store, first)

    def test_released_lease_is_free(self, store: SessionStore, other: SessionStore) -> None:
        """At once; and the old one is worthless."""
        first = store.acquire("alice", "me", _LEASE)
        store.release(first)
        second = other.acquire("alice", "you", _LEASE)
        expect(second.token > first.token, "each acquire gives a greater token")
        self._expect_fenced(store, first)
        store.release(first)
        with refused(LeaseHeldError, "releasing an old lease does not release the later one"):
            store.acquire("alice", "me", _LEASE)

    def test_lease_expires_but_not_before_its_time(self, store: SessionStore, other: SessionStore) -> None:
        """The time counts from a moment after the call of `acquire`."""
        store.acquire("alice", "me", self.lease_seconds)
        self.pass_time(self.lease_seconds * 0.7)
        with refused(LeaseHeldError, "a lease is valid until its time is over"):
            other.acquire("alice", "you", _LEASE)
        self.pass_time(self.lease_seconds * 0.4)
        other.acquire("alice", "you", _LEASE)

    def test_renewed_lease_is_valid_longer(self, store: SessionStore, other: SessionStore) -> None:
        """From the call of `renew` on."""
        lease = store.acquire("alice", "me", self.lease_seconds)
        for _ in range(3):
            self.pass_time(self.lease_seconds * 0.6)
            store.renew(lease, self.lease_seconds)
        with refused(LeaseHeldError, "a renewed lease is valid"):
            other.acquire("alice", "you", _LEASE)
        self.pass_time(self.lease_seconds * 1.1)
        other.acquire("alice", "you", _LEASE)
        with refused(LeaseLostError, "a lease cannot be renewed after another client has got it"):
            store.renew(lease, _LEASE)

    def test_expired_lease_that_no_one_has_taken_still_saves(self, store: SessionStore, other: SessionStore) -> None:
        """Nothing has happened in between; and it can be renewed."""
        lease = store.acquire("alice", "me", self.lease_seconds)
        self.pass_time(self.lease_seconds * 1.1)
        store.save(lease, b"late", version=0)
        store.renew(lease, _LEASE)
        with refused(LeaseHeldError, "a renewed lease is valid"):
            other.acquire("alice", "you", _LEASE)

    def test_stale_writer_changes_nothing(self, store: SessionStore, other: SessionStore) -> None:
        """One that was suspended while its lease expired."""
        old = store.acquire("alice", "me", self.lease_seconds)
        version = store.save(old, b"mine", version=0)
        self.pass_time(self.lease_seconds * 1.1)
        new = other.acquire("alice", "you", _LEASE)
        self._expect_fenced(store, old, version)
        expect(store.load("alice") == StoredData(b"mine", version), "a stale writer changes nothing")
        version = other.save(new, b"yours", version=version)
        self._expect_fenced(store, old, version)
        other.release(new)
        self._expect_fenced(store, old, version)
        expect(store.load("alice") == StoredData(b"yours", version), "a stale writer changes nothing")

    def test_lease_is_compared_with_its_owner(self, store: SessionStore, other: SessionStore) -> None:
        """After a backup is restored, two clients may have the same token."""
        lease = store.acquire("alice", "me", _LEASE)
        version = store.save(lease, b"mine", version=0)
        double = Lease("alice", lease.token, "you")
        self._expect_fenced(other, double, version)
        other.release(double)
        with refused(LeaseHeldError, "releasing a lease of another owner does not release this one"):
            other.acquire("alice", "you", _LEASE)
        expect(store.load("alice") == StoredData(b"mine", version), "a refused save changes nothing")

    def test_released_lease_cannot_be_renewed(self, store: SessionStore, other: SessionStore) -> None:
        """Nor saved with: another client may have read what is stored, and acquire it next."""
        lease = store.acquire("alice", "me", _LEASE)
        version = store.save(lease, b"mine", version=0)
        store.release(lease)
        self._expect_fenced(store, lease, version)
        store.release(lease)
        other.acquire("alice", "you", _LEASE)

    def test_lease_that_no_store_has_given_is_lost(self, store: SessionStore) -> None:
        """Also when nothing is known of the name."""
        self._expect_fenced(store, Lease("alice", 0, "me"))
        self._expect_fenced(store, Lease("alice", 1, "me"))
        expect(store.load("alice") is None, "a refused save changes nothing")

    @pytest.mark.parametrize(
        "seconds", [0, -1, float("nan"), float("inf"), 1e300, MAX_SECONDS + 1, True, None, "60"], ids=repr
    )
    def test_times_that_a_lease_cannot_have_are_refused(self, store: SessionStore, seconds: Any) -> None:
        """Before anything is stored: other sessions stay as they are."""
        lease = store.acquire("alice", "me", _LEASE)
        version = store.save(lease, b"1", version=0)
        with refused(StoreError, "an invalid time is refused"):
            store.acquire("bob", "me", seconds)
        with refused(StoreError, "an invalid time is refused"):
            store.renew(lease, seconds)
        expect(store.load("alice") == StoredData(b"1", version), "a refused time changes nothing")
        store.acquire("bob", "you", _LEASE)

    @pytest.mark.parametrize(
        "owner", ["", "x" * (MAX_OWNER + 1), "\ud800", "a\0b", "a\nb", "\x1b[2J", None, b"me"], ids=ascii
    )
    def test_owners_that_some_store_cannot_keep_are_refused(self, store: SessionStore, owner: Any) -> None:
        """Before anything is stored."""
        store.acquire("alice", "é" * (MAX_OWNER // 2), _LEASE)
        with refused(StoreError, "an invalid owner is refused") as caught:
            store.acquire("bob", owner, _LEASE)
        expect(not isinstance(caught[0], LeaseHeldError), "an invalid owner is refused")
        with refused(StoreError, "an invalid owner is refused"):
            store.renew(Lease("alice", 1, owner), _LEASE)
        store.acquire("bob", "me", _LEASE)

    def test_tokens_increase_after_delete(self, store: SessionStore, other: SessionStore) -> None:
        """A lease of a deleted session is not a lease of the next one of its name."""
        old = store.acquire("alice", "me", _LEASE)
        version = store.save(old, b"mine", version=0)
        store.delete(old, version=version)
        store.release(old)
        new = other.acquire("alice", "you", _LEASE)
        expect(new.token > old.token, "tokens increase, also after delete")
        self._expect_fenced(store, old)

    def _expect_fenced(self, store: SessionStore, old: Lease, version: int = 0) -> None:
        with refused(LeaseLostError, "save with an old lease is refused, before the version is compared"):
            store.save(old, b"stale", version=version)
        with refused(LeaseLostError, "renew with an old lease is refused"):
            store.renew(old, _LEASE)
        with refused(LeaseLostError, "delete with an old lease is refused"):
            store.delete(old, version=version)

    # -- threads and processes ---------------------------------------------------------------------------------------

    def test_threads_share_a_store(self, store: SessionStore) -> None:
        """No save is lost."""
        lease = store.acquire("alice", "me", _LEASE)
        with ThreadPoolExecutor(4) as threads:
            for done in [threads.submit(worker.increment, store, lease, 10) for _ in range(4)]:
                done.result()
        stored = store.load("alice")
        expect(stored is not None and stored.data == b"40", "no save is lost between threads")

    def test_two_processes_save_at_once(self, factory: Callable[[], SessionStore], store: SessionStore) -> None:
        """No save is lost: of two that replace the same version one is refused."""
        lease = store.acquire("alice", "me", _LEASE)
        with _processes(worker.run_increments, [(factory, lease, 40), (factory, lease, 40)]) as pipes:
            for pipe in pipes:
                pipe.send("go")
            for pipe in pipes:
                expect(_receive(pipe) == "done", "a process saves until it is done")
        stored = store.load("alice")
        expect(stored is not None and stored.data == b"80", "no save is lost between processes")

    def test_two_processes_acquire_at_once(self, factory: Callable[[], SessionStore], store: SessionStore) -> None:
        """One of them gets the lease, always."""
        names = [f"account {number}" for number in range(50)]
        with _processes(worker.run_acquires, [(factory, "first", names), (factory, "second", names)]) as pipes:
            start = time.time() + 0.2
            for pipe in pipes:
                pipe.send(start)
            got = [name for pipe in pipes for name in _receive(pipe)]
        expect(sorted(got) == sorted(names), "of two processes that acquire a lease at once, one gets it")

    @pytest.mark.parametrize("steps", range(len(worker.STEPS) + 1))
    def test_crash_between_operations(
        self, factory: Callable[[], SessionStore], store: SessionStore, steps: int
    ) -> None:
        """What was confirmed is stored; the lease expires, and another client continues."""
        process = _CONTEXT.Process(target=worker.run_and_crash, args=(factory, steps, self.lease_seconds), daemon=True)
        process.start()
        process.join(_PATIENCE)
        stored = store.load("crash")
        due = worker.STORED_AFTER[steps]
        expect((stored.data if stored else None) == due, f"after {steps} operations {due!r} is stored")
        self.pass_time(self.lease_seconds * 1.1)
        lease = store.acquire("crash", "second", _LEASE)
        version = store.save(lease, b"next", version=stored.version if stored else 0)
        expect(version > (stored.version if stored else 0), "another client continues")
        self._expect_fenced(store, Lease("crash", lease.token - 1, "first"), version)

    def test_process_killed_while_it_saves(self, factory: Callable[[], SessionStore], store: SessionStore) -> None:
        """What is stored is whole, and not older than what was confirmed."""
        for delay in (0.0, 0.01, 0.03):
            name = f"killed after {delay}"
            lease = store.acquire(name, "first", _LEASE)
            with _processes(worker.run_until_killed, [(factory, lease)], is_ready=False) as pipes:
                confirmed = _receive(pipes[0])
                time.sleep(delay)
            while pipes[0].poll():
                try:
                    confirmed = pipes[0].recv()
                except EOFError:
                    break
            lease = store.acquire(
                name, "first", _LEASE
            )  # first: a save that is still on its way is refused from here on
            stored = store.load(name)
            number = None if stored is None else worker.number_in(stored.data)
            expect(number is not None, "a process that is killed while it saves leaves whole data")
            if stored is not None and number is not None:
                expect(number - confirmed[0] in {0, 1}, "what was confirmed is stored")
                store.save(lease, b"next", version=stored.version)


@contextmanager
def _processes(
    target: Callable[..., None], arguments: list[tuple[Any, ...]], *, is_ready: bool = True
) -> Iterator[list[Any]]:
    """Run processes, with a pipe to each, after its factory; kill them at the end."""
    pipes, processes = [], []
    try:
        for factory, *others in arguments:
            ours, theirs = _CONTEXT.Pipe()
            process = _CONTEXT.Process(target=target, args=(factory, theirs, *others), daemon=True)
            process.start()
            theirs.close()
            pipes.append(ours)
            processes.append(process)
        if is_ready:
            for pipe in pipes:
                _receive(pipe)
        yield pipes
    finally:
        for process in processes:
            process.kill()
            process.join()


def _receive(pipe: Any) -> Any:
    expect(pipe.poll(_PATIENCE), "the store answers another process in time")
    try:
        return pipe.recv()
    except EOFError:
        raise AssertionError("another process has failed: see its error above") from None


def expect(ok: object, rule: str) -> None:
    """Fail the test with the rule that the store breaks."""
    if not ok:
        raise AssertionError(rule)


@contextmanager
def refused(error: type[StoreError], rule: str) -> Iterator[list[StoreError]]:
    """Fail the test unless the block raises this error, which is in the list afterwards."""
    caught: list[StoreError] = []
    try:
        yield caught
    except error as raised:
        caught.append(raised)
    else:
        raise AssertionError(rule)


__all__ = ["INVALID_NAMES", "NAMES", "BlockingCalls", "StoreContract"]
