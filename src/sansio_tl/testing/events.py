"""What an embedded data center tells the person who runs it.

Codes, phone numbers and addresses are there to be read (`event.code`) but not in the repr, so that a log of events
stays clean.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias

from sansio_tl.errors import RpcError
from sansio_tl.testing.code_delivery import DeliveryMethod
from sansio_tl.testing.codes import PhoneCodePurpose
from sansio_tl.testing.mailbox import MailPurpose
from sansio_tl.tl.objects import Function


@dataclass(frozen=True, slots=True)
class CodeSent:
    """A code is on its way to a person."""

    phone_number: str = field(repr=False)
    """Digits without a plus sign."""
    code: str = field(repr=False)
    """What the person has to type."""
    via: DeliveryMethod
    purpose: PhoneCodePurpose


@dataclass(frozen=True, slots=True)
class MailSent:
    """A code was mailed to a person."""

    address: str = field(repr=False)
    code: str = field(repr=False)
    """What the person has to type."""
    purpose: MailPurpose


@dataclass(frozen=True, slots=True)
class SecretPushed:
    """A silent push reached an iPhone that waits for a code (Firebase): auth.requestFirebaseSms wants the secret."""

    receipt: str = field(repr=False)
    """The receipt that auth.sentCodeTypeFirebaseSms told."""
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class CodeReportedMissing:
    """A person has not received a code (auth.reportMissingCode)."""

    phone_number: str = field(repr=False)
    mnc: str
    """The network that the phone is in."""


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
class AddressVerified:
    """A person has shown that an e-mail address is theirs."""

    user_id: int
    purpose: MailPurpose


@dataclass(frozen=True, slots=True)
class PasswordChanged:
    """Two-step verification was switched on or off, or has another password."""

    user_id: int
    is_set: bool


@dataclass(frozen=True, slots=True)
class DeletionRequested:
    """An account will be deleted unless its owner opens the link tg://confirmphone?phone=...&hash=..."""

    user_id: int
    hash: str = field(repr=False)
    at: float


@dataclass(frozen=True, slots=True)
class DeletionStopped:
    """The owner has stopped the deletion of an account (account.confirmPhone)."""

    user_id: int


@dataclass(frozen=True, slots=True)
class AccountDeleted:
    """An account is no more."""

    user_id: int


@dataclass(frozen=True, slots=True)
class RequestServed:
    """A request was answered."""

    method: str
    """Its name, for example ``"auth.signIn"``."""
    error: RpcError | None
    """What it was refused with, or None."""
    query: Function[Any] | None = field(default=None, compare=False, repr=False)
    """The request itself, with its secrets; its repr hides them."""


@dataclass(frozen=True, slots=True)
class OtherLayer:
    """A client has introduced itself with a layer whose schema is not there (`DataCenterConfig.schemas`)."""

    layer: int
    """What it speaks."""
    served: int
    """In which layer it is served, the nearest that is there."""


@dataclass(frozen=True, slots=True)
class LinkEnded:
    """A client's link is over."""

    error: Exception | None
    """Why, if it did not just end."""


DataCenterEvent: TypeAlias = (
    CodeSent
    | MailSent
    | SecretPushed
    | CodeReportedMissing
    | SignedUp
    | LoggedIn
    | LoggedOut
    | PhoneNumberChanged
    | PhoneNumberVerified
    | AddressVerified
    | PasswordChanged
    | DeletionRequested
    | DeletionStopped
    | AccountDeleted
    | RequestServed
    | OtherLayer
    | LinkEnded
)
