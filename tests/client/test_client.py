"""The client: many connections, one account."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest

from sansio_tl import Endpoint, errors, functions, types
from sansio_tl.client import AuthorizationLost, ConnectionLost, FloodWaitStarted, HomeDataCenterChanged, SnapshotChanged
from sansio_tl.client.result_observer import endpoints_in
from sansio_tl.connection.server import IncomingRequest, KeyStore
from sansio_tl.errors import LocalProtocolError, RemoteProtocolError
from sansio_tl.events import AuthKeyCreated, OutcomeUnknown, RequestFailed, ResultReceived, TemporaryKeyBound
from sansio_tl.tl.errors import EncodeError
from tests.helpers.in_memory_network import AUTHORIZATION, NEAREST, NOW, InMemoryNetwork, sample


def answers(network: InMemoryNetwork) -> list[Any]:
    return [event for event in network.events if isinstance(event, ResultReceived | RequestFailed | OutcomeUnknown)]


def queries(network: InMemoryNetwork, dc_id: int) -> list[str]:
    return [request.query.NAME for request in network.data_centers[dc_id].requests]


def test_request_connects_to_its_data_center_and_is_answered() -> None:
    network = InMemoryNetwork()
    handle = network.invoke()
    assert network.connects == [(NOW, 2)]
    assert answers(network) == [ResultReceived(handle, NEAREST)]
    assert any(isinstance(event, AuthKeyCreated) for event in network.events)


def test_no_connection_is_opened_without_a_request() -> None:
    network = InMemoryNetwork()
    network.settle()
    assert network.connects == []


def test_wrong_value_raises_at_once_and_queues_nothing() -> None:
    network = InMemoryNetwork()
    with pytest.raises(EncodeError):
        network.client.invoke(functions.help.GetConfig, now=NOW)  # type: ignore[arg-type]
    network.settle()
    assert network.connects == []


# -- migration ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["PHONE_MIGRATE", "NETWORK_MIGRATE", "USER_MIGRATE"])
def test_request_follows_the_account_to_its_data_center(name: str) -> None:
    network = InMemoryNetwork(lambda dc_id, request: NEAREST if dc_id == 4 else errors.parse(303, f"{name}_4"))
    handle = network.invoke()
    assert answers(network) == [ResultReceived(handle, NEAREST)]
    assert network.client.home_dc == 4
    assert HomeDataCenterChanged(4) in network.events
    network.invoke()
    assert len(queries(network, 2)) == 1


def test_circular_redirects_end_at_max_redirects() -> None:
    network = InMemoryNetwork(lambda dc_id, request: errors.parse(303, f"PHONE_MIGRATE_{6 - dc_id}"))
    handle = network.invoke()
    (failed,) = answers(network)
    assert isinstance(failed, RequestFailed)
    assert failed.handle is handle
    assert isinstance(failed.error, errors.PhoneMigrate)
    assert len(queries(network, 2)) + len(queries(network, 4)) == 1 + network.config.max_redirects


def exporting(dc_id: int, request: IncomingRequest) -> object:
    match request.query:
        case functions.auth.ExportAuthorization():
            return types.auth.ExportedAuthorization(7, b"bytes")
        case functions.auth.ImportAuthorization():
            assert (request.query.id, request.query.bytes) == (7, b"bytes")
            return AUTHORIZATION
        case _:
            return NEAREST if dc_id == 4 else errors.parse(303, "FILE_MIGRATE_4")


def test_file_in_another_data_center_is_fetched_with_an_exported_authorization() -> None:
    network = InMemoryNetwork(exporting)
    network.log_in()
    handle = network.invoke()
    assert answers(network) == [ResultReceived(handle, NEAREST)]
    assert network.client.home_dc == 2
    assert queries(network, 4) == ["auth.importAuthorization", "help.getNearestDc"]
    second = network.invoke()
    assert answers(network)[1:] == [ResultReceived(second, NEAREST)]
    assert queries(network, 4).count("auth.importAuthorization") == 1
    assert queries(network, 2).count("auth.exportAuthorization") == 1


def test_several_requests_wait_for_one_import() -> None:
    network = InMemoryNetwork(exporting)
    network.log_in()
    handles = [network.client.invoke(functions.help.GetNearestDc(), now=NOW) for _ in range(3)]
    network.settle()
    assert [event.handle for event in answers(network)] == handles
    assert queries(network, 4).count("auth.importAuthorization") == 1


def test_import_that_is_refused_is_tried_once_more_and_then_reported() -> None:
    def application(dc_id: int, request: IncomingRequest) -> object:
        if isinstance(request.query, functions.auth.ImportAuthorization):
            return errors.parse(400, "AUTH_BYTES_INVALID")
        return exporting(dc_id, request)

    network = InMemoryNetwork(application)
    network.log_in()
    network.invoke()
    (failed,) = answers(network)
    assert isinstance(failed.error, errors.AuthBytesInvalid)
    assert queries(network, 4) == ["auth.importAuthorization"] * 2


def test_authorization_lost_in_another_data_center_is_imported_again() -> None:
    network = InMemoryNetwork(exporting)
    network.log_in()
    network.invoke()
    network.take_events()
    rejections = [errors.parse(401, "AUTH_KEY_UNREGISTERED")]

    def application(dc_id: int, request: IncomingRequest) -> object:
        if dc_id == 4 and isinstance(request.query, functions.help.GetNearestDc) and rejections:
            return rejections.pop()
        return exporting(dc_id, request)

    network.application = application
    handle = network.invoke(dc_id=4)
    assert answers(network) == [ResultReceived(handle, NEAREST)]
    assert network.client.user_id == 7


# -- floods ---------------------------------------------------------------------------------------------------------


def test_short_flood_wait_is_slept_and_a_long_one_reported() -> None:
    floods = [errors.FloodWait(seconds=30), errors.FloodWait(seconds=61)]
    network = InMemoryNetwork(lambda dc_id, request: floods.pop(0) if floods else NEAREST)
    handle = network.invoke()
    assert FloodWaitStarted(handle, 30) in network.events
    assert answers(network) == []
    network.advance(29.9)
    assert len(queries(network, 2)) == 1
    network.advance(0.2)
    (failed,) = answers(network)
    assert failed.handle is handle
    assert failed.error.seconds == 61


def test_sleeping_request_can_be_cancelled() -> None:
    floods = [errors.FloodWait(seconds=30)]
    network = InMemoryNetwork(lambda dc_id, request: floods.pop(0) if floods else NEAREST)
    handle = network.invoke()
    network.client.cancel(handle, now=network.now)
    network.advance(100)
    assert answers(network) == []
    assert len(queries(network, 2)) == 1


# -- connections -------------------------------------------------------------------------------------------------------


def test_unanswered_request_survives_its_connection_and_runs_once() -> None:
    network = InMemoryNetwork(lambda dc_id, request: None)
    handle = network.invoke()
    assert len(queries(network, 2)) == 1
    (request,) = network.data_centers[2].requests
    network.drop_connections(2)
    lost = [event for event in network.events if isinstance(event, ConnectionLost)]
    assert lost[0].retry_at is not None
    network.advance(5)
    assert len(network.connects) == 2
    (_, server), *_ = network.connections.values()
    server.send_result(request, NEAREST, now=network.now)
    network.settle()
    assert answers(network) == [ResultReceived(handle, NEAREST)]
    assert len(queries(network, 2)) == 1


def test_connecting_backs_off_with_jitter_up_to_a_cap() -> None:
    network = InMemoryNetwork(backoff_initial=1.0, backoff_max=16.0, unreachable_timeout=None)
    network.data_centers[2].reachable = False
    network.invoke()
    network.advance(200)
    gaps = [later[0] - earlier[0] for earlier, later in pairwise(network.connects)]
    assert all(gap <= 16 for gap in gaps)
    assert all(gap >= min(16, 2**n) / 2 for n, gap in enumerate(gaps))
    assert len(set(gaps)) == len(gaps)
    network.data_centers[2].reachable = True
    network.advance(20)
    assert len(answers(network)) == 1


def test_success_resets_the_backoff() -> None:
    network = InMemoryNetwork(backoff_initial=1.0, backoff_max=64.0, unreachable_timeout=None)
    network.data_centers[2].reachable = False
    network.invoke()
    network.advance(30)
    network.data_centers[2].reachable = True
    network.advance(64)
    network.log_in()
    network.drop_connections(2)
    (lost,) = [event for event in network.take_events() if isinstance(event, ConnectionLost)]
    assert lost.retry_at is not None
    assert lost.retry_at - network.now <= 1.0


def test_only_a_logged_in_client_stays_connected_when_idle() -> None:
    network = InMemoryNetwork(idle_timeout=60.0)
    network.invoke()
    network.advance(59)
    assert network.connections
    network.advance(2)
    assert not network.connections
    network.log_in()
    network.advance(1000)
    assert network.connections
    network.drop_connections(2)
    network.advance(5)
    assert network.connections


def test_help_getConfig_adds_endpoints() -> None:
    options = [
        types.DcOption(id=2, ip_address="192.0.2.8", port=8, media_only=True),
        types.DcOption(id=2, ip_address="192.0.2.9", port=9),
        types.DcOption(id=2, ip_address="2001:db8::1", port=7, ipv6=True),
        types.DcOption(id=2, ip_address="192.0.2.7", port=7, cdn=True),
    ]
    config = sample(types.Config, dc_options=options)
    assert endpoints_in(config, ipv6=False) == {2: (Endpoint("192.0.2.9", 9), Endpoint("192.0.2.8", 8, True))}
    assert Endpoint("2001:db8::1", 7) in endpoints_in(config, ipv6=True)[2]


def test_data_center_without_an_address_fails_its_requests() -> None:
    network = InMemoryNetwork(lambda dc_id, request: errors.parse(500, "INTERNAL"))
    handle = network.invoke(dc_id=5)
    (failed,) = answers(network)
    assert isinstance(failed, OutcomeUnknown)
    assert failed.handle is handle
    assert "no known address" in failed.reason


# -- keys and authorization -----------------------------------------------------------------------------------------


def test_logout_by_another_client_is_reported() -> None:
    network = InMemoryNetwork(lambda dc_id, request: errors.parse(401, "SESSION_REVOKED"))
    network.log_in()
    network.invoke()
    assert any(isinstance(event, AuthorizationLost) for event in network.events)
    assert network.client.user_id is None
    assert len(answers(network)) == 1


def test_client_that_was_never_logged_in_is_not_logged_out() -> None:
    network = InMemoryNetwork(lambda dc_id, request: errors.parse(401, "AUTH_KEY_UNREGISTERED"))
    network.invoke()
    assert not any(isinstance(event, AuthorizationLost) for event in network.events)
    assert len(answers(network)) == 1


def test_duplicated_key_is_discarded() -> None:
    network = InMemoryNetwork(lambda dc_id, request: errors.parse(406, "AUTH_KEY_DUPLICATED"))
    network.log_in()
    before = network.client.snapshot()["data_centers"]["2"]["auth_key"]
    network.invoke()
    assert network.client.user_id is None
    network.application = lambda dc_id, request: NEAREST
    network.advance(5)
    network.take_events()
    network.invoke()
    assert len(answers(network)) == 1
    assert network.client.snapshot()["data_centers"]["2"]["auth_key"] != before


def test_MS41_404_for_a_permanent_key_executes_nothing_twice() -> None:
    network = InMemoryNetwork(lambda dc_id, request: None)
    network.log_in()
    handle = network.invoke()
    (request,) = network.data_centers[2].requests[1:]
    keys = network.data_centers[2].keys
    network.drop_connections(2)
    network.data_centers[2].keys = KeyStore()
    network.advance(1)
    network.data_centers[2].keys = keys
    network.advance(5)
    (_, server), *_ = network.connections.values()
    server.send_result(request, NEAREST, now=network.now)
    network.settle()
    assert answers(network) == [ResultReceived(handle, NEAREST)]
    assert queries(network, 2).count("help.getNearestDc") == 1


def test_logout_clears_the_user_id_and_is_saved() -> None:
    network = InMemoryNetwork(lambda dc_id, request: types.auth.LoggedOut())
    network.log_in()
    network.invoke(functions.auth.LogOut())
    assert network.client.user_id is None
    assert SnapshotChanged() in network.events


# -- a data center that cannot be reached ---------------------------------------------------------------------------


def test_requests_to_an_unreachable_data_center_time_out() -> None:
    network = InMemoryNetwork(unreachable_timeout=60.0)
    network.data_centers[2].reachable = False
    handle = network.invoke()
    network.advance(59)
    assert answers(network) == []
    network.advance(2)
    assert answers(network) == [OutcomeUnknown(handle, "data center 2 cannot be reached: no route")]
    connected = len(network.connects)
    network.advance(600)
    assert len(network.connects) == connected, "no request needs the connection any more"


def test_each_request_has_its_own_unreachable_timeout() -> None:
    network = InMemoryNetwork(unreachable_timeout=60.0, backoff_max=10.0)
    network.log_in()
    network.data_centers[2].reachable = False
    network.drop_connections(2)
    network.advance(3600)  # the connection is kept for updates; no request is pending
    network.take_events()
    handle = network.invoke()
    network.advance(45)
    assert answers(network) == []
    network.data_centers[2].reachable = True
    network.advance(10)
    assert answers(network) == [ResultReceived(handle, NEAREST)]


def test_repeated_disconnects_count_towards_the_unreachable_timeout() -> None:
    network = InMemoryNetwork(lambda dc_id, request: None, unreachable_timeout=60.0)
    handle = network.invoke()
    while network.now < NOW + 100:
        network.drop_connections(2)
        network.advance(1)
    assert answers(network) == [OutcomeUnknown(handle, "data center 2 cannot be reached: the connection was closed")]


def test_unreachable_timeout_can_be_infinite() -> None:
    network = InMemoryNetwork(unreachable_timeout=None)
    network.data_centers[2].reachable = False
    handle = network.invoke()
    network.advance(86_400)
    assert answers(network) == []
    network.data_centers[2].reachable = True
    network.advance(61)
    assert answers(network) == [ResultReceived(handle, NEAREST)]


def test_slow_answer_does_not_time_out() -> None:
    network = InMemoryNetwork(lambda dc_id, request: None, unreachable_timeout=60.0)
    network.invoke()
    network.drop_connections(2)
    network.advance(3600)
    assert answers(network) == []


# -- temporary keys -------------------------------------------------------------------------------------------------


def test_HS18_temporary_key_is_renewed_before_it_ends_without_losing_a_request() -> None:
    network = InMemoryNetwork(temporary_key_lifetime=1000, rekey_margin=300.0)
    network.log_in()
    network.application = lambda dc_id, request: None
    handle = network.invoke()
    (first,) = network.data_centers[2].requests[-1:]
    network.advance(720)
    bound = [event for event in network.take_events() if isinstance(event, TemporaryKeyBound)]
    assert len(bound) == 1
    assert len(network.connections) == 2
    network.application = lambda dc_id, request: NEAREST
    second = network.invoke()
    assert answers(network) == [ResultReceived(second, NEAREST)]
    server = next(server for _, server in network.connections.values() if first.session.connection is server)
    server.send_result(first, NEAREST, now=network.now)
    network.settle()
    assert answers(network)[1:] == [ResultReceived(handle, NEAREST)]
    assert len(network.connections) == 1


# -- state ----------------------------------------------------------------------------------------------------------


def test_snapshot_is_restored_in_another_process() -> None:
    network = InMemoryNetwork(exporting)
    network.log_in()
    network.invoke()
    saved = json.loads(json.dumps(network.client.snapshot()))
    other = InMemoryNetwork(exporting, snapshot=saved, seed="another process")
    for dc_id, data_center in network.data_centers.items():
        other.data_centers[dc_id].keys = data_center.keys
    assert other.client.user_id == 7
    handle = other.invoke()
    assert answers(other) == [ResultReceived(handle, NEAREST)]
    assert queries(other, 4) == ["help.getNearestDc"]
    assert not any(isinstance(event, AuthKeyCreated) for event in other.events)


def test_requesting_the_own_user_sets_the_user_id() -> None:
    """Sessions of some libraries hold a key and do not say whose it is."""
    network = InMemoryNetwork()
    network.log_in()
    nameless = network.client.snapshot() | {"user_id": None}
    reported = [types.User(id=8), types.User(id=7, self=True, bot=True, bot_info_version=1)]
    other = InMemoryNetwork(lambda dc_id, request: reported, snapshot=nameless, seed="another library")
    other.data_centers[2].keys = network.data_centers[2].keys
    assert other.client.snapshot()["user_id"] is None
    other.invoke(functions.users.GetUsers([types.InputUserSelf()]))
    assert (other.client.user_id, other.client.is_bot) == (7, True)
    assert any(isinstance(event, SnapshotChanged) for event in other.events)
    assert (other.client.snapshot()["user_id"], other.client.snapshot()["is_bot"]) == (7, True)


def test_requesting_another_user_does_not_change_the_user_id() -> None:
    network = InMemoryNetwork(lambda dc_id, request: [types.User(id=8)])
    network.invoke(functions.users.GetUsers([types.InputUser(8, 1)]))
    assert network.client.user_id is None


@pytest.mark.parametrize(
    "damage",
    [
        {"version": 3},
        {"test_mode": True},
        {"home_dc": "two"},
        {"logout_tokens": ["!!"]},
        {"data_centers": {"2": {"auth_key": "!!", "salt": 0, "time_offset": None, "authorized": False}}},
        {"data_centers": {"2": {"auth_key": "AA==", "salt": 0, "time_offset": None, "authorized": False}}},
    ],
    ids=str,
)
def test_damaged_snapshot_is_refused(damage: dict[str, Any]) -> None:
    network = InMemoryNetwork()
    network.invoke()
    with pytest.raises(LocalProtocolError):
        InMemoryNetwork(snapshot=network.client.snapshot() | damage)


def test_closing_ends_every_request_and_every_connection() -> None:
    network = InMemoryNetwork(lambda dc_id, request: None)
    handle = network.invoke()
    network.client.close(now=network.now)
    network.settle()
    assert [event.handle for event in answers(network)] == [handle]
    assert isinstance(answers(network)[0], OutcomeUnknown)
    assert not network.connections
    assert network.client.next_deadline() is None
    with pytest.raises(LocalProtocolError):
        network.invoke()


def test_cancelled_request_emits_no_event() -> None:
    network = InMemoryNetwork(lambda dc_id, request: None)
    handle = network.invoke()
    network.client.cancel(handle, now=network.now)
    network.settle()
    network.advance(10)
    assert answers(network) == []


def test_TL3_undecodable_result_fails_only_its_request() -> None:
    def of_another_type(dc_id: int, request: IncomingRequest) -> object:
        request.query = functions.help.GetDeepLinkInfo("path")
        return types.help.DeepLinkInfoEmpty()

    network = InMemoryNetwork(of_another_type)
    network.log_in()
    handle = network.invoke()
    (failed,) = network.take_events()
    assert isinstance(failed, RequestFailed)
    assert failed.handle is handle
    assert isinstance(failed.error, RemoteProtocolError)
    network.application = lambda dc_id, request: NEAREST
    again = network.invoke()
    assert network.take_events() == [ResultReceived(again, NEAREST)]


def test_new_client_has_its_config_and_no_account() -> None:
    client = InMemoryNetwork().client
    assert client.config.connection_config.dc_id == client.home_dc == 2
    assert (client.closed, client.user_id, client.is_bot) == (False, None, None)
    assert (client.logout_tokens, client.auth_keys) == ((), {})
    client.close(now=NOW)
    assert client.closed
