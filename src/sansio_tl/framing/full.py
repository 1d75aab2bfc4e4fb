"""The full framing: length, sequence number and checksum.

    packet   length: int32 LE | seqno: uint32 LE | payload: length - 12 bytes | crc32: uint32 LE

The length counts all of it; the CRC32 covers everything before it. Each side numbers its packets from 0. There is no
tag: the server knows the framing by the first packet's sequence number. There are no quick acknowledgements.

TR5: a length below 12, a wrong sequence number and a wrong checksum end the link. They are found out as early as the
bytes allow: a bad length or number is not waited for. https://core.telegram.org/mtproto/mtproto-transports#full

A server that refuses a link before it has looked at a packet has been seen to send its error code bare, in place of
the length (and then twice more, or nothing more).
"""

from __future__ import annotations

import struct
from typing import Final
from zlib import crc32

from sansio_tl.errors.protocol import RemoteProtocolError
from sansio_tl.framing.base import CODE_SIZE
from sansio_tl.framing.events import FramingEvent, Packet, TransportFault
from sansio_tl.framing.stream import StreamFraming
from sansio_tl.limits import Limits
from sansio_tl.role import Role

_HEADER = struct.Struct("<iI")
_CHECKSUM = struct.Struct("<I")
_OVERHEAD: Final = 12
_BARE_CODES: Final = range(-999, 0)
"""Codes follow HTTP statuses, so a bare one is above -1000; no valid length looks like that."""


class Full(StreamFraming):
    """The full framing: 12 bytes a packet, checked for damage, loss and reordering."""

    kind = "full"

    def __init__(self, role: Role, limits: Limits | None = None, *, tagged: bool = True) -> None:
        super().__init__(role, limits, tagged=tagged)
        self._seqno_out = 0
        self._seqno_in = 0
        self._refused = False

    def _next(self) -> FramingEvent | None:
        if self._refused:
            self._buffer.take(len(self._buffer))
            return None
        if self._role is Role.CLIENT and len(self._buffer) >= CODE_SIZE:
            code = int.from_bytes(self._buffer.peek(CODE_SIZE), "little", signed=True)
            if code in _BARE_CODES:
                self._refused = True
                return TransportFault(code)
        return super()._next()

    def _read(self) -> Packet | None:
        buffer = self._buffer
        available = len(buffer)
        if available < 4:
            return None
        header = buffer.peek(8)
        length = int.from_bytes(header[:4], "little", signed=True)
        if length < _OVERHEAD:
            raise RemoteProtocolError("TR5", f"a full packet has at least {_OVERHEAD} bytes, not {length}")
        self._check_length(length - _OVERHEAD)
        if available < 8:
            return None
        seqno = int.from_bytes(header[4:], "little")
        if seqno != self._seqno_in:
            raise RemoteProtocolError("TR5", f"packet {seqno} came in place of packet {self._seqno_in}")
        if available < length:
            return None
        payload = buffer.take_after(8, length - _OVERHEAD)
        (checksum,) = _CHECKSUM.unpack(buffer.take(4))
        if crc32(payload, crc32(header)) != checksum:
            raise RemoteProtocolError("TR5", f"the checksum of packet {seqno} does not match")
        self._seqno_in = (seqno + 1) & 0xFFFFFFFF
        return Packet(payload)

    def _write_packet(self, payload: bytes, *, quick_ack: bool) -> None:
        del quick_ack  # send_packet() has refused it
        header = _HEADER.pack(len(payload) + _OVERHEAD, self._seqno_out)
        self._seqno_out = (self._seqno_out + 1) & 0xFFFFFFFF
        self._out += (header, payload, _CHECKSUM.pack(crc32(payload, crc32(header))))

    def _write_quick_ack(self, token: bytes) -> None:
        raise NotImplementedError  # send_quick_ack() has refused it
