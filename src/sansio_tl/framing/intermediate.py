"""The intermediate framing: a length of 4 bytes, and the payload.

    client's first bytes    ee ee ee ee
    packet                  length: uint32 LE | payload: length bytes
    packet, quick ack asked length with its high bit set | payload                  (client to server)
    quick acknowledgement   token: 4 bytes, the high bit of the last one set        (server to client)

The high bit of the little-endian length is the high bit of its fourth byte, so that a client tells a token from a
length by that bit. https://core.telegram.org/mtproto/mtproto-transports#intermediate
"""

from __future__ import annotations

import struct
from typing import ClassVar, Final

from sansio_tl.framing.events import Packet, QuickAck
from sansio_tl.framing.stream import StreamFraming
from sansio_tl.role import Role

_LENGTH = struct.Struct("<I")
_HIGH_BIT: Final = 1 << 31


class Intermediate(StreamFraming):
    """The intermediate framing: 4 bytes a packet, payloads aligned to 4 bytes."""

    kind = "intermediate"
    tag: ClassVar[bytes] = b"\xee\xee\xee\xee"
    carries_quick_ack = True

    def _read(self) -> Packet | QuickAck | None:
        buffer = self._buffer
        available = len(buffer)
        if available < 4:
            return None
        (length,) = _LENGTH.unpack(buffer.peek(4))
        quick_ack = False
        if length & _HIGH_BIT:
            if self._role is Role.CLIENT:
                return self._quick_ack(buffer.take(4))
            quick_ack = True
            length ^= _HIGH_BIT
        self._check_length(length)
        if available < 4 + length:
            return None
        return Packet(buffer.take_after(4, length), quick_ack)

    def _write_packet(self, payload: bytes, *, quick_ack: bool) -> None:
        length = len(payload)
        if quick_ack:
            self._quick_acks_due += 1
            length |= _HIGH_BIT
        self._out += (_LENGTH.pack(length), payload)

    def _write_quick_ack(self, token: bytes) -> None:
        self._out.append(token)
