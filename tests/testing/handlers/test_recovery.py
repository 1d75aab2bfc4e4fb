from __future__ import annotations

from typing import Any

import pytest

from sansio_tl import errors, functions, types
from sansio_tl.testing import Account, LoggedIn, MailPurpose, PasswordChanged
from tests.testing.desk import CODE, NOW, Desk, is_known_for, prove
from tests.testing.handlers.test_password_settings import new_password

RECOVERABLE = "9996620407"
GUARDED = "9996620107"
MAIL_CODE = "222222"
WEEK = 7 * 86_400
REQUEST = functions.auth.RequestPasswordRecovery()
Recover = functions.auth.RecoverPassword
Check = functions.auth.CheckRecoveryPassword
RESET = functions.account.ResetPassword()
DECLINE = functions.account.DeclinePasswordReset()


def half_way(desk: Desk, phone: str = RECOVERABLE) -> Account:
    """The code is given, the password is not."""
    sent = desk.send_code(phone)
    assert isinstance(
        desk.refused(functions.auth.SignIn(phone, sent.phone_code_hash, CODE)), errors.SessionPasswordNeeded
    )
    account = desk.data_center.accounts.with_number(phone)
    assert account is not None
    return account


def logged_in(desk: Desk, phone: str = RECOVERABLE) -> Account:
    account = half_way(desk, phone)
    desk.ask(prove("password", desk.ask(functions.account.GetPassword())))
    return account


def test_a_forgotten_password_is_taken_away_by_mail() -> None:
    desk = Desk()
    account = half_way(desk)
    assert desk.ask(REQUEST) == types.auth.PasswordRecovery("r***y@example.org")
    mailed = desk.last_mail()
    assert (mailed.code, mailed.purpose) == (MAIL_CODE, MailPurpose.RECOVERY)
    assert desk.ask(Check("111111")) is False
    assert desk.ask(Check(MAIL_CODE)) is True
    assert isinstance(desk.refused(Recover("111111")), errors.CodeInvalid)
    assert isinstance(desk.ask(Recover(MAIL_CODE)), types.auth.Authorization)
    assert desk.events()[-3:-1] == [PasswordChanged(account.id, is_set=False), LoggedIn(account.id)]
    told = desk.ask(functions.account.GetPassword())
    assert (told.has_password, told.has_recovery) == (False, False)


def test_a_new_password_may_take_its_place() -> None:
    desk = Desk()
    half_way(desk)
    desk.ask(REQUEST)
    settings = new_password(desk, "new secret")
    bad = new_password(desk, "new secret", new_password_hash=b"short")
    query = Recover(MAIL_CODE, bad)
    error = desk.refused(query)
    assert isinstance(error, errors.NewSettingsInvalid)
    assert is_known_for(error, query)
    settings = new_password(desk, "new secret")
    assert isinstance(desk.ask(Recover(MAIL_CODE, settings)), types.auth.Authorization)
    check = prove("new secret", desk.ask(functions.account.GetPassword())).password
    assert desk.ask(functions.account.GetPasswordSettings(check)).email == "recovery@example.org"


def test_whoever_is_logged_in_recovers_too() -> None:
    desk = Desk()
    account = logged_in(desk)
    desk.ask(REQUEST)
    desk.events()
    result = desk.ask(Recover(MAIL_CODE))
    assert isinstance(result, types.auth.Authorization)
    assert result.user.id == account.id
    assert LoggedIn(account.id) not in desk.events()


def test_a_code_is_needed_and_expires() -> None:
    desk = Desk()
    half_way(desk)
    for query in (Check(""), Recover("")):
        error = desk.refused(query)
        assert isinstance(error, errors.CodeEmpty)
        assert is_known_for(error, query)
    assert isinstance(desk.refused(Check(MAIL_CODE)), errors.PasswordRecoveryExpired)
    desk.ask(REQUEST)
    desk.now = NOW + 300
    for query in (Check(MAIL_CODE), Recover(MAIL_CODE)):
        assert isinstance(desk.refused(query), errors.PasswordRecoveryExpired)


def test_without_an_address_there_is_no_recovery() -> None:
    desk = Desk()
    half_way(desk, GUARDED)
    error = desk.refused(REQUEST)
    assert isinstance(error, errors.PasswordRecoveryNa)
    assert is_known_for(error, REQUEST)


@pytest.mark.parametrize("query", [REQUEST, RESET])
def test_without_a_password_there_is_nothing_to_recover(query: Any) -> None:
    desk = Desk()
    desk.log_in()
    error = desk.refused(query)
    assert isinstance(error, errors.PasswordEmpty)
    assert is_known_for(error, query)


def test_a_password_is_reset_after_a_week() -> None:
    desk = Desk()
    account = logged_in(desk)
    wait = types.account.ResetPasswordRequestedWait(int(NOW) + WEEK)
    assert desk.ask(RESET) == wait
    assert desk.ask(functions.account.GetPassword()).pending_reset_date == int(NOW) + WEEK
    desk.now = NOW + WEEK - 1
    assert desk.ask(RESET) == wait
    desk.now = NOW + WEEK
    desk.events()
    assert desk.ask(RESET) == types.account.ResetPasswordOk()
    assert PasswordChanged(account.id, is_set=False) in desk.events()
    assert isinstance(desk.refused(RESET), errors.PasswordEmpty)


def test_a_reset_is_declined_and_may_not_be_asked_for_again_at_once() -> None:
    desk = Desk()
    logged_in(desk)
    error = desk.refused(DECLINE)
    assert isinstance(error, errors.ResetRequestMissing)
    assert is_known_for(error, DECLINE)
    desk.ask(RESET)
    assert desk.ask(DECLINE) is True
    assert desk.ask(functions.account.GetPassword()).pending_reset_date is None
    assert desk.ask(RESET) == types.account.ResetPasswordFailedWait(int(NOW) + WEEK)
    desk.now = NOW + WEEK
    assert desk.ask(RESET) == types.account.ResetPasswordRequestedWait(int(NOW) + 2 * WEEK)


def test_strangers_recover_nothing() -> None:
    for query in (REQUEST, Check("1"), Recover("1"), RESET, DECLINE):
        assert isinstance(Desk().refused(query), errors.AuthKeyUnregistered)
