"""The packets of a session that a server has answered, by msg_key (MS45).

A client that sends a message again encrypts it afresh, with other padding and so under another msg_key. The same packet
a second time comes from an attacker who recorded it: a short request would cause a long answer again, any number of
times. Eight bytes of each msg_key are kept: no client makes two packets that share them, for one message.
"""

from __future__ import annotations

from array import array
from struct import Struct

_PREFIX = Struct("<q")


class SeenPackets:
    """Remembers the last `size` packets; 16 bytes each."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._packets = array("q")
        self._messages = array("q")
        self._floor = -(1 << 63)
        """The highest message id of a forgotten packet: no packet with that id or a lower one is known to be new."""

    def __len__(self) -> int:
        """How many are remembered."""
        return len(self._packets)

    def add(self, msg_id: int, msg_key: bytes) -> None:
        """Remember a packet whose message is new, or that `is_new` itself."""
        self._packets.append(_PREFIX.unpack_from(msg_key)[0])
        self._messages.append(msg_id)
        if len(self._packets) > self._size:
            del self._packets[0]
            self._floor = max(self._floor, self._messages.pop(0))

    def is_new(self, msg_id: int, msg_key: bytes) -> bool:
        """Whether a packet whose message is known is itself known to be new."""
        return msg_id > self._floor and _PREFIX.unpack_from(msg_key)[0] not in self._packets
