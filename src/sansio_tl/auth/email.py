"""Verifying an e-mail address of an account that is logged in: its log-in address, or one for Telegram Passport.

    account.sendVerifyEmailCode -> account.sentEmailCode, code, account.verifyEmail --> account.emailVerified

A Google or Apple token may stand for the code. The address that must be set up on the way into an account is part of
the phone-code flow. Protocol: api/auth#email-verification.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from types import MappingProxyType
from typing import Any

from msgspec.structs import replace

from sansio_tl import types
from sansio_tl.auth.entered import any_text, text
from sansio_tl.auth.flow import DONE, FAILED, Build, Flow, FlowData
from sansio_tl.auth.password import LOG_IN_FORGOTTEN, WAIT
from sansio_tl.auth.phone_code.table import (
    CODE_MAILED,
    EMAIL_CODE_EXPIRED,
    EMAIL_CODE_WRONG,
    EMAIL_REFUSED,
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
from sansio_tl.errors import LocalProtocolError, RpcError
from sansio_tl.functions import account

ADDRESS_WANTED = AwaitInput("address wanted", "The e-mail address to verify.")
CODE_WANTED = AwaitInput("mailed code wanted", "The server mailed a code to it.")
MAILING = Request("mailing code", "account.sendVerifyEmailCode", ADDRESS_WANTED)
MAILING_AGAIN = Request("mailing code again", "account.sendVerifyEmailCode", CODE_WANTED)
VERIFYING = Request("verifying", "account.verifyEmail", CODE_WANTED, frozenset({"verification"}))
VERIFYING_TOKEN = Request("verifying token", "account.verifyEmail", ADDRESS_WANTED, frozenset({"verification"}))

VERIFIED = Result("account.emailVerified")

_ALL = (MAILING, MAILING_AGAIN, VERIFYING, VERIFYING_TOKEN)

TABLE = table(
    {
        (ADDRESS_WANTED, ENTER_EMAIL): MAILING,
        (ADDRESS_WANTED, ENTER_EMAIL_TOKEN): VERIFYING_TOKEN,
        (CODE_WANTED, ENTER_EMAIL_CODE): VERIFYING,
        (CODE_WANTED, ENTER_EMAIL_TOKEN): VERIFYING,
        (CODE_WANTED, RESEND_EMAIL_CODE): MAILING_AGAIN,
        (CODE_WANTED, ENTER_EMAIL): MAILING,
    },
    from_each((MAILING, MAILING_AGAIN), CODE_MAILED, CODE_WANTED),
    from_each((VERIFYING, VERIFYING_TOKEN), VERIFIED, DONE),
    from_each(_ALL, EMAIL_REFUSED, ADDRESS_WANTED),
    from_each(_ALL, NO_EMAIL, FAILED),
    from_each(_ALL, LOG_IN_FORGOTTEN, FAILED),
    back_home(_ALL, WAIT),
    back_home((VERIFYING, VERIFYING_TOKEN), EMAIL_CODE_WRONG),
    back_home((VERIFYING, VERIFYING_TOKEN), EMAIL_CODE_EXPIRED),
)


def email_token(google: str | None, apple: str | None) -> types.TypeEmailVerification:
    """What proves an address by signing in at Google or at Apple. Raises LocalProtocolError unless it is one."""
    if (google is None) == (apple is None):
        raise LocalProtocolError("give either a Google or an Apple token")
    if google is not None:
        return types.EmailVerificationGoogle(token=any_text(google, "the token"))
    return types.EmailVerificationApple(token=any_text(apple, "the token"))


class EmailPurpose(Enum):
    """What the address is for."""

    LOG_IN = "log in"
    """Codes to log in go to it from now on."""
    PASSPORT = "passport"
    """It is stored in Telegram Passport."""

    def to_tl(self) -> types.TypeEmailVerifyPurpose:
        """As the schema has it."""
        return (
            types.EmailVerifyPurposeLoginChange() if self is EmailPurpose.LOG_IN else types.EmailVerifyPurposePassport()
        )


class EmailFlowData(FlowData):
    """Which address, for what, and what the server said of the code."""

    purpose: EmailPurpose
    email: str = ""
    code: EmailCodePrompt = EmailCodePrompt(pattern="", own_address=True)
    tries: int = 0


def _mail(facts: EmailFlowData, _: object) -> account.SendVerifyEmailCode:
    return account.SendVerifyEmailCode(purpose=facts.purpose.to_tl(), email=facts.email)


def _verify(facts: EmailFlowData, secrets: Mapping[str, Any]) -> account.VerifyEmail:
    return account.VerifyEmail(purpose=facts.purpose.to_tl(), verification=secrets["verification"])


WANTS: Mapping[State, Callable[[Any], Prompt]] = MappingProxyType(
    {
        ADDRESS_WANTED: lambda _: EmailPrompt(google_allowed=True, apple_allowed=True),
        CODE_WANTED: lambda facts: facts.code,
    }
)
REQUESTS: Mapping[State, Build] = MappingProxyType(
    {MAILING: _mail, MAILING_AGAIN: _mail, VERIFYING: _verify, VERIFYING_TOKEN: _verify}
)


class VerifyEmail(Flow[types.account.TypeEmailVerified]):
    """`VerifyEmail(EmailPurpose.LOG_IN)`: begins with the address."""

    KIND = "e-mail"
    TABLE = TABLE
    FACTS = EmailFlowData
    RESULT = (types.account.EmailVerified, types.account.EmailVerifiedLogin)
    WANTS = WANTS
    REQUESTS = REQUESTS

    _facts: EmailFlowData

    def __init__(self, purpose: EmailPurpose) -> None:
        """Nothing is sent before the first move."""
        if not isinstance(purpose, EmailPurpose):
            raise LocalProtocolError(f"the purpose is an EmailPurpose, not {type(purpose).__name__}")
        super().__init__(EmailFlowData(purpose), ADDRESS_WANTED)

    def enter_email(self, email: str) -> None:
        """Have a code mailed to this address."""
        self._move(ENTER_EMAIL, replace(self._facts, email=text(email, "the address")))

    def enter_email_code(self, code: str) -> None:
        """Hand in the code that was mailed."""
        self._move(ENTER_EMAIL_CODE, verification=types.EmailVerificationCode(code=text(code, "the code")))

    def enter_email_token(self, *, google: str | None = None, apple: str | None = None) -> None:
        """Prove the address by signing in at Google or at Apple; exactly one token."""
        self._move(ENTER_EMAIL_TOKEN, verification=email_token(google, apple))

    def resend_email_code(self) -> None:
        """Have the code mailed again."""
        self._move(RESEND_EMAIL_CODE)

    def _classify_result(self, state: Request, result: object, now: float) -> Input:
        del state, now
        match result:
            case types.account.SentEmailCode():
                length = result.length if 0 < result.length < 100 else None
                pattern = result.email_pattern or self._facts.code.pattern
                self._facts.code = EmailCodePrompt(pattern=pattern, length=length, own_address=True)
                return CODE_MAILED
            case types.account.EmailVerified() | types.account.EmailVerifiedLogin():
                self._finish(result)
                return VERIFIED
        return Result(type(result).__name__)

    def _on_rpc_error(self, state: Request, given: RpcFailure, error: RpcError, now: float) -> None:
        del state, error, now
        if given == EMAIL_CODE_WRONG:
            code = self._facts.code
            self._facts.code = EmailCodePrompt(code.pattern, code.length, own_address=True, tries=code.tries + 1)
