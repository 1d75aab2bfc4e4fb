"""The request that each state of a phone code stands for."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, TypeAlias

from sansio_tl.auth.flow import Build
from sansio_tl.auth.password import PASSWORD_REQUESTS
from sansio_tl.auth.phone_code import table as at
from sansio_tl.auth.phone_code.data import PhoneFacts, payment_purpose
from sansio_tl.auth.state_table import State
from sansio_tl.functions import account, auth, payments
from sansio_tl.tl.objects import Function
from sansio_tl.types import EmailVerifyPurposeLoginSetup

Secrets: TypeAlias = Mapping[str, Any]


def _hand_in(facts: PhoneFacts, secrets: Secrets) -> Function[Any]:
    return facts.purpose.submit_code(facts.phone_code_hash, secrets["code"])


def _resend(facts: PhoneFacts, secrets: Secrets) -> Function[Any]:
    return auth.ResendCode(**_phone(facts), reason=facts.reason)


def _firebase(facts: PhoneFacts, secrets: Secrets) -> Function[Any]:
    return auth.RequestFirebaseSms(**_phone(facts), **secrets["firebase"])


def _mail_code(facts: PhoneFacts, secrets: Secrets) -> Function[Any]:
    return account.SendVerifyEmailCode(purpose=EmailVerifyPurposeLoginSetup(**_phone(facts)), email=facts.email)


def _verify_email(facts: PhoneFacts, secrets: Secrets) -> Function[Any]:
    purpose = EmailVerifyPurposeLoginSetup(**_phone(facts))
    return account.VerifyEmail(purpose=purpose, verification=secrets["email verification"])


def _sign_in_by_email(facts: PhoneFacts, secrets: Secrets) -> Function[Any]:
    return auth.SignIn(**_phone(facts), email_verification=secrets["email verification"])


def _sign_up(facts: PhoneFacts, secrets: Secrets) -> Function[Any]:
    first, last, silent = secrets["names"]
    return auth.SignUp(**_phone(facts), first_name=first, last_name=last, no_joined_notifications=silent)


def _phone(facts: PhoneFacts) -> dict[str, Any]:
    """The pair that nearly every method takes."""
    return {"phone_number": facts.purpose.phone_number, "phone_code_hash": facts.phone_code_hash}


REQUESTS: Mapping[State, Build] = MappingProxyType(
    {
        **PASSWORD_REQUESTS,
        at.SENDING_CODE: lambda facts, _: facts.purpose.begin(),
        at.HANDING_IN: _hand_in,
        at.RESENDING: _resend,
        at.CANCELLING: lambda facts, _: auth.CancelCode(**_phone(facts)),
        at.PROVING_APP: _firebase,
        at.REPORTING: lambda facts, secrets: auth.ReportMissingCode(**_phone(facts), mnc=secrets["mnc"]),
        at.MAILING_CODE: _mail_code,
        at.MAILING_AGAIN: _mail_code,
        at.VERIFYING_EMAIL: _verify_email,
        at.VERIFYING_TOKEN: _verify_email,
        at.SIGNING_IN_BY_EMAIL: _sign_in_by_email,
        at.RESETTING_EMAIL: lambda facts, _: auth.ResetLoginEmail(**_phone(facts)),
        at.CHECKING_SHOP: lambda facts, _: payments.CanPurchaseStore(purpose=payment_purpose(facts)),
        at.CHECKING_PAYMENT: lambda facts, _: auth.CheckPaidAuth(**_phone(facts), form_id=facts.form_id),
        at.SIGNING_UP: _sign_up,
    }
)
"""State -> what builds its request from the facts and the secrets."""
