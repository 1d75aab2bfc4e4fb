"""The thread behind the blocking adapter: it carries the bytes of all sockets of one `connect` or `serve`.

A small loop over a selector. It never waits for one socket alone, and never longer than until the next deadline.
"""

from __future__ import annotations

import contextlib
import math
import selectors
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from typing import Protocol, Self, TypeAlias

from transports._driver import FIRST_READ, LINGER, READ_SIZE, Driver, next_read
from transports._tls import TlsSocket

Socket: TypeAlias = socket.socket | TlsSocket

_OVERLOADED = 0.1
"""Seconds to wait when the system has no more sockets to give: others may close theirs meanwhile."""


class _Carrier:
    """Carries bytes between one socket and its driver, without ever waiting."""

    def __init__(self, sock: Socket, driver: Driver) -> None:
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = sock
        self.driver = driver
        self._unsent = memoryview(b"")
        self._read_size = FIRST_READ
        self._heard_all = self._said_all = False
        self._patience = math.inf
        self.registered = self.interest
        """What the selector was told last."""

    @property
    def interest(self) -> int:
        """What the socket must be ready for before there is more to do."""
        reads = not self._heard_all and (self.driver.reads_on or not self._unsent)
        return (selectors.EVENT_READ if reads else 0) | (selectors.EVENT_WRITE if self._unsent else 0)

    @property
    def deadline(self) -> float:
        """When there is something to do even if the socket stays silent."""
        return self._patience if self.driver.closed else self.driver.deadline()

    @property
    def done(self) -> bool:
        """Whether the link is over and all is said, or there is no more time to say it."""
        return (self._heard_all and self._said_all) or time.monotonic() >= self._patience

    def receive(self) -> None:
        """The socket may have something for us."""
        with self._failing():
            data = self.sock.recv(self._read_size)
            self._read_size = next_read(self._read_size, len(data))
            self._heard_all = not data
            self.driver.receive(data)

    def send(self) -> None:
        """We may have something for the socket."""
        with self._failing():
            while self._unsent or (output := self.driver.output()):
                self._unsent = self._unsent or memoryview(output)
                self._unsent = self._unsent[self.sock.send(self._unsent) :]
            if self.driver.closed and not self._said_all:
                self._said_all = True
                self.sock.shutdown(socket.SHUT_WR)
        if self.driver.closed:
            self._patience = min(self._patience, time.monotonic() + LINGER)

    @contextlib.contextmanager
    def _failing(self) -> Iterator[None]:
        try:
            yield
        except BlockingIOError:
            pass
        except OSError as error:
            self.driver.lost(error)
            self._heard_all = self._said_all = True


class Keeper(Protocol):
    """Whoever wants to be called by the thread when it is time, and whenever something has happened."""

    def deadline(self) -> float: ...
    def tick(self) -> None: ...
    def close(self) -> None: ...
    def fail(self, bug: Exception) -> None: ...


class Carriers:
    """The thread behind a `connect` or a `serve`. Whoever touches a driver holds `lock`."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._carriers: list[_Carrier] = []
        self._keepers: list[Keeper] = []
        self._overloaded: list[tuple[float, Callable[[], object]]] = []
        """When to listen again, and how, after the system had no more sockets to give."""
        self._leaving = False
        self._bug: Exception | None = None
        self._selector = selectors.DefaultSelector()
        self._bell, self._button = socket.socketpair()
        self._bell.setblocking(False)
        self._button.setblocking(False)
        self._selector.register(self._bell, selectors.EVENT_READ, lambda: self._bell.recv(READ_SIZE))
        self._thread = threading.Thread(target=self._run, name="sansio_tl", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with self.lock:
            self._leaving = True
            for keeper in self._keepers:
                keeper.close()
            for carrier in self._carriers:
                carrier.driver.close()
        self.wake()
        self._thread.join()
        if self._bug is not None:
            raise self._bug

    def keep(self, keeper: Keeper) -> None:
        """Call this one, too."""
        with self.lock:
            self._keepers.append(keeper)
        self.wake()

    def add(self, sock: Socket, driver: Driver, leftover: bytes = b"") -> None:
        """Carry the bytes of this socket; `leftover` has come already."""
        with self.lock:
            if leftover:
                driver.receive(leftover)
            carrier = _Carrier(sock, driver)
            self._carriers.append(carrier)
            self._selector.register(sock, carrier.interest, carrier.receive)
        self.wake()

    def listen(
        self, listener: socket.socket, welcome: Callable[[], Driver | None], tls: ssl.SSLContext | None = None
    ) -> None:
        """Carry the bytes of everybody who dials, inside TLS if there is a context for it.

        Whoever gets no driver is hung up on.
        """

        def accept() -> None:
            if self._leaving:
                self._selector.unregister(listener)
                return
            try:
                sock, _ = listener.accept()
            except (BlockingIOError, ConnectionError):
                pass  # hung up already
            except OSError:
                self._selector.unregister(listener)
                self._overloaded.append((time.monotonic() + _OVERLOADED, listen))
            else:
                if (driver := welcome()) is None:
                    sock.close()
                else:
                    self.add(sock if tls is None else _inside(tls, sock), driver)

        def listen() -> None:
            self._selector.register(listener, selectors.EVENT_READ, accept)

        listener.setblocking(False)
        with self.lock:
            listen()
        self.wake()

    def wake(self) -> None:
        """There may be something to send, or another deadline."""
        if threading.current_thread() is not self._thread:
            with contextlib.suppress(OSError):  # it rings already, or nobody is there to hear it
                self._button.send(b"!")

    def _run(self) -> None:
        ready: list[Callable[[], object]] = []
        try:
            while True:
                with self.lock:
                    self._turn(ready)
                    if self._leaving and not self._carriers:
                        break
                    due = [carrier.deadline for carrier in self._carriers]
                    due += [keeper.deadline() for keeper in self._keepers]
                    due += [at for at, _ in self._overloaded]
                    timeout = min(due, default=math.inf) - time.monotonic()
                found = self._selector.select(None if timeout == math.inf else max(0.0, timeout))
                ready = [key.data for key, mask in found if mask & selectors.EVENT_READ]
        except Exception as bug:  # noqa: BLE001  raised to who waits, and on leaving
            self._bug = bug
        finally:
            with self.lock:
                self._end()

    def _turn(self, ready: list[Callable[[], object]]) -> None:
        for receive in ready:
            receive()
        again = [listen for at, listen in self._overloaded if at <= time.monotonic()]
        if again:
            self._overloaded = [each for each in self._overloaded if each[1] not in again]
            for listen in again:
                listen()
        for carrier in self._carriers:
            carrier.driver.tick()
        for keeper in self._keepers:
            keeper.tick()
        for carrier in tuple(self._carriers):
            carrier.send()
            if carrier.done:
                self._carriers.remove(carrier)
                self._selector.unregister(carrier.sock)
                carrier.sock.close()
            elif (interest := carrier.interest) != carrier.registered:
                carrier.registered = interest
                self._selector.modify(carrier.sock, interest, carrier.receive)

    def _end(self) -> None:
        if self._bug is not None:
            for keeper in self._keepers:
                keeper.fail(self._bug)
        for carrier in self._carriers:  # none, unless a bug has brought us here
            carrier.sock.close()
            carrier.driver.fail(self._bug or RuntimeError("the thread has gone"))
        for thing in (self._selector, self._bell, self._button):
            thing.close()


def _inside(context: ssl.SSLContext, sock: socket.socket) -> TlsSocket:
    """The server's end of TLS; it shakes hands when the first bytes come."""
    sock.setblocking(False)
    return TlsSocket(context.wrap_socket(sock, server_side=True, do_handshake_on_connect=False))
