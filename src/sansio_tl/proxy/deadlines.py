"""The deadlines of many objects, most of which move before they come."""

from __future__ import annotations

import heapq
import math
from itertools import count
from typing import Final, Generic, TypeVar

T = TypeVar("T")

_FEW: Final = 64
"""Number of outdated entries below which they are kept."""


class Deadlines(Generic[T]):
    """The first deadline costs no more for many objects than for a few."""

    def __init__(self) -> None:
        self._current: dict[T, float] = {}
        self._heap: list[tuple[float, int, T]] = []
        """Those that are not in `_current` are outdated."""
        self._numbers = count()

    def set(self, item: T, at: float) -> None:
        """When something is due for this object; infinity for never."""
        if at == math.inf:
            self._current.pop(item, None)
        elif self._current.get(item) != at:
            self._current[item] = at
            heapq.heappush(self._heap, (at, next(self._numbers), item))
        if len(self._heap) > 2 * len(self._current) + _FEW:
            self._heap = [(each_at, next(self._numbers), each) for each, each_at in self._current.items()]
            heapq.heapify(self._heap)

    @property
    def first(self) -> float:
        """The first deadline; infinity for none."""
        while self._heap and self._current.get(self._heap[0][2]) != self._heap[0][0]:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else math.inf

    def take_due(self, now: float) -> list[T]:
        """The objects whose deadlines have come, in that order; they have none any more."""
        due: list[T] = []
        while self.first <= now:
            item = heapq.heappop(self._heap)[2]
            del self._current[item]
            due.append(item)
        return due
