"""Opens and accepts connections in the worker thread, by generators that yield what they wait for."""

from __future__ import annotations

import contextlib
import math
import os
import socket
import ssl
import time
from collections import deque
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from selectors import EVENT_READ, EVENT_WRITE
from typing import Any, Final, TypeAlias, TypeVar

from sansio_tl.proxy import ProxyError, ProxyHandshake
from sansio_tl.proxy.carrier import Carrier
from sansio_tl_transports._shared.acceptor import Acceptor
from sansio_tl_transports._shared.connect_options import (
    HAPPY_EYEBALLS_DELAY,
    PAUSE,
    Attempt,
    Failure,
    NotReached,
    combined_error,
    interleaved,
)
from sansio_tl_transports._shared.connection_runner import CONNECT_TIMEOUT, READ_SIZE, ConnectionRunner
from sansio_tl_transports._shared.tls import TlsSocket, continue_handshake
from sansio_tl_transports._shared.waiter import Hook
from sansio_tl_transports._shared.web_lanes import WebLanes
from sansio_tl_transports.sync._pump import start_pump
from sansio_tl_transports.sync._worker import Socket, Worker

T = TypeVar("T")

_OVERLOADED: Final = 0.1
"""Seconds to wait when the system has no file descriptors left."""


@dataclass(frozen=True, slots=True)
class Wait:
    """What a generator waits for. It gets a list: the sockets that are ready, or the result of the job, which is an
    exception if it raised one.
    """

    sockets: dict[socket.socket, int] = field(default_factory=dict)
    """Sockets and their events."""
    until: float = math.inf
    """By the monotonic clock; the list is empty then."""
    job: Callable[[], object] | None = None
    """A function that blocks and does not raise. It is called in a thread, which is not waited for on exit."""


Steps: TypeAlias = Generator[Wait, Any, T]
Address: TypeAlias = tuple[Attempt, int, Any]
"""Attempt, address family, socket address."""


class Task:
    """A generator that the worker runs. It is closed with the worker."""

    def __init__(self, worker: Worker, steps: Steps[None], on_bug: Callable[[Exception], object]) -> None:
        """`on_bug` gets what the generator raises."""
        self._worker = worker
        self._steps = steps
        self._on_bug = on_bug
        self._wait = Wait(until=-math.inf)
        self._results: list[object] | None = None
        self._closed = False

    def ready(self, sock: Socket, events: int, /) -> None:
        """A socket is ready."""
        del events
        self._go_on(self._wait, sock)

    def tick(self) -> None:
        """Called at the deadline, or earlier."""

    def close(self) -> None:
        """Run it no more."""
        self._closed = True

    def fail(self, bug: Exception) -> None:
        """Report what the generator has raised."""
        self._on_bug(bug)

    def release(self) -> None:
        """Close its sockets."""
        self._stop_waiting()
        with contextlib.suppress(ValueError):  # in a forked process it may seem to run still
            self._steps.close()

    def settle(self) -> float | None:
        """Continue, if what it waits for is there."""
        while not self._closed and (self._results or self._wait.until <= time.monotonic()):
            self._stop_waiting()
            results, self._results = self._results, []
            try:
                self._wait = wait = self._steps.send(results)
            except StopIteration:
                return None
            for sock, events in wait.sockets.items():
                self._worker.watch(sock, events, self)
            if wait.job is not None:
                go_on = partial(self._go_on, wait)
                self._worker.run_job(wait.job, go_on, go_on)
        return None if self._closed else self._wait.until

    def _go_on(self, wait: Wait, result: object) -> None:
        if wait is self._wait:  # else the result is too late
            self._results = [*(self._results or ()), result]
            self._worker.wake(self)

    def _stop_waiting(self) -> None:
        wait, self._wait = self._wait, Wait()
        for sock in wait.sockets:
            self._worker.watch(sock, 0, self)


def start_task(worker: Worker, steps: Steps[None], on_bug: Callable[[Exception], object]) -> Callable[[], None]:
    """Let the worker run a generator. In any thread. Returns a function for the worker thread that ends it."""
    task = Task(worker, steps, on_bug)
    worker.submit(partial(worker.add, task))

    def cancel() -> None:
        task.close()
        worker.wake(task)

    return cancel


def limited(steps: Steps[T], seconds: float) -> Steps[T]:
    """Run a generator for this long at most. Raises TimeoutError."""
    deadline = time.monotonic() + seconds
    with contextlib.closing(steps):
        try:
            wait = next(steps)
            while True:
                results = yield replace(wait, until=min(wait.until, deadline))
                if not results and time.monotonic() >= deadline:
                    raise TimeoutError("no answer in time")
                wait = steps.send(results)
        except StopIteration as end:
            value: T = end.value
            return value


@dataclass(frozen=True, slots=True)
class Opened:
    """A socket connected to the data center."""

    sock: Socket
    attempt: Attempt
    leftover: bytes = b""
    """Bytes of the data center that were received with the proxy's answer."""
    carrier: Carrier | None = None
    """Carries the bytes through a WEB proxy."""


def open_socket(attempts: Sequence[Attempt], stagger: float | None) -> Steps[Opened]:
    """Make these attempts until one connects: another one every `stagger` seconds, or when one has failed.

    Raises OSError (ConnectError among them) or ProxyError when none does.
    """
    failures: list[Exception] = []
    for group in [list(attempts)] if stagger is not None else [[attempt] for attempt in attempts]:
        waiting: deque[Address] = deque()
        for attempt in group:
            waiting.extend((yield from _addresses(attempt, failures)))
        while waiting:
            if (connected := (yield from _race(waiting, failures))) is not None:
                sock, attempt = connected
                try:
                    return (yield from _begin(sock, attempt))
                except BaseException as error:
                    sock.close()
                    if not isinstance(error, Failure):
                        raise
                    failures.append(error)
    raise combined_error(failures)


def _addresses(attempt: Attempt, failures: list[Exception]) -> Steps[list[Address]]:
    """The addresses of the host, those of each family by turns (RFC 8305, 4)."""

    def look_up() -> Any:
        flags = socket.AI_NUMERICHOST if attempt.is_address else 0
        try:
            return socket.getaddrinfo(attempt.host, attempt.port, type=socket.SOCK_STREAM, flags=flags)
        except NotReached as error:
            return error

    found = look_up() if attempt.is_address else (yield Wait(job=look_up))[0]
    if isinstance(found, Exception):
        failures.append(attempt.failed(found))
        return []
    return [(attempt, family, address) for family, *_, address in interleaved(found)]


def _race(waiting: deque[Address], failures: list[Exception]) -> Steps[tuple[socket.socket, Attempt] | None]:
    """Connect to the first address that accepts (RFC 8305, 5); those not tried yet stay in `waiting`."""
    connecting: dict[socket.socket, Address] = {}

    def give_up(sock: socket.socket, error: Exception) -> None:
        failures.append(connecting.pop(sock)[0].failed(error))
        sock.close()

    next_at = 0.0
    try:
        while waiting or connecting:
            if waiting and (not connecting or time.monotonic() >= next_at):
                next_at = time.monotonic() + HAPPY_EYEBALLS_DELAY
                attempt, family, address = waiting.popleft()
                try:
                    sock = socket.socket(family, socket.SOCK_STREAM)
                except OSError as error:
                    failures.append(attempt.failed(error))
                    continue
                connecting[sock] = attempt, family, address
                sock.setblocking(False)
                try:
                    sock.connect(address)
                except BlockingIOError:
                    pass
                except NotReached as error:
                    give_up(sock, error)
                continue
            for sock in (yield Wait(dict.fromkeys(connecting, EVENT_WRITE), next_at if waiting else math.inf)):
                if not (code := sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)):
                    return sock, connecting.pop(sock)[0]
                give_up(sock, OSError(code, os.strerror(code)))
        return None
    finally:
        for sock, untried in connecting.items():
            sock.close()
            waiting.append(untried)


def _begin(sock: socket.socket, attempt: Attempt) -> Steps[Opened]:
    """The handshakes with the proxy and of TLS."""
    leftover = b""
    handshake = attempt.proxy_handshake()
    if handshake is not None and not handshake.after_tls:
        yield from _proxy_handshake(sock, sock, handshake, attempt)
        leftover = handshake.leftover
    if attempt.tls is None:
        return Opened(sock, attempt, leftover)
    if leftover:
        raise ProxyError("TLS", "the server spoke first")
    inside = yield from _tls_handshake(sock, attempt, attempt.tls)
    if handshake is None or not handshake.after_tls:
        return Opened(TlsSocket(inside), attempt)
    try:
        yield from _proxy_handshake(TlsSocket(inside), inside, handshake, attempt)
    except BaseException:
        inside.close()
        raise
    return Opened(TlsSocket(inside), attempt, handshake.leftover, handshake.carrier)


def _proxy_handshake(
    sock: Socket, selectable: socket.socket, handshake: ProxyHandshake, attempt: Attempt
) -> Steps[None]:
    try:
        while not handshake.done:
            data = handshake.data_to_send()
            while data:
                try:
                    data = data[sock.send(data) :]
                except BlockingIOError:
                    yield Wait({selectable: EVENT_WRITE})
            try:
                received = sock.recv(READ_SIZE)
            except BlockingIOError:
                yield Wait({selectable: EVENT_READ})
                continue
            if received:
                handshake.receive_data(received)
            else:
                handshake.receive_eof()
    except Failure as error:
        raise attempt.handshake_failed(handshake, error) from error


def start_opened(
    worker: Worker, opened: Opened, make_runner: Callable[[Callable[[], None]], ConnectionRunner | None]
) -> ConnectionRunner | None:
    """As `start_pump`, for a socket that was opened."""
    if opened.carrier is None:
        return start_pump(worker, opened.sock, make_runner, opened.leftover)
    changed = Hook()
    runner: ConnectionRunner | None = None
    try:
        runner = make_runner(changed)
    finally:
        if runner is None:
            opened.sock.close()
    if runner is not None:
        lanes = WebLanes(opened.carrier, runner)
        changed.listener = lanes.wake
        for index in range(len(lanes)):
            start_task(worker, _run_lane(worker, lanes, index, None if index else opened, opened.attempt), runner.fail)
    return runner


def _run_lane(worker: Worker, lanes: WebLanes, index: int, opened: Opened | None, attempt: Attempt) -> Steps[None]:
    """One connection to the relay of a WEB proxy after another."""
    attempts = [replace(attempt, continues=True)]
    while True:
        try:
            found = opened or (yield from limited(open_socket(attempts, None), CONNECT_TIMEOUT))
        except Failure as error:
            lanes.open_failed(index, str(error))
        else:
            opened = None
            lane = start_pump(worker, found.sock, partial(lanes.make_runner, index))
            while lane is not None and not lane.closed:
                yield Wait(until=time.monotonic() + PAUSE)
        if not lanes.reopens(index):
            return
        yield Wait(until=time.monotonic() + PAUSE)


def _tls_handshake(sock: socket.socket, attempt: Attempt, context: ssl.SSLContext) -> Steps[ssl.SSLSocket]:
    inside = context.wrap_socket(sock, server_hostname=attempt.tls_host, do_handshake_on_connect=False)
    try:
        while needed := continue_handshake(inside):
            yield Wait({inside: needed})
        return inside
    except BaseException as error:
        inside.close()
        if isinstance(error, OSError):
            raise attempt.tls_failed(error) from error
        raise


def accept_sockets(
    worker: Worker, listener: socket.socket, acceptor: Acceptor, tls: ssl.SSLContext | None
) -> Steps[None]:
    """Accept the connections of a server, and let the worker run them, until closed: that closes the listener."""
    listener.setblocking(False)
    with listener:
        while True:
            yield Wait({listener: EVENT_READ})
            try:
                accepted = listener.accept()[0]
            except (BlockingIOError, ConnectionError):
                continue  # closed already
            except OSError:
                yield Wait(until=time.monotonic() + _OVERLOADED)
                continue
            accepted.setblocking(False)
            sock: Socket = accepted
            if tls is not None:
                try:  # the handshake runs with the first reads
                    sock = TlsSocket(tls.wrap_socket(accepted, server_side=True, do_handshake_on_connect=False))
                except OSError:
                    accepted.close()
                    continue
            start_pump(worker, sock, acceptor.accept)
