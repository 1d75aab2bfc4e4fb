"""What the processes of the contract do, in this process."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from sansio_tl_transports.stores import LeaseHeldError, StoreConflictError, StoredData
from sansio_tl_transports.stores import _contract_worker as worker
from sansio_tl_transports.stores.base import Lease
from tests.stores.correct import CorrectStore


class Killed(BaseException):
    """Where the process ends."""


class Pipe:
    """The end of the worker: what it receives, and what it has sent."""

    def __init__(self, *received: object, messages: int = 1000) -> None:
        self.received = list(received)
        self.sent: list[Any] = []
        self.messages = messages

    def recv(self) -> object:
        assert self.sent == ["ready"]
        return self.received.pop(0)

    def send(self, message: object) -> None:
        if len(self.sent) == self.messages:
            raise Killed
        self.sent.append(message)


def run(target: Callable[..., None], store: CorrectStore, pipe: Pipe, *arguments: object) -> None:
    target(lambda: store, pipe, *arguments)


def test_increments_begin_with_the_other_process_and_repeat_after_a_conflict() -> None:
    class Contended(CorrectStore):
        conflicts = 2

        def save(self, lease: Lease, data: bytes, *, version: int) -> int:
            if self.conflicts:
                self.conflicts -= 1
                raise StoreConflictError("another process was first")
            return super().save(lease, data, version=version)

    store, pipe = Contended(), Pipe("go")
    lease = store.acquire("alice", "me", 60)
    run(worker.run_increments, store, pipe, lease, 3)
    assert store.load("alice") == StoredData(b"3", 3)
    worker.increment(store, lease, 2)
    assert store.load("alice") == StoredData(b"5", 5)
    assert pipe.sent == ["ready", "done"]
    assert (pipe.received, store.closed) == ([], 1)


def test_names_of_the_acquired_leases_are_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, tried = [1000.0], []

    def turning() -> float:
        clock[0] += 0.001
        return clock[0]

    class Watched(CorrectStore):
        def acquire(self, name: str, owner: str, seconds: float) -> Lease:
            tried.append((name, owner, seconds, round(clock[0] - 1001, 2)))
            return super().acquire(name, owner, seconds)

    monkeypatch.setattr(time, "time", turning)
    store, pipe = Watched(), Pipe(1001.0)
    CorrectStore.acquire(store, "b", "another", 60)
    run(worker.run_acquires, store, pipe, "me", ["a", "b", "c"])
    assert pipe.sent == ["ready", ["a", "c"]]
    assert tried == [("a", "me", 600, 0.0), ("b", "me", 600, 0.02), ("c", "me", 600, 0.04)]
    assert store.closed == 1
    with pytest.raises(LeaseHeldError) as held:
        store.acquire("c", "another", 60)
    assert held.value.owner == "me"


@pytest.mark.parametrize("steps", range(len(worker.STEPS) + 1))
def test_process_is_killed_after_so_many_steps(monkeypatch: pytest.MonkeyPatch, steps: int) -> None:
    def killed(pid: int, number: int) -> None:
        assert (pid, number) == (os.getpid(), signal.SIGKILL)
        raise Killed

    monkeypatch.setattr(os, "kill", killed)
    store = CorrectStore()
    with pytest.raises(Killed):
        worker.run_and_crash(lambda: store, steps, 5.0)
    stored = store.load("crash")
    assert (stored.data if stored else None) == worker.STORED_AFTER[steps]
    record = store.record("crash")
    assert record.token == min(steps, 1)
    assert record.owner == ("first" if 0 < steps < len(worker.STEPS) else None)
    assert record.expires == (store.clock() + 5.0 if steps else 0.0)
    assert record.version == [0, 0, 1, 1, 2, 2, 3, 3][steps]
    assert store.closed == 0


def test_confirmed_numbers_grow_and_are_the_stored_ones() -> None:
    store, pipe = CorrectStore(), Pipe(messages=3)
    lease = store.acquire("alice", "me", 60)
    with pytest.raises(Killed):
        run(worker.run_until_killed, store, pipe, lease)
    assert pipe.sent == [(1, 1), (2, 2), (3, 3)]
    assert store.load("alice") == StoredData(worker.signed(4), 4)


def test_part_of_the_data_is_not_a_number() -> None:
    data = worker.signed(1234)
    assert 4000 < len(data) < 10_000
    assert worker.number_in(data) == 1234
    for damaged in (data[:-1], data[:40], data[:-1] + b"x", b"x" + data[1:], b"", worker.signed(7)[:32] + data[32:]):
        assert worker.number_in(damaged) is None


def test_process_without_signals_ends_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    def ended(status: int) -> None:
        assert status == 1
        raise Killed

    monkeypatch.delattr(signal, "SIGKILL")
    monkeypatch.setattr(worker, "os", SimpleNamespace(_exit=ended))
    with pytest.raises(Killed):
        worker.kill_self()
