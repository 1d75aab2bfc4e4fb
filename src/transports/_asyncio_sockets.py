"""Sockets on asyncio: opening them as a `Way` says, and carrying bytes between them and a driver."""

from __future__ import annotations

import asyncio
import contextlib
import math
import ssl
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from sansio_tl.roads import Road, RoadError
from transports._asyncio_wire import Wire
from transports._way import STAGGER, Attempt, Failure, none_led


@dataclass(frozen=True, slots=True)
class Opened:
    """A socket that leads to the data centre."""

    wire: Wire
    attempt: Attempt
    leftover: bytes = b""
    """What the data centre said already while we talked with the proxy."""


async def open_way(attempts: Sequence[Attempt], stagger: float | None) -> Opened:
    """Try these until one leads to the data centre: another one every `stagger` seconds, or when one has failed.

    Raises OSError (DialError among them) or RoadError when none does.
    """
    if len(attempts) == 1:
        return await _open(attempts[0])
    waiting, failures = list(attempts), list[Exception]()
    running: set[asyncio.Task[Opened]] = set()
    found: Opened | None = None
    try:
        while found is None and (waiting or running):
            if waiting:
                running.add(asyncio.create_task(_open(waiting.pop(0))))
            pause = stagger if waiting else None
            done, running = await asyncio.wait(running, timeout=pause, return_when=asyncio.FIRST_COMPLETED)
            found = await _first_of(done, failures) or found
    finally:
        for task in running:
            task.cancel()
        if running:
            late, _ = await asyncio.wait(running)
            if (unwanted := await _first_of(late, [])) is not None:
                await unwanted.wire.abort()
    if found is None:
        raise none_led(failures)
    return found


async def _first_of(tasks: set[asyncio.Task[Opened]], failures: list[Exception]) -> Opened | None:
    """The socket that one of these has opened; others are closed, failures are noted."""
    found: Opened | None = None
    for task in tasks:
        if task.cancelled():
            continue
        error = task.exception()
        if error is None and found is None:
            found = task.result()
        elif error is None:
            await task.result().wire.abort()
        elif isinstance(error, Failure):
            failures.append(error)
        else:
            raise error
    return found


async def _open(attempt: Attempt) -> Opened:
    loop = asyncio.get_running_loop()
    try:
        # Only names have several addresses. For a single one asyncio's race would buy nothing, and loses its socket
        # when it is cancelled in the moment of success.
        delay = None if attempt.is_address else STAGGER
        _, wire = await loop.create_connection(Wire, attempt.host, attempt.port, happy_eyeballs_delay=delay)
    except OSError as error:
        raise attempt.failed(error) from error
    try:
        road = attempt.road()
        if road is not None:
            await _talk(wire, road)
        leftover = b"" if road is None else road.leftover
        if attempt.tls is not None:
            await _begin_tls(wire, attempt, attempt.tls, leftover)
            leftover = b""
    except BaseException:
        await wire.abort()
        raise
    return Opened(wire, attempt, leftover)


async def _talk(wire: Wire, road: Road) -> None:
    while not road.done:
        wire.transport.write(road.data_to_send())
        if data := await wire.read():
            road.receive_data(data)
        else:
            road.receive_eof()


async def _begin_tls(wire: Wire, attempt: Attempt, context: ssl.SSLContext, leftover: bytes) -> None:
    if leftover:
        raise RoadError("TLS", "the server spoke first")
    try:
        await wire.begin_tls(context, attempt.target[0])
    except (OSError, EOFError) as error:
        raise attempt.tls_failed(error) from error


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
