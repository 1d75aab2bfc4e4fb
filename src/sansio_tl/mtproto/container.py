"""Containers: several messages in one envelope.

    msg_container#73f1f8dc   count:int32   then `count` times:
        msg_id int64   seqno int32   bytes int32   body of exactly `bytes` bytes

A container never stands in a container (MS13), nor does gzip in gzip (MS14), so that nesting is bounded. An empty
container is legal (MS16). Bodies are cut by their declared length, so an unknown one does not hurt its neighbours.
"""

from __future__ import annotations

import zlib
from dataclasses import replace
from struct import Struct

from sansio_tl import codec, types
from sansio_tl.errors.protocol import RemoteProtocolError
from sansio_tl.limits import Limits
from sansio_tl.mtproto.message import Message
from sansio_tl.tl.gzip_packed import inflate

CONTAINER = types.mtproto.MsgContainer.ID.to_bytes(4, "little")
GZIP_PACKED = types.mtproto.GzipPacked.ID.to_bytes(4, "little")
CHILD_OVERHEAD = 16
"""Bytes that a message needs in a container besides its body."""

GZIP_OVERHEAD = 12
"""Bytes that a gzip_packed has at most besides what is packed."""

_SMALL = 1 << 14
"""Bytes of an envelope whose messages need not share: what they inflate to is bounded by their size."""
_LEAST = 1 << 12
"""Bytes that each message may inflate to."""
_GZIP_FORMAT = 31
_COUNT = Struct("<4si")
_CHILD = Struct("<qii")


def join(messages: list[Message]) -> bytes:
    """The body of a container with these messages."""
    parts = [_COUNT.pack(CONTAINER, len(messages))]
    for message in messages:
        body = message.body
        parts += (_CHILD.pack(message.msg_id, message.seqno, len(body)), body)
    return b"".join(parts)


def split(body: bytes, limits: Limits) -> list[Message]:
    """The messages of a container's body.

    Raises RemoteProtocolError MS12 for too many messages, MS13 for a count or length that cannot be, for bytes that
    are left over and for a container inside the container.
    """
    if len(body) < _COUNT.size:
        raise RemoteProtocolError("MS13", f"a container of {len(body)} bytes")
    _, count = _COUNT.unpack_from(body)
    if not 0 <= count <= (len(body) - _COUNT.size) // CHILD_OVERHEAD:
        raise RemoteProtocolError("MS13", f"a container of {len(body)} bytes cannot hold {count} messages")
    if count > limits.max_container_messages:
        raise RemoteProtocolError("MS12", f"{count} messages in one container; {limits.max_container_messages} may be")
    messages: list[Message] = []
    at = _COUNT.size
    for _ in range(count):
        if at + CHILD_OVERHEAD > len(body):
            raise RemoteProtocolError("MS13", f"the container ends before its message {len(messages)}")
        msg_id, seqno, size = _CHILD.unpack_from(body, at)
        at += CHILD_OVERHEAD
        if size < 4 or size % 4 or at + size > len(body):
            raise RemoteProtocolError("MS13", f"message {len(messages)} of the container claims {size} bytes")
        child = body[at : at + size]
        if child[:4] == CONTAINER:
            raise RemoteProtocolError("MS13", "a container inside a container")
        messages.append(Message(msg_id, seqno, child))
        at += size
    if at != len(body):
        raise RemoteProtocolError("MS13", f"{len(body) - at} bytes are left over after the container's messages")
    return messages


class Shares:
    """What reading each message of an envelope may cost: by its size a part of what the envelope may (MS12).

    A small envelope costs little in any case.
    """

    def __init__(self, limits: Limits, envelope: Message) -> None:
        self._limits = limits
        self._envelope = envelope
        self._by_size: dict[int, Limits] = {}
        """Making and checking limits takes longer than reading a small message, and most have the same size."""

    def of(self, message: Message) -> Limits:
        """What reading this one may cost."""
        whole, part = len(self._envelope.body), len(message.body)
        if message is self._envelope or whole <= _SMALL:
            return self._limits
        if (share := self._by_size.get(part)) is None:
            share = self._by_size[part] = replace(
                self._limits,
                max_objects=self._limits.max_objects * part // whole,
                max_inflated_size=max(self._limits.max_inflated_size * part // whole, _LEAST),
            )
        return share


def deflate(body: bytes) -> bytes:
    """The body as a gzip_packed. The same body gives the same bytes."""
    packer = zlib.compressobj(wbits=_GZIP_FORMAT)
    return codec.encode(types.mtproto.GzipPacked(packer.compress(body) + packer.flush()))


def unpack_gzip(body: bytes, limits: Limits) -> bytes:
    """The body itself, inflated if it was a gzip_packed. Raises RemoteProtocolError TL2, MS13, MS14 and MS15."""
    if body[:4] != GZIP_PACKED:
        return body
    inflated = inflate(_packed_data(body), limits.max_inflated_size, limits.max_inflate_ratio)
    if inflated[:4] == GZIP_PACKED:
        raise RemoteProtocolError("MS14", "gzip inside gzip")
    if inflated[:4] == CONTAINER:
        raise RemoteProtocolError("MS13", "a container inside gzip")
    return inflated


def _packed_data(body: bytes) -> bytes:
    """The byte string that is the only field of gzip_packed, and fills the rest of the body."""
    if len(body) < 8 or body[4] == 255:
        raise RemoteProtocolError("TL2", "gzip_packed without a byte string")
    start, size = (5, body[4]) if body[4] < 254 else (8, int.from_bytes(body[5:8], "little"))
    if (start + size + 3) & ~3 != len(body):
        raise RemoteProtocolError("TL2", f"gzip_packed claims {size} bytes in a body of {len(body)}")
    return body[start : start + size]
