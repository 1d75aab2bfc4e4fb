"""The window of message ids that a session has already seen.

A message id of the peer is accepted once (MS3). The window holds the newest `size` ids. Once it is full, an id below
its smallest member can no longer be distinguished from a replay and is refused as too old (MS6).

Messages inside containers pass through the same window (MS4): the caller offers every id, outer and inner.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from enum import Enum
from typing import Final

FORGOTTEN = 1
"""Nothing is known of the message: its id is too low."""
NOT_RECEIVED = 2
"""Its id is within what is remembered, but it did not come."""
NOT_YET_RECEIVED = 3
"""Its id is above all that came."""
RECEIVED = 4
"""It came."""


class Verdict(Enum):
    """The verdict on a message id."""

    FRESH = "fresh"
    """Not seen before: deliver the message."""
    DUPLICATE = "duplicate"
    """Seen before: drop the message, but acknowledge it again (MS5)."""
    TOO_OLD = "too old"
    """Below a full window: drop the message (MS6)."""


FRESH: Final = Verdict.FRESH
DUPLICATE: Final = Verdict.DUPLICATE
TOO_OLD: Final = Verdict.TOO_OLD
"""The same, for every message: before Python 3.12 a member of an enum is found by a function call."""


class ReplayWindow:
    """Remembers the newest `size` message ids, sorted.

    Ids arrive nearly in order, so an insertion is almost always an append. As machine integers they take 8 bytes each,
    a fifth of what objects would.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._ids = array("q")
        self._floor = -(1 << 63) - 1
        """The highest id that has made room for a newer one: nothing at or below it can be checked any more."""
        self._newest = self._floor
        """The highest id that is remembered, or else the highest that is not any more."""

    def __len__(self) -> int:
        """How many ids are remembered."""
        return len(self._ids)

    def accept(self, msg_id: int) -> Verdict:
        """Remember a message id if it is new; returns whether it is.

        The callers are the two roles' message filters: `ClientMessageFilter.accept` and `ServerMessageFilter.accept`.
        """
        ids = self._ids
        if msg_id > self._newest:
            self._newest = msg_id
            ids.append(msg_id)
        else:
            at = bisect_left(ids, msg_id)
            if at < len(ids) and ids[at] == msg_id:
                return DUPLICATE
            if at == 0 and self._beyond(msg_id):
                return TOO_OLD
            ids.insert(at, msg_id)
        if len(ids) > self._size:
            self._floor = ids.pop(0)
        return FRESH

    @property
    def newest(self) -> int:
        """No higher id has come; below every id if none has."""
        return self._newest

    def forget(self, msg_id: int) -> None:
        """Take back that `msg_id` came: its message was refused after all and may come again."""
        at = bisect_left(self._ids, msg_id)
        if at < len(self._ids) and self._ids[at] == msg_id:
            del self._ids[at]
            self._newest = self._ids[-1] if self._ids else self._floor

    def _beyond(self, msg_id: int) -> bool:
        """Whether an id below all that are remembered is out of reach."""
        return len(self._ids) == self._size or msg_id <= self._floor

    def state(self, msg_id: int) -> int:
        """The state of a message of the peer, as in msgs_state_info (MS22): the low three bits of its state byte."""
        ids = self._ids
        if not ids or msg_id > ids[-1]:
            return NOT_YET_RECEIVED
        at = bisect_left(ids, msg_id)
        if ids[at] == msg_id:
            return RECEIVED
        return FORGOTTEN if at == 0 and self._beyond(msg_id) else NOT_RECEIVED
