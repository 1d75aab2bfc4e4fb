"""A socket on asyncio, which calls back: bytes go from it into the driver and back within the loop's own callbacks."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from typing import Protocol, cast
from weakref import WeakKeyDictionary

from sansio_tl_transports._shared.connection_runner import READ_SIZE


class Listener(Protocol):
    """Whoever takes what a socket brings."""

    def heard(self, data: bytes) -> None:
        """The peer sent this; ``b""`` means that it has hung up."""

    def unblocked(self) -> None:
        """The socket takes more."""

    def broken(self, error: Exception | None) -> None:
        """The socket is gone; `error` says why unless we have closed it ourselves."""


class Wire(asyncio.BufferedProtocol):
    """One socket. What comes before somebody listens waits.

    asyncio's other kind of protocol sets aside 256 KiB anew for each read, however little has come: on Linux the C
    library fetches them from the system and gives them back each time, which costs more than reading does.

    One socket gets READ_SIZE bytes in a turn of the loop, whatever the loop would give it (libuv reads a socket up to
    32 times in a turn): a peer that floods us keeps nobody waiting. After a full read it reads on in the next turn; so
    it does after every read from TLS, where many short reads may come of one long one.
    """

    def __init__(self, opened: Callable[[Wire], None] | None = None) -> None:
        """`opened` is called once the socket is open."""
        self.transport: asyncio.Transport
        self.blocked = False
        """Whether so much waits to be sent that it is better to wait."""
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
        """Whether nothing is read until `read_on`."""
        self._resting = False
        """Whether nothing is read until the next turn."""
        self._buffer = _buffer_of(loop)

    # -- for whoever uses it -----------------------------------------------------------------------------------------

    async def read(self) -> bytes:
        """What has come; waits for it. ``b""`` when the peer has hung up. Raises OSError when the socket broke."""
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
        """Read nothing until `read_on`."""
        if not self._held and self._is_ours(self.transport):
            self._held = True
            self.transport.pause_reading()

    def read_on(self) -> None:
        """Read again, in this turn or, if it has had its share, in the next one."""
        if self._held:
            self._held = False
            self._resume(self.transport)

    async def begin_tls(self, context: ssl.SSLContext, host: str | None = None) -> None:
        """Put TLS around it: the client's end if there is a host to ask for, else the server's.

        Raises OSError or EOFError.
        """
        if self._ended:
            raise ConnectionResetError("the peer hung up")
        self._held = False  # start_tls decides from now on when to read
        loop = asyncio.get_running_loop()
        loop.call_soon(loop.call_soon, self._hand_over)  # once start_tls has put its own protocol in our place
        try:
            inside = await loop.start_tls(self.transport, self, context, server_side=host is None, server_hostname=host)
        except BaseException:
            # asyncio tells us nothing of the end of a socket whose TLS handshake is not over.
            self.transport.abort()
            loop.call_soon(self._gone)
            raise
        if inside is None:
            raise ConnectionResetError("the peer hung up")
        self.transport = inside
        self._is_tls = True

    def _hand_over(self) -> None:
        """Give TLS what has come before it was there. Loops may read before they are told not to."""
        protocol = cast("asyncio.BufferedProtocol", self.transport.get_protocol())  # that of TLS is one in every loop
        waiting, self._waiting = b"".join(self._waiting), []
        while waiting and protocol is not self and not self.transport.is_closing():
            buffer = memoryview(protocol.get_buffer(len(waiting)))
            size = min(len(waiting), len(buffer))
            buffer[:size] = waiting[:size]
            protocol.buffer_updated(size)
            waiting = waiting[size:]

    def listen(self, listener: Listener) -> None:
        """From now on everything goes there, beginning with what has come already."""
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
        """Close it without a word, and wait until it is."""
        self.transport.abort()
        await asyncio.shield(self._closed)

    # -- for the loop ------------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # those of other loops are so in all but name
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
        """Read on in the next turn."""
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
        """Whether what it reads comes to us; while TLS is put around it, when to read is start_tls's business."""
        return transport.get_protocol() is self

    def eof_received(self) -> bool:
        """True: we may still have something to say. TLS cannot end in one direction."""
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
    """Where all sockets of a loop put what they read: each says so at once, and copies it before another one reads."""
    buffer = _BUFFERS.get(loop)
    if buffer is None:
        buffer = _BUFFERS[loop] = memoryview(bytearray(READ_SIZE))
    return buffer
