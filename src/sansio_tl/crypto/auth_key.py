"""The auth key: 2048 bits that client and server share, and the two numbers by which they speak of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha1

from sansio_tl.errors import LocalProtocolError

SIZE = 256


@dataclass(frozen=True, slots=True)
class AuthKey:
    """An auth key of 256 bytes. Its repr shows the id only, which every packet carries in the clear.

    Raises LocalProtocolError for any other length.
    """

    key: bytes = field(repr=False)
    """The 256 bytes: secret. Whoever has them is logged in."""
    id: bytes = field(init=False, compare=False)
    """`auth_key_id`, 8 bytes: the low 64 bits of SHA1(key), as they stand at the head of a packet."""
    aux_hash: bytes = field(init=False, repr=False, compare=False)
    """`auth_key_aux_hash`, 8 bytes: the high 64 bits of SHA1(key); the handshake's retry id (HS14)."""

    def __post_init__(self) -> None:
        if len(self.key) != SIZE:
            raise LocalProtocolError(f"an auth key has {SIZE} bytes, not {len(self.key)}")
        digest = sha1(self.key, usedforsecurity=False).digest()
        object.__setattr__(self, "id", digest[-8:])
        object.__setattr__(self, "aux_hash", digest[:8])
