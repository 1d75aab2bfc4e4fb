"""Sockets on asyncio: opening them as a `Way` says, and carrying bytes between them and a driver."""

from __future__ import annotations

import asyncio
import contextlib
import math
import ssl
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from sansio_tl.roads import Road, RoadError
from transports._asyncio_wire import Alarm, Signal, Wire
from transports._driver import LINGER, Driver
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


class Carrier:
    """Carries bytes between a socket and its driver until the link is over and all is said."""

    def __init__(self, wire: Wire, driver: Driver, changed: Signal, leftover: bytes = b"") -> None:
        self._wire = wire
        self._driver = driver
        self._changed = changed
        self._leftover = leftover
        self._alarm = Alarm(self._keep_time)
        self._heard_all = self._said_all = self._leaving = False
        self._over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def run(self) -> None:
        """Carry them."""
        self._changed.add(self.send)
        try:
            if self._leftover:
                self.heard(self._leftover)
            self._wire.listen(self)
            self.send()
            await self._over
        finally:
            self._changed.remove(self.send)
            self._alarm.cancel()
            await self._wire.abort()

    def heard(self, data: bytes) -> None:
        """The peer sent this; ``b""`` means that it has hung up."""
        try:
            self._driver.receive(data)
        except Exception as error:  # noqa: BLE001
            self._fail(error)
        if not data:
            self._heard_all = True
            if self._said_all:
                self._finish()

    def unblocked(self) -> None:
        """The socket takes more."""
        if not self._driver.reads_on:
            self._wire.transport.resume_reading()
        self.send()

    def broken(self, error: Exception | None) -> None:
        """The socket is gone."""
        try:
            if error is not None:
                self._driver.lost(error)
            else:
                self._driver.close()
        except Exception as bug:  # noqa: BLE001
            self._fail(bug)
        self._heard_all = self._said_all = True
        self._finish()

    def send(self) -> None:
        """There may be something to send, or another deadline, or the link may be over."""
        if self._said_all or self._over.done():
            return
        try:
            closed = self._driver.closed
            if closed and not self._leaving:
                self._leave()
            if not self._wire.blocked:
                if data := self._driver.output():
                    self._wire.transport.write(data)
                    if self._wire.blocked and not self._driver.reads_on:
                        self._wire.transport.pause_reading()
                if closed:  # and that was its last word
                    self._say_goodbye()
            if not closed:
                self._alarm.at(self._driver.deadline())
        except OSError as error:
            self.broken(error)
        except Exception as bug:  # noqa: BLE001
            self._fail(bug)

    def _leave(self) -> None:
        """The link is over. The peer may neither listen nor hang up, and then we do."""
        self._leaving = True
        self._alarm.cancel()
        self._alarm = Alarm(self._finish)
        self._alarm.at(in_(LINGER))

    def _say_goodbye(self) -> None:
        self._said_all = True
        transport = self._wire.transport
        if transport.can_write_eof():
            transport.write_eof()
        else:
            transport.close()  # TLS says good-bye in its own way
        if self._heard_all:
            self._finish()

    def _keep_time(self) -> None:
        try:
            self._driver.tick()
            if not self._driver.closed:
                self._alarm.at(self._driver.deadline())
        except Exception as bug:  # noqa: BLE001
            self._fail(bug)

    def _finish(self) -> None:
        if not self._over.done():
            self._over.set_result(None)

    def _fail(self, bug: Exception) -> None:
        """Something that should not have been: `run` raises it."""
        if not self._over.done():
            self._over.set_exception(bug)


def in_(seconds: float | None) -> float:
    """When that will be, by the loop's clock; None is never."""
    return math.inf if seconds is None else asyncio.get_running_loop().time() + seconds


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
