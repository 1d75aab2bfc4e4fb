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

    def on_data(self, data: bytes) -> None:
        """Process received data; ``b""`` is the end of the stream."""

    def on_writable(self) -> None:
        """The socket is writable again."""

    def on_closed(self, error: Exception | None) -> None:
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
        self._wakeup = asyncio.Event()
        self._ended = False
        self._error: Exception | None = None
        loop = asyncio.get_running_loop()
        self._closed: asyncio.Future[None] = loop.create_future()
        self._loop = loop
        self._is_tls = False
        self._paused = False
        """Whether reading is paused until `resume_reading`."""
        self._yielding = False
        """Whether reading is paused until the next iteration."""
        self._buffer = buffer_of(loop)

    # -- for the pump ------------------------------------------------------------------------------------------------

    async def send_all(self, data: bytes) -> None:
        """Write data during a handshake."""
        self.transport.write(data)

    async def receive(self) -> bytes:
        """Wait for data and return it; ``b""`` at the end of the stream. Raises OSError."""
        while not self._waiting:
            if self._error is not None:
                raise self._error
            if self._ended:
                return b""
            self._wakeup.clear()
            await self._wakeup.wait()
        data = b"".join(self._waiting)
        self._waiting.clear()
        self.resume_reading()
        return data

    def pause_reading(self) -> None:
        """Pause reading until `resume_reading`."""
        if not self._paused and self._is_ours(self.transport):
            self._paused = True
            self.transport.pause_reading()

    def resume_reading(self) -> None:
        """Resume reading, in this iteration, or in the next one after a full read."""
        if self._paused:
            self._paused = False
            self._resume(self.transport)

    async def begin_tls(self, context: ssl.SSLContext, host: str | None = None) -> None:
        """Start TLS: as client if `host` is given, else as server.

        Raises OSError or EOFError.
        """
        if self._ended:
            raise ConnectionResetError("the peer closed the connection")
        self._paused = False  # from now on start_tls controls reading
        loop = asyncio.get_running_loop()
        loop.call_soon(loop.call_soon, self._feed_tls)  # once start_tls has replaced this protocol
        try:
            inside = await loop.start_tls(self.transport, self, context, server_side=host is None, server_hostname=host)
        except BaseException:
            # asyncio does not report the end of a socket during the TLS handshake.
            self.transport.abort()
            loop.call_soon(self._set_closed)
            raise
        if inside is None:
            raise ConnectionResetError("the peer closed the connection")
        self.transport = inside
        self._is_tls = True

    def _feed_tls(self) -> None:
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
            listener.on_data(b"".join(self._waiting))
            self._waiting.clear()
            self.resume_reading()
        if self._ended:
            listener.on_data(b"")
        if self._closed.done():
            listener.on_closed(self._error)

    def close(self) -> None:
        """Close the socket at once; `abort` waits until it is closed."""
        self.transport.abort()

    async def abort(self) -> None:
        """Close the socket at once, and wait until it is closed."""
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
            self._yield_to_loop()
        if self._listener is not None:
            self._listener.on_data(data)
            return
        self._waiting.append(data)
        self._wakeup.set()
        if sum(map(len, self._waiting)) > READ_SIZE:
            self.pause_reading()

    def _yield_to_loop(self) -> None:
        """Pause reading until the next iteration of the loop."""
        transport = self.transport
        if not self._yielding and self._is_ours(transport):
            self._yielding = True
            transport.pause_reading()
            self._loop.call_soon(self._after_yield, transport)

    def _after_yield(self, transport: asyncio.Transport) -> None:
        self._yielding = False
        if not self._paused:
            self._resume(transport)

    def _resume(self, transport: asyncio.Transport) -> None:
        if not self._yielding and self._is_ours(transport):
            transport.resume_reading()

    def _is_ours(self, transport: asyncio.Transport) -> bool:
        """Whether this protocol controls reading: not during start_tls, and not after closing."""
        # TLS of asyncio has no protocol any more once it is closed
        return not transport.is_closing() and transport.get_protocol() is self

    def eof_received(self) -> bool:
        """True: there may still be output. TLS cannot close one direction only."""
        self._end()
        return not self._is_tls

    def pause_writing(self) -> None:
        self.blocked = True

    def resume_writing(self) -> None:
        self.blocked = False
        if self._listener is not None:
            self._listener.on_writable()

    def connection_lost(self, exc: Exception | None) -> None:
        self._error = exc
        if exc is None:
            self._end()
        self._wakeup.set()
        self._set_closed()
        if self._listener is not None:
            self._listener.on_closed(exc)

    def _set_closed(self) -> None:
        if not self._closed.done():
            self._closed.set_result(None)

    def _end(self) -> None:
        if not self._ended:
            self._ended = True
            self._wakeup.set()
            if self._listener is not None:
                self._listener.on_data(b"")


_BUFFERS: WeakKeyDictionary[asyncio.AbstractEventLoop, memoryview] = WeakKeyDictionary()


def buffer_of(loop: asyncio.AbstractEventLoop) -> memoryview:
    """The read buffer shared by all sockets of a loop: each copies its data before another one reads."""
    buffer = _BUFFERS.get(loop)
    if buffer is None:
        buffer = _BUFFERS[loop] = memoryview(bytearray(READ_SIZE))
    return buffer
