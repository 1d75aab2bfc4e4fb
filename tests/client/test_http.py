"""Over HTTP a server only answers polls: a second connection sends requests without waiting for the open poll."""

from __future__ import annotations

from typing import Any

import pytest

from sansio_tl.client import ConnectionLost, Disconnect
from sansio_tl.events import OutcomeUnknown, RequestFailed, ResultReceived
from sansio_tl.framing.http_client import HttpClient
from sansio_tl.limits import Limits
from sansio_tl.role import Role
from tests.helpers.in_memory_network import NEAREST, InMemoryNetwork


def http(role: Role, limits: Limits) -> HttpClient:
    assert role is Role.CLIENT
    return HttpClient(limits, host="dc.example")


def outcomes(network: InMemoryNetwork) -> list[Any]:
    return [
        event for event in network.take_events() if isinstance(event, ResultReceived | RequestFailed | OutcomeUnknown)
    ]


def connected() -> InMemoryNetwork:
    """A bot has logged in; both of its connections are open."""
    network = InMemoryNetwork(framing=http, backoff_initial=1.0, backoff_max=1.0)
    network.log_in()
    assert len(network.second_connections) == 1
    return network


def test_one_second_connection_is_requested_once_there_is_a_key() -> None:
    network = InMemoryNetwork(framing=http)
    network.data_centers[2].answers = False
    network.invoke()
    assert not network.client.wants_second_connection(1), "it is being opened"
    assert network.client.second_connection_made(1, now=network.now) is None
    network.connections[1] = (network.data_centers[2], network.accept(network.data_centers[2]))
    network.client.connection_made(1, now=network.now)
    assert not network.client.wants_second_connection(1), "there is no key yet"
    assert network.client.second_connection_made(1, now=network.now) is None
    network.settle()
    assert network.second_connections == {2: 1}
    assert not network.client.wants_second_connection(1)
    assert not network.client.wants_second_connection(2)
    assert not network.client.wants_second_connection(99)
    assert network.client.second_connection_made(1, now=network.now) is None


def test_no_second_connection_is_requested_where_the_server_can_push() -> None:
    network = InMemoryNetwork()
    network.log_in()
    assert not network.client.wants_second_connection(1)
    assert network.client.second_connection_made(1, now=network.now) is None


def test_request_does_not_wait_for_an_open_poll() -> None:
    network = connected()
    asked_at = network.now
    handle = network.invoke()
    assert outcomes(network) == [ResultReceived(handle, NEAREST)]
    assert network.now == asked_at, "with one connection it would have waited for the end of the long poll"
    assert [connection.connection_id for connection in network.disconnects] == []


def test_request_waits_for_the_poll_without_a_second_connection() -> None:
    network = connected()
    (second,) = network.second_connections
    network.open_second_connections = lambda: False  # type: ignore[method-assign]
    del network.connections[second]
    network.client.connection_failed(second, "closed", now=network.now)
    network.second_connections.clear()
    network.take_events()
    assert network.client.wants_second_connection(1)
    handle = network.invoke()
    assert outcomes(network) == []
    network.advance(20)
    assert outcomes(network) == [ResultReceived(handle, NEAREST)]


@pytest.mark.parametrize("how", ["failed", "closed"])
def test_end_of_a_second_connection_does_not_affect_the_first(how: str) -> None:
    network = connected()
    (second,) = network.second_connections
    del network.connections[second]
    if how == "failed":
        network.client.connection_failed(second, "closed", now=network.now)
    else:
        network.client.receive_data(second, b"", now=network.now)
    assert network.client.next_action() == Disconnect(second)
    assert not [event for event in iter(network.client.next_event, None) if isinstance(event, ConnectionLost)]
    assert network.client.data_to_send(second, now=network.now) == b""
    network.client.receive_data(second, b"late", now=network.now)
    network.second_connections.clear()
    network.settle()
    assert len(network.second_connections) == 1
    assert second not in network.second_connections, "no number is used twice"
    assert len(network.connects) == 1
    handle = network.invoke()
    assert outcomes(network) == [ResultReceived(handle, NEAREST)]


@pytest.mark.parametrize("how", ["failed", "closed", "unwanted", "client closed"])
def test_second_connection_ends_with_the_first(how: str) -> None:
    network = connected()
    (second,) = network.second_connections
    (first,) = network.second_connections.values()
    match how:
        case "failed":
            network.client.connection_failed(first, "broke", now=network.now)
            expected = [Disconnect(first), Disconnect(second)]
        case "closed":
            network.client.receive_data(first, b"", now=network.now)
            expected = [Disconnect(first), Disconnect(second)]
        case "unwanted":
            network.account.log_out()
            network.advance(61)
            assert sorted(connection.connection_id for connection in network.disconnects) == [first, second]
            return
        case _:
            network.client.close(now=network.now)
            expected = [Disconnect(second), Disconnect(first)]
    actions = [action for action in iter(network.client.next_action, None) if isinstance(action, Disconnect)]
    assert [action.connection_id for action in actions] == [action.connection_id for action in expected]
    assert network.client.data_to_send(second, now=network.now) == b""


def test_both_connections_are_reopened_after_a_loss() -> None:
    network = connected()
    network.drop_connections(2)
    assert network.connections == {}
    network.advance(2)
    assert len(network.connections) == 2
    assert len(network.second_connections) == 1
    handle = network.invoke()
    assert outcomes(network) == [ResultReceived(handle, NEAREST)]


def test_each_channel_has_a_second_connection_of_its_own() -> None:
    network = connected()
    network.authorize(4)
    handle = network.invoke(dc_id=4)
    assert outcomes(network) == [ResultReceived(handle, NEAREST)]
    assert sorted(data_center.dc_id for data_center, _ in network.connections.values()) == [2, 2, 4, 4]
    network.drop_connections(4)
    assert sorted(data_center.dc_id for data_center, _ in network.connections.values()) == [2, 2]
    assert len(network.second_connections) == 1


def test_second_connection_is_requested_again_without_a_report_on_the_last_one() -> None:
    network = connected()
    (first,) = network.second_connections.values()
    network.connections.clear()
    network.second_connections.clear()
    network.client.connection_failed(first, "broke", now=network.now)
    network.advance(2)
    assert [len(network.connections), len(network.second_connections)] == [2, 1]
    handle = network.invoke()
    assert outcomes(network) == [ResultReceived(handle, NEAREST)]
