"""Packets that were rejected and that would be accepted if they arrived again later (MS28).

A message whose id is too high now, or whose salt is not valid yet, is refused; its client sends it again under another
id. An attacker who recorded the rejected packet could send it again later, and it would be executed twice.
A client never sends the same packet again: each time it is encrypted with other padding, under another msg_key.
"""

from __future__ import annotations


class RefusedPackets:
    """The refused packets of one key, by msg_key."""

    def __init__(self) -> None:
        self._until: dict[bytes, float] = {}

    def __len__(self) -> int:
        return len(self._until)

    def has(self, msg_key: bytes) -> bool:
        """Whether this very packet was refused before."""
        return msg_key in self._until

    def remember(self, msg_key: bytes, until: float, *, limit: int, now: float) -> bool:
        """Remember a packet that could be accepted until then; False if there are too many.

        One that is not noted must not be answered either: its client would send it again, under another id.
        """
        if until <= now:
            return True
        if len(self._until) >= limit:
            self._until = {known: end for known, end in self._until.items() if now < end}
            if len(self._until) >= limit:
                return False
        self._until[msg_key] = until
        return True
