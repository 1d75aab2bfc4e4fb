"""The adapter for blocking sockets: `connect`, `open_client` and `serve`.

    with connect(("127.0.0.1", 443), Config(api_id=...)) as connection:
        sent = connection.invoke(functions.auth.SendCode(...))

A worker thread of each `connect`, `open_client` or `serve` does all I/O; other threads wait for its results. Any number
of threads may invoke at once, and Ctrl-C during a call does not affect the connection.

A forked process has no worker thread: inherited connections raise LocalProtocolError there, and are closed on exit
without sending anything. Open new ones in the child process.
"""

from __future__ import annotations

import contextlib
import math
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, TypeVar

from sansio_tl import AuthKey, Config, Function, TLObject
from sansio_tl.auth import Flow
from sansio_tl.proxy import Proxy
from sansio_tl.trace import Tracer
from sansio_tl_transports import ConnectError, LoginInterrupted
from sansio_tl_transports._shared.acceptor import MAX_CONNECTIONS, Acceptor, OnError, Servable, Server
from sansio_tl_transports._shared.callbacks import require_callbacks
from sansio_tl_transports._shared.clock import Clock
from sansio_tl_transports._shared.connect_options import (
    PAUSE,
    Attempt,
    Failure,
)
from sansio_tl_transports._shared.connect_plan import ConnectPlan
from sansio_tl_transports._shared.connection_runner import (
    CONNECT_TIMEOUT,
    ClientConnectionRunner,
)
from sansio_tl_transports._shared.opening import opening
from sansio_tl_transports._shared.properties import ConnectionProperties
from sansio_tl_transports.sync._client import Client, iterate_updates, open_client
from sansio_tl_transports.sync._opener import (
    Steps,
    Wait,
    accept_sockets,
    limited,
    open_socket,
    start_opened,
    start_task,
)
from sansio_tl_transports.sync._pump import start_pump
from sansio_tl_transports.sync._waiter import Answer, ResultEvent
from sansio_tl_transports.sync._worker import Worker, running

__all__ = ["Client", "ConnectError", "Connection", "LoginInterrupted", "Server", "connect", "open_client", "serve"]

R = TypeVar("R")


class Connection(ConnectionProperties[ResultEvent]):
    """A client connection to one data center, made by `connect`."""

    def __init__(self, driver: ClientConnectionRunner[ResultEvent], worker: Worker) -> None:
        super().__init__(driver)
        self._worker = worker

    def invoke(self, function: Function[R], *, timeout: float | None = None) -> R:
        """Send a request and wait for its result, `timeout` seconds at most.

        Raises RpcError; TimeoutError; ConnectionLostError when the connection ends before the answer;
        RemoteProtocolError or TransportError when the server caused that; and EncodeError, before anything is sent,
        for a value that cannot be encoded.
        """
        return self._worker.ask(self._driver, partial(self._driver.invoke, function), function, timeout)

    def updates(self) -> Iterator[TLObject]:
        """Messages that the server sends unasked, of type Updates; updatesTooLong where some were missed.

        Ends when this side closes the connection; otherwise raises the error that ended it.
        """
        return iterate_updates(self._worker, self._driver)

    def run(self, flow: Flow[Any], *, timeout: float | None = None) -> int | None:
        """Run the flow until it needs input or is finished; the connection stays alive during computations.

        Raises TimeoutError when an answer takes longer than `timeout` seconds; `run` may be called again. Returns
        None, or the number of the data center where the flow continues: connect to it and run the flow there.
        """
        return self._worker.run_flow(self._driver, flow, timeout)


@opening("connection")
def connect(
    address: tuple[str, int],
    config: Config,
    *,
    auth_key: AuthKey | None = None,
    framing: str | None = None,
    proxy: str | Proxy | None = None,
    tls: bool | ssl.SSLContext = False,
    timeout: float | None = CONNECT_TIMEOUT,
    tracer: Tracer | None = None,
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
        tracer: records what happens (`sansio_tl.trace`), for example one of `sansio_tl_transports.tracing`.

    Raises OSError or TimeoutError without an answer; ConnectError or ProxyError when the proxy or TLS fails;
    RemoteProtocolError, TransportError or ConnectionLostError when the handshake fails; EncodeError for a setting that
    cannot be encoded; LocalProtocolError for invalid connect options, and for an invalid address or `Config`;
    ComputationError when no thread can be started.
    """
    plan = ConnectPlan(
        address,
        config,
        auth_key=auth_key,
        framing=framing,
        proxy=proxy,
        tls=tls,
        timeout=timeout,
        tracer=tracer,
        clock=Clock(),
    )
    deadline = math.inf if timeout is None else time.monotonic() + timeout
    with running() as worker:
        opened: Answer[ClientConnectionRunner[ResultEvent]] = Answer(worker.make_event())

        def make_runner(changed: Callable[[], None]) -> ClientConnectionRunner[ResultEvent]:
            driver = plan.make_runner(worker.make_event, changed, worker.run_job)
            opened.succeed(driver)
            return driver

        def begin() -> Steps[None]:
            try:
                found = yield from open_socket(plan.attempts, plan.stagger)
            except Failure as error:
                opened.fail(error)
            else:
                start_opened(worker, found, make_runner)

        def left() -> float | None:
            return None if timeout is None else deadline - time.monotonic()

        start_task(worker, begin(), opened.fail)
        if not (opened.event.wait(left()) and opened.get().ready.wait(left())):
            raise TimeoutError(plan.no_connection)
        driver = opened.get()
        driver.require_ready()
        if plan.polled:
            start_task(worker, _keep_second(plan.attempts, driver, worker), driver.fail)
        yield Connection(driver, worker)
    driver.raise_bug()


def _keep_second(attempts: list[Attempt], driver: ClientConnectionRunner[ResultEvent], worker: Worker) -> Steps[None]:
    """For HTTP: keep a second socket open for the session, so that requests need not wait for the long poll."""
    while not driver.closed:
        second = None
        with contextlib.suppress(*Failure):
            opened = yield from limited(open_socket(attempts, None), CONNECT_TIMEOUT)
            second = start_pump(worker, opened.sock, driver.second, opened.leftover)
        yield Wait(until=time.monotonic() + PAUSE)
        while second is not None and not second.closed:
            yield Wait(until=time.monotonic() + PAUSE)


@opening("server")
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
    require_callbacks(on_event=on_event, on_error=on_error)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.create_server((host, port), family=family))
        secured = None
        if tls is not None:
            secured = stack.enter_context(socket.create_server((host, tls_port), family=family))
        address = listener.getsockname()[:2]
        tls_address = None if secured is None else secured.getsockname()[:2]
        worker = stack.enter_context(running())
        acceptor = Acceptor(
            data_center,
            Clock(),
            worker.call_soon,
            worker.guarded(on_event),
            max_connections,
            worker.guarded(on_error),
            run_job=worker.run_job,
        )
        for sock, context in ((listener, None), (secured, tls)):
            if sock is not None:
                start_task(worker, accept_sockets(worker, sock, acceptor, context), worker.fail)
        yield Server(address, tls_address)
