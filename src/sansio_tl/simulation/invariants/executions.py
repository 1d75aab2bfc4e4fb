"""A data center does each errand at most once, where the protocol can promise it.

The promise of MTProto is of one session: a data center that remembers a session does not execute the same message id
twice, and a client sends a request under another id only when it was told that the former did not arrive. So an errand
may be done again only

- after the data center has forgotten the session in which it was done before, or in which it came under the same id,
  for whoever replays that packet is believed, or
- in another session, and a request goes into another one only for a reason: the data center forgot something, or a
  clock was wrong.

Links that break, bits that change, answers that are slow, temporary keys that end, packets that come in another order
or again, by anybody and after any time, and answers that are forged: none of these is such a reason.
"""

from __future__ import annotations

from collections import Counter

from sansio_tl.simulation.faults import Injected
from sansio_tl.simulation.requests import Execution, SimRequest
from sansio_tl.simulation.violation import Violation

NAME = "done at most once"
REASONS = ("forget_sessions", "forget_keys", "server_clock", "client_clock")
"""Faults after which a client may have to begin another session."""


class Executions:
    """Watches what is done."""

    def __init__(self, checked: Counter[str], injected: Injected) -> None:
        self.repeated = 0
        """How often an errand was done again, with reason."""
        self.rogues: set[int] = set()
        """Data centers that may say anything, also that a request has not arrived."""
        self._checked = checked
        self._injected = injected

    def executed(self, errand: SimRequest, execution: Execution) -> None:
        """A data center has done an errand; it is the last of its executions."""
        self._checked[NAME] += 1
        for before in errand.executions[:-1]:
            if not {before.dc_id, execution.dc_id} & self.rogues:
                self._compare(errand, before, execution)
        if len(errand.executions) > 1:
            self.repeated += 1

    def _compare(self, errand: SimRequest, before: Execution, now: Execution) -> None:
        same_place = (before.dc_id, before.key_id) == (now.dc_id, now.key_id)
        if same_place and (
            before.memory != now.memory or _was_forgotten(errand, before) or _was_forgotten(errand, now)
        ):
            return
        if same_place and before.session_id == now.session_id:
            raise Violation(NAME, f"{errand} was done under {before.msg_id:#x} and {now.msg_id:#x} in one session")
        if not any(self._injected[reason] for reason in REASONS):
            raise Violation(NAME, f"{errand} was done in two sessions, for no reason: {before}, {now}")


def _was_forgotten(errand: SimRequest, execution: Execution) -> bool:
    """Whether it came under this id already before the data center lost its memory."""
    return any(
        (arrival.dc_id, arrival.msg_id) == (execution.dc_id, execution.msg_id) and arrival.memory < execution.memory
        for arrival in errand.arrivals
    )
