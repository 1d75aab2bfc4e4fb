"""What the server tells unasked is delivered as it is, and once.

Each update of a simulation carries a number in its date. A client gets only those that were meant for it, and none
twice: a replay, a repetition after a broken link and an update that comes in an old session all look the same to it.
"""

from __future__ import annotations

from collections import Counter

from sansio_tl import types
from sansio_tl.testing.simulation.violation import Violation
from sansio_tl.tl.objects import TLObject

NAME = "updates once"


class Updates:
    """Numbers updates, and ticks them off."""

    def __init__(self, checked: Counter[str]) -> None:
        self._checked = checked
        self._meant_for: list[str] = []
        self._delivered: set[int] = set()

    def make(self, who: str) -> types.UpdateShort:
        """The next update, for that client."""
        self._meant_for.append(who)
        return types.UpdateShort(update=types.UpdateConfig(), date=len(self._meant_for) - 1)

    def delivered(self, who: str, updates: TLObject) -> None:
        """A client has been told."""
        self._checked[NAME] += 1
        if not isinstance(updates, types.UpdateShort) or not 0 <= updates.date < len(self._meant_for):
            raise Violation("nothing forged is delivered", f"{who} gets {updates!r:.200}, which nobody sent")
        if self._meant_for[updates.date] != who:
            raise Violation("nothing forged is delivered", f"{who} gets an update of {self._meant_for[updates.date]}")
        if updates.date in self._delivered:
            raise Violation(NAME, f"{who} gets update {updates.date} twice")
        self._delivered.add(updates.date)
