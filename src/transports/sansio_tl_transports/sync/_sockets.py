"""Opens blocking sockets by the connect options, several addresses in parallel, with a timeout."""

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
from sansio_tl_transports._shared.connect_options import (
    HAPPY_EYEBALLS_DELAY,
    Attempt,
    Failure,
    NotReached,
    combined_error,
)
from sansio_tl_transports._shared.connection_runner import READ_SIZE, ConnectionRunner
from sansio_tl_transports._shared.tls import TlsSocket
from sansio_tl_transports.sync._reactor import Reactor

_CHECK_INTERVAL = 0.1
"""Seconds between two checks whether a connecting thread should stop."""

Address = tuple[Attempt, int, Any]
"""Attempt, address family, socket address."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A socket connected to the data center."""

    sock: socket.socket | TlsSocket
    attempt: Attempt
    leftover: bytes = b""
    """Bytes of the data center that were received with the proxy's answer."""


class Stopped(OSError):
    """The connection attempt was cancelled."""


class Opener:
    """Opens one connection, until a deadline, or until another thread stops it."""

    def __init__(self, deadline: float = math.inf, stopped: Callable[[], bool] = lambda: False) -> None:
        """`deadline` is by the monotonic clock; name resolution has the system's own timeouts."""
        self._deadline = deadline
        self._stopped = stopped

    def open(self, attempts: Sequence[Attempt], stagger: float | None) -> Opened:
        """Make these attempts until one connects: another one every `stagger` seconds, or when one has failed.

        Raises OSError (ConnectError among them) or ProxyError when none does, TimeoutError when the deadline passes.
        """
        failures: list[Exception] = []
        for group in [list(attempts)] if stagger is not None else [[attempt] for attempt in attempts]:
            waiting = deque(_addresses(group, failures))
            while waiting:
                try:
                    with self._connected(waiting, failures) as (sock, attempt):
                        return self._complete(sock, attempt)
                except (TimeoutError, Stopped):
                    raise
                except Failure as error:
                    failures.append(error)
        raise combined_error(failures)

    @contextlib.contextmanager
    def _connected(self, waiting: deque[Address], failures: list[Exception]) -> Iterator[tuple[socket.socket, Attempt]]:
        """Connect to the first of these addresses that accepts (RFC 8305); those not tried yet stay in `waiting`."""
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
                _start_attempt(waiting.popleft(), running, selector, failures)
                next_at = time.monotonic() + HAPPY_EYEBALLS_DELAY
                continue
            timeout = self._time_left()
            if waiting:
                timeout = min(timeout, max(0.0, next_at - time.monotonic()))
            for key, _ in selector.select(timeout):
                sock: socket.socket = key.data
                code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                if not code:
                    return sock
                _abandon(sock, OSError(code, os.strerror(code)), running, selector, failures)
        raise failures.pop() if failures else OSError("the name has no address")

    def _complete(self, sock: socket.socket, attempt: Attempt) -> Opened:
        handshake = attempt.proxy_handshake()
        if handshake is not None:
            self._proxy_handshake(sock, handshake, attempt)
        leftover = b"" if handshake is None else handshake.leftover
        if attempt.tls is None:
            return Opened(sock, attempt, leftover)
        if leftover:
            raise ProxyError("TLS", "the server sent data before the TLS handshake")
        return Opened(self._secure(sock, attempt, attempt.tls), attempt)

    def _proxy_handshake(self, sock: socket.socket, handshake: ProxyHandshake, attempt: Attempt) -> None:
        try:
            while not handshake.done:
                data = handshake.data_to_send()
                while data:
                    self._wait(sock, selectors.EVENT_WRITE)
                    data = data[sock.send(data) :]
                self._wait(sock, selectors.EVENT_READ)
                if received := sock.recv(READ_SIZE):
                    handshake.receive_data(received)
                else:
                    handshake.receive_eof()
        except (TimeoutError, Stopped):
            raise
        except Failure as error:
            raise attempt.handshake_failed(handshake, error) from error

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
            while not selector.select(self._time_left()):
                pass

    def _time_left(self) -> float:
        """Seconds to wait until the next check. Raises TimeoutError or Stopped."""
        if self._stopped():
            raise Stopped("cancelled")
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("no answer in time")
        return min(left, _CHECK_INTERVAL)


def _addresses(attempts: Sequence[Attempt], failures: list[Exception]) -> Iterator[Address]:
    for attempt in attempts:
        try:
            found = socket.getaddrinfo(attempt.host, attempt.port, type=socket.SOCK_STREAM)
        except NotReached as error:
            failures.append(attempt.failed(error))
            continue
        for family, _, _, _, address in found:
            yield attempt, family, address


def _start_attempt(
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
        _abandon(sock, error, running, selector, failures)


def _abandon(
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


class SocketOpener:
    """Opens connections, each in a thread of its own."""

    def __init__(self, reactor: Reactor) -> None:
        self._reactor = reactor
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
        """Open a connection; `opened` returns its runner, or None to close it. Both are called with the lock."""

        def action() -> None:
            try:
                found = Opener(time.monotonic() + timeout, lambda: self._stopping).open(attempts, stagger)
            except Exception as error:  # noqa: BLE001  `failed` decides
                with self._reactor.lock:
                    failed(error)
                return
            with self._reactor.lock:
                driver = opened(found)
                if driver is not None:
                    self._reactor.add(found.sock, driver, found.leftover)
            if driver is None:
                found.sock.close()

        self._threads = [thread for thread in self._threads if thread.is_alive()]
        thread = threading.Thread(target=action, name="sansio_tl", daemon=True)
        self._threads.append(thread)
        thread.start()

    def stop(self) -> None:
        """Cancel all attempts."""
        self._stopping = True

    def join(self) -> None:
        """Wait until the threads have ended."""
        for thread in self._threads:
            thread.join()
