"""E-mail addresses, and mailed codes that were not yet entered.

An address is text with one @ between two parts without spaces. Mail to the domain `not-allowed.example` is never sent
(EMAIL_NOT_ALLOWED).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from hmac import compare_digest

from sansio_tl import errors

FORBIDDEN_DOMAIN = "not-allowed.example"
CODE_LENGTH = 6
"""Number of digits of a mailed code."""


class MailPurpose(Enum):
    """The purpose of a mailed code; the value is a description for readers."""

    LOG_IN = "log in"
    LOG_IN_SETUP = "set up the login address"
    LOG_IN_CHANGE = "change the login address"
    PASSPORT = "verify an address for Telegram Passport"
    RECOVERY_ADDRESS = "confirm the recovery address"
    RECOVERY = "recover the password"


@dataclass(slots=True, eq=False)
class MailedCode:
    """A mailed code."""

    address: str = field(repr=False)
    code: str = field(repr=False)
    expires_at: float
    tries_left: int

    def is_over(self, now: float) -> bool:
        """Whether it has expired or is no longer accepted."""
        return now >= self.expires_at or self.tries_left <= 0

    def try_code(self, typed: str) -> bool:
        """Whether the text matches; a wrong attempt counts."""
        matched = compare_digest(typed.strip().encode(), self.code.encode())
        if not matched:
            self.tries_left -= 1
        return matched


class Mailbox:
    """The mailed codes of a data center: one for each subject (an account, a phone_code_hash) and purpose."""

    def __init__(self) -> None:
        self._codes: dict[tuple[object, MailPurpose], MailedCode] = {}

    def __len__(self) -> int:
        return len(self._codes)

    def send(self, subject: object, purpose: MailPurpose, code: MailedCode, now: float) -> None:
        """Add a code, which replaces an earlier one. Drop expired ones."""
        self._codes = {key: known for key, known in self._codes.items() if not known.is_over(now)}
        self._codes[subject, purpose] = code

    def find(self, subject: object, purpose: MailPurpose, now: float) -> MailedCode | None:
        """The code that was sent; None if there is none, it has expired or is no longer accepted."""
        code = self._codes.get((subject, purpose))
        return None if code is None or code.is_over(now) else code

    def remove(self, subject: object, purpose: MailPurpose) -> None:
        """Remove a code that was used or cancelled."""
        self._codes.pop((subject, purpose), None)


MAX_ADDRESS = 254
"""Maximum characters of a mail address (RFC 5321)."""


def check_address(text: str) -> str:
    """An address without spaces around it. Raises EMAIL_INVALID or EMAIL_NOT_ALLOWED."""
    address = text.strip()
    name, at, domain = address.partition("@")
    if (
        len(address) > MAX_ADDRESS
        or not (name and at and domain)
        or "@" in domain
        or any(mark.isspace() for mark in address)
    ):
        raise errors.EmailInvalid
    if domain.casefold() == FORBIDDEN_DOMAIN:
        raise errors.EmailNotAllowed
    return address


def pattern(address: str) -> str:
    """The masked form of an address that clients show: `a***a@example.org`."""
    name, _, domain = address.partition("@")
    return f"{name[0]}***{name[-1] if len(name) > 1 else ''}@{domain}"
