"""RSA keys made of an entropy argument, so that a simulated data centre has the same key in every run.

Not for keys that protect anything: a key is only as secret as the entropy it is made of.
"""

from __future__ import annotations

from math import gcd, lcm
from typing import TYPE_CHECKING

from sansio_tl.crypto.primes import is_prime
from sansio_tl.crypto.rsa import MODULUS_BITS, RsaPrivateKey
from sansio_tl.errors import LocalProtocolError

if TYPE_CHECKING:
    from sansio_tl.entropy import Entropy

EXPONENT = 65537

_ROUNDS = 16
"""Nobody chose these candidates to deceive us; FIPS 186-5 asks for 5 rounds at this size."""
_MAX_CANDIDATES = 1 << 16
"""One odd number of 1024 bits in 355 is prime: that many failures mean that the entropy repeats itself."""


def generate(entropy: Entropy) -> RsaPrivateKey:
    """A key of 2048 bits with exponent 65537; takes about 0.1 s with gmpy2 and 0.3 s without."""
    p = _prime(entropy)
    q = _prime(entropy)
    if p == q:
        raise LocalProtocolError("both primes are the same: the entropy source repeats itself")
    return RsaPrivateKey(n=p * q, e=EXPONENT, d=pow(EXPONENT, -1, lcm(p - 1, q - 1)), p=p, q=q)


def _prime(entropy: Entropy) -> int:
    """A prime of 1024 bits with its two highest bits set, so that the product of two has 2048 bits."""
    bits = MODULUS_BITS // 2
    for _ in range(_MAX_CANDIDATES):
        candidate = int.from_bytes(entropy(bits // 8), "big") | 0b11 << (bits - 2) | 1
        if gcd(candidate - 1, EXPONENT) == 1 and is_prime(candidate, _ROUNDS):
            return candidate
    raise LocalProtocolError("no prime among 65536 candidates: the entropy source repeats itself")
