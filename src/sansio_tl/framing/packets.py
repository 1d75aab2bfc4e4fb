"""What all packet formats have in common, on a byte stream or in HTTP bodies.

- TR1: a length above `Limits.max_packet_size`, or of a client above `Limits.max_client_packet_size`, is rejected when
  it is announced, before the payload arrives.
- TR14: the key id of a packet that is too large for a plain message is checked before the rest arrives.
- TR2: an empty packet, a negative length and a length that is not a multiple of 4 are rejected.
- TR3: a packet of 4 bytes from the server is an error code; 0 means nothing and is skipped. No message is that short:
  even a plain one has 20 bytes before its body.
- TR4: a quick acknowledgement is accepted only for a packet that requested one.
"""

from __future__ import annotations

import struct
from typing import Final, NoReturn

from sansio_tl.errors.protocol import RemoteProtocolError
from sansio_tl.framing.base import CODE_SIZE, Framing
from sansio_tl.framing.events import FramingEvent, Packet, QuickAck, TransportErrorReceived
from sansio_tl.limits import Limits
from sansio_tl.role import Role

QUICK_ACK_CODE: Final = -1
"""Code of a quick acknowledgement that arrives as a packet: this code, then the token."""

CODE: Final = struct.Struct("<i")
"""A transport error code."""

SHORT: Final = 16
"""Packets below this size may be something else than a message."""


class PacketFraming(Framing):
    """Base class of packet formats. It passes each packet through `_check_length` and `_classify`."""

    def __init__(self, role: Role, limits: Limits | None) -> None:
        super().__init__(role, limits or Limits())
        self._quick_acks_due = 0

    def _check_length(self, length: int) -> None:
        """Reject the length of an incoming packet that violates TR1 or TR2."""
        if length % 4 or not CODE_SIZE <= length <= self._max_incoming:
            self._reject_length(length)

    def _reject_length(self, length: int) -> NoReturn:
        found = f"invalid packet length: found {length}{self._text_received()}"
        if length > self._max_incoming:
            raise RemoteProtocolError("TR1", f"{found}, expected at most {self._max_incoming}")
        raise RemoteProtocolError("TR2", f"{found}, expected a positive multiple of 4")

    def _text_received(self) -> str:
        """Where text is in place of a length, as from a web server: what it says. For the error message."""
        return ""

    def _take_quick_ack(self, token: bytes) -> QuickAck:
        """TR4: accept at most one token for each packet that requested one."""
        if not self._quick_acks_due:
            raise RemoteProtocolError("TR4", "a quick acknowledgement that was not requested")
        self._quick_acks_due -= 1
        return QuickAck(token)

    def _classify(self, packet: Packet) -> FramingEvent | None:
        """TR3: distinguish codes from messages. Returns None for a packet without meaning."""
        payload = packet.payload
        if len(payload) >= SHORT:
            return packet
        (code,) = CODE.unpack_from(payload)
        if len(payload) == CODE_SIZE:
            return self._read_code(code)
        if self._role is Role.CLIENT and code == QUICK_ACK_CODE:
            return self._take_quick_ack(payload[4:8])
        return packet

    def _read_code(self, code: int) -> TransportErrorReceived | None:
        if code == 0:
            return None
        if code > 0 or self._role is Role.SERVER:
            raise RemoteProtocolError("TR3", f"4 bytes with the value {code} are neither an error code nor a message")
        return TransportErrorReceived(code)
