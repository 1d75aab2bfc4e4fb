"""Checks of the Diffie-Hellman numbers that a peer sends.

The group is the residues modulo a safe prime p of 2048 bits, p = 2q + 1. Its generator g is one of the numbers 2..7
that are quadratic residues modulo p, so that it generates the subgroup of prime order q; which g are residues follows
from p modulo a small number, by quadratic reciprocity. A maliciously chosen prime or public value would let the peer,
or a man in the middle, learn secret exponents.

Section "Checking that p is a safe prime" and following of core.telegram.org/mtproto/security_guidelines.
"""

from __future__ import annotations

from sansio_tl.crypto.modular import power
from sansio_tl.crypto.primes import is_safe_prime
from sansio_tl.errors import RemoteProtocolError

__all__ = ["KNOWN_PRIME", "PRIME_BITS", "check_group", "check_public", "power"]

PRIME_BITS = 2048

KNOWN_PRIME = int(
    "c71caeb9c6b1c9048e6c522f70f13f73980d40238e3e21c14934d037563d930f48198a0aa7c14058229493d22530f4db"
    "fa336f6e0ac925139543aed44cce7c3720fd51f69458705ac68cd4fe6b6b13abdc9746512969328454f18faf8c595f64"
    "2477fe96bb2a941d5bcd1d4ac8cc49880708fa9b378e3c4f3a9060bee67cf9a4a4a695811051907e162753b56b0f6b41"
    "0dba74d8a84b2a14b3144e0ef1284754fd17ed950d5965b4b9dd46582db1178d169c6bc465b0d6ff9ca3928fef5b9ae4"
    "e418fc15e83ebea0f87fa9ff5eed70050ded2849f47bf959d956850ce929851f0d8115f635b105ee2e4e15d04b2454bf"
    "6f4fadf034b10403119cd8e3b92fcc5b",
    16,
)
"""The safe prime that Telegram's servers have used since 2013; a test proves it prime, so it is not tested at run
time."""

RESIDUES = {
    2: (8, (7,)),
    3: (3, (2,)),
    4: (1, (0,)),
    5: (5, (1, 4)),
    6: (24, (19, 23)),
    7: (7, (3, 5, 6)),
}
"""g -> (m, the values of p % m for which g is a quadratic residue). 4 is a square, and therefore always a residue."""

_MARGIN = 1 << (PRIME_BITS - 64)
"""Minimum distance of public values from 0 and from p; a random value is closer once in 2^63 times."""


def check_group(p: int, g: int) -> None:
    """Accept `p` and `g` as a group, or raise RemoteProtocolError HS9 (the prime) or HS10 (the generator).

    Immediate for the known prime. Another genuine safe prime costs 64 exponentiations, 0.2 s with gmpy2 and 1 s
    without: run it in a thread if that matters. The result is cached.
    """
    if p.bit_length() != PRIME_BITS:
        raise RemoteProtocolError("HS9", f"invalid dh_prime: found {p.bit_length()} bits, expected {PRIME_BITS}")
    if p != KNOWN_PRIME and not is_safe_prime(p):
        raise RemoteProtocolError("HS9", "dh_prime is not a safe prime")
    modulus, residues = RESIDUES.get(g, (1, ()))
    if p % modulus not in residues:
        raise RemoteProtocolError("HS10", f"g = {g} does not generate the subgroup of prime order")


def check_public(value: int, p: int) -> None:
    """Accept g_a or g_b, or raise RemoteProtocolError HS11 (not inside 1 .. p-1) or HS12 (too close to the ends)."""
    if not 1 < value < p - 1:
        raise RemoteProtocolError("HS11", "a public value is not between 1 and p - 1")
    if not _MARGIN <= value <= p - _MARGIN:
        raise RemoteProtocolError("HS12", "a public value is not between 2^1984 and p - 2^1984")
