"""The tests of the contract with several processes, which are threads here: each fails with the rule that is broken."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from functools import partial
from multiprocessing.connection import Connection
from typing import Any

import pytest

from sansio_tl_transports.stores import LeaseHeldError, StoreConflictError, StoredData, StoreError, contract
from sansio_tl_transports.stores import _contract_worker as worker
from sansio_tl_transports.stores.base import Lease
from sansio_tl_transports.stores.contract import StoreContract as Contract
from tests.stores.clocks import FakeClock
from tests.stores.correct import CorrectStore, Record

pytest_plugins = ["pytester"]
SAVES, ACQUIRES, CRASH, KILLED = (
    "test_two_processes_save_at_once",
    "test_two_processes_acquire_at_once",
    "test_crash_between_operations",
    "test_process_killed_while_it_saves",
)


class Crashed(BaseException):
    """The end of a process that kills itself."""


class ThreadAsProcess:
    """What the contract uses of a process. Its end of the pipe is its own, as in another process."""

    started: list[ThreadAsProcess]

    def __init__(self, *, target: Callable[..., None], args: tuple[Any, ...], daemon: bool) -> None:
        assert daemon, "it does not outlive the tests"
        own = [Connection(os.dup(each.fileno())) if isinstance(each, Connection) else each for each in args]
        self._pipes = [each for each in own if isinstance(each, Connection)]
        self._thread = threading.Thread(target=self._run, args=(target, own), daemon=True)

    def _run(self, target: Callable[..., None], args: list[Any]) -> None:
        try:
            target(*args)
        except (OSError, EOFError, StoreError, Crashed):  # it was killed, or has failed
            pass
        finally:
            self._close()

    def _close(self) -> None:
        for pipe in self._pipes:
            pipe.close()

    def start(self) -> None:
        """Begin."""
        ThreadAsProcess.started.append(self)
        self._thread.start()

    def join(self, timeout: float = 3.0) -> None:
        """Wait for the end."""
        self._thread.join(min(timeout, 3.0))

    def kill(self) -> None:
        """End it, at its next use of the pipe."""
        for pipe in self._pipes:
            with contextlib.suppress(OSError), socket.socket(fileno=os.dup(pipe.fileno())) as end:
                end.shutdown(socket.SHUT_RDWR)

    def is_alive(self) -> bool:
        """Whether it runs."""
        return self._thread.is_alive()


def wait_at_most(seconds: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """For what another process sends."""

    def at_most(pipe: Connection, timeout: float = 0.0) -> bool:
        return poll(pipe, min(timeout, seconds))

    monkeypatch.setattr(Connection, "poll", at_most)


poll = Connection.poll


class SharedStore(CorrectStore):
    """One that several threads can use: one call at a time."""

    lock = threading.RLock()

    def acquire(self, name: str, owner: str, seconds: float) -> Lease:
        with self.lock:
            return super().acquire(name, owner, seconds)

    def save(self, lease: Lease, data: bytes, *, version: int) -> int:
        with self.lock:
            return super().save(lease, data, version=version)


@pytest.fixture(autouse=True)
def started(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[ThreadAsProcess]]:
    """The processes that were started; none is left."""
    found: list[ThreadAsProcess] = []

    def crash(pid: int, number: int) -> None:
        assert (pid, number) == (os.getpid(), signal.SIGKILL)
        raise Crashed

    monkeypatch.setattr(ThreadAsProcess, "started", found, raising=False)
    for method in multiprocessing.get_all_start_methods():
        monkeypatch.setattr(type(multiprocessing.get_context(method)), "Process", ThreadAsProcess)
    wait_at_most(3.0, monkeypatch)
    monkeypatch.setattr(os, "kill", crash)
    yield found
    assert not any(process.is_alive() for process in found)


def check(test: str, kind: type[CorrectStore] = SharedStore, **arguments: Any) -> None:
    """Run a test of the contract with stores of this kind that share what is stored."""
    clock, records = FakeClock(), dict[str, Record]()

    class Turned(Contract):
        def pass_time(self, seconds: float) -> None:
            clock.now += seconds

    store = kind(records, clock)
    getattr(Turned(), test)(factory=partial(kind, records, clock), store=store, **arguments)


@pytest.mark.parametrize("test", [SAVES, ACQUIRES, KILLED])
def test_store_without_a_fault_keeps_the_rules(test: str, started: list[ThreadAsProcess]) -> None:
    check(test)
    assert len(started) == (3 if test == KILLED else 2)


@pytest.mark.parametrize("steps", range(len(worker.STEPS) + 1))
def test_store_without_a_fault_keeps_the_rules_after_a_crash(steps: int, started: list[ThreadAsProcess]) -> None:
    check(CRASH, steps=steps)
    assert len(started) == 1


class LosesSaves(SharedStore):
    def save(self, lease: Lease, data: bytes, *, version: int) -> int:
        if version % 3 == 2:
            self.fenced(lease).version += 1
            return version + 1
        return super().save(lease, data, version=version)


class GivesToAll(SharedStore):
    def acquire(self, name: str, owner: str, seconds: float) -> Lease:
        self.record(name).owner = None
        return super().acquire(name, owner, seconds)


class GivesToNone(SharedStore):
    def acquire(self, name: str, owner: str, seconds: float) -> Lease:
        self.record(name).owner, self.record(name).expires = "a client that has gone", 2e9
        return super().acquire(name, owner, seconds)


class SavesLate(SharedStore):
    """Keeps what was saved in the process only."""

    def save(self, lease: Lease, data: bytes, *, version: int) -> int:
        return version + 1


class SavesNumberLess(SharedStore):
    """Another client begins anew."""

    def save(self, lease: Lease, data: bytes, *, version: int) -> int:
        new = super().save(lease, data, version=version)
        return version if data == b"next" else new


class Unfenced(SharedStore):
    def is_current(self, lease: Lease) -> bool:
        return lease.token <= self.record(lease.name).token


class HoldsForEver(SharedStore):
    def acquire(self, name: str, owner: str, seconds: float) -> Lease:
        return super().acquire(name, owner, 1000.0)


class Tears(SharedStore):
    """A part of the data is stored."""

    def load(self, name: str) -> StoredData | None:
        stored = super().load(name)
        return None if stored is None else StoredData(stored.data[:-1], stored.version)


class ForgetsTheLast(SharedStore):
    """What is stored is older than what was confirmed."""

    def load(self, name: str) -> StoredData | None:
        stored = super().load(name)
        return None if stored is None else StoredData(worker.signed(0), stored.version)


class ForgetsTheNumber(SharedStore):
    """What is stored was never saved."""

    def load(self, name: str) -> StoredData | None:
        stored = super().load(name)
        return None if stored is None else StoredData(worker.signed(10**9), stored.version)


class Fails(SharedStore):
    """In another process."""

    def __init__(self, records: dict[str, Record], clock: Callable[[], float]) -> None:
        super().__init__(records, clock)
        if threading.current_thread() is not threading.main_thread():
            raise ConnectionRefusedError


class Hangs(SharedStore):
    """In another process, for a while."""

    def __init__(self, records: dict[str, Record], clock: Callable[[], float]) -> None:
        super().__init__(records, clock)
        if threading.current_thread() is not threading.main_thread():
            threading.Event().wait(1.5)


@pytest.mark.parametrize(
    ("test", "kind", "arguments", "rule"),
    [
        (SAVES, LosesSaves, {}, "no save is lost between processes"),
        (SAVES, Fails, {}, "another process has failed: see its error above"),
        (ACQUIRES, GivesToAll, {}, "of two processes that acquire a lease at once, one gets it"),
        (ACQUIRES, GivesToNone, {}, "of two processes that acquire a lease at once, one gets it"),
        (ACQUIRES, Fails, {}, "another process has failed: see its error above"),
        (CRASH, SavesLate, {"steps": 2}, "after 2 operations b'one' is stored"),
        (CRASH, SavesLate, {"steps": 7}, "after 7 operations b'three' is stored"),
        (CRASH, SavesNumberLess, {"steps": 0}, "another client continues"),
        (CRASH, SavesNumberLess, {"steps": 4}, "another client continues"),
        (CRASH, Unfenced, {"steps": 3}, "save with an old lease is refused, before the version is compared"),
        (KILLED, Tears, {}, "a process that is killed while it saves leaves whole data"),
        (KILLED, SavesLate, {}, "a process that is killed while it saves leaves whole data"),
        (KILLED, ForgetsTheLast, {}, "what was confirmed is stored"),
        (KILLED, ForgetsTheNumber, {}, "what was confirmed is stored"),
        (KILLED, Fails, {}, "another process has failed: see its error above"),
    ],
)
def test_store_that_breaks_a_rule_fails_with_it(
    test: str, kind: type[CorrectStore], arguments: dict[str, Any], rule: str
) -> None:
    with pytest.raises(AssertionError) as failed:
        check(test, kind, **arguments)
    assert str(failed.value) == rule


def test_lease_that_does_not_expire_after_a_crash_is_still_held() -> None:
    with pytest.raises(LeaseHeldError):
        check(CRASH, HoldsForEver, steps=2)
    check(CRASH, HoldsForEver, steps=7)


@pytest.mark.parametrize("test", [SAVES, ACQUIRES, KILLED])
def test_process_that_does_not_answer_in_time_fails_the_test(test: str, monkeypatch: pytest.MonkeyPatch) -> None:
    wait_at_most(0.1, monkeypatch)
    with pytest.raises(AssertionError, match=r"^the store answers another process in time$"):
        check(test, Hangs)


def test_processes_save_and_acquire_so_many_times(monkeypatch: pytest.MonkeyPatch) -> None:
    """At the same time: each begins when all are ready."""
    asked: list[tuple[str, int]] = []
    starts: list[float] = []

    def acquires(factory: worker.Factory, begin: Connection, owner: str, names: list[str]) -> None:
        begin.send("ready")
        starts.append(begin.recv())
        asked.append((owner, len(names)))
        begin.send(names if owner == "first" else [])

    monkeypatch.setattr(worker, "run_acquires", acquires)
    monkeypatch.setattr("time.time", lambda: 1000.0)
    check(ACQUIRES)
    assert sorted(asked) == [("first", 50), ("second", 50)]
    assert starts == [1000.2, 1000.2]


@pytest.mark.parametrize(("later", "is_kept"), [(-1, False), (0, True), (1, True), (2, False)])
def test_at_most_one_save_is_not_confirmed_when_a_process_is_killed(
    later: int, is_kept: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def saves(factory: worker.Factory, begin: Connection, lease: Lease) -> None:
        version = factory().save(lease, worker.signed(7 + later), version=0)
        begin.send((7, version))

    monkeypatch.setattr(worker, "run_until_killed", saves)
    if is_kept:
        check(KILLED)
    else:
        with pytest.raises(AssertionError, match=r"^what was confirmed is stored$"):
            check(KILLED)


def test_store_is_usable_after_a_process_was_killed() -> None:
    class Refuses(SharedStore):
        def save(self, lease: Lease, data: bytes, *, version: int) -> int:
            if data == b"next":
                raise StoreConflictError("another version is stored")
            return super().save(lease, data, version=version)

    with pytest.raises(StoreConflictError):
        check(KILLED, Refuses)


def test_error_that_was_expected_is_returned() -> None:
    error = StoreConflictError("another version is stored")
    with contract.refused(StoreConflictError, "it is refused") as caught:
        raise error
    assert caught == [error]


def test_stores_of_a_test_are_made_by_the_factory_and_closed(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest
        from sansio_tl_transports.stores.contract import StoreContract
        from tests.stores.correct import CorrectStore

        MADE, RECORDS = [], {}

        class TestMine(StoreContract):
            @pytest.fixture
            def factory(self):
                def make():
                    MADE.append(CorrectStore(RECORDS))
                    return MADE[-1]
                return make

        def test_after_one_owner_has_the_lease():
            assert [each.closed for each in MADE] == [1, 1]
        """
    )
    done = pytester.runpytest_inprocess("-k", "one_owner_has_the_lease", "-n", "0", "-p", "no:cacheprovider")
    done.assert_outcomes(passed=2)


def test_time_passes_by_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr("time.sleep", waited.append)
    Contract().pass_time(1.5)
    assert waited == [1.5]


def test_contract_without_a_factory_says_what_to_override(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        from sansio_tl_transports.stores.contract import StoreContract

        class TestMine(StoreContract): ...
        """
    )
    done = pytester.runpytest_inprocess("-k", "nothing_is_stored", "-n", "0", "-p", "no:cacheprovider")
    done.assert_outcomes(errors=1)
    done.stdout.fnmatch_lines(["*NotImplementedError: override the fixture `factory`"])
