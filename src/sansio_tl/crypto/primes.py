"""Primality tests, also for numbers that an adversary may have chosen.

Below 3.3 * 10^24 the Miller-Rabin test with the first thirteen primes as bases is a proof. Above, a composite number
passes one round with probability at most 1/4, if the base is not predictable. Fixed bases are: composites that pass a
given set of them are known. The bases here are hashes of the number itself, so an adversary has to try about 4^rounds
numbers; with 64 rounds that is 2^128. No randomness is needed, and the result for a number is always the same.

A safe prime p = 2q + 1 costs no more than q: when q is prime and 2^(p-1) = 1 mod p, and 3 does not divide p,
Pocklington's theorem proves that p is prime.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from math import gcd, prod
from typing import TYPE_CHECKING

from sansio_tl.crypto.modular import power
from sansio_tl.errors import LocalProtocolError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sansio_tl.entropy import Entropy

ADVERSARIAL_ROUNDS = 64
"""Rounds for a number from the peer: 4^-64 = 2^-128."""

_RANDOM_ROUNDS = 16
"""Rounds for a number generated here; FIPS 186-5 asks for 5 at 1024 bits."""
_MAX_CANDIDATES = 1 << 16
"""One odd number of 1024 bits in 355 is prime: so many failures mean that the entropy repeats itself."""

PROVING_BASES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41)
PROVEN_BELOW = 3_317_044_064_679_887_385_961_981
"""Sorenson and Webster, "Strong pseudoprimes to twelve prime bases", 2015."""

_SMALL_PRIMES = tuple(n for n in range(2, 1000) if all(n % d for d in range(2, int(n**0.5) + 1)))
_SMALL_PRIMES_PRODUCT = prod(_SMALL_PRIMES)


def is_prime(n: int, rounds: int = ADVERSARIAL_ROUNDS) -> bool:
    """Whether `n` is prime; a composite above 3.3 * 10^24 passes with probability 4^-rounds at most."""
    if n <= _SMALL_PRIMES[-1]:
        return n in _SMALL_PRIMES
    if gcd(n, _SMALL_PRIMES_PRODUCT) != 1:
        return False
    bases = PROVING_BASES if n < PROVEN_BELOW else unforeseeable_bases(n, rounds)
    return passes_miller_rabin(n, bases)


@lru_cache(maxsize=16)
def is_safe_prime(p: int) -> bool:
    """Whether both `p` and (p - 1) / 2 are prime.

    A genuine safe prime of 2048 bits takes 0.2 s with gmpy2 and 1 s without; recent results are cached.
    """
    if p < 7:
        return p == 5
    if gcd(p, _SMALL_PRIMES_PRODUCT) not in (1, p) or not passes_fermat(p):
        return False
    return p % 3 != 0 and is_prime(p >> 1)


def random_prime(bits: int, entropy: Entropy) -> int:
    """A prime of exactly `bits` bits (a multiple of 8), whose two highest bits are set: the product of two has 2 * bits
    bits.

    Raises LocalProtocolError when the entropy source keeps repeating itself.
    """
    for _ in range(_MAX_CANDIDATES):
        candidate = int.from_bytes(entropy(bits // 8), "big") | 0b11 << (bits - 2) | 1
        if is_prime(candidate, _RANDOM_ROUNDS):
            return candidate
    raise LocalProtocolError(f"no prime among {_MAX_CANDIDATES} candidates: the entropy source repeats itself")


def passes_fermat(p: int) -> bool:
    """Fermat's test with the base 2."""
    return power(2, p - 1, p) == 1


def unforeseeable_bases(n: int, rounds: int) -> Iterable[int]:
    """Hashes of `n` between 2 and n - 2: to choose `n` by its bases costs 4^rounds attempts."""
    size = (n.bit_length() + 7) // 8
    seed = n.to_bytes(size, "big")
    for number in range(rounds):
        digests = (sha256(bytes([number, part]) + seed).digest() for part in range(size // 32 + 1))
        yield 2 + int.from_bytes(b"".join(digests), "big") % (n - 3)


def passes_miller_rabin(n: int, bases: Iterable[int]) -> bool:
    """Whether no base proves that the odd number `n` is composite."""
    twos = ((n - 1) & -(n - 1)).bit_length() - 1
    odd = (n - 1) >> twos
    for base in bases:
        x = power(base, odd, n)
        if x in (1, n - 1):
            continue
        for _ in range(twos - 1):
            x = x * x % n
            if x == n - 1:
                break
        else:
            return False
    return True
