"""The client: many links, one account."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest

from sansio_tl import Endpoint, errors, functions, types
from sansio_tl.client import AuthorizationLost, ConnectionLost, FloodWaitStarted, HomeDataCenterChanged, SnapshotChanged
from sansio_tl.client.result_observer import endpoints_in
from sansio_tl.connection.server import IncomingRequest
from sansio_tl.errors import LocalProtocolError
from sansio_tl.events import AuthKeyCreated, OutcomeUnknown, RequestFailed, ResultReceived, TemporaryKeyBound
from sansio_tl.tl.errors import EncodeError
from tests.client.world import AUTHORIZATION, NEAREST, NOW, World, sample


def answers(world: World) -> list[Any]:
    return [event for event in world.events if isinstance(event, ResultReceived | RequestFailed | OutcomeUnknown)]


def queries(world: World, dc_id: int) -> list[str]:
    return [request.query.NAME for request in world.data_centers[dc_id].requests]


def test_a_request_dials_its_data_center_and_is_answered() -> None:
    world = World()
    handle = world.ask()
    assert world.dialled == [(NOW, 2)]
    assert answers(world) == [ResultReceived(handle, NEAREST)]
    assert any(isinstance(event, AuthKeyCreated) for event in world.events)


def test_nothing_is_dialled_for_nothing() -> None:
    world = World()
    world.settle()
    assert world.dialled == []


def test_a_wrong_value_raises_at_once_and_leaves_nothing_behind() -> None:
    world = World()
    with pytest.raises(EncodeError):
        world.client.invoke(functions.help.GetConfig, now=NOW)  # type: ignore[arg-type]
    world.settle()
    assert world.dialled == []


# -- migration ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["PHONE_MIGRATE", "NETWORK_MIGRATE", "USER_MIGRATE"])
def test_a_request_follows_the_account_to_its_data_center(name: str) -> None:
    world = World(lambda dc_id, request: NEAREST if dc_id == 4 else errors.parse(303, f"{name}_4"))
    handle = world.ask()
    assert answers(world) == [ResultReceived(handle, NEAREST)]
    assert world.client.home_dc == 4
    assert HomeDataCenterChanged(4) in world.events
    world.ask()
    assert len(queries(world, 2)) == 1


def test_a_circle_of_redirects_ends() -> None:
    world = World(lambda dc_id, request: errors.parse(303, f"PHONE_MIGRATE_{6 - dc_id}"))
    handle = world.ask()
    (failed,) = answers(world)
    assert isinstance(failed, RequestFailed)
    assert failed.handle is handle
    assert isinstance(failed.error, errors.PhoneMigrate)
    assert len(queries(world, 2)) + len(queries(world, 4)) == 1 + world.config.max_redirects


def exporting(dc_id: int, request: IncomingRequest) -> object:
    match request.query:
        case functions.auth.ExportAuthorization():
            return types.auth.ExportedAuthorization(7, b"bytes")
        case functions.auth.ImportAuthorization():
            assert (request.query.id, request.query.bytes) == (7, b"bytes")
            return AUTHORIZATION
        case _:
            return NEAREST if dc_id == 4 else errors.parse(303, "FILE_MIGRATE_4")


def test_what_lies_elsewhere_is_fetched_there_with_the_authorization_exported() -> None:
    world = World(exporting)
    world.log_in()
    handle = world.ask()
    assert answers(world) == [ResultReceived(handle, NEAREST)]
    assert world.client.home_dc == 2
    assert queries(world, 4) == ["auth.importAuthorization", "help.getNearestDc"]
    second = world.ask()
    assert answers(world)[1:] == [ResultReceived(second, NEAREST)]
    assert queries(world, 4).count("auth.importAuthorization") == 1
    assert queries(world, 2).count("auth.exportAuthorization") == 1


def test_several_requests_wait_for_one_import() -> None:
    world = World(exporting)
    world.log_in()
    handles = [world.client.invoke(functions.help.GetNearestDc(), now=NOW) for _ in range(3)]
    world.settle()
    assert [event.handle for event in answers(world)] == handles
    assert queries(world, 4).count("auth.importAuthorization") == 1


def test_an_import_that_is_refused_is_tried_once_more_and_then_told() -> None:
    def application(dc_id: int, request: IncomingRequest) -> object:
        if isinstance(request.query, functions.auth.ImportAuthorization):
            return errors.parse(400, "AUTH_BYTES_INVALID")
        return exporting(dc_id, request)

    world = World(application)
    world.log_in()
    world.ask()
    (failed,) = answers(world)
    assert isinstance(failed.error, errors.AuthBytesInvalid)
    assert queries(world, 4) == ["auth.importAuthorization"] * 2


def test_a_lost_authorization_elsewhere_is_imported_again_and_is_no_log_out() -> None:
    world = World(exporting)
    world.log_in()
    world.ask()
    world.take()
    refusals = [errors.parse(401, "AUTH_KEY_UNREGISTERED")]

    def application(dc_id: int, request: IncomingRequest) -> object:
        if dc_id == 4 and isinstance(request.query, functions.help.GetNearestDc) and refusals:
            return refusals.pop()
        return exporting(dc_id, request)

    world.application = application
    handle = world.ask(dc_id=4)
    assert answers(world) == [ResultReceived(handle, NEAREST)]
    assert world.client.user_id == 7


# -- floods ---------------------------------------------------------------------------------------------------------


def test_a_short_flood_is_waited_for_and_a_long_one_told() -> None:
    floods = [errors.FloodWait(seconds=30), errors.FloodWait(seconds=61)]
    world = World(lambda dc_id, request: floods.pop(0) if floods else NEAREST)
    handle = world.ask()
    assert FloodWaitStarted(handle, 30) in world.events
    assert answers(world) == []
    world.advance(29.9)
    assert len(queries(world, 2)) == 1
    world.advance(0.2)
    (failed,) = answers(world)
    assert failed.handle is handle
    assert failed.error.seconds == 61


def test_a_sleeping_request_can_be_cancelled() -> None:
    floods = [errors.FloodWait(seconds=30)]
    world = World(lambda dc_id, request: floods.pop(0) if floods else NEAREST)
    handle = world.ask()
    world.client.cancel(handle, now=world.now)
    world.advance(100)
    assert answers(world) == []
    assert len(queries(world, 2)) == 1


# -- links ----------------------------------------------------------------------------------------------------------


def test_an_unanswered_request_survives_its_link_and_runs_once() -> None:
    world = World(lambda dc_id, request: None)
    handle = world.ask()
    assert len(queries(world, 2)) == 1
    (request,) = world.data_centers[2].requests
    world.cut(2)
    lost = [event for event in world.events if isinstance(event, ConnectionLost)]
    assert lost[0].retry_at is not None
    world.advance(5)
    assert len(world.dialled) == 2
    (_, server), *_ = world.connections.values()
    server.send_result(request, NEAREST, now=world.now)
    world.settle()
    assert answers(world) == [ResultReceived(handle, NEAREST)]
    assert len(queries(world, 2)) == 1


def test_dialling_backs_off_with_jitter_up_to_a_cap() -> None:
    world = World(backoff_initial=1.0, backoff_max=16.0, unreachable_timeout=None)
    world.data_centers[2].reachable = False
    world.ask()
    world.advance(200)
    gaps = [later[0] - earlier[0] for earlier, later in pairwise(world.dialled)]
    assert all(gap <= 16 for gap in gaps)
    assert all(gap >= min(16, 2**n) / 2 for n, gap in enumerate(gaps))
    assert len(set(gaps)) == len(gaps)
    world.data_centers[2].reachable = True
    world.advance(20)
    assert len(answers(world)) == 1


def test_the_back_off_begins_anew_after_a_success() -> None:
    world = World(backoff_initial=1.0, backoff_max=64.0, unreachable_timeout=None)
    world.data_centers[2].reachable = False
    world.ask()
    world.advance(30)
    world.data_centers[2].reachable = True
    world.advance(64)
    world.log_in()
    world.cut(2)
    (lost,) = [event for event in world.take() if isinstance(event, ConnectionLost)]
    assert lost.retry_at is not None
    assert lost.retry_at - world.now <= 1.0


def test_a_logged_in_client_stays_connected_and_others_hang_up_when_idle() -> None:
    world = World(idle_timeout=60.0)
    world.ask()
    world.advance(59)
    assert world.connections
    world.advance(2)
    assert not world.connections
    world.log_in()
    world.advance(1000)
    assert world.connections
    world.cut(2)
    world.advance(5)
    assert world.connections


def test_help_getConfig_brings_addresses() -> None:
    options = [
        types.DcOption(id=2, ip_address="192.0.2.8", port=8, media_only=True),
        types.DcOption(id=2, ip_address="192.0.2.9", port=9),
        types.DcOption(id=2, ip_address="2001:db8::1", port=7, ipv6=True),
        types.DcOption(id=2, ip_address="192.0.2.7", port=7, cdn=True),
    ]
    config = sample(types.Config, dc_options=options)
    assert endpoints_in(config, ipv6=False) == {2: (Endpoint("192.0.2.9", 9), Endpoint("192.0.2.8", 8, True))}
    assert Endpoint("2001:db8::1", 7) in endpoints_in(config, ipv6=True)[2]


def test_a_data_center_without_an_address_fails_its_requests() -> None:
    world = World()
    handle = world.ask(dc_id=5)
    (failed,) = answers(world)
    assert isinstance(failed, OutcomeUnknown)
    assert failed.handle is handle
    assert "no address" in failed.reason


# -- keys and authorization -----------------------------------------------------------------------------------------


def test_a_log_out_elsewhere_is_noticed() -> None:
    world = World(lambda dc_id, request: errors.parse(401, "SESSION_REVOKED"))
    world.log_in()
    world.ask()
    assert any(isinstance(event, AuthorizationLost) for event in world.events)
    assert world.client.user_id is None
    assert len(answers(world)) == 1


def test_who_was_never_logged_in_is_not_logged_out() -> None:
    world = World(lambda dc_id, request: errors.parse(401, "AUTH_KEY_UNREGISTERED"))
    world.ask()
    assert not any(isinstance(event, AuthorizationLost) for event in world.events)
    assert len(answers(world)) == 1


def test_a_duplicated_key_is_thrown_away() -> None:
    world = World(lambda dc_id, request: errors.parse(406, "AUTH_KEY_DUPLICATED"))
    world.log_in()
    before = world.client.snapshot()["data_centers"]["2"]["auth_key"]
    world.ask()
    assert world.client.user_id is None
    world.application = lambda dc_id, request: NEAREST
    world.advance(5)
    world.take()
    world.ask()
    assert len(answers(world)) == 1
    assert world.client.snapshot()["data_centers"]["2"]["auth_key"] != before


def test_MS41_a_404_for_a_permanent_key_lets_nothing_run_twice() -> None:
    world = World(lambda dc_id, request: None)
    world.log_in()
    handle = world.ask()
    (request,) = world.data_centers[2].requests[1:]
    keys = dict(world.data_centers[2].keys)
    world.cut(2)
    world.data_centers[2].keys.clear()
    world.advance(1)
    world.data_centers[2].keys.update(keys)
    world.advance(5)
    (_, server), *_ = world.connections.values()
    server.send_result(request, NEAREST, now=world.now)
    world.settle()
    assert answers(world) == [ResultReceived(handle, NEAREST)]
    assert queries(world, 2).count("help.getNearestDc") == 1


def test_logging_out_is_remembered() -> None:
    world = World(lambda dc_id, request: types.auth.LoggedOut())
    world.log_in()
    world.ask(functions.auth.LogOut())
    assert world.client.user_id is None
    assert SnapshotChanged() in world.events


# -- a data center that cannot be reached ---------------------------------------------------------------------------


def test_who_waits_for_a_data_center_that_cannot_be_reached_is_told() -> None:
    world = World(unreachable_timeout=60.0)
    world.data_centers[2].reachable = False
    handle = world.ask()
    world.advance(59)
    assert answers(world) == []
    world.advance(2)
    assert answers(world) == [OutcomeUnknown(handle, "data center 2 cannot be reached: no route")]
    dialled = len(world.dialled)
    world.advance(600)
    assert len(world.dialled) == dialled, "nobody needs the link any more"


def test_each_request_is_waited_for_anew() -> None:
    world = World(unreachable_timeout=60.0, backoff_max=10.0)
    world.log_in()
    world.data_centers[2].reachable = False
    world.cut(2)
    world.advance(3600)  # the link is wanted for updates; nobody waits for an answer
    world.take()
    handle = world.ask()
    world.advance(45)
    assert answers(world) == []
    world.data_centers[2].reachable = True
    world.advance(10)
    assert answers(world) == [ResultReceived(handle, NEAREST)]


def test_a_link_that_breaks_again_and_again_tries_patience_too() -> None:
    world = World(lambda dc_id, request: None, unreachable_timeout=60.0)
    handle = world.ask()
    while world.now < NOW + 100:
        world.cut(2)
        world.advance(1)
    assert answers(world) == [OutcomeUnknown(handle, "data center 2 cannot be reached: the link was closed")]


def test_somebody_may_wait_for_ever() -> None:
    world = World(unreachable_timeout=None)
    world.data_centers[2].reachable = False
    handle = world.ask()
    world.advance(86_400)
    assert answers(world) == []
    world.data_centers[2].reachable = True
    world.advance(61)
    assert answers(world) == [ResultReceived(handle, NEAREST)]


def test_a_slow_answer_is_waited_for() -> None:
    world = World(lambda dc_id, request: None, unreachable_timeout=60.0)
    world.ask()
    world.cut(2)
    world.advance(3600)
    assert answers(world) == []


# -- temporary keys -------------------------------------------------------------------------------------------------


def test_HS18_a_temporary_key_is_renewed_before_it_ends_without_losing_a_request() -> None:
    world = World(temporary_key_lifetime=1000, rekey_margin=300.0)
    world.log_in()
    world.application = lambda dc_id, request: None
    handle = world.ask()
    (first,) = world.data_centers[2].requests[-1:]
    world.advance(720)
    bound = [event for event in world.take() if isinstance(event, TemporaryKeyBound)]
    assert len(bound) == 1
    assert len(world.connections) == 2
    world.application = lambda dc_id, request: NEAREST
    second = world.ask()
    assert answers(world) == [ResultReceived(second, NEAREST)]
    server = next(server for _, server in world.connections.values() if first.session.link is server)
    server.send_result(first, NEAREST, now=world.now)
    world.settle()
    assert answers(world)[1:] == [ResultReceived(handle, NEAREST)]
    assert len(world.connections) == 1


# -- state ----------------------------------------------------------------------------------------------------------


def test_a_snapshot_goes_on_in_another_process() -> None:
    world = World(exporting)
    world.log_in()
    world.ask()
    saved = json.loads(json.dumps(world.client.snapshot()))
    other = World(exporting, snapshot=saved, seed="another process")
    for dc_id, data_center in world.data_centers.items():
        other.data_centers[dc_id].keys = data_center.keys
    assert other.client.user_id == 7
    handle = other.ask()
    assert answers(other) == [ResultReceived(handle, NEAREST)]
    assert queries(other, 4) == ["help.getNearestDc"]
    assert not any(isinstance(event, AuthKeyCreated) for event in other.events)


def test_who_asks_about_themselves_is_recognised() -> None:
    """Sessions of some libraries hold a key and do not say whose it is."""
    world = World()
    world.log_in()
    nameless = world.client.snapshot() | {"user_id": None}
    told = [types.User(id=8), types.User(id=7, self=True, bot=True, bot_info_version=1)]
    other = World(lambda dc_id, request: told, snapshot=nameless, seed="another library")
    other.data_centers[2].keys = world.data_centers[2].keys
    assert other.client.snapshot()["user_id"] is None
    other.ask(functions.users.GetUsers([types.InputUserSelf()]))
    assert (other.client.user_id, other.client.is_bot) == (7, True)
    assert any(isinstance(event, SnapshotChanged) for event in other.events)
    assert (other.client.snapshot()["user_id"], other.client.snapshot()["is_bot"]) == (7, True)


def test_asking_about_somebody_else_changes_nobody() -> None:
    world = World(lambda dc_id, request: [types.User(id=8)])
    world.ask(functions.users.GetUsers([types.InputUser(8, 1)]))
    assert world.client.user_id is None


@pytest.mark.parametrize(
    "damage",
    [
        {"version": 2},
        {"test_mode": True},
        {"home_dc": "two"},
        {"logout_tokens": ["!!"]},
        {"data_centers": {"2": {"auth_key": "!!", "salt": 0, "time_offset": None, "authorized": False}}},
        {"data_centers": {"2": {"auth_key": "AA==", "salt": 0, "time_offset": None, "authorized": False}}},
    ],
    ids=str,
)
def test_a_damaged_snapshot_is_refused(damage: dict[str, Any]) -> None:
    world = World()
    world.ask()
    with pytest.raises(LocalProtocolError):
        World(snapshot=world.client.snapshot() | damage)


def test_closing_ends_every_request_and_every_link() -> None:
    world = World(lambda dc_id, request: None)
    handle = world.ask()
    world.client.close(now=world.now)
    world.settle()
    assert [event.handle for event in answers(world)] == [handle]
    assert isinstance(answers(world)[0], OutcomeUnknown)
    assert not world.connections
    assert world.client.next_deadline() is None
    with pytest.raises(LocalProtocolError):
        world.ask()


def test_a_cancelled_request_tells_nothing() -> None:
    world = World(lambda dc_id, request: None)
    handle = world.ask()
    world.client.cancel(handle, now=world.now)
    world.settle()
    world.advance(10)
    assert answers(world) == []
