"""Runs the relay of a WEB proxy, in an asyncio loop: `serve_web_proxy`.

config = WebRelayConfig(address=WebAddress("www.example.org", "blog"), secret=ProxySecret.parse("dd..."))
async with serve_web_proxy(config, ("127.0.0.1", 4430), port=8080) as server:
    print(config.address.link(config.secret), server.address)
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import os
import socket
import ssl
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Final

from sansio_tl.errors import LocalProtocolError
from sansio_tl.proxy.handshake import check_target
from sansio_tl_transports._shared.acceptor import OnError, Server, log_bug
from sansio_tl_transports._shared.clock import Clock
from sansio_tl_transports._shared.connection_runner import READ_SIZE
from sansio_tl_transports._shared.opening import async_opening
from sansio_tl_transports.asyncio._pump import DeadlineTimer
from sansio_tl_transports.asyncio._sockets import tasks_inside

if TYPE_CHECKING:  # they need the libraries of an extra
    from sansio_tl.proxy.web_relay import WebRelay, WebRelayConfig, WebRelayConnection
    from sansio_tl.proxy.web_streams import RelayStream

__all__ = ["serve_web_proxy"]

MAX_WEB_CONNECTIONS: Final = 1000
"""Default maximum of the connections of clients at the same time."""
TARGET_TIMEOUT: Final = 10.0
"""Seconds to connect to the target, and to write the rest to it after the end of its stream."""
_TARGET_READ_SIZE: Final = 1 << 14
_TLS_TIMEOUT: Final = 30.0
_WRITE_SIZE: Final = 1 << 14
_WRITE_TIMEOUT: Final = 30.0
"""Seconds in which a client must read about 64 KiB of what is sent to it; less if its requests have less."""


@async_opening("server")
async def serve_web_proxy(
    config: WebRelayConfig,
    target: tuple[str, int],
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    tls: ssl.SSLContext | None = None,
    max_connections: int = MAX_WEB_CONNECTIONS,
    on_error: OnError | None = None,
) -> AsyncIterator[Server]:
    """Run the relay of a WEB proxy; port 0 selects a free one.

    Each stream of a client leads to `target`: an MTProxy with the secret of `config`, or a data center such as that of
    `sansio_tl.testing` with the secret among its `proxy_secrets`. Without `tls` it speaks HTTP, for a reverse proxy
    before it that has the certificate. A connection beyond `max_connections` is closed at once. A bug ends the one
    connection where it occurs: `on_error` is called with the exception; by default it is logged.

    Raises OSError when the address is not available, LocalProtocolError for an invalid target or a missing library.
    """
    check_target(*target)
    try:
        from sansio_tl.proxy.web_relay import WebRelay
    except ImportError as error:
        raise LocalProtocolError(str(error)) from error
    loop = asyncio.get_running_loop()
    async with tasks_inside() as tasks:
        relay = WebRelay(config, entropy=os.urandom)
        running = RelayServer(relay, target, Clock(loop.time), tasks, max_connections, on_error or log_bug)
        server = await asyncio.start_server(
            running.accept, host, port, ssl=tls, ssl_handshake_timeout=None if tls is None else _TLS_TIMEOUT
        )
        try:
            yield Server(server.sockets[0].getsockname()[:2])
        finally:
            server.close()
            running.close()


class RelayServer:
    """The sockets of a `WebRelay`."""

    def __init__(
        self,
        relay: WebRelay,
        target: tuple[str, int],
        clock: Clock,
        tasks: asyncio.TaskGroup,
        max_connections: int,
        on_error: OnError,
    ) -> None:
        self._relay = relay
        self._target = target
        self._clock = clock
        self._tasks = tasks
        self._max_connections = max_connections
        self._on_error = on_error
        self._write_timeout = min(_WRITE_TIMEOUT, relay.config.request_timeout)
        self._clients: dict[WebRelayConnection, asyncio.Event] = {}
        """Set when there may be output."""
        self._client_tasks: set[asyncio.Task[None]] = set()
        self._closed = False
        self._targets: dict[RelayStream, TargetConnection] = {}
        self._freed = asyncio.Event()
        """Set when stored bytes were delivered, or a session has ended."""
        self._timer = DeadlineTimer(self._deadline, self._tick)

    def close(self) -> None:
        """End all connections."""
        self._closed = True
        self._timer.cancel()
        for task in self._client_tasks:
            task.cancel()
        for target in self._targets.values():
            target.task.cancel()

    def settle(self) -> None:
        """Do what the relay has to do after a change."""
        from sansio_tl.proxy.web_streams import StreamClosed, StreamData, StreamOpened

        relay = self._relay
        self._freed.set()
        while (event := relay.next_event()) is not None:
            match event:
                case StreamOpened(stream):
                    target = self._targets[stream] = TargetConnection(stream)
                    target.task = self._tasks.create_task(self._run_target(target))
                case StreamData(stream, data):
                    self._targets[stream].data.put_nowait(data)
                case StreamClosed(stream):
                    if (closed := self._targets.pop(stream, None)) is not None:
                        closed.data.put_nowait(b"")
                        # The rest is written to the target if it takes it in time. Until then it counts (TR24).
                        asyncio.get_running_loop().call_later(TARGET_TIMEOUT, closed.task.cancel)
        for connection in relay.take_ready():
            if connection in self._clients:
                self._clients[connection].set()
        for stream in relay.take_readable():
            if stream in self._targets:
                self._targets[stream].has_room.set()
        self._timer.update()

    def _deadline(self) -> float:
        deadline = self._relay.next_deadline()
        return math.inf if deadline is None else self._clock.to_monotonic(deadline)

    def _tick(self) -> None:
        deadline = self._relay.next_deadline()
        if deadline is not None and self._clock.to_monotonic(deadline) <= asyncio.get_running_loop().time():
            self._relay.handle_deadline(now=max(self._clock(), deadline))
        self.settle()

    # -- clients -----------------------------------------------------------------------------------------------------

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """A client has connected."""
        if self._closed or len(self._client_tasks) >= self._max_connections:
            writer.transport.abort()
            return

        def ended(task: asyncio.Task[None]) -> None:
            self._client_tasks.discard(task)
            writer.transport.abort()  # if it was cancelled, perhaps before it began

        # Not a task of asyncio's streams: those of Python 3.11 report a cancelled one as a bug.
        task = self._tasks.create_task(self._run_client(reader, writer))
        self._client_tasks.add(task)
        task.add_done_callback(ended)

    async def _run_client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = self._relay.accept(now=self._clock())
        wakeup = self._clients[connection] = asyncio.Event()
        reading = asyncio.create_task(self._read_client(connection, wakeup, reader))
        try:
            await self._write_client(connection, wakeup, writer)
        except asyncio.CancelledError:
            writer.transport.abort()
            raise
        except OSError:
            pass  # the client has gone
        except Exception as bug:  # noqa: BLE001
            self._on_error(bug)
        finally:
            reading.cancel()
            self._end(connection)
            try:
                await self._close_client(writer)
            finally:
                del self._clients[connection]

    def _end(self, connection: WebRelayConnection) -> None:
        """Close a connection. A bug ends no other one."""
        try:
            connection.close(now=self._clock())
            self.settle()
        except Exception as bug:  # noqa: BLE001
            self._on_error(bug)

    async def _read_client(
        self, connection: WebRelayConnection, wakeup: asyncio.Event, reader: asyncio.StreamReader
    ) -> None:
        data = b"-"
        while data and not connection.finished:
            try:
                data = await reader.read(READ_SIZE)
            except OSError:
                data = b""
            try:
                connection.receive_data(data, now=self._clock())
                self.settle()
            except Exception as bug:  # noqa: BLE001
                self._on_error(bug)
                self._end(connection)
                wakeup.set()  # `settle` may have failed
            while connection.is_waiting:  # until targets have taken what is stored
                self._freed.clear()
                await self._freed.wait()

    async def _write_client(
        self, connection: WebRelayConnection, wakeup: asyncio.Event, writer: asyncio.StreamWriter
    ) -> None:
        """Write one answer or message after another: the next one is made when the client has read the former."""
        while True:
            wakeup.clear()
            data = connection.data_to_send(now=self._clock())
            self.settle()
            for start in range(0, len(data), _WRITE_SIZE):
                writer.write(data[start : start + _WRITE_SIZE])
                async with asyncio.timeout(self._write_timeout):  # TR24
                    await writer.drain()
            if data:
                continue
            if connection.finished:
                return
            await wakeup.wait()

    async def _close_client(self, writer: asyncio.StreamWriter) -> None:
        """TR24: close a connection. It keeps its place until the client has read the rest, for a limited time."""
        writer.close()
        try:
            async with asyncio.timeout(self._write_timeout):
                await writer.wait_closed()
        except OSError:
            pass  # it has gone, or does not read
        finally:
            writer.transport.abort()

    # -- targets -----------------------------------------------------------------------------------------------------

    async def _run_target(self, target: TargetConnection) -> None:
        """The connection of one stream to the target."""
        sock: socket.socket | None = None
        try:
            async with asyncio.timeout(TARGET_TIMEOUT):
                sock = await _connect(*self._target)
            both = {
                asyncio.create_task(self._write_target(target, sock)),
                asyncio.create_task(self._read_target(target, sock)),
            }
            try:
                await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in both:
                    task.cancel()
                await asyncio.wait(both)  # before the socket is closed
            for task in both:
                if not task.cancelled():
                    task.result()
        except OSError:
            pass  # TimeoutError among them: the client learns that the stream has ended
        except Exception as bug:  # noqa: BLE001
            self._on_error(bug)
        finally:
            self._targets.pop(target.stream, None)
            if sock is not None:
                sock.close()
            self._release(target.stream)

    def _release(self, stream: RelayStream) -> None:
        """The connection to the target is closed. A bug ends no other one."""
        try:
            stream.release()
            self.settle()
        except Exception as bug:  # noqa: BLE001
            self._on_error(bug)

    async def _write_target(self, target: TargetConnection, sock: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        with contextlib.suppress(OSError):
            while data := await target.data.get():
                await loop.sock_sendall(sock, data)
                target.stream.delivered(len(data))
                self.settle()

    async def _read_target(self, target: TargetConnection, sock: socket.socket) -> None:
        """TR24: nothing is read without room for it, so that no more than `_TARGET_READ_SIZE` bytes of each stream are
        stored beyond the bounds of its session and of the relay: while one waits for data, others may fill both.
        """
        stream, loop = target.stream, asyncio.get_running_loop()
        with contextlib.suppress(OSError):
            while not stream.closed:
                if not (room := stream.room):
                    target.has_room.clear()
                    stream.wait_for_room()
                    await target.has_room.wait()
                    continue
                data = await loop.sock_recv(sock, min(room, _TARGET_READ_SIZE))
                if not data:
                    return
                stream.send(data)
                self.settle()


async def _connect(host: str, port: int) -> socket.socket:
    """A socket without buffers of its own, connected to the target. Raises OSError."""
    loop = asyncio.get_running_loop()
    failure = OSError(f"no address of {host}")
    for family, kind, protocol, _, address in await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        sock = socket.socket(family, kind, protocol)
        try:
            sock.setblocking(False)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await loop.sock_connect(sock, address)
        except OSError as error:
            sock.close()
            failure = error
        except BaseException:
            sock.close()
            raise
        else:
            return sock
    raise failure


class TargetConnection:
    """The connection of one stream to the target."""

    task: asyncio.Task[None]

    def __init__(self, stream: RelayStream) -> None:
        self.stream = stream
        self.data: asyncio.Queue[bytes] = asyncio.Queue()
        """Bytes of the client, at most its window; empty for the end."""
        self.has_room = asyncio.Event()
