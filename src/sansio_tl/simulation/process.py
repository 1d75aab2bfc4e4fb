"""A process of the simulation: its clock, its timers, and what is known of it. `SimHost` adds the network."""

from __future__ import annotations

from collections.abc import Callable

from sansio_tl.simulation.clock import SimulatedClock
from sansio_tl.simulation.scheduler import Appointment, Schedule

_SPIN = 50
"""Timers that go off one after another while the clock stands still: more is a loop that never sleeps."""


class Timer:
    """A call that is made when the clock of the process shows a time. Made by `SimProcess.call_at`."""

    __slots__ = ("_process", "appointment", "callback", "when")

    def __init__(self, process: SimProcess, when: float, callback: Callable[[], None]) -> None:
        self.when = when
        """What the machine's clock will show."""
        self.callback = callback
        self.appointment: Appointment | None = None
        self._process = process

    def cancel(self) -> None:
        """Do not call. Afterwards and twice it does no harm."""
        self._process.forget(self)


class SimProcess:
    """One process on one computer, without a network."""

    def __init__(
        self,
        name: str,
        schedule: Schedule,
        clock: SimulatedClock,
        *,
        framing: str = "",
        malicious: bool = False,
    ) -> None:
        self.name = name
        self.malicious = malicious
        """Whether the attacker has it: what it sends proves nothing of the engine."""
        self.framing = framing
        """The framing that the links of its clients have, for who watches them."""
        self.spinning = False
        """Whether its timers have gone off again and again without any time passing."""
        self.touched = False
        """Whether something has happened here since somebody looked."""
        self._schedule = schedule
        self._clock = clock
        self._timers: dict[Timer, None] = {}
        self._fired_at = 0.0
        self._fired = 0

    def now(self) -> float:
        """What this machine's clock shows: seconds since the Unix epoch, as its owner believes."""
        return self._clock.show(self._schedule.now)

    @property
    def true_time(self) -> float:
        """The time that no clock shows: for who watches, not for who is watched."""
        return self._schedule.now

    @property
    def set_back(self) -> float:
        """By how many seconds its clock has been set back: by so much everything that waits for a time waits longer."""
        return self._clock.set_back

    def call_at(self, when: float, callback: Callable[[], None]) -> Timer:
        """Call `callback` once the clock shows `when`; at once, but not before this returns, if it does already."""
        timer = Timer(self, when, callback)
        self._timers[timer] = None
        self._book(timer)
        return timer

    def move_clock(self, seconds: float) -> None:
        """Somebody sets the clock, forward or back. Timers are by the clock and follow it."""
        self._clock.move(seconds, self._schedule.now)
        self._rebook()

    def run_clock(self, rate: float) -> None:
        """Let the clock run at another speed: 0 is that of a machine that sleeps."""
        self._clock.run(rate, self._schedule.now)
        self._rebook()

    def _rebook(self) -> None:
        for timer in list(self._timers):
            if timer.appointment is not None:
                timer.appointment.cancel()
            self._book(timer)

    def stop(self) -> None:
        """The process ends: none of its timers will go off."""
        for timer in list(self._timers):
            self.forget(timer)

    def forget(self, timer: Timer) -> None:
        """Drop a timer."""
        if timer in self._timers:
            del self._timers[timer]
            if timer.appointment is not None:
                timer.appointment.cancel()

    def _book(self, timer: Timer) -> None:
        timer.appointment = self._schedule.at(self._clock.when(timer.when), lambda: self._fire(timer))

    def _fire(self, timer: Timer) -> None:
        del self._timers[timer]
        self.touched = True
        now = self._schedule.now
        if now > self._fired_at:
            self._fired_at, self._fired = now, 0
        self._fired += 1
        if self._fired > _SPIN:
            self.spinning = True
        else:
            timer.callback()
