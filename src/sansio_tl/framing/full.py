"""The full framing: length, sequence number and checksum.

    packet   length: int32 LE | seqno: uint32 LE | payload: length - 12 bytes | crc32: uint32 LE

The length counts all of it; the CRC32 covers everything before it. Each side numbers its packets from 0. There is no
tag: the server knows the framing by the first packet's sequence number. There are no quick acknowledgements.

TR5: a length below 12, a wrong sequence number and a wrong checksum end the connection. They are detected as early as
possible: a bad length or number is reported before the rest of the packet arrives.
https://core.telegram.org/mtproto/mtproto-transports#full

A server that rejects a connection before it parses a packet sends its error code alone, in place of the length (as
observed, once or three times).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final
from zlib import crc32

from sansio_tl.errors.protocol import RemoteProtocolError
from sansio_tl.framing.base import CODE_SIZE
from sansio_tl.framing.events import FramingEvent, Packet, TransportErrorReceived
from sansio_tl.framing.stream import StreamFraming
from sansio_tl.limits import Limits
from sansio_tl.role import Role

_HEADER = struct.Struct("<iI")
_CHECKSUM = struct.Struct("<I")
_OVERHEAD: Final = 12
_BARE_CODES: Final = range(-999, 0)
"""Error codes follow HTTP statuses, so one without a frame is above -1000; no valid length is in that range."""


class Full(StreamFraming):
    """The full framing: 12 bytes a packet, checked for damage, loss and reordering."""

    name = "full"

    def __init__(self, role: Role, limits: Limits | None = None, *, tagged: bool = True) -> None:
        super().__init__(role, limits, tagged=tagged)
        self._seqno_out = 0

    def _read_packets(self) -> Iterator[FramingEvent | None]:
        buffer = self._buffer
        seqno_in = 0
        while True:
            while buffer.size < CODE_SIZE:
                yield None
            length = int.from_bytes(buffer.peek(4), "little", signed=True)
            if length in _BARE_CODES and self._role is Role.CLIENT:
                yield TransportErrorReceived(length)
                yield from self._ignore_the_rest()
            if length < _OVERHEAD:
                raise RemoteProtocolError(
                    "TR5", f"invalid packet of the full framing: found {length} bytes, expected at least {_OVERHEAD}"
                )
            self._check_length(length - _OVERHEAD)
            while buffer.size < _HEADER.size:
                yield None
            header = buffer.peek(_HEADER.size)
            seqno = int.from_bytes(header[4:], "little")
            if seqno != seqno_in:
                raise RemoteProtocolError("TR5", f"invalid packet number: found {seqno}, expected {seqno_in}")
            if length > self._limits.max_plain_packet + _OVERHEAD:
                yield from self._check_start(_HEADER.size)
            while buffer.size < length:
                yield None
            payload = buffer.take_after(_HEADER.size, length - _OVERHEAD)
            checksum = int.from_bytes(buffer.take(_CHECKSUM.size), "little")
            if crc32(payload, crc32(header)) != checksum:
                raise RemoteProtocolError("TR5", f"invalid checksum of packet {seqno}")
            seqno_in = (seqno + 1) & 0xFFFFFFFF
            event = self._classify(Packet(payload))
            if event is not None:
                yield event
            del payload, event  # an idle connection does not keep its last packet

    def _ignore_the_rest(self) -> Iterator[None]:
        while True:
            self._buffer.take(self._buffer.size)
            yield None

    def _write_packet(self, payload: bytes, *, quick_ack: bool) -> None:
        del quick_ack  # send_packet() has rejected it
        header = _HEADER.pack(len(payload) + _OVERHEAD, self._seqno_out)
        self._seqno_out = (self._seqno_out + 1) & 0xFFFFFFFF
        self._out += (header, payload, _CHECKSUM.pack(crc32(payload, crc32(header))))

    def _write_quick_ack(self, token: bytes) -> None:
        raise NotImplementedError  # send_quick_ack() has rejected it
