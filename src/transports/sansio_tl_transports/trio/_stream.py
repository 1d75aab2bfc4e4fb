"""A socket on trio. What can be sent without waiting is sent without waiting."""

from __future__ import annotations

import socket
import ssl
from typing import Final

import trio

from sansio_tl_transports._shared.tls import TlsSocket

_BUFFER_SIZE: Final = 1 << 18
"""Bytes that a socket reads at once: four parts of a file, with what is around them."""

_BUFFER: Final = trio.lowlevel.RunVar[memoryview]("where all sockets of a run put what they read")


class Wire:
    """One socket, with or without TLS around it. Raises OSError when it is no good any more.

    trio's own streams may have to wait for each send, and for TLS one that is cancelled breaks the stream.
    """

    def __init__(self, stream: trio.SocketStream) -> None:
        """The socket is the wire's from now on, and the stream is of no use any more."""
        taken = stream.socket
        family, kind, proto = taken.family, taken.type, taken.proto
        self._socket: socket.socket | TlsSocket = socket.socket(family, kind, proto, fileno=taken.detach())
        self._socket.setblocking(False)
        self._buffer = _buffer()

    async def begin_tls(self, context: ssl.SSLContext, host: str | None = None) -> None:
        """Put TLS around it: the client's end if there is a host to ask for, else the server's."""
        if isinstance(self._socket, TlsSocket):
            raise TypeError("there is TLS around it already")
        inside = context.wrap_socket(
            self._socket, server_side=host is None, server_hostname=host, do_handshake_on_connect=False
        )
        self._socket = TlsSocket(inside)
        while True:
            try:
                inside.do_handshake()
            except ssl.SSLWantReadError:
                await trio.lowlevel.wait_readable(inside)
            except ssl.SSLWantWriteError:
                await trio.lowlevel.wait_writable(inside)
            else:
                return

    def send(self, data: bytes | memoryview) -> memoryview:
        """Send what can be sent without waiting, and return the rest."""
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
        """What has come; waits for it. ``b""`` when the peer has hung up.

        Other tasks have their turn in any case: a peer that floods us shall not keep them from running.
        """
        while True:
            await trio.lowlevel.wait_readable(self._socket)
            try:
                came = self._socket.recv_into(self._buffer)
            except BlockingIOError:
                continue
            return bytes(self._buffer[:came])

    def end(self) -> None:
        """Tell the peer that this was all."""
        self._socket.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Close it without a word."""
        trio.lowlevel.notify_closing(self._socket)
        self._socket.close()


def _buffer() -> memoryview:
    """The one of this run: each socket copies what it has read before another one reads."""
    try:
        return _BUFFER.get()
    except LookupError:
        buffer = memoryview(bytearray(_BUFFER_SIZE))
        _BUFFER.set(buffer)
        return buffer
