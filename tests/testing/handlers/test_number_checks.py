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


@pytest.mark.parametrize(
    "query",
    [
        functions.auth.SignIn("9996620007", HASH, ""),
        functions.account.ChangePhone("9996620299", HASH, ""),
        functions.account.VerifyPhone("9996620299", HASH, ""),
        functions.account.ConfirmPhone(HASH, ""),
    ],
    ids=lambda value: getattr(value, "NAME", None),
)
def test_empty_code_is_refused_before_its_hash_is_looked_up(query: Any) -> None:
    client = DirectClient()
    client.log_in()
    assert isinstance(client.error_of(query), errors.PhoneCodeEmpty)


@pytest.mark.parametrize("method", [functions.account.SendChangePhoneCode, functions.account.SendVerifyPhoneCode])
def test_only_a_login_is_sent_to_the_data_center_of_the_number(method: Any) -> None:
    client = DirectClient()
    client.log_in()
    elsewhere = "9996630299"
    assert isinstance(client.call(method(elsewhere, SETTINGS)), types.auth.SentCode)
    assert client.error_of(functions.auth.SendCode(elsewhere, 1, "hash", SETTINGS)).text == "PHONE_MIGRATE_3"
