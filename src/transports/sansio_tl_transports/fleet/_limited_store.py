"""A store with a bounded number of calls at the same time.

When a fleet ends, all its accounts are saved and released at once, and a library such as redis-py opens a connection
for each call that runs. Calls for accounts that are open go before those that open more of them: a process that cannot
renew its leases in time would lose all of them while it gets others.
"""

from __future__ import annotations

import contextlib
import math
from collections import deque
from collections.abc import AsyncIterator
from typing import Final, Generic

from sansio_tl_transports._shared.async_backend import AsyncBackend
from sansio_tl_transports._shared.waiter import E
from sansio_tl_transports.stores.base import AsyncSessionStore, Lease, StoredData

MAX_CALLS: Final = 16


class LimitedStore(Generic[E]):
    """An `AsyncSessionStore` that makes up to `MAX_CALLS` calls of another one at the same time."""

    def __init__(self, store: AsyncSessionStore, loop: AsyncBackend[E]) -> None:
        self._store = self.store_of_user = store
        self._loop = loop
        self._running = 0
        self._keeping: deque[E] = deque()
        """Waiting calls for accounts that are open."""
        self._opening: deque[E] = deque()
        """Other waiting calls."""

    def __repr__(self) -> str:
        return repr(self._store)

    @contextlib.asynccontextmanager
    async def _call(self, *, keeps: bool = False) -> AsyncIterator[AsyncSessionStore]:
        if self._running >= MAX_CALLS:
            await self._wait(self._keeping if keeps else self._opening)
        else:
            self._running += 1
        try:
            yield self._store
        finally:
            self._pass_on()

    async def _wait(self, waiting: deque[E]) -> None:
        """Wait until another call ends, whose place this one takes."""
        event = self._loop.make_event()
        waiting.append(event)
        try:
            await self._loop.wait(event, math.inf)
        except BaseException:
            if event.is_set():
                self._pass_on()
            else:
                waiting.remove(event)
            raise

    def _pass_on(self) -> None:
        if waiting := self._keeping or self._opening:
            waiting.popleft().set()
        else:
            self._running -= 1

    async def acquire(self, name: str, owner: str, seconds: float) -> Lease:
        """Get the lease of a name."""
        async with self._call() as store:
            return await store.acquire(name, owner, seconds)

    async def renew(self, lease: Lease, seconds: float) -> None:
        """Extend the lease."""
        async with self._call(keeps=True) as store:
            await store.renew(lease, seconds)

    async def release(self, lease: Lease) -> None:
        """Let others acquire it."""
        async with self._call(keeps=True) as store:
            await store.release(lease)

    async def load(self, name: str) -> StoredData | None:
        """What is stored."""
        async with self._call() as store:
            return await store.load(name)

    async def save(self, lease: Lease, data: bytes, *, version: int) -> int:
        """Replace the stored version."""
        async with self._call(keeps=True) as store:
            return await store.save(lease, data, version=version)

    async def delete(self, lease: Lease, *, version: int) -> None:
        """Delete the stored version."""
        async with self._call(keeps=True) as store:
            await store.delete(lease, version=version)

    async def names(self) -> list[str]:
        """The names under which something is stored."""
        async with self._call() as store:
            return await store.names()

    async def close(self) -> None:
        """Nothing: the caller closes the store inside."""
