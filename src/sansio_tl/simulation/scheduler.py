"""Simulated time and the scheduled actions. Nothing waits: the next action advances the time."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush

EPOCH = 1_790_000_000.0
"""When a simulation begins, in seconds since the Unix epoch."""


class ScheduledAction:
    """An action that will be performed unless it is cancelled."""

    __slots__ = ("action", "at")

    def __init__(self, at: float, action: Callable[[], None]) -> None:
        self.at = at
        self.action: Callable[[], None] | None = action

    def cancel(self) -> None:
        """Cancel the action. A second or late call has no effect."""
        self.action = None


class Schedule:
    """The true time and the scheduled actions. Actions with the same time are performed in the order of scheduling."""

    def __init__(self) -> None:
        self.now = EPOCH
        """The true time, which no host can read: each has a clock of its own."""
        self.steps = 0
        """Number of performed actions."""
        self._waiting: list[tuple[float, int, ScheduledAction]] = []
        self._scheduled = 0

    def at(self, when: float, action: Callable[[], None]) -> ScheduledAction:
        """Schedule `action` at a time; a past time means as soon as possible."""
        appointment = ScheduledAction(max(when, self.now), action)
        self._scheduled += 1
        heappush(self._waiting, (appointment.at, self._scheduled, appointment))
        return appointment

    def after(self, delay: float, action: Callable[[], None]) -> ScheduledAction:
        """Schedule `action` after `delay` seconds."""
        return self.at(self.now + delay, action)

    def step(self, until: float) -> bool:
        """Perform the next action if it is due by `until`; returns whether there was one."""
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
