"""A request that follows another one (invokeAfterMsg) is done after it.

Where both stay in one session: a predecessor that was cancelled, that went to another data center or that was refused
and tried again later cannot be waited for, and neither can one that was done in a session that is gone.
"""

from __future__ import annotations

from collections import Counter

from sansio_tl.simulation.requests import Execution, RequestStatus, SimRequest
from sansio_tl.simulation.violation import Violation

NAME = "done in order"


class Order:
    """Watches what is done."""

    def __init__(self, checked: Counter[str]) -> None:
        self._checked = checked

    def executed(self, errand: SimRequest, execution: Execution) -> None:
        """A data center has done an errand."""
        first = errand.after
        if first is None or first.state is not RequestStatus.WAITING:
            return
        self._checked[NAME] += 1
        if not first.executions:
            raise Violation(NAME, f"{errand} was done before {first}, which it follows")
