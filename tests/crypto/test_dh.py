from __future__ import annotations

import pytest

from sansio_tl.crypto import dh
from sansio_tl.crypto.dh import KNOWN_PRIME, check_group, check_public, power
from sansio_tl.errors import RemoteProtocolError

# The 2048-bit group of RFC 3526: another safe prime of the right size, for which 2 is a residue.
RFC3526_PRIME = int(
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B"
    "302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE6"
    "49286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F83655D23DCA3AD961C62F356208552BB9ED529077096966D"
    "670C354E4ABC9804F1746C08CA18217C32905E462E36CE3BE39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF695581718"
    "3995497CEA956AE515D2261898FA051015728E5A8AACAA68FFFFFFFFFFFFFFFF",
    16,
)


def is_residue(g: int, p: int) -> bool:
    """Euler's criterion: what the table of HS10 abbreviates."""
    return power(g, (p - 1) // 2, p) == 1


def accepts(p: int, g: int) -> bool:
    try:
        check_group(p, g)
    except RemoteProtocolError:
        return False
    return True


@pytest.mark.interpreted
def test_HS9_known_prime_is_accepted_without_a_primality_test(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: int) -> bool:
        raise AssertionError("the slow test ran")

    monkeypatch.setattr(dh, "is_safe_prime", refuse)
    check_group(KNOWN_PRIME, 3)


def test_HS9_another_safe_prime_is_accepted() -> None:
    check_group(RFC3526_PRIME, 2)


@pytest.mark.parametrize(
    "p",
    [
        0,
        -KNOWN_PRIME,
        KNOWN_PRIME >> 1,  # prime, but 2047 bits
        KNOWN_PRIME << 1,
        2 * KNOWN_PRIME + 1,
    ],
)
def test_HS9_prime_of_another_size_is_refused(p: int) -> None:
    for g in range(2, 8):
        with pytest.raises(RemoteProtocolError, match=r"HS9: invalid dh_prime: found \d+ bits" if p >= 0 else "HS9"):
            check_group(p, g)


@pytest.mark.parametrize("distance", [2, 24, 840, -840])
def test_HS9_composite_of_the_right_size_is_refused(distance: int) -> None:
    with pytest.raises(RemoteProtocolError, match="HS9: dh_prime is not a safe prime"):
        check_group(KNOWN_PRIME + distance, 4)


def test_HS9_prime_that_is_not_safe_is_refused() -> None:
    prime = (1 << 2048) - 1557  # the largest prime of 2048 bits; half of it is composite
    assert power(2, prime - 1, prime) == 1
    with pytest.raises(RemoteProtocolError, match="HS9: dh_prime is not a safe prime"):
        check_group(prime, 4)


@pytest.mark.parametrize("p", [KNOWN_PRIME, RFC3526_PRIME])
def test_HS10_exactly_the_generators_of_the_subgroup_are_accepted(p: int) -> None:
    assert [g for g in range(2, 8) if accepts(p, g)] == [g for g in range(2, 8) if is_residue(g, p)]


def test_HS10_generator_2_of_the_known_prime_is_refused() -> None:
    assert KNOWN_PRIME % 8 != 7
    with pytest.raises(RemoteProtocolError, match="HS10: g = 2"):
        check_group(KNOWN_PRIME, 2)


def test_HS10_generator_5_of_the_known_prime_is_refused() -> None:
    """Several clients let 5 pass for the known prime; it generates the whole group and leaks a bit of the exponent."""
    assert not is_residue(5, KNOWN_PRIME)
    with pytest.raises(RemoteProtocolError, match="HS10: g = 5"):
        check_group(KNOWN_PRIME, 5)


@pytest.mark.parametrize("g", [-3, 0, 1, 8, 9, 16, KNOWN_PRIME - 1])
def test_HS10_generators_outside_2_to_7_are_refused(g: int) -> None:
    with pytest.raises(RemoteProtocolError, match="HS10"):
        check_group(KNOWN_PRIME, g)


def test_HS10_each_residue_rule_agrees_with_eulers_criterion() -> None:
    """Over primes of every residue class of the rules (p % 840 with p = 3 mod 4)."""
    primes = [n for n in range(11, 6000, 4) if all(n % d for d in range(2, int(n**0.5) + 1))]
    assert len({p % 840 for p in primes}) == 96
    for g, (modulus, residues) in dh.RESIDUES.items():
        for p in primes:
            assert (p % modulus in residues) == is_residue(g, p), (g, p)


@pytest.mark.parametrize("value", [-1, 0, 1, KNOWN_PRIME - 1, KNOWN_PRIME, KNOWN_PRIME + 1])
def test_HS11_values_outside_the_group_are_refused(value: int) -> None:
    with pytest.raises(RemoteProtocolError, match="HS11"):
        check_public(value, KNOWN_PRIME)


@pytest.mark.parametrize("value", [2, (1 << 1984) - 1, KNOWN_PRIME - (1 << 1984) + 1, KNOWN_PRIME - 2])
def test_HS12_values_near_the_ends_are_refused(value: int) -> None:
    with pytest.raises(RemoteProtocolError, match="HS12"):
        check_public(value, KNOWN_PRIME)


@pytest.mark.parametrize("value", [1 << 1984, KNOWN_PRIME // 2, KNOWN_PRIME - (1 << 1984)])
def test_HS12_values_at_the_bounds_are_accepted(value: int) -> None:
    check_public(value, KNOWN_PRIME)
