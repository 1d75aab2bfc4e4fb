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
        self._led = self._heard_all = self._said_all = self._failed = False
        self._patience = math.inf

    @property
    def is_polled_by_caller(self) -> bool:
        """Whether a waiting thread polls the socket, instead of the selector."""
        return self._led

    @is_polled_by_caller.setter
    def is_polled_by_caller(self, is_polled_by_caller: bool) -> None:
        self._led = is_polled_by_caller
        self._change_interest()

    @property
    def done(self) -> bool:
        """Whether the connection is closed and all output is sent, or CLOSE_TIMEOUT has passed; never polled then."""
        if self._failed:
            return not self._led
        if self._patience == math.inf or self._led:
            return False
        return (self._heard_all and self._said_all) or time.monotonic() >= self._patience

    def deadline(self) -> float:
        """The next deadline, by the monotonic clock."""
        if self._failed:
            return math.inf
        return self._patience if self.driver.closed else self.driver.deadline()

    def tick(self) -> None:
        """Called at the deadline, or earlier."""
        self.driver.tick()

    def close(self) -> None:
        """Close the connection."""
        self.driver.close()

    def fail(self, bug: Exception) -> None:
        """A bug: it ends this connection at once."""
        self._failed = self._heard_all = self._said_all = True
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
            self._heard_all = True
            self._change_interest()
        self.driver.receive(data)

    def settle(self) -> bool:
        """Send as much output as the socket takes; returns whether there was any."""
        if self._failed:
            return False
        anything = False
        while output := self._unsent or self.driver.output():
            anything, late = True, bool(self._unsent)
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
            self._leave()
        return anything

    def _leave(self) -> None:
        """The connection has ended. Close the socket when the peer does not do so in time."""
        patience = CLOSE_TIMEOUT if self.driver.closes_gracefully else 0.0
        self._patience = min(self._patience, time.monotonic() + patience)
        if not self._unsent and not self._said_all:
            self._said_all = True
            try:
                self.sock.shutdown(socket.SHUT_WR)
            except OSError as error:
                self._break(error)

    def _break(self, error: OSError) -> None:
        """The socket is closed."""
        self._heard_all = self._said_all = True
        self._change_interest()
        self.driver.lost(error)

    def _change_interest(self) -> None:
        reads = not self._heard_all and not self._led and (self.driver.reads_on or not self._unsent)
        self.interest = (READ if reads else 0) | (WRITE if self._unsent else 0)
