"""The pump of the blocking adapter, with a socket, a worker and a runner that do what the test says."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from selectors import EVENT_READ, EVENT_WRITE
from typing import Any

import pytest

from sansio_tl_transports._shared.connection_runner import CLOSE_TIMEOUT, FIRST_READ
from sansio_tl_transports.sync._pump import SocketPump, start_pump

pytestmark = pytest.mark.interpreted  # a compiled runner has no other type


class Sock:
    """Takes `room` bytes, and gives what was received."""

    def __init__(self) -> None:
        self.room = 1000
        self.sent = b""
        self.received: list[bytes | OSError] = []
        self.sizes: list[int] = []
        self.failure: OSError | None = None
        self.shutdown_failure: OSError | None = None
        self.shut: list[int] = []
        self.options: list[tuple[int, ...]] = []
        self.blocks = True
        self.closed = False

    def setblocking(self, flag: bool) -> None:
        self.blocks = flag

    def setsockopt(self, *option: int) -> None:
        self.options.append(option)

    def send(self, data: bytes | memoryview) -> int:
        if self.failure is not None:
            raise self.failure
        if not self.room:
            raise BlockingIOError
        taken = bytes(data[: self.room])
        self.room -= len(taken)
        self.sent += taken
        return len(taken)

    def recv(self, size: int) -> bytes:
        self.sizes.append(size)
        found = self.received.pop(0)
        if isinstance(found, OSError):
            raise found
        return found

    def shutdown(self, how: int) -> None:
        self.shut.append(how)
        if self.shutdown_failure is not None:
            raise self.shutdown_failure

    def close(self) -> None:
        self.closed = True


class Worker:
    """Notes what it is to watch."""

    def __init__(self) -> None:
        self.watched: list[int] = []
        self.members: list[object] = []
        self.woken: list[object] = []

    def watch(self, sock: object, events: int, member: object) -> None:
        self.watched.append(events)

    def add(self, member: object) -> None:
        self.members.append(member)

    def wake(self, member: object) -> None:
        self.woken.append(member)


class Runner:
    """Has the output of the test."""

    closes_gracefully = True

    def __init__(self) -> None:
        self.outputs: list[bytes] = []
        self.received: list[bytes] = []
        self.errors: list[Exception] = []
        self.calls: list[object] = []
        self.closed = self.is_waiting = self.reads_on = False

    def output(self) -> bytes:
        return self.outputs.pop(0) if self.outputs else b""

    def receive(self, data: bytes) -> None:
        self.received.append(data)

    def deadline(self) -> float:
        return 77.0

    def lost(self, error: Exception) -> None:
        self.errors.append(error)
        self.closed = True

    def tick(self) -> None:
        self.calls.append("tick")

    def close(self) -> None:
        self.calls.append("close")

    def fail(self, bug: Exception) -> None:
        self.calls.append(bug)


class Harness:
    def __init__(self, leftover: bytes = b"") -> None:
        self.sock, self.worker, self.runner = Sock(), Worker(), Runner()
        sock, worker, runner = self.parts
        self.pump = SocketPump(worker, sock, leftover)
        self.pump.driver = runner

    @property
    def parts(self) -> tuple[Any, Any, Any]:
        return self.sock, self.worker, self.runner

    def ready(self, events: int) -> None:
        sock: Any = self.sock
        self.pump.ready(sock, events)


@pytest.fixture
def harness() -> Harness:
    return Harness()


def test_socket_sends_at_once_and_does_not_block(harness: Harness) -> None:
    assert harness.sock.blocks is False
    assert harness.sock.options == [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)]


def test_output_is_sent_and_the_socket_watched_for_data_once(harness: Harness) -> None:
    harness.runner.outputs = [b"one"]
    assert harness.pump.settle() == 77.0
    assert harness.pump.settle() == 77.0
    assert (harness.sock.sent, harness.worker.watched) == (b"one", [EVENT_READ])


def test_rest_of_the_output_waits_for_the_socket_and_is_sent_in_order(harness: Harness) -> None:
    harness.sock.room = 2
    harness.runner.outputs = [b"12345", b"67"]
    harness.pump.settle()
    assert (harness.sock.sent, harness.worker.watched) == (b"12", [EVENT_WRITE])
    harness.pump.settle()
    assert (harness.sock.sent, harness.worker.watched) == (b"12", [EVENT_WRITE])
    harness.sock.room = 1
    harness.pump.settle()
    assert harness.sock.sent == b"123"
    harness.sock.room = 100
    harness.pump.settle()
    assert (harness.sock.sent, harness.worker.watched) == (b"1234567", [EVENT_WRITE, EVENT_READ])


@pytest.mark.parametrize(
    ("reads_on", "unsent", "is_waiting", "reads"),
    [
        (False, False, False, True),
        (False, True, False, False),
        (False, False, True, False),
        (True, True, True, True),
    ],
)
def test_server_reads_no_more_while_there_is_something_to_do(
    reads_on: bool, unsent: bool, is_waiting: bool, reads: bool
) -> None:
    harness = Harness()
    harness.runner.reads_on, harness.runner.is_waiting = reads_on, is_waiting
    if unsent:
        harness.sock.room = 0
        harness.runner.outputs = [b"more"]
    harness.pump.settle()
    events = (EVENT_READ if reads else 0) | (EVENT_WRITE if unsent else 0)
    assert harness.worker.watched == ([events] if events else [])


def test_socket_is_read_only_if_it_has_data(harness: Harness) -> None:
    harness.ready(EVENT_WRITE)
    assert harness.sock.sizes == []
    harness.sock.received = [b"x" * FIRST_READ, b"abc", BlockingIOError(), b"d"]
    for _ in range(4):
        harness.ready(EVENT_READ | EVENT_WRITE)
    assert harness.runner.received == [b"x" * FIRST_READ, b"abc", b"d"]
    assert harness.sock.sizes == [FIRST_READ, 2 * FIRST_READ, FIRST_READ, FIRST_READ]
    assert harness.runner.errors == []


def test_end_of_the_stream_is_received_once_and_not_watched_any_more(harness: Harness) -> None:
    harness.pump.settle()
    harness.sock.received = [b""]
    harness.ready(EVENT_READ)
    assert harness.runner.received == [b""]
    assert harness.pump.settle() == 77.0, "the runner may still answer"
    assert harness.worker.watched == [EVENT_READ, 0]


@pytest.mark.parametrize("leftover", [b"", b"early"])
def test_bytes_received_before_come_first_and_once(leftover: bytes) -> None:
    harness = Harness(leftover)
    harness.pump.settle()
    harness.pump.settle()
    assert harness.runner.received == ([leftover] if leftover else [])


def test_broken_socket_is_lost_when_it_is_read_or_written(harness: Harness) -> None:
    error = ConnectionResetError("reset")
    harness.sock.received = [error]
    harness.ready(EVENT_READ)
    assert harness.runner.errors == [error]
    assert harness.pump.settle() is None, "nothing more to wait for"

    other = Harness()
    other.sock.failure = error
    other.runner.outputs = [b"one"]
    assert other.pump.settle() is None
    assert (other.runner.errors, other.sock.shut) == ([error], [])


def test_broken_socket_with_unsent_bytes_keeps_none(harness: Harness) -> None:
    harness.sock.room = 1
    harness.runner.outputs = [b"12"]
    harness.pump.settle()
    harness.sock.failure = BrokenPipeError("broken")
    assert harness.pump.settle() is None
    assert harness.runner.errors == [harness.sock.failure]
    assert harness.worker.watched == [EVENT_WRITE]


def test_closed_connection_waits_for_the_peer_for_a_limited_time(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    harness.runner.closed = True
    harness.runner.outputs = [b"bye"]
    assert harness.pump.settle() == 100.0 + CLOSE_TIMEOUT
    assert (harness.sock.sent, harness.sock.shut) == (b"bye", [socket.SHUT_WR])
    now[0] += CLOSE_TIMEOUT / 2
    assert harness.pump.settle() == 100.0 + CLOSE_TIMEOUT, "no later than that"
    assert harness.sock.shut == [socket.SHUT_WR]
    now[0] += CLOSE_TIMEOUT / 2
    assert harness.pump.settle() is None


def test_closed_connection_ends_when_the_peer_has_closed(harness: Harness) -> None:
    harness.runner.closed = True
    assert harness.pump.settle() is not None
    harness.sock.received = [b""]
    harness.ready(EVENT_READ)
    assert harness.pump.settle() is None


def test_closed_connection_sends_its_rest_before_its_end(harness: Harness) -> None:
    harness.sock.room = 1
    harness.runner.outputs = [b"bye"]
    harness.pump.settle()
    harness.runner.closed = True
    assert harness.pump.settle() is not None
    assert harness.sock.shut == []
    harness.sock.room = 10
    harness.pump.settle()
    assert (harness.sock.sent, harness.sock.shut) == (b"bye", [socket.SHUT_WR])


def test_connection_that_does_not_close_gracefully_ends_at_once(harness: Harness) -> None:
    harness.runner.closed, harness.runner.closes_gracefully = True, False
    assert harness.pump.settle() is None


def test_socket_that_cannot_be_shut_down_is_lost(harness: Harness) -> None:
    harness.runner.closed = True
    harness.sock.shutdown_failure = OSError("not connected")
    assert harness.pump.settle() is None
    assert harness.runner.errors == [harness.sock.shutdown_failure]


def test_calls_of_the_worker_are_passed_on(harness: Harness) -> None:
    bug = ZeroDivisionError()
    harness.pump.tick()
    harness.pump.close()
    harness.pump.fail(bug)
    assert harness.runner.calls == ["tick", "close", bug]
    harness.pump.release()
    assert (harness.worker.watched, harness.sock.closed) == ([0], True)


def test_pump_is_added_with_its_runner_and_woken_by_its_changes() -> None:
    sock, worker, runner = Harness().parts
    given = runner.received
    changes: list[Callable[[], None]] = []

    def make_runner(changed: Callable[[], None]) -> Any:
        changes.append(changed)
        return runner

    assert start_pump(worker, sock, make_runner, b"early") is runner
    (pump,) = worker.members
    assert not sock.closed
    changes[0]()
    assert worker.woken == [pump]
    assert pump.settle() == 77.0
    assert given == [b"early"]


@pytest.mark.parametrize("fails", [False, True])
def test_socket_without_a_runner_is_closed(fails: bool) -> None:
    sock, worker, _ = Harness().parts

    def make_runner(_: object) -> None:
        if fails:
            raise ZeroDivisionError

    if fails:
        with pytest.raises(ZeroDivisionError):
            start_pump(worker, sock, make_runner)
    else:
        assert start_pump(worker, sock, make_runner) is None
    assert (sock.closed, worker.members) == (True, [])


def test_option_of_a_socket_that_is_closed_is_no_failure() -> None:
    class Closed(Sock):
        def setsockopt(self, *option: int) -> None:
            raise OSError("closed")

    sock: Any = Closed()
    worker: Any = Worker()
    pump = SocketPump(worker, sock)
    runner: Any = Runner()
    pump.driver = runner
    assert pump.settle() == 77.0
