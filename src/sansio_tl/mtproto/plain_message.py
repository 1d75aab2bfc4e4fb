"""Plain messages: the envelope of the handshake, before there is a key.

    auth_key_id = 0   int64
    msg_id            int64
    length            int32
    body              `length` bytes

The handshake's answers come in their order, and no plain message comes after it.

HS17 in the server role: a client's message id is not looked at. Nothing depends on it, and TDLib sends 1 when it only
checks the connection. Padding that is counted in the length is the handshake's to ignore.
"""

from __future__ import annotations

from struct import Struct

from sansio_tl.errors.protocol import RemoteProtocolError
from sansio_tl.role import Role

_HEADER = Struct("<qqi")
NO_AUTH_KEY = bytes(8)
"""The auth_key_id of plain messages."""
PLAIN_OVERHEAD = _HEADER.size
"""Bytes of a plain packet before the body."""


def seal_plain(msg_id: int, body: bytes) -> bytes:
    """The packet that carries `body` in the clear."""
    return _HEADER.pack(0, msg_id, len(body)) + body


def open_plain(packet: bytes, sender: Role) -> bytes:
    """The body of a plain packet that `sender` made.

    Raises RemoteProtocolError HS17 when the packet is encrypted, its length is wrong, or a server's message id does
    not have a server's parity.
    """
    if len(packet) < _HEADER.size or packet[:8] != NO_AUTH_KEY:
        raise RemoteProtocolError("HS17", f"a plain message was due, but not this packet of {len(packet)} bytes")
    _, msg_id, length = _HEADER.unpack_from(packet)
    if length != len(packet) - _HEADER.size:
        raise RemoteProtocolError("HS17", f"a plain message of {length} bytes in {len(packet) - _HEADER.size}")
    if sender is Role.SERVER and msg_id & 1 == 0:
        raise RemoteProtocolError("HS17", f"message id {msg_id:#x} was not made by a server")
    return packet[_HEADER.size :]
