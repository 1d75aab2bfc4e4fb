"""A message: what the session numbers and the envelope or a container carries."""

from __future__ import annotations

import msgspec


class Message(msgspec.Struct, frozen=True, gc=False):
    """One message of a session, with its numbers. A Struct, because one is made for every message."""

    msg_id: int
    """Time of creation in units of 2**-32 s, signed 64 bit; the low two bits say who made it and why."""
    seqno: int
    """Twice the number of content-related messages before it, plus one if it is content-related itself."""
    body: bytes
    """One boxed TL value."""

    @property
    def content_related(self) -> bool:
        """Whether the receiver must acknowledge it (an odd seqno says so)."""
        return bool(self.seqno & 1)

    @property
    def constructor(self) -> bytes:
        """The four bytes of the body's constructor id, as on the wire."""
        return self.body[:4]
