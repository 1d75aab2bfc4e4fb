"""Opens asyncio sockets by the connect options, with proxy handshake and TLS."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from functools import partial
from typing import Any, TypeVar

from sansio_tl_transports._shared.async_backend import OpenedWire
from sansio_tl_transports._shared.async_opener import begin
from sansio_tl_transports._shared.connect_options import (
    HAPPY_EYEBALLS_DELAY,
    Attempt,
    Failure,
    NotReached,
    combined_error,
    interleaved,
)
from sansio_tl_transports.asyncio._stream import Wire

T = TypeVar("T")


async def open_socket(attempts: Sequence[Attempt], stagger: float | None) -> OpenedWire:
    """Make these attempts until one connects: another one every `stagger` seconds, or when one has failed.

    Raises OSError (ConnectError among them) or ProxyError when none does.
    """
    if len(attempts) == 1:
        return await _open(attempts[0])
    openers = [partial(_open, attempt) for attempt in attempts]
    return await _race(openers, stagger, close=lambda opened: opened.wire.close())


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
    openers = [partial(action, address[0]) for *_, address in interleaved(found)]
    return await _race(openers, HAPPY_EYEBALLS_DELAY, close=Wire.close)


async def _open(attempt: Attempt) -> OpenedWire:
    try:
        wire = await _connect(attempt)
    except NotReached as error:
        raise attempt.failed(error) from error
    try:
        return OpenedWire(wire, attempt, *await begin(wire, attempt))
    except BaseException:
        await wire.abort()
        raise


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
