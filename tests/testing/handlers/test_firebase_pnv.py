from __future__ import annotations

import pytest

from sansio_tl import errors, functions, types
from sansio_tl.testing import SignedUp
from tests.helpers.direct_client import PHONE, TABLET_KEY, DirectClient

INIT = functions.auth.InitFirebasePnvLogin(1, "hash")
NEW_USER = "9996620200"


def finish(client: DirectClient, number: str, nonce: str = "") -> functions.auth.FinishFirebasePnvLogin:
    """The token that the operating system would give."""
    intent = client.call(INIT)
    return functions.auth.FinishFirebasePnvLogin(f"{nonce or intent.nonce}:{number}")


def test_firebase_pnv_logs_in_without_a_code() -> None:
    client = DirectClient()
    result = client.call(finish(client, PHONE))
    assert isinstance(result, types.auth.Authorization)
    assert isinstance(result.user, types.User)
    assert result.user.phone == PHONE


def test_firebase_pnv_signs_up_a_new_number() -> None:
    client = DirectClient()
    required = client.call(finish(client, "+" + NEW_USER))
    assert isinstance(required, types.auth.AuthorizationSignUpRequired)
    result = client.call(functions.auth.FirebasePnvSignUp("Ada", "Lovelace"))
    assert isinstance(result, types.auth.Authorization)
    assert isinstance(result.user, types.User)
    assert (result.user.first_name, result.user.phone) == ("Ada", NEW_USER)
    assert SignedUp(result.user.id) in client.events()


def test_firebase_pnv_login_requires_the_password() -> None:
    client = DirectClient()
    assert isinstance(client.error_of(finish(client, "9996620107")), errors.SessionPasswordNeeded)


def test_firebase_pnv_login_at_another_data_center_gets_user_migrate() -> None:
    error = (client := DirectClient()).error_of(finish(client, "9996640001"))
    assert isinstance(error, errors.UserMigrate)
    assert error.dc == 4


@pytest.mark.parametrize(("number", "nonce"), [(PHONE, "other"), ("no number", ""), ("", "")])
def test_unknown_token_restarts_the_login(number: str, nonce: str) -> None:
    client = DirectClient()
    error = client.error_of(finish(client, number, nonce))
    assert (error.code, error.text) == (500, "AUTH_RESTART")


def test_account_that_is_logged_in_already_restarts_the_login() -> None:
    client = DirectClient()
    result = client.call(finish(client, PHONE))
    assert isinstance(result, types.auth.Authorization)
    own = result.user.id
    for except_ids, error in (([own - 1, own], "AUTH_RESTART"), ([own - 1], None), ([], None)):
        intent = client.call(functions.auth.InitFirebasePnvLogin(1, "hash", except_ids=except_ids), TABLET_KEY)
        query = functions.auth.FinishFirebasePnvLogin(f"{intent.nonce}:{PHONE}")
        if error is None:
            assert client.call(query, TABLET_KEY) == result
            client.call(functions.auth.LogOut(), TABLET_KEY)
        else:
            assert client.error_of(query, TABLET_KEY).text == error


def test_too_many_accounts_to_except_are_refused() -> None:
    client = DirectClient()
    client.call(functions.auth.InitFirebasePnvLogin(1, "hash", except_ids=list(range(100))))
    error = client.error_of(functions.auth.InitFirebasePnvLogin(1, "hash", except_ids=list(range(101))))
    assert isinstance(error, errors.InputRequestTooLong)


def test_firebase_pnv_sign_up_requires_a_verified_number() -> None:
    client = DirectClient()
    sign_up = functions.auth.FirebasePnvSignUp("Ada", "")
    assert client.error_of(sign_up).text == "AUTH_RESTART"
    client.call(INIT)
    assert client.error_of(sign_up).text == "AUTH_RESTART"
    query = finish(client, NEW_USER)
    assert client.error_of(query, TABLET_KEY).text == "AUTH_RESTART", "another device has begun it"


def test_firebase_pnv_sign_up_with_an_empty_name_is_refused() -> None:
    client = DirectClient()
    client.call(finish(client, NEW_USER))
    assert isinstance(client.error_of(functions.auth.FirebasePnvSignUp("", "")), errors.FirstnameInvalid)
