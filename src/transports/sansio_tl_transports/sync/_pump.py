"""What carries bytes between one plain socket and its driver, without ever waiting."""

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


class Carrier:
    """Carries bytes between a socket and its driver until the link is over and all is said."""

    def __init__(self, sock: Socket, driver: ConnectionRunner) -> None:
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = sock
        self.driver = driver
        self.interest = READ
        """What the socket must be ready for before there is more to do."""
        self.watched = 0
        """What the selector looks for."""
        self.poll: Any = None
        """Looks for what comes, for who leads."""
        self._unsent = _NOTHING
        self._read_size = FIRST_READ
        self._led = self._heard_all = self._said_all = self._failed = False
        self._patience = math.inf

    @property
    def led(self) -> bool:
        """Whether somebody who waits for an answer looks for what comes, instead of the selector."""
        return self._led

    @led.setter
    def led(self, led: bool) -> None:
        self._led = led
        self._change_interest()

    @property
    def done(self) -> bool:
        """Whether the link is over and all is said, or there is no more time to say it; nobody may lead any more."""
        if self._failed:
            return not self._led
        if self._patience == math.inf or self._led:
            return False
        return (self._heard_all and self._said_all) or time.monotonic() >= self._patience

    def deadline(self) -> float:
        """When there is something to do even if the socket stays silent."""
        if self._failed:
            return math.inf
        return self._patience if self.driver.closed else self.driver.deadline()

    def tick(self) -> None:
        """It may be time."""
        self.driver.tick()

    def close(self) -> None:
        """End the link."""
        self.driver.close()

    def fail(self, bug: Exception) -> None:
        """Something that should not have been: it ends this connection, at once."""
        self._failed = self._heard_all = self._said_all = True
        self._unsent = _NOTHING
        self._change_interest()
        self.driver.fail(bug)

    def receive(self) -> None:
        """The socket may have something for us."""
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
        """Send what there is to send, as much as the socket takes; whether there was anything."""
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
                break  # a driver that is asked says all it has
        if self.driver.closed:
            self._leave()
        return anything

    def _leave(self) -> None:
        """The link is over. The peer may neither listen nor hang up, and then we do."""
        patience = CLOSE_TIMEOUT if self.driver.says_goodbye else 0.0
        self._patience = min(self._patience, time.monotonic() + patience)
        if not self._unsent and not self._said_all:
            self._said_all = True
            try:
                self.sock.shutdown(socket.SHUT_WR)
            except OSError as error:
                self._break(error)

    def _break(self, error: OSError) -> None:
        """The socket is gone."""
        self._heard_all = self._said_all = True
        self._change_interest()
        self.driver.lost(error)

    def _change_interest(self) -> None:
        reads = not self._heard_all and not self._led and (self.driver.reads_on or not self._unsent)
        self.interest = (READ if reads else 0) | (WRITE if self._unsent else 0)
