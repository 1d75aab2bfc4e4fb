"""What both roles of the auth key handshake share: names of its numbers, its hashes and its symmetric envelope."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha1
from hmac import compare_digest

from sansio_tl.crypto.aes import ige_decrypt, ige_encrypt
from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.entropy import Entropy
from sansio_tl.errors.protocol import RemoteProtocolError

AUTH_KEY_SIZE = 256


@dataclass(frozen=True, slots=True)
class HandshakeResult:
    """The outcome of a handshake."""

    auth_key: AuthKey
    server_salt: int = field(repr=False)
    """The first salt of the key (HS16), signed 64 bit."""
    server_time: float
    """The server's Unix time when it made its Diffie-Hellman answer."""
    dc: int | None
    """The data center that the client asked for; None if it named none (p_q_inner_data)."""
    expires_in: int | None
    """Lifetime of a temporary key in seconds; None for a permanent one."""


def first_salt(new_nonce: bytes, server_nonce: bytes) -> int:
    """HS16: the first salt is the XOR of the first 8 bytes of both nonces."""
    mixed = bytes(a ^ b for a, b in zip(new_nonce[:8], server_nonce[:8], strict=True))
    return int.from_bytes(mixed, "little", signed=True)


def derive_auth_key(shared: int) -> AuthKey:
    """HS13: the key is g_ab as 256 big-endian bytes, leading zeros kept."""
    return AuthKey(shared.to_bytes(AUTH_KEY_SIZE, "big"))


def minimal_bytes(number: int) -> bytes:
    """Big-endian without leading zeros, as pq, p and q are sent (HS3)."""
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def seal_inner(data: bytes, key: bytes, iv: bytes, entropy: Entropy) -> bytes:
    """SHA1(data) + data + 0 to 15 random bytes, encrypted."""
    hashed = sha1(data, usedforsecurity=False).digest() + data
    return ige_encrypt(hashed + entropy(-len(hashed) % 16), key, iv)


def open_inner(encrypted: bytes, key: bytes, iv: bytes) -> bytes:
    """The data that `seal_inner` sealed.

    HS7: the length is a multiple of 16. HS8: the SHA1 matches with fewer than 16 bytes of padding after the data; TL
    data and all lengths here are multiples of 4, which leaves four places where the data may end.
    """
    if not encrypted or len(encrypted) % 16:
        raise RemoteProtocolError("HS7", f"the encrypted answer has {len(encrypted)} bytes, not a multiple of 16")
    plain = ige_decrypt(encrypted, key, iv)
    digest, padded = plain[:20], plain[20:]
    for padding in (0, 4, 8, 12):
        data = padded[: len(padded) - padding]
        if compare_digest(sha1(data, usedforsecurity=False).digest(), digest):
            return data
    raise RemoteProtocolError("HS8", "the SHA1 of the decrypted answer does not match")


def check_nonce(received: bytes, ours: bytes) -> None:
    """HS1: the client's nonce comes back in every answer."""
    if received != ours:
        raise RemoteProtocolError("HS1", "the answer carries another nonce")


def check_server_nonce(received: bytes, known: bytes) -> None:
    """HS2: the server's nonce is the same in every message after resPQ."""
    if received != known:
        raise RemoteProtocolError("HS2", "the answer carries another server_nonce")
