from __future__ import annotations

import pytest

from sansio_tl import errors, functions, types
from sansio_tl.testing import AccountDeleted, DeletionRequested, DeletionStopped
from tests.testing.desk import CODE, NOW, PHONE, SETTINGS, TABLET_KEY, Desk, is_known_for, prove, send_code

GUARDED = "9996620107"
WEEK = 7 * 86_400
DAY = 86_400
Delete = functions.account.DeleteAccount


def half_way(desk: Desk, key_id: bytes = TABLET_KEY) -> None:
    """The code is given on a new device, the password is forgotten."""
    sent = desk.send_code(GUARDED, key_id=key_id)
    desk.refused(functions.auth.SignIn(GUARDED, sent.phone_code_hash, CODE), key_id)


def test_an_account_without_a_password_goes_at_once() -> None:
    desk = Desk()
    account = desk.log_in()
    desk.log_in(key_id=TABLET_KEY)
    assert desk.ask(Delete("no reason")) is True
    assert AccountDeleted(account.id) in desk.events()
    for key_id in (None, TABLET_KEY):
        error = desk.refused(functions.updates.GetState(), key_id) if key_id else desk.refused(Delete("again"))
        assert isinstance(error, errors.UserDeactivated)
        assert is_known_for(error, Delete("again"))
    assert isinstance(desk.ask(send_code(PHONE)), types.auth.SentCode)
    assert desk.data_center.accounts.with_number(PHONE) is None, "the number is free"


def test_the_password_makes_it_immediate() -> None:
    desk = Desk()
    half_way(desk)
    wrong = prove("wrong", desk.ask(functions.account.GetPassword(), TABLET_KEY)).password
    error = desk.refused(Delete("forgot", password=wrong), TABLET_KEY)
    assert isinstance(error, errors.PasswordHashInvalid)
    assert is_known_for(error, Delete("forgot"))
    right = prove("password", desk.ask(functions.account.GetPassword(), TABLET_KEY)).password
    assert desk.ask(Delete("forgot", password=right), TABLET_KEY) is True


def test_without_the_password_the_owner_has_a_week() -> None:
    desk = Desk()
    half_way(desk)
    desk.events()
    error = desk.refused(Delete("forgot"), TABLET_KEY)
    assert (error.code, error.text) == (420, f"2FA_CONFIRM_WAIT_{WEEK}")
    assert is_known_for(error, Delete("forgot"))
    (requested,) = (event for event in desk.events() if isinstance(event, DeletionRequested))
    assert requested.at == NOW + WEEK
    assert requested.hash not in repr(requested)
    desk.now += 1000.5
    assert desk.refused(Delete("forgot"), TABLET_KEY).text == f"2FA_CONFIRM_WAIT_{WEEK - 1000}"
    desk.now = NOW + WEEK
    assert isinstance(desk.refused(Delete("forgot"), TABLET_KEY), errors.UserDeactivated)
    sent = desk.send_code(GUARDED)
    result = desk.ask(functions.auth.SignIn(GUARDED, sent.phone_code_hash, CODE))
    assert isinstance(result, types.auth.AuthorizationSignUpRequired)


def test_the_owner_stops_it() -> None:
    desk = Desk()
    half_way(desk)
    desk.ask(prove("password", desk.ask(functions.account.GetPassword(), TABLET_KEY)), TABLET_KEY)
    half_way(desk, b"stranger")
    desk.refused(Delete("I am you"), b"stranger")
    (requested,) = (event for event in desk.events() if isinstance(event, DeletionRequested))
    query = functions.account.SendConfirmPhoneCode(requested.hash, SETTINGS)
    sent = desk.ask(query, TABLET_KEY)
    assert isinstance(sent, types.auth.SentCode)
    assert desk.ask(functions.account.ConfirmPhone(sent.phone_code_hash, CODE), TABLET_KEY) is True
    assert DeletionStopped(requested.user_id) in desk.events()
    desk.now += WEEK
    desk.ask(functions.updates.GetState(), TABLET_KEY)
    assert isinstance(desk.refused(query, TABLET_KEY), errors.HashInvalid)


def test_an_account_goes_after_a_long_absence() -> None:
    desk = Desk()
    desk.log_in()
    assert desk.ask(functions.account.GetAccountTTL()) == types.AccountDaysTTL(548)
    assert desk.ask(functions.account.SetAccountTTL(types.AccountDaysTTL(30))) is True
    desk.now += 30 * DAY - 1
    assert desk.ask(functions.account.GetAccountTTL()) == types.AccountDaysTTL(30)
    desk.now += 30 * DAY
    assert isinstance(desk.refused(functions.account.GetAccountTTL()), errors.UserDeactivated)


@pytest.mark.parametrize("days", [0, 29, 731])
def test_other_numbers_of_days_are_invalid(days: int) -> None:
    desk = Desk()
    desk.log_in()
    query = functions.account.SetAccountTTL(types.AccountDaysTTL(days))
    error = desk.refused(query)
    assert isinstance(error, errors.TtlDaysInvalid)
    assert is_known_for(error, query)


def test_strangers_delete_nothing() -> None:
    assert isinstance(Desk().refused(Delete("why not")), errors.AuthKeyUnregistered)
