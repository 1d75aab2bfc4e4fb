"""Over HTTP a server speaks only when it is asked: a second link keeps what we say from waiting."""

from __future__ import annotations

from typing import Any

import pytest

from sansio_tl.client import ConnectionLost, Disconnect
from sansio_tl.events import OutcomeUnknown, RequestFailed, ResultReceived
from sansio_tl.framing.http_client import HttpClient
from sansio_tl.limits import Limits
from sansio_tl.role import Role
from tests.client.world import NEAREST, World


def http(role: Role, limits: Limits) -> HttpClient:
    assert role is Role.CLIENT
    return HttpClient(limits, host="dc.example")


def outcomes(world: World) -> list[Any]:
    return [event for event in world.take() if isinstance(event, ResultReceived | RequestFailed | OutcomeUnknown)]


def connected() -> World:
    """A bot has logged in; both of its links are open."""
    world = World(framing=http, backoff_initial=1.0, backoff_max=1.0)
    world.log_in()
    assert len(world.seconds) == 1
    return world


def test_a_second_link_is_wanted_once_there_is_a_key_and_only_one() -> None:
    world = World(framing=http)
    world.data_centers[2].answers = False
    world.ask()
    assert not world.client.wants_second_link(1), "it is being dialled"
    assert world.client.second_link_up(1, now=world.now) is None
    world.connections[1] = (world.data_centers[2], world._accept(world.data_centers[2]))
    world.client.connection_made(1, now=world.now)
    assert not world.client.wants_second_link(1), "there is no key yet"
    assert world.client.second_link_up(1, now=world.now) is None
    world.settle()
    assert world.seconds == {2: 1}
    assert not world.client.wants_second_link(1)
    assert not world.client.wants_second_link(2)
    assert not world.client.wants_second_link(99)
    assert world.client.second_link_up(1, now=world.now) is None


def test_no_second_link_is_wanted_where_the_server_may_speak_by_itself() -> None:
    world = World()
    world.log_in()
    assert not world.client.wants_second_link(1)
    assert world.client.second_link_up(1, now=world.now) is None


def test_a_request_does_not_wait_for_what_the_server_has_not_to_say() -> None:
    world = connected()
    asked_at = world.now
    handle = world.ask()
    assert outcomes(world) == [ResultReceived(handle, NEAREST)]
    assert world.now == asked_at, "with one link it would have waited for the end of the long poll"
    assert [link.link for link in world.hung_up] == []


def test_without_a_second_link_a_request_waits() -> None:
    world = connected()
    (second,) = world.seconds
    world._open_seconds = lambda: False  # type: ignore[method-assign]
    del world.connections[second]
    world.client.connection_failed(second, "closed", now=world.now)
    world.seconds.clear()
    world.take()
    assert world.client.wants_second_link(1)
    handle = world.ask()
    assert outcomes(world) == []
    world.advance(20)
    assert outcomes(world) == [ResultReceived(handle, NEAREST)]


@pytest.mark.parametrize("how", ["failed", "closed"])
def test_the_end_of_a_second_link_is_of_no_consequence(how: str) -> None:
    world = connected()
    (second,) = world.seconds
    del world.connections[second]
    if how == "failed":
        world.client.connection_failed(second, "closed", now=world.now)
        assert world.client.next_action() is None
    else:
        world.client.receive_data(second, b"", now=world.now)
        assert world.client.next_action() == Disconnect(second)
    assert not [event for event in iter(world.client.next_event, None) if isinstance(event, ConnectionLost)]
    assert world.client.data_to_send(second, now=world.now) == b""
    world.client.receive_data(second, b"late", now=world.now)
    world.seconds.clear()
    world.settle()
    assert len(world.seconds) == 1
    assert second not in world.seconds, "no number is used twice"
    assert len(world.dialled) == 1
    handle = world.ask()
    assert outcomes(world) == [ResultReceived(handle, NEAREST)]


@pytest.mark.parametrize("how", ["failed", "closed", "unwanted", "client closed"])
def test_the_second_link_ends_with_the_first(how: str) -> None:
    world = connected()
    (second,) = world.seconds
    (first,) = world.seconds.values()
    match how:
        case "failed":
            world.client.connection_failed(first, "broke", now=world.now)
            expected = [Disconnect(second)]
        case "closed":
            world.client.receive_data(first, b"", now=world.now)
            expected = [Disconnect(first), Disconnect(second)]
        case "unwanted":
            world.client.user_id = None
            world.advance(61)
            assert sorted(link.link for link in world.hung_up) == [first, second]
            return
        case _:
            world.client.close(now=world.now)
            expected = [Disconnect(second), Disconnect(first)]
    actions = [action for action in iter(world.client.next_action, None) if isinstance(action, Disconnect)]
    assert [action.link for action in actions] == [action.link for action in expected]
    assert world.client.data_to_send(second, now=world.now) == b""


def test_after_a_loss_both_links_come_back() -> None:
    world = connected()
    world.cut(2)
    assert world.connections == {}
    world.advance(2)
    assert len(world.connections) == 2
    assert len(world.seconds) == 1
    handle = world.ask()
    assert outcomes(world) == [ResultReceived(handle, NEAREST)]


def test_each_channel_has_a_second_link_of_its_own() -> None:
    world = connected()
    world.client._links.data_center(4).authorized = True
    handle = world.ask(dc_id=4)
    assert outcomes(world) == [ResultReceived(handle, NEAREST)]
    assert sorted(data_center.dc_id for data_center, _ in world.connections.values()) == [2, 2, 4, 4]
    world.cut(4)
    assert sorted(data_center.dc_id for data_center, _ in world.connections.values()) == [2, 2]
    assert len(world.seconds) == 1


def test_a_second_link_is_wanted_again_though_nothing_was_said_of_the_last_one() -> None:
    world = connected()
    (first,) = world.seconds.values()
    world.connections.clear()
    world.seconds.clear()
    world.client.connection_failed(first, "broke", now=world.now)
    world.advance(2)
    assert [len(world.connections), len(world.seconds)] == [2, 1]
    handle = world.ask()
    assert outcomes(world) == [ResultReceived(handle, NEAREST)]
