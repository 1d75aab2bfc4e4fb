"""The system comes to rest.

- No machine spins: when a driver has told an engine the time, its next deadline lies in the future. Timers that go off
  again and again while the clock stands still are a loop that would burn a processor.
- When the faults are over every request is settled within `PATIENCE` seconds.
- When everything is settled next to nothing happens any more: a ping or a question for salts now and then.
"""

from __future__ import annotations

from collections import Counter

from sansio_tl.simulation.host import SimHost
from sansio_tl.simulation.violation import Violation

NAME = "comes to rest"
PATIENCE = 1800.0
"""Seconds in which everything must be settled: dead links are noticed, back-offs end, and slow answers come."""
QUIET = 300.0
"""Seconds for which the simulation looks on afterwards."""
STEPS_PER_MINUTE = 60
"""Steps of a client that has nothing to do, both ends and all links together."""


def check_spin(machine: SimHost, checked: Counter[str]) -> None:
    """After a step of that machine."""
    checked[NAME] += 1
    if machine.spinning:
        raise Violation(NAME, f"{machine.name} spins: its timers go off again and again at one moment")


def check_quiet(steps: int, clients: int, checked: Counter[str]) -> None:
    """After `QUIET` seconds in which nobody asked for anything."""
    checked[NAME] += 1
    most = STEPS_PER_MINUTE * QUIET / 60 * clients
    if steps > most:
        raise Violation(NAME, f"{steps} steps in {QUIET:.0f} s with nothing to do; {most:.0f} would be many")
