"""Opens asyncio sockets by the connect options, with proxy handshake and TLS."""

from __future__ import annotations

import asyncio
import contextlib
import math
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import zip_longest
from typing import Any, TypeVar

from sansio_tl.proxy.carrier import Carrier
from sansio_tl_transports._shared.async_opener import begin
from sansio_tl_transports._shared.connect_options import (
    HAPPY_EYEBALLS_DELAY,
    PAUSE,
    Attempt,
    Failure,
    NotReached,
    combined_error,
    describe_error,
)
from sansio_tl_transports._shared.connection_runner import CONNECT_TIMEOUT, ConnectionRunner
from sansio_tl_transports._shared.waiter import Hook
from sansio_tl_transports._shared.web_lanes import WebLanes
from sansio_tl_transports.asyncio._pump import Signal, SocketPump
from sansio_tl_transports.asyncio._stream import Wire

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Opened:
    """A socket connected to the data center."""

    wire: Wire
    attempt: Attempt
    leftover: bytes = b""
    """Bytes of the data center that were received with the proxy's answer."""
    carrier: Carrier | None = None
    """Carries the bytes through a WEB proxy."""


async def open_socket(attempts: Sequence[Attempt], stagger: float | None) -> Opened:
    """Make these attempts until one connects: another one every `stagger` seconds, or when one has failed.

    Raises OSError (ConnectError among them) or ProxyError when none does.
    """
    if len(attempts) == 1:
        return await _open(attempts[0])
    openers = [partial(_open, attempt) for attempt in attempts]
    return await _race(openers, stagger, close=lambda opened: opened.wire.transport.abort())


async def _race(
    openers: Sequence[Callable[[], Coroutine[Any, Any, T]]], stagger: float | None, *, close: Callable[[T], None]
) -> T:
    """The result of the first successful attempt; another one starts every `stagger` seconds, or when one has failed.

    Sockets of other attempts are closed, also when cancelled. Raises OSError or ProxyError when all have failed.
    """
    waiting = list(openers)
    tasks: list[asyncio.Task[T]] = []
    winner: asyncio.Task[T] | None = None

    def abandon(task: asyncio.Task[T]) -> None:
        task.add_done_callback(lambda task: close(task.result()) if _successful([task]) else None)
        task.cancel()

    try:
        while winner is None and (waiting or not all(task.done() for task in tasks)):
            if waiting:
                tasks.append(asyncio.create_task(waiting.pop(0)()))
            running = [task for task in tasks if not task.done()]
            await asyncio.wait(running, timeout=stagger if waiting else None, return_when=asyncio.FIRST_COMPLETED)
            winner = _successful(tasks)
        losers = [task for task in tasks if task is not winner]
        for task in losers:
            abandon(task)
        if losers:
            await asyncio.wait(losers)
    except BaseException:
        for task in tasks:
            abandon(task)
        raise
    if winner is None:
        raise combined_error([error for task in tasks if isinstance(error := task.exception(), Exception)])
    return winner.result()


def _successful(tasks: Sequence[asyncio.Task[T]]) -> asyncio.Task[T] | None:
    """A successful attempt. Raises exceptions that are bugs."""
    for task in tasks:
        if task.done() and not task.cancelled():
            error = task.exception()
            if error is None:
                return task
            if not isinstance(error, Failure):
                raise error
    return None


async def _connect(attempt: Attempt) -> Wire:
    """Open a socket. asyncio's own happy eyeballs may leak a socket when cancelled."""
    loop = asyncio.get_running_loop()

    async def action(host: str) -> Wire:
        _, wire = await loop.create_connection(Wire, host, attempt.port)
        return wire

    if attempt.is_address:
        return await action(attempt.host)
    found = await loop.getaddrinfo(attempt.host, attempt.port, type=socket.SOCK_STREAM)
    by_family: dict[int, list[str]] = {}
    for family, _, _, _, address in found:
        by_family.setdefault(family, []).append(str(address[0]))
    alternating = [
        host for turn in zip_longest(*by_family.values()) for host in turn if host is not None
    ]  # RFC 8305, 4
    return await _race(
        [partial(action, host) for host in alternating], HAPPY_EYEBALLS_DELAY, close=lambda wire: wire.transport.abort()
    )


async def _open(attempt: Attempt) -> Opened:
    try:
        wire = await _connect(attempt)
    except NotReached as error:
        raise attempt.failed(error) from error
    try:
        return Opened(wire, attempt, *await begin(wire, attempt))
    except BaseException:
        await wire.abort()
        raise


async def run_socket(
    attempts: Sequence[Attempt],
    stagger: float | None,
    make_runner: Callable[[Attempt, Callable[[], None]], ConnectionRunner | None],
    changed: Hook,
) -> None:
    """Open a socket, and transfer its bytes until the connection is closed. None of `make_runner` closes it.

    Raises what `open_socket` raises.
    """
    opened = await open_socket(attempts, stagger)
    runner = make_runner(opened.attempt, changed)
    if runner is None:
        await opened.wire.abort()
    else:
        await pump(opened, runner, changed)


async def pump(opened: Opened, runner: ConnectionRunner, changed: Hook) -> None:
    """Transfer the bytes of a connection until it is closed."""
    if opened.carrier is None:
        await SocketPump(opened.wire, runner, changed, opened.leftover).run()
        return
    lanes = WebLanes(opened.carrier, runner)
    changed.listener = lanes.wake
    attempt = replace(opened.attempt, continues=True)
    try:
        async with asyncio.TaskGroup() as tasks:
            others = [tasks.create_task(_run_lane(lanes, index, None, attempt)) for index in range(1, len(lanes))]
            await _run_lane(lanes, 0, opened.wire, attempt)
            for other in others:
                other.cancel()
    finally:
        changed.listener = None


async def _run_lane(lanes: WebLanes, index: int, wire: Wire | None, attempt: Attempt) -> None:
    """One connection to the relay of a WEB proxy after another."""
    loop = asyncio.get_running_loop()
    while True:
        began = loop.time()
        try:
            if wire is None:
                async with asyncio.timeout(CONNECT_TIMEOUT):
                    wire = (await _open(attempt)).wire
        except Failure as error:
            lanes.open_failed(index, describe_error(error))
        else:
            hook = Hook()
            if (runner := lanes.make_runner(index, hook)) is None:
                await wire.abort()
            else:
                await SocketPump(wire, runner, hook).run()
        if not lanes.reopens(index):
            return
        wire = None
        if loop.time() < began + PAUSE:
            await asyncio.sleep(PAUSE)


async def begin_server_tls(wire: Wire, driver: ConnectionRunner, changed: Signal, context: ssl.SSLContext) -> None:
    """The TLS handshake of the server. Raises OSError or EOFError, and TimeoutError at the runner's deadline."""
    deadline = driver.deadline()
    async with asyncio.timeout_at(None if deadline == math.inf else deadline) as limit:

        def on_change() -> None:
            if driver.closed and not limit.expired():
                limit.reschedule(0)

        changed.listener = on_change
        try:
            on_change()
            await wire.begin_tls(context)
        finally:
            changed.listener = None


@contextlib.asynccontextmanager
async def until(deadline: float, otherwise: str) -> AsyncIterator[None]:
    """Raise a TimeoutError with a text when the deadline passes."""
    try:
        async with asyncio.timeout_at(None if deadline == math.inf else deadline):
            yield
    except TimeoutError:
        raise TimeoutError(otherwise) from None


@contextlib.asynccontextmanager
async def tasks_inside() -> AsyncIterator[asyncio.TaskGroup]:
    """A task group that raises the exception of its body itself, not an exception group."""
    failure: Exception | None = None
    async with asyncio.TaskGroup() as tasks:
        try:
            yield tasks
        except Exception as error:  # noqa: BLE001
            failure = error
    if failure is not None:
        raise failure
