"""The backoff before the next connection, as a table of times, and what resets it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sansio_tl import errors, functions, types
from sansio_tl.client import ConnectionLost
from sansio_tl.client.backoff import Backoff
from sansio_tl.events import OutcomeUnknown, SessionCreated, TemporaryKeyBound, UpdatesReceived
from tests.helpers.in_memory_network import NEAREST, InMemoryNetwork


def lowest(count: int) -> bytes:
    return bytes(count)


def highest(count: int) -> bytes:
    return b"\xff" * count


@pytest.mark.parametrize(
    ("entropy", "first", "longest", "waits"),
    [
        (highest, 1.0, 60.0, [1, 2, 4, 8, 16, 32, 60, 60]),
        (lowest, 1.0, 60.0, [0.5, 1, 2, 4, 8, 16, 30, 30]),
        (highest, 0.0, 60.0, [0, 0, 0]),
        (highest, 5.0, 3.0, [3, 3]),
        (lambda count: b"\x00\x80", 2.0, 60.0, [1 + 32768 / 65535, 2 + 2 * 32768 / 65535]),
    ],
)
def test_waits_double_up_to_the_maximum_and_half_of_each_is_random(
    entropy: Callable[[int], bytes], first: float, longest: float, waits: list[float]
) -> None:
    backoff = Backoff(first, longest, entropy)
    assert [backoff.on_failure() for _ in waits] == pytest.approx(waits)
    backoff.on_success()
    assert backoff.on_failure() == pytest.approx(waits[0])


def test_backoff_is_unchanged_after_a_thousand_failures() -> None:
    backoff = Backoff(1e-9, 86400.0, highest)
    waits = [backoff.on_failure() for _ in range(1000)]
    assert waits == sorted(waits)
    assert waits[-1] == pytest.approx(1e-9 * (1 << 32))


def test_each_wait_draws_two_bytes() -> None:
    drawn: list[int] = []

    def entropy(count: int) -> bytes:
        drawn.append(count)
        return bytes(count)

    backoff = Backoff(1.0, 60.0, entropy)
    for _ in range(3):
        backoff.on_failure()
    assert drawn == [2, 2, 2]


# -- in a client ------------------------------------------------------------------------------------------------------


def wait_after_a_cut(network: InMemoryNetwork) -> float:
    """The connection is lost; how long until the next connect."""
    network.take_events()
    network.drop_connections(2)
    (lost,) = [event for event in network.take_events() if isinstance(event, ConnectionLost)]
    assert lost.retry_at is not None
    assert (network.client.next_deadline() or 0.0) <= lost.retry_at
    return lost.retry_at - network.now


def proven_by(network: InMemoryNetwork, kind: str) -> None:
    """The data center shows in some way that it is there."""
    match kind:
        case "result":
            network.invoke()
        case "error":
            network.application = lambda dc_id, request: errors.parse(400, "PEER_ID_INVALID")
            network.invoke()
        case "update":
            network.application = lambda dc_id, request: None
            network.invoke()
            [(_, server)] = network.connections.values()
            session = network.data_centers[2].requests[-1].session
            server.push(session, types.UpdatesTooLong(), now=network.now)
            network.settle()
            assert any(isinstance(event, UpdatesReceived) for event in network.events)


def after_failures(count: int, longest: float = 100.0) -> InMemoryNetwork:
    """A client that is logged in, and after so many failures has a connection of which nothing was received."""
    network = InMemoryNetwork(backoff_initial=1.0, backoff_max=longest)
    network.log_in()
    for power in range(count):
        wait = wait_after_a_cut(network)
        assert 2**power / 2 <= wait <= 2**power
        keep = network.application
        network.application = lambda dc_id, request: None
        network.advance(wait)
        network.application = keep
        assert len(network.connections) == 1, "an open connection alone proves nothing"
    return network


@pytest.mark.parametrize("kind", ["result", "error", None])
def test_answer_resets_the_backoff(kind: str | None) -> None:
    network = after_failures(6)
    if kind is not None:
        proven_by(network, kind)
    assert (wait_after_a_cut(network) <= 1.0) is (kind is not None)


@pytest.mark.parametrize(("seconds", "anew"), [(0.0, False), (99.0, False), (100.0, True)])
def test_update_resets_the_backoff_after_a_minimum_uptime(seconds: float, *, anew: bool) -> None:
    network = after_failures(6)
    proven_by(network, "update")
    network.advance(seconds / 2)
    proven_by(network, "update")
    network.advance(seconds / 2)
    assert (wait_after_a_cut(network) <= 1.0) is anew
    network.advance(100)
    assert wait_after_a_cut(network) > (0.9 if anew else 30.0), "the next connection has proven nothing yet"


def test_updates_before_each_disconnect_do_not_disable_the_backoff() -> None:
    network = InMemoryNetwork(backoff_initial=1.0, backoff_max=60.0)
    network.log_in()
    network.application = lambda dc_id, request: None
    network.invoke()
    begun, until = len(network.connects), network.now + 3600
    while network.now < until:
        network.advance(0.5)
        if network.connections:
            [(data_center, server)] = network.connections.values()
            for record in data_center.keys.values():
                for session in record.sessions.values():
                    if session.connection is server:
                        server.push(session, types.UpdatesTooLong(), now=network.now)
            network.settle()
            network.drop_connections(2)
    assert any(isinstance(event, UpdatesReceived) for event in network.take_events())
    assert len(network.connects) - begun < 130


def test_new_session_created_resets_the_backoff_after_a_minimum_uptime() -> None:
    network = after_failures(5, longest=60.0)
    (record,) = network.data_centers[2].keys.values()
    record.sessions.clear()
    network.take_events()
    network.advance(60)  # the ping begins a session
    assert any(isinstance(event, SessionCreated) for event in network.take_events())
    network.advance(60)
    assert wait_after_a_cut(network) <= 1.0


def test_only_a_bound_temporary_key_resets_the_backoff_after_a_minimum_uptime() -> None:
    network = InMemoryNetwork(temporary_key_lifetime=86400, backoff_initial=1.0, backoff_max=64.0)
    network.log_in()
    saved = network.client.snapshot()
    other = InMemoryNetwork(snapshot=saved, temporary_key_lifetime=86400, backoff_initial=1.0, backoff_max=64.0)
    other.data_centers[2].reachable = False
    other.settle()
    other.advance(70)
    assert len(other.connects) >= 6
    other.data_centers[2].reachable = True
    other.data_centers[2].keys = network.data_centers[2].keys
    other.advance(200)
    assert any(isinstance(event, TemporaryKeyBound) for event in other.take_events())
    assert wait_after_a_cut(other) <= 1.0


def test_each_data_center_has_its_own_backoff() -> None:
    network = InMemoryNetwork(backoff_initial=1.0, backoff_max=1000.0, unreachable_timeout=None)
    network.data_centers[4].reachable = False
    network.invoke(dc_id=4)
    network.advance(100)
    assert len(network.connects) >= 6
    network.log_in()
    assert wait_after_a_cut(network) <= 1.0


# -- patience and idleness, as a table of times -----------------------------------------------------------------------


@pytest.mark.parametrize("timeout", [0.0, 5.0, 60.0])
@pytest.mark.parametrize("asked_after", [0.0, 3.0])
def test_timeout_is_counted_from_the_first_failure(timeout: float, asked_after: float) -> None:
    network = InMemoryNetwork(unreachable_timeout=timeout, backoff_initial=1.0, backoff_max=1.0)
    network.data_centers[2].reachable = False
    network.now += asked_after
    handle = network.invoke()
    if timeout:
        assert [event for event in network.take_events() if not isinstance(event, ConnectionLost)] == []
        network.advance(timeout - 0.001)
        assert [event for event in network.take_events() if not isinstance(event, ConnectionLost)] == []
    network.advance(0.001)
    assert [event for event in network.take_events() if not isinstance(event, ConnectionLost)] == [
        OutcomeUnknown(handle, "data center 2 cannot be reached: no route")
    ]
    assert network.client.next_deadline() is None


@pytest.mark.parametrize("idle_timeout", [0.0, 7.0, 60.0, 90.0])
def test_connection_stays_open_for_the_idle_timeout_after_the_last_answer(idle_timeout: float) -> None:
    network = InMemoryNetwork(idle_timeout=idle_timeout)
    network.client.invoke(functions.help.GetNearestDc(), now=network.now)
    network.settle()
    if not idle_timeout:
        assert network.connections == {}
        return
    network.advance(idle_timeout / 2)
    network.invoke()
    network.advance(idle_timeout - 0.001)
    assert len(network.connections) == 1
    network.advance(0.001)
    assert network.connections == {}
    assert network.client.next_deadline() is None
    assert [connection.connection_id for connection in network.disconnects] == [1]


def test_idle_timeout_counts_from_a_late_answer() -> None:
    network = InMemoryNetwork(lambda dc_id, request: None, idle_timeout=7.0)
    network.invoke()
    network.advance(20)
    (request,) = network.data_centers[2].requests
    network.connections[1][1].send_result(request, NEAREST, now=network.now)
    network.settle()
    network.advance(6.999)
    assert network.connections
    network.advance(0.001)
    assert not network.connections


def test_idle_timeout_of_an_unused_connection_counts_from_its_opening() -> None:
    network = InMemoryNetwork(idle_timeout=30.0)
    network.data_centers[2].answers = False
    handle = network.invoke()
    network.advance(20)
    network.connections[1] = (network.data_centers[2], network.accept(network.data_centers[2]))
    network.client.connection_made(1, now=network.now)
    network.client.cancel(handle, now=network.now)
    network.advance(29.999)
    assert network.connections
    network.advance(0.001)
    assert not network.connections


def test_idle_deadline_is_reported() -> None:
    network = InMemoryNetwork(idle_timeout=7.0)
    network.invoke()
    assert network.client.next_deadline() == network.now + 7
    network.log_in()
    assert network.client.next_deadline() == network.now + 10, "acknowledgements; the connection stays for updates"
    network = InMemoryNetwork(idle_timeout=7.0, stay_connected=False)
    network.log_in()
    assert network.client.next_deadline() == network.now + 7


def test_pending_request_keeps_the_connection_from_being_idle() -> None:
    network = InMemoryNetwork(lambda dc_id, request: None, idle_timeout=7.0)
    handle = network.invoke()
    network.advance(1000)
    assert len(network.connections) == 1
    network.client.cancel(handle, now=network.now)
    network.settle()
    assert network.connections == {}


def test_only_the_home_data_center_stays_connected_when_idle() -> None:
    network = InMemoryNetwork(idle_timeout=30.0)
    network.log_in()
    network.authorize(4)
    network.invoke(dc_id=4)
    assert sorted(data_center.dc_id for data_center, _ in network.connections.values()) == [2, 4]
    network.advance(30)
    assert [data_center.dc_id for data_center, _ in network.connections.values()] == [2]
    network.drop_connections(2)
    network.advance(2)
    assert [data_center.dc_id for data_center, _ in network.connections.values()] == [2]


def test_logged_in_snapshot_stays_connected_from_the_start() -> None:
    network = InMemoryNetwork()
    network.log_in()
    saved: dict[str, Any] = network.client.snapshot()
    for stay, user_id, connected in ((True, 7, [2]), (False, 7, []), (True, None, [])):
        other = InMemoryNetwork(snapshot=saved | {"user_id": user_id}, stay_connected=stay, seed="another")
        other.data_centers[2].keys = network.data_centers[2].keys
        other.settle()
        assert [dc_id for _, dc_id in other.connects] == connected


def test_unreachable_timeout_restarts_when_no_request_was_pending() -> None:
    network = InMemoryNetwork(unreachable_timeout=60.0, backoff_initial=1.0, backoff_max=1.0)
    network.log_in()
    network.data_centers[2].reachable = False
    network.drop_connections(2)
    first = network.invoke()
    network.advance(30)
    network.client.cancel(first, now=network.now)
    network.advance(20)
    asked_at = network.now
    second = network.invoke()
    network.take_events()
    reported: list[Any] = []
    while not reported and network.now < asked_at + 200:
        network.advance(0.5)
        reported = [event for event in network.take_events() if isinstance(event, OutcomeUnknown)]
    assert reported == [OutcomeUnknown(second, "data center 2 cannot be reached: no route")]
    assert asked_at + 60 <= network.now <= asked_at + 62


def test_unreachable_timeout_ends_every_pending_request_and_names_the_last_error() -> None:
    network = InMemoryNetwork(
        lambda dc_id, request: None, unreachable_timeout=10.0, backoff_initial=4.0, backoff_max=4.0
    )
    handles = [network.invoke()]
    network.drop_connections(2)
    network.data_centers[2].reachable = False
    handles.append(network.invoke())
    network.take_events()
    network.advance(9.999)
    assert [event for event in network.take_events() if isinstance(event, OutcomeUnknown)] == []
    network.advance(0.001)
    assert [event for event in network.take_events() if isinstance(event, OutcomeUnknown)] == [
        OutcomeUnknown(handle, "data center 2 cannot be reached: no route") for handle in handles
    ]


def test_MS25_open_connection_stops_the_unreachable_timeout() -> None:
    network = InMemoryNetwork(lambda dc_id, request: None, unreachable_timeout=10.0, backoff_initial=1.0)
    handle = network.invoke()
    network.drop_connections(2)
    network.advance(500)
    assert [event for event in network.take_events() if isinstance(event, OutcomeUnknown)] == []
    (channel,) = network.sessions
    assert channel.session.is_pending(handle)
    assert channel.unreachable_at is None
