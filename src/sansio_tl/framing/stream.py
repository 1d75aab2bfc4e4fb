"""What the packet formats on a byte stream have in common: abridged, intermediate, padded and full.

Each of them is a header with a length, and a payload; a client says first which of them it speaks, by a tag.
TR10: the stream may end between packets only.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

from sansio_tl.errors.protocol import RemoteProtocolError
from sansio_tl.framing.buffer import ReceiveBuffer
from sansio_tl.framing.events import FramingEvent, Packet, QuickAck
from sansio_tl.framing.packets import CODE, PacketFraming
from sansio_tl.limits import Limits
from sansio_tl.role import Role


class StreamFraming(PacketFraming):
    """A packet format on a byte stream. Subclasses read and write one packet each time."""

    tag: ClassVar[bytes] = b""
    """What the client sends first, so that the server knows the framing."""

    def __init__(self, role: Role, limits: Limits | None = None, *, tagged: bool = True) -> None:
        """`tagged=False` leaves out the tag: the framing is announced otherwise (by an obfuscated2 header)."""
        super().__init__(role, limits)
        self._buffer = ReceiveBuffer()
        self._out: list[bytes] = []
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
            if type(packet) is not Packet:
                return packet
            event = self._judge(packet)
            if event is not None:
                return event

    def _check_end(self) -> None:
        if self._buffer:
            raise RemoteProtocolError("TR10", f"the stream ended inside a packet, {len(self._buffer)} bytes into it")

    @abstractmethod
    def _read(self) -> Packet | QuickAck | None:
        """Take one packet off the buffer, or None while it is incomplete."""

    def _write_fault(self, code: int) -> None:
        self._write_packet(CODE.pack(code), quick_ack=False)

    def _take_tag(self) -> bool:
        """Server role: the stream begins with the framing's tag. False while it is incomplete."""
        if len(self._buffer) < len(self._tag_due):
            return False
        if self._buffer.take(len(self._tag_due)) != self._tag_due:
            raise RemoteProtocolError("TR2", f"the stream does not begin with the tag of the {self.kind} framing")
        self._tag_due = b""
        return True
