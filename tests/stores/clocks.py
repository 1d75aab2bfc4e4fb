from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass
class FakeClock:
    """A clock that a test turns. Another process gets a copy."""

    now: float = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


class Waiting:
    """The module `time`: a pause takes a millisecond or so, and `act` is what happens meanwhile.

    The store has to ask for pauses of `pause` seconds. SQLite waits as well, by the clock of the system.
    """

    def __init__(self, act: Callable[[], object] = lambda: None, *, pause: float) -> None:
        self.now, self.pauses, self.act, self._pause = 50.0, 0, act, pause

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds == self._pause
        self.now += 2**-10
        self.pauses += 1
        assert self.pauses < 30
        self.act()
