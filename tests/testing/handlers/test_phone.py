from __future__ import annotations

from typing import Any

import pytest

from sansio_tl import errors, functions, types
from sansio_tl.testing import DeletionStopped, PhoneNumberChanged, PhoneNumberVerified, Purpose
from sansio_tl.testing.sandbox import DELETION_HASH
from sansio_tl.tl.objects import Function
from tests.testing.desk import CODE, PHONE, SETTINGS, Desk, is_known_for

FREE = "9996620299"
account = functions.account


def logged_in(**settings: Any) -> Desk:
    desk = Desk(**settings)
    desk.log_in()
    return desk


def sent_by(desk: Desk, query: Function[types.auth.TypeSentCode]) -> types.auth.SentCode:
    sent = desk.ask(query)
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
def test_only_who_is_logged_in_may(query: Function[object]) -> None:
    assert isinstance(Desk().refused(query), errors.AuthKeyUnregistered)


def test_change_phone() -> None:
    desk = logged_in()
    sent = sent_by(desk, SENDING[0])
    told = desk.last_code()
    assert (told.phone_number, told.purpose, told.code) == (FREE, Purpose.CHANGE_PHONE, CODE)
    user = desk.ask(account.ChangePhone(FREE, sent.phone_code_hash, CODE))
    assert isinstance(user, types.User)
    assert user.phone == FREE
    assert PhoneNumberChanged(user.id) in desk.events()
    assert desk.ask(functions.users.GetUsers([types.InputUserSelf()])) == [user]
    desk.ask(functions.auth.LogOut())
    assert desk.log_in(FREE).id == user.id


def test_the_old_number_is_free_after_a_change() -> None:
    desk = logged_in()
    sent = sent_by(desk, SENDING[0])
    desk.ask(account.ChangePhone(FREE, sent.phone_code_hash, CODE))
    sent = desk.send_code(PHONE)
    result = desk.ask(functions.auth.SignIn(PHONE, sent.phone_code_hash, CODE))
    assert isinstance(result, types.auth.AuthorizationSignUpRequired)


def test_a_number_that_has_an_account_is_occupied() -> None:
    desk = logged_in()
    for number in (PHONE, "9996620008"):
        error = desk.refused(account.SendChangePhoneCode(number, SETTINGS))
        assert isinstance(error, errors.PhoneNumberOccupied)


def test_a_number_may_become_occupied_while_the_code_travels() -> None:
    desk = logged_in()
    sent = sent_by(desk, SENDING[0])
    desk.data_center.add_account(FREE, first_name="Quick")
    error = desk.refused(account.ChangePhone(FREE, sent.phone_code_hash, CODE))
    assert isinstance(error, errors.PhoneNumberOccupied)


def test_a_fresh_session_may_not_change_the_number() -> None:
    desk = logged_in(fresh_session=86400.0)
    error = desk.refused(SENDING[0])
    assert isinstance(error, errors.FreshChangePhoneForbidden)
    assert error.code == 406
    desk.now += 86400
    assert isinstance(desk.ask(SENDING[0]), types.auth.SentCode)


def test_verify_phone() -> None:
    desk = logged_in()
    sent = sent_by(desk, account.SendVerifyPhoneCode("+49 170 0000009", SETTINGS))
    told = desk.last_code()
    assert told.purpose is Purpose.VERIFY_PHONE
    assert desk.ask(account.VerifyPhone("+491700000009", sent.phone_code_hash, told.code)) is True
    person = desk.data_center.accounts.with_number(PHONE)
    assert person is not None
    assert person.verified_numbers == {"491700000009"}
    assert PhoneNumberVerified(person.id) in desk.events()


def test_confirm_phone_stops_the_deletion() -> None:
    desk = logged_in()
    person = desk.data_center.accounts.with_number(PHONE)
    assert person is not None
    person.deletion_hash = "abc"
    sent = sent_by(desk, account.SendConfirmPhoneCode("abc", SETTINGS))
    told = desk.last_code()
    assert (told.phone_number, told.purpose) == (PHONE, Purpose.CONFIRM_PHONE)
    assert desk.ask(account.ConfirmPhone(sent.phone_code_hash, told.code)) is True
    assert DeletionStopped(person.id) in desk.events()
    assert isinstance(desk.refused(account.SendConfirmPhoneCode("abc", SETTINGS)), errors.HashInvalid)
    assert isinstance(desk.ask(SENDING[2]), types.auth.SentCode), "the sample hash is always good"


@pytest.mark.parametrize("hash_", ["", "abc"])
def test_the_deletion_hash_must_fit(hash_: str) -> None:
    assert isinstance(logged_in().refused(account.SendConfirmPhoneCode(hash_, SETTINGS)), errors.HashInvalid)


def test_confirm_phone_tells_an_unknown_hash_from_an_expired_one() -> None:
    desk = logged_in(code_lifetime=300.0)
    assert isinstance(desk.refused(account.ConfirmPhone("other", CODE)), errors.CodeHashInvalid)
    sent = sent_by(desk, SENDING[2])
    desk.now += 300
    assert isinstance(desk.refused(account.ConfirmPhone(sent.phone_code_hash, CODE)), errors.PhoneCodeExpired)


def test_the_code_is_needed_and_must_be_right() -> None:
    desk = logged_in()
    for sending, finish in (
        (SENDING[0], lambda hash_, code: account.ChangePhone(FREE, hash_, code)),
        (SENDING[1], lambda hash_, code: account.VerifyPhone(FREE, hash_, code)),
        (SENDING[2], account.ConfirmPhone),
    ):
        hash_ = sent_by(desk, sending).phone_code_hash
        empty, wrong = desk.refused(finish(hash_, "")), desk.refused(finish(hash_, "11111"))
        assert isinstance(empty, errors.PhoneCodeEmpty)
        assert is_known_for(empty, finish(hash_, ""))
        assert isinstance(wrong, errors.PhoneCodeInvalid)
        desk.ask(finish(hash_, CODE))


def test_a_code_is_good_for_its_purpose_only() -> None:
    desk = logged_in()
    verify = sent_by(desk, account.SendVerifyPhoneCode(FREE, SETTINGS)).phone_code_hash
    for query in (account.ChangePhone(FREE, verify, CODE), functions.auth.SignIn(FREE, verify, CODE)):
        assert isinstance(desk.refused(query), errors.PhoneCodeExpired)
    assert isinstance(desk.refused(account.ConfirmPhone(verify, CODE)), errors.PhoneCodeExpired)


def test_codes_of_all_purposes_are_sent_again_and_cancelled_alike() -> None:
    desk = logged_in()
    for sending, number in zip(SENDING, (FREE, FREE, PHONE), strict=True):
        sent = sent_by(desk, sending)
        again = desk.ask(functions.auth.ResendCode(number, sent.phone_code_hash))
        assert isinstance(again, types.auth.SentCode)
        assert desk.ask(functions.auth.CancelCode(number, sent.phone_code_hash)) is True


@pytest.mark.parametrize(
    ("query", "code"),
    [
        (account.SendChangePhoneCode("x", SETTINGS), 406),
        (account.ChangePhone("x", "hash", CODE), 406),
        (account.SendVerifyPhoneCode("x", SETTINGS), 400),
        (account.VerifyPhone("x", "hash", CODE), 400),
    ],
)
def test_PHONE_NUMBER_INVALID_comes_with_the_code_that_the_method_is_known_for(
    query: Function[object], code: int
) -> None:
    error = logged_in().refused(query)
    assert isinstance(error, errors.PhoneNumberInvalid)
    assert error.code == code


def test_sandbox_numbers_refuse_what_the_method_is_known_to_refuse() -> None:
    desk = logged_in()
    banned = desk.refused(account.SendChangePhoneCode("9996621003", SETTINGS))
    assert isinstance(banned, errors.PhoneNumberBanned)
    assert isinstance(desk.ask(account.SendVerifyPhoneCode("9996621003", SETTINGS)), types.auth.SentCode)
