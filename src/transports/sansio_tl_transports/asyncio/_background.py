"""Something that runs beside the body of a context manager. A module of its own: mypyc has no async generators."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager


@asynccontextmanager
async def background(
    run: Callable[[], Awaitable[None]], end: Callable[[], object], patience: float
) -> AsyncIterator[None]:
    """As `AnyEventLoop.background`."""
    task = asyncio.ensure_future(run())
    try:
        yield
    finally:
        end()
        timer = asyncio.get_running_loop().call_later(patience, task.cancel)
        cancelled: asyncio.CancelledError | None = None
        while not task.done():
            try:
                await asyncio.wait([task])
            except asyncio.CancelledError as error:
                cancelled = error
        timer.cancel()
        if cancelled is not None:
            raise cancelled
    if not task.cancelled():
        task.result()
