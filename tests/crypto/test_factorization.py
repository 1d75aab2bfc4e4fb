from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sansio_tl.crypto.factorization import MAX_PQ, factorize
from sansio_tl.crypto.primes import is_prime
from sansio_tl.errors import RemoteProtocolError


def next_prime(n: int) -> int:
    while not is_prime(n):
        n += 1
    return n


primes = st.integers(2, (1 << 31) - 2).map(next_prime)


@given(primes, primes)
@example(2, 3)
@example(2147483629, 2147483647)
def test_HS3_two_primes_are_found_smaller_first(a: int, b: int) -> None:
    if a == b:
        with pytest.raises(RemoteProtocolError, match="HS3"):
            factorize(a * b)
    else:
        assert factorize(a * b) == (min(a, b), max(a, b))


def test_HS3_largest_allowed_sizes() -> None:
    """A semiprime just below 2^63 with factors as near to each other as they come, and one as far apart."""
    p = next_prime(3_037_000_000)
    q = next_prime(p + 1)
    assert p * q <= MAX_PQ
    assert factorize(p * q) == (p, q)
    q = next_prime((MAX_PQ // 2) - 200)
    assert 2 * q <= MAX_PQ
    assert factorize(2 * q) == (2, q)


@pytest.mark.parametrize("pq", [2, 3, 5, 2_147_483_647, 9_223_372_036_854_775_783])
def test_HS3_primes_are_refused_at_once(pq: int) -> None:
    with pytest.raises(RemoteProtocolError, match="HS3: pq is prime"):
        factorize(pq)


@pytest.mark.parametrize("pq", [-6, 0, 1])
def test_HS3_numbers_without_factors_are_refused(pq: int) -> None:
    with pytest.raises(RemoteProtocolError, match=r"HS3: pq is not between 2 and 2\^63 - 1"):
        factorize(pq)


@pytest.mark.parametrize("pq", [4, 9, 2_147_483_647**2, 3_037_000_493**2])
def test_HS3_squares_are_refused(pq: int) -> None:
    with pytest.raises(RemoteProtocolError, match="HS3: pq is not the product of two different primes"):
        factorize(pq)


@pytest.mark.parametrize("pq", [8, 30, 1 << 62, 65537 * 65539 * 65543, 3**39])
def test_HS3_more_than_two_factors_are_refused(pq: int) -> None:
    with pytest.raises(RemoteProtocolError, match="HS3: pq is not the product of two different primes"):
        factorize(pq)


def test_HS3_pq_above_63_bits_is_refused() -> None:
    p, q = next_prime(3_037_000_500), next_prime(3_037_000_600)
    with pytest.raises(RemoteProtocolError, match=r"HS3: pq is not between 2 and 2\^63 - 1"):
        factorize(p * q)


@given(st.integers(2, MAX_PQ))
def test_any_number_gives_its_factors_or_HS3(pq: int) -> None:
    try:
        p, q = factorize(pq)
    except RemoteProtocolError:
        return
    assert p < q
    assert p * q == pq
