"""What the packet formats on a byte stream have in common: abridged, intermediate, padded and full.

A packet is a header with a length, and a payload; a client first sends a tag that names the format. TR10: the stream
may end between packets only.

A format is implemented as a generator that reads the stream from its beginning, and yields None when it needs more
data.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import ClassVar

from sansio_tl.errors.protocol import RemoteProtocolError
from sansio_tl.framing.base import KEY_ID_SIZE
from sansio_tl.framing.buffer import ReceiveBuffer
from sansio_tl.framing.events import FramingEvent
from sansio_tl.framing.packets import CODE, PacketFraming
from sansio_tl.limits import Limits
from sansio_tl.role import Role


class StreamFraming(PacketFraming):
    """A packet format on a byte stream."""

    tag: ClassVar[bytes] = b""
    """The first bytes of a client, by which the server detects the framing."""

    def __init__(self, role: Role, limits: Limits | None = None, *, tagged: bool = True) -> None:
        """`tagged=False` omits the tag: the framing is announced otherwise (by an obfuscated2 header)."""
        super().__init__(role, limits)
        self._buffer = ReceiveBuffer()
        self._out: list[bytes] = [self.tag] if tagged and role is Role.CLIENT else []
        self._receive = self._buffer.append
        heralded = tagged and role is Role.SERVER and self.tag
        self._next = (self._read_stream(self.tag) if heralded else self._read_packets()).__next__

    @property
    def may_have_output(self) -> bool:
        """Whether a packet is queued."""
        return bool(self._out)

    def _drain(self) -> bytes:
        data = b"".join(self._out)
        self._out.clear()
        return data

    def _forget_input(self) -> None:
        self._buffer = ReceiveBuffer()

    def _check_end(self) -> None:
        if self._buffer.size:
            raise RemoteProtocolError("TR10", f"the stream ended inside a packet, {self._buffer.size} bytes into it")

    def _text_received(self) -> str:
        received = self._buffer.peek(4)
        is_text = len(received) == 4 and all(0x20 <= byte < 0x7F for byte in received)
        return f' (the text "{received.decode("ascii")}")' if is_text else ""

    def _write_fault(self, code: int) -> None:
        self._write_packet(CODE.pack(code), quick_ack=False)

    def _read_stream(self, tag: bytes) -> Iterator[FramingEvent | None]:
        """The tag, then packets."""
        while self._buffer.size < len(tag):
            yield None
        if self._buffer.take(len(tag)) != tag:
            raise RemoteProtocolError("TR2", f"the stream does not begin with the tag of the {self.name} framing")
        yield from self._read_packets()

    def _check_start(self, header_size: int) -> Iterator[None]:
        """TR14: check the key id of a large packet after its header, as soon as it has arrived."""
        if self._check_key is not None:
            end = header_size + KEY_ID_SIZE
            while self._buffer.size < end:
                yield None
            self._check_key(self._buffer.peek(end)[header_size:])

    @abstractmethod
    def _read_packets(self) -> Iterator[FramingEvent | None]:
        """Events in the order of the stream, None whenever it needs more data."""
