from __future__ import annotations

from typing import Any

import pytest

from sansio_tl import errors, functions, types
from sansio_tl.testing import Account, LoggedIn, MailPurpose, PasswordChanged
from tests.helpers.data_center_state import state_of
from tests.helpers.direct_client import CODE, NOW, PHONE_KEY, DirectClient, is_known_for, prove
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


def awaiting_password(client: DirectClient, phone: str = RECOVERABLE) -> Account:
    """The code is given, the password is not."""
    sent = client.send_code(phone)
    assert isinstance(
        client.error_of(functions.auth.SignIn(phone, sent.phone_code_hash, CODE)), errors.SessionPasswordNeeded
    )
    account = client.data_center.accounts.with_number(phone)
    assert account is not None
    return account


def logged_in(client: DirectClient, phone: str = RECOVERABLE) -> Account:
    account = awaiting_password(client, phone)
    client.call(prove("password", client.call(functions.account.GetPassword())))
    return account


def test_password_recovery_by_email_code_removes_the_password() -> None:
    client = DirectClient()
    account = awaiting_password(client)
    assert client.call(REQUEST) == types.auth.PasswordRecovery("r***y@example.org")
    mailed = client.last_mail()
    assert (mailed.code, mailed.purpose) == (MAIL_CODE, MailPurpose.RECOVERY)
    assert client.call(Check("111111")) is False
    assert client.call(Check(MAIL_CODE)) is True
    assert isinstance(client.error_of(Recover("111111")), errors.CodeInvalid)
    assert isinstance(client.call(Recover(MAIL_CODE)), types.auth.Authorization)
    assert client.events()[-3:-1] == [PasswordChanged(account.id, is_set=False), LoggedIn(account.id)]
    reported = client.call(functions.account.GetPassword())
    assert (reported.has_password, reported.has_recovery) == (False, False)


def test_challenge_for_the_old_password_ends_with_a_recovery() -> None:
    client = DirectClient()
    awaiting_password(client)
    client.call(REQUEST)
    settings = new_password(client, "new secret")
    challenge = state_of(client.data_center).devices.of(PHONE_KEY).challenge
    assert challenge is not None
    assert isinstance(client.call(Recover(MAIL_CODE, settings)), types.auth.Authorization)
    guess = types.InputCheckPasswordSRP(srp_id=challenge[0], A=b"\1" * 256, M1=bytes(32))
    assert isinstance(client.error_of(functions.account.GetPasswordSettings(guess)), errors.SrpIdInvalid)


def test_password_recovery_can_set_a_new_password() -> None:
    client = DirectClient()
    awaiting_password(client)
    client.call(REQUEST)
    settings = new_password(client, "new secret")
    bad = new_password(client, "new secret", new_password_hash=b"short")
    query = Recover(MAIL_CODE, bad)
    error = client.error_of(query)
    assert isinstance(error, errors.NewSettingsInvalid)
    assert is_known_for(error, query)
    settings = new_password(client, "new secret")
    assert isinstance(client.call(Recover(MAIL_CODE, settings)), types.auth.Authorization)
    check = prove("new secret", client.call(functions.account.GetPassword())).password
    assert client.call(functions.account.GetPasswordSettings(check)).email == "recovery@example.org"


def test_logged_in_user_can_recover_the_password() -> None:
    client = DirectClient()
    account = logged_in(client)
    client.call(REQUEST)
    client.events()
    result = client.call(Recover(MAIL_CODE))
    assert isinstance(result, types.auth.Authorization)
    assert result.user.id == account.id
    assert LoggedIn(account.id) not in client.events()


def test_recovery_code_is_required_and_expires() -> None:
    client = DirectClient()
    awaiting_password(client)
    for query in (Check(""), Recover("")):
        error = client.error_of(query)
        assert isinstance(error, errors.CodeEmpty)
        assert is_known_for(error, query)
    assert isinstance(client.error_of(Check(MAIL_CODE)), errors.PasswordRecoveryExpired)
    client.call(REQUEST)
    client.now = NOW + 300
    for query in (Check(MAIL_CODE), Recover(MAIL_CODE)):
        assert isinstance(client.error_of(query), errors.PasswordRecoveryExpired)


def test_recovery_without_a_recovery_address_is_refused() -> None:
    client = DirectClient()
    awaiting_password(client, GUARDED)
    error = client.error_of(REQUEST)
    assert isinstance(error, errors.PasswordRecoveryNa)
    assert is_known_for(error, REQUEST)


@pytest.mark.parametrize("query", [REQUEST, RESET])
def test_recovery_and_reset_without_a_password_are_refused(query: Any) -> None:
    client = DirectClient()
    client.log_in()
    error = client.error_of(query)
    assert isinstance(error, errors.PasswordEmpty)
    assert is_known_for(error, query)


def test_password_is_reset_after_a_week() -> None:
    client = DirectClient()
    account = logged_in(client)
    wait = types.account.ResetPasswordRequestedWait(int(NOW) + WEEK)
    assert client.call(RESET) == wait
    assert client.call(functions.account.GetPassword()).pending_reset_date == int(NOW) + WEEK
    client.now = NOW + WEEK - 1
    assert client.call(RESET) == wait
    client.now = NOW + WEEK
    client.events()
    assert client.call(RESET) == types.account.ResetPasswordOk()
    assert PasswordChanged(account.id, is_set=False) in client.events()
    assert isinstance(client.error_of(RESET), errors.PasswordEmpty)
    reported = client.call(functions.account.GetPassword())
    assert (reported.has_password, reported.has_recovery, reported.has_secure_values) == (False, False, False)


def test_declined_password_reset_cannot_be_requested_again_at_once() -> None:
    client = DirectClient()
    logged_in(client)
    error = client.error_of(DECLINE)
    assert isinstance(error, errors.ResetRequestMissing)
    assert is_known_for(error, DECLINE)
    client.call(RESET)
    assert client.call(DECLINE) is True
    assert client.call(functions.account.GetPassword()).pending_reset_date is None
    assert client.call(RESET) == types.account.ResetPasswordFailedWait(int(NOW) + WEEK)
    client.now = NOW + WEEK
    assert client.call(RESET) == types.account.ResetPasswordRequestedWait(int(NOW) + 2 * WEEK)


def test_logged_out_client_cannot_recover_a_password() -> None:
    for query in (REQUEST, Check("1"), Recover("1"), RESET, DECLINE):
        assert isinstance(DirectClient().error_of(query), errors.AuthKeyUnregistered)
