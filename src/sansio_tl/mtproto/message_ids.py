"""Message ids and sequence numbers of the messages that we make.

A message id is server time in units of 2**-32 seconds. Ids of one session rise strictly, even when the clock steps
back (MS7). Their low two bits name the maker: 0 for the client, 1 for a server's answer, 3 for any other message of
the server. The sequence number counts the content-related messages made so far, doubled, plus one for a message
that is content-related itself (MS9).
"""

from __future__ import annotations

CLIENT_MESSAGE = 0
SERVER_ANSWER = 1
SERVER_OTHER = 3
_AHEAD = 10.0
"""Seconds by which ids may be ahead of the clock and still be accepted: a third of what is refused (MS2)."""
TICK = 2.0**-32
"""Seconds for each unit of a message id."""


def unix_time(msg_id: int) -> float:
    """When the message was made, in seconds of server time."""
    return msg_id * TICK


def id_at(server_time: float) -> int:
    """The lowest message id of a client at that time."""
    return int(server_time * 4294967296) & ~3


class Numbering:
    """Gives out ids and sequence numbers, both rising."""

    def __init__(self) -> None:
        self._last_id = 0
        self._content_related = 0

    def next_id(self, server_time: float, kind: int = CLIENT_MESSAGE) -> int:
        """A fresh message id for `server_time` seconds; `kind` is the value of its low two bits (MS7)."""
        msg_id = int(server_time * 4294967296) & ~3
        if msg_id <= self._last_id:
            msg_id = (self._last_id & ~3) + 4
        msg_id |= kind
        self._last_id = msg_id
        return msg_id

    def continue_ids_of(self, other: Numbering) -> None:
        """Go on above the ids that `other` gave out."""
        self._last_id = max(self._last_id, other._last_id)

    def follow_clock(self, server_time: float) -> None:
        """Begin anew if the ids are well ahead of `server_time`, because that clock was set back."""
        if self._last_id > id_at(server_time + _AHEAD):
            self._last_id = 0

    def next_seqno(self, *, content_related: bool) -> int:
        """The sequence number of the next message (MS9)."""
        seqno = self._content_related * 2
        if content_related:
            self._content_related += 1
            seqno += 1
        return seqno
