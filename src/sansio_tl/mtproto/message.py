"""A message, and the encrypted packet that carries it. They are Structs, because some are made for every message."""

from __future__ import annotations

from typing import Any

import msgspec

from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.reprs import rich_repr


class Message(msgspec.Struct, frozen=True, gc=False):
    """One message of a session, with its numbers: what the session numbers and the envelope or a container carries.

    The reprs of all of these show sizes instead of bytes: a body may hold a code or a key.
    """

    msg_id: int
    """Time of creation in units of 2**-32 s, signed 64 bit; the low two bits name its maker and kind."""
    seqno: int
    """Twice the number of content-related messages before it, plus one if it is content-related itself."""
    body: bytes
    """One boxed TL value."""

    def __repr__(self) -> str:
        return f"Message(msg_id={self.msg_id}, seqno={self.seqno}, body=<{len(self.body)} bytes>)"

    def __rich_repr__(self) -> list[Any]:
        return rich_repr(self)

    @property
    def content_related(self) -> bool:
        """Whether the receiver must acknowledge it (its seqno is odd)."""
        return bool(self.seqno & 1)

    @property
    def constructor(self) -> bytes:
        """The four bytes of the body's constructor id, as on the wire."""
        return self.body[:4]


class EncryptedPacket(msgspec.Struct, frozen=True, gc=False):
    """A message that was encrypted."""

    packet: bytes
    msg_key_large: bytes
    """32 bytes, the hash that the message key is a part of."""

    def __repr__(self) -> str:
        return f"EncryptedPacket(packet=<{len(self.packet)} bytes>)"

    def __rich_repr__(self) -> list[Any]:
        return rich_repr(self)


class DecryptedPacket(msgspec.Struct, frozen=True, gc=False):
    """What an envelope held."""

    auth_key: AuthKey
    salt: int
    session_id: int
    message: Message
    msg_key_large: bytes
    """The same of the sender."""

    def __repr__(self) -> str:
        return f"DecryptedPacket(auth_key={self.auth_key!r}, message={self.message!r})"

    def __rich_repr__(self) -> list[Any]:
        return rich_repr(self)

    @property
    def msg_key(self) -> bytes:
        """16 bytes that no other packet has: the padding, which is random, is part of what they are made from."""
        return self.msg_key_large[8:24]


class OutgoingPacket(msgspec.Struct, frozen=True, gc=False):
    """An encrypted packet on its way out."""

    data: bytes
    quick_ack: bool
    """Whether the framing shall ask for a quick acknowledgement."""

    def __repr__(self) -> str:
        return f"OutgoingPacket(data=<{len(self.data)} bytes>, quick_ack={self.quick_ack})"

    def __rich_repr__(self) -> list[Any]:
        return rich_repr(self)


def quick_ack_token(msg_key_large: bytes) -> bytes:
    """4 bytes by which a receiver acknowledges a packet at once (TR4): 32 bits of its hash, the highest set."""
    return msg_key_large[:3] + bytes([msg_key_large[3] | 0x80])
