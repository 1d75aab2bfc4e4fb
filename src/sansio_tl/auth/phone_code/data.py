"""The data of a phone-code flow, and how the server's answers change it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import msgspec

from sansio_tl import types
from sansio_tl.auth.code_purpose import AnyCodePurpose
from sansio_tl.auth.flow import FlowData
from sansio_tl.auth.password import PASSWORD_PROMPTS, PasswordFlowData
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
from sansio_tl.auth.sent_code import code_prompt, email_code_prompt
from sansio_tl.auth.state_table import Input, State
from sansio_tl.errors import LocalProtocolError


class PhoneFlowData(FlowData):
    """The number, the purpose, and what the server announced about the code."""

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
    data: PhoneFlowData, sent: types.auth.SentCode | types.auth.SentCodePaymentRequired, now: float
) -> Input:
    """The data after an auth.SentCode, the result of many methods: hash, type and time are new."""
    data.phone_code_hash = sent.phone_code_hash
    if isinstance(sent, types.auth.SentCodePaymentRequired):
        data.payment = PaymentPrompt(
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
            data.email_setup = EmailPrompt(google_allowed=google, apple_allowed=apple)
            return at.EMAIL_REQUIRED
        case types.auth.SentCodeTypeEmailCode() as kind:
            data.email_code = email_code_prompt(kind)
            return at.EMAIL_CODE_SENT
    data.code = code_prompt(sent, now)
    return at.CODE_SENT


def read_terms(data: PhoneFlowData, terms: types.help.TypeTermsOfService | None) -> Input:
    """auth.authorizationSignUpRequired: the terms to accept, if there are any."""
    data.sign_up = SignUpPrompt.of(terms)
    return at.SIGN_UP_REQUIRED


def read_mailed(data: PhoneFlowData, sent: types.account.SentEmailCode) -> Input:
    """Data after account.sentEmailCode. An empty pattern keeps the known one (as in TDLib)."""
    data.email_code = EmailCodePrompt(
        pattern=sent.email_pattern or data.email_code.pattern,
        length=sent.length if 0 < sent.length < 100 else None,
        google_allowed=data.email_setup.google_allowed,
        apple_allowed=data.email_setup.apple_allowed,
        own_address=True,
    )
    return at.CODE_MAILED


def payment_purpose(data: PhoneFlowData, *, restore: bool = False) -> types.InputStorePaymentAuthCode:
    """The purchase that the server asked for. Raises LocalProtocolError if it asked for none."""
    if data.payment is None:
        raise LocalProtocolError("no payment was asked for")
    return types.InputStorePaymentAuthCode(
        restore=restore,
        phone_number=data.purpose.phone_number,
        phone_code_hash=data.phone_code_hash,
        premium_days=data.payment.premium_days,
        currency=data.payment.currency,
        amount=data.payment.amount,
    )


PROMPTS: Mapping[State, Callable[[PhoneFlowData], Prompt | None]] = MappingProxyType(
    {
        **PASSWORD_PROMPTS,
        at.START: lambda _: NumberPrompt(),
        at.AWAITING_CODE: lambda data: data.code or CodePrompt(CodeDelivery.OTHER),
        at.AWAITING_EMAIL: lambda data: data.email_setup,
        at.AWAITING_EMAIL_CODE: lambda data: data.email_code,
        at.AWAITING_SETUP_CODE: lambda data: data.email_code,
        at.AWAITING_PAYMENT: lambda data: data.payment,
        at.AWAITING_SIGN_UP: lambda data: data.sign_up,
    }
)
"""State that awaits input -> its prompt."""
