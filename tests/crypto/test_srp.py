# ruff: noqa: N803, N806 - the names of the documentation

from __future__ import annotations

import os
from functools import cache
from hashlib import pbkdf2_hmac, sha256
from typing import Any

import pytest

from sansio_tl.crypto import srp
from sansio_tl.crypto.dh import KNOWN_PRIME
from sansio_tl.errors import LocalProtocolError, RemoteProtocolError
from tests.helpers.entropy import SeededEntropy

P = KNOWN_PRIME.to_bytes(256, "big")
ALGO: Any = {"salt1": b"salt one", "salt2": b"salt two", "g": 3, "p": P}
PASSWORD = "correct horse"


@cache
def verifier() -> bytes:
    return srp.verifier(PASSWORD, **ALGO)


def offer(seed: str = "server") -> srp.SrpChallenge:
    return srp.challenge(verifier(), g=3, p=P, entropy=SeededEntropy(seed))


def evidence(A: bytes, B: bytes, shared: int) -> bytes:
    """M1 = H(H(p) ^ H(g) | H(salt1) | H(salt2) | A | B | H(S)) of a client that knows the shared S."""
    hashes = [sha256(part).digest() for part in (P, (3).to_bytes(256, "big"), ALGO["salt1"], ALGO["salt2"])]
    group = bytes(a ^ b for a, b in zip(hashes[0], hashes[1], strict=True))
    last = sha256(shared.to_bytes(256, "big")).digest()
    return sha256(group + hashes[2] + hashes[3] + A.rjust(256, b"\0") + B + last).digest()


def test_srp_evidence_of_a_client_that_knows_the_shared_number_is_accepted() -> None:
    offered = offer()
    A = pow(3, 1 << 2000, KNOWN_PRIME).to_bytes(256, "big")
    u = int.from_bytes(sha256(A + offered.B).digest(), "big")
    x = int.from_bytes(srp.password_hash(PASSWORD, ALGO["salt1"], ALGO["salt2"]), "big")
    v, k = pow(3, x, KNOWN_PRIME), int.from_bytes(sha256(P + (3).to_bytes(256, "big")).digest(), "big")
    shared = pow(int.from_bytes(offered.B, "big") - k * v, (1 << 2000) + u * x, KNOWN_PRIME)
    assert srp.is_proven(verifier(), offered, **ALGO, A=A, M1=evidence(A, offered.B, shared))


def test_srp_proof_of_the_right_password_is_accepted_and_of_a_wrong_one_refused() -> None:
    offered = offer()
    right = srp.proof(PASSWORD, **ALGO, srp_B=offered.B, entropy=SeededEntropy("client"))
    wrong = srp.proof("wrong horse", **ALGO, srp_B=offered.B, entropy=SeededEntropy("client"))
    assert srp.is_proven(verifier(), offered, **ALGO, A=right.A, M1=right.M1)
    assert not srp.is_proven(verifier(), offered, **ALGO, A=wrong.A, M1=wrong.M1)


def test_srp_proof_for_another_challenge_is_refused() -> None:
    proof = srp.proof(PASSWORD, **ALGO, srp_B=offer("one").B, entropy=SeededEntropy("client"))
    assert not srp.is_proven(verifier(), offer("two"), **ALGO, A=proof.A, M1=proof.M1)


def test_srp_proof_matches_the_formulas_of_the_documentation() -> None:
    def H(data: bytes) -> bytes:
        return sha256(data).digest()

    def SH(data: bytes, salt: bytes) -> bytes:
        return H(salt + data + salt)

    def number(data: bytes) -> int:
        return int.from_bytes(data, "big")

    def pad(n: int) -> bytes:
        return n.to_bytes(256, "big")

    p, g, salt1, salt2 = KNOWN_PRIME, 3, ALGO["salt1"], ALGO["salt2"]
    PH1 = SH(SH(PASSWORD.encode(), salt1), salt2)
    x = number(SH(pbkdf2_hmac("sha512", PH1, salt1, 100000, 64), salt2))
    B = offer().B
    a = number(SeededEntropy("client")(256))
    A = pow(g, a, p)
    k = number(H(pad(p) + pad(g)))
    u = number(H(pad(A) + B))
    t = (number(B) - k * pow(g, x, p)) % p
    K = H(pad(pow(t, a + u * x, p)))
    group = bytes(m ^ n for m, n in zip(H(pad(p)), H(pad(g)), strict=True))
    M1 = H(group + H(salt1) + H(salt2) + pad(A) + B + K)
    assert srp.proof(PASSWORD, **ALGO, srp_B=B, entropy=SeededEntropy("client")) == srp.Proof(pad(A), M1)


def test_password_is_hashed_as_utf8_without_normalisation() -> None:
    composed, decomposed = "\u00e9", "e\u0301"
    assert srp.password_hash(composed, b"1", b"2") == srp.password_hash(composed.encode(), b"1", b"2")
    assert srp.password_hash(composed, b"1", b"2") != srp.password_hash(decomposed, b"1", b"2")


@pytest.mark.parametrize(
    ("change", "inner"),
    [
        ({"p": (KNOWN_PRIME >> 1).to_bytes(256, "big")}, "HS9"),
        ({"p": (KNOWN_PRIME + 24).to_bytes(256, "big")}, "HS9"),
        ({"p": b""}, "HS9"),
        ({"g": 2}, "HS10"),
        ({"g": 1}, "HS10"),
        ({"g": -1}, "HS10"),
    ],
)
def test_HS20_invalid_group_is_refused(change: dict[str, Any], inner: str) -> None:
    with pytest.raises(RemoteProtocolError, match=f"HS20: .*{inner}"):
        srp.proof(PASSWORD, **(ALGO | change), srp_B=offer().B, entropy=os.urandom)
    with pytest.raises(RemoteProtocolError, match=f"HS20: .*{inner}"):
        srp.verifier(PASSWORD, **(ALGO | change))


@pytest.mark.parametrize(
    "B", [0, 1, KNOWN_PRIME - 1, KNOWN_PRIME, KNOWN_PRIME + 5, (1 << 2048) - 1, (1 << 1984) - 1, KNOWN_PRIME - 5]
)
def test_HS20_B_outside_the_range_is_refused(B: int) -> None:
    with pytest.raises(RemoteProtocolError, match=r"HS20: srp_B: HS1[12]"):
        srp.proof(PASSWORD, **ALGO, srp_B=B.to_bytes(256, "big"), entropy=os.urandom)


@pytest.mark.parametrize("size", [0, 247, 257])
def test_HS20_B_of_a_wrong_length_is_refused(size: int) -> None:
    with pytest.raises(RemoteProtocolError, match=f"HS20: srp_B has {size} bytes"):
        srp.proof(PASSWORD, **ALGO, srp_B=b"\x01" * size, entropy=os.urandom)


def test_HS20_B_of_248_bytes_outside_the_range_is_refused() -> None:
    with pytest.raises(RemoteProtocolError, match="HS20: srp_B: HS12"):
        srp.proof(PASSWORD, **ALGO, srp_B=b"\xff" * 248, entropy=os.urandom)


@pytest.mark.parametrize("remote", [0, 1, 5, KNOWN_PRIME - 1])
def test_HS20_B_minus_kv_outside_the_range_is_refused(remote: int) -> None:
    """B = k*v + t with a tiny t: the sender could guess S."""
    k = int.from_bytes(sha256(P + (3).to_bytes(256, "big")).digest(), "big")
    B = (k * int.from_bytes(verifier(), "big") + remote) % KNOWN_PRIME
    with pytest.raises(RemoteProtocolError, match=r"HS20: srp_B - k \* v"):
        srp.proof(PASSWORD, **ALGO, srp_B=B.to_bytes(256, "big"), entropy=os.urandom)


def test_HS20_exponent_that_gives_a_scrambler_of_zero_is_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    real = srp.scrambler
    first = pow(3, int.from_bytes(SeededEntropy("client")(256), "big"), KNOWN_PRIME)
    monkeypatch.setattr(srp, "scrambler", lambda A, B: 0 if first == A else real(A, B))
    proof = srp.proof(PASSWORD, **ALGO, srp_B=offer().B, entropy=SeededEntropy("client"))
    assert first.to_bytes(256, "big") != proof.A
    assert srp.is_proven(verifier(), offer(), **ALGO, A=proof.A, M1=proof.M1)


def test_HS20_exponent_that_gives_a_tiny_A_is_drawn_again() -> None:
    draws = [(5).to_bytes(256, "big"), SeededEntropy("client")(256)]
    proof = srp.proof(PASSWORD, **ALGO, srp_B=offer().B, entropy=lambda n: draws.pop(0))
    assert proof == srp.proof(PASSWORD, **ALGO, srp_B=offer().B, entropy=SeededEntropy("client"))


def test_entropy_that_repeats_itself_is_refused() -> None:
    with pytest.raises(LocalProtocolError, match="repeats itself"):
        srp.proof(PASSWORD, **ALGO, srp_B=offer().B, entropy=bytes)
    with pytest.raises(LocalProtocolError, match="repeats itself"):
        srp.challenge(bytes(256), g=3, p=P, entropy=bytes)


@pytest.mark.parametrize(
    "A",
    [
        b"",
        bytes(256),
        P,  # the classic attack: A = 0 mod p makes S = 0 whatever the password
        bytes(255) + b"\x01",
        (KNOWN_PRIME - 1).to_bytes(256, "big"),
        (KNOWN_PRIME * 2).to_bytes(257, "big"),
        b"\x01" * 300,
    ],
)
def test_HS20_server_refuses_an_A_outside_the_range(A: bytes) -> None:
    offered = offer()
    for shared in (0, 1):
        assert not srp.is_proven(verifier(), offered, **ALGO, A=A, M1=evidence(A[-256:], offered.B, shared))


def test_repr_of_proof_and_challenge_shows_no_secret() -> None:
    offered = offer()
    proof = srp.proof(PASSWORD, **ALGO, srp_B=offered.B, entropy=os.urandom)
    assert repr(proof) == "Proof()"
    assert repr(offered) == "SrpChallenge()"


@pytest.mark.parametrize("useless", [63, 64])
def test_HS20_srp_exponents_are_drawn_64_times_at_most(useless: int) -> None:
    """An exponent of 0 gives A = 1. The verifier 0 makes B of the exponent alone."""

    def draws() -> Any:
        sequence = iter([bytes(256)] * useless + [SeededEntropy("useful")(256)])
        return lambda size: next(sequence)

    for attempt in (
        lambda: srp.challenge(bytes(256), g=3, p=P, entropy=draws()),
        lambda: srp.proof(PASSWORD, **ALGO, srp_B=offer().B, entropy=draws()),
    ):
        if useless < 64:
            attempt()
        else:
            with pytest.raises(LocalProtocolError, match="repeats itself"):
                attempt()
