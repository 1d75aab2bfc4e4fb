"""A data center executes each request at most once, where the protocol can promise it.

MTProto promises it within one session: a data center that remembers a session does not execute the same message id
twice, and a client sends a request with another id only after it has learnt that the former did not arrive. So a
request may be executed again only

- after the data center has lost the session in which it was executed before, or in which it arrived with the same id,
  since a replay of that packet is then accepted, or
- in another session, and a request is sent in another one only for a reason: the data center lost state, or a clock was
  wrong.

Links that break, changed bits, slow answers, temporary keys that end, packets that arrive in another order or again,
from any sender and after any time, and forged answers are no such reasons.
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
    """Observes the executions."""

    def __init__(self, checked: Counter[str], injected: Injected) -> None:
        self.repeated = 0
        """How often a request was executed again for a valid reason."""
        self.rogues: set[int] = set()
        """Rogue data centers, which may also claim that a request has not arrived."""
        self._checked = checked
        self._injected = injected

    def executed(self, sim_request: SimRequest, execution: Execution) -> None:
        """A data center has executed a request; it is the last of its executions."""
        self._checked[NAME] += 1
        for before in sim_request.executions[:-1]:
            if not {before.dc_id, execution.dc_id} & self.rogues:
                self._compare(sim_request, before, execution)
        if len(sim_request.executions) > 1:
            self.repeated += 1

    def _compare(self, sim_request: SimRequest, before: Execution, now: Execution) -> None:
        same_place = (before.dc_id, before.key_id) == (now.dc_id, now.key_id)
        if same_place and (
            before.memory != now.memory or _was_forgotten(sim_request, before) or _was_forgotten(sim_request, now)
        ):
            return
        if same_place and before.session_id == now.session_id:
            raise Violation(
                NAME, f"{sim_request} was executed with {before.msg_id:#x} and {now.msg_id:#x} in one session"
            )
        if not any(self._injected[reason] for reason in REASONS):
            raise Violation(NAME, f"{sim_request} was executed in two sessions without a reason: {before}, {now}")


def _was_forgotten(sim_request: SimRequest, execution: Execution) -> bool:
    """Whether it had already arrived with this id before the data center lost its sessions."""
    return any(
        (arrival.dc_id, arrival.msg_id) == (execution.dc_id, execution.msg_id) and arrival.memory < execution.memory
        for arrival in sim_request.arrivals
    )
