"""Plain messages: the envelope of the handshake, before there is a key.

    auth_key_id = 0   int64
    msg_id            int64
    length            int32
    body              `length` bytes

The handshake's answers come in their order, and no plain message comes after it.
"""

from __future__ import annotations

from struct import Struct

from sansio_tl.errors.protocol import RemoteProtocolError
from sansio_tl.role import Role

_HEADER = Struct("<qqi")
NO_AUTH_KEY = bytes(8)
"""The auth_key_id of plain messages."""


def seal_plain(msg_id: int, body: bytes) -> bytes:
    """The packet that carries `body` in the clear."""
    return _HEADER.pack(0, msg_id, len(body)) + body


def open_plain(packet: bytes, sender: Role) -> bytes:
    """The body of a plain packet that `sender` made.

    Raises RemoteProtocolError HS17 when the packet is encrypted, its length is wrong, or its message id does not
    have the parity of its sender.
    """
    if len(packet) < _HEADER.size or packet[:8] != NO_AUTH_KEY:
        raise RemoteProtocolError("HS17", f"a plain message was due, but not this packet of {len(packet)} bytes")
    _, msg_id, length = _HEADER.unpack_from(packet)
    if length != len(packet) - _HEADER.size:
        raise RemoteProtocolError("HS17", f"a plain message of {length} bytes in {len(packet) - _HEADER.size}")
    if (msg_id & 3 == 0) is not (sender is Role.CLIENT) or msg_id & 3 == 2:
        raise RemoteProtocolError("HS17", f"message id {msg_id:#x} was not made by a {sender.value}")
    return packet[_HEADER.size :]
