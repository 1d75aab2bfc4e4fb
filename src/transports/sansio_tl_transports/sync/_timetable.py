"""A timer queue with lazy updates; its cost hardly depends on the number of entries."""

from __future__ import annotations

import heapq
import math
from typing import Generic, TypeVar

T = TypeVar("T")

_FEW = 64
"""Number of stale entries below which the heap is not rebuilt."""


class Timetable(Generic[T]):
    """Items and their deadlines. An item may be returned too early, never too late.

    Deadlines move with every message, mostly to a later time. So an item keeps its place when its deadline moves to a
    later time, and is put back when its turn comes.
    """

    def __init__(self) -> None:
        self._due: dict[T, float] = {}
        self._heap: list[tuple[float, int, T]] = []
        self._entries = 0

    def put(self, thing: T, moment: float) -> None:
        """Set the deadline of an item; infinity is never."""
        if moment < self._due.get(thing, math.inf):
            self._due[thing] = moment
            self._entries += 1
            heapq.heappush(self._heap, (moment, self._entries, thing))  # items cannot be compared
            if len(self._heap) > 2 * len(self._due) + _FEW:
                self._heap = [entry for entry in self._heap if self._due.get(entry[2]) == entry[0]]
                heapq.heapify(self._heap)

    def remove(self, thing: T) -> None:
        """Remove an item."""
        self._due.pop(thing, None)

    def earliest(self) -> float:
        """The earliest deadline; infinity for none."""
        heap, due = self._heap, self._due
        while heap and due.get(heap[0][2]) != heap[0][0]:
            heapq.heappop(heap)
        return heap[0][0] if heap else math.inf

    def take(self, now: float) -> list[T]:
        """Remove and return the items whose turn has come."""
        taken = []
        while self.earliest() <= now:
            _, _, thing = heapq.heappop(self._heap)
            del self._due[thing]
            taken.append(thing)
        return taken
