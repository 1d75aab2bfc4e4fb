"""Two-step verification: the Secure Remote Password protocol, with Telegram's key derivation, for both sides.

The server knows v = g^x mod p, where x is derived from the password; neither x nor the password is ever sent.

    client                                     server
                <-  g, p, salts, srp_B         B = k*v + g^b
    A = g^a     A, M1  ->
    S = (B - k*g^x)^(a + u*x)                  S = (A * v^u)^b
    M1 = H(H(p) ^ H(g) | H(salt1) | H(salt2) | A | B | H(S))

H is SHA256, k = H(p | g), u = H(A | B), and every number is hashed as 256 big-endian bytes. The parameters come from
the server and are checked like those of the handshake (HS20): a bad group or a bad B would reveal the password to the
attacker that chose it.

Section "Checking the password with SRP" of core.telegram.org/api/srp.
"""

# ruff: noqa: N803, N806 - SRP and the schema name these values A, B and M1

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import pbkdf2_hmac, sha256
from hmac import compare_digest
from typing import TYPE_CHECKING

from sansio_tl.crypto.dh import check_group, check_public, power
from sansio_tl.errors import LocalProtocolError, RemoteProtocolError

if TYPE_CHECKING:
    from sansio_tl.entropy import Entropy

NUMBER_SIZE = 256
PBKDF2_ROUNDS = 100_000

_MIN_B_SIZE = 248
_MAX_TRIES = 64
"""A random exponent gives an unusable A once in 2^63 times; more failures mean that the entropy source is broken."""


@dataclass(frozen=True, slots=True)
class Proof:
    """The fields of inputCheckPasswordSRP besides srp_id."""

    A: bytes = field(repr=False)
    """g^a mod p, 256 bytes."""
    M1: bytes = field(repr=False)
    """Proof of knowledge of the password, 32 bytes."""


@dataclass(frozen=True, slots=True)
class SrpChallenge:
    """One login attempt on the server side: its secret exponent and the srp_B sent in account.password."""

    b: int = field(repr=False)
    B: bytes = field(repr=False)
    """k*v + g^b mod p, 256 bytes."""


def password_hash(password: str | bytes, salt1: bytes, salt2: bytes) -> bytes:
    """x, 32 bytes: PH2 of the documentation. About 0.1 s of PBKDF2. A str is encoded as UTF-8, without
    normalisation.
    """
    if isinstance(password, str):
        password = password.encode()
    once = _salted(_salted(password, salt1), salt2)
    return _salted(pbkdf2_hmac("sha512", once, salt1, PBKDF2_ROUNDS), salt2)


def verifier(password: str | bytes, *, salt1: bytes, salt2: bytes, g: int, p: bytes) -> bytes:
    """The verifier v = g^x mod p, 256 bytes: `new_password_hash` of account.passwordInputSettings.

    Raises RemoteProtocolError HS20 when the server proposes a bad group.
    """
    modulus = _checked_group(p, g)
    x = int.from_bytes(password_hash(password, salt1, salt2), "big")
    return _padded(power(g, x, modulus))


def proof(
    password: str | bytes, *, salt1: bytes, salt2: bytes, g: int, p: bytes, srp_B: bytes, entropy: Entropy
) -> Proof:
    """Answer the challenge `srp_B` with the fields of inputCheckPasswordSRP.

    Pure, and slow (0.2 s): run it in a thread. Raises RemoteProtocolError HS20 when p, g or B are unsafe.
    """
    modulus = _checked_group(p, g)
    B = int.from_bytes(srp_B, "big")
    if not _MIN_B_SIZE <= len(srp_B) <= NUMBER_SIZE:
        raise RemoteProtocolError("HS20", f"srp_B has {len(srp_B)} bytes")
    _check_range("srp_B", B, modulus)
    x = int.from_bytes(password_hash(password, salt1, salt2), "big")
    a = _usable_exponent(g, modulus, B, entropy)
    remote = (B - _multiplier(g, modulus) * power(g, x, modulus)) % modulus
    _check_range("srp_B - k * v", remote, modulus)
    A = power(g, a, modulus)
    u = scrambler(A, B)
    shared = power(remote, a + u * x, modulus)
    return Proof(_padded(A), _evidence(salt1, salt2, g, modulus, A, B, shared))


def proof_of_shared(shared: int, public: int, *, salt1: bytes, salt2: bytes, g: int, p: bytes, srp_B: bytes) -> Proof:
    """A proof with the public value and the shared number of one's choice, to test servers: no password makes it."""
    modulus, B = int.from_bytes(p, "big"), int.from_bytes(srp_B, "big")
    return Proof(_padded(public), _evidence(salt1, salt2, g, modulus, public, B, shared))


def challenge(v: bytes, *, g: int, p: bytes, entropy: Entropy) -> SrpChallenge:
    """The server's part before an attempt, from the 256-byte verifier `v`: a fresh exponent and its srp_B."""
    modulus = int.from_bytes(p, "big")
    for _ in range(_MAX_TRIES):
        b = int.from_bytes(entropy(NUMBER_SIZE), "big")
        B = (_multiplier(g, modulus) * int.from_bytes(v, "big") + power(g, b, modulus)) % modulus
        if _is_public(B, modulus):
            return SrpChallenge(b, _padded(B))
    raise LocalProtocolError("no usable srp_B: the entropy source repeats itself")


def is_proven(
    v: bytes, offered: SrpChallenge, *, salt1: bytes, salt2: bytes, g: int, p: bytes, A: bytes, M1: bytes
) -> bool:
    """The server's part after an attempt: whether `A` and `M1` prove the password with the verifier `v`."""
    modulus = int.from_bytes(p, "big")
    public = int.from_bytes(A, "big")
    if len(A) > NUMBER_SIZE or not _is_public(public, modulus):
        return False
    B = int.from_bytes(offered.B, "big")
    base = public * power(int.from_bytes(v, "big"), scrambler(public, B), modulus)
    shared = power(base, offered.b, modulus)
    return compare_digest(_evidence(salt1, salt2, g, modulus, public, B, shared), M1)


def _checked_group(p: bytes, g: int) -> int:
    """Check HS20: the prime and the generator pass HS9 and HS10."""
    modulus = int.from_bytes(p, "big")
    try:
        check_group(modulus, g)
    except RemoteProtocolError as error:
        raise RemoteProtocolError("HS20", f"two-step verification: {error}") from None
    return modulus


def _check_range(name: str, value: int, modulus: int) -> None:
    """Check HS20: a public value passes HS11 and HS12."""
    try:
        check_public(value, modulus)
    except RemoteProtocolError as error:
        raise RemoteProtocolError("HS20", f"{name}: {error}") from None


def _is_public(value: int, modulus: int) -> bool:
    try:
        check_public(value, modulus)
    except RemoteProtocolError:
        return False
    return True


def _usable_exponent(g: int, modulus: int, B: int, entropy: Entropy) -> int:
    """The client's secret a, 2048 bits, drawn until A is a valid public value and u is not zero (HS20)."""
    for _ in range(_MAX_TRIES):
        a = int.from_bytes(entropy(NUMBER_SIZE), "big")
        A = power(g, a, modulus)
        if _is_public(A, modulus) and scrambler(A, B) != 0:
            return a
    raise LocalProtocolError("no usable secret exponent: the entropy source repeats itself")


def _multiplier(g: int, modulus: int) -> int:
    """The multiplier k = H(p | g)."""
    return int.from_bytes(sha256(_padded(modulus) + _padded(g)).digest(), "big")


def scrambler(A: int, B: int) -> int:
    """The scrambler u = H(A | B)."""
    return int.from_bytes(sha256(_padded(A) + _padded(B)).digest(), "big")


def _evidence(salt1: bytes, salt2: bytes, g: int, modulus: int, A: int, B: int, shared: int) -> bytes:
    """The evidence M1."""
    group = int.from_bytes(_hash(_padded(modulus)), "big") ^ int.from_bytes(_hash(_padded(g)), "big")
    parts = (group.to_bytes(32, "big"), _hash(salt1), _hash(salt2), _padded(A), _padded(B), _hash(_padded(shared)))
    return _hash(b"".join(parts))


def _salted(data: bytes, salt: bytes) -> bytes:
    """SH(data, salt)."""
    return _hash(salt + data + salt)


def _hash(data: bytes) -> bytes:
    return sha256(data).digest()


def _padded(number: int) -> bytes:
    return number.to_bytes(NUMBER_SIZE, "big")
