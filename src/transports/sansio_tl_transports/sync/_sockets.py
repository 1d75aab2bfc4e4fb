"""Plain sockets: opening them as a `Way` says, without ever waiting for one address alone, or for ever."""

from __future__ import annotations

import contextlib
import math
import os
import selectors
import socket
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sansio_tl.proxy import ProxyError, ProxyHandshake
from sansio_tl_transports._shared.connect_options import HAPPY_EYEBALLS_DELAY, Attempt, Failure, NotReached, none_led
from sansio_tl_transports._shared.connection_runner import READ_SIZE, ConnectionRunner
from sansio_tl_transports._shared.tls import TlsSocket
from sansio_tl_transports.sync._reactor import Carriers

_GLANCE = 0.1
"""Seconds until a thread that dials looks whether it is still wanted."""

Address = tuple[Attempt, int, Any]
"""For which attempt, address family, where."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A socket that leads to the data center."""

    sock: socket.socket | TlsSocket
    attempt: Attempt
    leftover: bytes = b""
    """What the data center said already while we talked with the proxy."""


class Stopped(OSError):
    """Nobody wants the link any more."""


class Opener:
    """Opens one link, until a deadline, or until it is stopped from another thread."""

    def __init__(self, deadline: float = math.inf, stopped: Callable[[], bool] = lambda: False) -> None:
        """`deadline` is by the monotonic clock; looking up names is the system's work, and keeps to its own limits."""
        self._deadline = deadline
        self._stopped = stopped

    def open(self, attempts: Sequence[Attempt], stagger: float | None) -> Opened:
        """Try these until one leads to the data center: another one every `stagger` seconds, or when one has failed.

        Raises OSError (ConnectError among them) or ProxyError when none does, TimeoutError when the deadline passes.
        """
        failures: list[Exception] = []
        for group in [list(attempts)] if stagger is not None else [[attempt] for attempt in attempts]:
            waiting = deque(_addresses(group, failures))
            while waiting:
                try:
                    with self._connected(waiting, failures) as (sock, attempt):
                        return self._go_on(sock, attempt)
                except (TimeoutError, Stopped):
                    raise
                except Failure as error:
                    failures.append(error)
        raise none_led(failures)

    @contextlib.contextmanager
    def _connected(self, waiting: deque[Address], failures: list[Exception]) -> Iterator[tuple[socket.socket, Attempt]]:
        """The first of these addresses that lets us in (RFC 8305); those not tried yet stay in `waiting`."""
        running: dict[socket.socket, Address] = {}
        with selectors.DefaultSelector() as selector:
            try:
                sock = self._race(waiting, running, selector, failures)
                attempt = running.pop(sock)[0]
            finally:
                for loser, address in running.items():
                    loser.close()
                    waiting.append(address)
        try:
            yield sock, attempt
        except BaseException:
            sock.close()
            raise

    def _race(
        self,
        waiting: deque[Address],
        running: dict[socket.socket, Address],
        selector: selectors.BaseSelector,
        failures: list[Exception],
    ) -> socket.socket:
        next_at = 0.0
        while waiting or running:
            if waiting and (not running or time.monotonic() >= next_at):
                _begin(waiting.popleft(), running, selector, failures)
                next_at = time.monotonic() + HAPPY_EYEBALLS_DELAY
                continue
            patience = self._patience()
            if waiting:
                patience = min(patience, max(0.0, next_at - time.monotonic()))
            for key, _ in selector.select(patience):
                sock: socket.socket = key.data
                code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                if not code:
                    return sock
                _give_up(sock, OSError(code, os.strerror(code)), running, selector, failures)
        raise failures.pop() if failures else OSError("there is no address")

    def _go_on(self, sock: socket.socket, attempt: Attempt) -> Opened:
        road = attempt.road()
        if road is not None:
            self._talk(sock, road, attempt)
        leftover = b"" if road is None else road.leftover
        if attempt.tls is None:
            return Opened(sock, attempt, leftover)
        if leftover:
            raise ProxyError("TLS", "the server spoke first")
        return Opened(self._secure(sock, attempt, attempt.tls), attempt)

    def _talk(self, sock: socket.socket, road: ProxyHandshake, attempt: Attempt) -> None:
        try:
            while not road.done:
                data = road.data_to_send()
                while data:
                    self._wait(sock, selectors.EVENT_WRITE)
                    data = data[sock.send(data) :]
                self._wait(sock, selectors.EVENT_READ)
                if received := sock.recv(READ_SIZE):
                    road.receive_data(received)
                else:
                    road.receive_eof()
        except (TimeoutError, Stopped):
            raise
        except Failure as error:
            raise attempt.talk_failed(road, error) from error

    def _secure(self, sock: socket.socket, attempt: Attempt, context: ssl.SSLContext) -> TlsSocket:
        inside = context.wrap_socket(sock, server_hostname=attempt.target[0], do_handshake_on_connect=False)
        try:
            while True:
                try:
                    inside.do_handshake()
                except ssl.SSLWantReadError:
                    self._wait(inside, selectors.EVENT_READ)
                except ssl.SSLWantWriteError:
                    self._wait(inside, selectors.EVENT_WRITE)
                else:
                    return TlsSocket(inside)
        except BaseException as error:
            inside.close()
            if isinstance(error, OSError) and not isinstance(error, (TimeoutError, Stopped)):
                raise attempt.tls_failed(error) from error
            raise

    def _wait(self, sock: socket.socket, event: int) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(sock, event)
            while not selector.select(self._patience()):
                pass

    def _patience(self) -> float:
        """How long to wait before looking around. Raises TimeoutError or Stopped when there is no more of it."""
        if self._stopped():
            raise Stopped("not wanted any more")
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("no answer in time")
        return min(left, _GLANCE)


def _addresses(attempts: Sequence[Attempt], failures: list[Exception]) -> Iterator[Address]:
    for attempt in attempts:
        try:
            found = socket.getaddrinfo(attempt.host, attempt.port, type=socket.SOCK_STREAM)
        except NotReached as error:
            failures.append(attempt.failed(error))
            continue
        for family, _, _, _, address in found:
            yield attempt, family, address


def _begin(
    address: Address,
    running: dict[socket.socket, Address],
    selector: selectors.BaseSelector,
    failures: list[Exception],
) -> None:
    attempt, family, where = address
    try:
        sock = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        failures.append(attempt.failed(error))
        return
    sock.setblocking(False)
    running[sock] = address
    selector.register(sock, selectors.EVENT_WRITE, sock)
    try:
        sock.connect(where)
    except BlockingIOError:
        pass
    except NotReached as error:
        _give_up(sock, error, running, selector, failures)


def _give_up(
    sock: socket.socket,
    error: Exception,
    running: dict[socket.socket, Address],
    selector: selectors.BaseSelector,
    failures: list[Exception],
) -> None:
    attempt = running.pop(sock)[0]
    selector.unregister(sock)
    sock.close()
    failures.append(attempt.failed(error))


class Dialler:
    """Threads that open links, so that nobody else has to wait for them."""

    def __init__(self, carriers: Carriers) -> None:
        self._carriers = carriers
        self._threads: list[threading.Thread] = []
        self._stopping = False

    def start(
        self,
        attempts: Sequence[Attempt],
        stagger: float | None,
        *,
        timeout: float,
        opened: Callable[[Opened], ConnectionRunner | None],
        failed: Callable[[Exception], None],
    ) -> None:
        """Open a link; `opened` gives the driver whose bytes to carry, or None to close it. Both are called locked."""

        def dial() -> None:
            try:
                found = Opener(time.monotonic() + timeout, lambda: self._stopping).open(attempts, stagger)
            except Exception as error:  # noqa: BLE001  whoever wanted the link judges it
                with self._carriers.lock:
                    failed(error)
                return
            with self._carriers.lock:
                driver = opened(found)
                if driver is not None:
                    self._carriers.add(found.sock, driver, found.leftover)
            if driver is None:
                found.sock.close()

        self._threads = [thread for thread in self._threads if thread.is_alive()]
        thread = threading.Thread(target=dial, name="sansio_tl", daemon=True)
        self._threads.append(thread)
        thread.start()

    def stop(self) -> None:
        """No link is wanted any more."""
        self._stopping = True

    def join(self) -> None:
        """Wait for the threads to see that."""
        for thread in self._threads:
            thread.join()
