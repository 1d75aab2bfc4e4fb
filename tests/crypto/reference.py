"""AES-256-IGE by its definition, block by block, to compare with.

    encryption: c_i = E(p_i ^ c_(i-1)) ^ p_(i-1)        decryption: p_i = D(c_i ^ p_(i-1)) ^ c_(i-1)

The iv is c_0 followed by p_0, 16 bytes each.
"""

from __future__ import annotations

from collections.abc import Callable

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes


def ige_encrypt(data: bytes, key: bytes, iv: bytes) -> bytes:
    return _ige(data, _single_blocks(key).encryptor().update, before_in=iv[16:], before_out=iv[:16])


def ige_decrypt(data: bytes, key: bytes, iv: bytes) -> bytes:
    return _ige(data, _single_blocks(key).decryptor().update, before_in=iv[:16], before_out=iv[16:])


def _single_blocks(key: bytes) -> Cipher[modes.ECB]:
    return Cipher(algorithms.AES256(key), modes.ECB())


def _ige(data: bytes, cipher: Callable[[bytes], bytes], *, before_in: bytes, before_out: bytes) -> bytes:
    blocks = []
    for at in range(0, len(data), 16):
        block = data[at : at + 16]
        before_out = _xor(cipher(_xor(block, before_out)), before_in)
        before_in = block
        blocks.append(before_out)
    return b"".join(blocks)


def _xor(a: bytes, b: bytes) -> bytes:
    return bytes(x ^ y for x, y in zip(a, b, strict=True))
