"""`connect`, `open_client` and `serve` of the async adapters."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Generic, TypeVar

from sansio_tl import AuthKey, ClientConfig, Config
from sansio_tl.proxy import Proxy
from sansio_tl.trace import Tracer
from sansio_tl_transports._shared.acceptor import MAX_CONNECTIONS, Acceptor, OnError, Servable, Server
from sansio_tl_transports._shared.async_backend import AnyWire, AsyncBackend, OpenedWire
from sansio_tl_transports._shared.async_client import TaskClient, TaskConnection
from sansio_tl_transports._shared.async_stored_session import stored_session
from sansio_tl_transports._shared.awaited_save import awaited_save
from sansio_tl_transports._shared.client_runner import ClientRunner, PendingConnect, Report, Save
from sansio_tl_transports._shared.clock import Clock
from sansio_tl_transports._shared.connect_gate import GATE
from sansio_tl_transports._shared.connect_options import PAUSE, Attempt, ConnectOptions, Failure, describe_error
from sansio_tl_transports._shared.connect_plan import ConnectPlan
from sansio_tl_transports._shared.connection_runner import CONNECT_TIMEOUT, ClientConnectionRunner, ConnectionRunner
from sansio_tl_transports._shared.opening import async_opening
from sansio_tl_transports._shared.stored_session import DEFAULT_LEASE, check_arguments
from sansio_tl_transports._shared.waiter import E, Hook
from sansio_tl_transports._shared.web_lanes import WebLanes
from sansio_tl_transports.stores.base import AnyStore, LeaseOptions

ConnectionT = TypeVar("ConnectionT", bound=TaskConnection)
ClientT = TypeVar("ClientT", bound=TaskClient)


class AsyncAdapter(Generic[E, ConnectionT, ClientT]):
    """The public functions of one adapter."""

    def __init__(
        self, make_backend: Callable[[], AsyncBackend[E]], connection: type[ConnectionT], client: type[ClientT]
    ) -> None:
        """`make_backend` is called in the loop of each call; the others are the public classes."""
        self._make_backend = make_backend
        self._connection = connection
        self._client = client

    @async_opening("connection")
    async def connect(
        self,
        address: tuple[str, int],
        config: Config,
        *,
        auth_key: AuthKey | None = None,
        framing: str | None = None,
        proxy: str | Proxy | None = None,
        tls: bool | ssl.SSLContext = False,
        timeout: float | None = CONNECT_TIMEOUT,  # noqa: ASYNC109  one for connecting and the handshake together
        tracer: Tracer | None = None,
    ) -> AsyncIterator[ConnectionT]:
        """Connect to `(host, port)`, make an auth key unless one is given, yield the `Connection`, close it on exit.

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
        RemoteProtocolError, TransportError or ConnectionLostError when the handshake fails; EncodeError for a setting
        that cannot be encoded; LocalProtocolError for invalid connect options, and for an invalid address or `Config`;
        ComputationError when the threads of the loop fail.
        """
        backend = self._make_backend()
        plan = ConnectPlan(
            address,
            config,
            auth_key=auth_key,
            framing=framing,
            proxy=proxy,
            tls=tls,
            timeout=timeout,
            tracer=tracer,
            clock=Clock(backend.time),
        )
        deadline = backend.in_(timeout)
        opening = backend.open_socket(plan.attempts, plan.stagger)
        opened = await backend.within(deadline, opening, plan.no_connection)
        changed = backend.make_signal()
        runner = plan.make_runner(backend.make_event, changed, backend.run_job)
        async with backend.running():
            backend.start(partial(_transfer, backend, opened, runner, changed))
            cancel_second: Callable[[], object] = lambda: None  # noqa: E731
            try:
                await backend.within(deadline, backend.wait_alone(runner.ready, None), plan.no_connection)
                runner.require_ready()
                if plan.polled:
                    cancel_second = backend.start(partial(_keep_second, backend, plan.attempts, runner))
                yield self._connection(runner, backend)
            finally:
                runner.close()
                cancel_second()
        runner.raise_bug()

    @async_opening("client")
    async def open_client(
        self,
        config: ClientConfig,
        snapshot: dict[str, Any] | None = None,
        *,
        framing: str | None = None,
        proxy: str | Proxy | None = None,
        tls: bool | ssl.SSLContext = False,
        on_event: Report | None = None,
        save: Save | None = None,
        tracer: Tracer | None = None,
        store: AnyStore | None = None,
        name: str | None = None,
        lease: LeaseOptions = DEFAULT_LEASE,
    ) -> AsyncIterator[ClientT]:
        """Yield a `Client`; on exit, close all connections. Connections are opened when there is a request.

        Args:
            config: the settings of the client, and the addresses of data centers.
            snapshot: the result of `Client.snapshot`, in this process or another.
            framing: one of `sansio_tl.framing.FRAMINGS`, instead of the one in `config`.
            proxy: a URL (socks5://, http://, tg://proxy, https://t.me/proxy ...) or a `Proxy`.
            tls: whether to use TLS, as wss requires; or an SSL context.
            on_event: called with each event of the client except answers and updates: ConnectionLost ... It must be a
                plain function.
            save: called with a new snapshot whenever it has changed. It may be async: then it is awaited, one call at a
                time with the newest state, and on exit for the last time.
            tracer: records what happens (`sansio_tl.trace`), for example one of `sansio_tl_transports.tracing`.
            store: a `SessionStore` or `AsyncSessionStore` of `sansio_tl_transports.stores`, instead of `snapshot`: the
                session `name` is loaded from it, saved in it whenever it has changed, and used by this client alone as
                long as its lease is valid. Without the lease the client stops.
            name: of the session in the store.
            lease: how long the lease is valid, and how long to wait for it.

        Raises LocalProtocolError for an invalid snapshot or invalid connect options, EncodeError for a setting that
        cannot be encoded, TypeError for an async `on_event`; and what `on_event` or `save` raised. Raises
        LeaseHeldError while another client has the session, LeaseLostError when this one had to stop, StoreError of the
        store, ComputationError when the threads of the loop fail, which ends the client.
        """
        backend = self._make_backend()
        check_arguments(store, name, snapshot, library=backend.library)
        clock = Clock(backend.time)
        connect_options = ConnectOptions(framing=framing, proxy=proxy, tls=tls, clock=clock)
        changed = backend.make_signal()
        async with stored_session(backend, store, name, lease) as session:
            async with awaited_save(backend, save) as saver:
                runner = ClientRunner(
                    config,
                    snapshot,
                    connect_options=connect_options,
                    clock=clock,
                    make_event=backend.make_event,
                    changed=changed,
                    run_job=backend.run_job,
                    on_event=on_event,
                    save=None if saver is None else saver.put,
                    tracer=tracer,
                    session=session,
                )
                if saver is not None:
                    saver.on_failure = runner.fail
                async with backend.running():
                    connector = TaskConnector(backend, runner, changed)
                    try:
                        yield self._client(runner, backend)
                    finally:
                        runner.close()
                        connector.update()
            runner.raise_bug()

    @async_opening("server")
    async def serve(
        self,
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
        accepting. A bug ends the one connection where it occurs: `on_error` is called with the exception; by default it
        is logged. On exit, connections are flushed and closed. Raises OSError when an address is not available.
        """
        backend = self._make_backend()
        clock = Clock(backend.time)
        acceptor = Acceptor(
            data_center, clock, backend.call_soon, on_event, max_connections, on_error, run_job=backend.run_job
        )

        def accept(context: ssl.SSLContext | None, wire: AnyWire) -> None:
            changed = backend.make_signal()
            runner = acceptor.accept(changed)
            if runner is None:
                wire.close()
                return
            cancel = backend.start(partial(_serve, backend, wire, runner, changed, context), wire.close)
            if context is not None:  # until `transfer` listens
                changed.listener = lambda: cancel() if runner.closed else None

        async with backend.running():
            with contextlib.ExitStack() as stack:
                stack.callback(acceptor.close)
                address, end = await backend.listen(host, port, partial(accept, None))
                stack.callback(end)
                tls_address = None
                if tls is not None:
                    tls_address, end = await backend.listen(host, tls_port, partial(accept, tls))
                    stack.callback(end)
                yield Server(address, tls_address)


class TaskConnector(Generic[E]):
    """Opens connections as the client requests, and calls it at its deadlines."""

    def __init__(self, backend: AsyncBackend[E], runner: ClientRunner[E], changed: Hook) -> None:
        """Inside `AsyncBackend.running`."""
        self._backend = backend
        self._runner = runner
        self._gate = GATE.get()
        self._timer = backend.start_timer(runner.deadline, self._tick)
        changed.listener = self.update
        self.update()

    def update(self) -> None:
        """Process a change: send, open connections, set the timer, or end."""
        runner = self._runner
        try:
            runner.flush()
            while (pending := runner.next_connect()) is not None:
                pending.cancel = self._backend.start(partial(self._run_connection, pending))
        except Exception as bug:  # noqa: BLE001  of the engine or the adapter, not of the current task
            runner.fail(bug)
        if runner.closed:
            self._timer.cancel()
        else:
            self._timer.update()

    def _tick(self) -> None:
        self._runner.tick()
        self.update()

    async def _run_connection(self, pending: PendingConnect) -> None:
        """One connection, from opening to its end. It is cancelled only before it is open."""
        runner = self._runner
        make_runner = partial(runner.connection_made, pending)
        try:
            if self._gate is not None:
                await self._gate()
            await _run_socket(self._backend, pending.attempts, runner.stagger, make_runner)
        except Failure as error:
            runner.connection_failed(pending, error)
        except Exception as bug:  # noqa: BLE001  it ends this client only
            runner.fail(bug)


async def _run_socket(
    backend: AsyncBackend[E],
    attempts: Sequence[Attempt],
    stagger: float | None,
    make_runner: Callable[[Attempt, Callable[[], None]], ConnectionRunner | None],
) -> None:
    """Open a socket, and transfer its bytes until the connection is closed. None of `make_runner` closes it.

    Raises what `open_socket` raises.
    """
    opened = await backend.open_socket(attempts, stagger)
    changed = Hook()
    runner: ConnectionRunner | None = None
    try:
        runner = make_runner(opened.attempt, changed)
    finally:
        if runner is None:
            await opened.wire.abort()
    if runner is not None:
        await _transfer(backend, opened, runner, changed)


async def _transfer(backend: AsyncBackend[E], opened: OpenedWire, runner: ConnectionRunner, changed: Hook) -> None:
    """Transfer the bytes of a connection until it is closed."""
    if opened.carrier is None:
        await backend.transfer(opened.wire, runner, changed, opened.leftover)
        return
    lanes = WebLanes(opened.carrier, runner)
    changed.listener = lanes.wake
    attempt = replace(opened.attempt, continues=True)
    run = partial(_run_lane, backend, lanes, attempt)
    others = [backend.start(partial(run, index)) for index in range(1, len(lanes))]
    try:
        await run(0, opened.wire)
    finally:
        changed.listener = None
        for cancel in others:
            cancel()


async def _run_lane(
    backend: AsyncBackend[E], lanes: WebLanes, attempt: Attempt, index: int, wire: AnyWire | None = None
) -> None:
    """One connection to the relay of a WEB proxy after another."""
    while True:
        next_at = backend.in_(PAUSE)
        try:
            if (current := wire) is None:
                opening, deadline = backend.open_socket([attempt], None), backend.in_(CONNECT_TIMEOUT)
                current = (await backend.within(deadline, opening, "no answer in time")).wire
            changed = backend.make_signal()  # one lane wakes another while its own pump runs
            if (runner := lanes.make_runner(index, changed)) is None:
                await current.abort()
            else:
                await backend.transfer(current, runner, changed)
        except Failure as error:
            lanes.open_failed(index, describe_error(error))
        except Exception as bug:  # noqa: BLE001  it ends this stream only
            lanes.runner.fail(bug)
        if not lanes.reopens(index):
            return
        wire = None
        if backend.time() < next_at:
            await backend.wait(backend.make_event(), backend.in_(PAUSE))


async def _keep_second(
    backend: AsyncBackend[E], attempts: Sequence[Attempt], runner: ClientConnectionRunner[E]
) -> None:
    """For HTTP: keep a second socket open for the session, so that requests need not wait for the long poll."""
    while not runner.closed:
        try:
            await _run_socket(backend, attempts, None, lambda _, changed: runner.second(changed))
        except Failure:
            pass
        except Exception as bug:  # noqa: BLE001
            runner.fail(bug)
        await backend.wait(backend.make_event(), backend.in_(PAUSE))


async def _serve(
    backend: AsyncBackend[Any], wire: AnyWire, runner: ConnectionRunner, changed: Hook, tls: ssl.SSLContext | None
) -> None:
    """Run one connection of a server until its end."""
    try:
        if tls is not None:
            await backend.within(runner.deadline(), wire.begin_tls(tls), "no TLS handshake in time")
        await backend.transfer(wire, runner, changed)
    except (OSError, EOFError) as error:
        runner.lost(error)
    except Exception as bug:  # noqa: BLE001
        runner.fail(bug)
