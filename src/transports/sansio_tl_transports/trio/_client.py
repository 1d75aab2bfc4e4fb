"""The trio client: opens and reopens connections as the engine's `Client` requests."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import trio

from sansio_tl import ClientConfig
from sansio_tl.proxy import Proxy
from sansio_tl.trace import Tracer
from sansio_tl_transports._shared.async_client import TaskClient
from sansio_tl_transports._shared.async_stored_session import stored_session
from sansio_tl_transports._shared.awaited_save import awaited_save
from sansio_tl_transports._shared.client_runner import ClientRunner, PendingConnect, Report, Save
from sansio_tl_transports._shared.clock import Clock
from sansio_tl_transports._shared.connect_gate import GATE
from sansio_tl_transports._shared.connect_options import ConnectOptions, Failure
from sansio_tl_transports._shared.stored_session import DEFAULT_LEASE, check_arguments
from sansio_tl_transports._shared.waiter import Hook
from sansio_tl_transports.stores.base import AnyStore, LeaseOptions
from sansio_tl_transports.trio._pump import DeadlineTimer, EventLoop
from sansio_tl_transports.trio._sockets import run_socket
from sansio_tl_transports.trio._tasks import tasks_inside


class Client(TaskClient[trio.Event]):
    """The client of one account, made by `open_client`. Any number of tasks may use it at once."""


@contextlib.asynccontextmanager
async def open_client(
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
) -> AsyncIterator[Client]:
    """Yield a `Client`; on exit, close all connections. Connections are opened when there is a request.

    Args:
        config: the settings of the client, and the addresses of data centers.
        snapshot: the result of `Client.snapshot`, in this process or another.
        framing: one of `sansio_tl.framing.FRAMINGS`, instead of the one in `config`.
        proxy: a URL (socks5://, http://, tg://proxy, https://t.me/proxy ...) or a `Proxy`.
        tls: whether to use TLS, as wss requires; or an SSL context.
        on_event: called with each event of the client except answers and updates: ConnectionLost, AuthorizationLost ...
            It must be a plain function.
        save: called with a new snapshot whenever it has changed. It may be async: then it is awaited, one call at a
            time with the newest state, and on exit for the last time.
        tracer: records what happens (`sansio_tl.trace`), for example one of `sansio_tl_transports.tracing`.
        store: a `SessionStore` or `AsyncSessionStore` of `sansio_tl_transports.stores`, instead of `snapshot`: the
            session `name` is loaded from it, saved in it whenever it has changed, and used by this client alone as
            long as its lease is valid. Without the lease the client stops.
        name: of the session in the store.
        lease: how long the lease is valid, and how long to wait for it.

    Raises LocalProtocolError for an invalid snapshot or invalid connect options, EncodeError for a setting that cannot
    be encoded, TypeError for an async `on_event`; and what `on_event` or `save` raised. Raises LeaseHeldError
    while another client has the session, LeaseLostError when this one had to stop, StoreError of the store.
    """
    check_arguments(store, name, snapshot, library="trio")
    loop = EventLoop()
    clock = Clock(loop.time)
    connect_options = ConnectOptions(framing=framing, proxy=proxy, tls=tls, clock=clock)
    changed = Hook()
    async with stored_session(loop, store, name, lease) as session:
        async with awaited_save(loop, save) as saver:
            driver = ClientRunner(
                config,
                snapshot,
                connect_options=connect_options,
                clock=clock,
                make_event=trio.Event,
                changed=changed,
                run_job=loop.run_job,
                on_event=on_event,
                save=None if saver is None else saver.put,
                tracer=tracer,
                session=session,
            )
            if saver is not None:
                saver.on_failure = driver.fail
            async with tasks_inside() as tasks:
                loop.tasks = tasks
                tasks.start_soon(ClientConnector(driver, changed).run)
                try:
                    yield Client(driver, loop)
                finally:
                    driver.close()
        driver.raise_bug()


class ClientConnector:
    """Opens connections as the client requests, and calls it at its deadlines."""

    def __init__(self, driver: ClientRunner[trio.Event], changed: Hook) -> None:
        self._driver = driver
        self._changed = changed
        self._gate = GATE.get()
        self._timer = DeadlineTimer(driver.deadline, driver.tick)
        self._over = trio.CancelScope()
        self._connections: trio.Nursery

    async def run(self) -> None:
        """Run until the client is closed."""
        async with trio.open_nursery() as self._connections:
            self._changed.listener = self._on_change
            self._on_change()
            with self._over:
                await self._timer.run()

    def _on_change(self) -> None:
        """Process a change: send, open pending connections, or end."""
        driver = self._driver
        try:
            driver.flush()
            while (pending := driver.next_connect()) is not None:
                scope = trio.CancelScope()
                pending.cancel = scope.cancel
                self._connections.start_soon(self._run_connection, pending, scope)
        except Exception as bug:  # noqa: BLE001  of the engine or the adapter, not of the current task
            driver.fail(bug)
        if driver.closed:
            self._over.cancel()
        else:
            self._timer.update()

    async def _run_connection(self, pending: PendingConnect, scope: trio.CancelScope) -> None:
        """One connection, from opening to its end. The scope is cancelled only before it is open."""
        driver = self._driver
        try:
            with scope:
                if self._gate is not None:
                    await self._gate()
                await run_socket(pending.attempts, driver.stagger, partial(driver.connection_made, pending), Hook())
        except Failure as error:
            driver.connection_failed(pending, error)
        except Exception as bug:  # noqa: BLE001  it ends this client only
            driver.fail(bug)
