"""The intermediate framing: a length of 4 bytes, and the payload.

    client's first bytes    ee ee ee ee
    packet                  length: uint32 LE | payload: length bytes
    packet, quick ack asked length with its high bit set | payload                  (client to server)
    quick acknowledgement   token: 4 bytes, the high bit of the last one set        (server to client)

The high bit of the little-endian length is the high bit of its fourth byte, so a client distinguishes a token from a
length by that bit. https://core.telegram.org/mtproto/mtproto-transports#intermediate
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import ClassVar, Final

from sansio_tl.framing.base import CODE_SIZE
from sansio_tl.framing.events import FramingEvent, Packet
from sansio_tl.framing.packets import SHORT
from sansio_tl.framing.stream import StreamFraming
from sansio_tl.role import Role

_LENGTH = struct.Struct("<I")
_HIGH_BIT: Final = 1 << 31


class Intermediate(StreamFraming):
    """The intermediate framing: 4 bytes a packet, payloads aligned to 4 bytes."""

    name = "intermediate"
    tag: ClassVar[bytes] = b"\xee\xee\xee\xee"
    quick_acks = True
    max_padding: ClassVar[int] = 0
    """Number of bytes that a packet may have beyond its payload."""
    check_below: ClassVar[int] = SHORT
    """Packets shorter than this pass through `_classify`."""

    def _read_packets(self) -> Iterator[FramingEvent | None]:
        buffer = self._buffer
        largest = self._max_incoming + self.max_padding
        large = self._limits.max_plain_packet + self.max_padding
        misaligned = 0 if self.max_padding else 3
        while True:
            while buffer.size < 4:
                yield None
            length = int.from_bytes(buffer.peek(4), "little")
            quick_ack = length >= _HIGH_BIT
            if quick_ack:
                if self._role is Role.CLIENT:
                    yield self._take_quick_ack(buffer.take(4))
                    continue
                length ^= _HIGH_BIT
            if length > largest or length & misaligned or length < CODE_SIZE:
                self._reject_length(length)
            if length > large:
                yield from self._check_start(4)
            while buffer.size < 4 + length:
                yield None
            packet = Packet(buffer.take_after(4, length), quick_ack)
            event = packet if length >= self.check_below else self._classify(packet)
            if event is not None:
                yield event
            del packet, event  # an idle connection does not keep its last packet

    def _write_packet(self, payload: bytes, *, quick_ack: bool) -> None:
        length = len(payload)
        if quick_ack:
            self._quick_acks_due += 1
            length |= _HIGH_BIT
        self._out += (_LENGTH.pack(length), payload)

    def _write_quick_ack(self, token: bytes) -> None:
        self._out.append(token)
