"""The engine's idea of time, made of the clocks that a process has.

The engine wants seconds since the Unix epoch that never step back. The wall clock gives the first, a monotonic clock
the second: the wall clock is read once, the monotonic clock ever after.
"""

from __future__ import annotations

import time
from collections.abc import Callable


class Clock:
    """`clock()` is now, in the engine's time."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        """`monotonic` is the clock that the adapter's own timers run by, in seconds."""
        self._monotonic = monotonic
        self._epoch = time.time() - monotonic()

    def __call__(self) -> float:
        return self._epoch + self._monotonic()

    def to_monotonic(self, moment: float) -> float:
        """A moment of the engine's time by the clock of the adapter's timers."""
        return moment - self._epoch
