"""The trio adapter: `connect`, `open_client` and `serve`.

    async with connect(("127.0.0.1", 443), Config(api_id=...)) as connection:
        sent = await connection.invoke(functions.auth.SendCode(...))

Any number of tasks may invoke at once. Cancelling a task that waits for an answer does not affect the connection.
All tasks of a connection run in a nursery inside `connect`. Exceptions of your code are raised unchanged, not grouped.
"""

from __future__ import annotations

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
)

try:
    import trio
except ImportError as error:
    raise ImportError(
        "sansio_tl_transports.trio needs trio. The extra trio brings it: pip install '.[trio]' in a checkout"
    ) from error

from sansio_tl_transports._shared.waiter import Hook
from sansio_tl_transports.trio._client import Client, open_client
from sansio_tl_transports.trio._pump import EventLoop, SocketPump
from sansio_tl_transports.trio._sockets import begin_server_tls, open_socket, pump, run_socket, until
from sansio_tl_transports.trio._stream import Wire
from sansio_tl_transports.trio._tasks import tasks_inside

__all__ = ["Client", "ConnectError", "Connection", "LoginInterrupted", "Server", "connect", "open_client", "serve"]


class Connection(TaskConnection[trio.Event]):
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
    with until(deadline, plan.no_connection):
        opened = await open_socket(plan.attempts, plan.stagger)
    changed = Hook()
    driver = plan.make_runner(loop.make_event, changed, loop.run_job)
    async with tasks_inside() as tasks, tasks_inside() as seconds:
        loop.tasks = tasks
        tasks.start_soon(pump, opened, driver, changed)
        try:
            with until(deadline, plan.no_connection):
                await driver.ready.wait()
            driver.require_ready()
            if plan.polled:
                make_second = lambda _, changed: driver.second(changed)  # noqa: E731
                run_second = partial(run_socket, plan.attempts, None, make_second, Hook())
                seconds.start_soon(keep_second, driver, run_second, trio.sleep)
            yield Connection(driver, loop)
        finally:
            driver.close()
            seconds.cancel_scope.cancel()
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
    loop = EventLoop()

    def call_soon(function: Callable[[], None]) -> None:
        tasks.start_soon(_call, function)

    acceptor = Acceptor(
        data_center, Clock(loop.time), call_soon, on_event, max_connections, on_error, run_job=loop.run_job
    )

    async def accept(tls: ssl.SSLContext | None, stream: trio.SocketStream) -> None:
        wire, changed = Wire(stream), Hook()
        driver = acceptor.accept(changed)
        if driver is None or (tls is not None and not await begin_server_tls(wire, driver, tls)):
            wire.close()
            return
        tasks.start_soon(SocketPump(wire, driver, changed).run)

    listeners = await trio.open_tcp_listeners(port, host=host)
    address, tls_address = listeners[0].socket.getsockname()[:2], None
    async with tasks_inside() as tasks, tasks_inside() as listening:
        loop.tasks = tasks
        listening.start_soon(trio.serve_listeners, partial(accept, None), listeners)
        if tls is not None:
            secured = await trio.open_tcp_listeners(tls_port, host=host)
            tls_address = secured[0].socket.getsockname()[:2]
            listening.start_soon(trio.serve_listeners, partial(accept, tls), secured)
        try:
            yield Server(address, tls_address)
        finally:
            listening.cancel_scope.cancel()
            acceptor.close()


async def _call(function: Callable[[], None]) -> None:
    """As a task, which runs once the present ones have had their turn."""
    function()
