from __future__ import annotations

import pytest

from sansio_tl import errors, functions, types
from sansio_tl.testing import AccountDeleted, DeletionRequested, DeletionStopped
from tests.helpers.data_center_state import state_of
from tests.helpers.direct_client import (
    CODE,
    NOW,
    PHONE,
    PHONE_KEY,
    SETTINGS,
    TABLET_KEY,
    DirectClient,
    is_known_for,
    prove,
    send_code,
)
from tests.testing.handlers.test_qr import Pushes

GUARDED = "9996620107"
WEEK = 7 * 86_400
DAY = 86_400
Delete = functions.account.DeleteAccount


def half_way(client: DirectClient, key_id: bytes = TABLET_KEY) -> None:
    """The code is given on a new device, the password is forgotten."""
    sent = client.send_code(GUARDED, key_id=key_id)
    client.error_of(functions.auth.SignIn(GUARDED, sent.phone_code_hash, CODE), key_id)


def test_account_without_a_password_is_deleted_at_once() -> None:
    client = DirectClient()
    account = client.log_in()
    client.log_in(key_id=TABLET_KEY)
    assert client.call(Delete("no reason")) is True
    assert AccountDeleted(account.id) in client.events()
    for key_id in (None, TABLET_KEY):
        error = client.error_of(functions.updates.GetState(), key_id) if key_id else client.error_of(Delete("again"))
        assert isinstance(error, errors.UserDeactivated)
        assert is_known_for(error, Delete("again"))
    assert isinstance(client.call(send_code(PHONE)), types.auth.SentCode)
    assert client.data_center.accounts.with_number(PHONE) is None, "the number is free"


def test_account_is_deleted_at_once_with_the_password() -> None:
    client = DirectClient()
    half_way(client)
    wrong = prove("wrong", client.call(functions.account.GetPassword(), TABLET_KEY)).password
    error = client.error_of(Delete("forgot", password=wrong), TABLET_KEY)
    assert isinstance(error, errors.PasswordHashInvalid)
    assert is_known_for(error, Delete("forgot"))
    right = prove("password", client.call(functions.account.GetPassword(), TABLET_KEY)).password
    assert client.call(Delete("forgot", password=right), TABLET_KEY) is True


def test_deletion_without_the_password_waits_a_week() -> None:
    client = DirectClient()
    half_way(client)
    client.events()
    error = client.error_of(Delete("forgot"), TABLET_KEY)
    assert (error.code, error.text) == (420, f"2FA_CONFIRM_WAIT_{WEEK}")
    assert is_known_for(error, Delete("forgot"))
    (requested,) = (event for event in client.events() if isinstance(event, DeletionRequested))
    assert requested.at == NOW + WEEK
    assert requested.hash not in repr(requested)
    client.now += 1000.5
    assert client.error_of(Delete("forgot"), TABLET_KEY).text == f"2FA_CONFIRM_WAIT_{WEEK - 1000}"
    client.now = NOW + WEEK
    assert isinstance(client.error_of(Delete("forgot"), TABLET_KEY), errors.UserDeactivated)
    assert isinstance(client.error_of(Delete("forgot"), TABLET_KEY), errors.AuthKeyUnregistered)
    sent = client.send_code(GUARDED)
    result = client.call(functions.auth.SignIn(GUARDED, sent.phone_code_hash, CODE))
    assert isinstance(result, types.auth.AuthorizationSignUpRequired)


def test_owner_can_cancel_the_deletion() -> None:
    client = DirectClient()
    half_way(client)
    client.call(prove("password", client.call(functions.account.GetPassword(), TABLET_KEY)), TABLET_KEY)
    half_way(client, b"otherkey")
    client.error_of(Delete("I am you"), b"otherkey")
    (requested,) = (event for event in client.events() if isinstance(event, DeletionRequested))
    query = functions.account.SendConfirmPhoneCode(requested.hash, SETTINGS)
    sent = client.call(query, TABLET_KEY)
    assert isinstance(sent, types.auth.SentCode)
    assert client.call(functions.account.ConfirmPhone(sent.phone_code_hash, CODE), TABLET_KEY) is True
    assert DeletionStopped(requested.user_id) in client.events()
    client.now += WEEK
    client.call(functions.updates.GetState(), TABLET_KEY)
    assert isinstance(client.error_of(query, TABLET_KEY), errors.HashInvalid)


def test_account_is_deleted_after_its_ttl() -> None:
    client = DirectClient()
    client.log_in()
    assert client.call(functions.account.GetAccountTTL()) == types.AccountDaysTTL(548)
    assert client.call(functions.account.SetAccountTTL(types.AccountDaysTTL(30))) is True
    client.now += 30 * DAY - 1
    assert client.call(functions.account.GetAccountTTL()) == types.AccountDaysTTL(30)
    client.now += 30 * DAY
    assert isinstance(client.error_of(functions.account.GetAccountTTL()), errors.UserDeactivated)


@pytest.mark.parametrize("days", [0, 29, 731])
def test_account_ttl_outside_its_range_is_refused(days: int) -> None:
    client = DirectClient()
    client.log_in()
    query = functions.account.SetAccountTTL(types.AccountDaysTTL(days))
    error = client.error_of(query)
    assert isinstance(error, errors.TtlDaysInvalid)
    assert is_known_for(error, query)


def test_logged_out_client_cannot_delete_an_account() -> None:
    assert isinstance(DirectClient().error_of(Delete("why not")), errors.AuthKeyUnregistered)


def test_keys_of_a_deleted_account_are_free_for_others() -> None:
    client = DirectClient()
    client.log_in()
    client.log_in(key_id=TABLET_KEY)
    client.call(Delete("no reason"))
    devices = state_of(client.data_center).devices
    assert [devices.is_used(key_id) for key_id in (PHONE_KEY, TABLET_KEY)] == [False, False]


def test_device_that_has_deleted_the_account_during_its_login_learns_that() -> None:
    client = DirectClient()
    half_way(client)
    right = prove("password", client.call(functions.account.GetPassword(), TABLET_KEY)).password
    client.call(Delete("forgot", password=right), TABLET_KEY)
    for query in (functions.account.GetPassword(), functions.updates.GetState()):
        assert isinstance(client.error_of(query, TABLET_KEY), errors.UserDeactivated)


def test_requested_deletion_is_announced_once_to_the_other_devices() -> None:
    client = DirectClient()
    half_way(client, PHONE_KEY)
    client.call(prove("password", client.call(functions.account.GetPassword())))
    half_way(client)
    pushes = Pushes(client)
    for _ in range(2):
        client.error_of(Delete("forgot"), TABLET_KEY)
    (requested,) = (event for event in client.events() if isinstance(event, DeletionRequested))
    [(key_id, notice)] = pushes.pushed
    assert key_id == PHONE_KEY
    assert isinstance(notice, types.UpdateServiceNotification)
    assert (notice.inbox_date, notice.type) == (int(NOW), "ACCOUNT_DELETION")
    assert f"tg://confirmphone?phone={GUARDED}&hash={requested.hash}" in notice.message


def test_account_whose_user_never_comes_back_after_the_login_is_deleted() -> None:
    client = DirectClient()
    client.log_in()
    client.now += 548 * DAY - 1
    client.send_code(PHONE, key_id=TABLET_KEY)
    assert client.data_center.accounts.with_number(PHONE) is not None
    client.now += 1
    client.send_code(PHONE, key_id=TABLET_KEY)
    assert client.data_center.accounts.with_number(PHONE) is None
