from __future__ import annotations

from sansio_tl import errors, functions, types
from sansio_tl.testing import Cluster
from tests.testing.desk import NOW, TABLET_KEY, Desk, is_known_for

TOKEN = "7:secret-token"


def bot(token: str = TOKEN) -> functions.auth.ImportBotAuthorization:
    return functions.auth.ImportBotAuthorization(flags=0, api_id=1, api_hash="hash", bot_auth_token=token)


def web(token: str) -> functions.auth.ImportWebTokenAuthorization:
    return functions.auth.ImportWebTokenAuthorization(api_id=1, api_hash="hash", web_auth_token=token)


def test_a_bot_needs_its_token_only() -> None:
    desk = Desk()
    account = desk.data_center.add_bot(TOKEN, first_name="Robby")
    result = desk.ask(bot())
    assert isinstance(result, types.auth.Authorization)
    assert isinstance(result.user, types.User)
    assert (result.user.id, result.user.bot, result.user.phone) == (account.id, True, None)
    assert result.future_auth_token is None
    (me,) = desk.ask(functions.users.GetUsers([types.InputUserSelf()]))
    assert me == result.user
    gone = desk.ask(functions.auth.LogOut())
    assert gone.future_auth_token is None, "tokens are for people"


def test_other_tokens_are_invalid_and_old_ones_expired() -> None:
    desk = Desk()
    account = desk.data_center.add_bot(TOKEN)
    error = desk.refused(bot("7:other"))
    assert isinstance(error, errors.AccessTokenInvalid)
    assert is_known_for(error, bot())
    account.deleted = True
    error = desk.refused(bot())
    assert isinstance(error, errors.AccessTokenExpired)
    assert is_known_for(error, bot())


def test_a_bot_of_another_data_center_is_sent_there() -> None:
    world = Cluster()
    here, there = Desk(world=world), Desk(world=world, dc_id=4)
    there.data_center.add_bot(TOKEN)
    error = here.refused(bot())
    assert isinstance(error, errors.UserMigrate)
    assert error.dc == 4
    assert isinstance(there.ask(bot()), types.auth.Authorization)


def test_bots_may_not_do_what_people_do() -> None:
    desk = Desk()
    desk.data_center.add_bot(TOKEN)
    desk.ask(bot())
    for query in (
        functions.account.GetPassword(),
        functions.account.GetAuthorizations(),
        functions.account.SendChangePhoneCode("9996620000", types.CodeSettings()),
        functions.auth.ResetAuthorizations(),
    ):
        error = desk.refused(query)
        assert isinstance(error, errors.BotMethodInvalid)


def test_a_web_token_is_good_once_and_for_a_while() -> None:
    desk = Desk()
    account = desk.data_center.add_account("491700000001", first_name="Ada")
    token = desk.data_center.make_web_token(account, now=NOW, life=60)
    result = desk.ask(web(token))
    assert isinstance(result, types.auth.Authorization)
    assert result.user.id == account.id
    old = desk.data_center.make_web_token(account, now=NOW, life=60)
    desk.now += 60
    for expired in (token, old, "nonsense"):
        error = desk.refused(web(expired), TABLET_KEY)
        assert isinstance(error, errors.WebauthTokenExpired)
        assert is_known_for(error, web(expired))


def test_a_web_token_may_leave_the_password_to_give() -> None:
    desk = Desk()
    account = desk.data_center.add_account("491700000001", password="secret")
    token = desk.data_center.make_web_token(account, now=NOW)
    assert isinstance(desk.refused(web(token)), errors.SessionPasswordNeeded)


def test_an_authorization_is_taken_to_another_data_center() -> None:
    world = Cluster()
    here, there = Desk(world=world), Desk(world=world, dc_id=4)
    account = here.log_in()
    exported = here.ask(functions.auth.ExportAuthorization(4))
    query = functions.auth.ImportAuthorization(exported.id, exported.bytes)
    other = functions.auth.ImportAuthorization(exported.id + 1, exported.bytes)
    error = there.refused(other, b"there")
    assert isinstance(error, errors.UserIdInvalid)
    assert is_known_for(error, other)
    assert isinstance(here.refused(query), errors.AuthBytesInvalid), "it is for the other data center"
    result = there.ask(query, b"there")
    assert isinstance(result, types.auth.Authorization)
    assert result.user.id == account.id
    error = there.refused(query, b"there")
    assert isinstance(error, errors.AuthBytesInvalid)
    assert is_known_for(error, query)


def test_what_was_exported_is_over_after_a_minute() -> None:
    world = Cluster()
    here, there = Desk(world=world), Desk(world=world, dc_id=4)
    here.log_in()
    exported = here.ask(functions.auth.ExportAuthorization(4))
    there.now += 60
    query = functions.auth.ImportAuthorization(exported.id, exported.bytes)
    assert isinstance(there.refused(query), errors.AuthBytesInvalid)


def test_an_authorization_goes_elsewhere() -> None:
    desk = Desk()
    query = functions.auth.ExportAuthorization(4)
    assert isinstance(desk.refused(query), errors.AuthKeyUnregistered)
    desk.log_in()
    for dc_id in (2, 0, 6):
        query = functions.auth.ExportAuthorization(dc_id)
        error = desk.refused(query)
        assert isinstance(error, errors.DcIdInvalid)
        assert is_known_for(error, query)
