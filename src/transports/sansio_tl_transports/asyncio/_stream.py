"""An asyncio socket as a protocol: data passes to the runner and back within the loop's callbacks."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from typing import Protocol, cast
from weakref import WeakKeyDictionary

from sansio_tl_transports._shared.connection_runner import READ_SIZE


class Listener(Protocol):
    """Receives the data and events of a socket."""

    def heard(self, data: bytes) -> None:
        """Handle received data; ``b""`` is the end of the stream."""

    def unblocked(self) -> None:
        """The socket is writable again."""

    def broken(self, error: Exception | None) -> None:
        """The socket is closed; `error` is the reason unless this side closed it."""


class Wire(asyncio.BufferedProtocol):
    """One socket. Data that arrives before there is a listener is kept.

    asyncio.Protocol allocates 256 KiB for each read: on Linux the C library gets them from the system and returns them
    each time, which costs more than reading. So this is a BufferedProtocol.

    A socket reads at most READ_SIZE bytes in an iteration of the loop (libuv reads a socket up to 32 times), so that a
    flooding peer does not delay others. After a full read it continues in the next iteration, and so it does after
    every read from TLS, where one long read may give many short ones.
    """

    def __init__(self, opened: Callable[[Wire], None] | None = None) -> None:
        """`opened` is called when the socket is open."""
        self.transport: asyncio.Transport
        self.blocked = False
        """Whether the write buffer is above its limit."""
        self._opened = opened
        self._listener: Listener | None = None
        self._waiting: list[bytes] = []
        self._news = asyncio.Event()
        self._ended = False
        self._error: Exception | None = None
        loop = asyncio.get_running_loop()
        self._closed: asyncio.Future[None] = loop.create_future()
        self._loop = loop
        self._is_tls = False
        self._held = False
        """Whether reading is paused until `read_on`."""
        self._resting = False
        """Whether reading is paused until the next iteration."""
        self._buffer = _buffer_of(loop)

    # -- for the pump ------------------------------------------------------------------------------------------------

    async def read(self) -> bytes:
        """Wait for data and return it; ``b""`` at the end of the stream. Raises OSError."""
        while not self._waiting:
            if self._error is not None:
                raise self._error
            if self._ended:
                return b""
            self._news.clear()
            await self._news.wait()
        data = b"".join(self._waiting)
        self._waiting.clear()
        self.read_on()
        return data

    def hold(self) -> None:
        """Pause reading until `read_on`."""
        if not self._held and self._is_ours(self.transport):
            self._held = True
            self.transport.pause_reading()

    def read_on(self) -> None:
        """Resume reading, in this iteration, or in the next one after a full read."""
        if self._held:
            self._held = False
            self._resume(self.transport)

    async def begin_tls(self, context: ssl.SSLContext, host: str | None = None) -> None:
        """Start TLS: as client if `host` is given, else as server.

        Raises OSError or EOFError.
        """
        if self._ended:
            raise ConnectionResetError("the peer closed the connection")
        self._held = False  # from now on start_tls controls reading
        loop = asyncio.get_running_loop()
        loop.call_soon(loop.call_soon, self._hand_over)  # once start_tls has replaced this protocol
        try:
            inside = await loop.start_tls(self.transport, self, context, server_side=host is None, server_hostname=host)
        except BaseException:
            # asyncio does not report the end of a socket during the TLS handshake.
            self.transport.abort()
            loop.call_soon(self._gone)
            raise
        if inside is None:
            raise ConnectionResetError("the peer closed the connection")
        self.transport = inside
        self._is_tls = True

    def _hand_over(self) -> None:
        """Pass data that was received before to TLS. Loops may read before they are paused."""
        protocol = cast("asyncio.BufferedProtocol", self.transport.get_protocol())  # TLS has one
        waiting, self._waiting = b"".join(self._waiting), []
        while waiting and protocol is not self and not self.transport.is_closing():
            buffer = memoryview(protocol.get_buffer(len(waiting)))
            size = min(len(waiting), len(buffer))
            buffer[:size] = waiting[:size]
            protocol.buffer_updated(size)
            waiting = waiting[size:]

    def listen(self, listener: Listener) -> None:
        """Set the listener, and pass it the data received so far."""
        self._listener = listener
        if self._waiting:
            listener.heard(b"".join(self._waiting))
            self._waiting.clear()
            self.read_on()
        if self._ended:
            listener.heard(b"")
        if self._closed.done():
            listener.broken(self._error)

    async def abort(self) -> None:
        """Abort the socket, and wait until it is closed."""
        self.transport.abort()
        await asyncio.shield(self._closed)

    # -- for the loop ------------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # transports of other loops have the same methods
        if self._opened is not None:
            self._opened(self)

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        data = bytes(self._buffer[:nbytes])
        if nbytes == READ_SIZE or self._is_tls:
            self._rest()
        if self._listener is not None:
            self._listener.heard(data)
            return
        self._waiting.append(data)
        self._news.set()
        if sum(map(len, self._waiting)) > READ_SIZE:
            self.hold()

    def _rest(self) -> None:
        """Resume reading in the next iteration."""
        transport = self.transport
        if not self._resting and self._is_ours(transport):
            self._resting = True
            transport.pause_reading()
            self._loop.call_soon(self._rested, transport)

    def _rested(self, transport: asyncio.Transport) -> None:
        self._resting = False
        if not self._held:
            self._resume(transport)

    def _resume(self, transport: asyncio.Transport) -> None:
        if not self._resting and self._is_ours(transport) and not transport.is_closing():
            transport.resume_reading()

    def _is_ours(self, transport: asyncio.Transport) -> bool:
        """Whether this protocol controls reading; during start_tls it does not."""
        return transport.get_protocol() is self

    def eof_received(self) -> bool:
        """True: there may still be output. TLS cannot close one direction only."""
        self._end()
        return not self._is_tls

    def pause_writing(self) -> None:
        self.blocked = True

    def resume_writing(self) -> None:
        self.blocked = False
        if self._listener is not None:
            self._listener.unblocked()

    def connection_lost(self, exc: Exception | None) -> None:
        self._error = exc
        if exc is None:
            self._end()
        self._news.set()
        self._gone()
        if self._listener is not None:
            self._listener.broken(exc)

    def _gone(self) -> None:
        if not self._closed.done():
            self._closed.set_result(None)

    def _end(self) -> None:
        if not self._ended:
            self._ended = True
            self._news.set()
            if self._listener is not None:
                self._listener.heard(b"")


_BUFFERS: WeakKeyDictionary[asyncio.AbstractEventLoop, memoryview] = WeakKeyDictionary()


def _buffer_of(loop: asyncio.AbstractEventLoop) -> memoryview:
    """The read buffer shared by all sockets of a loop: each copies its data before another one reads."""
    buffer = _BUFFERS.get(loop)
    if buffer is None:
        buffer = _BUFFERS[loop] = memoryview(bytearray(READ_SIZE))
    return buffer
