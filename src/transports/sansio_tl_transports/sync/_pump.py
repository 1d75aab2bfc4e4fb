"""Transfers bytes between a non-blocking socket and its runner."""

from __future__ import annotations

import math
import selectors
import socket
import time
from typing import Any, Final, TypeAlias

from sansio_tl_transports._shared.connection_runner import CLOSE_TIMEOUT, FIRST_READ, ConnectionRunner, next_read
from sansio_tl_transports._shared.tls import TlsSocket

Socket: TypeAlias = socket.socket | TlsSocket

READ: Final = selectors.EVENT_READ
WRITE: Final = selectors.EVENT_WRITE
_NOTHING: Final = memoryview(b"")


class SocketPump:
    """Transfers bytes between a socket and its runner until the connection is closed and all output is sent."""

    def __init__(self, sock: Socket, driver: ConnectionRunner) -> None:
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = sock
        self.driver = driver
        self.interest = READ
        """The events that this pump waits for."""
        self.watched = 0
        """The events registered with the selector."""
        self.poll: Any = None
        """The poll object of a polling thread."""
        self._unsent = _NOTHING
        self._read_size = FIRST_READ
        self._is_polled = self._eof_received = self._eof_sent = self._failed = False
        self._close_deadline = math.inf

    @property
    def is_polled_by_caller(self) -> bool:
        """Whether a waiting thread polls the socket, instead of the selector."""
        return self._is_polled

    @is_polled_by_caller.setter
    def is_polled_by_caller(self, is_polled_by_caller: bool) -> None:
        self._is_polled = is_polled_by_caller
        self._change_interest()

    @property
    def done(self) -> bool:
        """Whether the connection is closed and all output is sent, or CLOSE_TIMEOUT has passed; never polled then."""
        if self._failed:
            return not self._is_polled
        if self._close_deadline == math.inf or self._is_polled:
            return False
        return (self._eof_received and self._eof_sent) or time.monotonic() >= self._close_deadline

    def deadline(self) -> float:
        """The next deadline, by the monotonic clock."""
        if self._failed:
            return math.inf
        return self._close_deadline if self.driver.closed else self.driver.deadline()

    def tick(self) -> None:
        """Called at the deadline, or earlier."""
        self.driver.tick()

    def close(self) -> None:
        """Close the connection."""
        self.driver.close()

    def fail(self, bug: Exception) -> None:
        """A bug: it ends this connection at once."""
        self._failed = self._eof_received = self._eof_sent = True
        self._unsent = _NOTHING
        self._change_interest()
        self.driver.fail(bug)

    def receive(self) -> None:
        """Read the socket, if there is data."""
        try:
            data = self.sock.recv(self._read_size)
        except BlockingIOError:
            return
        except OSError as error:
            self._break(error)
            return
        self._read_size = next_read(self._read_size, len(data))
        if not data:
            self._eof_received = True
            self._change_interest()
        self.driver.receive(data)

    def settle(self) -> bool:
        """Send as much output as the socket takes; returns whether there was any."""
        if self._failed:
            return False
        sent_any = False
        while output := self._unsent or self.driver.output():
            sent_any, late = True, bool(self._unsent)
            try:
                sent = self.sock.send(output)
            except BlockingIOError:
                sent = 0
            except OSError as error:
                sent = len(output)
                self._break(error)
            if late or sent < len(output):
                self._unsent = memoryview(output)[sent:]
                self._change_interest()
            if self._unsent or not late:
                break  # the runner returns all its output
        if self.driver.closed:
            self._start_close_timeout()
        return sent_any

    def _start_close_timeout(self) -> None:
        """The connection has ended. Close the socket when the peer does not do so in time."""
        timeout = CLOSE_TIMEOUT if self.driver.closes_gracefully else 0.0
        self._close_deadline = min(self._close_deadline, time.monotonic() + timeout)
        if not self._unsent and not self._eof_sent:
            self._eof_sent = True
            try:
                self.sock.shutdown(socket.SHUT_WR)
            except OSError as error:
                self._break(error)

    def _break(self, error: OSError) -> None:
        """The socket is closed."""
        self._eof_received = self._eof_sent = True
        self._change_interest()
        self.driver.lost(error)

    def _change_interest(self) -> None:
        reads = not self._eof_received and not self._is_polled and (self.driver.reads_on or not self._unsent)
        self.interest = (READ if reads else 0) | (WRITE if self._unsent else 0)
