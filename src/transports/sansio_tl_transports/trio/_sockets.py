"""Opens trio sockets by the connect options, with proxy handshake and TLS."""

from __future__ import annotations

import math
from collections.abc import Sequence

import trio

from sansio_tl_transports._shared.async_backend import OpenedWire
from sansio_tl_transports._shared.async_opener import begin
from sansio_tl_transports._shared.connect_options import (
    HAPPY_EYEBALLS_DELAY,
    Attempt,
    Failure,
    NotReached,
    combined_error,
)
from sansio_tl_transports.trio._stream import Wire


async def open_socket(attempts: Sequence[Attempt], stagger: float | None) -> OpenedWire:
    """Make these attempts until one connects: another one every `stagger` seconds, or when one has failed.

    Raises OSError (ConnectError among them) or ProxyError when none does.
    """
    found: list[OpenedWire] = []
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


async def _open(attempt: Attempt) -> OpenedWire:
    try:
        stream = await trio.open_tcp_stream(attempt.host, attempt.port, happy_eyeballs_delay=HAPPY_EYEBALLS_DELAY)
    except NotReached as error:
        raise attempt.failed(error) from error
    wire = Wire(stream)
    try:
        return OpenedWire(wire, attempt, *await begin(wire, attempt))
    except BaseException:
        wire.close()
        raise
