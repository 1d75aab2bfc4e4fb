"""Simulated time: what happens when. Nothing here waits; the next thing to happen moves the time to itself."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush

EPOCH = 1_790_000_000.0
"""When a simulation begins, in seconds since the Unix epoch."""


class Appointment:
    """Something that will happen unless it is cancelled."""

    __slots__ = ("action", "at")

    def __init__(self, at: float, action: Callable[[], None]) -> None:
        self.at = at
        self.action: Callable[[], None] | None = action

    def cancel(self) -> None:
        """Let it not happen. Afterwards and twice it does no harm."""
        self.action = None


class Schedule:
    """The true time, and what is still to happen. What falls on one moment happens in the order of asking."""

    def __init__(self) -> None:
        self.now = EPOCH
        """The true time, which nobody in the simulation can read: each machine has a clock of its own."""
        self.steps = 0
        """How many things have happened."""
        self._waiting: list[tuple[float, int, Appointment]] = []
        self._asked = 0

    def at(self, when: float, action: Callable[[], None]) -> Appointment:
        """Let `action` happen at a time; a time that is over means as soon as possible."""
        appointment = Appointment(max(when, self.now), action)
        self._asked += 1
        heappush(self._waiting, (appointment.at, self._asked, appointment))
        return appointment

    def after(self, delay: float, action: Callable[[], None]) -> Appointment:
        """Let `action` happen after `delay` seconds."""
        return self.at(self.now + delay, action)

    def step(self, until: float) -> bool:
        """Let the next thing happen if it is due by `until`; whether there was one."""
        while self._waiting and self._waiting[0][0] <= until:
            when, _, appointment = heappop(self._waiting)
            if appointment.action is None:
                continue
            self.now = when
            self.steps += 1
            action, appointment.action = appointment.action, None
            action()
            return True
        self.now = max(self.now, until)
        return False
