"""What the packet formats on a byte stream have in common: abridged, intermediate, padded and full.

Each of them is a header with a length, and a payload. The rules here hold for all of them:

- TR1: a length above `Limits.max_packet_size` is refused when the header arrives, before the payload is waited for.
- TR2: an empty packet, a negative length and a length that is no multiple of 4 are refused.
- TR3: a packet of 4 bytes from the server is an error code; 0 means nothing and is skipped. No message is that short:
  even a plain one has 20 bytes before its body.
- TR4: a quick acknowledgement counts only as an answer to a packet that asked for one.
- TR10: the stream may end between packets only.
"""

from __future__ import annotations

import struct
from abc import abstractmethod
from typing import ClassVar, Final

from sansio_tl.errors.protocol import RemoteProtocolError
from sansio_tl.framing.base import CODE_SIZE, Framing
from sansio_tl.framing.buffer import ReceiveBuffer
from sansio_tl.framing.events import FramingEvent, Packet, QuickAck, TransportFault
from sansio_tl.limits import Limits
from sansio_tl.role import Role

_SHORT: Final = 16
"""Below this many bytes a packet is looked at more closely: it may be no message."""

_CODE = struct.Struct("<i")
QUICK_ACK_CODE: Final = -1
"""Code of a quick acknowledgement that comes as a packet: this code, then the token."""


class StreamFraming(Framing):
    """A packet format on a byte stream. Subclasses read and write one packet each time."""

    tag: ClassVar[bytes] = b""
    """What the client sends first, so that the server knows the framing."""

    def __init__(self, role: Role, limits: Limits | None = None, *, tagged: bool = True) -> None:
        """`tagged=False` leaves out the tag: the framing is announced otherwise (by an obfuscated2 header)."""
        super().__init__(role, limits or Limits())
        self._buffer = ReceiveBuffer()
        self._out: list[bytes] = []
        self._quick_acks_due = 0
        self._tag_due = b""
        if tagged and role is Role.CLIENT:
            self._out.append(self.tag)
        elif tagged:
            self._tag_due = self.tag

    def _drain(self) -> bytes:
        data = b"".join(self._out)
        self._out.clear()
        return data

    def _receive(self, data: bytes) -> None:
        self._buffer.append(data)

    def _next(self) -> FramingEvent | None:
        if self._tag_due and not self._take_tag():
            return None
        while True:
            packet = self._read()
            if type(packet) is not Packet or len(packet.payload) >= _SHORT:
                return packet
            event = self._read_short(packet)
            if event is not None:
                return event

    def _check_end(self) -> None:
        if self._buffer:
            raise RemoteProtocolError("TR10", f"the stream ended inside a packet, {len(self._buffer)} bytes into it")

    @abstractmethod
    def _read(self) -> Packet | QuickAck | None:
        """Take one packet off the buffer, or None while it is incomplete."""

    def _write_fault(self, code: int) -> None:
        self._write_packet(_CODE.pack(code), quick_ack=False)

    def _take_tag(self) -> bool:
        """Server role: the stream begins with the framing's tag. False while it is incomplete."""
        if len(self._buffer) < len(self._tag_due):
            return False
        if self._buffer.take(len(self._tag_due)) != self._tag_due:
            raise RemoteProtocolError("TR2", f"the stream does not begin with the tag of the {self.kind} framing")
        self._tag_due = b""
        return True

    def _check_length(self, length: int) -> None:
        """TR1, TR2: refuse the length of an incoming packet before anything waits for its payload."""
        if length > self._limits.max_packet_size:
            raise RemoteProtocolError("TR1", f"a packet of {length} bytes is above {self._limits.max_packet_size}")
        if length < CODE_SIZE or length % 4:
            raise RemoteProtocolError("TR2", f"a packet cannot have {length} bytes")

    def _quick_ack(self, token: bytes) -> QuickAck:
        """TR4: at most one token for each packet that asked."""
        if not self._quick_acks_due:
            raise RemoteProtocolError("TR4", "a quick acknowledgement that was not asked for")
        self._quick_acks_due -= 1
        return QuickAck(token)

    def _read_short(self, packet: Packet) -> FramingEvent | None:
        """TR3: tell codes from messages in a packet of less than 16 bytes. None: it means nothing."""
        payload = packet.payload
        (code,) = _CODE.unpack_from(payload)
        if len(payload) == CODE_SIZE:
            return self._read_code(code)
        if self._role is Role.CLIENT and code == QUICK_ACK_CODE:
            return self._quick_ack(payload[4:8])
        return packet

    def _read_code(self, code: int) -> TransportFault | None:
        if code == 0:
            return None
        if code > 0 or self._role is Role.SERVER:
            raise RemoteProtocolError("TR3", f"4 bytes with the value {code} are neither an error code nor a message")
        return TransportFault(code)
