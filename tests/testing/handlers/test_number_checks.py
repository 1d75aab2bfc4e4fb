"""Invalid phone numbers are refused by every method that takes one, with the error code of that method."""

from __future__ import annotations

from typing import Any

import pytest

from sansio_tl import errors, functions, types
from tests.helpers.direct_client import SETTINGS, DirectClient

BAD, HASH, CODE = "12", "hash", "22222"
SETUP = types.EmailVerifyPurposeLoginSetup(BAD, HASH)


@pytest.mark.parametrize(
    ("code", "query"),
    [
        (400, functions.auth.SendCode(BAD, 1, "hash", SETTINGS)),
        (406, functions.auth.SignIn(BAD, HASH, CODE)),
        (406, functions.auth.SignUp(BAD, HASH, "Ada", "")),
        (406, functions.auth.ResendCode(BAD, HASH)),
        (406, functions.auth.CancelCode(BAD, HASH)),
        (400, functions.auth.ReportMissingCode(BAD, HASH, "1")),
        (400, functions.auth.RequestFirebaseSms(BAD, HASH, "proof")),
        (400, functions.auth.ResetLoginEmail(BAD, HASH)),
        (400, functions.auth.CheckPaidAuth(BAD, HASH, 1)),
        (400, functions.account.SendVerifyEmailCode(SETUP, "a@example.org")),
        (400, functions.account.VerifyEmail(SETUP, types.EmailVerificationCode(CODE))),
        (406, functions.account.SendChangePhoneCode(BAD, SETTINGS)),
        (406, functions.account.ChangePhone(BAD, HASH, CODE)),
        (400, functions.account.SendVerifyPhoneCode(BAD, SETTINGS)),
        (400, functions.account.VerifyPhone(BAD, HASH, CODE)),
    ],
    ids=lambda value: getattr(value, "NAME", None),
)
def test_invalid_phone_number_is_refused_with_the_code_of_the_method(code: int, query: Any) -> None:
    client = DirectClient()
    client.log_in()
    error = client.error_of(query)
    assert isinstance(error, errors.PhoneNumberInvalid)
    assert error.code == code
