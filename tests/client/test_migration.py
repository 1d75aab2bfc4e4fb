"""Whose word moves the account or a request, and where to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sansio_tl import errors, functions, types
from sansio_tl.client import HomeDataCenterChanged, SnapshotChanged
from sansio_tl.connection.server import IncomingRequest
from sansio_tl.errors import LocalProtocolError
from sansio_tl.events import AuthKeyCreated, OutcomeUnknown, RequestFailed, ResultReceived
from tests.client.world import AUTHORIZATION, NEAREST, World


def outcomes(world: World) -> list[Any]:
    return [event for event in world.take() if isinstance(event, ResultReceived | RequestFailed | OutcomeUnknown)]


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (303, "USER_MIGRATE_X"),
        (303, "PHONE_MIGRATE_9999999999999999999"),
        (303, "FILE_MIGRATE_9999999999999999999"),
        (303, "FILE_MIGRATE_4294967296"),
        (303, "PHONE_MIGRATE_0"),
        (400, "NETWORK_MIGRATE_X"),
        (420, "FLOOD_WAIT_X"),
        (420, "FLOOD_WAIT_9999999999999999999"),
        (500, "STATS_MIGRATE_00000000000000000002"),
    ],
)
@pytest.mark.parametrize("logged_in", [False, True])
def test_AU3_an_error_whose_value_is_missing_or_out_of_range_is_told_and_has_no_effect(
    code: int, text: str, *, logged_in: bool
) -> None:
    world = World(lambda dc_id, request: errors.parse(code, text))
    if logged_in:
        world.log_in()
    asked = len(world.data_centers[2].requests)
    handle = world.ask()
    (failed,) = outcomes(world)
    assert (failed.handle, failed.error.code, failed.error.text) == (handle, code, text)
    assert len(world.data_centers[2].requests) == asked + 1
    assert (world.client.home_dc, world.client.user_id) == (2, 7 if logged_in else None)
    assert {dc_id for _, dc_id in world.dialled} == {2}


def migrating(text: str, *, from_dc: int = 2) -> Callable[[int, IncomingRequest], object]:
    """One data center answers everything with this 303, the others with a result; accounts can be taken along."""

    def application(dc_id: int, request: IncomingRequest) -> object:
        match request.query:
            case functions.auth.ExportAuthorization():
                return types.auth.ExportedAuthorization(7, b"bytes")
            case functions.auth.ImportAuthorization():
                return AUTHORIZATION
        return errors.parse(303, text) if dc_id == from_dc else NEAREST

    return application


def asked(world: World) -> dict[int, list[str]]:
    """What each data center was asked."""
    return {
        dc_id: [request.query.NAME for request in data_center.requests]
        for dc_id, data_center in world.data_centers.items()
        if data_center.requests
    }


@pytest.mark.parametrize("name", ["PHONE", "NETWORK", "USER", "FILE", "STATS"])
@pytest.mark.parametrize("dc_id", [None, 2, 4])
@pytest.mark.parametrize("logged_in", [False, True])
def test_MS43_nobody_goes_to_a_data_center_that_is_not_known(name: str, dc_id: int | None, *, logged_in: bool) -> None:
    world = World(migrating(f"{name}_MIGRATE_999", from_dc=dc_id or 2))
    if logged_in:
        world.log_in()
    handle = world.ask(dc_id=dc_id)
    (failed,) = outcomes(world)
    assert (failed.handle, failed.error.text) == (handle, f"{name}_MIGRATE_999")
    assert (world.client.home_dc, world.client.snapshot()["home_dc"]) == (2, 2)
    assert {dialled for _, dialled in world.dialled} <= {2, 4}


@pytest.mark.parametrize("name", ["PHONE", "NETWORK", "USER"])
@pytest.mark.parametrize("logged_in", [False, True])
def test_MS43_another_data_center_does_not_move_the_account(name: str, *, logged_in: bool) -> None:
    world = World(migrating(f"{name}_MIGRATE_1", from_dc=4))
    if logged_in:
        world.log_in()
    handle = world.ask(dc_id=4)
    assert HomeDataCenterChanged(1) not in world.events
    assert outcomes(world) == [ResultReceived(handle, NEAREST)], "the one request follows"
    assert (world.client.home_dc, world.client.snapshot()["home_dc"]) == (2, 2)
    assert asked(world)[1][-1] == "help.getNearestDc"
    world.ask()
    assert asked(world)[2][-1] == "help.getNearestDc"


def test_MS43_a_request_that_was_addressed_moves_nobody_from_home_either() -> None:
    world = World(migrating("USER_MIGRATE_4"))
    handle = world.ask(dc_id=2)
    assert outcomes(world) == [ResultReceived(handle, NEAREST)]
    assert world.client.home_dc == 2


def test_MS43_what_was_sent_home_before_the_account_moved_follows_it_wherever_it_went() -> None:
    world = World(lambda dc_id, request: NEAREST if dc_id != 2 else None)
    handles = [world.ask(), world.ask(), world.ask()]
    (_, server), *_ = world.connections.values()
    for request, text in zip(
        world.data_centers[2].requests, ["USER_MIGRATE_4", "USER_MIGRATE_1", "USER_MIGRATE_999"], strict=True
    ):
        server.send_error(request, errors.parse(303, text), now=world.now)
    world.settle()
    assert [event for event in world.events if isinstance(event, HomeDataCenterChanged)] == [HomeDataCenterChanged(4)]
    told = {event.handle: event for event in outcomes(world)}
    assert told[handles[0]] == ResultReceived(handles[0], NEAREST)
    assert told[handles[1]] == ResultReceived(handles[1], NEAREST)
    assert told[handles[2]].error.text == "USER_MIGRATE_999"
    assert asked(world)[4] == ["help.getNearestDc"] * 2
    assert 1 not in asked(world)


@pytest.mark.parametrize("which", [functions.auth.ExportAuthorization, functions.auth.ImportAuthorization])
@pytest.mark.parametrize("text", ["FILE_MIGRATE_1", "USER_MIGRATE_1"])
def test_MS43_the_clients_own_requests_are_not_sent_elsewhere(which: type, text: str) -> None:
    world = World()

    def application(dc_id: int, request: IncomingRequest) -> object:
        if isinstance(request.query, which):
            return errors.parse(303, text)
        return migrating("FILE_MIGRATE_4")(dc_id, request)

    world.log_in()
    world.application = application
    handle = world.ask()
    (failed,) = outcomes(world)
    assert (failed.handle, failed.error.text) == (handle, text)
    assert 1 not in asked(world)
    assert (world.client.home_dc, world.client.user_id) == (2, 7)
    assert not world.client._links.data_center(4).authorized


def test_MS43_where_the_account_moved_is_saved_when_that_data_center_has_answered() -> None:
    world = World(migrating("USER_MIGRATE_4"), backoff_initial=1.0, backoff_max=1.0)
    world.log_in()
    world.data_centers[4].reachable = False
    handle = world.ask()
    events = world.take()
    assert HomeDataCenterChanged(4) in events
    assert SnapshotChanged() not in events
    assert (world.client.home_dc, world.client.snapshot()["home_dc"]) == (4, 2)
    world.advance(5)
    assert SnapshotChanged() not in world.take()
    world.data_centers[4].reachable = True
    world.advance(1)
    assert SnapshotChanged() in world.events
    assert outcomes(world) == [ResultReceived(handle, NEAREST)]
    assert world.client.snapshot()["home_dc"] == 4


def test_MS43_an_answer_proves_a_data_center_whose_key_is_there_already() -> None:
    world = World()
    world.ask()
    world.ask(dc_id=4)
    world.take()
    world.application = migrating("USER_MIGRATE_4")
    world.ask()
    events = world.take()
    assert SnapshotChanged() in events
    assert not [event for event in events if isinstance(event, AuthKeyCreated)]
    assert world.client.snapshot()["home_dc"] == 4
    world.ask()
    assert SnapshotChanged() not in world.take()


def test_MS43_who_logs_in_elsewhere_lives_there_at_once() -> None:
    world = World(lambda dc_id, request: AUTHORIZATION)
    world.ask(functions.auth.ImportBotAuthorization(0, 1, "hash", "token"), dc_id=4)
    assert HomeDataCenterChanged(4) in world.events
    assert (world.client.home_dc, world.client.snapshot()["home_dc"]) == (4, 4)
    assert world.client.snapshot()["data_centers"]["4"]["authorized"]


@pytest.mark.parametrize("dc_id", [0, -1, 1001, 2**31])
def test_a_request_for_what_is_no_data_center_is_refused(dc_id: int) -> None:
    world = World()
    with pytest.raises(LocalProtocolError, match="from 1 to 1000"):
        world.ask(dc_id=dc_id)
    world.settle()
    assert world.dialled == []


def test_logging_out_elsewhere_concerns_that_data_center_only() -> None:
    world = World(lambda dc_id, request: types.auth.LoggedOut(future_auth_token=b"token"))
    world.log_in()
    world.client._links.data_center(4).authorized = True
    world.ask(functions.auth.LogOut(), dc_id=4)
    assert SnapshotChanged() in world.take()
    assert world.client.user_id == 7
    assert world.client.logout_tokens == (b"token",)
    states = {dc_id: state["authorized"] for dc_id, state in world.client.snapshot()["data_centers"].items()}
    assert states == {"2": True, "4": False}
    world.ask(functions.auth.LogOut())
    assert world.client.user_id is None
    assert not world.client.snapshot()["data_centers"]["2"]["authorized"]


# -- the authorization taken along ------------------------------------------------------------------------------------


def test_an_export_that_is_refused_fails_what_waits_for_it_and_is_tried_again_for_the_next() -> None:
    refusals = [errors.parse(400, "DC_ID_INVALID")]

    def application(dc_id: int, request: IncomingRequest) -> object:
        if isinstance(request.query, functions.auth.ExportAuthorization) and refusals:
            return refusals.pop()
        return migrating("FILE_MIGRATE_4")(dc_id, request)

    world = World()
    world.log_in()
    world.application = application
    handles = [world.client.invoke(functions.help.GetNearestDc(), dc_id=4, now=world.now) for _ in range(2)]
    world.settle()
    assert [(event.handle, event.error.text) for event in outcomes(world)] == [(h, "DC_ID_INVALID") for h in handles]
    handle = world.ask(dc_id=4)
    assert outcomes(world) == [ResultReceived(handle, NEAREST)]
    assert world.client.snapshot()["data_centers"]["4"]["authorized"]


def test_a_request_that_is_cancelled_while_the_authorization_is_taken_along_never_leaves() -> None:
    world = World(lambda dc_id, request: None)
    world.log_in()
    first, second = (world.client.invoke(functions.help.GetNearestDc(), dc_id=4, now=world.now) for _ in range(2))
    world.settle()
    (export,) = world.data_centers[2].requests[1:]
    world.client.cancel(first, now=world.now)
    (_, server), *_ = world.connections.values()
    world.application = migrating("FILE_MIGRATE_4")
    server.send_result(export, types.auth.ExportedAuthorization(7, b"bytes"), now=world.now)
    world.settle()
    assert outcomes(world) == [ResultReceived(second, NEAREST)]
    assert asked(world)[4] == ["auth.importAuthorization", "help.getNearestDc"]


def test_that_the_account_is_known_elsewhere_is_saved() -> None:
    world = World()
    world.ask(dc_id=4)
    world.log_in()
    world.application = migrating("FILE_MIGRATE_4")
    assert not world.client.snapshot()["data_centers"]["4"]["authorized"]
    handle = world.ask(dc_id=4)
    assert world.take() == [SnapshotChanged(), ResultReceived(handle, NEAREST)]
    assert world.client.snapshot()["data_centers"]["4"]["authorized"]
    handle = world.ask(dc_id=4)
    assert world.take() == [ResultReceived(handle, NEAREST)]
