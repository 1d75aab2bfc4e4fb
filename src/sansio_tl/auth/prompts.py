"""The prompts of a flow: the input that each waiting state needs, in a form that a user interface can show.

These objects hold what is needed for the next input and name the alternatives. They are msgspec Structs, so
`msgspec.to_builtins` turns each into JSON. Times are seconds since the Unix epoch, lengths are in characters.
"""

from __future__ import annotations

from enum import Enum
from typing import Any, ClassVar

from msgspec import Struct

from sansio_tl.reprs import MASK
from sansio_tl.types.help import TypeTermsOfService


class CodeDelivery(Enum):
    """How a code reaches the user, and so where to look for it."""

    APP = "app"
    """A message from Telegram in another session of the account."""
    SMS = "sms"
    """An SMS with digits."""
    CALL = "call"
    """A voice call that reads the digits."""
    FLASH_CALL = "flash call"
    """The phone rings; the calling number itself is the code and fits `pattern`."""
    MISSED_CALL = "missed call"
    """The phone rings; the last `length` digits of the calling number, which begins with `prefix`, are the code."""
    FRAGMENT = "fragment"
    """The digits are shown at `url`, for numbers that were bought there."""
    FIREBASE = "firebase"
    """An SMS that is sent only after `request_firebase_sms` proves that the application is an official one."""
    WORD = "word"
    """An SMS with one word, which begins with `beginning`."""
    PHRASE = "phrase"
    """An SMS with a phrase, which begins with `beginning`."""
    OTHER = "other"
    """A method that this version does not know: ask for digits of any number."""


class _Masked(Struct, frozen=True):
    """A record whose repr may be logged; rich shows the same."""

    SECRET: ClassVar[tuple[str, ...]] = ()
    """The fields whose values the repr hides."""

    def __repr__(self) -> str:
        shown = [f"{name}={value!r}" for name, value in self.__rich_repr__()]
        return f"{type(self).__name__}({', '.join(shown)})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        values = [(name, getattr(self, name)) for name in self.__struct_fields__]
        return [(name, MASK if name in self.SECRET and value is not None else value) for name, value in values]


class Prompt(_Masked, frozen=True):
    """Base of all prompts."""


class NumberPrompt(Prompt, frozen=True, tag="number"):
    """`send_code()` again, or with another number."""


class FirebaseProof(_Masked, frozen=True):
    """The parameters of the platform's proof; one of the three ways is filled in."""

    SECRET = ("ios_receipt",)

    safety_net_nonce: bytes | None = None
    """The nonce for SafetyNet."""
    play_integrity_project_id: int | None = None
    """The project for Play Integrity."""
    play_integrity_nonce: bytes | None = None
    """The nonce for Play Integrity."""
    ios_receipt: str | None = None
    """Equals the receipt of the push message that carries the secret."""
    ios_push_timeout: int | None = None
    """Seconds to wait for the push message; after that, `resend` with a reason."""


class CodePrompt(Prompt, frozen=True, tag="code"):
    """`enter_code(code)`, or `resend`, `report_missing_code`, `cancel`."""

    SECRET = ("pattern", "prefix", "beginning")

    via: CodeDelivery
    """How the code was sent."""
    length: int | None = None
    """Number of digits; None if it is unknown or the code does not consist of digits."""
    next_via: CodeDelivery | None = None
    """How the code would be sent again; None if it cannot be."""
    resend_at: float | None = None
    """Not before this time; None if at once or never."""
    pattern: str | None = None
    """FLASH_CALL: the calling number with ``*`` for any run of digits."""
    prefix: str | None = None
    """MISSED_CALL: how the calling number begins."""
    url: str | None = None
    """FRAGMENT: where the code is shown."""
    beginning: str | None = None
    """WORD, PHRASE: how it begins."""
    firebase: FirebaseProof | None = None
    """FIREBASE: what to prove."""
    tries: int = 0
    """Number of wrong codes so far."""


class EmailPrompt(Prompt, frozen=True, tag="e-mail"):
    """The account must have an e-mail address: `enter_email(address)` or `enter_email_token`."""

    google_allowed: bool = False
    """Whether `enter_email_token` may pass a token of Google."""
    apple_allowed: bool = False
    """Whether `enter_email_token` may pass a token of Apple."""


class EmailCodePrompt(Prompt, frozen=True, tag="e-mail code"):
    """`enter_email_code(code)`, or `enter_email_token`, `resend_email_code`, `reset_login_email`."""

    pattern: str
    """The address with most of it hidden."""
    length: int | None = None
    """Number of digits; None if it is unknown."""
    google_allowed: bool = False
    """Whether `enter_email_token` may pass a token of Google."""
    apple_allowed: bool = False
    """Whether `enter_email_token` may pass a token of Apple."""
    reset_after: int | None = None
    """Seconds to wait after `reset_login_email` until another delivery method is available: 0 for none, None if a reset
    is not offered."""
    reset_at: float | None = None
    """A reset is pending and takes place at this time."""
    own_address: bool = False
    """Whether the address was entered in this flow, so that `resend_email_code` sends the code again."""
    tries: int = 0
    """Number of wrong codes so far."""


class PaymentPrompt(Prompt, frozen=True, tag="payment"):
    """Codes to this number must be paid for: buy `store_product` in the store or pay the invoice, then
    `check_payment`.
    """

    store_product: str
    """The product to buy."""
    premium_days: int
    """Days of Telegram Premium that the purchase includes."""
    currency: str
    """ISO 4217, three letters."""
    amount: int
    """In the smallest unit of the currency."""
    support_email_address: str
    """Where to ask for help."""
    support_email_subject: str
    """The subject of a mail to that address."""


class PasswordPrompt(Prompt, frozen=True, tag="password"):
    """`enter_password(password, entropy=...)`, or `forgot_password`, or as a last resort `delete_account`."""

    hint: str | None = None
    """The hint that the user has chosen; None if there is none."""
    recoverable: bool = False
    """Whether `forgot_password` can mail a recovery code."""
    reset_at: float | None = None
    """A reset of the password is pending and takes place at this time."""
    tries: int = 0
    """Number of wrong passwords so far."""


class RecoveryCodePrompt(Prompt, frozen=True, tag="recovery code"):
    """`enter_recovery_code(code)`: logs in and removes the password."""

    email_pattern: str
    """The recovery address with most of it hidden."""


class SignUpPrompt(Prompt, frozen=True, tag="sign-up"):
    """The number has no account: accept the terms and `sign_up(first_name, last_name)`."""

    terms: str | None = None
    """Show the terms if there are any."""
    terms_in_popup: bool = False
    """Whether the user must confirm the terms in a window of their own."""
    minimum_age: int | None = None
    """The user must confirm an age of at least so many years."""

    @classmethod
    def of(cls, terms: TypeTermsOfService | None) -> SignUpPrompt:
        """From the fields of auth.authorizationSignUpRequired."""
        if terms is None:
            return cls()
        return cls(terms=terms.text, terms_in_popup=terms.popup, minimum_age=terms.min_age_confirm)


class ChallengeKind(Enum):
    """Proofs that a server may demand of official mobile applications before it executes a request."""

    RECAPTCHA = "reCAPTCHA"
    """A token of reCAPTCHA for `ChallengePrompt.action` and `key_id`."""
    PLAY_INTEGRITY = "Google Play Integrity"
    """A token of Play Integrity for `ChallengePrompt.nonce`."""
    APNS = "Apple push"
    """The secret of a push message for `ChallengePrompt.nonce`."""


class ChallengePrompt(Prompt, frozen=True, tag="challenge"):
    """`answer_challenge(token)` sends the same request with the proof; or `abandon_challenge`."""

    challenge: ChallengeKind
    """The kind of the proof."""
    nonce: str | None = None
    """PLAY_INTEGRITY, APNS: what the proof must contain."""
    action: str | None = None
    """RECAPTCHA: the action."""
    key_id: str | None = None
    """RECAPTCHA: the key of the site."""


class RetryPrompt(Prompt, frozen=True, tag="retry"):
    """A request failed: try again, `begin()`, or stop."""

    at: float | None = None
    """Not before this time; None if the server gave none."""


class BotTokenPrompt(Prompt, frozen=True, tag="bot token"):
    """`enter_token(token)`."""


class ScanPrompt(Prompt, frozen=True, tag="scan"):
    """Show `link` as a QR code, to be scanned with a logged-in device; `renew()` shows another."""

    SECRET = ("link",)

    link: str
    """``tg://login?token=...``, the content of the QR code."""
    expires_at: float
    """When the code expires, in seconds since the Unix epoch; then the flow fetches another."""


class QrLinkPrompt(Prompt, frozen=True, tag="QR link"):
    """`scan(link)` with the link in the QR code of the new device."""


class WebTokenPrompt(Prompt, frozen=True, tag="web token"):
    """`enter_token(token)` with a new token from the web application."""


class CeremonyPrompt(Prompt, frozen=True, tag="passkey ceremony"):
    """Let the platform perform the passkey ceremony with these options and submit its result."""

    options: str
    """JSON as defined by the Web Authentication standard."""


class CredentialPrompt(Prompt, frozen=True, tag="credential prompt"):
    """Let the platform prompt for the phone number credential and `enter_token(token)`."""

    SECRET = ("nonce", "payload")

    nonce: str
    """The nonce for the platform."""
    payload: str
    """The request for the platform, as the server made it."""


class PasswordSettingsPrompt(Prompt, frozen=True, tag="password settings"):
    """`set_password`, `remove_password`, or nothing: these are the current settings."""

    has_password: bool
    hint: str | None = None
    recoverable: bool = False
    unconfirmed_email: str | None = None
    """An unconfirmed recovery address, mostly hidden."""
    login_email: str | None = None
    holds_passport: bool = False
    """Telegram Passport is encrypted with this password: its content is lost when the password changes here."""


class RecoveryEmailCodePrompt(Prompt, frozen=True, tag="recovery e-mail code"):
    """`confirm_email(code)`, or `resend_email`, `cancel_email`."""

    length: int | None = None


class ResetPending(Prompt, frozen=True, tag="reset pending"):
    """The password is removed at that time: `finish` then, or `decline` before."""

    at: float


class ResetUnavailable(Prompt, frozen=True, tag="reset unavailable"):
    """A reset was declined recently: another may be requested at that time, by `begin`."""

    at: float


class SessionsPrompt(Prompt, frozen=True, tag="sessions"):
    """The list is in `sessions`: end one, end all others, or change the settings."""


class AccountTtlPrompt(Prompt, frozen=True, tag="account TTL"):
    """`set_days`, or `keep`."""

    days: int
    """The account is deleted after so many days of inactivity."""


class DeletionPrompt(Prompt, frozen=True, tag="deletion"):
    """`delete(reason)`, with the password if there is one: only then is it immediate."""


class DeletionPending(Prompt, frozen=True, tag="deletion pending"):
    """The account is deleted at that time. The user can stop that; with the password it is deleted at once."""

    at: float
