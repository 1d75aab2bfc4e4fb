"""AES-256-IGE (infinite garble extension), the block cipher mode that MTProto uses everywhere.

    c[i] = E(p[i] ^ c[i-1]) ^ p[i-1]            iv = c[0] | p[0], 16 bytes each

`cryptg` is the only Python library that offers IGE; it is used if it is installed. Without it:

Encryption reduces to CBC. Let z[i] = c[i] ^ p[i-1]. Then z[i] = E(p[i] ^ p[i-2] ^ z[i-1]), which is CBC over q[i] =
p[i] ^ p[i-2] (with q[1] = p[1] and q[2] = p[2] ^ p[0]) under the initial vector c[0]. Both XORs are done on the whole
message as one integer, so the cost is that of CBC.

Decryption chains the *inverse* cipher, which no standard mode provides. Let t[i] = p[i] ^ c[i-1]. Then t[i] = D(c[i] ^
c[i-2] ^ t[i-1]), so the XORs with c again cover the whole message, and the loop performs one XOR and one ECB call per
block: 65 KB in 1.2 ms, where `cryptg` takes 0.1 ms.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, NoReturn

from sansio_tl.errors import LocalProtocolError

if TYPE_CHECKING:
    from types import ModuleType

    from cryptography.hazmat.primitives.ciphers.base import CipherContext

BLOCK = 16
KEY_SIZE = 32
IV_SIZE = 32

_BLOCKS = Struct("16s").iter_unpack


def find_cryptg() -> ModuleType | None:
    """The module, if it is installed."""
    try:
        import cryptg
    except ImportError:
        return None
    return cryptg


CRYPTG = find_cryptg()


def ige_encrypt(data: bytes, key: bytes, iv: bytes) -> bytes:
    """Encrypt `data`, a multiple of 16 bytes, with a 32-byte `key` and a 32-byte `iv`.

    Raises LocalProtocolError when a length is wrong.
    """
    if len(data) % BLOCK or len(key) != KEY_SIZE or len(iv) != IV_SIZE:
        _reject_lengths(data, key, iv)
    if CRYPTG is not None:
        encrypted: bytes = CRYPTG.encrypt_ige(data, key, iv)
        return encrypted
    return ige_encrypt_by_cbc(data, key, iv)


def ige_decrypt(data: bytes, key: bytes, iv: bytes) -> bytes:
    """Decrypt `data`, a multiple of 16 bytes, with a 32-byte `key` and a 32-byte `iv`.

    Raises LocalProtocolError when a length is wrong: callers check the length of what a peer sent first (HS7, EN1).
    """
    if len(data) % BLOCK or len(key) != KEY_SIZE or len(iv) != IV_SIZE:
        _reject_lengths(data, key, iv)
    if CRYPTG is not None:
        decrypted: bytes = CRYPTG.decrypt_ige(data, key, iv)
        return decrypted
    return ige_decrypt_by_ecb(data, key, iv)


def ige_encrypt_by_cbc(data: bytes, key: bytes, iv: bytes) -> bytes:
    """`ige_encrypt` by `cryptography`'s CBC; the caller has checked the lengths."""
    two_back = (bytes(BLOCK) + iv[BLOCK:] + data)[: len(data)]
    one_back = (iv[BLOCK:] + data)[: len(data)]
    return _xor(_cbc_encryptor(key, iv[:BLOCK]).update(_xor(data, two_back)), one_back)


def ige_decrypt_by_ecb(data: bytes, key: bytes, iv: bytes) -> bytes:
    """`ige_decrypt` by `cryptography`'s ECB; the caller has checked the lengths."""
    two_back = (bytes(BLOCK) + iv[:BLOCK] + data)[: len(data)]
    one_back = (iv[:BLOCK] + data)[: len(data)]
    inverse = _ecb_decryptor(key).update
    number = int.from_bytes  # a local name: without cryptg, receiving spends most of its time in this loop
    chained = []
    last = number(iv[BLOCK:], "little")
    for (block,) in _BLOCKS(_xor(data, two_back)):
        inverted = inverse((number(block, "little") ^ last).to_bytes(BLOCK, "little"))
        chained.append(inverted)
        last = number(inverted, "little")
    return _xor(b"".join(chained), one_back)


def cbc_encrypt(data: bytes, key: bytes, iv: bytes) -> bytes:
    """AES-256-CBC without padding, of a multiple of 16 bytes, with a 32-byte `key` and a 16-byte `iv`."""
    return _cbc_encryptor(key, iv).update(data)


def cbc_decrypt(data: bytes, key: bytes, iv: bytes) -> bytes:
    """The inverse of `cbc_encrypt`."""
    return _cbc_decryptor(key, iv).update(data)


def _reject_lengths(data: bytes, key: bytes, iv: bytes) -> NoReturn:
    raise LocalProtocolError(
        f"invalid AES-IGE lengths: expected a multiple of {BLOCK} bytes, a key of {KEY_SIZE} and an iv of {IV_SIZE}, "
        f"found {len(data)}, {len(key)} and {len(iv)}"
    )


def _xor(a: bytes, b: bytes) -> bytes:
    return (int.from_bytes(a, "little") ^ int.from_bytes(b, "little")).to_bytes(len(a), "little")


# `cryptography` takes 25 ms to import, so the first message imports it, not `import sansio_tl`.


def _cbc_encryptor(key: bytes, iv: bytes) -> CipherContext:
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    return Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()


def _cbc_decryptor(key: bytes, iv: bytes) -> CipherContext:
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    return Cipher(algorithms.AES(key), modes.CBC(iv)).decryptor()


def _ecb_decryptor(key: bytes) -> CipherContext:
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    return Cipher(algorithms.AES(key), modes.ECB()).decryptor()  # noqa: S305 - the mode is IGE; ECB is its building block
