"""The engine on asyncio: dial, carry bytes, keep the timer.

    async with connect(("127.0.0.1", 443), Config(api_id=...)) as link:
        sent = await link.invoke(functions.auth.SendCode(...))

Any number of tasks may invoke at once, and a task that is cancelled while it waits leaves the link as good as it was.
"""

from __future__ import annotations

import asyncio
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
from sansio_tl_transports._shared.acceptor import MAX_LINKS, OnError, Reception, Servable
from sansio_tl_transports._shared.clock import Clock
from sansio_tl_transports._shared.connect_options import (
    PAUSE,
    Attempt,
    ConnectError,
    ConnectOptions,
    Failure,
    check_call,
)
from sansio_tl_transports._shared.connection_runner import (
    CONNECT_TIMEOUT,
    ClientConnectionRunner,
    ConnectionRunner,
    no_answer,
    no_link,
)
from sansio_tl_transports._shared.flow_prompts import UpdateStream
from sansio_tl_transports._shared.login import LoginInterrupted
from sansio_tl_transports.asyncio._client import Client, open_client
from sansio_tl_transports.asyncio._pump import Bell, Carrier, Signal, in_
from sansio_tl_transports.asyncio._sockets import begin_server_tls, open_way, tasks_inside, until
from sansio_tl_transports.asyncio._stream import Wire

__all__ = ["Client", "ConnectError", "Connection", "LoginInterrupted", "Server", "connect", "open_client", "serve"]

R = TypeVar("R")


class Connection:
    """A client's link to one data center, made by `connect`."""

    def __init__(self, driver: ClientConnectionRunner[Bell], dc_id: int) -> None:
        self._driver = driver
        self._dc_id = dc_id

    @property
    def auth_key(self) -> AuthKey:
        """The key of the link: save it, it is this device's identity and a secret."""
        return self._driver.auth_key

    async def invoke(self, function: Function[R], *, timeout: float | None = None) -> R:  # noqa: ASYNC109
        """Send a request and wait for its result, `timeout` seconds at most.

        Raises RpcError when the server refuses it, TimeoutError, ConnectionLostError when the link ends before the
        answer comes, RemoteProtocolError or TransportError when that is the server's doing, and EncodeError, before
        anything is sent, for a value that cannot be encoded.
        """
        handle, answer = self._driver.invoke(function)
        try:
            if timeout is None:
                await answer.event.rung
            else:
                async with until(in_(timeout), no_answer(function, timeout)):
                    await answer.event.rung
        finally:
            self._driver.forget(handle)
        return answer.get()

    def updates(self) -> AsyncIterator[TLObject]:
        """What the server tells unasked, objects of type Updates; updatesTooLong where some were missed.

        Ends when the link is closed from our side; raises what ended it otherwise.
        """
        return UpdateStream(self._driver)

    async def run(self, flow: Flow[Any]) -> int | None:
        """Do what the flow asks until the user must act or it is finished; computations run in a thread.

        Returns None, or the number of the data center that the flow wants to go on with: connect there and run it.
        """
        while (action := flow.next_action()) is not None:
            match action:
                case Compute(job=job):
                    flow.receive_computed(await asyncio.to_thread(job))
                case Invoke(dc=int(dc)) if dc != self._dc_id:
                    return dc
                case Invoke(function=function):
                    try:
                        result = await self.invoke(function)
                    except (RpcError, RemoteProtocolError) as error:
                        if self._driver.closed and not isinstance(error, RpcError):
                            raise  # the link has ended, and nobody knows what became of the request
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
    timeout: float | None = CONNECT_TIMEOUT,  # noqa: ASYNC109  one for dialling and the handshake together
) -> AsyncIterator[Connection]:
    """Connect `(host, port)`, make an auth key unless one is given, and yield the `Link`; on leaving, close it.

    Args:
        address: of the data center; a name with several addresses is tried as RFC 8305 advises.
        config: what we say of ourselves, and which keys the data center may prove itself with.
        auth_key: of an earlier link.
        framing: one of `sansio_tl.framing.FRAMINGS`, in place of the one in `config`. "http" opens two sockets.
        proxy: a link (socks5://, http://, tg://proxy, https://t.me/proxy ...) or a `Proxy`.
        tls: whether the link is inside TLS, as wss wants it; or an SSL context of your own.
        timeout: seconds for dialling and the handshake together.

    Raises OSError or TimeoutError when nobody answers, ConnectError or ProxyError when the proxy or TLS does not lead
    there, RemoteProtocolError, TransportError or ConnectionLostError when the handshake fails, EncodeError for a
    setting that cannot be sent, LocalProtocolError for a road that there is not, and what is no address or `Config`.
    """
    check_call(address, config)
    clock = Clock(asyncio.get_running_loop().time)
    way = ConnectOptions(framing=framing, proxy=proxy, tls=tls, clock=clock)
    attempts = way.attempts([address])
    deadline, otherwise = in_(timeout), no_link(address, way.through, timeout)
    async with until(deadline, otherwise):
        opened = await open_way(attempts, way.stagger)
    changed = Signal()
    config = replace(config, framing=way.framed(config, address))
    driver = ClientConnectionRunner(
        config, auth_key, clock=clock, make_event=Bell, changed=changed, through=way.through
    )
    async with tasks_inside() as tasks:
        tasks.create_task(Carrier(opened.wire, driver, changed, opened.leftover).run())
        second: asyncio.Task[None] | None = None
        try:
            async with until(deadline, otherwise):
                await driver.ready.event.wait()
            driver.ready.get()
            if way.polled:
                second = tasks.create_task(_keep_second(attempts, driver, changed))
            yield Connection(driver, config.dc_id)
        finally:
            driver.close()
            if second is not None:
                second.cancel()
    driver.raise_bug()


async def _keep_second(attempts: list[Attempt], driver: ClientConnectionRunner[Bell], changed: Signal) -> None:
    """Over HTTP: keep a second socket open for the session, so that requests need not wait for the long poll."""
    while not driver.closed:
        try:
            opened = await open_way(attempts, None)
        except Failure:
            pass
        except Exception as bug:  # noqa: BLE001
            driver.fail(bug)
        else:
            if (second := driver.second()) is None:
                await opened.wire.abort()
            else:
                await Carrier(opened.wire, second, changed, opened.leftover).run()
        await asyncio.sleep(PAUSE)


class Server:
    """A data center that is being served; `address` is where."""

    def __init__(self, address: tuple[str, int], tls_address: tuple[str, int] | None = None) -> None:
        self.address = address
        self.tls_address = tls_address
        """Where it speaks TLS, if it was told to."""


@contextlib.asynccontextmanager
async def serve(
    data_center: Servable,
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    on_event: Callable[[Any], object] | None = None,
    tls: ssl.SSLContext | None = None,
    tls_port: int = 0,
    max_connections: int = MAX_LINKS,
    on_error: OnError | None = None,
) -> AsyncIterator[Server]:
    """Serve a data center, as `sansio_tl.testing.DataCenter` is one; port 0 lets the system choose one.

    `on_event` is called with each of its events. With `tls` a second port speaks TLS, for wss. A connection beyond
    `max_connections` is closed at once; the time for the handshakes of TLS and MTProto together counts from then, too.
    A bug ends the one connection that it is met on: `on_error` is called with the exception; without it, it is
    logged. On leaving, links are closed and flushed. Raises OSError when an address cannot be had.
    """
    loop = asyncio.get_running_loop()
    reception = Reception(data_center, Clock(loop.time), on_event, max_connections, on_error)
    async with tasks_inside() as tasks, contextlib.AsyncExitStack() as stack:

        def welcome(tls: ssl.SSLContext | None, wire: Wire) -> None:
            changed = Signal()
            driver = reception.accept(changed)
            if driver is None:
                wire.transport.abort()
                return
            if tls is not None:
                wire.transport.pause_reading()  # the first bytes belong to TLS
            carried = tasks.create_task(_carry(wire, driver, changed, tls))
            carried.add_done_callback(lambda _: wire.transport.abort())  # a task may be cancelled before it begins

        stack.callback(reception.close)
        listener = await loop.create_server(partial(Wire, partial(welcome, None)), host, port)
        stack.callback(listener.close)
        address, tls_address = listener.sockets[0].getsockname()[:2], None
        if tls is not None:
            listener = await loop.create_server(partial(Wire, partial(welcome, tls)), host, tls_port)
            stack.callback(listener.close)
            tls_address = listener.sockets[0].getsockname()[:2]
        yield Server(address, tls_address)


async def _carry(wire: Wire, driver: ConnectionRunner, changed: Signal, tls: ssl.SSLContext | None) -> None:
    """The server's end of one connection, to its end."""
    try:
        if tls is not None:
            await begin_server_tls(wire, driver, changed, tls)
        await Carrier(wire, driver, changed).run()
    except (OSError, EOFError) as error:
        driver.lost(error)
    except Exception as bug:  # noqa: BLE001
        driver.fail(bug)
