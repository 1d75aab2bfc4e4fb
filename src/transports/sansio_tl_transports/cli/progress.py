"""The progress of long work: how much is done, how fast, and how long the rest takes."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from math import ceil
from typing import Final

INTERVAL: Final = 10.0
"""Seconds between two lines of progress."""


def progress_line(done: float, total: float, seconds: float, unit: str) -> str:
    """``12 of 100 seeds (12%), 4.0 a second, about 22 s left``; `seconds` is the time that was needed so far."""
    share = f"{done:,} of {total:,} {unit} ({100 * done // total if total else 100:.0f}%)"
    if not done or seconds <= 0:
        return share
    rate = done / seconds
    speed = f"{rate:,.1f} a second" if rate >= 1 else f"{60 * rate:,.1f} a minute"
    return f"{share}, {speed}, about {time_left((total - done) / rate)} left"


def time_left(seconds: float) -> str:
    """``45 s``, ``12 min`` or ``3 h 20 min``, rounded up."""
    if seconds <= 90:
        return f"{ceil(seconds)} s"
    minutes = ceil(seconds / 60)
    return f"{minutes} min" if minutes < 100 else f"{minutes // 60} h {minutes % 60} min"


class Progress:
    """Prints a line of progress to standard error now and then."""

    def __init__(self, total: float, unit: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._total = total
        self._unit = unit
        self._clock = clock
        self._begun = self._printed = clock()

    def report(self, done: float, details: Callable[[], str] = str) -> None:
        """Print a line if the last one is `INTERVAL` seconds old; `details` is added to it."""
        now = self._clock()
        if now - self._printed < INTERVAL or done >= self._total:
            return
        self._printed = now
        more = details()
        line = progress_line(done, self._total, now - self._begun, self._unit)
        print(f"{line}: {more}" if more else line, file=sys.stderr, flush=True)
