"""Frames of WEB proxies: several streams in one session between a client and a relay.

    type u8 | stream id u24 | length u32 | payload           big-endian; at most 1 MiB of payload

    01 OPEN     02 DATA     03 CLOSE    04 WINDOW            of a stream: id 1 to 16,777,215
    05 PING     06 PONG     10 HELLO    11 WELCOME    1f BYE of the session: id 0
    12 AUTH_CHALLENGE       13 AUTH_RESPONSE                 reserved, an error in version 1

An HTTP body and a WebSocket message hold one or more whole frames, at most 2 MiB: a batch. TR19: everything else is an
error.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum
from struct import Struct
from typing import Final, NamedTuple

from sansio_tl.errors.protocol import RemoteProtocolError

VERSION: Final = b"\x01"
"""The payload of HELLO."""
MAX_PAYLOAD: Final = 1 << 20
MAX_BATCH: Final = 2 << 20
MAX_DATA: Final = 1 << 16
"""Largest payload of the DATA frames that we send."""
MAX_FRAMES: Final = 4096
"""Frames that a relay accepts in a batch. One of 2 MiB may have 64 times as many, which cost a third of a second."""
WINDOW: Final = 4 << 20
"""Bytes that may be sent in each direction of a stream before there is credit."""
GRANT: Final = 256 << 10
"""Received bytes for which credit is given back at once; less goes with the next frames."""
MAX_STREAM: Final = 0xFF_FFFF
HEADER_SIZE: Final = 8

_HEADER: Final = Struct(">II")
_CREDIT: Final = Struct(">I")
_MAX_PING: Final = 1024
"""Largest payload of a PING, which is sent back. Relays send none, or a few bytes."""


class FrameType(IntEnum):
    """What a frame is."""

    OPEN = 0x01
    DATA = 0x02
    CLOSE = 0x03
    WINDOW = 0x04
    PING = 0x05
    PONG = 0x06
    HELLO = 0x10
    WELCOME = 0x11
    AUTH_CHALLENGE = 0x12
    AUTH_RESPONSE = 0x13
    BYE = 0x1F


_TYPES: Final = {each.value: each for each in FrameType}
_OF_STREAMS: Final = frozenset({FrameType.OPEN, FrameType.DATA, FrameType.CLOSE, FrameType.WINDOW})
_SIZES: Final[dict[FrameType, tuple[int, int]]] = {
    FrameType.OPEN: (0, 0),
    FrameType.DATA: (1, MAX_PAYLOAD),
    FrameType.CLOSE: (0, 0),
    FrameType.WINDOW: (4, 4),
    FrameType.PING: (0, _MAX_PING),
    FrameType.PONG: (0, _MAX_PING),
    FrameType.HELLO: (1, 1),
    FrameType.WELCOME: (0, 0),
    FrameType.BYE: (0, _MAX_PING),
}
"""Smallest and largest payload."""


class WebFrame(NamedTuple):
    """One frame."""

    type: FrameType
    stream_id: int
    payload: bytes = b""

    def encode(self) -> bytes:
        """The bytes of the frame."""
        return _HEADER.pack(self.type << 24 | self.stream_id, len(self.payload)) + self.payload

    @property
    def credit(self) -> int:
        """The number in a WINDOW frame."""
        credit: int = _CREDIT.unpack(self.payload)[0]
        return credit


def window(stream_id: int, credit: int) -> WebFrame:
    """Give the peer credit for so many bytes more."""
    return WebFrame(FrameType.WINDOW, stream_id, _CREDIT.pack(credit))


def read_batch(batch: bytes, most: int = MAX_BATCH // HEADER_SIZE) -> Iterator[WebFrame]:
    """The frames of a batch, `most` of them at most. Raises RemoteProtocolError("TR19")."""
    size = len(batch)
    if not 0 < size <= MAX_BATCH:
        raise _invalid(f"a batch of {size} bytes")
    at = count = 0
    while at < size:
        count += 1
        if count > most:
            raise _invalid(f"more than {most} frames in a batch")
        if size - at < HEADER_SIZE:
            raise _invalid("a batch ends inside a header")
        word, length = _HEADER.unpack_from(batch, at)
        kind = _TYPES.get(word >> 24)
        if kind is None or kind not in _SIZES:
            raise _invalid(f"type {word >> 24:#04x}")
        stream_id = word & MAX_STREAM
        if (kind in _OF_STREAMS) != (stream_id > 0):
            raise _invalid(f"{kind.name} of stream {stream_id}")
        least, largest = _SIZES[kind]
        if not least <= length <= largest:
            raise _invalid(f"{kind.name} with {length} bytes")
        at += HEADER_SIZE + length
        if at > size:
            raise _invalid("a batch ends inside a frame")
        yield WebFrame(kind, stream_id, batch[at - length : at])


def _invalid(found: str) -> RemoteProtocolError:
    return RemoteProtocolError("TR19", f"WEB proxy: invalid frames: {found}")
