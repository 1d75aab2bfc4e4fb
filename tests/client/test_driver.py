"""What the driver says and hears, call by call: numbers of links, actions, deadlines, news of links that are gone."""

from __future__ import annotations

from typing import Any

import pytest

from sansio_tl import Endpoint, errors, functions, types
from sansio_tl.client import Connect, ConnectionLost, Disconnect
from sansio_tl.errors import RemoteProtocolError, TransportError
from sansio_tl.events import (
    MessageIgnored,
    OutcomeUnknown,
    QuickAckReceived,
    RequestFailed,
    ResultReceived,
    SessionCreated,
    UpdatesReceived,
)
from tests.client.world import NEAREST, NOW, World


def outcomes(world: World) -> list[Any]:
    return [event for event in world.take() if isinstance(event, ResultReceived | RequestFailed | OutcomeUnknown)]


def test_links_are_numbered_from_one_and_never_again() -> None:
    world = World(backoff_initial=0.0)
    world.client.invoke(functions.help.GetNearestDc(), now=NOW)
    world.client.invoke(functions.help.GetNearestDc(), dc_id=4, now=NOW)
    world.client.invoke(functions.help.GetNearestDc(), now=NOW)
    assert world.client.next_action() == Connect(1, 2, (Endpoint("192.0.2.1", 2),))
    assert world.client.next_action() == Connect(2, 4, (Endpoint("192.0.2.1", 4),))
    assert world.client.next_action() is None
    world.client.connection_failed(1, "no route", now=NOW)
    assert world.client.next_action() == Connect(3, 2, (Endpoint("192.0.2.1", 2),))


def test_news_of_links_that_are_gone_or_never_were_does_nothing() -> None:
    world = World(lambda dc_id, request: None, backoff_initial=1.0)
    world.ask()
    world.take()
    world.cut(2)
    world.take()
    for link in (0, 1, 77):
        world.client.connection_made(link, now=world.now)
        world.client.connection_failed(link, "late", now=world.now)
        world.client.receive_data(link, b"late", now=world.now)
        assert world.client.data_to_send(link, now=world.now) == b""
    assert (world.client.next_event(), world.client.next_action()) == (None, None)


def test_a_link_that_is_up_cannot_come_up_again() -> None:
    world = World()
    world.ask()
    world.client.connection_made(1, now=world.now)
    handle = world.ask()
    assert outcomes(world)[-1] == ResultReceived(handle, NEAREST)


def test_bytes_of_a_link_that_is_being_dialled_are_ignored() -> None:
    world = World()
    world.client.invoke(functions.help.GetNearestDc(), now=NOW)
    assert isinstance(world.client.next_action(), Connect)
    world.client.receive_data(1, b"\xff" * 100, now=NOW)
    assert world.client.data_to_send(1, now=NOW) == b""
    assert world.client.next_event() is None
    world.client.connection_made(1, now=NOW)
    assert world.client.data_to_send(1, now=NOW)


@pytest.mark.parametrize(
    ("how", "error"),
    [
        ("closed", None),
        ("broken", "the cable"),
        ("fault", TransportError(-429)),
        ("violation", RemoteProtocolError("TR1", "")),
    ],
)
def test_the_end_of_a_link_is_told_once_with_its_reason(how: str, error: Any) -> None:
    world = World(lambda dc_id, request: None, backoff_initial=4.0)
    world.log_in()
    match how:
        case "closed":
            world.client.receive_data(1, b"", now=NOW)
        case "broken":
            world.client.connection_failed(1, "the cable", now=NOW)
        case "fault":
            world.client.receive_data(1, b"\4\0\0\0" + (-429).to_bytes(4, "little", signed=True), now=NOW)
        case _:
            world.client.receive_data(1, b"\xff\xff\xff\x7f", now=NOW)
    (lost,) = iter(world.client.next_event, None)
    assert isinstance(lost, ConnectionLost)
    assert lost.dc_id == 2
    assert type(lost.error) is type(error)
    assert getattr(lost.error, "check", None) == getattr(error, "check", None)
    assert getattr(lost.error, "code", None) == getattr(error, "code", None)
    assert lost.retry_at is not None
    assert NOW + 2 <= lost.retry_at <= NOW + 4
    (channel,) = world.client._links.channels
    assert channel.trouble == ("the link was closed" if error is None else str(lost.error))
    actions = list(iter(world.client.next_action, None))
    assert actions == ([] if how == "broken" else [Disconnect(1)])
    assert world.client.next_deadline() == lost.retry_at
    world.advance(4)
    assert channel.trouble is not None, "an open link is no answer"
    world.application = lambda dc_id, request: NEAREST
    world.ask()
    assert channel.trouble is None


def test_a_loss_that_nothing_needs_is_told_without_a_time() -> None:
    world = World()
    world.ask()
    world.take()
    world.cut(2)
    assert world.take() == [ConnectionLost(2, None, None)]
    assert world.client.next_deadline() is None
    world.advance(100)
    assert len(world.dialled) == 1


def test_what_came_with_the_last_bytes_is_told_before_the_loss() -> None:
    world = World(lambda dc_id, request: None)
    handle = world.ask()
    world.take()
    (request,) = world.data_centers[2].requests
    [(_, server)] = world.connections.values()
    server.send_result(request, NEAREST, now=NOW)
    world.client.receive_data(1, server.data_to_send(now=NOW), now=NOW)
    world.client.connection_failed(1, "broken", now=NOW)
    world.settle()
    assert world.take() == [ResultReceived(handle, NEAREST), ConnectionLost(2, "broken", None)]


# -- requests ---------------------------------------------------------------------------------------------------------


def test_cancelling_tells_nothing_and_frees_the_link() -> None:
    world = World(lambda dc_id, request: None, idle_timeout=10.0)
    handle = world.ask()
    world.advance(5)
    world.take()
    world.client.cancel(handle, now=world.now)
    world.client.cancel(handle, now=world.now)
    world.settle()
    assert outcomes(world) == []
    (channel,) = world.client._links.channels
    assert not channel.session.is_pending(handle)
    assert world.client._routes == {}
    world.advance(5)
    assert world.connections == {}


def test_cancelling_what_was_never_asked_does_nothing() -> None:
    world = World()
    handle = world.ask()
    world.take()
    world.client.cancel(handle, now=world.now)
    assert (world.client.next_event(), world.client.next_action()) == (None, None)


def test_the_follower_of_what_is_cancelled_goes_at_once() -> None:
    world = World(lambda dc_id, request: errors.FloodWait(seconds=30))
    first = world.ask()
    second = world.ask(after=first)
    assert len(world.data_centers[2].requests) == 1
    world.application = lambda dc_id, request: NEAREST
    world.take()
    world.client.cancel(first, now=world.now)
    world.settle()
    assert outcomes(world) == [ResultReceived(second, NEAREST)]


def test_quick_acks_are_passed_on() -> None:
    world = World()
    handle = world.ask(quick_ack=True)
    events = world.take()
    assert [event for event in events if isinstance(event, QuickAckReceived)] == [QuickAckReceived(handle)]
    world.ask()
    assert not [event for event in world.take() if isinstance(event, QuickAckReceived)]


def test_events_of_sessions_that_are_nobodys_business_are_passed_on() -> None:
    world = World()
    world.ask()
    (channel,) = world.client._links.channels
    event = MessageIgnored(1, "MS3", "it came twice")
    world.client.handle_event(channel, event, world.now)
    world.settle()
    assert world.take()[-1] == event


# -- updates ----------------------------------------------------------------------------------------------------------


def pushed(world: World, dc_id: int) -> list[Any]:
    """A data center pushes an update; what is told of it."""
    server = next(server for data_center, server in world.connections.values() if data_center.dc_id == dc_id)
    session = world.data_centers[dc_id].requests[-1].session
    server.push(session, types.UpdatesTooLong(), now=world.now)
    world.settle()
    return [event for event in world.take() if isinstance(event, UpdatesReceived)]


def test_updates_of_the_home_data_center_alone_are_told() -> None:
    world = World()
    world.ask()
    world.ask(dc_id=4)
    assert len([event for event in world.take() if isinstance(event, SessionCreated)]) == 1
    assert pushed(world, 2) == [UpdatesReceived(types.UpdatesTooLong())]
    assert pushed(world, 4) == []


def test_updates_over_a_channel_that_retires_are_not_told() -> None:
    world = World(temporary_key_lifetime=100, rekey_margin=30.0)
    world.log_in()
    world.application = lambda dc_id, request: None
    world.ask()
    draining = world.data_centers[2].requests[-1].session
    world.advance(72)
    world.take()
    server = next(server for _, server in world.connections.values() if server is draining.link)
    server.push(draining, types.UpdatesTooLong(), now=world.now)
    world.settle()
    assert [event for event in world.take() if isinstance(event, UpdatesReceived)] == []


# -- data centers without an address ----------------------------------------------------------------------------------


@pytest.mark.parametrize("logged_in", [False, True])
def test_requests_to_a_data_center_without_an_address_end_and_others_go_on(*, logged_in: bool) -> None:
    world = World()
    if logged_in:
        world.log_in()
        world.client._links.data_center(5).authorized = True
    good = world.client.invoke(functions.help.GetNearestDc(), now=world.now)
    bad = [world.client.invoke(functions.help.GetNearestDc(), dc_id=5, now=world.now) for _ in range(2)]
    world.settle()
    reason = "never sent: no address of data center 5 is known (help.getConfig tells them)"
    told = {event.handle: event for event in outcomes(world)}
    assert told == {
        good: ResultReceived(good, NEAREST),
        bad[0]: OutcomeUnknown(bad[0], reason),
        bad[1]: OutcomeUnknown(bad[1], reason),
    }
    assert [dc_id for _, dc_id in world.dialled] == [2]
    assert not any(channel.busy for channel in world.client._links.channels)
    world.advance(1000)
    assert outcomes(world) == []


def test_the_account_cannot_be_taken_where_no_address_is_known() -> None:
    def application(dc_id: int, request: Any) -> object:
        if isinstance(request.query, functions.auth.ExportAuthorization):
            return types.auth.ExportedAuthorization(7, b"bytes")
        return NEAREST

    world = World(application)
    world.log_in()
    handle = world.ask(dc_id=5)
    (failed,) = outcomes(world)
    assert failed.handle is handle
    assert isinstance(failed.error, RemoteProtocolError)
    assert "no address of data center 5" in str(failed.error)
    assert world.client._importing == {}


def test_an_answer_that_cannot_be_read_is_told_with_its_bytes() -> None:
    world = World(lambda dc_id, request: None)
    handle = world.ask()
    world.take()
    (channel,) = world.client._links.channels
    failed = RequestFailed(handle, RemoteProtocolError("TL3", "nobody knows that"), b"\1\2\3\4")
    world.client.handle_event(channel, failed, world.now)
    assert world.client.next_event() is failed
    world.client.handle_event(channel, failed, world.now)
    world.client.handle_event(channel, OutcomeUnknown(handle, "again"), world.now)
    world.client.handle_event(channel, ResultReceived(handle, NEAREST), world.now)
    assert world.client.next_event() is None, "each request is answered once"


@pytest.mark.interpreted  # compiled objects have no __dict__
def test_a_new_channel_has_nothing_and_asks_for_nothing() -> None:
    world = World()
    channel = world.client._links.channel(2, NOW)
    assert world.client._links.channel(2, NOW) is channel
    state = {name: value for name, value in vars(channel).items() if not name.startswith("_")}
    for name in ("data_center", "backoff", "session"):
        del state[name]
    assert state == {
        "connection": None,
        "link": None,
        "connect_by": None,
        "on_trial": (),
        "retry_at": None,
        "trouble": None,
        "unreachable_since": None,
        "draining": False,
        "doubted": False,
        "key_expires_at": None,
        "used_at": NOW,
    }
    assert (channel.busy, channel.dialling, channel.temporary) == (False, False, False)
    assert world.client.next_deadline() is None
    assert channel.data_center is world.client._links.data_center(2)


def test_a_follower_that_waits_for_an_import_is_sent_once() -> None:
    world = World(lambda dc_id, request: None)
    world.log_in()
    first = world.client.invoke(functions.help.GetNearestDc(), now=world.now)
    second = world.client.invoke(functions.help.GetNearestDc(), dc_id=4, after=first, now=world.now)
    world.settle()
    (export,) = [
        request for request in world.data_centers[2].requests if request.query.NAME == "auth.exportAuthorization"
    ]
    assert world.data_centers[4].requests == []
    [(_, server)] = world.connections.values()

    def application(dc_id: int, request: Any) -> object:
        import_ = isinstance(request.query, functions.auth.ImportAuthorization)
        return types.auth.Authorization(user=types.User(id=7, self=True)) if import_ else NEAREST

    world.application = application
    server.send_result(export, types.auth.ExportedAuthorization(7, b"bytes"), now=world.now)
    world.settle()
    assert [request.query.NAME for request in world.data_centers[4].requests] == ["auth.importAuthorization"]
    (asked,) = [request for request in world.data_centers[2].requests if request.query.NAME == "help.getNearestDc"]
    server.send_result(asked, NEAREST, now=world.now)
    world.settle()
    assert outcomes(world) == [ResultReceived(first, NEAREST), ResultReceived(second, NEAREST)]
    assert [request.query.NAME for request in world.data_centers[4].requests][1:] == ["help.getNearestDc"]
