"""Error texts with values, and texts that are no known errors."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sansio_tl import errors
from sansio_tl.errors import RpcError
from sansio_tl.errors.generated.index import SPELLINGS


@pytest.mark.parametrize(
    ("code", "text", "cls", "values"),
    [
        (420, "FLOOD_WAIT_30", "FloodWait", {"seconds": 30}),
        (420, "FLOOD_PREMIUM_WAIT_7", "FloodPremiumWait", {"seconds": 7}),
        (420, "2FA_CONFIRM_WAIT_604800", "TwoFactorConfirmWait", {"seconds": 604800}),
        (303, "PHONE_MIGRATE_4", "PhoneMigrate", {"dc": 4}),
        (303, "USER_MIGRATE_2", "UserMigrate", {"dc": 2}),
        (400, "FILE_MIGRATE_5", "FileMigrate", {"dc": 5}),
        (500, "INTERDC_3_CALL_ERROR", "InterdcCallError", {"dc": 3}),
        (500, "INTERDC_3_CALL_RICH_ERROR", "InterdcCallRichError", {"dc": 3}),
        (500, "AUTH_RESTART", "AuthRestart", {"debug": None}),
        (500, "AUTH_RESTART_17", "AuthRestart", {"debug": 17}),
        (400, "EMAIL_UNCONFIRMED", "EmailUnconfirmed", {"length": None}),
        (400, "EMAIL_UNCONFIRMED_6", "EmailUnconfirmed", {"length": 6}),
        (400, "FILE_PART_0_MISSING", "FilePartMissing", {"part": 0}),
        (400, "FILE_REFERENCE_2_EXPIRED", "FileReferenceExpired", {"index": 2}),
        (400, "FILE_REFERENCE_EXPIRED", "FileReferenceExpired", {"index": None}),
        (406, "PREVIOUS_CHAT_IMPORT_ACTIVE_WAIT_5MIN", "PreviousChatImportActiveWait", {"minutes": 5}),
        (403, "ALLOW_PAYMENT_REQUIRED_100", "AllowPaymentRequired", {"stars": 100}),
        (403, "RECAPTCHA_CHECK_signup__6Lf-a_b", "RecaptchaCheck", {"action": "signup", "key_id": "6Lf-a_b"}),
        (403, "RECAPTCHA_CHECK_a__b__c", "RecaptchaCheck", {"action": "a__b", "key_id": "c"}),
        (403, "APNS_VERIFY_CHECK_a1B2", "ApnsVerifyCheck", {"nonce": "a1B2"}),
        (403, "APNS_VERIFY_CHECK_60", "ApnsVerifyCheck", {"nonce": "60"}),
        (403, "INTEGRITY_CHECK_CLASSIC_7", "IntegrityCheckClassic", {"nonce": "7"}),
        (403, "RECAPTCHA_CHECK_1__2", "RecaptchaCheck", {"action": "1", "key_id": "2"}),
        (403, "INTEGRITY_CHECK_CLASSIC_99_x", "IntegrityCheckClassic", {"nonce": "99_x"}),
        (400, "INPUT_METHOD_INVALID_2841331170_a95b01e2", "InputMethodInvalid", {"number": 2841331170}),
        (400, "INPUT_METHOD_INVALID_1192227_X", "InputMethodInvalid", {"number": 1192227}),
        (400, "INPUT_METHOD_INVALID", "InputMethodInvalid", {"number": None}),
        (400, "INPUT_CONSTRUCTOR_INVALID_1234_4d2", "InputConstructorInvalid", {"number": 1234}),
        (400, "AUTH_TOKEN_INVALID", "AuthTokenInvalid", {}),
        (400, "AUTH_TOKEN_INVALIDX", "AuthTokenInvalid", {}),
        (400, "AUTH_TOKEN_INVALID2", "AuthTokenInvalid", {}),
        (420, "FROZEN_METHOD_INVALID", "FrozenMethodInvalid", {}),
        (-503, "Timeout", "Timeout", {}),
        (400, "MD5_CHECKSUM_INVALID", "Md5ChecksumInvalid", {}),
    ],
)
def test_error_text_is_parsed_into_its_class_and_values(
    code: int, text: str, cls: str, values: dict[str, object]
) -> None:
    error = errors.parse(code, text)
    assert type(error).__name__ == cls
    assert isinstance(error, getattr(errors, cls))
    assert {name: getattr(error, name) for name in values} == values
    assert (error.code, error.text, error.args) == (code, text, (text,))


@pytest.mark.parametrize(
    "text",
    [
        "FLOOD_WAIT",
        "FLOOD_WAIT_X",
        "FLOOD_WAIT_",
        "FLOOD_WAIT_-1",
        "FLOOD_WAIT_1_2",
        "FLOOD_WAIT_" + "9" * 50,
        "FLOOD_WAIT_" + "9" * 5000,
        "FLOOD_WAIT_٣",
    ],
)
def test_error_text_with_a_missing_or_invalid_value_gets_the_class_of_its_code(text: str) -> None:
    error = errors.parse(420, text)
    assert type(error) is errors.Flood
    assert error.text == text


@pytest.mark.parametrize("spelling", [name for name in SPELLINGS if re.search("_[XY](MIN|_|$)", name)])
@pytest.mark.parametrize("value", ["60", "abc", "0", "9" * 18])
def test_parsed_error_values_have_their_declared_type(spelling: str, value: str) -> None:
    error = errors.parse(403, re.sub(r"(?<=_)[XY](?=MIN$|_|$)", value, spelling))
    for name, kind in error.values.items():
        assert getattr(error, name) is None or type(getattr(error, name)) is kind


@pytest.mark.parametrize("name", ["PHONE_MIGRATE", "NETWORK_MIGRATE", "USER_MIGRATE", "FILE_MIGRATE", "STATS_MIGRATE"])
@pytest.mark.parametrize(
    "value", ["X", "", "0", "1001", "4294967296", "9999999999999999999", "-2", "2.0", "00000000000000000002"]
)
def test_AU3_migrate_error_with_an_invalid_data_center_gets_the_class_of_its_code(name: str, value: str) -> None:
    error = errors.parse(303, f"{name}_{value}")
    assert type(error) is errors.SeeOther
    assert error.text == f"{name}_{value}"
    assert not hasattr(error, "dc")


def test_AU3_data_centers_1_and_1000_of_a_migrate_error_are_accepted() -> None:
    assert [errors.parse(303, f"USER_MIGRATE_{dc}").dc for dc in (1, 1000)] == [1, 1000]  # type: ignore[attr-defined]


@given(st.integers(-(2**31), 2**31 - 1), st.text() | st.from_regex(r"[A-Z0-9_]{0,40}", fullmatch=True))
def test_any_code_and_text_is_parsed_into_an_rpc_error(code: int, text: str) -> None:
    error = errors.parse(code, text)
    assert isinstance(error, RpcError)
    assert (error.code, error.text) == (code, text)
    assert isinstance(error.message, str)
    assert repr(error)


@given(st.integers(0, 2**31 - 1))
def test_error_created_by_a_server_equals_the_parsed_one(seconds: int) -> None:
    made = errors.FloodWait(seconds)
    read = errors.parse(made.code, made.text)
    assert vars(read) == vars(made)
    assert type(read) is type(made)


def test_args_of_an_error_hold_its_text() -> None:
    """What `traceback`, `logging` and `pickle` show of it."""
    for text in ("FLOOD_WAIT_5", "PHONE_CODE_INVALID", "NOBODY_KNOWS_THIS"):
        error = errors.parse(400, text, "auth.signIn")
        assert error.args == (text,)
        assert error.text == text
        assert error.request == "auth.signIn"


@pytest.mark.parametrize("length", [256, 257])
def test_error_text_above_256_characters_is_not_looked_up(length: int) -> None:
    text = "RECAPTCHA_CHECK_signup__".ljust(length, "k")
    error = errors.parse(403, text)
    assert isinstance(error, errors.RecaptchaCheck) == (length <= 256)
    assert (type(error) is errors.Forbidden) == (length > 256)
    assert error.text == text


def test_explanation_after_a_name_is_kept_in_the_text_only() -> None:
    text = "METHOD_INVALID: only logins are implemented here; " + "x" * 300
    error = errors.parse(400, text, "messages.sendMessage")
    assert isinstance(error, errors.MethodInvalid)
    assert (error.name, error.text, error.args) == ("METHOD_INVALID", text, (text,))
    assert str(error).startswith("METHOD_INVALID: only logins are implemented here; xx")
    assert str(error).endswith("x... (400, messages.sendMessage)"), "it is not explained twice"


@pytest.mark.parametrize("text", ["FLOOD_WAIT_3", ": ", "no name: why", "TIMEOUT"])
def test_other_texts_are_explained(text: str) -> None:
    error = errors.parse(420, text)
    assert str(error).endswith(error.hint)


@pytest.mark.parametrize(
    "text", ["FLOOD_WAIT_3: a pause", "USER_MIGRATE_4: there", "NOBODY_KNOWS: this", ": ", "TIMEOUT:x"]
)
def test_explained_text_with_values_or_an_unknown_name_gets_the_class_of_its_code(text: str) -> None:
    error = errors.parse(400, text)
    assert type(error) is errors.BadRequest
    assert error.text == text
