from __future__ import annotations

import sys
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sansio_tl.crypto import modular, primes
from sansio_tl.crypto.dh import KNOWN_PRIME
from sansio_tl.crypto.primes import is_prime, is_safe_prime, random_prime
from sansio_tl.errors import LocalProtocolError
from tests.helpers.entropy import SeededEntropy

SIEVE = [n for n in range(2, 20_000) if all(n % d for d in range(2, int(n**0.5) + 1))]


def test_is_prime_matches_a_sieve_for_small_numbers() -> None:
    assert [n for n in range(-3, 20_000) if is_prime(n)] == SIEVE


def test_is_safe_prime_matches_a_sieve_for_small_numbers() -> None:
    known = set(SIEVE)
    assert [p for p in range(20_000) if is_safe_prime(p)] == [p for p in SIEVE if (p - 1) // 2 in known]


def arnault() -> int:
    """397 digits, a strong pseudoprime to every prime base below 307 (F. Arnault, 1995)."""
    p = int(
        "29674495668685510550154174642905332730771991799853043350995075531276838753171770199594238596428121"
        "188033664754218345562493168782883"
    )
    return p * (313 * (p - 1) + 1) * (353 * (p - 1) + 1)


@pytest.mark.parametrize(
    ("liar", "fooled_bases"),
    [
        (3_215_031_751, SIEVE[:4]),
        (3_825_123_056_546_413_051, SIEVE[:9]),
        (318_665_857_834_031_151_167_461, SIEVE[:12]),
        (arnault(), SIEVE[:62]),
    ],
)
def test_composites_that_pass_fixed_bases_are_not_prime(liar: int, fooled_bases: list[int]) -> None:
    assert primes.passes_miller_rabin(liar, fooled_bases)
    assert not is_prime(liar)


def test_known_prime_is_a_safe_prime() -> None:
    """So that `check_group` may take it on trust."""
    assert is_safe_prime(KNOWN_PRIME)


@given(st.integers(1, 1 << 300))
def test_product_of_two_numbers_is_not_prime(n: int) -> None:
    assert not is_prime(n * n)
    assert not is_prime((n + 1) * (n + 2))


def test_composite_p_with_prime_q_is_not_a_safe_prime() -> None:
    q = next(n for n in range((1 << 100) + 1, 1 << 101, 2) if is_prime(n) and not is_prime(2 * n + 1))
    assert not is_safe_prime(2 * q + 1)


def test_prime_p_with_composite_q_is_not_a_safe_prime() -> None:
    p = next(n for n in range((1 << 100) + 1, 1 << 101, 2) if is_prime(n) and not is_prime(n // 2))
    assert not is_safe_prime(p)


def test_random_prime_has_the_requested_size_and_its_two_highest_bits_set() -> None:
    p = random_prime(256, SeededEntropy())
    assert p >> 254 == 0b11
    assert is_prime(p)
    assert p == random_prime(256, SeededEntropy())


def test_random_prime_refuses_entropy_that_repeats_itself() -> None:
    with pytest.raises(LocalProtocolError, match="repeats itself"):
        random_prime(64, lambda n: b"\xff" * n)


def test_power_is_the_same_without_gmpy2(monkeypatch: pytest.MonkeyPatch) -> None:
    base, exponent = 3**100, (1 << 2047) + 5
    fast = modular.power(base, exponent, KNOWN_PRIME)
    monkeypatch.setitem(sys.modules, "gmpy2", None)
    modular.long_power.cache_clear()
    assert modular.power(base, exponent, KNOWN_PRIME) == fast == pow(base, exponent, KNOWN_PRIME)
    assert type(fast) is int
    modular.long_power.cache_clear()


def test_random_prime_tries_65536_candidates_at_most() -> None:
    """The last one that it may draw still counts."""
    drawn = 0

    def entropy(size: int) -> bytes:
        nonlocal drawn
        drawn += 1
        return (b"\xff" * size) if drawn < 65_536 else (2**64 - 59).to_bytes(8, "big")

    assert random_prime(64, entropy) == 2**64 - 59
    assert drawn == 65_536
    drawn = -1
    with pytest.raises(LocalProtocolError):
        random_prime(64, entropy)


def test_proof_uses_the_first_13_primes_below_the_published_bound() -> None:
    """Sorenson and Webster, "Strong pseudoprimes to twelve prime bases": psi_13."""
    assert tuple(SIEVE[:13]) == primes.PROVING_BASES
    assert primes.PROVEN_BELOW == 3_317_044_064_679_887_385_961_981
    assert primes.passes_miller_rabin(primes.PROVEN_BELOW, primes.PROVING_BASES)
    assert not is_prime(primes.PROVEN_BELOW)


def test_bases_of_a_large_number_are_its_hashes_between_2_and_n_minus_2() -> None:
    n = (1 << 2048) - 159
    bases = list(primes.unforeseeable_bases(n, 64))
    assert len(bases) == len(set(bases)) == 64
    for number, base in enumerate(bases):
        stream = b"".join(sha256(bytes([number, part]) + n.to_bytes(256, "big")).digest() for part in range(9))
        assert base == 2 + int.from_bytes(stream, "big") % (n - 3)


def test_fermats_test_has_the_base_2() -> None:
    assert primes.passes_fermat(341)  # a pseudoprime to the base 2
    assert not primes.passes_fermat(91)  # one to the base 3


@pytest.mark.interpreted
def test_random_prime_passes_16_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    rounds = []

    def judge(n: int, count: int) -> bool:
        rounds.append(count)
        return is_prime(n, count)

    monkeypatch.setattr(primes, "is_prime", judge)
    random_prime(64, SeededEntropy("rounds"))
    assert set(rounds) == {16}
