"""Randomness from a seed: every number that a simulation draws comes from here, so that a seed replays exactly."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import shake_256
from math import log
from typing import TypeVar

T = TypeVar("T")
_BLOCK = 4096
_UNIT = 2.0**-53


class Rng:
    """An endless stream of bytes, and what can be drawn from it. Calling it makes it an entropy source."""

    __slots__ = ("_at", "_blocks", "_data", "_name")

    def __init__(self, name: str) -> None:
        """The same `name` gives the same stream; another name an unrelated one."""
        self._name = name
        self._blocks = 0
        self._data = b""
        self._at = 0

    def __call__(self, size: int) -> bytes:
        """The next `size` bytes."""
        at = self._at
        end = at + size
        while end > len(self._data):
            block = shake_256(f"{self._name}/{self._blocks}".encode()).digest(_BLOCK)
            self._data = self._data[at:] + block
            self._blocks += 1
            at, end = 0, size
        self._at = end
        return self._data[at:end]

    def fork(self, name: str) -> Rng:
        """An independent Rng for a part of the simulation: draws of other parts do not affect it."""
        return Rng(f"{self._name}/{name}")

    def unit(self) -> float:
        """A number from 0 up to but not including 1."""
        return (int.from_bytes(self(7), "little") >> 3) * _UNIT

    def below(self, limit: int) -> int:
        """A whole number from 0 up to but not including `limit`."""
        return int(self.unit() * limit)

    def between(self, low: float, high: float) -> float:
        """A number from `low` to `high`."""
        return low + (high - low) * self.unit()

    def chance(self, probability: float) -> bool:
        """True with that probability."""
        return probability > 0 and self.unit() < probability

    def around(self, mean: float) -> float:
        """A waiting time with that mean: most are shorter, a few much longer."""
        return -mean * log(1.0 - self.unit())

    def pick(self, choices: Sequence[T]) -> T:
        """One of them."""
        return choices[self.below(len(choices))]
