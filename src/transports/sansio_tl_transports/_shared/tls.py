"""TLS over non-blocking sockets: the handshake, and a socket with the interface of a plain one.

That one raises BlockingIOError where the plain one does.
"""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Iterator
from selectors import EVENT_READ, EVENT_WRITE


def continue_handshake(sock: ssl.SSLSocket) -> int:
    """Continue the handshake of a non-blocking socket; returns the event to wait for, 0 once it is complete."""
    try:
        sock.do_handshake()
    except ssl.SSLWantReadError:
        return EVENT_READ
    except ssl.SSLWantWriteError:
        return EVENT_WRITE
    return 0


class TlsSocket:
    """The methods of a socket that the pump needs."""

    def __init__(self, sock: ssl.SSLSocket) -> None:
        self._sock = sock

    def fileno(self) -> int:
        """For selectors. A whole TLS record is read at once, so that no decrypted data is left unread."""
        return self._sock.fileno()

    def setblocking(self, flag: bool, /) -> None:  # noqa: FBT001  the signature of socket.setblocking
        """See socket.socket."""
        self._sock.setblocking(flag)

    def setsockopt(self, level: int, name: int, value: int, /) -> None:
        """See socket.socket."""
        self._sock.setsockopt(level, name, value)

    def recv(self, size: int, /) -> bytes:
        """See socket.socket. On the server the first calls perform the handshake."""
        with _non_blocking():
            return self._sock.recv(size)

    def recv_into(self, buffer: memoryview, /) -> int:
        """See socket.socket; reads at most one record, for which the buffer must be large enough."""
        with _non_blocking():
            return self._sock.recv_into(buffer)

    def send(self, data: bytes | memoryview, /) -> int:
        """See socket.socket."""
        with _non_blocking():
            return self._sock.send(data)

    def shutdown(self, how: int, /) -> None:
        """Send close_notify; TLS cannot close one direction only."""
        del how
        with contextlib.suppress(OSError, ValueError):
            self._sock.unwrap()

    def close(self) -> None:
        """See socket.socket."""
        self._sock.close()


@contextlib.contextmanager
def _non_blocking() -> Iterator[None]:
    try:
        yield
    except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
        raise BlockingIOError from None
