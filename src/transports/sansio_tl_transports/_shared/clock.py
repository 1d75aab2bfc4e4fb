"""The engine's clock: seconds since the Unix epoch that never step back.

The wall clock is read once, at the start, and the monotonic clock is added to it.
"""

from __future__ import annotations

import time
from collections.abc import Callable


class Clock:
    """`clock()` returns the engine's time."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        """`monotonic` is the clock of the adapter's timers, in seconds."""
        self._monotonic = monotonic
        self._epoch = time.time() - monotonic()

    def __call__(self) -> float:
        return self._epoch + self._monotonic()

    def to_monotonic(self, moment: float) -> float:
        """Convert the engine's time to the clock of the adapter's timers."""
        return moment - self._epoch
