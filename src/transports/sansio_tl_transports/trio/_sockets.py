"""Opens trio sockets by the connect options, with proxy handshake and TLS."""

from __future__ import annotations

import contextlib
import math
import ssl
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import trio

from sansio_tl.proxy.carrier import Carrier
from sansio_tl_transports._shared.async_opener import begin
from sansio_tl_transports._shared.connect_options import (
    HAPPY_EYEBALLS_DELAY,
    PAUSE,
    Attempt,
    Failure,
    NotReached,
    combined_error,
)
from sansio_tl_transports._shared.connection_runner import CONNECT_TIMEOUT, ConnectionRunner
from sansio_tl_transports._shared.waiter import Hook
from sansio_tl_transports._shared.web_lanes import WebLanes
from sansio_tl_transports.trio._pump import SocketPump
from sansio_tl_transports.trio._stream import Wire


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
        # The caller was cancelled after the success, and does not get the stream.
        for opened in found:
            opened.wire.close()
        raise
    if not found:
        raise combined_error(failures)
    return found[0]


async def _open(attempt: Attempt) -> Opened:
    try:
        stream = await trio.open_tcp_stream(attempt.host, attempt.port, happy_eyeballs_delay=HAPPY_EYEBALLS_DELAY)
    except NotReached as error:
        raise attempt.failed(error) from error
    wire = Wire(stream)
    try:
        return Opened(wire, attempt, *await begin(wire, attempt))
    except BaseException:
        wire.close()
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
        opened.wire.close()
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
    async with trio.open_nursery() as others:
        for index in range(1, len(lanes)):
            others.start_soon(_run_lane, lanes, index, None, attempt)
        await _run_lane(lanes, 0, opened.wire, attempt)
        others.cancel_scope.cancel()


async def _run_lane(lanes: WebLanes, index: int, wire: Wire | None, attempt: Attempt) -> None:
    """One connection to the relay of a WEB proxy after another."""
    while True:
        began = trio.current_time()
        try:
            if wire is None:
                with trio.fail_after(CONNECT_TIMEOUT):
                    wire = (await _open(attempt)).wire
        except (*Failure, trio.TooSlowError) as error:
            lanes.open_failed(index, "no answer in time" if isinstance(error, trio.TooSlowError) else str(error))
        else:
            hook = Hook()
            if (runner := lanes.make_runner(index, hook)) is None:
                wire.close()
            else:
                await SocketPump(wire, runner, hook).run()
        if not lanes.reopens(index):
            return
        wire = None
        if trio.current_time() < began + PAUSE:
            await trio.sleep(PAUSE)


async def begin_server_tls(wire: Wire, driver: ConnectionRunner, context: ssl.SSLContext) -> bool:
    """The TLS handshake of the server, until the runner's deadline; returns whether it succeeded."""
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
    """Raise a TimeoutError with a text when the deadline passes."""
    try:
        with trio.fail_at(deadline):
            yield
    except trio.TooSlowError:
        raise TimeoutError(otherwise) from None
