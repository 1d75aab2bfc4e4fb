"""Opening and accepting sockets by generators, step by step: what they wait for, and which sockets stay open."""

from __future__ import annotations

import contextlib
import errno
import math
import os
import select
import socket
from collections.abc import Iterator
from selectors import EVENT_READ, EVENT_WRITE
from typing import Any, Self

import pytest

from sansio_tl.proxy import ProxyError
from sansio_tl_transports._shared.connect_options import Attempt
from sansio_tl_transports.sync import _opener
from sansio_tl_transports.sync._opener import (
    Opened,
    Steps,
    Wait,
    accept_sockets,
    limited,
    open_socket,
    start_opened,
    start_task,
)
from tests.transports.proxies import free_port


class Time:
    """The module `time`, whose clock the test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    made = Time()
    monkeypatch.setattr(_opener, "time", made)
    return made


class Idle:
    """A worker that runs nothing."""

    def wake(self, _: object) -> None:
        """Never called."""


def drive(steps: Steps[Any], waits: list[Wait]) -> Any:
    """Run a generator to its end, and note what it waits for. Deadlines pass at once."""
    results: list[object] | None = None
    while True:
        try:
            wait = steps.send(results)
        except StopIteration as end:
            return end.value
        waits.append(wait)
        reads = [sock for sock, events in wait.sockets.items() if events == EVENT_READ]
        writes = [sock for sock, events in wait.sockets.items() if events == EVENT_WRITE]
        readable, writable, _ = select.select(reads, writes, [], 5 if wait.sockets else 0)
        results = [wait.job()] if wait.job is not None else [*readable, *writable]


def still_open(sockets: list[socket.socket]) -> list[socket.socket]:
    return [each for each in sockets if each.fileno() != -1]


@contextlib.contextmanager
def listening() -> Iterator[tuple[str, int]]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()


def attempt(address: tuple[str, int]) -> Attempt:
    return Attempt(*address, address)


# --- a limited time ---------------------------------------------------------------------------------------------------


def test_limited_generator_waits_until_the_deadline_at_most(time: Time) -> None:
    ended: list[str] = []
    job = list

    def steps() -> Steps[str]:
        try:
            assert (yield Wait(until=101.0)) == []
            assert (yield Wait(job=job)) == ["late"]
            assert (yield Wait()) == []
            yield Wait()
        finally:
            ended.append("ended")
        return "unreached"

    running = limited(steps(), 5.0)
    assert next(running).until == 101.0
    time.now = 101.0
    second = running.send([])
    assert (second.until, second.job) == (105.0, job)
    time.now = 106.0
    assert running.send(["late"]).until == 105.0, "a result is taken whenever it comes"
    time.now = 104.99
    assert running.send([]).until == 105.0, "it was woken too early"
    time.now = 105.0
    with pytest.raises(TimeoutError, match="no answer in time"):
        running.send([])
    assert ended == ["ended"]


def test_limited_generator_has_the_value_of_the_other() -> None:
    def steps() -> Steps[str]:
        yield Wait()
        return "value"

    assert drive(limited(steps(), 5.0), []) == "value"


class Members(Idle):
    """A worker whose members the test settles."""

    def __init__(self) -> None:
        self.members: list[Any] = []
        self.woken: list[Any] = []

    def submit(self, work: Any) -> None:
        work()

    def add(self, member: Any) -> None:
        self.members.append(member)

    def wake(self, member: Any) -> None:
        self.woken.append(member)

    def watch(self, *_: object) -> None:
        """It has no selector."""


def test_cancelled_task_is_settled_and_then_done(time: Time) -> None:
    ended: list[str] = []

    def steps() -> Steps[None]:
        try:
            yield Wait(until=200.0)
        finally:
            ended.append("ended")

    worker: Any = Members()
    cancel = start_task(worker, steps(), print)
    (task,) = worker.members
    assert (task.settle(), worker.woken) == (200.0, [])
    cancel()
    assert (task.settle(), worker.woken) == (None, [task])
    time.now = 300.0
    assert task.settle() is None
    assert ended == []
    task.release()
    assert ended == ["ended"]


# --- opening ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("host", "looks_up"), [("127.0.0.1", False), ("localhost", True)])
def test_only_names_are_looked_up_in_a_thread(host: str, looks_up: bool) -> None:
    with listening() as (_, port):
        waits: list[Wait] = []
        opened = drive(open_socket([attempt((host, port))], None), waits)
        assert opened.sock.getpeername() == ("127.0.0.1", port)
        assert (opened.attempt.host, opened.leftover, opened.carrier) == (host, b"", None)
        opened.sock.close()
    assert (waits[0].job is not None) is looks_up
    assert [wait for wait in waits[1:] if wait.job is not None] == []


def test_attempts_are_made_one_after_the_other(opened: list[socket.socket]) -> None:
    with listening() as address:
        refused = attempt(("127.0.0.1", free_port()))
        found = drive(open_socket([refused, attempt(address), refused], None), [])
        assert found.attempt == attempt(address)
        found.sock.close()
    assert still_open(opened) == []


def test_error_of_the_only_attempt_is_raised(opened: list[socket.socket]) -> None:
    with pytest.raises(ConnectionRefusedError):
        drive(open_socket([attempt(("127.0.0.1", free_port()))], None), [])
    with pytest.raises(OSError, match="invalid|unknown|not known|failure|resolution"):
        drive(open_socket([attempt(("host.invalid", 1))], None), [])
    assert still_open(opened) == []


def test_addresses_begin_a_quarter_of_a_second_apart(time: Time, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Any] = []

    class Silent:
        """A socket that is never connected."""

        def __init__(self, *_: object) -> None:
            self.closed = self.blocks = False
            made.append(self)

        def setblocking(self, flag: bool) -> None:
            self.blocks = flag

        def connect(self, address: object) -> None:
            raise BlockingIOError

        def close(self) -> None:
            self.closed = True

    monkeypatch.setattr(socket, "socket", Silent)
    steps = open_socket([attempt(("192.0.2.1", 1)), attempt(("192.0.2.2", 1))], 0.25)
    first = next(steps)
    assert (list(first.sockets), set(first.sockets.values()), first.until) == (made, {EVENT_WRITE}, 100.25)
    time.now = 100.2
    assert list(steps.send([]).sockets) == made[:1], "too early"
    time.now = 100.25
    second = steps.send([])
    assert (list(second.sockets), len(made), second.until) == (made, 2, math.inf)
    assert not any(each.blocks for each in made)
    steps.close()
    assert all(each.closed for each in made)


def test_socket_that_cannot_be_made_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    monkeypatch.setattr(socket, "socket", fail)
    with pytest.raises(OSError, match=os.strerror(errno.EMFILE)):
        drive(open_socket([attempt(("192.0.2.1", 1))], None), [])


class Handshake:
    """One with a proxy, which has ended with these bytes of the server."""

    after_tls = False
    done = True
    carrier = None
    step = "a step"

    def __init__(self, leftover: bytes) -> None:
        self.leftover = leftover


class Proxied:
    """An attempt through such a proxy."""

    is_address = True
    host = "127.0.0.1"

    def __init__(self, port: int, leftover: bytes, tls: object) -> None:
        self.port, self.tls = port, tls
        self._leftover = leftover

    def proxy_handshake(self) -> Handshake:
        return Handshake(self._leftover)


def test_bytes_after_the_answer_of_the_proxy_are_kept_but_not_before_tls(opened: list[socket.socket]) -> None:
    with listening() as (_, port):
        plain: Any = Proxied(port, b"early", None)
        found = drive(open_socket([plain], None), [])
        assert (found.leftover, found.attempt) == (b"early", plain)
        found.sock.close()
        secured: Any = Proxied(port, b"early", object())
        with pytest.raises(ProxyError, match="TLS: the server spoke first"):
            drive(open_socket([secured], None), [])
    assert still_open(opened) == []


def test_attempt_whose_proxy_fails_is_followed_by_the_next_one(opened: list[socket.socket]) -> None:
    with listening() as (_, port):
        refused: Any = Proxied(port, b"early", object())
        plain: Any = Proxied(port, b"", None)
        found = drive(open_socket([refused, plain], None), [])
        assert found.attempt is plain
        found.sock.close()
    assert still_open(opened) == []


@pytest.mark.parametrize("fails", [False, True])
def test_opened_socket_that_nothing_runs_is_closed(fails: bool) -> None:
    def make_runner(_: object) -> None:
        if fails:
            raise ZeroDivisionError

    worker: Any = Idle()
    for carrier in (None, object()):
        ours, theirs = socket.socketpair()
        with theirs, contextlib.suppress(ZeroDivisionError):
            found = Opened(ours, attempt(("127.0.0.1", 1)), carrier=carrier)  # type: ignore[arg-type]
            assert start_opened(worker, found, make_runner) is None
        assert ours.fileno() == -1


# --- accepting --------------------------------------------------------------------------------------------------------


class Listener:
    """Gives the sockets, or raises the errors, of a test."""

    def __init__(self, *found: socket.socket | OSError) -> None:
        self._found = list(found)
        self.closed = False
        self.blocks = True

    def setblocking(self, flag: bool) -> None:
        self.blocks = flag

    def accept(self) -> tuple[socket.socket, object]:
        found = self._found.pop(0)
        if isinstance(found, OSError):
            raise found
        return found, None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.closed = True


class FullAcceptor:
    """Refuses each connection."""

    def __init__(self) -> None:
        self.asked = 0

    def accept(self, _: object) -> None:
        self.asked += 1


def test_accepting_goes_on_after_errors_and_pauses_without_descriptors(time: Time) -> None:
    ours, theirs = socket.socketpair()
    listener: Any = Listener(BlockingIOError(), ConnectionAbortedError(), OSError(errno.EMFILE, "full"), ours)
    acceptor: Any = FullAcceptor()
    worker: Any = Idle()
    steps = accept_sockets(worker, listener, acceptor, None)
    for _ in range(3):
        assert next(steps) == Wait({listener: EVENT_READ})
    assert next(steps) == Wait(until=100.1)
    assert next(steps) == Wait({listener: EVENT_READ})
    assert (acceptor.asked, listener.blocks, ours.fileno() != -1) == (0, False, True)
    assert next(steps) == Wait({listener: EVENT_READ})
    assert (acceptor.asked, ours.fileno(), theirs.recv(1)) == (1, -1, b"")
    theirs.close()
    assert not listener.closed
    steps.close()
    assert listener.closed


class FailingContext:
    """TLS that cannot begin."""

    def wrap_socket(self, sock: socket.socket, **settings: object) -> None:
        assert settings == {"server_side": True, "do_handshake_on_connect": False}
        assert not sock.getblocking()
        raise OSError("reset")


def test_socket_whose_tls_cannot_begin_is_closed() -> None:
    ours, theirs = socket.socketpair()
    listener: Any = Listener(ours)
    acceptor: Any = FullAcceptor()
    worker: Any = Idle()
    context: Any = FailingContext()
    steps = accept_sockets(worker, listener, acceptor, context)
    next(steps)
    assert next(steps) == Wait({listener: EVENT_READ})
    assert (acceptor.asked, ours.fileno(), theirs.recv(1)) == (0, -1, b"")
    theirs.close()
    steps.close()
