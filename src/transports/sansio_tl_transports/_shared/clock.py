"""The engine's clock: seconds since the Unix epoch that never step back.

The wall clock is read once, at the start, and the monotonic clock is added to it.
"""

from __future__ import annotations

import time
from collections.abc import Callable


class Clock:
    """The time for `now` of every engine: `clock()` is in seconds since the Unix epoch, and never steps back.

        clock = Clock(loop.time)                    # the clock of the timers of an asyncio loop
        client.handle_deadline(now=clock())
        loop.call_at(clock.to_monotonic(client.next_deadline()), ...)

    A change of the system's time after the start has no effect. Suspending the computer may: what the monotonic clock
    does not count is missing, until the data center sends its time.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        """`monotonic` is the clock of the loop's timers, in seconds."""
        self._monotonic = monotonic
        self._epoch = time.time() - monotonic()

    def __call__(self) -> float:
        return self._epoch + self._monotonic()

    def to_monotonic(self, moment: float) -> float:
        """Convert a time of the engine to the clock of the loop's timers.

        Converting rounds: a timer may fire a microsecond early. Then pass ``max(clock(), deadline)`` as `now`.
        """
        return moment - self._epoch
