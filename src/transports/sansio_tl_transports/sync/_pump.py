"""Transfers bytes between a non-blocking socket and its runner."""

from __future__ import annotations

import contextlib
import math
import socket
import time
from collections.abc import Callable
from functools import partial
from selectors import EVENT_READ, EVENT_WRITE

from sansio_tl_transports._shared.connection_runner import CLOSE_TIMEOUT, FIRST_READ, ConnectionRunner, next_read
from sansio_tl_transports.sync._worker import Socket, Worker


class SocketPump:
    """Transfers bytes between a socket and its runner until the connection is closed and all output is sent."""

    driver: ConnectionRunner
    """Set before the worker runs the pump."""

    def __init__(self, worker: Worker, sock: Socket, leftover: bytes = b"") -> None:
        """`leftover` was received before."""
        sock.setblocking(False)
        with contextlib.suppress(OSError):  # of a socket that is closed already, as the first read finds out
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._worker = worker
        self._sock = sock
        self._leftover = leftover
        self._unsent = memoryview(b"")
        self._read_size = FIRST_READ
        self._watched = 0
        self._eof_received = self._eof_sent = False
        self._close_deadline = math.inf

    def tick(self) -> None:
        """Called at the deadline, or earlier."""
        self.driver.tick()

    def close(self) -> None:
        """Close the connection."""
        self.driver.close()

    def fail(self, bug: Exception) -> None:
        """A bug: it ends this connection at once."""
        self.driver.fail(bug)

    def release(self) -> None:
        """Close the socket."""
        self._worker.watch(self._sock, 0, self)
        self._sock.close()

    def ready(self, _: Socket, events: int, /) -> None:
        """Read the socket, if there is data."""
        if not events & EVENT_READ:
            return
        try:
            data = self._sock.recv(self._read_size)
        except BlockingIOError:
            return
        except OSError as error:
            self._break(error)
            return
        self._read_size = next_read(self._read_size, len(data))
        self._eof_received = not data
        self.driver.receive(data)

    def settle(self) -> float | None:
        """Send as much output as the socket takes."""
        if self._leftover:
            leftover, self._leftover = self._leftover, b""
            self.driver.receive(leftover)
        while output := self._unsent or self.driver.output():
            late = bool(self._unsent)
            sent = self.send_some(output)
            if late or sent < len(output):
                self._unsent = memoryview(output)[sent:]
            if self._unsent or not late:
                break  # the runner returns all its output
        if not self.driver.closed:
            deadline = self.driver.deadline()
        elif (deadline := self._start_close_timeout()) <= time.monotonic():
            return None
        reads = not self._eof_received and (self.driver.reads_on or not (self._unsent or self.driver.is_waiting))
        events = (EVENT_READ if reads else 0) | (EVENT_WRITE if self._unsent else 0)
        if events != self._watched:
            self._watched = events
            self._worker.watch(self._sock, events, self)
        return deadline

    def send_some(self, output: bytes | memoryview) -> int:
        """Send what the socket takes now; returns how many bytes need not be sent any more."""
        try:
            return self._sock.send(output)
        except BlockingIOError:
            return 0
        except OSError as error:
            self._break(error)
            return len(output)

    def _start_close_timeout(self) -> float:
        """The connection has ended: returns when to close the socket, unless the peer does so before."""
        timeout = CLOSE_TIMEOUT if self.driver.closes_gracefully else 0.0
        self._close_deadline = min(self._close_deadline, time.monotonic() + timeout)
        if not self._unsent and not self._eof_sent:
            self._eof_sent = True
            try:
                self._sock.shutdown(socket.SHUT_WR)
            except OSError as error:
                self._break(error)
        return 0.0 if self._eof_received and self._eof_sent else self._close_deadline

    def _break(self, error: OSError) -> None:
        """The socket is closed."""
        self._eof_received = self._eof_sent = True
        self.driver.lost(error)


def start_pump(
    worker: Worker,
    sock: Socket,
    make_runner: Callable[[Callable[[], None]], ConnectionRunner | None],
    leftover: bytes = b"",
) -> ConnectionRunner | None:
    """Let the worker run a connection. `make_runner` gets the function to call on changes; None closes the socket."""
    pump = SocketPump(worker, sock, leftover)
    runner: ConnectionRunner | None = None
    try:
        runner = make_runner(partial(worker.wake, pump))
    finally:
        if runner is None:
            sock.close()
    if runner is not None:
        pump.driver = runner
        worker.add(pump)
    return runner
