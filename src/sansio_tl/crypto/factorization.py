"""The proof of work of the handshake: split pq into its two primes.

pq is at most 2^63 - 1, so the smaller prime is below 2^31.5 and Brent's variant of Pollard's rho finds it after about
2^16 steps, some 20 ms. The walk is x -> x^2 + c from x = 2, with c = 1, 2, 3 ... until one succeeds: the steps are the
same for the same pq. The number of steps is bounded, and numbers that are not the product of two primes are rejected
before or after, because a peer that sends one violates the protocol (HS3).
"""

from __future__ import annotations

from math import gcd, isqrt

from sansio_tl.crypto.primes import is_prime
from sansio_tl.errors import RemoteProtocolError

MAX_PQ = (1 << 63) - 1

_BATCH = 128
"""Number of differences multiplied together before one gcd."""
MAX_STEPS = 1 << 20
"""Maximum steps of one walk: sixteen times the average for the largest possible factor."""
MAX_WALKS = 32


def factorize(pq: int) -> tuple[int, int]:
    """The primes (p, q) with p < q and p * q = pq.

    Raises RemoteProtocolError HS3 when there are none: `pq` is prime, a square, has more than two prime factors,
    or is not between 1 and 2^63 - 1.
    """
    if not 1 < pq <= MAX_PQ:
        raise RemoteProtocolError("HS3", f"pq is not between 2 and 2^63 - 1 but has {pq.bit_length()} bits")
    if is_prime(pq):
        raise RemoteProtocolError("HS3", "pq is prime")
    factor = _any_factor(pq)
    p, q = sorted((factor, pq // factor))
    if p == q or not (is_prime(p) and is_prime(q)):
        raise RemoteProtocolError("HS3", "pq is not the product of two different primes")
    return p, q


def _any_factor(n: int) -> int:
    """A factor of the composite `n` other than 1 and `n`."""
    if n % 2 == 0:
        return 2
    root = isqrt(n)
    if root * root == n:
        return root
    for c in range(1, MAX_WALKS + 1):
        factor = walk_to_factor(n, c)
        if factor not in (1, n):
            return factor
    raise RemoteProtocolError("HS3", "pq cannot be factorised")


def walk_to_factor(n: int, c: int) -> int:
    """Brent's walk until two positions agree modulo a factor of `n`: that factor, or `n` or 1 if the walk failed."""
    here = anchor = 2
    length = 1
    while length <= MAX_STEPS:
        anchor = here
        for _ in range(length):
            here = (here * here + c) % n
        for _ in range(0, length, _BATCH):
            batch_start = here
            product = 1
            for _ in range(min(_BATCH, length)):  # both are powers of two
                here = (here * here + c) % n
                product = product * (anchor - here) % n
            factor = gcd(product, n)
            if factor != 1:
                return factor if factor != n else first_factor_in_batch(n, c, anchor, batch_start)
        length *= 2
    return 1


def first_factor_in_batch(n: int, c: int, anchor: int, here: int) -> int:
    """Both factors were found in one batch: repeat the batch from position `here` with one gcd per step."""
    for _ in range(_BATCH):
        here = (here * here + c) % n
        factor = gcd(anchor - here, n)
        if factor != 1:
            return factor
    return n
