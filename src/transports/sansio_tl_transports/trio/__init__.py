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
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from sansio_tl import AuthKey, Config, Function, TLObject
from sansio_tl.auth import Compute, Flow, Invoke
from sansio_tl.errors import RemoteProtocolError, RpcError
from sansio_tl.proxy import Proxy
from sansio_tl.trace import Tracer
from sansio_tl_transports import ConnectError, LoginInterrupted
from sansio_tl_transports._shared.acceptor import MAX_CONNECTIONS, Acceptor, OnError, Servable
from sansio_tl_transports._shared.clock import Clock
from sansio_tl_transports._shared.connect_options import (
    PAUSE,
    Attempt,
    ConnectOptions,
    Failure,
    check_call,
)
from sansio_tl_transports._shared.connection_runner import (
    CONNECT_TIMEOUT,
    ClientConnectionRunner,
    no_answer,
    no_connection,
)
from sansio_tl_transports._shared.flow_prompts import UpdateStream

try:
    import trio
except ImportError as error:
    raise ImportError(
        "sansio_tl_transports.trio needs trio. The extra trio brings it: pip install '.[trio]' in a checkout"
    ) from error

from sansio_tl_transports.trio._client import Client, open_client
from sansio_tl_transports.trio._pump import Signal, SocketPump, in_
from sansio_tl_transports.trio._sockets import begin_server_tls, open_socket, tasks_inside, until
from sansio_tl_transports.trio._stream import Wire

__all__ = ["Client", "ConnectError", "Connection", "LoginInterrupted", "Server", "connect", "open_client", "serve"]

R = TypeVar("R")


class Connection:
    """A client connection to one data center, made by `connect`."""

    def __init__(self, driver: ClientConnectionRunner[trio.Event], changed: Signal, dc_id: int) -> None:
        self._driver = driver
        self._changed = changed
        self._dc_id = dc_id

    @property
    def auth_key(self) -> AuthKey:
        """The auth key, which identifies this device: save it, and keep it secret."""
        return self._driver.auth_key

    async def invoke(self, function: Function[R], *, timeout: float | None = None) -> R:  # noqa: ASYNC109
        """Send a request and wait for its result, `timeout` seconds at most.

        Raises RpcError; TimeoutError; ConnectionLostError when the connection ends before the answer;
        RemoteProtocolError or TransportError when the server caused that; and EncodeError, before anything is sent,
        for a value that cannot be encoded.
        """
        driver = self._driver
        handle, answer = driver.invoke(function) if driver.has_waiters else self._changed.after(driver.invoke, function)
        try:
            if timeout is None:
                await answer.event.wait()
            else:
                with until(in_(timeout), no_answer(function, timeout)):
                    await answer.event.wait()
        finally:
            self._driver.forget(handle)
        return answer.get()

    def updates(self) -> AsyncIterator[TLObject]:
        """Messages that the server sends unasked, of type Updates; updatesTooLong where some were missed.

        Ends when this side closes the connection; otherwise raises the error that ended it.
        """
        return UpdateStream(self._driver)

    async def run(self, flow: Flow[Any]) -> int | None:
        """Run the flow until it needs input or is finished; computations run in a thread.

        Returns None, or the number of the data center where the flow continues: connect to it and run the flow there.
        """
        while (action := flow.next_action()) is not None:
            match action:
                case Compute(job=job):
                    flow.receive_computed(await trio.to_thread.run_sync(job))
                case Invoke(dc=int(dc)) if dc != self._dc_id:
                    return dc
                case Invoke(function=function):
                    try:
                        result = await self.invoke(function)
                    except (RpcError, RemoteProtocolError) as error:
                        if self._driver.closed and not isinstance(error, RpcError):
                            raise  # the connection has ended, and the outcome of the request is unknown
                        flow.receive_error(error, now=self._driver.now)
                    else:
                        flow.receive_result(result, now=self._driver.now)
        return None


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
    check_call(address, config)
    clock = Clock(trio.lowlevel.current_clock().current_time)
    connect_options = ConnectOptions(framing=framing, proxy=proxy, tls=tls, clock=clock)
    attempts = connect_options.attempts([address])
    deadline, otherwise = in_(timeout), no_connection(address, connect_options.through, timeout)
    with until(deadline, otherwise):
        opened = await open_socket(attempts, connect_options.stagger)
    changed = Signal()
    config = replace(config, framing=connect_options.framed(config, address))
    driver = ClientConnectionRunner(
        config,
        auth_key,
        clock=clock,
        make_event=trio.Event,
        changed=changed,
        through=connect_options.through,
        tracer=tracer,
    )
    async with tasks_inside() as tasks:
        tasks.start_soon(SocketPump(opened.wire, driver, changed, opened.leftover).run)
        tasks.start_soon(changed.run)
        seconds = trio.CancelScope()
        try:
            with until(deadline, otherwise):
                await driver.ready.event.wait()
            driver.ready.get()
            if connect_options.polled:
                tasks.start_soon(_keep_second, attempts, driver, changed, seconds)
            yield Connection(driver, changed, config.dc_id)
        finally:
            driver.close()
            seconds.cancel()
    driver.raise_bug()


async def _keep_second(
    attempts: list[Attempt], driver: ClientConnectionRunner[trio.Event], changed: Signal, scope: trio.CancelScope
) -> None:
    """For HTTP: keep a second socket open for the session, so that requests need not wait for the long poll."""
    with scope:
        while not driver.closed:
            try:
                opened = await open_socket(attempts, None)
            except Failure:
                pass
            except Exception as bug:  # noqa: BLE001
                driver.fail(bug)
            else:
                if (second := driver.second()) is None:
                    opened.wire.close()
                else:
                    await SocketPump(opened.wire, second, changed, opened.leftover).run()
            await trio.sleep(PAUSE)


class Server:
    """A running server; `address` is where it listens."""

    def __init__(self, address: tuple[str, int], tls_address: tuple[str, int] | None = None) -> None:
        self.address = address
        self.tls_address = tls_address
        """The address of the TLS port; None without TLS."""


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
    clock = Clock(trio.lowlevel.current_clock().current_time)
    acceptor = Acceptor(data_center, clock, on_event, max_connections, on_error)

    async def accept(tls: ssl.SSLContext | None, stream: trio.SocketStream) -> None:
        wire, changed = Wire(stream), Signal()
        driver = acceptor.accept(changed)
        if driver is None or (tls is not None and not await begin_server_tls(wire, driver, tls)):
            wire.close()
            return
        pump = SocketPump(wire, driver, changed)
        tasks.start_soon(changed.run)
        tasks.start_soon(pump.run)

    listeners = await trio.open_tcp_listeners(port, host=host)
    address, tls_address = listeners[0].socket.getsockname()[:2], None
    async with tasks_inside() as tasks, tasks_inside() as listening:
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
