# ruff: noqa: N803 - A is what the schema calls it

from __future__ import annotations

from typing import Any

import pytest

from sansio_tl import errors, functions, types
from sansio_tl.crypto.dh import KNOWN_PRIME
from sansio_tl.testing import LoggedIn
from tests.testing.desk import CODE, NOW, PHONE_KEY, TABLET_KEY, Desk, is_known_for, prove

GUARDED = "9996620107"
GET = functions.account.GetPassword()
ME = functions.users.GetUsers([types.InputUserSelf()])


def half_way(**settings: Any) -> Desk:
    """The code was right, the password is missing."""
    desk = Desk(**settings)
    for key_id in (PHONE_KEY, TABLET_KEY):
        sent = desk.send_code(GUARDED, key_id=key_id)
        error = desk.refused(functions.auth.SignIn(GUARDED, sent.phone_code_hash, CODE), key_id)
        assert isinstance(error, errors.SessionPasswordNeeded)
        assert error.code == 401
    return desk


def test_right_password_logs_in() -> None:
    desk = half_way()
    told = desk.ask(GET)
    assert told.has_password
    assert told.hint == "the word itself"
    result = desk.ask(prove("password", told))
    assert isinstance(result, types.auth.Authorization)
    assert isinstance(result.user, types.User)
    assert LoggedIn(result.user.id) in desk.events()
    assert desk.ask(ME) == [result.user]


def test_half_way_in_is_not_in() -> None:
    desk = half_way()
    assert isinstance(desk.refused(ME), errors.SessionPasswordNeeded)
    assert isinstance(desk.refused(functions.contacts.GetContacts(0)), errors.SessionPasswordNeeded)


def test_half_way_in_one_may_turn_round() -> None:
    desk = half_way()
    assert desk.ask(functions.auth.LogOut()) == types.auth.LoggedOut()
    assert isinstance(desk.refused(GET), errors.AuthKeyUnregistered)


def test_wrong_password_may_be_tried_again_with_fresh_parameters() -> None:
    desk = half_way()
    first = desk.ask(GET)
    query = prove("wrong", first)
    error = desk.refused(query)
    assert isinstance(error, errors.PasswordHashInvalid)
    assert is_known_for(error, query)
    assert isinstance(desk.refused(prove("password", first)), errors.SrpIdInvalid), "a try is spent"
    second = desk.ask(GET)
    assert second.srp_id != first.srp_id
    assert second.srp_B != first.srp_B
    assert isinstance(desk.ask(prove("password", second)), types.auth.Authorization)


def test_only_the_last_parameters_count() -> None:
    desk = half_way()
    first, second = desk.ask(GET), desk.ask(GET)
    assert isinstance(desk.refused(prove("password", first)), errors.SrpIdInvalid)
    assert isinstance(desk.refused(prove("password", second)), errors.SrpIdInvalid), "the wrong id spent them"


def test_parameters_belong_to_their_device() -> None:
    desk = half_way()
    told = desk.ask(GET)
    desk.ask(GET, TABLET_KEY)
    assert isinstance(desk.refused(prove("password", told), TABLET_KEY), errors.SrpIdInvalid)


@pytest.mark.parametrize("A", [b"", bytes(256), KNOWN_PRIME.to_bytes(256, "big")])
def test_HS20_an_A_outside_the_range_proves_nothing(A: bytes) -> None:
    desk = half_way()
    assert isinstance(desk.refused(prove("password", desk.ask(GET), A=A)), errors.PasswordHashInvalid)


def test_an_empty_check_is_wrong() -> None:
    desk = half_way()
    query = functions.auth.CheckPassword(types.InputCheckPasswordEmpty())
    assert isinstance(desk.refused(query), errors.PasswordHashInvalid)


def test_many_wrong_passwords_lock_the_account_for_a_while() -> None:
    desk = half_way(password_tries=2, password_flood_wait=60)
    for _ in range(2):
        assert isinstance(desk.refused(prove("wrong", desk.ask(GET))), errors.PasswordHashInvalid)
    desk.now = NOW + 0.5
    error = desk.refused(prove("password", desk.ask(GET)))
    assert isinstance(error, errors.FloodWait)
    assert error.seconds == 60
    assert isinstance(desk.refused(prove("password", desk.ask(GET, TABLET_KEY)), TABLET_KEY), errors.FloodWait)
    desk.now = NOW + 60
    assert isinstance(desk.ask(prove("password", desk.ask(GET))), types.auth.Authorization)


def test_a_right_password_forgives_the_wrong_ones() -> None:
    desk = half_way(password_tries=2)
    desk.refused(prove("wrong", desk.ask(GET)))
    desk.ask(prove("password", desk.ask(GET)))
    desk.refused(prove("wrong", desk.ask(GET, TABLET_KEY)), TABLET_KEY)
    assert isinstance(desk.ask(prove("password", desk.ask(GET, TABLET_KEY)), TABLET_KEY), types.auth.Authorization)


def test_strangers_have_no_password() -> None:
    desk = Desk()
    assert isinstance(desk.refused(GET), errors.AuthKeyUnregistered)
    check = functions.auth.CheckPassword(types.InputCheckPasswordEmpty())
    assert isinstance(desk.refused(check), errors.AuthKeyUnregistered)


def test_an_account_without_a_password_says_so() -> None:
    desk = Desk()
    desk.log_in()
    told = desk.ask(GET)
    assert not told.has_password
    assert (told.current_algo, told.srp_B, told.srp_id, told.hint) == (None, None, None, None)
    assert isinstance(told.new_algo, types.PasswordKdfAlgoSHA256SHA256PBKDF2HMACSHA512iter100000SHA256ModPow)
    assert len(told.new_algo.salt1) >= 8


def test_the_salts_that_are_proposed_are_never_the_same() -> None:
    desk = Desk()
    desk.log_in()
    assert desk.ask(GET).new_algo != desk.ask(GET).new_algo


def test_who_is_in_has_no_password_left_to_give() -> None:
    desk = half_way()
    desk.ask(prove("password", desk.ask(GET)))
    assert isinstance(desk.refused(prove("password", desk.ask(GET))), errors.AuthKeyUnregistered)
