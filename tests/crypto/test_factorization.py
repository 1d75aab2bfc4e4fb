from __future__ import annotations

import pickle
from itertools import combinations, pairwise
from math import gcd

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sansio_tl.crypto import factorization
from sansio_tl.crypto.factorization import MAX_PQ, Factorization, factorize
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
def test_HS3_semiprime_is_factorised_smaller_factor_first(a: int, b: int) -> None:
    if a == b:
        with pytest.raises(RemoteProtocolError, match="HS3"):
            factorize(a * b)
    else:
        assert factorize(a * b) == (min(a, b), max(a, b))


def test_HS3_largest_allowed_semiprimes_are_factorised() -> None:
    """A semiprime just below 2^63 with factors as near to each other as they come, and one as far apart."""
    p = next_prime(3_037_000_000)
    q = next_prime(p + 1)
    assert p * q <= MAX_PQ
    assert factorize(p * q) == (p, q)
    q = next_prime((MAX_PQ // 2) - 200)
    assert 2 * q <= MAX_PQ
    assert factorize(2 * q) == (2, q)


@pytest.mark.parametrize("pq", [2, 3, 5, 2_147_483_647, 9_223_372_036_854_775_783])
def test_HS3_primes_are_refused(pq: int) -> None:
    with pytest.raises(RemoteProtocolError, match="HS3: pq is prime"):
        factorize(pq)


@pytest.mark.parametrize("pq", [-6, 0, 1])
def test_HS3_numbers_below_2_are_refused(pq: int) -> None:
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
def test_any_number_is_factorised_or_refused(pq: int) -> None:
    try:
        p, q = factorize(pq)
    except RemoteProtocolError:
        return
    assert p < q
    assert p * q == pq


def walk(n: int, c: int) -> tuple[int, int] | None:
    """What the walk with this number finds; None if it fails."""
    state = Factorization(n, c)
    while state.primes is None and state.c == c:
        state = factorization.continue_factorization(state)
    return state.primes


def test_factorization_continues_from_each_of_its_states() -> None:
    """Also from a copy, in another process."""
    p, q = 2_147_483_629, 2_147_483_647
    states = [Factorization(p * q)]
    while states[-1].primes is None:
        states.append(factorization.continue_factorization(pickle.loads(pickle.dumps(states[-1]))))
    assert states[-1].primes == (p, q)
    steps = [state.done + 2 * (state.length - 1) for state in states[1:-1]]
    assert len(steps) > 10
    assert all(0 < after - before <= 2048 for before, after in pairwise(steps))


def test_brent_walk_returns_a_divisor() -> None:
    """Both factors of a small number fall into one batch of differences, which is then looked at one by one."""
    small = [n for n in range(3, 200) if is_prime(n)]
    for p, q in combinations(small, 2):
        for c in (1, 2, 3):
            assert walk(p * q, c) in {(p, q), None}
    assert walk(5 * 7, 1) is None
    assert factorize(5 * 7) == (5, 7)


@pytest.mark.interpreted
@pytest.mark.parametrize(("pq", "length"), [(2_147_483_629 * 2_147_483_647, 1 << 14), (1_000_003 * 1_000_033, 1 << 8)])
def test_HS3_steps_of_a_brent_walk_and_number_of_walks_are_bounded(
    monkeypatch: pytest.MonkeyPatch, pq: int, length: int
) -> None:
    """A walk may go on for as long as the bound says, and no further."""
    monkeypatch.setattr(factorization, "MAX_STEPS", length)
    assert walk(pq, 1) is not None
    monkeypatch.setattr(factorization, "MAX_STEPS", length // 2)
    assert walk(pq, 1) is None
    monkeypatch.setattr(factorization, "MAX_STEPS", 1)
    walks: list[int] = []
    continue_factorization = factorization.continue_factorization

    def counted(state: Factorization) -> Factorization:
        walks.append(state.c)
        return continue_factorization(state)

    monkeypatch.setattr(factorization, "continue_factorization", counted)
    with pytest.raises(RemoteProtocolError, match="HS3: pq cannot be factorised"):
        factorize(pq)
    assert walks == list(range(33))


def _first_common_divisor(n: int, c: int, anchor: int, here: int, steps: int) -> int:
    """The definition of the search step by step: `n` when no position of the walk meets `anchor`."""
    for _ in range(steps):
        here = (here**2 + c) % n
        for divisor in range(min(n, abs(anchor - here)), 1, -1):
            if n % divisor == 0 and (anchor - here) % divisor == 0:
                return divisor
        if anchor == here:
            return n
    return n


def test_repeating_a_batch_step_by_step_gives_the_factor_met_first() -> None:
    for p, q in combinations([3, 5, 7, 11, 13, 17, 19], 2):
        for c, anchor, here in [(1, 2, 5), (2, 2, 6), (3, 4, 7), (1, 0, 1)]:
            found = factorization.first_factor_in_batch(p * q, c, anchor, here)
            assert found == _first_common_divisor(p * q, c, anchor, here, 128), (p, q, c, anchor, here)


def test_HS3_repeating_a_batch_takes_128_steps_at_most() -> None:
    """The walk of x^2 + 1 modulo two primes of 16 bits, started so that it meets the anchor after 128 or 129 steps."""
    p, q = 40_009, 50_021
    walk = [3]
    for _ in range(129):
        walk.append((walk[-1] ** 2 + 1) % (p * q))
    anchor = walk[129] % p  # agrees modulo p, and hardly modulo q
    assert [step for step, here in enumerate(walk) if (here - anchor) % p == 0 or (here - anchor) % q == 0] == [129]
    assert factorization.first_factor_in_batch(p * q, 1, anchor, walk[1]) == p
    assert factorization.first_factor_in_batch(p * q, 1, anchor, walk[0]) == p * q


def test_HS3_largest_pq_is_2_to_the_63_minus_1() -> None:
    with pytest.raises(RemoteProtocolError, match="HS3: pq is not the product of two different primes"):
        factorize(2**63 - 1)
    for above in (2**63, 2**63 + 1, 2**63 + 2):
        with pytest.raises(RemoteProtocolError, match="HS3: pq is not between 2"):
            factorize(above)


def _first_meeting(n: int, c: int) -> int:
    """Brent's walk by its definition, one position at a time: the first divisor that it shows, up to length 128."""
    position, length = 2, 1
    while length <= 128:
        anchor = position
        for _ in range(length):
            position = (position**2 + c) % n
        for _ in range(length):
            position = (position**2 + c) % n
            divisor = gcd(anchor - position, n)
            if divisor != 1:
                return divisor
        length *= 2
    raise AssertionError("longer than the test expects")


def test_batched_steps_find_the_same_divisor_as_single_steps() -> None:
    odd = [n for n in range(3, 120) if is_prime(n)]
    for p, q in combinations(odd, 2):
        for c in (1, 2, 3):
            found = None if _first_meeting(p * q, c) == p * q else (p, q)
            assert walk(p * q, c) == found, (p, q, c)


@pytest.mark.parametrize(
    ("pq", "factors"), [(2 * 3, (2, 3)), (2 * 2_147_483_647, (2, 2_147_483_647)), (9, None), (2_147_483_647**2, None)]
)
def test_even_numbers_and_squares_are_factored_without_brent(pq: int, factors: tuple[int, int] | None) -> None:
    if factors is None:
        with pytest.raises(RemoteProtocolError, match="HS3: pq is not the product of two different primes"):
            factorization.continue_factorization(Factorization(pq))
    else:
        assert factorization.continue_factorization(Factorization(pq)).primes == factors
