"""What the asyncio and the trio adapter share of sessions in stores: the task that keeps the lease and saves."""

from __future__ import annotations

import contextlib
import inspect
import math
from collections.abc import AsyncIterator
from functools import partial
from typing import Final

from sansio_tl_transports._shared.async_backend import AsyncBackend
from sansio_tl_transports._shared.stored_session import (
    CLOSE_PATIENCE,
    Idle,
    StoredSession,
    advance,
    as_exception,
    is_async,
)
from sansio_tl_transports._shared.waiter import E, Pulse
from sansio_tl_transports.stores.base import AnyStore, LeaseOptions
from sansio_tl_transports.stores.errors import StoreError

_OTHER_LIBRARY: Final = (
    "This was raised by an awaitable call of the store. If the store is for another library of event loops (asyncio, "
    "trio), pass one with blocking calls, which are made in threads"
)


@contextlib.asynccontextmanager
async def stored_session(
    loop: AsyncBackend[E], store: AnyStore | None, name: str | None, options: LeaseOptions
) -> AsyncIterator[StoredSession | None]:
    """The session of a client, open and with its lease; None without a store. On exit it is saved and released.

    Blocking calls of the store run in threads. Raises StoreError.
    """
    if store is None or name is None:
        yield None
        return
    session = StoredSession(store, name, options)
    opened = loop.make_event()
    wake = Pulse(loop.make_event)
    session.wake = wake
    run = partial(_run, loop, session, opened, wake, calls_block=not is_async(store))
    async with loop.background(run, session.end, CLOSE_PATIENCE + options.seconds):
        await loop.wait(opened, math.inf)
        session.require_open()
        yield session
    session.raise_failure()


async def _run(loop: AsyncBackend[E], session: StoredSession, opened: E, wake: Pulse[E], *, calls_block: bool) -> None:
    steps = session.run(opened.set)
    result: object = None
    error: Exception | None = None
    while (step := advance(steps, result, error)) is not None:
        result = error = None
        if isinstance(step, Idle):
            await loop.wait(wake.event, loop.in_(None if step.seconds == math.inf else step.seconds))
            continue
        try:
            result = await loop.call_in_thread(step.function) if calls_block else step.function()
            if inspect.isawaitable(result):
                result = await result
        except BaseException as raised:
            if not (isinstance(raised, Exception) or loop.is_stray_cancellation(raised)):
                raise
            if not calls_block and isinstance(raised, Exception) and not isinstance(raised, StoreError):
                raised.add_note(_OTHER_LIBRARY)
            error = as_exception(raised)  # the generator handles errors of stores
