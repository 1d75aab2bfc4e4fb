from __future__ import annotations

from typing import Any

import pytest

from sansio_tl import errors, functions, types
from sansio_tl.testing import DeletionStopped, PhoneCodePurpose, PhoneNumberChanged, PhoneNumberVerified
from sansio_tl.testing.sandbox import DELETION_HASH
from sansio_tl.tl.objects import Function
from tests.helpers.direct_client import CODE, PHONE, SETTINGS, DirectClient, is_known_for

FREE = "9996620299"
account = functions.account


def logged_in(**settings: Any) -> DirectClient:
    client = DirectClient(**settings)
    client.log_in()
    return client


def sent_by(client: DirectClient, query: Function[types.auth.TypeSentCode]) -> types.auth.SentCode:
    sent = client.call(query)
    assert isinstance(sent, types.auth.SentCode)
    return sent


SENDING = (
    account.SendChangePhoneCode(FREE, SETTINGS),
    account.SendVerifyPhoneCode(FREE, SETTINGS),
    account.SendConfirmPhoneCode(DELETION_HASH, SETTINGS),
)


@pytest.mark.parametrize(
    "query",
    [
        *SENDING,
        account.ChangePhone(FREE, "hash", CODE),
        account.VerifyPhone(FREE, "hash", CODE),
        account.ConfirmPhone("hash", CODE),
    ],
)
def test_phone_methods_require_a_login(query: Function[object]) -> None:
    assert isinstance(DirectClient().error_of(query), errors.AuthKeyUnregistered)


def test_change_phone_changes_the_number() -> None:
    client = logged_in()
    sent = sent_by(client, SENDING[0])
    reported = client.last_code()
    assert (reported.phone_number, reported.purpose, reported.code) == (FREE, PhoneCodePurpose.CHANGE_PHONE, CODE)
    user = client.call(account.ChangePhone(FREE, sent.phone_code_hash, CODE))
    assert isinstance(user, types.User)
    assert user.phone == FREE
    assert PhoneNumberChanged(user.id) in client.events()
    assert client.call(functions.users.GetUsers([types.InputUserSelf()])) == [user]
    client.call(functions.auth.LogOut())
    assert client.log_in(FREE).id == user.id


def test_old_number_is_free_after_a_change() -> None:
    client = logged_in()
    sent = sent_by(client, SENDING[0])
    client.call(account.ChangePhone(FREE, sent.phone_code_hash, CODE))
    sent = client.send_code(PHONE)
    result = client.call(functions.auth.SignIn(PHONE, sent.phone_code_hash, CODE))
    assert isinstance(result, types.auth.AuthorizationSignUpRequired)


def test_change_to_a_number_with_an_account_is_refused() -> None:
    client = logged_in()
    for number in (PHONE, "9996620008"):
        error = client.error_of(account.SendChangePhoneCode(number, SETTINGS))
        assert isinstance(error, errors.PhoneNumberOccupied)


def test_change_to_a_number_occupied_after_the_code_is_refused() -> None:
    client = logged_in()
    sent = sent_by(client, SENDING[0])
    client.data_center.add_account(FREE, first_name="Quick")
    error = client.error_of(account.ChangePhone(FREE, sent.phone_code_hash, CODE))
    assert isinstance(error, errors.PhoneNumberOccupied)


def test_number_change_from_a_fresh_session_is_refused() -> None:
    client = logged_in(fresh_session=86400.0)
    error = client.error_of(SENDING[0])
    assert isinstance(error, errors.FreshChangePhoneForbidden)
    assert error.code == 406
    client.now += 86400
    assert isinstance(client.call(SENDING[0]), types.auth.SentCode)


def test_verify_phone_verifies_a_number() -> None:
    client = logged_in()
    sent = sent_by(client, account.SendVerifyPhoneCode("+49 170 0000009", SETTINGS))
    reported = client.last_code()
    assert reported.purpose is PhoneCodePurpose.VERIFY_PHONE
    assert client.call(account.VerifyPhone("+491700000009", sent.phone_code_hash, reported.code)) is True
    account_ = client.data_center.accounts.with_number(PHONE)
    assert account_ is not None
    assert account_.verified_numbers == {"491700000009"}
    assert PhoneNumberVerified(account_.id) in client.events()


def test_confirm_phone_stops_the_deletion() -> None:
    client = logged_in()
    account_ = client.data_center.accounts.with_number(PHONE)
    assert account_ is not None
    account_.deletion_hash = "abc"
    sent = sent_by(client, account.SendConfirmPhoneCode("abc", SETTINGS))
    reported = client.last_code()
    assert (reported.phone_number, reported.purpose) == (PHONE, PhoneCodePurpose.CONFIRM_PHONE)
    assert client.call(account.ConfirmPhone(sent.phone_code_hash, reported.code)) is True
    assert DeletionStopped(account_.id) in client.events()
    assert isinstance(client.error_of(account.SendConfirmPhoneCode("abc", SETTINGS)), errors.HashInvalid)
    assert isinstance(client.call(SENDING[2]), types.auth.SentCode), "the sample hash is always good"


def test_confirmation_codes_count_against_the_limit_of_a_number() -> None:
    client = logged_in(code_limit=2, code_limit_period=3600.0)
    assert isinstance(client.call(SENDING[2]), types.auth.SentCode)
    error = client.error_of(SENDING[2])
    assert isinstance(error, errors.FloodWait)
    assert error.seconds == 3600


@pytest.mark.parametrize("hash_", ["", "abc"])
def test_confirm_phone_with_a_wrong_hash_is_refused(hash_: str) -> None:
    assert isinstance(logged_in().error_of(account.SendConfirmPhoneCode(hash_, SETTINGS)), errors.HashInvalid)


def test_confirm_phone_distinguishes_an_unknown_hash_from_an_expired_one() -> None:
    client = logged_in(code_lifetime=300.0)
    assert isinstance(client.error_of(account.ConfirmPhone("other", CODE)), errors.CodeHashInvalid)
    sent = sent_by(client, SENDING[2])
    client.now += 300
    assert isinstance(client.error_of(account.ConfirmPhone(sent.phone_code_hash, CODE)), errors.PhoneCodeExpired)


def test_phone_methods_refuse_an_empty_or_wrong_code() -> None:
    client = logged_in()
    for sending, finish in (
        (SENDING[0], lambda hash_, code: account.ChangePhone(FREE, hash_, code)),
        (SENDING[1], lambda hash_, code: account.VerifyPhone(FREE, hash_, code)),
        (SENDING[2], account.ConfirmPhone),
    ):
        hash_ = sent_by(client, sending).phone_code_hash
        empty, wrong = client.error_of(finish(hash_, "")), client.error_of(finish(hash_, "11111"))
        assert isinstance(empty, errors.PhoneCodeEmpty)
        assert is_known_for(empty, finish(hash_, ""))
        assert isinstance(wrong, errors.PhoneCodeInvalid)
        client.call(finish(hash_, CODE))


def test_code_is_valid_once() -> None:
    client = logged_in()
    verified = sent_by(client, SENDING[1]).phone_code_hash
    verify = account.VerifyPhone(FREE, verified, CODE)
    client.call(verify)
    assert isinstance(client.error_of(verify), errors.PhoneCodeExpired)
    confirm = account.ConfirmPhone(sent_by(client, SENDING[2]).phone_code_hash, CODE)
    client.call(confirm)
    assert isinstance(client.error_of(confirm), errors.CodeHashInvalid)
    change = account.ChangePhone(FREE, sent_by(client, SENDING[0]).phone_code_hash, CODE)
    client.call(change)
    assert isinstance(client.error_of(change), errors.PhoneCodeExpired)


def test_code_is_valid_for_its_purpose_only() -> None:
    client = logged_in()
    verify = sent_by(client, account.SendVerifyPhoneCode(FREE, SETTINGS)).phone_code_hash
    for query in (account.ChangePhone(FREE, verify, CODE), functions.auth.SignIn(FREE, verify, CODE)):
        assert isinstance(client.error_of(query), errors.PhoneCodeExpired)
    assert isinstance(client.error_of(account.ConfirmPhone(verify, CODE)), errors.PhoneCodeExpired)


def test_codes_of_every_purpose_can_be_resent_and_cancelled() -> None:
    client = logged_in()
    for sending, number in zip(SENDING, (FREE, FREE, PHONE), strict=True):
        sent = sent_by(client, sending)
        again = client.call(functions.auth.ResendCode(number, sent.phone_code_hash))
        assert isinstance(again, types.auth.SentCode)
        assert client.call(functions.auth.CancelCode(number, sent.phone_code_hash)) is True


@pytest.mark.parametrize(
    ("query", "code"),
    [
        (account.SendChangePhoneCode("x", SETTINGS), 406),
        (account.ChangePhone("x", "hash", CODE), 406),
        (account.SendVerifyPhoneCode("x", SETTINGS), 400),
        (account.VerifyPhone("x", "hash", CODE), 400),
    ],
)
def test_PHONE_NUMBER_INVALID_has_the_code_of_the_method(query: Function[object], code: int) -> None:
    error = logged_in().error_of(query)
    assert isinstance(error, errors.PhoneNumberInvalid)
    assert error.code == code


def test_sandbox_numbers_give_only_the_known_errors_of_a_method() -> None:
    client = logged_in()
    banned = client.error_of(account.SendChangePhoneCode("9996621003", SETTINGS))
    assert isinstance(banned, errors.PhoneNumberBanned)
    assert isinstance(client.call(account.SendVerifyPhoneCode("9996621003", SETTINGS)), types.auth.SentCode)
