"""Nurseries whose exceptions are not grouped."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

import trio


@contextlib.asynccontextmanager
async def tasks_inside() -> AsyncIterator[trio.Nursery]:
    """A nursery that raises the exception of its body itself, not an exception group."""
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
