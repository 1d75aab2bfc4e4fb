"""Cases for clients: the parameters of a password challenge (SRP)."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from sansio_tl import types
from sansio_tl.conformance import sections
from sansio_tl.conformance.case import Case, Level
from sansio_tl.conformance.client_cases.handshake import SHORT_SAFE_PRIME, UNSAFE_PRIME
from sansio_tl.conformance.faulty_server import ServerBehavior
from sansio_tl.conformance.reactions import FaultyPassword
from sansio_tl.crypto.dh import KNOWN_PRIME
from sansio_tl.role import Role

Password = types.account.Password
_RISK = "A server, or an impostor, learns enough to find the password by trying."


def _correct() -> ServerBehavior:
    """The control: two-step verification with right parameters."""
    return FaultyPassword(None)


def _algo(**fields: object) -> Callable[[Password], Password | None]:
    def change(value: Password) -> Password | None:
        algo = value.current_algo
        if algo is None or isinstance(algo, types.PasswordKdfAlgoUnknown):
            return None
        return replace(value, current_algo=replace(algo, **fields))

    return change


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
        control=_correct,
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
        make=_correct,
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
    _case("b-above-prime", "srp_B is above p.", _b(KNOWN_PRIME + 3)),
)
