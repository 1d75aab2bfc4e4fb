"""Updates that came and wait for the application to read them, bounded in number and in memory."""

from __future__ import annotations

from collections import deque

from sansio_tl import types
from sansio_tl.limits import Limits
from sansio_tl.mtproto.memory_size import weight
from sansio_tl.tl.objects import TLObject


class UnreadUpdates:
    """A queue; when it is full, updatesTooLong takes the place of all that is in it."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._waiting: deque[tuple[TLObject, int]] = deque()
        self._bytes = 0

    def put(self, updates: TLObject) -> None:
        """Keep one more. An update counts as the memory of its objects: a packed one is small on the wire."""
        size = weight(updates)
        full = len(self._waiting) >= self._limits.max_updates or self._bytes + size > self._limits.max_update_bytes
        if full:
            self._waiting.clear()
            self._bytes = 0
            updates = types.UpdatesTooLong()
            size = weight(updates)
        self._waiting.append((updates, size))
        self._bytes += size

    def take(self) -> TLObject | None:
        """The oldest, or None."""
        if not self._waiting:
            return None
        updates, size = self._waiting.popleft()
        self._bytes -= size
        return updates
