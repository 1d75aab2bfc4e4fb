"""Whether a client's sequence numbers fit the order of its message ids.

A message with a higher id has a sequence number at least as high, and no two content-related messages share one. What
does not fit is refused with bad_msg_notification 32 (too low) or 33 (too high) (MS18). Messages may arrive in any
order, so each is compared with its neighbors among the newest ones.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left

from sansio_tl.mtproto.bad_msg_codes import BadMsgCode
from sansio_tl.mtproto.message import Message


class SeqnoOrder:
    """Remembers the numbers of the newest `size` messages."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._ids = array("q")
        self._seqnos = array("q")

    def __len__(self) -> int:
        """How many messages are remembered."""
        return len(self._ids)

    def accept(self, message: Message) -> BadMsgCode | None:
        """Remember a message whose sequence number is right; else returns what is wrong with it."""
        at = bisect_left(self._ids, message.msg_id)
        seqno = message.seqno
        if at > 0 and not _rises(self._seqnos[at - 1], seqno):
            return BadMsgCode.SEQNO_TOO_LOW
        if at < len(self._ids) and not _rises(seqno, self._seqnos[at]):
            return BadMsgCode.SEQNO_TOO_HIGH
        self._ids.insert(at, message.msg_id)
        self._seqnos.insert(at, seqno)
        if len(self._ids) > self._size:
            del self._ids[0], self._seqnos[0]
        return None

    def forget(self, msg_id: int) -> None:
        """Forget a message that was rejected for another reason: its neighbors are not compared with it."""
        at = bisect_left(self._ids, msg_id)
        if at < len(self._ids) and self._ids[at] == msg_id:
            del self._ids[at], self._seqnos[at]


def _rises(earlier: int, later: int) -> bool:
    return later > earlier or (later == earlier and not later & 1)
