"""Which responses move the account or a request, and where to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sansio_tl import errors, functions, types
from sansio_tl.client import HomeDataCenterChanged, SnapshotChanged
from sansio_tl.connection.server import IncomingRequest
from sansio_tl.errors import LocalProtocolError
from sansio_tl.events import AuthKeyCreated, OutcomeUnknown, RequestFailed, ResultReceived
from tests.helpers.in_memory_network import AUTHORIZATION, NEAREST, InMemoryNetwork


def outcomes(network: InMemoryNetwork) -> list[Any]:
    return [
        event for event in network.take_events() if isinstance(event, ResultReceived | RequestFailed | OutcomeUnknown)
    ]


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
def test_AU3_migrate_error_with_an_invalid_value_is_reported_and_has_no_effect(
    code: int, text: str, *, logged_in: bool
) -> None:
    network = InMemoryNetwork(lambda dc_id, request: errors.parse(code, text))
    if logged_in:
        network.log_in()
    asked = len(network.data_centers[2].requests)
    handle = network.invoke()
    (failed,) = outcomes(network)
    assert (failed.handle, failed.error.code, failed.error.text) == (handle, code, text)
    assert len(network.data_centers[2].requests) == asked + 1
    assert (network.client.home_dc, network.client.user_id) == (2, 7 if logged_in else None)
    assert {dc_id for _, dc_id in network.connects} == {2}


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


def asked(network: InMemoryNetwork) -> dict[int, list[str]]:
    """What each data center was asked."""
    return {
        dc_id: [request.query.NAME for request in data_center.requests]
        for dc_id, data_center in network.data_centers.items()
        if data_center.requests
    }


@pytest.mark.parametrize("name", ["PHONE", "NETWORK", "USER", "FILE", "STATS"])
@pytest.mark.parametrize("dc_id", [None, 2, 4])
@pytest.mark.parametrize("logged_in", [False, True])
def test_MS43_redirect_to_an_unknown_data_center_is_not_followed(
    name: str, dc_id: int | None, *, logged_in: bool
) -> None:
    network = InMemoryNetwork(migrating(f"{name}_MIGRATE_999", from_dc=dc_id or 2))
    if logged_in:
        network.log_in()
    handle = network.invoke(dc_id=dc_id)
    (failed,) = outcomes(network)
    assert (failed.handle, failed.error.text) == (handle, f"{name}_MIGRATE_999")
    assert (network.client.home_dc, network.client.snapshot()["home_dc"]) == (2, 2)
    assert {connected for _, connected in network.connects} <= {2, 4}


@pytest.mark.parametrize("name", ["PHONE", "NETWORK", "USER"])
@pytest.mark.parametrize("logged_in", [False, True])
def test_MS43_another_data_center_does_not_move_the_account(name: str, *, logged_in: bool) -> None:
    network = InMemoryNetwork(migrating(f"{name}_MIGRATE_1", from_dc=4))
    if logged_in:
        network.log_in()
    handle = network.invoke(dc_id=4)
    assert HomeDataCenterChanged(1) not in network.events
    assert outcomes(network) == [ResultReceived(handle, NEAREST)], "the one request follows"
    assert (network.client.home_dc, network.client.snapshot()["home_dc"]) == (2, 2)
    assert asked(network)[1][-1] == "help.getNearestDc"
    network.invoke()
    assert asked(network)[2][-1] == "help.getNearestDc"


def test_MS43_request_with_an_explicit_dc_id_does_not_change_the_home_data_center() -> None:
    network = InMemoryNetwork(migrating("USER_MIGRATE_4"))
    handle = network.invoke(dc_id=2)
    assert outcomes(network) == [ResultReceived(handle, NEAREST)]
    assert network.client.home_dc == 2


def test_MS43_earlier_requests_to_home_follow_the_account_to_its_new_home() -> None:
    network = InMemoryNetwork(lambda dc_id, request: NEAREST if dc_id != 2 else None)
    handles = [network.invoke(), network.invoke(), network.invoke()]
    (_, server), *_ = network.connections.values()
    for request, text in zip(
        network.data_centers[2].requests, ["USER_MIGRATE_4", "USER_MIGRATE_1", "USER_MIGRATE_999"], strict=True
    ):
        server.send_error(request, errors.parse(303, text), now=network.now)
    network.settle()
    assert [event for event in network.events if isinstance(event, HomeDataCenterChanged)] == [HomeDataCenterChanged(4)]
    reported = {event.handle: event for event in outcomes(network)}
    assert reported[handles[0]] == ResultReceived(handles[0], NEAREST)
    assert reported[handles[1]] == ResultReceived(handles[1], NEAREST)
    assert reported[handles[2]].error.text == "USER_MIGRATE_999"
    assert asked(network)[4] == ["help.getNearestDc"] * 2
    assert 1 not in asked(network)


@pytest.mark.parametrize("which", [functions.auth.ExportAuthorization, functions.auth.ImportAuthorization])
@pytest.mark.parametrize("text", ["FILE_MIGRATE_1", "USER_MIGRATE_1"])
def test_MS43_migrate_errors_of_the_clients_own_requests_are_not_followed(which: type, text: str) -> None:
    network = InMemoryNetwork()

    def application(dc_id: int, request: IncomingRequest) -> object:
        if isinstance(request.query, which):
            return errors.parse(303, text)
        return migrating("FILE_MIGRATE_4")(dc_id, request)

    network.log_in()
    network.application = application
    handle = network.invoke()
    (failed,) = outcomes(network)
    assert (failed.handle, failed.error.text) == (handle, text)
    assert 1 not in asked(network)
    assert (network.client.home_dc, network.client.user_id) == (2, 7)
    assert not network.manager.is_authorized(4)


def test_MS43_new_home_data_center_is_saved_after_its_first_answer() -> None:
    network = InMemoryNetwork(migrating("USER_MIGRATE_4"), backoff_initial=1.0, backoff_max=1.0)
    network.log_in()
    network.data_centers[4].reachable = False
    handle = network.invoke()
    events = network.take_events()
    assert HomeDataCenterChanged(4) in events
    assert SnapshotChanged() not in events
    assert (network.client.home_dc, network.client.snapshot()["home_dc"]) == (4, 2)
    network.advance(5)
    assert SnapshotChanged() not in network.take_events()
    network.data_centers[4].reachable = True
    network.advance(1)
    assert SnapshotChanged() in network.events
    assert outcomes(network) == [ResultReceived(handle, NEAREST)]
    assert network.client.snapshot()["home_dc"] == 4


def test_MS43_answer_confirms_a_data_center_with_an_existing_key() -> None:
    network = InMemoryNetwork()
    network.invoke()
    network.invoke(dc_id=4)
    network.take_events()
    network.application = migrating("USER_MIGRATE_4")
    network.invoke()
    events = network.take_events()
    assert SnapshotChanged() in events
    assert not [event for event in events if isinstance(event, AuthKeyCreated)]
    assert network.client.snapshot()["home_dc"] == 4
    network.invoke()
    assert SnapshotChanged() not in network.take_events()


def test_MS43_login_in_another_data_center_makes_it_home_at_once() -> None:
    network = InMemoryNetwork(lambda dc_id, request: AUTHORIZATION)
    network.invoke(functions.auth.ImportBotAuthorization(0, 1, "hash", "token"), dc_id=4)
    assert HomeDataCenterChanged(4) in network.events
    assert (network.client.home_dc, network.client.snapshot()["home_dc"]) == (4, 4)
    assert network.client.snapshot()["data_centers"]["4"]["authorized"]


@pytest.mark.parametrize("dc_id", [0, -1, 1001, 2**31])
def test_request_to_an_invalid_data_center_is_refused(dc_id: int) -> None:
    network = InMemoryNetwork()
    with pytest.raises(LocalProtocolError, match="from 1 to 1000"):
        network.invoke(dc_id=dc_id)
    network.settle()
    assert network.connects == []


def test_logging_out_of_another_data_center_affects_only_that_one() -> None:
    network = InMemoryNetwork(lambda dc_id, request: types.auth.LoggedOut(future_auth_token=b"token"))
    network.log_in()
    network.authorize(4)
    network.invoke(functions.auth.LogOut(), dc_id=4)
    assert SnapshotChanged() in network.take_events()
    assert network.client.user_id == 7
    assert network.client.logout_tokens == (b"token",)
    states = {dc_id: state["authorized"] for dc_id, state in network.client.snapshot()["data_centers"].items()}
    assert states == {"2": True, "4": False}
    network.invoke(functions.auth.LogOut())
    assert network.client.user_id is None
    assert not network.client.snapshot()["data_centers"]["2"]["authorized"]


# -- the authorization taken along ------------------------------------------------------------------------------------


def test_failed_export_fails_its_waiting_requests_and_is_retried_for_the_next() -> None:
    rejections = [errors.parse(400, "DC_ID_INVALID")]

    def application(dc_id: int, request: IncomingRequest) -> object:
        if isinstance(request.query, functions.auth.ExportAuthorization) and rejections:
            return rejections.pop()
        return migrating("FILE_MIGRATE_4")(dc_id, request)

    network = InMemoryNetwork()
    network.log_in()
    network.application = application
    handles = [network.client.invoke(functions.help.GetNearestDc(), dc_id=4, now=network.now) for _ in range(2)]
    network.settle()
    assert [(event.handle, event.error.text) for event in outcomes(network)] == [(h, "DC_ID_INVALID") for h in handles]
    handle = network.invoke(dc_id=4)
    assert outcomes(network) == [ResultReceived(handle, NEAREST)]
    assert network.client.snapshot()["data_centers"]["4"]["authorized"]


def test_request_cancelled_during_an_import_is_never_sent() -> None:
    network = InMemoryNetwork(lambda dc_id, request: None)
    network.log_in()
    first, second = (network.client.invoke(functions.help.GetNearestDc(), dc_id=4, now=network.now) for _ in range(2))
    network.settle()
    (export,) = network.data_centers[2].requests[1:]
    network.client.cancel(first, now=network.now)
    (_, server), *_ = network.connections.values()
    network.application = migrating("FILE_MIGRATE_4")
    server.send_result(export, types.auth.ExportedAuthorization(7, b"bytes"), now=network.now)
    network.settle()
    assert outcomes(network) == [ResultReceived(second, NEAREST)]
    assert asked(network)[4] == ["auth.importAuthorization", "help.getNearestDc"]


def test_imported_authorization_is_saved() -> None:
    network = InMemoryNetwork()
    network.invoke(dc_id=4)
    network.log_in()
    network.application = migrating("FILE_MIGRATE_4")
    assert not network.client.snapshot()["data_centers"]["4"]["authorized"]
    handle = network.invoke(dc_id=4)
    assert network.take_events() == [SnapshotChanged(), ResultReceived(handle, NEAREST)]
    assert network.client.snapshot()["data_centers"]["4"]["authorized"]
    handle = network.invoke(dc_id=4)
    assert network.take_events() == [ResultReceived(handle, NEAREST)]
