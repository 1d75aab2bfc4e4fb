"""The abridged framing: the length in 4-byte words, in one byte where it fits.

    client's first byte     ef
    packet                  words: 1 byte, 01..7e          | payload: 4 * words bytes
    longer packet           7f | words: 3 bytes LE         | payload
    packet, quick ack asked the first byte with its high bit set                    (client to server)
    quick acknowledgement   token: 4 bytes, reversed, so that the first one has the high bit (server to client)

TR6: a packet is an error code if and only if it is one word long; the value does not matter, since half of all auth key
ids look like negative numbers. https://core.telegram.org/mtproto/mtproto-transports#abridged
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from sansio_tl.errors.protocol import LocalProtocolError
from sansio_tl.framing.events import FramingEvent, Packet
from sansio_tl.framing.packets import SHORT
from sansio_tl.framing.stream import StreamFraming
from sansio_tl.role import Role

_ESCAPE: Final = 0x7F
_HIGH_BIT: Final = 0x80
_MAX_WORDS: Final = (1 << 24) - 1


class Abridged(StreamFraming):
    """The abridged framing: a header of 1 byte for packets up to 504 bytes, otherwise 4."""

    name = "abridged"
    tag: ClassVar[bytes] = b"\xef"
    quick_acks = True

    def _read_packets(self) -> Iterator[FramingEvent | None]:
        buffer = self._buffer
        largest, large = self._max_incoming, self._limits.max_plain_packet
        while True:
            while not buffer.size:
                yield None
            header = buffer.peek(4)
            first = header[0]
            words = first & ~_HIGH_BIT
            if words == _ESCAPE or (first >= _HIGH_BIT and self._role is Role.CLIENT):
                if len(header) < 4:
                    yield None
                    continue
                if first >= _HIGH_BIT and self._role is Role.CLIENT:
                    yield self._take_quick_ack(buffer.take(4)[::-1])
                    continue
                words = int.from_bytes(header[1:], "little")
            length = words * 4
            if not 0 < length <= largest:
                self._reject_length(length)
            header_size = 4 if first | _HIGH_BIT == _ESCAPE | _HIGH_BIT else 1
            if length > large:
                yield from self._check_start(header_size)
            while buffer.size < header_size + length:
                yield None
            packet = Packet(buffer.take_after(header_size, length), first >= _HIGH_BIT)
            event = packet if length >= SHORT else self._classify(packet)
            if event is not None:
                yield event
            del packet, event  # an idle connection does not keep its last packet

    def _write_packet(self, payload: bytes, *, quick_ack: bool) -> None:
        words = len(payload) // 4
        if words > _MAX_WORDS:
            raise LocalProtocolError(f"invalid packet: {len(payload)} bytes do not fit the abridged framing")
        mark = _HIGH_BIT if quick_ack else 0
        self._quick_acks_due += quick_ack
        if words < _ESCAPE:
            self._out.append(bytes((words | mark,)))
        else:
            self._out.append(bytes((_ESCAPE | mark,)) + words.to_bytes(3, "little"))
        self._out.append(payload)

    def _write_quick_ack(self, token: bytes) -> None:
        self._out.append(token[::-1])
