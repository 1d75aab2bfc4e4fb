"""Messages that a server sends again: for a client on another connection, or on request (MS47).

A client needs few bytes to request many again, on each of its connections. So a session sends `max_resent_bytes` of
them a second, and as much more as its client acknowledges. A larger message is sent whole; the next one waits longer.
"""

from __future__ import annotations

from typing import Generic

from sansio_tl.limits import Limits
from sansio_tl.mtproto.outgoing_message import OutgoingMessage, Owner
from sansio_tl.mtproto.send_queue import OVERHEAD


class ResendQueue(Generic[Owner]):
    """The messages of one session that are to be sent again, in the order of the requests for them."""

    def __init__(self, limits: Limits) -> None:
        self._limit = limits.max_resent_bytes
        self._allowance = float(self._limit)
        """Bytes; below 0 after a message that was larger than what was left."""
        self._counted_at = 0.0
        self._waiting: dict[OutgoingMessage[Owner], None] = {}

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def add(self, outgoing: OutgoingMessage[Owner]) -> None:
        """Send a message again when its turn comes."""
        self._waiting[outgoing] = None

    def discard(self, outgoing: OutgoingMessage[Owner]) -> None:
        """The client does not need this message any more."""
        self._waiting.pop(outgoing, None)

    def acknowledged(self, outgoing: OutgoingMessage[Owner]) -> None:
        """The client has received this message, and reads: as many bytes may be sent again."""
        self.discard(outgoing)
        self._allowance = min(self._limit, self._allowance + _size(outgoing))

    def take(self, most: int, now: float) -> list[OutgoingMessage[Owner]]:
        """The messages to send again now: about `most` bytes, the last message may exceed it. Removes them."""
        self._allowance = min(self._limit, self._allowance + self._limit * (now - self._counted_at))
        self._counted_at = now
        taken: list[OutgoingMessage[Owner]] = []
        left = min(self._allowance, most)
        while self._waiting and left > 0:
            outgoing = next(iter(self._waiting))
            del self._waiting[outgoing]
            if not outgoing.waiting:  # else it is about to be sent anyway
                left -= _size(outgoing)
                self._allowance -= _size(outgoing)
                taken.append(outgoing)
        return taken


def _size(outgoing: OutgoingMessage[Owner]) -> int:
    return len(outgoing.body) + OVERHEAD
