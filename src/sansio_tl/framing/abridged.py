"""The abridged framing: the length in 4-byte words, in one byte where it fits.

    client's first byte     ef
    packet                  words: 1 byte, 01..7e          | payload: 4 * words bytes
    longer packet           7f | words: 3 bytes LE         | payload
    packet, quick ack asked the first byte with its high bit set                    (client to server)
    quick acknowledgement   token: 4 bytes, reversed, so that the first one has the high bit (server to client)

TR6: a packet is an error code if and only if it is one word long; the value of its first bytes says nothing, half of
all auth key ids look like a negative number. https://core.telegram.org/mtproto/mtproto-transports#abridged
"""

from __future__ import annotations

from typing import ClassVar, Final

from sansio_tl.errors.protocol import LocalProtocolError
from sansio_tl.framing.events import Packet, QuickAck
from sansio_tl.framing.stream import StreamFraming
from sansio_tl.role import Role

_ESCAPE: Final = 0x7F
_HIGH_BIT: Final = 0x80
_MAX_WORDS: Final = (1 << 24) - 1


class Abridged(StreamFraming):
    """The abridged framing: 1 byte a packet up to 504 bytes, then 4."""

    kind = "abridged"
    tag: ClassVar[bytes] = b"\xef"
    carries_quick_ack = True

    def _read(self) -> Packet | QuickAck | None:
        buffer = self._buffer
        available = len(buffer)
        if not available:
            return None
        header = buffer.peek(4)
        first = header[0]
        if first & _HIGH_BIT and self._role is Role.CLIENT:
            return self._quick_ack(buffer.take(4)[::-1]) if available >= 4 else None
        words = first & ~_HIGH_BIT
        header_size = 1
        if words == _ESCAPE:
            if available < 4:
                return None
            words = int.from_bytes(header[1:], "little")
            header_size = 4
        length = words * 4
        self._check_length(length)
        if available < header_size + length:
            return None
        return Packet(buffer.take_after(header_size, length), first >= _HIGH_BIT)

    def _write_packet(self, payload: bytes, *, quick_ack: bool) -> None:
        words = len(payload) // 4
        if words > _MAX_WORDS:
            raise LocalProtocolError(f"{len(payload)} bytes do not fit the abridged framing")
        mark = _HIGH_BIT if quick_ack else 0
        self._quick_acks_due += quick_ack
        if words < _ESCAPE:
            self._out.append(bytes((words | mark,)))
        else:
            self._out.append(bytes((_ESCAPE | mark,)) + words.to_bytes(3, "little"))
        self._out.append(payload)

    def _write_quick_ack(self, token: bytes) -> None:
        self._out.append(token[::-1])
