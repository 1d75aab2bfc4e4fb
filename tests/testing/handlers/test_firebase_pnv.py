from __future__ import annotations

import pytest

from sansio_tl import errors, functions, types
from sansio_tl.testing import SignedUp
from tests.testing.desk import PHONE, TABLET_KEY, Desk

INIT = functions.auth.InitFirebasePnvLogin(1, "hash")
NEWCOMER = "9996620200"


def finish(desk: Desk, number: str, nonce: str = "") -> functions.auth.FinishFirebasePnvLogin:
    """The token that the operating system would give."""
    intent = desk.ask(INIT)
    return functions.auth.FinishFirebasePnvLogin(f"{nonce or intent.nonce}:{number}")


def test_the_number_is_proven_without_a_code() -> None:
    desk = Desk()
    result = desk.ask(finish(desk, PHONE))
    assert isinstance(result, types.auth.Authorization)
    assert isinstance(result.user, types.User)
    assert result.user.phone == PHONE


def test_a_new_number_signs_up() -> None:
    desk = Desk()
    required = desk.ask(finish(desk, "+" + NEWCOMER))
    assert isinstance(required, types.auth.AuthorizationSignUpRequired)
    result = desk.ask(functions.auth.FirebasePnvSignUp("Ada", "Lovelace"))
    assert isinstance(result, types.auth.Authorization)
    assert isinstance(result.user, types.User)
    assert (result.user.first_name, result.user.phone) == ("Ada", NEWCOMER)
    assert SignedUp(result.user.id) in desk.events()


def test_the_password_is_asked_for() -> None:
    desk = Desk()
    assert isinstance(desk.refused(finish(desk, "9996620107")), errors.SessionPasswordNeeded)


def test_accounts_live_somewhere() -> None:
    error = (desk := Desk()).refused(finish(desk, "9996640001"))
    assert isinstance(error, errors.UserMigrate)
    assert error.dc == 4


@pytest.mark.parametrize(("number", "nonce"), [(PHONE, "other"), ("no number", ""), ("", "")])
def test_other_tokens_begin_anew(number: str, nonce: str) -> None:
    desk = Desk()
    error = desk.refused(finish(desk, number, nonce))
    assert (error.code, error.text) == (500, "AUTH_RESTART")


def test_nobody_signs_up_unproven() -> None:
    desk = Desk()
    sign_up = functions.auth.FirebasePnvSignUp("Ada", "")
    assert desk.refused(sign_up).text == "AUTH_RESTART"
    desk.ask(INIT)
    assert desk.refused(sign_up).text == "AUTH_RESTART"
    query = finish(desk, NEWCOMER)
    assert desk.refused(query, TABLET_KEY).text == "AUTH_RESTART", "another device has begun it"


def test_names_are_checked() -> None:
    desk = Desk()
    desk.ask(finish(desk, NEWCOMER))
    assert isinstance(desk.refused(functions.auth.FirebasePnvSignUp("", "")), errors.FirstnameInvalid)
