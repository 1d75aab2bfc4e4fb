"""Sockets on asyncio: opening them as a `Way` says, and carrying bytes between them and a driver."""

from __future__ import annotations

import asyncio
import contextlib
import math
import ssl
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from sansio_tl.roads import Road, RoadError
from transports._driver import LINGER, READ_SIZE, Driver
from transports._waiting import Pulse
from transports._way import STAGGER, Attempt, Failure, none_led


@dataclass(frozen=True, slots=True)
class Opened:
    """A socket that leads to the data centre."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    attempt: Attempt
    leftover: bytes = b""
    """What the data centre said already while we talked with the proxy."""

    async def abort(self) -> None:
        """Close it without a word."""
        self.writer.transport.abort()
        with contextlib.suppress(OSError):
            await self.writer.wait_closed()


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
                await unwanted.abort()
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
            await task.result().abort()
        elif isinstance(error, Failure):
            failures.append(error)
        else:
            raise error
    return found


async def _open(attempt: Attempt) -> Opened:
    try:
        # Only names have several addresses. For a single one asyncio's race would buy nothing, and loses its socket
        # when it is cancelled in the moment of success.
        delay = None if attempt.is_address else STAGGER
        reader, writer = await asyncio.open_connection(attempt.host, attempt.port, happy_eyeballs_delay=delay)
    except OSError as error:
        raise attempt.failed(error) from error
    try:
        road = attempt.road()
        if road is not None:
            await _talk(reader, writer, road)
        leftover = b"" if road is None else road.leftover
        if attempt.tls is not None:
            await _begin_tls(writer, attempt, attempt.tls, leftover)
            leftover = b""
    except BaseException:
        writer.transport.abort()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
        raise
    return Opened(reader, writer, attempt, leftover)


async def _talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, road: Road) -> None:
    while not road.done:
        writer.write(road.data_to_send())
        await writer.drain()
        if data := await reader.read(READ_SIZE):
            road.receive_data(data)
        else:
            road.receive_eof()


async def _begin_tls(writer: asyncio.StreamWriter, attempt: Attempt, context: ssl.SSLContext, leftover: bytes) -> None:
    if leftover:
        raise RoadError("TLS", "the server spoke first")
    try:
        await writer.start_tls(context, server_hostname=attempt.target[0])
    except (OSError, EOFError) as error:
        raise attempt.tls_failed(error) from error


class Carrier:
    """Carries bytes between a socket and its driver until the link is over and all is said."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        driver: Driver,
        changed: Pulse[asyncio.Event],
        leftover: bytes = b"",
    ) -> None:
        self._reader, self._writer = reader, writer
        self._driver = driver
        self._changed = changed
        self._leftover = leftover
        self._limit = asyncio.timeout(None)
        self._taken = asyncio.Event()
        """Set while the socket takes what we have to say."""
        self._taken.set()

    async def run(self) -> None:
        """Carry them."""
        try:
            async with self._limit, asyncio.TaskGroup() as tasks:
                for job in (self._receive, self._send, self._keep_time):
                    tasks.create_task(job())
        except TimeoutError:
            pass  # the peer does not hang up, so we do
        finally:
            self._writer.transport.abort()
            with contextlib.suppress(OSError):
                await self._writer.wait_closed()

    async def _receive(self) -> None:
        try:
            if self._leftover:
                self._driver.receive(self._leftover)
            while data := await self._reader.read(READ_SIZE):
                self._driver.receive(data)
                if not self._driver.reads_on:
                    await asyncio.sleep(0)  # whatever there is to say is said first, and may have to wait
                    await self._taken.wait()
            self._driver.receive(b"")
        except OSError as error:
            self._driver.lost(error)

    async def _send(self) -> None:
        try:
            while True:
                if data := self._driver.output():
                    self._taken.clear()
                    self._writer.write(data)
                    await self._writer.drain()
                    self._taken.set()
                elif self._driver.closed:
                    break
                else:
                    await self._changed.event.wait()
            if self._writer.can_write_eof():
                self._writer.write_eof()
            else:
                self._writer.close()  # TLS says good-bye in its own way
        except OSError as error:
            self._driver.lost(error)

    async def _keep_time(self) -> None:
        while not self._driver.closed:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(self._driver.deadline()):
                    await self._changed.event.wait()
            self._driver.tick()
        self._limit.reschedule(in_(LINGER))


def in_(seconds: float | None) -> float:
    """When that will be, by the loop's clock; None is never."""
    return math.inf if seconds is None else asyncio.get_running_loop().time() + seconds


@contextlib.asynccontextmanager
async def until(deadline: float, otherwise: str) -> AsyncIterator[None]:
    """Raise a TimeoutError that says something when the deadline passes."""
    try:
        async with asyncio.timeout_at(deadline):
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
