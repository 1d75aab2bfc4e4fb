"""Sockets on trio: opening them as a `Way` says."""

from __future__ import annotations

import contextlib
import math
import ssl
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass

import trio

from sansio_tl.proxy import ProxyError, ProxyHandshake
from sansio_tl_transports._shared.connect_options import HAPPY_EYEBALLS_DELAY, Attempt, Failure, NotReached, none_led
from sansio_tl_transports._shared.connection_runner import ConnectionRunner
from sansio_tl_transports.trio._stream import Wire


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
            opened.wire.close()
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
            opened.wire.close()
        raise
    if not found:
        raise none_led(failures)
    return found[0]


async def _open(attempt: Attempt) -> Opened:
    try:
        stream = await trio.open_tcp_stream(attempt.host, attempt.port, happy_eyeballs_delay=HAPPY_EYEBALLS_DELAY)
    except NotReached as error:
        raise attempt.failed(error) from error
    wire = Wire(stream)
    try:
        road = attempt.road()
        if road is not None:
            await _talk(wire, road, attempt)
        leftover = b"" if road is None else road.leftover
        if attempt.tls is not None:
            await _begin_tls(wire, attempt, attempt.tls, leftover)
            leftover = b""
    except BaseException:
        wire.close()
        raise
    return Opened(wire, attempt, leftover)


async def _talk(wire: Wire, road: ProxyHandshake, attempt: Attempt) -> None:
    try:
        while not road.done:
            await wire.send_all(road.data_to_send())
            if data := await wire.receive():
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
    except OSError as error:
        raise attempt.tls_failed(error) from error


async def begin_server_tls(wire: Wire, driver: ConnectionRunner, context: ssl.SSLContext) -> bool:
    """The server's end of it, in the time that the driver has for handshakes; whether that succeeded."""
    try:
        with trio.fail_at(driver.deadline()):
            await wire.begin_tls(context)
    except (OSError, trio.TooSlowError) as error:
        driver.lost(error)
        return False
    except Exception as bug:  # noqa: BLE001
        driver.fail(bug)
        return False
    except BaseException:
        wire.close()
        raise
    return True


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
