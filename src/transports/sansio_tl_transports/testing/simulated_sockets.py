"""Sockets and a selector on the simulated network, for drivers that use the standard library's.

    simulate(seed, make_driver=MyDriver)       # sansio_tl.simulation

`MyDriver` gives your driver the selector and the sockets of a `SimulatedSelector`, and calls `run` after each use of
the driver: it calls one step of your loop until that would block. No socket is opened, and only simulated time passes.
"""

from __future__ import annotations

import errno
import itertools
import math
import socket
from collections.abc import Callable, Mapping
from selectors import EVENT_READ, EVENT_WRITE, BaseSelector, SelectorKey
from typing import Any, Self

from sansio_tl import Endpoint
from sansio_tl.simulation import SimHost, Timer
from sansio_tl.simulation.network import Socket

_numbers = itertools.count(1_000_000)


class SimulatedSocket(socket.socket):
    """A stream socket in non-blocking mode. Methods that are not defined here must not be called."""

    def __init__(self, host: SimHost, on_change: Callable[[], None]) -> None:
        # The base class is left without a socket of the system.
        self._host = host
        self._on_change = on_change
        self._number = next(_numbers)
        self._link: Socket | None = None
        self._received = bytearray()
        self._connected = False
        self._ended = False
        self._error = 0

    def __repr__(self) -> str:
        return f"<SimulatedSocket {self._number}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def fileno(self) -> int:
        """A number that no other socket has."""
        return self._number

    def setblocking(self, flag: bool) -> None:  # noqa: FBT001  the interface of the standard library
        """Only non-blocking sockets are simulated."""
        if flag:
            raise ValueError("a simulated socket cannot block: call setblocking(False)")

    def connect_ex(self, address: Any) -> int:
        """Begin to connect; after that, the outcome: EISCONN, EALREADY, or the error."""
        if self._link is not None:
            return errno.EISCONN if self._connected else self._error or errno.EALREADY
        self._link = self._host.connect(Endpoint(address[0], address[1]))
        self._link.on_open = self._opened
        self._link.on_data = self._arrived
        self._link.on_writable = self._on_change
        self._link.on_end = self._over
        return errno.EINPROGRESS

    def getsockopt(self, *_: int) -> Any:
        """The pending error, as of SO_ERROR."""
        return self._error

    def recv(self, bufsize: int, flags: int = 0) -> bytes:
        """Received bytes, or b"" after the end."""
        if self._received:
            data = bytes(self._received[:bufsize])
            del self._received[:bufsize]
            return data
        self._raise_error()
        if not self._ended:
            raise BlockingIOError(errno.EAGAIN, "nothing to receive")
        return b""

    def send(self, data: Any, flags: int = 0) -> int:
        """Write bytes: all are taken, also by a full socket. The observers of a run see those that are lost, too."""
        if self._link is None:
            raise BrokenPipeError(errno.EPIPE, "not connected")
        if data:
            self._link.send(bytes(data))
        self._raise_error()
        return len(data)

    def close(self) -> None:
        """Close it."""
        if self._link is not None:
            self._link.close()

    def ready(self) -> int:
        """What would not block now."""
        readable = bool(self._received or self._ended)
        failed = bool(self._error)
        writable = self._connected and self._link is not None and self._link.is_writable
        return (readable or failed) * EVENT_READ | (writable or failed) * EVENT_WRITE

    def _opened(self) -> None:
        self._connected = True
        self._on_change()

    def _arrived(self, data: bytes) -> None:
        self._received += data
        self._on_change()

    def _over(self, error: str | None) -> None:
        self._ended = True
        if error is not None or not self._connected:
            self._error = errno.ECONNRESET if self._connected else errno.ECONNREFUSED
            self._received.clear()
        self._on_change()

    def _raise_error(self) -> None:
        if self._error:
            raise OSError(self._error, errno.errorcode[self._error])


class SimulatedSelector(BaseSelector):
    """A selector of simulated sockets. `step` is one step of a loop: it calls `select` once."""

    def __init__(self, host: SimHost, step: Callable[[], None]) -> None:
        self._host = host
        self._step = step
        self._keys: dict[int, SelectorKey] = {}
        self._timer: Timer | None = None
        self._running = False
        self._blocks = False
        self._closed = False

    def new_socket(self, family: int = socket.AF_INET) -> SimulatedSocket:
        """A socket on the network of the host."""
        return SimulatedSocket(self._host, self.run)

    def run(self) -> None:
        """Call `step` until it would block. Sockets and time call this, too."""
        if self._running or self._closed:
            return
        self._running, self._blocks = True, False
        try:
            while not self._blocks:
                self._step()
        finally:
            self._running = False

    def select(self, timeout: float | None = None) -> list[tuple[SelectorKey, int]]:
        """The sockets that are ready; nothing, instead of waiting, if there are none."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        found = [(key, ready) for key in self._keys.values() if (ready := self._ready(key))]
        self._blocks = not found and (timeout is None or timeout > 0)
        if self._blocks and timeout is not None:  # like epoll, in whole milliseconds
            self._timer = self._host.call_at(self._host.now() + math.ceil(timeout * 1000) / 1000, self.run)
        return found

    def register(self, fileobj: Any, events: int, data: Any = None) -> SelectorKey:
        """Watch a socket. Raises KeyError if it is watched already."""
        if fileobj.fileno() in self._keys:
            raise KeyError(f"{fileobj!r} is already registered")
        return self._set(fileobj, events, data)

    def modify(self, fileobj: Any, events: int, data: Any = None) -> SelectorKey:
        """Change what is watched. Raises KeyError if the socket is not watched."""
        self.unregister(fileobj)
        return self._set(fileobj, events, data)

    def unregister(self, fileobj: Any) -> SelectorKey:
        """Watch a socket no longer. Raises KeyError if it is not watched."""
        return self._keys.pop(fileobj.fileno())

    def close(self) -> None:
        """The process has ended: close all sockets."""
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
        for key in self._keys.values():
            self._socket(key).close()
        self._keys.clear()

    def get_map(self) -> Mapping[Any, SelectorKey]:
        """What is watched, by file number."""
        return self._keys

    def _set(self, fileobj: Any, events: int, data: Any) -> SelectorKey:
        key = self._keys[fileobj.fileno()] = SelectorKey(fileobj, fileobj.fileno(), events, data)
        return key

    @staticmethod
    def _socket(key: SelectorKey) -> SimulatedSocket:
        if not isinstance(key.fileobj, SimulatedSocket):
            raise TypeError(f"invalid socket: found {key.fileobj!r}, expected one of SimulatedSelector.new_socket")
        return key.fileobj

    def _ready(self, key: SelectorKey) -> int:
        return self._socket(key).ready() & key.events
