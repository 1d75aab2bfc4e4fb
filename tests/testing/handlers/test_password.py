# ruff: noqa: N803 - A is what the schema calls it

from __future__ import annotations

from typing import Any

import pytest

from sansio_tl import errors, functions, types
from sansio_tl.crypto.dh import KNOWN_PRIME
from sansio_tl.testing import LoggedIn
from tests.helpers.direct_client import CODE, NOW, PHONE_KEY, TABLET_KEY, DirectClient, is_known_for, prove

GUARDED = "9996620107"
GET = functions.account.GetPassword()
ME = functions.users.GetUsers([types.InputUserSelf()])


def awaiting_password(**settings: Any) -> DirectClient:
    """The code was right, the password is missing."""
    client = DirectClient(**settings)
    for key_id in (PHONE_KEY, TABLET_KEY):
        sent = client.send_code(GUARDED, key_id=key_id)
        error = client.error_of(functions.auth.SignIn(GUARDED, sent.phone_code_hash, CODE), key_id)
        assert isinstance(error, errors.SessionPasswordNeeded)
        assert error.code == 401
    return client


def test_right_password_logs_in() -> None:
    client = awaiting_password()
    reported = client.call(GET)
    assert reported.has_password
    assert reported.hint == "the password is: password"
    result = client.call(prove("password", reported))
    assert isinstance(result, types.auth.Authorization)
    assert isinstance(result.user, types.User)
    assert LoggedIn(result.user.id) in client.events()
    assert client.call(ME) == [result.user]


def test_methods_are_refused_before_the_password_is_checked() -> None:
    client = awaiting_password()
    assert isinstance(client.error_of(ME), errors.SessionPasswordNeeded)
    assert isinstance(client.error_of(functions.contacts.GetContacts(0)), errors.SessionPasswordNeeded)


def test_logging_out_at_the_password_step_is_allowed() -> None:
    client = awaiting_password()
    assert client.call(functions.auth.LogOut()) == types.auth.LoggedOut()
    assert isinstance(client.error_of(GET), errors.AuthKeyUnregistered)


def test_password_can_be_tried_again_with_fresh_srp_parameters() -> None:
    client = awaiting_password()
    first = client.call(GET)
    query = prove("wrong", first)
    error = client.error_of(query)
    assert isinstance(error, errors.PasswordHashInvalid)
    assert is_known_for(error, query)
    assert isinstance(client.error_of(prove("password", first)), errors.SrpIdInvalid), "a try is spent"
    second = client.call(GET)
    assert second.srp_id != first.srp_id
    assert second.srp_B != first.srp_B
    assert isinstance(client.call(prove("password", second)), types.auth.Authorization)


def test_only_the_latest_srp_parameters_are_accepted() -> None:
    client = awaiting_password()
    first, second = client.call(GET), client.call(GET)
    assert isinstance(client.error_of(prove("password", first)), errors.SrpIdInvalid)
    assert isinstance(client.error_of(prove("password", second)), errors.SrpIdInvalid), "the wrong id spent them"


def test_srp_parameters_of_another_key_are_refused() -> None:
    client = awaiting_password()
    reported = client.call(GET)
    client.call(GET, TABLET_KEY)
    assert isinstance(client.error_of(prove("password", reported), TABLET_KEY), errors.SrpIdInvalid)


@pytest.mark.parametrize("A", [b"", bytes(256), KNOWN_PRIME.to_bytes(256, "big")])
def test_HS20_password_check_with_A_outside_the_range_is_refused(A: bytes) -> None:
    client = awaiting_password()
    assert isinstance(client.error_of(prove("password", client.call(GET), A=A)), errors.PasswordHashInvalid)


def test_empty_password_check_is_refused() -> None:
    client = awaiting_password()
    query = functions.auth.CheckPassword(types.InputCheckPasswordEmpty())
    assert isinstance(client.error_of(query), errors.PasswordHashInvalid)


def test_too_many_wrong_passwords_give_a_flood_wait() -> None:
    client = awaiting_password(password_tries=2, password_flood_wait=60)
    for _ in range(2):
        assert isinstance(client.error_of(prove("wrong", client.call(GET))), errors.PasswordHashInvalid)
    client.now = NOW + 0.5
    error = client.error_of(prove("password", client.call(GET)))
    assert isinstance(error, errors.FloodWait)
    assert error.seconds == 60
    assert isinstance(client.error_of(prove("password", client.call(GET, TABLET_KEY)), TABLET_KEY), errors.FloodWait)
    client.now = NOW + 60
    assert isinstance(client.call(prove("password", client.call(GET))), types.auth.Authorization)


def test_right_password_resets_the_count_of_wrong_ones() -> None:
    client = awaiting_password(password_tries=2)
    client.error_of(prove("wrong", client.call(GET)))
    client.call(prove("password", client.call(GET)))
    client.error_of(prove("wrong", client.call(GET, TABLET_KEY)), TABLET_KEY)
    assert isinstance(
        client.call(prove("password", client.call(GET, TABLET_KEY)), TABLET_KEY), types.auth.Authorization
    )


def test_logged_out_client_cannot_read_the_password_parameters() -> None:
    client = DirectClient()
    assert isinstance(client.error_of(GET), errors.AuthKeyUnregistered)
    check = functions.auth.CheckPassword(types.InputCheckPasswordEmpty())
    assert isinstance(client.error_of(check), errors.AuthKeyUnregistered)


def test_get_password_of_an_account_without_one_has_no_srp_parameters() -> None:
    client = DirectClient()
    client.log_in()
    reported = client.call(GET)
    assert not reported.has_password
    assert (reported.current_algo, reported.srp_B, reported.srp_id, reported.hint) == (None, None, None, None)
    assert isinstance(reported.new_algo, types.PasswordKdfAlgoSHA256SHA256PBKDF2HMACSHA512iter100000SHA256ModPow)
    assert len(reported.new_algo.salt1) >= 8


def test_proof_of_a_password_is_refused_for_an_account_without_one() -> None:
    client = DirectClient()
    client.log_in()
    query = functions.account.GetPasswordSettings(types.InputCheckPasswordSRP(1, bytes(256), bytes(32)))
    assert isinstance(client.error_of(query), errors.PasswordHashInvalid)
    empty = functions.account.GetPasswordSettings(types.InputCheckPasswordEmpty())
    assert isinstance(client.call(empty), types.account.PasswordSettings)


def test_each_get_password_proposes_new_salts() -> None:
    client = DirectClient()
    client.log_in()
    assert client.call(GET).new_algo != client.call(GET).new_algo


def test_check_password_after_the_login_is_refused() -> None:
    client = awaiting_password()
    client.call(prove("password", client.call(GET)))
    assert isinstance(client.error_of(prove("password", client.call(GET))), errors.AuthKeyUnregistered)
