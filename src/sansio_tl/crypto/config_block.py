"""The block of 256 bytes in which help.configSimple is published: everyone can read it, one key can make it.

    data      208 bytes
    hashed    data | SHA256(data)[:16]                                224 bytes
    block     key (32 bytes) | AES256-CBC(hashed, key, iv = key[16:])   256 bytes, another key while >= modulus
    published block ^ d mod n

Official clients contain the public key, and take the block from any server: it is signed, in effect, by the RSA
operation and the hash inside (MS50).
"""

from __future__ import annotations

from hashlib import sha256
from hmac import compare_digest
from typing import TYPE_CHECKING, Final

from sansio_tl.crypto.aes import cbc_decrypt, cbc_encrypt
from sansio_tl.crypto.modular import power
from sansio_tl.crypto.rsa import BLOCK_SIZE
from sansio_tl.errors import LocalProtocolError, RemoteProtocolError

if TYPE_CHECKING:
    from sansio_tl.crypto.rsa import RsaPrivateKey, RsaPublicKey
    from sansio_tl.entropy import Entropy

DATA_SIZE: Final = 208
_KEY_SIZE: Final = 32
_IV_AT: Final = 16
_HASH_SIZE: Final = 16
_MAX_TRIES: Final = 128
"""At most half of all blocks exceed a modulus of 2048 bits: 128 in a row mean that the entropy source repeats
itself."""


def open_config_block(published: bytes, public_key: RsaPublicKey) -> bytes:
    """The 208 bytes in a published block. Raises RemoteProtocolError MS50 when the private key has not made it."""
    value = int.from_bytes(published, "big")
    if len(published) != BLOCK_SIZE or value >= public_key.n:
        raise RemoteProtocolError("MS50", f"invalid block: expected {BLOCK_SIZE} bytes below the modulus")
    block = power(value, public_key.e, public_key.n).to_bytes(BLOCK_SIZE, "big")
    key, encrypted = block[:_KEY_SIZE], block[_KEY_SIZE:]
    hashed = cbc_decrypt(encrypted, key, key[_IV_AT:])
    data = hashed[:DATA_SIZE]
    if not compare_digest(hashed[DATA_SIZE:], _hash(data)):
        raise RemoteProtocolError("MS50", "invalid block: the hash inside does not match")
    return data


def make_config_block(data: bytes, private_key: RsaPrivateKey, entropy: Entropy) -> bytes:
    """Publish 208 bytes. Raises LocalProtocolError for another length, or when the entropy source repeats itself."""
    if len(data) != DATA_SIZE:
        raise LocalProtocolError(f"invalid data of a block: found {len(data)} bytes, expected {DATA_SIZE}")
    hashed = data + _hash(data)
    for _ in range(_MAX_TRIES):
        key = entropy(_KEY_SIZE)
        block = key + cbc_encrypt(hashed, key, key[_IV_AT:])
        if int.from_bytes(block, "big") < private_key.n:
            return private_key.decrypt(block).to_bytes(BLOCK_SIZE, "big")
    raise LocalProtocolError("no block is below the modulus: the entropy source repeats itself")


def _hash(data: bytes) -> bytes:
    return sha256(data).digest()[:_HASH_SIZE]
