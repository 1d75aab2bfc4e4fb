"""The proof of work of the handshake: split pq into its two primes.

pq is at most 2^63 - 1, so the smaller prime is below 2^31.5 and Brent's variant of Pollard's rho finds it after about
2^16 steps, some 20 ms. The walk is x -> x^2 + c from x = 2, with c = 1, 2, 3 ... until one succeeds: the steps are the
same for the same pq. The number of steps is bounded, and numbers that are not the product of two primes are rejected
before or after, because a peer that sends one violates the protocol (HS3).

A thread that computes in Python delays that of an event loop, so the walk can be made in slices of less than 1 ms.
"""

from __future__ import annotations

from math import gcd, isqrt
from typing import NamedTuple

from sansio_tl.crypto.primes import is_prime
from sansio_tl.errors import RemoteProtocolError

MAX_PQ = (1 << 63) - 1

_BATCH = 128
"""Number of differences multiplied together before one gcd."""
_SLICE = 16
"""Batches in one call of `continue_factorization`."""
MAX_STEPS = 1 << 20
"""Maximum steps of one walk: sixteen times the average for the largest possible factor."""
MAX_WALKS = 32


class Factorization(NamedTuple):
    """The state of a factorization. `continue_factorization` continues it."""

    n: int
    c: int = 0
    """The number of the walk; 0 before the first one."""
    here: int = 2
    anchor: int = 2
    """The position with which others are compared."""
    length: int = 1
    """Positions that are compared with the anchor: those after as many that are not."""
    done: int = 0
    """Steps since the anchor."""
    primes: tuple[int, int] | None = None
    """The result (p, q) with p < q."""


def factorize(pq: int) -> tuple[int, int]:
    """The primes (p, q) with p < q and p * q = pq.

    Raises RemoteProtocolError HS3 when there are none: `pq` is prime, a square, has more than two prime factors,
    or is not between 1 and 2^63 - 1.
    """
    state = Factorization(pq)
    while state.primes is None:
        state = continue_factorization(state)
    return state.primes


def continue_factorization(state: Factorization) -> Factorization:
    """Compute for less than 1 ms more. Raises as `factorize`."""
    n = state.n
    if state.c == 0:
        return _begin(n)
    here, anchor, length, done = state.here, state.anchor, state.length, state.done
    for _ in range(_SLICE):
        steps = min(_BATCH, length)  # both are powers of two
        factor = 1
        if done < length:
            here = _walk(n, state.c, here, steps)
        else:
            factor, here = _batch(n, state.c, here, anchor, steps)
        if factor not in {1, n}:
            return _end(n, factor)
        done += steps
        if done == 2 * length:
            anchor, length, done = here, 2 * length, 0
        if factor == n or length > MAX_STEPS:
            if state.c == MAX_WALKS:
                raise RemoteProtocolError("HS3", "pq cannot be factorised")
            return Factorization(n, state.c + 1)
    return state._replace(here=here, anchor=anchor, length=length, done=done)


def _begin(n: int) -> Factorization:
    """Before the first walk: find what needs none."""
    if not 1 < n <= MAX_PQ:
        raise RemoteProtocolError("HS3", f"pq is not between 2 and 2^63 - 1 but has {n.bit_length()} bits")
    if is_prime(n):
        raise RemoteProtocolError("HS3", "pq is prime")
    if n % 2 == 0:
        return _end(n, 2)
    root = isqrt(n)
    return _end(n, root) if root * root == n else Factorization(n, 1)


def _end(n: int, factor: int) -> Factorization:
    p, q = sorted((factor, n // factor))
    if p == q or not (is_prime(p) and is_prime(q)):
        raise RemoteProtocolError("HS3", "pq is not the product of two different primes")
    return Factorization(n, primes=(p, q))


def _walk(n: int, c: int, here: int, steps: int) -> int:
    for _ in range(steps):
        here = (here * here + c) % n
    return here


def _batch(n: int, c: int, here: int, anchor: int, steps: int) -> tuple[int, int]:
    """Steps that are compared with the anchor: returns a factor of `n`, 1 for none yet or `n` for none at all, and the
    last position.
    """
    batch_start = here
    product = 1
    for _ in range(steps):
        here = (here * here + c) % n
        product = product * (anchor - here) % n
    factor = gcd(product, n)
    return (factor if factor != n else first_factor_in_batch(n, c, anchor, batch_start)), here


def first_factor_in_batch(n: int, c: int, anchor: int, here: int) -> int:
    """Both factors were found in one batch: repeat the batch from position `here` with one gcd per step."""
    for _ in range(_BATCH):
        here = (here * here + c) % n
        factor = gcd(anchor - here, n)
        if factor != 1:
            return factor
    return n
