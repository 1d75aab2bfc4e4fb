from __future__ import annotations

import pytest

from sansio_tl import errors, functions, types
from sansio_tl.errors import RpcError
from sansio_tl.testing import Cluster, LoggedIn
from tests.helpers.direct_client import NOW, PHONE_KEY, TABLET_KEY, DirectClient, is_known_for, prove

EXPORT = functions.auth.ExportLoginToken(1, "hash", [])
Accept = functions.auth.AcceptLoginToken
Import = functions.auth.ImportLoginToken


class Pushes:
    """Records what a data center pushes, instead of sending it over connections."""

    def __init__(self, client: DirectClient) -> None:
        self.pushed: list[tuple[bytes, types.TypeUpdate]] = []
        client.data_center.push_to_key = self.push  # type: ignore[method-assign]

    def push(self, key_id: bytes, updates: types.TypeUpdates, *, now: float) -> int:
        assert isinstance(updates, types.UpdateShort)
        self.pushed.append((key_id, updates.update))
        return 1


def shown(client: DirectClient, key_id: bytes = TABLET_KEY) -> types.auth.LoginToken:
    token = client.call(EXPORT, key_id)
    assert isinstance(token, types.auth.LoginToken)
    return token


def test_accepted_login_token_logs_in_the_other_device() -> None:
    client = DirectClient()
    account = client.log_in()
    pushes = Pushes(client)
    token = shown(client)
    assert token.expires == int(NOW) + 30
    session = client.call(Accept(token.token))
    assert not session.current
    assert pushes.pushed == [(TABLET_KEY, types.UpdateLoginToken())]
    success = client.call(EXPORT, TABLET_KEY)
    assert isinstance(success, types.auth.LoginTokenSuccess)
    assert isinstance(success.authorization, types.auth.Authorization)
    assert LoggedIn(account.id) in client.events()
    listed = client.call(functions.account.GetAuthorizations())
    assert [known.hash for known in listed.authorizations] == [0, session.hash]
    assert not listed.authorizations[1].unconfirmed, "it was let in by hand"
    assert client.call(functions.users.GetUsers([types.InputUserSelf()]), TABLET_KEY)


def test_new_login_token_replaces_the_old_one() -> None:
    client = DirectClient()
    client.log_in()
    old, new = shown(client), shown(client)
    assert old.token != new.token
    query = Accept(old.token)
    error = client.error_of(query)
    assert isinstance(error, errors.AuthTokenInvalid)
    client.call(Accept(new.token))


def test_login_token_expires() -> None:
    client = DirectClient(login_token_life=30.0)
    client.log_in()
    token = shown(client)
    client.now += 30
    for query, key_id in ((Accept(token.token), PHONE_KEY), (Import(token.token), TABLET_KEY)):
        error = client.error_of(query, key_id)
        assert isinstance(error, errors.AuthTokenExpired)
        assert is_known_for(error, query)
    assert shown(client).token != token.token


def test_login_token_is_accepted_once() -> None:
    client = DirectClient()
    client.log_in()
    token = shown(client)
    client.call(Accept(token.token))
    error = client.error_of(Accept(token.token))
    assert isinstance(error, errors.AuthTokenAlreadyAccepted)
    assert is_known_for(error, Accept(token.token))


def test_accepting_a_token_requires_a_login_that_is_not_excluded() -> None:
    client = DirectClient()
    token = shown(client)
    assert isinstance(client.error_of(Accept(token.token)), errors.AuthKeyUnregistered)
    account = client.log_in()
    excluding = client.call(functions.auth.ExportLoginToken(1, "hash", [account.id]), TABLET_KEY)
    assert isinstance(excluding, types.auth.LoginToken)
    assert isinstance(client.error_of(Accept(excluding.token)), errors.AuthTokenInvalid)
    assert isinstance(client.error_of(Accept(b"nothing")), errors.AuthTokenInvalid)


def test_qr_login_requires_the_password() -> None:
    client = DirectClient()
    client.log_in_with_password("491700000001", "secret")
    pushes = Pushes(client)
    token = shown(client)
    session = client.call(Accept(token.token))
    error = client.error_of(EXPORT, TABLET_KEY)
    assert isinstance(error, errors.SessionPasswordNeeded)
    assert is_known_for(error, EXPORT)
    reported = client.call(functions.account.GetPassword(), TABLET_KEY)
    assert isinstance(client.call(prove("secret", reported), TABLET_KEY), types.auth.Authorization)
    listed = client.call(functions.account.GetAuthorizations()).authorizations
    assert [(known.hash, known.unconfirmed) for known in listed] == [(0, False), (session.hash, False)]
    assert (PHONE_KEY, types.UpdateNewAuthorization(hash=session.hash)) in pushes.pushed


def test_qr_login_continues_in_the_data_center_of_the_account() -> None:
    cluster = Cluster()
    here, there = DirectClient(cluster=cluster), DirectClient(cluster=cluster, dc_id=4)
    account = there.log_in("9996640001", "44444")
    pushes = Pushes(here)
    token = shown(here)
    there.call(Accept(token.token))
    assert pushes.pushed == [(TABLET_KEY, types.UpdateLoginToken())], "notified through the other data center"
    move = here.call(EXPORT, TABLET_KEY)
    assert isinstance(move, types.auth.LoginTokenMigrateTo)
    assert move.dc_id == 4
    assert move.token != token.token, "who has seen the QR code does not know it"
    assert isinstance(there.error_of(Import(token.token), b"thief 4"), errors.AuthTokenInvalid)
    assert isinstance(here.error_of(Import(move.token), b"thief 2"), errors.AuthTokenInvalid), "it is for the other one"
    success = there.call(Import(move.token), b"tablet 4")
    assert isinstance(success, types.auth.LoginTokenSuccess)
    assert isinstance(success.authorization, types.auth.Authorization)
    assert success.authorization.user.id == account.id
    assert isinstance(there.error_of(Import(move.token), b"tablet 4"), errors.AuthTokenInvalid)


def test_each_migration_has_its_own_token_that_expires() -> None:
    cluster = Cluster()
    here, there = (
        DirectClient(cluster=cluster, login_token_life=30.0),
        DirectClient(cluster=cluster, seed="there", dc_id=4),
    )
    there.log_in("9996640001", "44444")
    there.call(Accept(shown(here).token))
    first, second = (here.call(EXPORT, TABLET_KEY) for _ in range(2))
    assert isinstance(first, types.auth.LoginTokenMigrateTo)
    assert isinstance(second, types.auth.LoginTokenMigrateTo)
    assert isinstance(there.error_of(Import(first.token), b"tablet 4"), errors.AuthTokenInvalid)
    there.now += 30
    assert isinstance(there.error_of(Import(second.token), b"tablet 4"), errors.AuthTokenExpired)


def test_login_token_can_be_imported_only_by_the_key_that_exported_it() -> None:
    client = DirectClient()
    client.log_in()
    token = shown(client)
    assert isinstance(client.error_of(Import(token.token), b"thief..."), errors.AuthTokenInvalid)
    client.call(Accept(token.token))
    assert isinstance(client.error_of(Import(token.token), b"thief..."), errors.AuthTokenInvalid)
    assert isinstance(client.call(Import(token.token), TABLET_KEY), types.auth.LoginTokenSuccess)


def test_importing_an_unaccepted_token_changes_nothing() -> None:
    client = DirectClient()
    token = shown(client)
    assert client.call(Import(token.token), TABLET_KEY) == token
    assert isinstance(client.error_of(Import(b"nothing")), errors.AuthTokenInvalid)


@pytest.mark.parametrize(("api_id", "api_hash"), [(0, "hash"), (1, "")])
def test_login_token_with_an_invalid_application_is_refused(api_id: int, api_hash: str) -> None:
    error: RpcError = DirectClient().error_of(functions.auth.ExportLoginToken(api_id, api_hash, []))
    assert isinstance(error, errors.ApiIdInvalid)


def test_accepted_token_has_its_whole_lifetime_again() -> None:
    client = DirectClient(login_token_life=30.0)
    client.log_in()
    token = shown(client)
    client.now = NOW + 20
    client.call(Accept(token.token))
    client.now = NOW + 49
    assert isinstance(client.call(EXPORT, TABLET_KEY), types.auth.LoginTokenSuccess)


def test_login_that_waits_for_a_password_ends_the_one_before() -> None:
    client = DirectClient()
    client.log_in_with_password("491700000001", "secret")
    client.log_in(key_id=TABLET_KEY)
    token = shown(client)
    client.call(Accept(token.token))
    for query in (EXPORT, functions.updates.GetState()):
        assert isinstance(client.error_of(query, TABLET_KEY), errors.SessionPasswordNeeded)
