"""The events of an embedded data center.

Codes, phone numbers and addresses can be read (`event.code`) but are not in the repr, so that a log of events holds no
secrets.
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
    """A code was sent to a user."""

    phone_number: str = field(repr=False)
    """Digits without a plus sign."""
    code: str = field(repr=False)
    """The text that the user has to type."""
    via: DeliveryMethod
    purpose: PhoneCodePurpose


@dataclass(frozen=True, slots=True)
class MailSent:
    """A code was mailed to a user."""

    address: str = field(repr=False)
    code: str = field(repr=False)
    """The text that the user has to type."""
    purpose: MailPurpose


@dataclass(frozen=True, slots=True)
class SecretPushed:
    """A silent push was sent to an iPhone that waits for a code (Firebase): auth.requestFirebaseSms requires the
    secret.
    """

    receipt: str = field(repr=False)
    """The receipt in auth.sentCodeTypeFirebaseSms."""
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class CodeReportedMissing:
    """A user has not received a code (auth.reportMissingCode)."""

    phone_number: str = field(repr=False)
    mnc: str
    """The mobile network of the phone."""


@dataclass(frozen=True, slots=True)
class SignedUp:
    """An account was created."""

    user_id: int


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """An auth key was logged in."""

    user_id: int


@dataclass(frozen=True, slots=True)
class LoggedOut:
    """An auth key was logged out."""

    user_id: int


@dataclass(frozen=True, slots=True)
class PhoneNumberChanged:
    """The phone number of an account was changed."""

    user_id: int


@dataclass(frozen=True, slots=True)
class PhoneNumberVerified:
    """A user has verified a phone number (account.verifyPhone)."""

    user_id: int


@dataclass(frozen=True, slots=True)
class AddressVerified:
    """A user has verified an e-mail address."""

    user_id: int
    purpose: MailPurpose


@dataclass(frozen=True, slots=True)
class PasswordChanged:
    """Two-step verification was enabled, disabled, or got another password."""

    user_id: int
    is_set: bool


@dataclass(frozen=True, slots=True)
class DeletionRequested:
    """An account will be deleted unless the user opens the link tg://confirmphone?phone=...&hash=..."""

    user_id: int
    hash: str = field(repr=False)
    at: float


@dataclass(frozen=True, slots=True)
class DeletionStopped:
    """The user has stopped the deletion of an account (account.confirmPhone)."""

    user_id: int


@dataclass(frozen=True, slots=True)
class AccountDeleted:
    """An account was deleted."""

    user_id: int


@dataclass(frozen=True, slots=True)
class RequestServed:
    """A request was answered."""

    method: str
    """The name of the method, for example ``"auth.signIn"``."""
    error: RpcError | None
    """The error of the answer, or None."""
    query: Function[Any] | None = field(default=None, compare=False, repr=False)
    """The request itself, with its secrets; its repr hides them."""
    user_id: int | None = field(default=None, compare=False)
    """The user whose client has made it; None without a login."""


@dataclass(frozen=True, slots=True)
class AnswerFailed:
    """A function that a test has set as the answer to a method has raised, or returned what is no answer."""

    method: str
    error: Exception
    """With its traceback."""


@dataclass(frozen=True, slots=True)
class OtherLayer:
    """A client uses a layer whose schema is not available (`DataCenterConfig.schemas`)."""

    layer: int
    """The layer of the client."""
    served: int
    """The layer in which it is served, the nearest available one."""


@dataclass(frozen=True, slots=True)
class ConnectionEnded:
    """A client's connection has ended."""

    error: Exception | None
    """Why, if by an error."""


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
    | AnswerFailed
    | OtherLayer
    | ConnectionEnded
)
