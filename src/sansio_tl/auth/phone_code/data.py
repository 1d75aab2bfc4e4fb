"""What a phone-code flow knows, and how each answer of the server adds to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import msgspec

from sansio_tl import types
from sansio_tl.auth.code_purpose import AnyCodePurpose
from sansio_tl.auth.flow import FlowData
from sansio_tl.auth.password import PASSWORD_WANTS, PasswordFlowData
from sansio_tl.auth.phone_code import table as at
from sansio_tl.auth.prompts import (
    CodeDelivery,
    CodePrompt,
    EmailCodePrompt,
    EmailPrompt,
    NumberPrompt,
    PaymentPrompt,
    Prompt,
    SignUpPrompt,
)
from sansio_tl.auth.sent_code import code_wanted, email_code_wanted
from sansio_tl.auth.state_table import Input, State
from sansio_tl.errors import LocalProtocolError


class PhoneFacts(FlowData):
    """Whose code, for what, and what the server announced."""

    purpose: AnyCodePurpose
    phone_code_hash: str = ""
    code: CodePrompt | None = None
    email: str = ""
    email_setup: EmailPrompt = EmailPrompt()
    email_code: EmailCodePrompt = EmailCodePrompt(pattern="")
    payment: PaymentPrompt | None = None
    form_id: int = 0
    sign_up: SignUpPrompt = SignUpPrompt()
    reason: str | None = None
    opened_by: str = ""
    """The state in which the server asked for a password."""
    password: PasswordFlowData = msgspec.field(default_factory=PasswordFlowData)


def read_sent_code(
    facts: PhoneFacts, sent: types.auth.SentCode | types.auth.SentCodePaymentRequired, now: float
) -> Input:
    """One dispatch for every method that returns auth.SentCode: the hash, the type and the time all begin anew."""
    facts.phone_code_hash = sent.phone_code_hash
    if isinstance(sent, types.auth.SentCodePaymentRequired):
        facts.payment = PaymentPrompt(
            sent.store_product,
            sent.premium_days,
            sent.currency,
            sent.amount,
            sent.support_email_address,
            sent.support_email_subject,
        )
        return at.PAYMENT_REQUIRED
    match sent.type:
        case types.auth.SentCodeTypeSetUpEmailRequired(google_signin_allowed=google, apple_signin_allowed=apple):
            facts.email_setup = EmailPrompt(google_allowed=google, apple_allowed=apple)
            return at.EMAIL_REQUIRED
        case types.auth.SentCodeTypeEmailCode() as kind:
            facts.email_code = email_code_wanted(kind)
            return at.EMAIL_CODE_SENT
    facts.code = code_wanted(sent, now)
    return at.CODE_SENT


def read_terms(facts: PhoneFacts, terms: types.help.TypeTermsOfService | None) -> Input:
    """auth.authorizationSignUpRequired: the terms to accept, if there are any."""
    facts.sign_up = SignUpPrompt.of(terms)
    return at.SIGN_UP_REQUIRED


def read_mailed(facts: PhoneFacts, sent: types.account.SentEmailCode) -> Input:
    """account.sentEmailCode. An empty pattern leaves the one we know (TDLib does the same)."""
    facts.email_code = EmailCodePrompt(
        pattern=sent.email_pattern or facts.email_code.pattern,
        length=sent.length if 0 < sent.length < 100 else None,
        google_allowed=facts.email_setup.google_allowed,
        apple_allowed=facts.email_setup.apple_allowed,
        own_address=True,
    )
    return at.CODE_MAILED


def payment_purpose(facts: PhoneFacts, *, restore: bool = False) -> types.InputStorePaymentAuthCode:
    """The purchase that the server asked for. Raises LocalProtocolError when it asked for none."""
    if facts.payment is None:
        raise LocalProtocolError("no payment was asked for")
    return types.InputStorePaymentAuthCode(
        restore=restore,
        phone_number=facts.purpose.phone_number,
        phone_code_hash=facts.phone_code_hash,
        premium_days=facts.payment.premium_days,
        currency=facts.payment.currency,
        amount=facts.payment.amount,
    )


WANTS: Mapping[State, Callable[[PhoneFacts], Prompt | None]] = MappingProxyType(
    {
        **PASSWORD_WANTS,
        at.START: lambda _: NumberPrompt(),
        at.CODE_WANTED: lambda facts: facts.code or CodePrompt(CodeDelivery.OTHER),
        at.EMAIL_WANTED: lambda facts: facts.email_setup,
        at.EMAIL_CODE_WANTED: lambda facts: facts.email_code,
        at.SETUP_CODE_WANTED: lambda facts: facts.email_code,
        at.PAYMENT_WANTED: lambda facts: facts.payment,
        at.SIGN_UP_WANTED: lambda facts: facts.sign_up,
    }
)
"""Waiting state -> what somebody must do."""
