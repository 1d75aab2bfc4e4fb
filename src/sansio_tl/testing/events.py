"""What an embedded data centre tells the person who runs it.

Codes and phone numbers are there to be read (`event.code`) but not in the repr, so that a log of events stays clean.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from sansio_tl.errors import RpcError
from sansio_tl.testing.codes import Purpose
from sansio_tl.testing.ways import Way


@dataclass(frozen=True, slots=True)
class CodeSent:
    """A code is on its way to a person."""

    phone_number: str = field(repr=False)
    """Digits without a plus sign."""
    code: str = field(repr=False)
    """What the person has to type."""
    via: Way
    purpose: Purpose


@dataclass(frozen=True, slots=True)
class SignedUp:
    """A new account."""

    user_id: int


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """An auth key now belongs to an account."""

    user_id: int


@dataclass(frozen=True, slots=True)
class LoggedOut:
    """An auth key no longer belongs to an account."""

    user_id: int


@dataclass(frozen=True, slots=True)
class PhoneNumberChanged:
    """An account has another phone number."""

    user_id: int


@dataclass(frozen=True, slots=True)
class PhoneNumberVerified:
    """A person has shown that a phone number is theirs (account.verifyPhone)."""

    user_id: int


@dataclass(frozen=True, slots=True)
class DeletionStopped:
    """The owner has stopped the deletion of an account (account.confirmPhone)."""

    user_id: int


@dataclass(frozen=True, slots=True)
class RequestServed:
    """A request was answered."""

    method: str
    """Its name, for example ``"auth.signIn"``."""
    error: RpcError | None
    """What it was refused with, or None."""


DataCentreEvent: TypeAlias = (
    CodeSent
    | SignedUp
    | LoggedIn
    | LoggedOut
    | PhoneNumberChanged
    | PhoneNumberVerified
    | DeletionStopped
    | RequestServed
)
