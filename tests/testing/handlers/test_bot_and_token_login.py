from __future__ import annotations

from sansio_tl import errors, functions, types
from sansio_tl.testing import Cluster
from tests.helpers.direct_client import NOW, TABLET_KEY, DirectClient, is_known_for

TOKEN = "7:secret-token"


def bot(token: str = TOKEN) -> functions.auth.ImportBotAuthorization:
    return functions.auth.ImportBotAuthorization(flags=0, api_id=1, api_hash="hash", bot_auth_token=token)


def web(token: str) -> functions.auth.ImportWebTokenAuthorization:
    return functions.auth.ImportWebTokenAuthorization(api_id=1, api_hash="hash", web_auth_token=token)


def test_bot_logs_in_with_its_token() -> None:
    client = DirectClient()
    account = client.data_center.add_bot(TOKEN, first_name="Robby")
    result = client.call(bot())
    assert isinstance(result, types.auth.Authorization)
    assert isinstance(result.user, types.User)
    assert (result.user.id, result.user.bot, result.user.phone) == (account.id, True, None)
    assert result.future_auth_token is None
    (me,) = client.call(functions.users.GetUsers([types.InputUserSelf()]))
    assert me == result.user
    gone = client.call(functions.auth.LogOut())
    assert gone.future_auth_token is None, "tokens are for people"


def test_unknown_bot_token_is_invalid_and_that_of_a_deleted_bot_expired() -> None:
    client = DirectClient()
    account = client.data_center.add_bot(TOKEN)
    error = client.error_of(bot("7:other"))
    assert isinstance(error, errors.AccessTokenInvalid)
    assert is_known_for(error, bot())
    account.deleted = True
    error = client.error_of(bot())
    assert isinstance(error, errors.AccessTokenExpired)
    assert is_known_for(error, bot())


def test_bot_of_another_data_center_gets_user_migrate() -> None:
    cluster = Cluster()
    here, there = DirectClient(cluster=cluster), DirectClient(cluster=cluster, dc_id=4)
    there.data_center.add_bot(TOKEN)
    error = here.error_of(bot())
    assert isinstance(error, errors.UserMigrate)
    assert error.dc == 4
    assert isinstance(there.call(bot()), types.auth.Authorization)


def test_user_methods_are_refused_for_bots() -> None:
    client = DirectClient()
    client.data_center.add_bot(TOKEN)
    client.call(bot())
    for query in (
        functions.account.GetPassword(),
        functions.account.GetAuthorizations(),
        functions.account.SendChangePhoneCode("9996620000", types.CodeSettings()),
        functions.auth.ResetAuthorizations(),
    ):
        error = client.error_of(query)
        assert isinstance(error, errors.BotMethodInvalid)


def test_web_token_is_valid_once_until_it_expires() -> None:
    client = DirectClient()
    account = client.data_center.add_account("491700000001", first_name="Ada")
    token = client.data_center.make_web_token(account, now=NOW, life=60)
    result = client.call(web(token))
    assert isinstance(result, types.auth.Authorization)
    assert result.user.id == account.id
    old = client.data_center.make_web_token(account, now=NOW, life=60)
    client.now += 60
    for expired in (token, old, "nonsense"):
        error = client.error_of(web(expired), TABLET_KEY)
        assert isinstance(error, errors.WebauthTokenExpired)
        assert is_known_for(error, web(expired))


def test_cancelled_web_token_is_invalid() -> None:
    client = DirectClient()
    account = client.data_center.add_account("491700000001")
    token, kept = (client.data_center.make_web_token(account, now=NOW, life=60) for _ in range(2))
    cancel = functions.auth.CancelWebTokenAuthorization(token)
    assert client.call(cancel) is True
    assert client.call(cancel) is False
    assert isinstance(client.error_of(web(token)), errors.WebauthTokenExpired)
    assert isinstance(client.call(web(kept)), types.auth.Authorization)
    late = client.data_center.make_web_token(account, now=NOW, life=60)
    client.now += 60
    assert client.call(functions.auth.CancelWebTokenAuthorization(late)) is False
    assert "the token" not in repr(functions.auth.CancelWebTokenAuthorization("the token"))


def test_web_token_of_an_account_with_a_password_requires_it() -> None:
    client = DirectClient()
    account = client.data_center.add_account("491700000001", password="secret")
    token = client.data_center.make_web_token(account, now=NOW)
    assert isinstance(client.error_of(web(token)), errors.SessionPasswordNeeded)


def test_login_of_an_unknown_application_is_refused() -> None:
    client = DirectClient(api_keys={1: "another"})
    client.data_center.add_bot(TOKEN)
    account = client.data_center.add_account("491700000001", first_name="Ada")
    token = client.data_center.make_web_token(account, now=NOW)
    for query in (bot(), web(token)):
        error = client.error_of(query)
        assert isinstance(error, errors.ApiIdInvalid)
        assert is_known_for(error, query)
    assert isinstance(client.error_of(functions.account.GetAuthorizations()), errors.AuthKeyUnregistered)


def test_web_token_of_another_data_center_gets_user_migrate_and_stays_valid() -> None:
    cluster = Cluster()
    here, there = DirectClient(cluster=cluster), DirectClient(cluster=cluster, dc_id=4)
    account = there.data_center.add_account("491700000001", first_name="Ada")
    token = there.data_center.make_web_token(account, now=NOW)
    error = here.error_of(web(token))
    assert isinstance(error, errors.UserMigrate)
    assert error.dc == 4
    assert isinstance(there.call(web(token)), types.auth.Authorization)


def test_exported_authorization_can_be_imported_once() -> None:
    cluster = Cluster()
    here, there = DirectClient(cluster=cluster), DirectClient(cluster=cluster, dc_id=4)
    account = here.log_in()
    exported = here.call(functions.auth.ExportAuthorization(4))
    query = functions.auth.ImportAuthorization(exported.id, exported.bytes)
    other = functions.auth.ImportAuthorization(exported.id + 1, exported.bytes)
    error = there.error_of(other, b"there")
    assert isinstance(error, errors.UserIdInvalid)
    assert is_known_for(error, other)
    assert isinstance(here.error_of(query), errors.AuthBytesInvalid), "it is for the other data center"
    result = there.call(query, b"there")
    assert isinstance(result, types.auth.Authorization)
    assert result.user.id == account.id
    assert there.call(functions.users.GetUsers([types.InputUserSelf()]), b"there") == [result.user]
    error = there.error_of(query, b"there")
    assert isinstance(error, errors.AuthBytesInvalid)
    assert is_known_for(error, query)


def test_exported_authorization_expires_after_a_minute() -> None:
    cluster = Cluster()
    here, there = DirectClient(cluster=cluster), DirectClient(cluster=cluster, dc_id=4)
    here.log_in()
    exported = here.call(functions.auth.ExportAuthorization(4))
    there.now += 60
    query = functions.auth.ImportAuthorization(exported.id, exported.bytes)
    assert isinstance(there.error_of(query), errors.AuthBytesInvalid)


def test_export_requires_a_login_and_another_data_center() -> None:
    client = DirectClient()
    query = functions.auth.ExportAuthorization(4)
    assert isinstance(client.error_of(query), errors.AuthKeyUnregistered)
    client.log_in()
    for dc_id in (1, 3, 4, 5):
        assert client.call(functions.auth.ExportAuthorization(dc_id)).bytes
    for dc_id in (2, 0, 6):
        query = functions.auth.ExportAuthorization(dc_id)
        error = client.error_of(query)
        assert isinstance(error, errors.DcIdInvalid)
        assert is_known_for(error, query)
