"""Authorization in each data center: a table of errors, data centers and states, with the effects of each."""

from __future__ import annotations

from typing import Any

import pytest

from sansio_tl import errors, functions, types
from sansio_tl.client import AuthorizationLost, HomeDataCenterChanged, SnapshotChanged
from sansio_tl.client.error_policy import REACTIONS, VOID_KEY, ErrorPolicy, reaction_to
from sansio_tl.connection.server import IncomingRequest
from sansio_tl.events import OutcomeUnknown, RequestFailed, ResultReceived
from tests.helpers.in_memory_network import AUTHORIZATION, NEAREST, InMemoryNetwork

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


def key_of(network: InMemoryNetwork, dc_id: int) -> Any:
    return network.client.snapshot()["data_centers"].get(str(dc_id), {}).get("auth_key")


def logged_in_at_both() -> InMemoryNetwork:
    network = InMemoryNetwork(refusing("", at=0), backoff_initial=1.0, backoff_max=1.0)
    network.log_in()
    network.invoke(dc_id=4)
    assert {dc_id: each["authorized"] for dc_id, each in network.client.snapshot()["data_centers"].items()} == {
        "2": True,
        "4": True,
    }
    network.take_events()
    for data_center in network.data_centers.values():
        data_center.requests.clear()
    return network


def test_errors_that_mean_a_logout_are_classified() -> None:
    assert {name for name in LOG_OUT if reaction_to(errors.parse(401, name)) is ErrorPolicy.LOG_OUT} == set(LOG_OUT)
    assert set(LOG_OUT) > VOID_KEY
    assert reaction_to(errors.parse(401, "SESSION_PASSWORD_NEEDED")) is ErrorPolicy.REPORT


@pytest.mark.parametrize("name", LOG_OUT)
def test_error_of_the_home_data_center_logs_the_account_out(name: str) -> None:
    network = logged_in_at_both()
    before = {dc_id: key_of(network, dc_id) for dc_id in (2, 4)}
    network.application = refusing(name, at=2)
    handle = network.invoke()
    events = network.take_events()
    (failed,) = outcomes(events)
    assert (failed.handle, failed.error.text) == (handle, name)
    (lost,) = [event for event in events if isinstance(event, AuthorizationLost)]
    assert lost.error is failed.error
    assert SnapshotChanged() in events
    assert (network.client.user_id, network.client.is_bot, network.client.home_dc) == (None, None, 2)
    assert not any(each["authorized"] for each in network.client.snapshot()["data_centers"].values())
    assert key_of(network, 2) == (None if name in VOID_KEY else before[2])
    assert key_of(network, 4) == before[4]
    assert len(network.data_centers[2].requests) == 1


@pytest.mark.parametrize("name", LOG_OUT)
def test_logout_error_of_another_data_center_only_ends_the_authorization_there(name: str) -> None:
    network = logged_in_at_both()
    before = {dc_id: key_of(network, dc_id) for dc_id in (2, 4)}
    network.application = refusing(name, at=4, times=1)
    handle = network.invoke(dc_id=4)
    network.advance(5)
    events = network.take_events()
    assert [event for event in events if isinstance(event, AuthorizationLost)] == []
    assert (network.client.user_id, network.client.home_dc) == (7, 2)
    assert network.client.snapshot()["data_centers"]["2"]["authorized"]
    assert key_of(network, 2) == before[2]
    if name in VOID_KEY:
        (failed,) = outcomes(events)
        assert (failed.handle, failed.error.text) == (handle, name)
        assert key_of(network, 4) != before[4]
        return
    assert outcomes(events) == [ResultReceived(handle, NEAREST)], "imported again, and asked again"
    assert key_of(network, 4) == before[4]
    assert [request.query.NAME for request in network.data_centers[4].requests] == [
        "help.getNearestDc",
        "auth.importAuthorization",
        "help.getNearestDc",
    ]
    assert network.client.snapshot()["data_centers"]["4"]["authorized"]


def test_repeated_loss_of_an_authorization_is_reported() -> None:
    network = logged_in_at_both()
    network.application = refusing("AUTH_KEY_UNREGISTERED", at=4)
    handle = network.invoke(dc_id=4)
    (failed,) = outcomes(network.take_events())
    assert (failed.handle, failed.error.text) == (handle, "AUTH_KEY_UNREGISTERED")
    asked = [request.query.NAME for request in network.data_centers[4].requests]
    assert asked.count("help.getNearestDc") == 1 + network.config.max_redirects
    assert network.client.user_id == 7


@pytest.mark.parametrize("name", LOG_OUT)
@pytest.mark.parametrize("dc_id", [2, 4])
def test_authorization_error_before_any_login_is_only_reported(name: str, dc_id: int) -> None:
    network = InMemoryNetwork(refusing(name, at=dc_id))
    handle = network.invoke(dc_id=dc_id)
    events = network.take_events()
    (failed,) = outcomes(events)
    assert (failed.handle, failed.error.text) == (handle, name)
    assert [event for event in events if isinstance(event, AuthorizationLost | HomeDataCenterChanged)] == []
    assert len(network.data_centers[dc_id].requests) == 1
    assert (key_of(network, dc_id) is None) is (name in VOID_KEY)


def test_forgetting_a_key_without_a_login_is_no_authorization_loss() -> None:
    network = InMemoryNetwork()
    network.invoke()
    network.take_events()
    network.client.forget_key(2, now=network.now)
    network.settle()
    assert not [event for event in network.take_events() if isinstance(event, AuthorizationLost)]
    assert key_of(network, 2) is None


def test_HS18_permanent_key_lost_by_another_data_center_is_no_logout() -> None:
    network = logged_in_at_both()
    saved = network.client.snapshot()
    other = InMemoryNetwork(
        refusing("", at=0), snapshot=saved, temporary_key_lifetime=86400, seed="temporary", key_not_found_limit=1
    )
    other.data_centers[2].keys = network.data_centers[2].keys
    handle = other.invoke(dc_id=4)
    other.advance(10)
    events = other.take_events()
    assert outcomes(events) == [ResultReceived(handle, NEAREST)]
    assert [event for event in events if isinstance(event, AuthorizationLost)] == []
    assert (other.client.user_id, key_of(other, 2)) == (7, saved["data_centers"]["2"]["auth_key"])
    assert key_of(other, 4) != saved["data_centers"]["4"]["auth_key"]
    other.application = refusing("AUTH_KEY_UNREGISTERED", at=4, times=2)
    handles = [other.client.invoke(functions.help.GetNearestDc(), dc_id=4, now=other.now) for _ in range(2)]
    other.settle()
    assert sorted(map(repr, outcomes(other.take_events()))) == sorted(
        repr(ResultReceived(handle, NEAREST)) for handle in handles
    )
    assert [request.query.NAME for request in other.data_centers[4].requests][-3:] == [
        "auth.importAuthorization",
        "help.getNearestDc",
        "help.getNearestDc",
    ]


@pytest.mark.parametrize("own", [False, True])
def test_unauthorized_error_after_an_import_is_reported(*, own: bool) -> None:
    network = InMemoryNetwork()
    network.log_in()

    def application(dc_id: int, request: IncomingRequest) -> object:
        if isinstance(request.query, functions.auth.ExportAuthorization):
            return types.auth.ExportedAuthorization(7, b"bytes")
        return errors.parse(401, "AUTH_KEY_UNREGISTERED")

    network.application = application
    question = None if own else functions.auth.ImportAuthorization(id=7, bytes=b"exported")
    handle = network.invoke(question, dc_id=4)
    (failed,) = outcomes(network.take_events())
    assert (failed.handle, failed.error.text) == (handle, "AUTH_KEY_UNREGISTERED")
    assert len(network.data_centers[4].requests) == (2 if own else 1)
    assert network.client.user_id == 7


# -- logging in -------------------------------------------------------------------------------------------------------


def granted(bot: bool | None, token: bytes | None = None) -> types.auth.Authorization:
    user = (
        types.UserEmpty(7) if bot is None else types.User(id=7, self=True, bot=bot, bot_info_version=1 if bot else None)
    )
    return types.auth.Authorization(user=user, future_auth_token=token)


@pytest.mark.parametrize("bot", [True, False, None])
@pytest.mark.parametrize("token", [None, b"token"])
def test_login_is_saved_and_restored(*, bot: bool | None, token: bytes | None) -> None:
    network = InMemoryNetwork(lambda dc_id, request: granted(bot, token))
    handle = network.invoke(functions.auth.ImportBotAuthorization(0, 1, "hash", "token"))
    events = network.take_events()
    assert outcomes(events) == [ResultReceived(handle, granted(bot, token))]
    assert SnapshotChanged() in events[-2:]
    assert (network.client.user_id, network.client.is_bot) == (7, bot)
    assert network.client.logout_tokens == ((token,) if token else ())
    saved = network.client.snapshot()
    assert (saved["user_id"], saved["is_bot"], saved["home_dc"]) == (7, bot, 2)
    assert saved["data_centers"]["2"]["authorized"]
    assert saved["data_centers"]["2"]["salt"] == network.sessions[0].session.salts.current
    other = InMemoryNetwork(snapshot=saved, seed="another process")
    assert (other.client.user_id, other.client.is_bot) == (7, bot)
    assert other.client.logout_tokens == network.client.logout_tokens
    assert other.client.snapshot() == saved


@pytest.mark.parametrize(
    "wrap",
    [
        types.auth.SentCodeSuccess,
        types.auth.LoginTokenSuccess,
    ],
)
def test_authorization_nested_in_another_result_is_found(wrap: Any) -> None:
    network = InMemoryNetwork(lambda dc_id, request: wrap(AUTHORIZATION))
    if wrap is types.auth.SentCodeSuccess:
        network.invoke(functions.auth.ResendCode("+12025550100", "hash"))
    else:
        network.invoke(functions.auth.ExportLoginToken(1, "hash", []))
    assert network.client.user_id == 7


def test_importing_another_account_is_a_login() -> None:
    network = InMemoryNetwork(lambda dc_id, request: types.auth.Authorization(user=types.User(id=8, self=True)))
    network.log_in()
    network.invoke(functions.auth.ImportAuthorization(id=8, bytes=b"exported"), dc_id=4)
    assert (network.client.home_dc, network.client.user_id) == (4, 8)
    assert HomeDataCenterChanged(4) in network.events


def test_import_after_home_lost_its_authorization_changes_the_home_data_center() -> None:
    network = InMemoryNetwork(lambda dc_id, request: AUTHORIZATION)
    network.log_in()
    network.authorize(2, authorized=False)
    network.invoke(functions.auth.ImportAuthorization(id=7, bytes=b"exported"), dc_id=4)
    assert (network.client.home_dc, network.client.user_id) == (4, 7)


def test_manual_import_makes_an_automatic_one_unnecessary() -> None:
    network = InMemoryNetwork(refusing("", at=0))
    network.log_in()
    network.invoke(functions.auth.ImportAuthorization(id=7, bytes=b"exported"), dc_id=4)
    network.invoke(dc_id=4)
    assert [request.query.NAME for request in network.data_centers[4].requests] == [
        "auth.importAuthorization",
        "help.getNearestDc",
    ]
    assert [request.query.NAME for request in network.data_centers[2].requests] == ["auth.importBotAuthorization"]


# -- the user's identity -----------------------------------------------------------------------------------------------


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
def test_users_getUsers_self_sets_the_user_id(users: list[Any], dc_id: int | None, user_id: int | None) -> None:
    network = InMemoryNetwork(lambda dc_id, request: users)
    network.invoke(functions.users.GetUsers([types.InputUserSelf()]), dc_id=dc_id)
    assert network.client.user_id == user_id
    saved = network.client.snapshot()["data_centers"][str(dc_id or 2)]
    assert saved["authorized"] is (user_id is not None)
    assert (network.take_events().count(SnapshotChanged()) > 1) is (user_id is not None)
    assert network.client.is_bot == (None if user_id is None else bool(users[-1].bot))


def test_known_user_id_is_not_replaced() -> None:
    network = InMemoryNetwork(lambda dc_id, request: [types.User(id=9, self=True)])
    network.log_in()
    network.invoke(functions.users.GetUsers([types.InputUserSelf()]))
    assert network.client.user_id == 7
    network.invoke(functions.users.GetUsers([types.InputUserSelf()]), dc_id=2)
    assert network.client.user_id == 7


def test_vector_result_of_another_request_does_not_set_the_user_id() -> None:
    network = InMemoryNetwork(lambda dc_id, request: [types.User(id=9, self=True)])
    network.invoke(functions.users.GetUsers([types.InputUserSelf()]))
    assert network.client.user_id == 9
    network = InMemoryNetwork(lambda dc_id, request: [1, 2, 3])
    handle = network.invoke(functions.contacts.GetContactIDs(0))
    assert outcomes(network.take_events()) == [ResultReceived(handle, [1, 2, 3])]
    assert network.client.user_id is None
