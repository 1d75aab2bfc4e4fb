"""A process of the simulation: its clock, its timers, and its state. `SimHost` adds the network."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from sansio_tl.simulation.clock import SimulatedClock
from sansio_tl.simulation.scheduler import Schedule, ScheduledAction
from sansio_tl.trace import TraceEvent, Tracer, wants_contents

MakeTracer: TypeAlias = "Callable[[str], Tracer]"
"""Makes the tracer of a part of the simulation, by its name."""
_SPIN = 50
"""Maximum number of timers that fire one after another while the clock stands still: more is an endless loop."""


class TrueTimeTracer:
    """Passes events on with the true time, since the clocks of the hosts differ."""

    def __init__(self, tracer: Tracer, schedule: Schedule) -> None:
        self.wants_contents = wants_contents(tracer)
        """Whether the engine records contents."""
        self._tracer = tracer
        self._schedule = schedule

    def record(self, event: TraceEvent, now: float) -> None:
        """Take an event."""
        self._tracer.record(event, self._schedule.now)


class Timer:
    """A call that is made when the clock of the process reaches a time. Created by `SimProcess.call_at`."""

    __slots__ = ("_process", "appointment", "callback", "when")

    def __init__(self, process: SimProcess, when: float, callback: Callable[[], object]) -> None:
        self.when = when
        """The time of the host's clock."""
        self.callback = callback
        self.appointment: ScheduledAction | None = None
        self._process = process

    def active(self) -> bool:
        """Whether the call is still to be made."""
        return self._process.has(self)

    def cancel(self) -> None:
        """Cancel the call. A second or late call has no effect."""
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
        """Whether it belongs to the attacker: its packets prove nothing about the engine."""
        self.framing = framing
        """The framing of its clients' links, for the monitor."""
        self.spinning = False
        """Whether its timers have fired repeatedly at one time."""
        self.touched = False
        """Whether it has made a step since the last check."""
        self.make_tracer: MakeTracer | None = None
        """Makes tracers for the engines of this process; None without a trace."""
        self._schedule = schedule
        self._clock = clock
        self._timers: dict[Timer, None] = {}
        self._fired_at = 0.0
        self._fired = 0

    def now(self) -> float:
        """The time of this host's clock: seconds since the Unix epoch."""
        return self._clock.show(self._schedule.now)

    def tracer(self, part: str) -> Tracer | None:
        """The tracer of an engine of this process, which is named `part` in the trace. It records the true time."""
        return None if self.make_tracer is None else TrueTimeTracer(self.make_tracer(part), self._schedule)

    @property
    def true_time(self) -> float:
        """The true time, for the monitor only."""
        return self._schedule.now

    @property
    def set_back(self) -> float:
        """By how many seconds its clock has been set back: timers wait that much longer."""
        return self._clock.set_back

    def call_at(self, when: float, callback: Callable[[], object]) -> Timer:
        """Call `callback` when the clock reaches `when`; if it already has, at once, but not before this returns."""
        timer = Timer(self, when, callback)
        self._timers[timer] = None
        self._schedule_timer(timer)
        return timer

    def call_later(self, seconds: float, callback: Callable[[], object]) -> Timer:
        """Call `callback` after so many seconds and a millisecond more: event loops round up, too."""
        return self.call_at(self.now() + seconds + 0.001, callback)

    def move_clock(self, seconds: float) -> None:
        """Set the clock forward or back. Timers depend on the clock and follow it."""
        self._clock.move(seconds, self._schedule.now)
        self._reschedule_timers()

    def run_clock(self, rate: float) -> None:
        """Let the clock run at another speed: 0 is that of a sleeping host."""
        self._clock.run(rate, self._schedule.now)
        self._reschedule_timers()

    def _reschedule_timers(self) -> None:
        for timer in list(self._timers):
            if timer.appointment is not None:
                timer.appointment.cancel()
            self._schedule_timer(timer)

    def stop(self) -> None:
        """The process ends: none of its timers will fire."""
        for timer in list(self._timers):
            self.forget(timer)

    def has(self, timer: Timer) -> bool:
        """Whether this timer will fire."""
        return timer in self._timers

    def forget(self, timer: Timer) -> None:
        """Drop a timer."""
        if timer in self._timers:
            del self._timers[timer]
            if timer.appointment is not None:
                timer.appointment.cancel()

    def _schedule_timer(self, timer: Timer) -> None:
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
