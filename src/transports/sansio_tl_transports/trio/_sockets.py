"""Opens trio sockets by the connect options, with proxy handshake and TLS."""

from __future__ import annotations

import contextlib
import math
import ssl
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import trio

from sansio_tl_transports._shared.async_opener import begin
from sansio_tl_transports._shared.connect_options import (
    HAPPY_EYEBALLS_DELAY,
    Attempt,
    Failure,
    NotReached,
    combined_error,
)
from sansio_tl_transports._shared.connection_runner import ConnectionRunner
from sansio_tl_transports._shared.waiter import Hook
from sansio_tl_transports.trio._pump import SocketPump
from sansio_tl_transports.trio._stream import Wire


@dataclass(frozen=True, slots=True)
class Opened:
    """A socket connected to the data center."""

    wire: Wire
    attempt: Attempt
    leftover: bytes = b""
    """Bytes of the data center that were received with the proxy's answer."""


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
        return Opened(wire, attempt, await begin(wire, attempt))
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
        await SocketPump(opened.wire, runner, changed, opened.leftover).run()


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
