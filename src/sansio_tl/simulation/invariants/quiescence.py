"""The system comes to rest.

- No host spins: after a driver has passed the time to an engine, its next deadline is in the future. Timers that fire
  repeatedly at one time are a loop that would occupy a processor.
- After the faults every request is settled within `SETTLE_TIMEOUT` seconds.
- When everything is settled almost nothing happens: a ping or a request for salts now and then.
"""

from __future__ import annotations

from collections import Counter

from sansio_tl.simulation.host import SimHost
from sansio_tl.simulation.violation import Violation

NAME = "comes to rest"
SETTLE_TIMEOUT = 1800.0
"""Seconds within which everything must be settled: dead links are detected, back-offs end, and slow answers arrive."""
QUIET = 300.0
"""Seconds for which the simulation continues afterwards."""
STEPS_PER_MINUTE = 60
"""Maximum steps of an idle client, both ends and all links together."""


def check_spin(host: SimHost, checked: Counter[str]) -> None:
    """After a step of that host."""
    checked[NAME] += 1
    if host.spinning:
        raise Violation(NAME, f"{host.name} spins: its timers fire repeatedly at one time")


def check_quiet(steps: int, clients: int, checked: Counter[str]) -> None:
    """After `QUIET` seconds without requests."""
    checked[NAME] += 1
    most = STEPS_PER_MINUTE * QUIET / 60 * clients
    if steps > most:
        raise Violation(NAME, f"{steps} steps in {QUIET:.0f} s while idle, expected at most {most:.0f}")
