"""Keys for the hellos of fake TLS. Nothing is ever agreed with them, but an observer can check that they are valid:

    X25519                     32 bytes: a real public key, so a point of the curve in the right subgroup
    ML-KEM-768, client         1,184 bytes: 768 coefficients of 12 bits, each below 3329, and 32 random bytes
    ML-KEM-768, server         1,088 bytes: 768 coefficients compressed to 10 bits and 256 compressed to 4 bits

Real keys of ML-KEM cannot be distinguished from uniform coefficients: that is what its security rests on. Compression
leaves a ciphertext not quite uniform, and coefficients keep that too. FIPS 203, 4.2.1, 5.1 and 5.2
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from sansio_tl.entropy import Entropy
from sansio_tl.errors.protocol import LocalProtocolError

X25519_SIZE: Final = 32
ML_KEM_768_KEY_SIZE: Final = 1184
ML_KEM_768_CIPHERTEXT_SIZE: Final = 1088

_MODULUS: Final = 3329
_COEFFICIENTS: Final = 768
"""Three polynomials of 256 coefficients."""
_MAX_DRAWS: Final = 100
"""The first draw is too short once in 5 million times: a hundred mean that the entropy source is broken."""


def x25519_key(entropy: Entropy) -> bytes:
    """A public key."""
    return X25519PrivateKey.from_private_bytes(entropy(X25519_SIZE)).public_key().public_bytes_raw()


def ml_kem_768_key(entropy: Entropy) -> bytes:
    """What looks like an encapsulation key; no decapsulation key belongs to it."""
    return _pack(_coefficients(entropy, _COEFFICIENTS), 12) + entropy(32)


def ml_kem_768_ciphertext(entropy: Entropy) -> bytes:
    """What looks like a ciphertext for any encapsulation key."""
    drawn = _coefficients(entropy, _COEFFICIENTS + 256)
    return _pack(_compress(drawn[:_COEFFICIENTS], 10), 10) + _pack(_compress(drawn[_COEFFICIENTS:], 4), 4)


def _coefficients(entropy: Entropy, count: int) -> list[int]:
    """Uniform numbers below the modulus: of 12 random bits each, those that are too large are left out."""
    found: list[int] = []
    for _ in range(_MAX_DRAWS):
        data = entropy(2 * count)  # 4/3 as many numbers as needed; 81 of 100 are below the modulus
        for low, middle, high in zip(data[::3], data[1::3], data[2::3], strict=False):
            one, other = low | (middle & 15) << 8, middle >> 4 | high << 4
            if one < _MODULUS:
                found.append(one)
            if other < _MODULUS:
                found.append(other)
        if len(found) >= count:
            return found[:count]
    raise LocalProtocolError("the entropy source gives no coefficients below 3329")


def _compress(numbers: Iterable[int], bits: int) -> list[int]:
    """round(2^bits / 3329 * number) mod 2^bits; FIPS 203, 4.7"""
    return [((number << bits) + _MODULUS // 2) // _MODULUS % (1 << bits) for number in numbers]


def _pack(numbers: Sequence[int], bits: int) -> bytes:
    """Numbers of that many bits, least significant bit first; FIPS 203, ByteEncode"""
    groups = (
        numbers[at : at + 8] for at in range(0, len(numbers), 8)
    )  # eight numbers fill as many bytes as one has bits
    return b"".join(
        sum(number << place * bits for place, number in enumerate(group)).to_bytes(bits, "little") for group in groups
    )
