"""Cases for clients: the parameters of a password challenge (SRP)."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256

from msgspec.structs import replace

from sansio_tl import types
from sansio_tl.conformance import sections
from sansio_tl.conformance.case import Case, Level
from sansio_tl.conformance.client_cases.handshake import SHORT_SAFE_PRIME, UNSAFE_PRIME
from sansio_tl.conformance.faulty_server import ServerBehavior
from sansio_tl.conformance.reactions import FaultyPassword, password_control
from sansio_tl.crypto import srp
from sansio_tl.crypto.dh import KNOWN_PRIME
from sansio_tl.role import Role
from sansio_tl.testing.sandbox import PASSWORD

Password = types.account.Password
_RISK = "A server, or an impostor, learns enough to find the password by trying."


def _algo(**fields: object) -> Callable[[Password], Password | None]:
    def change(value: Password) -> Password | None:
        algo = value.current_algo
        if algo is None or isinstance(algo, types.PasswordKdfAlgoUnknown):
            return None
        return replace(value, current_algo=replace(algo, **fields))

    return change


def _b_of_verifier(value: Password) -> Password | None:
    algo = value.current_algo
    if not isinstance(algo, types.PasswordKdfAlgoSHA256SHA256PBKDF2HMACSHA512iter100000SHA256ModPow):
        return None
    verifier = srp.verifier(PASSWORD, salt1=algo.salt1, salt2=algo.salt2, g=algo.g, p=algo.p)
    multiplier = int.from_bytes(sha256(algo.p + _bytes(algo.g)).digest(), "big")
    return _b(multiplier * int.from_bytes(verifier, "big") % int.from_bytes(algo.p, "big"))(value)


def _b(number: int) -> Callable[[Password], Password | None]:
    return lambda value: replace(value, srp_B=number.to_bytes(256, "big"))


def _case(name: str, title: str, change: Callable[[Password], Password | None], level: Level = Level.MUST) -> Case:
    return Case(
        name=f"password-{name}",
        check="HS20",
        role=Role.CLIENT,
        title=title,
        expected="The client sends no proof with auth.checkPassword.",
        risk=_RISK,
        section=sections.SRP,
        level=level,
        tags=("login",),
        make=lambda: FaultyPassword(change),
        control=password_control,
    )


def _bytes(number: int) -> bytes:
    return number.to_bytes(256, "big")


CASES = (
    Case(
        name="password-correct",
        check="HS20",
        role=Role.CLIENT,
        title="The account has two-step verification.",
        expected="The client sends auth.checkPassword, and completes its program.",
        risk="Accounts with a password cannot log in.",
        section=sections.SRP,
        level=Level.SHOULD,
        tags=("login",),
        make=password_control,
        control=ServerBehavior,
    ),
    _case(
        "prime-composite",
        "p of the password challenge is a composite number of 2048 bits.",
        _algo(p=_bytes(KNOWN_PRIME + 6)),
    ),
    _case(
        "prime-not-safe",
        "p of the password challenge is a prime, but (p - 1) / 2 is not.",
        _algo(p=_bytes(UNSAFE_PRIME)),
    ),
    _case(
        "prime-short", "p of the password challenge is a safe prime of 1024 bits.", _algo(p=_bytes(SHORT_SAFE_PRIME))
    ),
    _case("generator", "g of the password challenge is 2, which is no quadratic residue modulo p.", _algo(g=2)),
    _case("b-is-zero", "srp_B is 0.", _b(0)),
    _case("b-is-prime", "srp_B is p.", _b(KNOWN_PRIME)),
    _case("b-is-one", "srp_B is 1.", _b(1), Level.SHOULD),
    _case("b-long", "srp_B has 300 bytes.", lambda value: replace(value, srp_B=bytes([1]) * 300)),
    _case(
        "b-is-kv",
        "srp_B is k * v modulo p, so the shared number is 0, whatever the client's part is.",
        _b_of_verifier,
        Level.SHOULD,
    ),
    _case(
        "algorithm-unknown",
        "The algorithm of the password challenge is passwordKdfAlgoUnknown.",
        lambda value: replace(value, current_algo=types.PasswordKdfAlgoUnknown()),
    ),
    _case("b-above-prime", "srp_B is above p.", _b(KNOWN_PRIME + 3)),
)
