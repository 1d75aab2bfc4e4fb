"""Who is logged in where: a table of errors, data centers and states, with everything that follows from each."""

from __future__ import annotations

from typing import Any

import pytest

from sansio_tl import errors, functions, types
from sansio_tl.client import AuthorizationLost, HomeDataCenterChanged, SnapshotChanged
from sansio_tl.client.error_policy import REACTIONS, VOID_KEY, ErrorPolicy, reaction_to
from sansio_tl.connection.server import IncomingRequest
from sansio_tl.events import OutcomeUnknown, RequestFailed, ResultReceived
from tests.client.world import AUTHORIZATION, NEAREST, World

LOG_OUT = sorted(name for name, reaction in REACTIONS.items() if reaction is ErrorPolicy.LOG_OUT)


def outcomes(events: list[Any]) -> list[Any]:
    return [event for event in events if isinstance(event, ResultReceived | RequestFailed | OutcomeUnknown)]


def refusing(name: str, at: int, *, times: int = 1000) -> Any:
    """One data center refuses so many requests of the caller; accounts can be taken along."""
    left = [times]

    def application(dc_id: int, request: IncomingRequest) -> object:
        match request.query:
            case functions.auth.ExportAuthorization():
                return types.auth.ExportedAuthorization(7, b"bytes")
            case functions.auth.ImportAuthorization():
                return AUTHORIZATION
        if dc_id == at and left[0]:
            left[0] -= 1
            return errors.parse(401, name)
        return NEAREST

    return application


def key_of(world: World, dc_id: int) -> Any:
    return world.client.snapshot()["data_centers"].get(str(dc_id), {}).get("auth_key")


def logged_in_at_both() -> World:
    world = World(refusing("", at=0), backoff_initial=1.0, backoff_max=1.0)
    world.log_in()
    world.ask(dc_id=4)
    assert {dc_id: each["authorized"] for dc_id, each in world.client.snapshot()["data_centers"].items()} == {
        "2": True,
        "4": True,
    }
    world.take()
    for data_center in world.data_centers.values():
        data_center.requests.clear()
    return world


def test_the_table_of_errors_that_mean_a_log_out() -> None:
    assert {name for name in LOG_OUT if reaction_to(errors.parse(401, name)) is ErrorPolicy.LOG_OUT} == set(LOG_OUT)
    assert set(LOG_OUT) > VOID_KEY
    assert reaction_to(errors.parse(401, "SESSION_PASSWORD_NEEDED")) is ErrorPolicy.TELL


@pytest.mark.parametrize("name", LOG_OUT)
def test_an_error_of_the_home_data_center_logs_the_account_out(name: str) -> None:
    world = logged_in_at_both()
    before = {dc_id: key_of(world, dc_id) for dc_id in (2, 4)}
    world.application = refusing(name, at=2)
    handle = world.ask()
    events = world.take()
    (failed,) = outcomes(events)
    assert (failed.handle, failed.error.text) == (handle, name)
    (lost,) = [event for event in events if isinstance(event, AuthorizationLost)]
    assert lost.error is failed.error
    assert SnapshotChanged() in events
    assert (world.client.user_id, world.client.is_bot, world.client.home_dc) == (None, None, 2)
    assert not any(each["authorized"] for each in world.client.snapshot()["data_centers"].values())
    assert key_of(world, 2) == (None if name in VOID_KEY else before[2])
    assert key_of(world, 4) == before[4]
    assert len(world.data_centers[2].requests) == 1


@pytest.mark.parametrize("name", LOG_OUT)
def test_the_same_error_of_another_data_center_only_costs_the_authorization_there(name: str) -> None:
    world = logged_in_at_both()
    before = {dc_id: key_of(world, dc_id) for dc_id in (2, 4)}
    world.application = refusing(name, at=4, times=1)
    handle = world.ask(dc_id=4)
    world.advance(5)
    events = world.take()
    assert [event for event in events if isinstance(event, AuthorizationLost)] == []
    assert (world.client.user_id, world.client.home_dc) == (7, 2)
    assert world.client.snapshot()["data_centers"]["2"]["authorized"]
    assert key_of(world, 2) == before[2]
    if name in VOID_KEY:
        (failed,) = outcomes(events)
        assert (failed.handle, failed.error.text) == (handle, name)
        assert key_of(world, 4) != before[4]
        return
    assert outcomes(events) == [ResultReceived(handle, NEAREST)], "imported again, and asked again"
    assert key_of(world, 4) == before[4]
    assert [request.query.NAME for request in world.data_centers[4].requests] == [
        "help.getNearestDc",
        "auth.importAuthorization",
        "help.getNearestDc",
    ]
    assert world.client.snapshot()["data_centers"]["4"]["authorized"]


def test_an_authorization_that_is_lost_again_and_again_is_told() -> None:
    world = logged_in_at_both()
    world.application = refusing("AUTH_KEY_UNREGISTERED", at=4)
    handle = world.ask(dc_id=4)
    (failed,) = outcomes(world.take())
    assert (failed.handle, failed.error.text) == (handle, "AUTH_KEY_UNREGISTERED")
    asked = [request.query.NAME for request in world.data_centers[4].requests]
    assert asked.count("help.getNearestDc") == 1 + world.config.max_redirects
    assert world.client.user_id == 7


@pytest.mark.parametrize("name", LOG_OUT)
@pytest.mark.parametrize("dc_id", [2, 4])
def test_who_was_never_logged_in_is_only_told(name: str, dc_id: int) -> None:
    world = World(refusing(name, at=dc_id))
    handle = world.ask(dc_id=dc_id)
    events = world.take()
    (failed,) = outcomes(events)
    assert (failed.handle, failed.error.text) == (handle, name)
    assert [event for event in events if isinstance(event, AuthorizationLost | HomeDataCenterChanged)] == []
    assert len(world.data_centers[dc_id].requests) == 1
    assert (key_of(world, dc_id) is None) is (name in VOID_KEY)


def test_giving_up_a_key_while_nobody_is_logged_in_is_no_loss() -> None:
    world = World()
    world.ask()
    world.take()
    world.client.forget_key(2, now=world.now)
    world.settle()
    assert not [event for event in world.take() if isinstance(event, AuthorizationLost)]
    assert key_of(world, 2) is None


def test_HS18_another_data_center_that_has_lost_the_permanent_key_logs_nobody_out() -> None:
    world = logged_in_at_both()
    saved = world.client.snapshot()
    other = World(
        refusing("", at=0), snapshot=saved, temporary_key_lifetime=86400, seed="temporary", key_not_found_limit=1
    )
    other.data_centers[2].keys = world.data_centers[2].keys
    handle = other.ask(dc_id=4)
    other.advance(10)
    events = other.take()
    assert outcomes(events) == [ResultReceived(handle, NEAREST)]
    assert [event for event in events if isinstance(event, AuthorizationLost)] == []
    assert (other.client.user_id, key_of(other, 2)) == (7, saved["data_centers"]["2"]["auth_key"])
    assert key_of(other, 4) != saved["data_centers"]["4"]["auth_key"]
    other.application = refusing("AUTH_KEY_UNREGISTERED", at=4, times=2)
    handles = [other.client.invoke(functions.help.GetNearestDc(), dc_id=4, now=other.now) for _ in range(2)]
    other.settle()
    assert sorted(map(repr, outcomes(other.take()))) == sorted(
        repr(ResultReceived(handle, NEAREST)) for handle in handles
    )
    assert [request.query.NAME for request in other.data_centers[4].requests][-3:] == [
        "auth.importAuthorization",
        "help.getNearestDc",
        "help.getNearestDc",
    ]


@pytest.mark.parametrize("own", [False, True])
def test_an_import_that_finds_no_authorization_is_told_at_once(*, own: bool) -> None:
    world = World()
    world.log_in()

    def application(dc_id: int, request: IncomingRequest) -> object:
        if isinstance(request.query, functions.auth.ExportAuthorization):
            return types.auth.ExportedAuthorization(7, b"bytes")
        return errors.parse(401, "AUTH_KEY_UNREGISTERED")

    world.application = application
    question = None if own else functions.auth.ImportAuthorization(id=7, bytes=b"exported")
    handle = world.ask(question, dc_id=4)
    (failed,) = outcomes(world.take())
    assert (failed.handle, failed.error.text) == (handle, "AUTH_KEY_UNREGISTERED")
    assert len(world.data_centers[4].requests) == (2 if own else 1)
    assert world.client.user_id == 7


# -- logging in -------------------------------------------------------------------------------------------------------


def granted(bot: bool | None, token: bytes | None = None) -> types.auth.Authorization:
    user = (
        types.UserEmpty(7) if bot is None else types.User(id=7, self=True, bot=bot, bot_info_version=1 if bot else None)
    )
    return types.auth.Authorization(user=user, future_auth_token=token)


@pytest.mark.parametrize("bot", [True, False, None])
@pytest.mark.parametrize("token", [None, b"token"])
def test_logging_in_is_remembered(*, bot: bool | None, token: bytes | None) -> None:
    world = World(lambda dc_id, request: granted(bot, token))
    handle = world.ask(functions.auth.ImportBotAuthorization(0, 1, "hash", "token"))
    events = world.take()
    assert outcomes(events) == [ResultReceived(handle, granted(bot, token))]
    assert SnapshotChanged() in events[-2:]
    assert (world.client.user_id, world.client.is_bot) == (7, bot)
    assert world.client.logout_tokens == ((token,) if token else ())
    saved = world.client.snapshot()
    assert (saved["user_id"], saved["is_bot"], saved["home_dc"]) == (7, bot, 2)
    assert saved["data_centers"]["2"]["authorized"]
    assert saved["data_centers"]["2"]["salt"] == world.client._links.channels[0].session.salts.present
    other = World(snapshot=saved, seed="another process")
    assert (other.client.user_id, other.client.is_bot) == (7, bot)
    assert other.client.logout_tokens == world.client.logout_tokens
    assert other.client.snapshot() == saved


@pytest.mark.parametrize(
    "wrap",
    [
        types.auth.SentCodeSuccess,
        types.auth.LoginTokenSuccess,
    ],
)
def test_an_authorization_inside_something_else_counts(wrap: Any) -> None:
    world = World(lambda dc_id, request: wrap(AUTHORIZATION))
    if wrap is types.auth.SentCodeSuccess:
        world.ask(functions.auth.ResendCode("+12025550100", "hash"))
    else:
        world.ask(functions.auth.ExportLoginToken(1, "hash", []))
    assert world.client.user_id == 7


def test_taking_another_account_along_is_a_log_in() -> None:
    world = World(lambda dc_id, request: types.auth.Authorization(user=types.User(id=8, self=True)))
    world.log_in()
    world.ask(functions.auth.ImportAuthorization(id=8, bytes=b"exported"), dc_id=4)
    assert (world.client.home_dc, world.client.user_id) == (4, 8)
    assert HomeDataCenterChanged(4) in world.events


def test_taking_the_account_along_when_home_does_not_know_it_any_more_moves_it() -> None:
    world = World(lambda dc_id, request: AUTHORIZATION)
    world.log_in()
    world.client._links.data_center(2).authorized = False
    world.ask(functions.auth.ImportAuthorization(id=7, bytes=b"exported"), dc_id=4)
    assert (world.client.home_dc, world.client.user_id) == (4, 7)


def test_who_has_imported_by_hand_needs_no_import() -> None:
    world = World(refusing("", at=0))
    world.log_in()
    world.ask(functions.auth.ImportAuthorization(id=7, bytes=b"exported"), dc_id=4)
    world.ask(dc_id=4)
    assert [request.query.NAME for request in world.data_centers[4].requests] == [
        "auth.importAuthorization",
        "help.getNearestDc",
    ]
    assert [request.query.NAME for request in world.data_centers[2].requests] == ["auth.importBotAuthorization"]


# -- who somebody is --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("users", "dc_id", "user_id"),
    [
        ([types.User(id=8), types.User(id=9, self=True, bot=True, bot_info_version=1)], None, 9),
        ([types.User(id=9, self=True)], 2, 9),
        ([types.User(id=9, self=True)], 4, None),
        ([types.User(id=8)], None, None),
        ([types.UserEmpty(8)], None, None),
        ([], None, None),
    ],
)
def test_who_asks_about_users_may_learn_who_they_are(users: list[Any], dc_id: int | None, user_id: int | None) -> None:
    world = World(lambda dc_id, request: users)
    world.ask(functions.users.GetUsers([types.InputUserSelf()]), dc_id=dc_id)
    assert world.client.user_id == user_id
    saved = world.client.snapshot()["data_centers"][str(dc_id or 2)]
    assert saved["authorized"] is (user_id is not None)
    assert (world.take().count(SnapshotChanged()) > 1) is (user_id is not None)
    assert world.client.is_bot == (None if user_id is None else bool(users[-1].bot))


def test_who_is_known_is_not_renamed() -> None:
    world = World(lambda dc_id, request: [types.User(id=9, self=True)])
    world.log_in()
    world.ask(functions.users.GetUsers([types.InputUserSelf()]))
    assert world.client.user_id == 7
    world.ask(functions.users.GetUsers([types.InputUserSelf()]), dc_id=2)
    assert world.client.user_id == 7


def test_a_list_that_answers_something_else_names_nobody() -> None:
    world = World(lambda dc_id, request: [types.User(id=9, self=True)])
    world.ask(functions.users.GetUsers([types.InputUserSelf()]))
    assert world.client.user_id == 9
    world = World(lambda dc_id, request: [1, 2, 3])
    handle = world.ask(functions.contacts.GetContactIDs(0))
    assert outcomes(world.take()) == [ResultReceived(handle, [1, 2, 3])]
    assert world.client.user_id is None
