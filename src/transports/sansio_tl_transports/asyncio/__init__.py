"""The asyncio adapter: `connect`, `open_client` and `serve`.

    async with connect(("127.0.0.1", 443), Config(api_id=...)) as connection:
        sent = await connection.invoke(functions.auth.SendCode(...))

Any number of tasks may invoke at once. Cancelling a task that waits for an answer does not affect the connection.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Any

from sansio_tl import AuthKey, Config
from sansio_tl.proxy import Proxy
from sansio_tl.trace import Tracer
from sansio_tl_transports import ConnectError, LoginInterrupted
from sansio_tl_transports._shared.acceptor import MAX_CONNECTIONS, Acceptor, OnError, Servable, Server
from sansio_tl_transports._shared.async_client import TaskConnection, keep_second
from sansio_tl_transports._shared.clock import Clock
from sansio_tl_transports._shared.connect_plan import ConnectPlan
from sansio_tl_transports._shared.connection_runner import (
    CONNECT_TIMEOUT,
    ConnectionRunner,
)
from sansio_tl_transports.asyncio._client import Client, open_client
from sansio_tl_transports.asyncio._pump import EventLoop, ResultEvent, Signal, SocketPump
from sansio_tl_transports.asyncio._sockets import begin_server_tls, open_socket, pump, run_socket, tasks_inside, until
from sansio_tl_transports.asyncio._stream import Wire

__all__ = ["Client", "ConnectError", "Connection", "LoginInterrupted", "Server", "connect", "open_client", "serve"]


class Connection(TaskConnection[ResultEvent]):
    """A client connection to one data center, made by `connect`."""


@contextlib.asynccontextmanager
async def connect(
    address: tuple[str, int],
    config: Config,
    *,
    auth_key: AuthKey | None = None,
    framing: str | None = None,
    proxy: str | Proxy | None = None,
    tls: bool | ssl.SSLContext = False,
    timeout: float | None = CONNECT_TIMEOUT,  # noqa: ASYNC109  one for connecting and the handshake together
    tracer: Tracer | None = None,
) -> AsyncIterator[Connection]:
    """Connect to `(host, port)`, make an auth key unless one is given, and yield the `Connection`; close it on exit.

    Args:
        address: of the data center; a name with several addresses is tried as RFC 8305 recommends.
        config: describes the application, and holds the public keys of the data center.
        auth_key: of an earlier connection.
        framing: one of `sansio_tl.framing.FRAMINGS`, instead of the one in `config`. "http" opens two sockets.
        proxy: a URL (socks5://, http://, tg://proxy, https://t.me/proxy ...) or a `Proxy`.
        tls: whether to use TLS, as wss requires; or an SSL context.
        timeout: seconds for connecting and the handshake together.
        tracer: records what happens (`sansio_tl.trace`), for example one of `sansio_tl_transports.tracing`.

    Raises OSError or TimeoutError without an answer; ConnectError or ProxyError when the proxy or TLS fails;
    RemoteProtocolError, TransportError or ConnectionLostError when the handshake fails; EncodeError for a setting that
    cannot be encoded; LocalProtocolError for invalid connect options, and for an invalid address or `Config`.
    """
    loop = EventLoop()
    deadline = loop.in_(timeout)
    plan = ConnectPlan(
        address,
        config,
        auth_key=auth_key,
        framing=framing,
        proxy=proxy,
        tls=tls,
        timeout=timeout,
        tracer=tracer,
        clock=Clock(loop.time),
    )
    async with until(deadline, plan.no_connection):
        opened = await open_socket(plan.attempts, plan.stagger)
    changed = Signal()
    driver = plan.make_runner(loop.make_event, changed, loop.run_job)
    async with tasks_inside() as tasks:
        tasks.create_task(pump(opened, driver, changed))
        second: asyncio.Task[None] | None = None
        try:
            async with until(deadline, plan.no_connection):
                await driver.ready.wait()
            driver.require_ready()
            if plan.polled:
                make_second = lambda _, changed: driver.second(changed)  # noqa: E731
                run_second = partial(run_socket, plan.attempts, None, make_second, Signal())
                second = tasks.create_task(keep_second(driver, run_second, asyncio.sleep))
            yield Connection(driver, loop)
        finally:
            driver.close()
            if second is not None:
                second.cancel()
    driver.raise_bug()


@contextlib.asynccontextmanager
async def serve(
    data_center: Servable,
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    on_event: Callable[[Any], object] | None = None,
    tls: ssl.SSLContext | None = None,
    tls_port: int = 0,
    max_connections: int = MAX_CONNECTIONS,
    on_error: OnError | None = None,
) -> AsyncIterator[Server]:
    """Serve a data center, such as `sansio_tl.testing.DataCenter`; port 0 selects a free port.

    `on_event` is called with each of its events. With `tls` a second port uses TLS, for wss. A connection beyond
    `max_connections` is closed at once; the timeout for the handshakes of TLS and MTProto together counts from
    accepting. A bug ends the one connection where it occurs: `on_error` is called with the exception; by default it is
    logged. On exit, connections are flushed and closed. Raises OSError when an address is not available.
    """
    loop = asyncio.get_running_loop()
    run_job = EventLoop().run_job
    acceptor = Acceptor(
        data_center, Clock(loop.time), loop.call_soon, on_event, max_connections, on_error, run_job=run_job
    )
    async with tasks_inside() as tasks, contextlib.AsyncExitStack() as stack:

        def accept(tls: ssl.SSLContext | None, wire: Wire) -> None:
            changed = Signal()
            driver = acceptor.accept(changed)
            if driver is None:
                wire.transport.abort()
                return
            if tls is not None:
                wire.transport.pause_reading()  # the first bytes belong to TLS
            task = tasks.create_task(_run_connection(wire, driver, changed, tls))
            task.add_done_callback(lambda _: wire.transport.abort())  # the task may be cancelled before it starts

        stack.callback(acceptor.close)
        listener = await loop.create_server(partial(Wire, partial(accept, None)), host, port)
        stack.callback(listener.close)
        address, tls_address = listener.sockets[0].getsockname()[:2], None
        if tls is not None:
            listener = await loop.create_server(partial(Wire, partial(accept, tls)), host, tls_port)
            stack.callback(listener.close)
            tls_address = listener.sockets[0].getsockname()[:2]
        yield Server(address, tls_address)


async def _run_connection(wire: Wire, driver: ConnectionRunner, changed: Signal, tls: ssl.SSLContext | None) -> None:
    """Run one connection of the server until its end."""
    try:
        if tls is not None:
            await begin_server_tls(wire, driver, changed, tls)
        await SocketPump(wire, driver, changed).run()
    except (OSError, EOFError) as error:
        driver.lost(error)
    except Exception as bug:  # noqa: BLE001
        driver.fail(bug)
