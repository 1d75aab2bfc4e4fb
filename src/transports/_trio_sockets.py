"""Sockets on trio: opening them as a `Way` says, and carrying bytes between them and a driver."""

from __future__ import annotations

import contextlib
import math
import ssl
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import trio

from sansio_tl.roads import Road, RoadError
from transports._driver import FIRST_READ, LINGER, READ_SIZE, Driver, next_read
from transports._waiting import Pulse
from transports._way import STAGGER, Attempt, DialError, Failure, none_led

Stream: TypeAlias = "trio.SocketStream | trio.SSLStream[trio.SocketStream]"


@dataclass(frozen=True, slots=True)
class Opened:
    """A stream that leads to the data centre."""

    stream: Stream
    attempt: Attempt
    leftover: bytes = b""
    """What the data centre said already while we talked with the proxy."""


async def open_way(attempts: Sequence[Attempt], stagger: float | None) -> Opened:
    """Try these until one leads to the data centre: another one every `stagger` seconds, or when one has failed.

    Raises OSError (DialError among them) or RoadError when none does.
    """
    found: list[Opened] = []
    failures: list[Exception] = []

    async def attempt_one(attempt: Attempt, failed: trio.Event) -> None:
        try:
            opened = await _open(attempt)
        except Failure as error:
            failures.append(error)
            failed.set()
            return
        if found:
            await trio.aclose_forcefully(opened.stream)
        else:
            found.append(opened)
            tasks.cancel_scope.cancel()

    try:
        async with trio.open_nursery() as tasks:
            for attempt in attempts:
                failed = trio.Event()
                tasks.start_soon(attempt_one, attempt, failed)
                with trio.move_on_after(math.inf if stagger is None else stagger):
                    await failed.wait()
    except BaseException:
        # The caller was cancelled after the moment of success, and will never learn of the stream.
        for opened in found:
            await trio.aclose_forcefully(opened.stream)
        raise
    if not found:
        raise none_led(failures)
    return found[0]


async def _open(attempt: Attempt) -> Opened:
    try:
        stream: Stream = await trio.open_tcp_stream(attempt.host, attempt.port, happy_eyeballs_delay=STAGGER)
    except OSError as error:
        raise attempt.failed(error) from error
    try:
        road = attempt.road()
        if road is not None:
            await _talk(stream, road, attempt)
        leftover = b"" if road is None else road.leftover
        if attempt.tls is not None and isinstance(stream, trio.SocketStream):
            stream = await _begin_tls(stream, attempt, attempt.tls, leftover)
            leftover = b""
    except BaseException:
        await trio.aclose_forcefully(stream)
        raise
    return Opened(stream, attempt, leftover)


async def _talk(stream: Stream, road: Road, attempt: Attempt) -> None:
    try:
        while not road.done:
            await stream.send_all(road.data_to_send())
            if data := await stream.receive_some(READ_SIZE):
                road.receive_data(bytes(data))
            else:
                road.receive_eof()
    except trio.BrokenResourceError as error:
        raise DialError(f"talking with {attempt.proxy!r}", "the connection broke") from error


async def _begin_tls(
    stream: trio.SocketStream, attempt: Attempt, context: ssl.SSLContext, leftover: bytes
) -> trio.SSLStream[trio.SocketStream]:
    if leftover:
        raise RoadError("TLS", "the server spoke first")
    inside = trio.SSLStream(stream, context, server_hostname=attempt.target[0], https_compatible=True)
    try:
        await inside.do_handshake()
    except trio.BrokenResourceError as error:
        raise attempt.tls_failed(error.__cause__ if isinstance(error.__cause__, Exception) else error) from error
    return inside


class Carrier:
    """Carries bytes between a socket and its driver until the link is over and all is said."""

    def __init__(self, stream: Stream, driver: Driver, changed: Pulse[trio.Event], leftover: bytes = b"") -> None:
        self._stream = stream
        self._driver = driver
        self._changed = changed
        self._leftover = leftover
        self._limit = trio.CancelScope()
        self._taken = trio.Event()
        """Set while the socket takes what we have to say."""
        self._taken.set()

    async def run(self) -> None:
        """Carry them."""
        try:
            with self._limit:
                async with trio.open_nursery() as tasks:
                    for job in (self._receive, self._send, self._keep_time):
                        tasks.start_soon(job)
        finally:
            await trio.aclose_forcefully(self._stream)

    async def _receive(self) -> None:
        try:
            if self._leftover:
                self._driver.receive(self._leftover)
            size = FIRST_READ
            while data := await self._stream.receive_some(size):
                size = next_read(size, len(data))
                self._driver.receive(bytes(data))
                if not self._driver.reads_on:
                    await self._taken.wait()
            self._driver.receive(b"")
        except trio.BrokenResourceError as error:
            self._driver.lost(error)

    async def _send(self) -> None:
        try:
            while True:
                if data := self._driver.output():
                    self._taken = trio.Event()
                    await self._stream.send_all(data)
                    self._taken.set()
                elif self._driver.closed:
                    break
                else:
                    await self._changed.event.wait()
            if isinstance(self._stream, trio.SocketStream):
                await self._stream.send_eof()
            else:
                self._limit.cancel()  # TLS cannot end in one direction
        except trio.BrokenResourceError as error:
            self._driver.lost(error)

    async def _keep_time(self) -> None:
        while not self._driver.closed:
            with trio.move_on_at(self._driver.deadline()):
                await self._changed.event.wait()
            self._driver.tick()
        self._limit.deadline = in_(LINGER)


def in_(seconds: float | None) -> float:
    """When that will be, by trio's clock; None is never."""
    return math.inf if seconds is None else trio.current_time() + seconds


@contextlib.contextmanager
def until(deadline: float, otherwise: str) -> Iterator[None]:
    """Raise a TimeoutError that says something when the deadline passes."""
    try:
        with trio.fail_at(deadline):
            yield
    except trio.TooSlowError:
        raise TimeoutError(otherwise) from None


@contextlib.asynccontextmanager
async def tasks_inside() -> AsyncIterator[trio.Nursery]:
    """A nursery that lets an exception of its body out as it is, in no group."""
    failure: BaseException | None = None
    async with trio.open_nursery() as tasks:
        try:
            yield tasks
        except trio.Cancelled:
            raise
        except BaseException as error:  # noqa: BLE001  Ctrl-C, too
            failure = error
    if failure is not None:
        raise failure
