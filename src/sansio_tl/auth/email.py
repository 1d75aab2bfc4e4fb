"""Verifying an e-mail address of a logged-in account: its login address, or one for Telegram Passport.

    account.sendVerifyEmailCode -> account.sentEmailCode, code, account.verifyEmail --> account.emailVerified

A Google or Apple token may replace the code. An address that must be set up during login is part of the phone-code
flow. Protocol: api/auth#email-verification.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from types import MappingProxyType
from typing import Any

from msgspec.structs import replace

from sansio_tl import types
from sansio_tl.auth.flow import DONE, FAILED, Build, Flow, FlowData
from sansio_tl.auth.password import KEY_UNREGISTERED, WAIT
from sansio_tl.auth.phone_code.table import (
    CODE_MAILED,
    EMAIL_CODE_EXPIRED,
    EMAIL_CODE_WRONG,
    EMAIL_REJECTED,
    ENTER_EMAIL,
    ENTER_EMAIL_CODE,
    ENTER_EMAIL_TOKEN,
    NO_EMAIL,
    RESEND_EMAIL_CODE,
)
from sansio_tl.auth.prompts import EmailCodePrompt, EmailPrompt, Prompt
from sansio_tl.auth.state_table import (
    AwaitInput,
    Input,
    Request,
    Result,
    RpcFailure,
    State,
    back_home,
    from_each,
    table,
)
from sansio_tl.auth.user_input import any_text, text
from sansio_tl.errors import LocalProtocolError, RpcError
from sansio_tl.functions import account

AWAITING_ADDRESS = AwaitInput("awaiting address", "The e-mail address to verify.")
AWAITING_CODE = AwaitInput("awaiting mailed code", "The server mailed a code to it.")
MAILING = Request("mailing code", "account.sendVerifyEmailCode", AWAITING_ADDRESS)
MAILING_AGAIN = Request("mailing code again", "account.sendVerifyEmailCode", AWAITING_CODE)
VERIFYING = Request("verifying", "account.verifyEmail", AWAITING_CODE, frozenset({"verification"}))
VERIFYING_TOKEN = Request("verifying token", "account.verifyEmail", AWAITING_ADDRESS, frozenset({"verification"}))

VERIFIED = Result("account.emailVerified")

_ALL = (MAILING, MAILING_AGAIN, VERIFYING, VERIFYING_TOKEN)

TABLE = table(
    {
        (AWAITING_ADDRESS, ENTER_EMAIL): MAILING,
        (AWAITING_ADDRESS, ENTER_EMAIL_TOKEN): VERIFYING_TOKEN,
        (AWAITING_CODE, ENTER_EMAIL_CODE): VERIFYING,
        (AWAITING_CODE, ENTER_EMAIL_TOKEN): VERIFYING,
        (AWAITING_CODE, RESEND_EMAIL_CODE): MAILING_AGAIN,
        (AWAITING_CODE, ENTER_EMAIL): MAILING,
    },
    from_each((MAILING, MAILING_AGAIN), CODE_MAILED, AWAITING_CODE),
    from_each((VERIFYING, VERIFYING_TOKEN), VERIFIED, DONE),
    from_each(_ALL, EMAIL_REJECTED, AWAITING_ADDRESS),
    from_each(_ALL, NO_EMAIL, FAILED),
    from_each(_ALL, KEY_UNREGISTERED, FAILED),
    back_home(_ALL, WAIT),
    back_home((VERIFYING, VERIFYING_TOKEN), EMAIL_CODE_WRONG),
    back_home((VERIFYING, VERIFYING_TOKEN), EMAIL_CODE_EXPIRED),
)


def email_token(google: str | None, apple: str | None) -> types.TypeEmailVerification:
    """Proof of an address by a Google or Apple sign-in. Raises LocalProtocolError unless exactly one token is given."""
    if (google is None) == (apple is None):
        raise LocalProtocolError("give either a Google or an Apple token")
    if google is not None:
        return types.EmailVerificationGoogle(token=any_text(google, "the token"))
    return types.EmailVerificationApple(token=any_text(apple, "the token"))


class EmailPurpose(Enum):
    """The purpose of the address."""

    LOG_IN = "log in"
    """Login codes are sent to it from now on."""
    PASSPORT = "passport"
    """It is stored in Telegram Passport."""

    def to_tl(self) -> types.TypeEmailVerifyPurpose:
        """The TL object."""
        return (
            types.EmailVerifyPurposeLoginChange() if self is EmailPurpose.LOG_IN else types.EmailVerifyPurposePassport()
        )


class EmailFlowData(FlowData):
    """The address, its purpose, and what the server reported about the code."""

    purpose: EmailPurpose
    email: str = ""
    code: EmailCodePrompt = EmailCodePrompt(pattern="", own_address=True)
    tries: int = 0


def _mail(data: EmailFlowData, _: object) -> account.SendVerifyEmailCode:
    return account.SendVerifyEmailCode(purpose=data.purpose.to_tl(), email=data.email)


def _verify(data: EmailFlowData, secrets: Mapping[str, Any]) -> account.VerifyEmail:
    return account.VerifyEmail(purpose=data.purpose.to_tl(), verification=secrets["verification"])


PROMPTS: Mapping[State, Callable[[Any], Prompt]] = MappingProxyType(
    {
        AWAITING_ADDRESS: lambda _: EmailPrompt(google_allowed=True, apple_allowed=True),
        AWAITING_CODE: lambda data: data.code,
    }
)
REQUESTS: Mapping[State, Build] = MappingProxyType(
    {MAILING: _mail, MAILING_AGAIN: _mail, VERIFYING: _verify, VERIFYING_TOKEN: _verify}
)


class VerifyEmail(Flow[types.account.TypeEmailVerified]):
    """Verify an e-mail address, for login codes or for Telegram Passport.

    `VerifyEmail(EmailPurpose.LOG_IN)`: begins with the address.
    """

    KIND = "e-mail"
    TABLE = TABLE
    DATA = EmailFlowData
    RESULT = (types.account.EmailVerified, types.account.EmailVerifiedLogin)
    PROMPTS = PROMPTS
    REQUESTS = REQUESTS

    _data: EmailFlowData

    def __init__(self, purpose: EmailPurpose) -> None:
        """Nothing is sent before the first input."""
        if not isinstance(purpose, EmailPurpose):
            raise LocalProtocolError(f"invalid purpose: found {type(purpose).__name__}, expected EmailPurpose")
        super().__init__(EmailFlowData(purpose), AWAITING_ADDRESS)

    def enter_email(self, email: str) -> None:
        """Send a code to this address."""
        self._apply_input(ENTER_EMAIL, replace(self._data, email=text(email, "the address")))

    def enter_email_code(self, code: str) -> None:
        """Submit the mailed code."""
        self._apply_input(ENTER_EMAIL_CODE, verification=types.EmailVerificationCode(code=text(code, "the code")))

    def enter_email_token(self, *, google: str | None = None, apple: str | None = None) -> None:
        """Prove the address by signing in at Google or at Apple; exactly one token."""
        self._apply_input(ENTER_EMAIL_TOKEN, verification=email_token(google, apple))

    def resend_email_code(self) -> None:
        """Send the code again."""
        self._apply_input(RESEND_EMAIL_CODE)

    def _classify_result(self, state: Request, result: object, now: float) -> Input:
        del state, now
        match result:
            case types.account.SentEmailCode():
                length = result.length if 0 < result.length < 100 else None
                pattern = result.email_pattern or self._data.code.pattern
                self._data.code = EmailCodePrompt(pattern=pattern, length=length, own_address=True)
                return CODE_MAILED
            case types.account.EmailVerified() | types.account.EmailVerifiedLogin():
                self._finish(result)
                return VERIFIED
        return Result(type(result).__name__)

    def _on_rpc_error(self, state: Request, given: RpcFailure, error: RpcError, now: float) -> None:
        del state, error, now
        if given == EMAIL_CODE_WRONG:
            code = self._data.code
            self._data.code = EmailCodePrompt(code.pattern, code.length, own_address=True, tries=code.tries + 1)
