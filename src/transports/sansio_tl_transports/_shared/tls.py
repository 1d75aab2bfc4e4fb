"""A TLS socket that behaves as a plain one that does not block: what it cannot do now is BlockingIOError."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Iterator


class TlsSocket:
    """As much of a socket as a carrier needs."""

    def __init__(self, sock: ssl.SSLSocket) -> None:
        self._sock = sock

    def fileno(self) -> int:
        """For selectors. A record of TLS is read whole, so that nothing is left inside when the socket is silent."""
        return self._sock.fileno()

    def setblocking(self, flag: bool, /) -> None:  # noqa: FBT001  as sockets have it
        """As a socket's."""
        self._sock.setblocking(flag)

    def setsockopt(self, level: int, name: int, value: int, /) -> None:
        """As a socket's."""
        self._sock.setsockopt(level, name, value)

    def recv(self, size: int, /) -> bytes:
        """As a socket's. On the server's side the first calls shake hands."""
        with _patiently():
            return self._sock.recv(size)

    def recv_into(self, buffer: memoryview, /) -> int:
        """As a socket's; one record at most, for which there must be room."""
        with _patiently():
            return self._sock.recv_into(buffer)

    def send(self, data: bytes | memoryview, /) -> int:
        """As a socket's."""
        with _patiently():
            return self._sock.send(data)

    def shutdown(self, how: int, /) -> None:
        """Say good-bye (close_notify); TLS cannot end in one direction."""
        del how
        with contextlib.suppress(OSError, ValueError):
            self._sock.unwrap()

    def close(self) -> None:
        """As a socket's."""
        self._sock.close()


@contextlib.contextmanager
def _patiently() -> Iterator[None]:
    try:
        yield
    except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
        raise BlockingIOError from None
