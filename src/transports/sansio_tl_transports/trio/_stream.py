"""A trio socket that sends without waiting where possible."""

from __future__ import annotations

import socket
import ssl
from selectors import EVENT_READ
from typing import Final

import trio

from sansio_tl_transports._shared.tls import TlsSocket, continue_handshake

BUFFER_SIZE: Final = 1 << 18
"""Bytes of one read: four file parts with their overhead."""

_BUFFER: Final = trio.lowlevel.RunVar[memoryview]("the read buffer shared by all sockets of a run")


class Wire:
    """One socket, with or without TLS. Raises OSError when it is broken.

    trio's own streams may wait for each send, and with TLS a cancelled send breaks the stream.
    """

    def __init__(self, stream: trio.SocketStream) -> None:
        """Takes over the socket of `stream`, which must not be used any more."""
        taken = stream.socket
        family, kind, proto = taken.family, taken.type, taken.proto
        self._socket: socket.socket | TlsSocket = socket.socket(family, kind, proto, fileno=taken.detach())
        self._socket.setblocking(False)
        self._buffer = _buffer()

    async def begin_tls(self, context: ssl.SSLContext, host: str | None = None) -> None:
        """Start TLS: as client if `host` is given, else as server."""
        if isinstance(self._socket, TlsSocket):
            raise TypeError("TLS has been started already")
        inside = context.wrap_socket(
            self._socket, server_side=host is None, server_hostname=host, do_handshake_on_connect=False
        )
        self._socket = TlsSocket(inside)
        while needed := continue_handshake(inside):
            await (trio.lowlevel.wait_readable if needed == EVENT_READ else trio.lowlevel.wait_writable)(inside)

    def send(self, data: bytes | memoryview) -> memoryview:
        """Send as much as possible without waiting, and return the rest."""
        left = memoryview(data)
        try:
            return left[self._socket.send(left) :]
        except BlockingIOError:
            return left

    async def send_all(self, data: bytes | memoryview) -> None:
        """Send all of it. Another task may receive meanwhile."""
        left = memoryview(data)
        while left := self.send(left):
            await trio.lowlevel.wait_writable(self._socket)

    async def receive(self) -> bytes:
        """Wait for data and return it; ``b""`` at the end of the stream.

        Always yields to other tasks, so that a flooding peer does not delay them.
        """
        while True:
            await trio.lowlevel.wait_readable(self._socket)
            try:
                came = self._socket.recv_into(self._buffer)
            except BlockingIOError:
                continue
            return bytes(self._buffer[:came])

    def end(self) -> None:
        """Send the end of the stream."""
        self._socket.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Close the socket at once."""
        trio.lowlevel.notify_closing(self._socket)
        self._socket.close()

    async def abort(self) -> None:
        """Close the socket, at once too."""
        self.close()


def _buffer() -> memoryview:
    """The buffer of this run: each socket copies its data before another one reads."""
    try:
        return _BUFFER.get()
    except LookupError:
        buffer = memoryview(bytearray(BUFFER_SIZE))
        _BUFFER.set(buffer)
        return buffer
