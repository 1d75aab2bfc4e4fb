"""Turns at a bounded rate, in the order in which they are asked for."""

from __future__ import annotations

import math
from collections import deque
from typing import Final, Generic

from sansio_tl_transports._shared.async_backend import AsyncBackend
from sansio_tl_transports._shared.waiter import E, Pulse

_CATCH_UP: Final = 0.1
"""Seconds: turns that were late by less, because the loop was busy, do not delay those after them."""


class Pacer(Generic[E]):
    """Gives `per_second` turns a second."""

    def __init__(self, loop: AsyncBackend[E], per_second: float) -> None:
        self._loop = loop
        self._pause = 1 / per_second
        self._waiting: deque[E] = deque()
        self._wake = Pulse(loop.make_event)

    async def turn(self) -> None:
        """Wait for a turn. One who stops waiting takes none."""
        event = self._loop.make_event()
        self._waiting.append(event)
        self._wake()
        try:
            await self._loop.wait(event, math.inf)
        finally:
            if not event.is_set():
                self._waiting.remove(event)

    async def run(self) -> None:
        """Give the turns, until cancelled."""
        loop = self._loop
        due = loop.in_(0.0)
        while True:
            if not self._waiting:
                await loop.wait(self._wake.event, math.inf)
                due = max(due, loop.in_(0.0))  # no turns are saved up
            elif due > loop.in_(0.0):
                await loop.wait(loop.make_event(), due)
            else:
                self._waiting.popleft().set()
                due = max(due, loop.in_(-_CATCH_UP)) + self._pause
