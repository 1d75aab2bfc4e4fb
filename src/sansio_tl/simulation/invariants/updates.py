"""The updates of a server are delivered unchanged, and once.

Each update of a simulation carries a number in its date. A client gets only those that were meant for it, and none
twice: it cannot distinguish a replay, a repetition after a broken link and an update in an old session. But when an
acknowledgement is missing for longer than an old id may be used again (MS8), the server can only send the update with
another id, and the client cannot know it. The server's clock decides how long that is; after it was set forward this
cannot be checked.
"""

from __future__ import annotations

from collections import Counter

from sansio_tl import types
from sansio_tl.limits import Limits
from sansio_tl.simulation.faults import Injected
from sansio_tl.simulation.violation import Violation
from sansio_tl.tl.objects import TLObject

NAME = "updates once"


class UpdateDelivery:
    """Numbers updates, and records their delivery."""

    def __init__(self, limits: Limits, checked: Counter[str], injected: Injected) -> None:
        self._limits = limits
        self._checked = checked
        self._injected = injected
        self._meant_for: list[str] = []
        self._made_at: list[float] = []
        self._delivered: set[int] = set()

    def make(self, client: str, now: float) -> types.UpdateShort:
        """The next update, for that client, at true time `now`."""
        self._meant_for.append(client)
        self._made_at.append(now)
        return types.UpdateShort(update=types.UpdateConfig(), date=len(self._meant_for) - 1)

    def delivered(self, client: str, updates: TLObject, now: float) -> None:
        """A client has received an update, at true time `now`."""
        self._checked[NAME] += 1
        if not isinstance(updates, types.UpdateShort) or not 0 <= updates.date < len(self._meant_for):
            raise Violation(
                "nothing forged is delivered", f"{client} gets {updates!r:.200}, which no data center has sent"
            )
        if self._meant_for[updates.date] != client:
            raise Violation(
                "nothing forged is delivered", f"{client} gets an update of {self._meant_for[updates.date]}"
            )
        is_young = now - self._made_at[updates.date] < self._limits.same_id_resend_window
        if updates.date in self._delivered and is_young and not self._injected["server_clock"]:
            raise Violation(NAME, f"{client} gets update {updates.date} twice")
        self._delivered.add(updates.date)
