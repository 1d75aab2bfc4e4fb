"""The request of each state of a phone-code flow."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, TypeAlias

from sansio_tl.auth.flow import Build
from sansio_tl.auth.password import PASSWORD_REQUESTS
from sansio_tl.auth.phone_code import table as at
from sansio_tl.auth.phone_code.data import PhoneFlowData, payment_purpose
from sansio_tl.auth.state_table import State
from sansio_tl.functions import account, auth, payments
from sansio_tl.tl.objects import Function
from sansio_tl.types import EmailVerifyPurposeLoginSetup

Secrets: TypeAlias = Mapping[str, Any]


def _submit_code(data: PhoneFlowData, secrets: Secrets) -> Function[Any]:
    return data.purpose.submit_code(data.phone_code_hash, secrets["code"])


def _resend(data: PhoneFlowData, secrets: Secrets) -> Function[Any]:
    return auth.ResendCode(**_phone(data), reason=data.reason)


def _firebase(data: PhoneFlowData, secrets: Secrets) -> Function[Any]:
    return auth.RequestFirebaseSms(**_phone(data), **secrets["firebase"])


def _mail_code(data: PhoneFlowData, secrets: Secrets) -> Function[Any]:
    return account.SendVerifyEmailCode(purpose=EmailVerifyPurposeLoginSetup(**_phone(data)), email=data.email)


def _verify_email(data: PhoneFlowData, secrets: Secrets) -> Function[Any]:
    purpose = EmailVerifyPurposeLoginSetup(**_phone(data))
    return account.VerifyEmail(purpose=purpose, verification=secrets["email verification"])


def _sign_in_by_email(data: PhoneFlowData, secrets: Secrets) -> Function[Any]:
    return auth.SignIn(**_phone(data), email_verification=secrets["email verification"])


def _sign_up(data: PhoneFlowData, secrets: Secrets) -> Function[Any]:
    first, last, silent = secrets["names"]
    return auth.SignUp(**_phone(data), first_name=first, last_name=last, no_joined_notifications=silent)


def _phone(data: PhoneFlowData) -> dict[str, Any]:
    """The two fields that nearly every method takes."""
    return {"phone_number": data.purpose.phone_number, "phone_code_hash": data.phone_code_hash}


REQUESTS: Mapping[State, Build] = MappingProxyType(
    {
        **PASSWORD_REQUESTS,
        at.SENDING_CODE: lambda data, _: data.purpose.begin(),
        at.SUBMITTING: _submit_code,
        at.RESENDING: _resend,
        at.CANCELLING: lambda data, _: auth.CancelCode(**_phone(data)),
        at.PROVING_APP: _firebase,
        at.REPORTING: lambda data, secrets: auth.ReportMissingCode(**_phone(data), mnc=secrets["mnc"]),
        at.MAILING_CODE: _mail_code,
        at.MAILING_AGAIN: _mail_code,
        at.VERIFYING_EMAIL: _verify_email,
        at.VERIFYING_TOKEN: _verify_email,
        at.SIGNING_IN_BY_EMAIL: _sign_in_by_email,
        at.RESETTING_EMAIL: lambda data, _: auth.ResetLoginEmail(**_phone(data)),
        at.CHECKING_STORE: lambda data, _: payments.CanPurchaseStore(purpose=payment_purpose(data)),
        at.CHECKING_PAYMENT: lambda data, _: auth.CheckPaidAuth(**_phone(data), form_id=data.form_id),
        at.SIGNING_UP: _sign_up,
    }
)
"""State -> function that creates its request from the data and the secrets."""
