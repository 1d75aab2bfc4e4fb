"""Sockets on asyncio: opening them as a `Way` says, and carrying bytes between them and a driver."""

from __future__ import annotations

import asyncio
import contextlib
import math
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import zip_longest
from typing import Any, TypeVar

from sansio_tl.proxy import ProxyError, ProxyHandshake
from sansio_tl_transports._shared.connect_options import HAPPY_EYEBALLS_DELAY, Attempt, Failure, NotReached, none_led
from sansio_tl_transports._shared.connection_runner import ConnectionRunner
from sansio_tl_transports.asyncio._pump import Signal
from sansio_tl_transports.asyncio._stream import Wire

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Opened:
    """A socket that leads to the data center."""

    wire: Wire
    attempt: Attempt
    leftover: bytes = b""
    """What the data center said already while we talked with the proxy."""


async def open_way(attempts: Sequence[Attempt], stagger: float | None) -> Opened:
    """Try these until one leads to the data center: another one every `stagger` seconds, or when one has failed.

    Raises OSError (ConnectError among them) or ProxyError when none does.
    """
    if len(attempts) == 1:
        return await _open(attempts[0])
    openers = [partial(_open, attempt) for attempt in attempts]
    return await _race(openers, stagger, close=lambda opened: opened.wire.transport.abort())


async def _race(
    openers: Sequence[Callable[[], Coroutine[Any, Any, T]]], stagger: float | None, *, close: Callable[[T], None]
) -> T:
    """What the first of these has opened; another one is started every `stagger` seconds, or when one has failed.

    What others open is closed, wherever a cancellation hits. Raises OSError or ProxyError when none has.
    """
    waiting = list(openers)
    tasks: list[asyncio.Task[T]] = []
    winner: asyncio.Task[T] | None = None

    def give_up(task: asyncio.Task[T]) -> None:
        task.add_done_callback(lambda task: close(task.result()) if _winner([task]) else None)
        task.cancel()

    try:
        while winner is None and (waiting or not all(task.done() for task in tasks)):
            if waiting:
                tasks.append(asyncio.create_task(waiting.pop(0)()))
            running = [task for task in tasks if not task.done()]
            await asyncio.wait(running, timeout=stagger if waiting else None, return_when=asyncio.FIRST_COMPLETED)
            winner = _winner(tasks)
        losers = [task for task in tasks if task is not winner]
        for task in losers:
            give_up(task)
        if losers:
            await asyncio.wait(losers)
    except BaseException:
        for task in tasks:
            give_up(task)
        raise
    if winner is None:
        raise none_led([error for task in tasks if isinstance(error := task.exception(), Exception)])
    return winner.result()


def _winner(tasks: Sequence[asyncio.Task[T]]) -> asyncio.Task[T] | None:
    """One that has opened something. Raises what is no failure but a bug."""
    for task in tasks:
        if task.done() and not task.cancelled():
            error = task.exception()
            if error is None:
                return task
            if not isinstance(error, Failure):
                raise error
    return None


async def _dial(attempt: Attempt) -> Wire:
    """A socket. The race of asyncio itself between a name's addresses may lose one when it is cancelled."""
    loop = asyncio.get_running_loop()

    async def dial(host: str) -> Wire:
        _, wire = await loop.create_connection(Wire, host, attempt.port)
        return wire

    if attempt.is_address:
        return await dial(attempt.host)
    found = await loop.getaddrinfo(attempt.host, attempt.port, type=socket.SOCK_STREAM)
    by_family: dict[int, list[str]] = {}
    for family, _, _, _, address in found:
        by_family.setdefault(family, []).append(str(address[0]))
    by_turns = [host for turn in zip_longest(*by_family.values()) for host in turn if host is not None]  # RFC 8305, 4
    return await _race(
        [partial(dial, host) for host in by_turns], HAPPY_EYEBALLS_DELAY, close=lambda wire: wire.transport.abort()
    )


async def _open(attempt: Attempt) -> Opened:
    try:
        wire = await _dial(attempt)
    except NotReached as error:
        raise attempt.failed(error) from error
    try:
        road = attempt.road()
        if road is not None:
            await _talk(wire, road, attempt)
        leftover = b"" if road is None else road.leftover
        if attempt.tls is not None:
            await _begin_tls(wire, attempt, attempt.tls, leftover)
            leftover = b""
    except BaseException:
        await wire.abort()
        raise
    return Opened(wire, attempt, leftover)


async def _talk(wire: Wire, road: ProxyHandshake, attempt: Attempt) -> None:
    try:
        while not road.done:
            wire.transport.write(road.data_to_send())
            if data := await wire.read():
                road.receive_data(data)
            else:
                road.receive_eof()
    except Failure as error:
        raise attempt.talk_failed(road, error) from error


async def _begin_tls(wire: Wire, attempt: Attempt, context: ssl.SSLContext, leftover: bytes) -> None:
    if leftover:
        raise ProxyError("TLS", "the server spoke first")
    try:
        await wire.begin_tls(context, attempt.target[0])
    except (OSError, EOFError) as error:
        raise attempt.tls_failed(error) from error


async def begin_server_tls(wire: Wire, driver: ConnectionRunner, changed: Signal, context: ssl.SSLContext) -> None:
    """The server's end of it. Raises OSError or EOFError, TimeoutError when the driver has no more time for it."""
    deadline = driver.deadline()
    async with asyncio.timeout_at(None if deadline == math.inf else deadline) as limit:

        def look() -> None:
            if driver.closed and not limit.expired():
                limit.reschedule(0)

        changed.add(look)
        try:
            look()
            await wire.begin_tls(context)
        finally:
            changed.remove(look)


@contextlib.asynccontextmanager
async def until(deadline: float, otherwise: str) -> AsyncIterator[None]:
    """Raise a TimeoutError that says something when the deadline passes."""
    try:
        async with asyncio.timeout_at(None if deadline == math.inf else deadline):
            yield
    except TimeoutError:
        raise TimeoutError(otherwise) from None


@contextlib.asynccontextmanager
async def tasks_inside() -> AsyncIterator[asyncio.TaskGroup]:
    """A task group that lets an exception of its body out as it is, in no group."""
    failure: Exception | None = None
    async with asyncio.TaskGroup() as tasks:
        try:
            yield tasks
        except Exception as error:  # noqa: BLE001
            failure = error
    if failure is not None:
        raise failure
