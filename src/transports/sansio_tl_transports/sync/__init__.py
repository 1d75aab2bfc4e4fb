"""The adapter for blocking sockets: `connect`, `open_client` and `serve`.

    with connect(("127.0.0.1", 443), Config(api_id=...)) as connection:
        sent = connection.invoke(functions.auth.SendCode(...))

Each `connect` or `serve` has a background thread that keeps connections alive; a thread that waits for an answer reads
the socket itself. Any number of threads may invoke at once, and Ctrl-C during a call does not affect the connection.

A forked process has no such thread: inherited connections raise LocalProtocolError there, and are closed on exit
without sending anything. Open new ones in the child process.
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
from sansio_tl_transports._shared.acceptor import MAX_CONNECTIONS, Acceptor, OnError, Servable
from sansio_tl_transports._shared.callbacks import require_plain
from sansio_tl_transports._shared.clock import Clock
from sansio_tl_transports._shared.connect_options import ConnectError, ConnectOptions, check_call
from sansio_tl_transports._shared.connection_runner import (
    CONNECT_TIMEOUT,
    ClientConnectionRunner,
    no_answer,
    no_connection,
)
from sansio_tl_transports._shared.login import LoginInterrupted
from sansio_tl_transports.sync._calls import ask
from sansio_tl_transports.sync._client import Client, open_client
from sansio_tl_transports.sync._listener import listen
from sansio_tl_transports.sync._reactor import Reactor, running
from sansio_tl_transports.sync._seconds import Seconds
from sansio_tl_transports.sync._sockets import Opener
from sansio_tl_transports.sync._waiter import ResultEvent

__all__ = ["Client", "ConnectError", "Connection", "LoginInterrupted", "Server", "connect", "open_client", "serve"]

R = TypeVar("R")


class Connection:
    """A client connection to one data center, made by `connect`."""

    def __init__(self, driver: ClientConnectionRunner[ResultEvent], dc_id: int, reactor: Reactor) -> None:
        self._driver = driver
        self._dc_id = dc_id
        self._reactor = reactor
        self._lock = reactor.lock

    @property
    def auth_key(self) -> AuthKey:
        """The auth key, which identifies this device: save it, and keep it secret."""
        return self._driver.auth_key

    def invoke(self, function: Function[R], *, timeout: float | None = None) -> R:
        """Send a request and wait for its result, `timeout` seconds at most.

        Raises RpcError; TimeoutError; ConnectionLostError when the connection ends before the answer;
        RemoteProtocolError or TransportError when the server caused that; and EncodeError, before anything is sent,
        for a value that cannot be encoded.
        """
        driver = self._driver
        answer = ask(self._reactor, partial(driver.invoke, function), driver.forget, timeout)
        if not answer.event.fired:
            raise TimeoutError(no_answer(function, timeout))
        return answer.get()

    def updates(self) -> Iterator[TLObject]:
        """Messages that the server sends unasked, of type Updates; updatesTooLong where some were missed.

        Ends when this side closes the connection; otherwise raises the error that ended it.
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
        """Run the flow until it needs input or is finished; the connection stays alive during computations.

        Raises TimeoutError when an answer takes longer than `timeout` seconds; `run` may be called again. Returns
        None, or the number of the data center where the flow continues: connect to it and run the flow there.
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
                            raise  # the connection has ended, and the outcome of the request is unknown
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
    """Connect to `(host, port)`, make an auth key unless one is given, and yield the `Connection`; close it on exit.

    Args:
        address: of the data center; a name with several addresses is tried as RFC 8305 recommends.
        config: describes the application, and holds the public keys of the data center.
        auth_key: of an earlier connection.
        framing: one of `sansio_tl.framing.FRAMINGS`, instead of the one in `config`. "http" opens two sockets.
        proxy: a URL (socks5://, http://, tg://proxy, https://t.me/proxy ...) or a `Proxy`.
        tls: whether to use TLS, as wss requires; or an SSL context.
        timeout: seconds for connecting and the handshake together.

    Raises OSError or TimeoutError without an answer; ConnectError or ProxyError when the proxy or TLS fails;
    RemoteProtocolError, TransportError or ConnectionLostError when the handshake fails; EncodeError for a setting that
    cannot be encoded; LocalProtocolError for invalid connect options, and for an invalid address or `Config`.
    """
    check_call(address, config)
    deadline = math.inf if timeout is None else time.monotonic() + timeout
    clock = Clock()
    connect_options = ConnectOptions(framing=framing, proxy=proxy, tls=tls, clock=clock)
    attempts = connect_options.attempts([address])
    try:
        opened = Opener(deadline).open(attempts, connect_options.stagger)
    except TimeoutError:
        raise TimeoutError(no_connection(address, connect_options.through, timeout)) from None
    seconds: Seconds | None = None
    try:
        with running() as reactor:
            config = replace(config, framing=connect_options.framed(config, address))
            driver = ClientConnectionRunner(
                config,
                auth_key,
                clock=clock,
                make_event=ResultEvent,
                changed=reactor.mark_all_changed,
                through=connect_options.through,
            )
            reactor.add(opened.sock, driver, opened.leftover)
            if not driver.ready.event.wait(None if timeout is None else max(0.0, deadline - time.monotonic())):
                raise TimeoutError(no_connection(address, connect_options.through, timeout))
            driver.ready.get()
            if connect_options.polled:
                seconds = Seconds(attempts, driver, reactor)
                reactor.add_timed(seconds)
            yield Connection(driver, config.dc_id, reactor)
        driver.raise_bug()
    finally:
        opened.sock.close()  # unless it is closed already
        if seconds is not None:
            seconds.join()


class Server:
    """A running server; `address` is where it listens."""

    def __init__(self, address: tuple[str, int], tls_address: tuple[str, int] | None = None) -> None:
        self.address = address
        self.tls_address = tls_address
        """The address of the TLS port; None without TLS."""


@contextlib.contextmanager
def serve(
    data_center: Servable,
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    on_event: Callable[[Any], object] | None = None,
    tls: ssl.SSLContext | None = None,
    tls_port: int = 0,
    max_connections: int = MAX_CONNECTIONS,
    on_error: OnError | None = None,
) -> Iterator[Server]:
    """Serve a data center, such as `sansio_tl.testing.DataCenter`; port 0 selects a free port.

    `on_event` is called with each of its events. With `tls` a second port uses TLS, for wss. A connection beyond
    `max_connections` is closed at once; the timeout for the handshakes of TLS and MTProto together counts from
    accepting. A bug ends the one connection where it occurs: `on_error` is called with the exception; by default it is
    logged. On exit, connections are flushed and closed. SystemExit or KeyboardInterrupt of `on_event` or
    `on_error` ends all connections, and is raised on exit. Raises OSError when an address is not available.
    """
    require_plain(on_event=on_event, on_error=on_error)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.create_server((host, port), family=family))
        secured = None
        if tls is not None:
            secured = stack.enter_context(socket.create_server((host, tls_port), family=family))
        reactor = stack.enter_context(running())
        acceptor = Acceptor(data_center, Clock(), reactor.guarded(on_event), max_connections, reactor.guarded(on_error))
        listen(reactor, listener, acceptor.accept)
        if secured is not None:
            listen(reactor, secured, acceptor.accept, tls)
        yield Server(listener.getsockname()[:2], None if secured is None else secured.getsockname()[:2])
