"""The users and bots of an embedded data center.

Several data centers may share `Accounts`: an account belongs to one of them (`dc_id`), and the others redirect its user
there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from sansio_tl.entropy import Entropy
from sansio_tl.errors import LocalProtocolError
from sansio_tl.testing.passkeys import Passkey
from sansio_tl.testing.passwords import Password, TwoStep

_FIRST_USER_ID = 1_000_001

DAY = 86_400
ACCOUNT_TTL = 548
"""Days of inactivity after which an account is deleted by default: 18 months, as on Telegram."""
SESSION_TTL = 180
"""Days after which an idle session ends."""


@dataclass(frozen=True, slots=True)
class WebSession:
    """A website on which the user is logged in."""

    hash: int
    domain: str
    bot_id: int
    browser: str
    created_at: float


@dataclass(slots=True, eq=False)
class Account:
    """A user or bot account."""

    id: int
    dc_id: int
    phone_number: str = field(repr=False)
    """Digits without a plus sign; change it with `Accounts.change_number`. A bot has none."""
    first_name: str = field(repr=False)
    last_name: str = field(repr=False)
    access_hash: int = field(repr=False)
    two_step: TwoStep = field(default_factory=TwoStep, repr=False)
    """Two-step verification."""
    is_bot: bool = False
    banned: bool = False
    """Every request of a logged-in device fails with USER_DEACTIVATED_BAN, and no code is sent to the number."""
    deleted: bool = False
    """Every request of a logged-in device fails with USER_DEACTIVATED."""
    deletion_hash: str | None = field(default=None, repr=False)
    """The hash of the tg://confirmphone link while a deletion is pending."""
    deletion_at: float | None = None
    """When it will be deleted, unless the user stops that."""
    verified_numbers: set[str] = field(default_factory=set, repr=False)
    """Numbers that the user has verified with account.verifyPhone."""
    verified_addresses: set[str] = field(default_factory=set, repr=False)
    """E-mail addresses that the user has verified for Telegram Passport."""
    logout_tokens: set[bytes] = field(default_factory=set, repr=False)
    """Tokens that allow a login without a code."""
    login_email: str | None = field(default=None, repr=False)
    """The address to which login codes are mailed."""
    email_reset_at: float | None = None
    """When the login address is removed, because the user has no access to it."""
    passkeys: dict[str, Passkey] = field(default_factory=dict, repr=False)
    """By credential id."""
    web_sessions: dict[int, WebSession] = field(default_factory=dict)
    """By hash."""
    ttl_days: int = ACCOUNT_TTL
    """Days of inactivity after which the account is deleted."""
    session_ttl_days: int = SESSION_TTL
    """Days after which an idle session ends."""
    seen_at: float = 0.0
    """Time of the user's last activity."""

    @property
    def password(self) -> Password | None:
        """The password of two-step verification, which is enabled if there is one."""
        return self.two_step.password

    def give_up_address(self, now: float) -> None:
        """Remove the login address when the requested time has come."""
        if self.email_reset_at is not None and now >= self.email_reset_at:
            self.login_email = self.email_reset_at = None

    def is_over(self, now: float) -> bool:
        """Whether it is to be deleted, on request or for inactivity."""
        if self.deletion_at is not None and now >= self.deletion_at:
            return True
        return bool(self.seen_at) and now >= self.seen_at + self.ttl_days * DAY


class Accounts:
    """All accounts, by id, by phone number and by bot token."""

    def __init__(self) -> None:
        self._by_id: dict[int, Account] = {}
        self._by_number: dict[str, Account] = {}
        self._by_token: dict[str, Account] = {}

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
        email: str | None = None,
        entropy: Entropy,
    ) -> Account:
        """Add an account.

        Args:
            phone_number: with or without plus sign, spaces and dashes.
            password: of two-step verification, which is enabled if there is one.
            hint: the hint in account.getPassword.
            email: the recovery address of two-step verification.

        Raises LocalProtocolError if the number is invalid or in use.
        """
        number = normalise(phone_number)
        if number is None or number in self._by_number:
            raise LocalProtocolError("invalid phone number: malformed or in use")
        account = self._add(number, dc_id, first_name, last_name, entropy)
        if password is not None:
            account.two_step.password = Password.of(password, hint=hint, entropy=entropy)
            account.two_step.email = email
        self._by_number[number] = account
        return account

    def create_bot(self, token: str, *, dc_id: int, first_name: str, entropy: Entropy) -> Account:
        """Add a bot. Raises LocalProtocolError if another bot has the token."""
        if token in self._by_token:
            raise LocalProtocolError("invalid bot token: in use by another bot")
        bot = self._by_token[token] = self._add("", dc_id, first_name, "", entropy)
        bot.is_bot = True
        return bot

    def _add(self, number: str, dc_id: int, first_name: str, last_name: str, entropy: Entropy) -> Account:
        account = Account(
            id=_FIRST_USER_ID + len(self._by_id),
            dc_id=dc_id,
            phone_number=number,
            first_name=first_name,
            last_name=last_name,
            access_hash=int.from_bytes(entropy(8), "little", signed=True),
        )
        self._by_id[account.id] = account
        return account

    def with_id(self, user_id: int) -> Account | None:
        """The account with that user id, also a deleted one."""
        return self._by_id.get(user_id)

    def with_number(self, phone_number: str) -> Account | None:
        """The account with that number, given with or without plus sign, spaces and dashes."""
        number = normalise(phone_number)
        return None if number is None else self._by_number.get(number)

    def with_token(self, token: str) -> Account | None:
        """The bot with that token."""
        return self._by_token.get(token)

    def with_passkey(self, credential_id: str) -> Account | None:
        """The account to which a passkey belongs."""
        return next((account for account in self._by_id.values() if credential_id in account.passkeys), None)

    def change_number(self, account: Account, phone_number: str) -> None:
        """Change the number of an account. Raises LocalProtocolError if the number is invalid or in use."""
        number = normalise(phone_number)
        if number is None or number in self._by_number:
            raise LocalProtocolError("invalid phone number: malformed or in use")
        del self._by_number[account.phone_number]
        account.phone_number = number
        self._by_number[number] = account

    def delete(self, account: Account) -> None:
        """Delete an account: its number becomes free."""
        account.deleted = True
        account.deletion_at = account.deletion_hash = None
        account.passkeys.clear()
        account.web_sessions.clear()
        self._by_number.pop(account.phone_number, None)


def normalise(phone_number: str) -> str | None:
    """The digits of a phone number as it is written: 7 to 15 of them (E.164); None if it is invalid."""
    number = phone_number.strip().removeprefix("+").translate({ord(mark): None for mark in " -()"})
    return number if 7 <= len(number) <= 15 and number.isascii() and number.isdecimal() else None
