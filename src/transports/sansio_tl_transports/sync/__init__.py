"""The engine on plain sockets: dial, carry bytes, keep the timer.

    with connect(("127.0.0.1", 443), Config(api_id=...)) as link:
        sent = link.invoke(functions.auth.SendCode(...))

A thread behind each `connect` or `serve` keeps a link alive while its owner thinks; who waits for an answer carries the
bytes himself. Any number of threads may invoke at once, and Ctrl-C while one waits leaves the link as good as it was.

A forked process has no such thread: what it has inherited raises LocalProtocolError there, and is closed on leaving
without a word. Open another one in the child.
"""

from __future__ import annotations

import contextlib
import math
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from sansio_tl import AuthKey, Config, Function, TLObject
from sansio_tl.auth import Compute, Flow, Invoke
from sansio_tl.errors import RemoteProtocolError, RpcError
from sansio_tl.proxy import Proxy
from sansio_tl_transports._shared.acceptor import MAX_LINKS, OnError, Reception, Servable
from sansio_tl_transports._shared.callbacks import require_plain
from sansio_tl_transports._shared.clock import Clock
from sansio_tl_transports._shared.connect_options import ConnectError, ConnectOptions, check_call
from sansio_tl_transports._shared.connection_runner import CONNECT_TIMEOUT, ClientConnectionRunner, no_answer, no_link
from sansio_tl_transports._shared.login import LoginInterrupted
from sansio_tl_transports.sync._calls import ask
from sansio_tl_transports.sync._client import Client, open_client
from sansio_tl_transports.sync._listener import listen
from sansio_tl_transports.sync._reactor import Carriers, running
from sansio_tl_transports.sync._seconds import Seconds
from sansio_tl_transports.sync._sockets import Opener
from sansio_tl_transports.sync._waiter import Bell

__all__ = ["Client", "ConnectError", "Connection", "LoginInterrupted", "Server", "connect", "open_client", "serve"]

R = TypeVar("R")


class Connection:
    """A client's link to one data center, made by `connect`."""

    def __init__(self, driver: ClientConnectionRunner[Bell], dc_id: int, carriers: Carriers) -> None:
        self._driver = driver
        self._dc_id = dc_id
        self._carriers = carriers
        self._lock = carriers.lock

    @property
    def auth_key(self) -> AuthKey:
        """The key of the link: save it, it is this device's identity and a secret."""
        return self._driver.auth_key

    def invoke(self, function: Function[R], *, timeout: float | None = None) -> R:
        """Send a request and wait for its result, `timeout` seconds at most.

        Raises RpcError when the server refuses it, TimeoutError, ConnectionLostError when the link ends before the
        answer comes, RemoteProtocolError or TransportError when that is the server's doing, and EncodeError, before
        anything is sent, for a value that cannot be encoded.
        """
        driver = self._driver
        answer = ask(self._carriers, partial(driver.invoke, function), driver.forget, timeout)
        if not answer.event.rung:
            raise TimeoutError(no_answer(function, timeout))
        return answer.get()

    def updates(self) -> Iterator[TLObject]:
        """What the server tells unasked, objects of type Updates; updatesTooLong where some were missed.

        Ends when the link is closed from our side; raises what ended it otherwise.
        """
        while True:
            with self._lock:
                news = self._driver.news.event
                updates = self._driver.take_update()
                closed = self._driver.closed
            if updates is not None:
                yield updates
            elif closed:
                return
            else:
                news.wait()

    def run(self, flow: Flow[Any], *, timeout: float | None = None) -> int | None:
        """Do what the flow asks until the user must act or it is finished; the link lives on while it computes.

        Each answer is waited for `timeout` seconds at most: then TimeoutError is raised, and `run` may be called again.
        Returns None, or the number of the data center that the flow wants to go on with: connect there and run it.
        """
        while (action := flow.next_action()) is not None:
            match action:
                case Compute(job=job):
                    flow.receive_computed(job())
                case Invoke(dc=int(dc)) if dc != self._dc_id:
                    return dc
                case Invoke(function=function):
                    try:
                        result = self.invoke(function, timeout=timeout)
                    except (RpcError, RemoteProtocolError) as error:
                        if self._driver.closed and not isinstance(error, RpcError):
                            raise  # the link has ended, and nobody knows what became of the request
                        flow.receive_error(error, now=self._driver.now)
                    else:
                        flow.receive_result(result, now=self._driver.now)
        return None


@contextlib.contextmanager
def connect(
    address: tuple[str, int],
    config: Config,
    *,
    auth_key: AuthKey | None = None,
    framing: str | None = None,
    proxy: str | Proxy | None = None,
    tls: bool | ssl.SSLContext = False,
    timeout: float | None = CONNECT_TIMEOUT,
) -> Iterator[Connection]:
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
    deadline = math.inf if timeout is None else time.monotonic() + timeout
    clock = Clock()
    way = ConnectOptions(framing=framing, proxy=proxy, tls=tls, clock=clock)
    attempts = way.attempts([address])
    try:
        opened = Opener(deadline).open(attempts, way.stagger)
    except TimeoutError:
        raise TimeoutError(no_link(address, way.through, timeout)) from None
    seconds: Seconds | None = None
    try:
        with running() as carriers:
            config = replace(config, framing=way.framed(config, address))
            driver = ClientConnectionRunner(
                config, auth_key, clock=clock, make_event=Bell, changed=carriers.touch, through=way.through
            )
            carriers.add(opened.sock, driver, opened.leftover)
            if not driver.ready.event.wait(None if timeout is None else max(0.0, deadline - time.monotonic())):
                raise TimeoutError(no_link(address, way.through, timeout))
            driver.ready.get()
            if way.polled:
                seconds = Seconds(attempts, driver, carriers)
                carriers.keep(seconds)
            yield Connection(driver, config.dc_id, carriers)
        driver.raise_bug()
    finally:
        opened.sock.close()  # unless that has been done
        if seconds is not None:
            seconds.join()


class Server:
    """A data center that is being served; `address` is where."""

    def __init__(self, address: tuple[str, int], tls_address: tuple[str, int] | None = None) -> None:
        self.address = address
        self.tls_address = tls_address
        """Where it speaks TLS, if it was told to."""


@contextlib.contextmanager
def serve(
    data_center: Servable,
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    on_event: Callable[[Any], object] | None = None,
    tls: ssl.SSLContext | None = None,
    tls_port: int = 0,
    max_connections: int = MAX_LINKS,
    on_error: OnError | None = None,
) -> Iterator[Server]:
    """Serve a data center, as `sansio_tl.testing.DataCenter` is one; port 0 lets the system choose one.

    `on_event` is called with each of its events. With `tls` a second port speaks TLS, for wss. A connection beyond
    `max_connections` is closed at once; the time for the handshakes of TLS and MTProto together counts from then, too.
    A bug ends the one connection that it is met on: `on_error` is called with the exception; without it, it is
    logged. On leaving, connections are closed and flushed. SystemExit or KeyboardInterrupt of `on_event` or
    `on_error` ends all connections, and is raised on leaving. Raises OSError when an address cannot be had.
    """
    require_plain(on_event=on_event, on_error=on_error)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.create_server((host, port), family=family))
        secured = None
        if tls is not None:
            secured = stack.enter_context(socket.create_server((host, tls_port), family=family))
        carriers = stack.enter_context(running())
        reception = Reception(
            data_center, Clock(), carriers.guarded(on_event), max_connections, carriers.guarded(on_error)
        )
        listen(carriers, listener, reception.accept)
        if secured is not None:
            listen(carriers, secured, reception.accept, tls)
        yield Server(listener.getsockname()[:2], None if secured is None else secured.getsockname()[:2])
