"""The people of an embedded data centre.

`Accounts` may be shared by several data centres: an account lives on one of them (`dc_id`), and the others send its
owner there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from sansio_tl.crypto import srp
from sansio_tl.crypto.dh import KNOWN_PRIME
from sansio_tl.entropy import Entropy
from sansio_tl.errors import LocalProtocolError

_FIRST_USER_ID = 1_000_001

GENERATOR = 3
PRIME = KNOWN_PRIME.to_bytes(256, "big")
"""The group of two-step verification: the same as Telegram's."""


@dataclass(frozen=True, slots=True)
class Password:
    """What the server keeps of a two-step verification password: enough to check it, not enough to know it."""

    salt1: bytes = field(repr=False)
    salt2: bytes = field(repr=False)
    verifier: bytes = field(repr=False)
    hint: str | None = None

    @classmethod
    def of(cls, password: str, *, hint: str | None = None, entropy: Entropy) -> Password:
        """Derive the verifier, which takes about 0.1 s."""
        salt1, salt2 = entropy(40), entropy(16)
        verifier = srp.verifier(password, salt1=salt1, salt2=salt2, g=GENERATOR, p=PRIME)
        return cls(salt1, salt2, verifier, hint)


@dataclass(slots=True, eq=False)
class Account:
    """One account."""

    id: int
    dc_id: int
    phone_number: str = field(repr=False)
    """Digits without a plus sign; change it with `Accounts.move`."""
    first_name: str = field(repr=False)
    last_name: str = field(repr=False)
    access_hash: int = field(repr=False)
    password: Password | None = None
    password_tries: int = 0
    """Wrong passwords since the last right one."""
    password_locked_until: float = 0.0
    """Until then passwords are not even looked at."""
    deletion_hash: str | None = field(default=None, repr=False)
    """The hash of the tg://confirmphone link while somebody tries to delete the account."""
    verified_numbers: set[str] = field(default_factory=set, repr=False)
    """Numbers that the owner has verified with account.verifyPhone."""
    logout_tokens: set[bytes] = field(default_factory=set, repr=False)
    """Tokens that let a device log in again without a code."""


class Accounts:
    """All accounts, by id and by phone number. Hand the same object to several data centres to make one world."""

    def __init__(self) -> None:
        self._by_id: dict[int, Account] = {}
        self._by_number: dict[str, Account] = {}

    def __len__(self) -> int:
        return len(self._by_id)

    def __iter__(self) -> Iterator[Account]:
        return iter(tuple(self._by_id.values()))

    def create(  # noqa: D417
        self,
        phone_number: str,
        *,
        dc_id: int,
        first_name: str,
        last_name: str = "",
        password: str | None = None,
        hint: str | None = None,
        entropy: Entropy,
    ) -> Account:
        """Add an account.

        Args:
            phone_number: with or without plus sign, spaces and dashes.
            password: of two-step verification, which is on when there is one.
            hint: what account.getPassword tells of it.

        Raises LocalProtocolError when the number is no number or has an account.
        """
        number = normalise(phone_number)
        if number is None or number in self._by_number:
            raise LocalProtocolError("the phone number is malformed or has an account")
        account = Account(
            id=_FIRST_USER_ID + len(self._by_id),
            dc_id=dc_id,
            phone_number=number,
            first_name=first_name,
            last_name=last_name,
            access_hash=int.from_bytes(entropy(8), "little", signed=True),
            password=None if password is None else Password.of(password, hint=hint, entropy=entropy),
        )
        self._by_id[account.id] = self._by_number[number] = account
        return account

    def with_id(self, user_id: int) -> Account | None:
        """The account of that user id."""
        return self._by_id.get(user_id)

    def with_number(self, phone_number: str) -> Account | None:
        """The account of that number, given with or without plus sign, spaces and dashes."""
        number = normalise(phone_number)
        return None if number is None else self._by_number.get(number)

    def move(self, account: Account, phone_number: str) -> None:
        """Give an account another number. Raises LocalProtocolError when the number is no number or has an account."""
        number = normalise(phone_number)
        if number is None or number in self._by_number:
            raise LocalProtocolError("the phone number is malformed or has an account")
        del self._by_number[account.phone_number]
        account.phone_number = number
        self._by_number[number] = account


def normalise(phone_number: str) -> str | None:
    """The digits of a phone number as people write it: 7 to 15 of them (E.164); None when it is not one."""
    number = phone_number.strip().removeprefix("+").translate({ord(mark): None for mark in " -()"})
    return number if 7 <= len(number) <= 15 and number.isascii() and number.isdecimal() else None
