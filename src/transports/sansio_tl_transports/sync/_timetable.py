"""When each of many things is due. What that costs does not depend on how many of them there are."""

from __future__ import annotations

import heapq
import math
from typing import Generic, TypeVar

T = TypeVar("T")

_FEW = 64
"""So many entries that mean nothing any more are not worth tidying up."""


class Timetable(Generic[T]):
    """Things and the moments when they are due. A thing may come up too early, never too late.

    Deadlines move with every message, and most of them move away. So a thing keeps its place when it is due later than
    it was, and says so when it comes up.
    """

    def __init__(self) -> None:
        self._due: dict[T, float] = {}
        self._heap: list[tuple[float, int, T]] = []
        self._entries = 0

    def put(self, thing: T, moment: float) -> None:
        """It is due then; infinity is never."""
        if moment < self._due.get(thing, math.inf):
            self._due[thing] = moment
            self._entries += 1
            heapq.heappush(self._heap, (moment, self._entries, thing))  # things cannot be compared
            if len(self._heap) > 2 * len(self._due) + _FEW:
                self._heap = [entry for entry in self._heap if self._due.get(entry[2]) == entry[0]]
                heapq.heapify(self._heap)

    def remove(self, thing: T) -> None:
        """It does not come up any more."""
        self._due.pop(thing, None)

    def earliest(self) -> float:
        """When something comes up next; infinity for never."""
        heap, due = self._heap, self._due
        while heap and due.get(heap[0][2]) != heap[0][0]:
            heapq.heappop(heap)
        return heap[0][0] if heap else math.inf

    def take(self, now: float) -> list[T]:
        """What has come up. It comes up again only when it is put in again."""
        taken = []
        while self.earliest() <= now:
            _, _, thing = heapq.heappop(self._heap)
            del self._due[thing]
            taken.append(thing)
        return taken
