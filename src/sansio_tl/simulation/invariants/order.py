"""A request that follows another one (invokeAfterMsg) is executed after it.

Only while both stay in one session: a predecessor that was cancelled, sent to another data center, or failed and
retried later cannot be waited for, and neither can one that was executed in an ended session.
"""

from __future__ import annotations

from collections import Counter

from sansio_tl.simulation.requests import Execution, RequestStatus, SimRequest
from sansio_tl.simulation.violation import Violation

NAME = "done in order"


class Order:
    """Observes the executions."""

    def __init__(self, checked: Counter[str]) -> None:
        self._checked = checked

    def executed(self, sim_request: SimRequest, execution: Execution) -> None:
        """A data center has executed a request."""
        first = sim_request.after
        if first is None or first.state is not RequestStatus.WAITING:
            return
        self._checked[NAME] += 1
        if not first.executions:
            raise Violation(NAME, f"{sim_request} was executed before {first}, which it follows")
