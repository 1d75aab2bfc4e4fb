"""The auth key: 2048 bits shared by client and server, and the two ids derived from it."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha1

from sansio_tl.errors import LocalProtocolError

SIZE = 256


@dataclass(frozen=True, slots=True)
class AuthKey:
    """An auth key of 256 bytes. Its repr shows the id only, which every packet carries unencrypted.

    Raises LocalProtocolError for any other length.
    """

    key: bytes = field(repr=False)
    """The 256 bytes. Secret: they give access to the account."""
    id: bytes = field(init=False)
    """`auth_key_id`, 8 bytes: the low 64 bits of SHA1(key), as at the start of a packet."""
    aux_hash: bytes = field(init=False, repr=False)
    """`auth_key_aux_hash`, 8 bytes: the high 64 bits of SHA1(key); the handshake's retry id (HS14)."""

    def __post_init__(self) -> None:
        if len(self.key) != SIZE:
            raise LocalProtocolError(f"invalid auth key: found {len(self.key)} bytes, expected {SIZE}")
        digest = sha1(self.key, usedforsecurity=False).digest()
        object.__setattr__(self, "id", digest[-8:])
        object.__setattr__(self, "aux_hash", digest[:8])
