"""How long to wait before the next connection, as a table of times; what begins the series anew."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sansio_tl import errors, functions, types
from sansio_tl.client import ConnectionLost
from sansio_tl.client.backoff import Backoff
from sansio_tl.events import OutcomeUnknown, SessionCreated, TemporaryKeyBound, UpdatesReceived
from tests.client.world import World


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
def test_waits_double_up_to_the_longest_and_half_of_each_is_random(
    entropy: Callable[[int], bytes], first: float, longest: float, waits: list[float]
) -> None:
    backoff = Backoff(first, longest, entropy)
    assert [backoff.failed() for _ in waits] == pytest.approx(waits)
    backoff.succeeded()
    assert backoff.failed() == pytest.approx(waits[0])


def test_a_thousand_failures_are_no_different() -> None:
    backoff = Backoff(1e-9, 86400.0, highest)
    waits = [backoff.failed() for _ in range(1000)]
    assert waits == sorted(waits)
    assert waits[-1] == pytest.approx(1e-9 * (1 << 32))


def test_each_wait_draws_two_bytes() -> None:
    drawn: list[int] = []

    def entropy(count: int) -> bytes:
        drawn.append(count)
        return bytes(count)

    backoff = Backoff(1.0, 60.0, entropy)
    for _ in range(3):
        backoff.failed()
    assert drawn == [2, 2, 2]


# -- in a client ------------------------------------------------------------------------------------------------------


def wait_after_a_cut(world: World) -> float:
    """The link is lost; how long until the next one is dialled."""
    world.take()
    world.cut(2)
    (lost,) = [event for event in world.take() if isinstance(event, ConnectionLost)]
    assert lost.retry_at is not None
    assert (world.client.next_deadline() or 0.0) <= lost.retry_at
    return lost.retry_at - world.now


def proven_by(world: World, kind: str) -> None:
    """The data center shows in some way that it is there."""
    match kind:
        case "result":
            world.ask()
        case "error":
            world.application = lambda dc_id, request: errors.parse(400, "PEER_ID_INVALID")
            world.ask()
        case "update":
            world.application = lambda dc_id, request: None
            world.ask()
            [(_, server)] = world.connections.values()
            session = world.data_centers[2].requests[-1].session
            server.push(session, types.UpdatesTooLong(), now=world.now)
            world.settle()
            assert any(isinstance(event, UpdatesReceived) for event in world.events)


def after_failures(count: int, longest: float = 100.0) -> World:
    """A client that is logged in, and after so many failures has a link of which nothing was heard."""
    world = World(backoff_initial=1.0, backoff_max=longest)
    world.log_in()
    for power in range(count):
        wait = wait_after_a_cut(world)
        assert 2**power / 2 <= wait <= 2**power
        keep = world.application
        world.application = lambda dc_id, request: None
        world.advance(wait)
        world.application = keep
        assert len(world.connections) == 1, "an open link alone proves nothing"
    return world


@pytest.mark.parametrize("kind", ["result", "error", None])
def test_the_series_begins_anew_when_the_data_center_has_answered(kind: str | None) -> None:
    world = after_failures(6)
    if kind is not None:
        proven_by(world, kind)
    assert (wait_after_a_cut(world) <= 1.0) is (kind is not None)


@pytest.mark.parametrize(("seconds", "anew"), [(0.0, False), (99.0, False), (100.0, True)])
def test_what_is_said_unasked_begins_it_anew_when_the_link_has_lasted(seconds: float, *, anew: bool) -> None:
    world = after_failures(6)
    proven_by(world, "update")
    world.advance(seconds / 2)
    proven_by(world, "update")
    world.advance(seconds / 2)
    assert (wait_after_a_cut(world) <= 1.0) is anew
    world.advance(100)
    assert wait_after_a_cut(world) > (0.9 if anew else 30.0), "the next link has proven nothing yet"


def test_an_update_on_each_link_and_its_end_do_not_have_us_dial_without_a_pause() -> None:
    world = World(backoff_initial=1.0, backoff_max=60.0)
    world.log_in()
    world.application = lambda dc_id, request: None
    world.ask()
    begun, until = len(world.dialled), world.now + 3600
    while world.now < until:
        world.advance(0.5)
        if world.connections:
            [(data_center, server)] = world.connections.values()
            for record in data_center.keys.values():
                for session in record.sessions.values():
                    if session.link is server:
                        server.push(session, types.UpdatesTooLong(), now=world.now)
            world.settle()
            world.cut(2)
    assert any(isinstance(event, UpdatesReceived) for event in world.take())
    assert len(world.dialled) - begun < 130


def test_a_new_session_of_the_server_counts_when_the_link_has_lasted() -> None:
    world = after_failures(5, longest=60.0)
    (record,) = world.data_centers[2].keys.values()
    record.sessions.clear()
    world.take()
    world.advance(60)  # the ping begins a session
    assert any(isinstance(event, SessionCreated) for event in world.take())
    world.advance(60)
    assert wait_after_a_cut(world) <= 1.0


def test_a_bound_temporary_key_counts_when_the_link_has_lasted_and_one_that_is_not_bound_never_does() -> None:
    world = World(temporary_key_lifetime=86400, backoff_initial=1.0, backoff_max=64.0)
    world.log_in()
    saved = world.client.snapshot()
    other = World(snapshot=saved, temporary_key_lifetime=86400, backoff_initial=1.0, backoff_max=64.0)
    other.data_centers[2].reachable = False
    other.settle()
    other.advance(70)
    assert len(other.dialled) >= 6
    other.data_centers[2].reachable = True
    other.data_centers[2].keys = world.data_centers[2].keys
    other.advance(200)
    assert any(isinstance(event, TemporaryKeyBound) for event in other.take())
    assert wait_after_a_cut(other) <= 1.0


def test_two_data_centers_have_a_series_each() -> None:
    world = World(backoff_initial=1.0, backoff_max=1000.0, unreachable_timeout=None)
    world.data_centers[4].reachable = False
    world.ask(dc_id=4)
    world.advance(100)
    assert len(world.dialled) >= 6
    world.log_in()
    assert wait_after_a_cut(world) <= 1.0


# -- patience and idleness, as a table of times -----------------------------------------------------------------------


@pytest.mark.parametrize("timeout", [0.0, 5.0, 60.0])
@pytest.mark.parametrize("asked_after", [0.0, 3.0])
def test_timeout_is_counted_from_the_first_failure(timeout: float, asked_after: float) -> None:
    world = World(unreachable_timeout=timeout, backoff_initial=1.0, backoff_max=1.0)
    world.data_centers[2].reachable = False
    world.now += asked_after
    handle = world.ask()
    if timeout:
        assert [event for event in world.take() if not isinstance(event, ConnectionLost)] == []
        world.advance(timeout - 0.001)
        assert [event for event in world.take() if not isinstance(event, ConnectionLost)] == []
    world.advance(0.001)
    assert [event for event in world.take() if not isinstance(event, ConnectionLost)] == [
        OutcomeUnknown(handle, "data center 2 cannot be reached: no route")
    ]
    assert world.client.next_deadline() is None


@pytest.mark.parametrize("idle_timeout", [0.0, 7.0, 60.0, 90.0])
def test_a_link_is_kept_for_so_long_after_the_last_answer(idle_timeout: float) -> None:
    world = World(idle_timeout=idle_timeout)
    world.client.invoke(functions.help.GetNearestDc(), now=world.now)
    world.settle()
    if not idle_timeout:
        assert world.connections == {}
        return
    world.advance(idle_timeout / 2)
    world.ask()
    world.advance(idle_timeout - 0.001)
    assert len(world.connections) == 1
    world.advance(0.001)
    assert world.connections == {}
    assert world.client.next_deadline() is None
    assert [link.link for link in world.hung_up] == [1]


def test_a_link_that_nobody_uses_any_more_is_kept_from_when_it_opened() -> None:
    world = World(idle_timeout=30.0)
    world.data_centers[2].answers = False
    handle = world.ask()
    world.advance(20)
    world.connections[1] = (world.data_centers[2], world._accept(world.data_centers[2]))
    world.client.connection_made(1, now=world.now)
    world.client.cancel(handle, now=world.now)
    world.advance(29.999)
    assert world.connections
    world.advance(0.001)
    assert not world.connections


def test_an_idle_deadline_is_told() -> None:
    world = World(idle_timeout=7.0)
    world.ask()
    assert world.client.next_deadline() == world.now + 7
    world.log_in()
    assert world.client.next_deadline() == world.now + 10, "acknowledgements; the link stays for updates"
    world = World(idle_timeout=7.0, stay_connected=False)
    world.log_in()
    assert world.client.next_deadline() == world.now + 7


def test_while_an_answer_is_awaited_no_link_is_idle() -> None:
    world = World(lambda dc_id, request: None, idle_timeout=7.0)
    handle = world.ask()
    world.advance(1000)
    assert len(world.connections) == 1
    world.client.cancel(handle, now=world.now)
    world.settle()
    assert world.connections == {}


def test_another_data_center_is_left_when_idle_and_home_is_not() -> None:
    world = World(idle_timeout=30.0)
    world.log_in()
    world.client._links.data_center(4).authorized = True
    world.ask(dc_id=4)
    assert sorted(data_center.dc_id for data_center, _ in world.connections.values()) == [2, 4]
    world.advance(30)
    assert [data_center.dc_id for data_center, _ in world.connections.values()] == [2]
    world.cut(2)
    world.advance(2)
    assert [data_center.dc_id for data_center, _ in world.connections.values()] == [2]


def test_staying_connected_begins_with_the_snapshot() -> None:
    world = World()
    world.log_in()
    saved: dict[str, Any] = world.client.snapshot()
    for stay, user_id, dialled in ((True, 7, [2]), (False, 7, []), (True, None, [])):
        other = World(snapshot=saved | {"user_id": user_id}, stay_connected=stay, seed="another")
        other.data_centers[2].keys = world.data_centers[2].keys
        other.settle()
        assert [dc_id for _, dc_id in other.dialled] == dialled


def test_patience_begins_anew_when_nobody_waited_in_between() -> None:
    world = World(unreachable_timeout=60.0, backoff_initial=1.0, backoff_max=1.0)
    world.log_in()
    world.data_centers[2].reachable = False
    world.cut(2)
    first = world.ask()
    world.advance(30)
    world.client.cancel(first, now=world.now)
    world.advance(20)
    asked_at = world.now
    second = world.ask()
    world.take()
    told: list[Any] = []
    while not told and world.now < asked_at + 200:
        world.advance(0.5)
        told = [event for event in world.take() if isinstance(event, OutcomeUnknown)]
    assert told == [OutcomeUnknown(second, "data center 2 cannot be reached: no route")]
    assert asked_at + 60 <= world.now <= asked_at + 62


def test_patience_tells_everybody_who_waits_and_names_the_last_trouble() -> None:
    world = World(lambda dc_id, request: None, unreachable_timeout=10.0, backoff_initial=4.0, backoff_max=4.0)
    handles = [world.ask()]
    world.cut(2)
    world.data_centers[2].reachable = False
    handles.append(world.ask())
    world.take()
    world.advance(9.999)
    assert [event for event in world.take() if isinstance(event, OutcomeUnknown)] == []
    world.advance(0.001)
    assert [event for event in world.take() if isinstance(event, OutcomeUnknown)] == [
        OutcomeUnknown(handle, "data center 2 cannot be reached: no route") for handle in handles
    ]


def test_MS25_an_open_link_stops_patience() -> None:
    world = World(lambda dc_id, request: None, unreachable_timeout=10.0, backoff_initial=1.0)
    handle = world.ask()
    world.cut(2)
    world.advance(500)
    assert [event for event in world.take() if isinstance(event, OutcomeUnknown)] == []
    (channel,) = world.client._links.channels
    assert channel.session.is_pending(handle)
    assert world.client._links._patience_ends(channel) is None
