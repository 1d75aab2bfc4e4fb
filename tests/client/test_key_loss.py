"""A key that a data center says it does not know: in the clear, where anyone can say so, or under another key."""

from __future__ import annotations

from typing import Any

import pytest

from sansio_tl import errors, functions
from sansio_tl.client import AuthKeyNotFound, AuthorizationLost, Connect, ConnectionLost, SnapshotChanged
from sansio_tl.errors import LocalProtocolError, TransportError
from sansio_tl.events import AuthKeyCreated, OutcomeUnknown, RequestFailed, ResultReceived, TemporaryKeyBound
from sansio_tl.limits import Limits
from tests.client.world import NEAREST, World

MINUS_404 = (4).to_bytes(4, "little") + (-404).to_bytes(4, "little", signed=True)


def outcomes(world: World) -> list[Any]:
    return [event for event in world.take() if isinstance(event, ResultReceived | RequestFailed | OutcomeUnknown)]


def key_of(world: World, dc_id: int = 2) -> str:
    return str(world.client.snapshot()["data_centers"][str(dc_id)]["auth_key"])


def forge(world: World, link: int) -> None:
    """Someone on the network puts a -404 into a connection and cuts it."""
    del world.connections[link]
    world.client.receive_data(link, MINUS_404, now=world.now)
    world.settle()


def forge_for(world: World, seconds: float) -> int:
    """Whatever connects is answered with -404 before the server hears of it; how often that was."""
    times, until = 0, world.now + seconds
    while world.now < until:
        while (action := world.client.next_action()) is not None:
            if isinstance(action, Connect):
                times += 1
                world.client.connection_made(action.link, now=world.now)
                world.client.data_to_send(action.link, now=world.now)
                world.client.receive_data(action.link, MINUS_404, now=world.now)
        while (event := world.client.next_event()) is not None:
            world.events.append(event)
        deadline = world.client.next_deadline()
        world.now = until if deadline is None else min(until, max(world.now, deadline))
        world.client.handle_deadline(now=world.now)
    return times


@pytest.mark.parametrize("lifetime", [None, 86400], ids=["permanent", "temporary"])
def test_MS41_forged_answers_404_never_cost_the_permanent_key(lifetime: int | None) -> None:
    world = World(temporary_key_lifetime=lifetime)
    world.log_in()
    before, saved = key_of(world), world.client.snapshot()
    other = World(snapshot=saved, temporary_key_lifetime=lifetime, seed="after a restart")
    other.data_centers[2].keys = world.data_centers[2].keys
    forged = forge_for(other, 600)
    assert forged >= 10
    events = other.take()
    assert not [event for event in events if isinstance(event, AuthorizationLost | AuthKeyCreated | SnapshotChanged)]
    assert events.count(AuthKeyNotFound(2)) == (forged // other.config.key_not_found_limit if lifetime is None else 0)
    assert (other.client.user_id, key_of(other)) == (7, before)
    assert other.client.snapshot()["data_centers"]["2"]["authorized"]
    other.advance(60)  # the attacker has gone
    handle = other.ask()
    assert outcomes(other) == [ResultReceived(handle, NEAREST)]
    assert key_of(other) == before
    assert [type(event) for event in other.take() if isinstance(event, AuthorizationLost)] == []


def test_MS41_each_so_many_404_in_a_row_are_reported() -> None:
    world = World(key_not_found_limit=2, backoff_initial=1.0, backoff_max=1.0)
    world.log_in()
    world.take()

    def cut_off(times: int) -> list[Any]:
        for _ in range(times):
            (link,) = world.connections
            forge(world, link)
            keys = world.data_centers[2].keys
            world.advance(1.1)
            assert world.data_centers[2].keys is keys
        return [event for event in world.take() if isinstance(event, AuthKeyNotFound)]

    assert cut_off(1) == []
    assert cut_off(1) == [AuthKeyNotFound(2)]
    assert cut_off(1) == []
    assert cut_off(1) == [AuthKeyNotFound(2)]
    assert cut_off(1) == []
    world.ask()  # an answer under the key ends the series
    assert cut_off(1) == []
    assert cut_off(1) == [AuthKeyNotFound(2)]


def test_MS41_a_404_in_a_handshake_says_nothing_of_a_key() -> None:
    world = World(key_not_found_limit=1, unreachable_timeout=None)
    handle = world.client.invoke(functions.help.GetNearestDc(), now=world.now)
    assert forge_for(world, 100) > 3
    assert not [event for event in world.take() if isinstance(event, AuthKeyNotFound)]
    world.advance(61)
    assert outcomes(world) == [ResultReceived(handle, NEAREST)]


def lost_for_good(**settings: Any) -> tuple[World, Any]:
    """Without temporary keys: the data center does not know the permanent key, and a request has left."""
    world = World(**settings)
    world.log_in()
    world.data_centers[2].keys.clear()
    handle = world.ask()
    world.advance(30)
    return world, handle


def test_MS41_a_permanent_key_that_is_lost_keeps_the_account_unreachable_until_it_is_given_up() -> None:
    world, handle = lost_for_good()
    before = key_of(world)
    assert AuthKeyNotFound(2) in world.events
    world.advance(31)
    (unknown,) = outcomes(world)
    assert unknown.handle is handle
    assert unknown.reason.startswith("data center 2 cannot be reached: ")
    assert "404" in unknown.reason
    assert (world.client.user_id, key_of(world)) == (7, before)
    dialled = len(world.dialled)
    world.advance(600)
    assert len(world.dialled) >= dialled + 9, "it goes on connecting"
    assert world.client.user_id == 7


def test_MS41_forgetting_a_key_logs_the_account_out_and_makes_another_one() -> None:
    world, handle = lost_for_good()
    before = key_of(world)
    world.take()
    world.client.forget_key(2, now=world.now)
    world.settle()
    events = world.take()
    assert [event for event in events if isinstance(event, OutcomeUnknown)] == [
        OutcomeUnknown(handle, "the auth key was given up before the answer came")
    ]
    (lost,) = [event for event in events if isinstance(event, AuthorizationLost)]
    assert isinstance(lost.error, TransportError)
    assert lost.error.code == -404
    assert SnapshotChanged() in events
    assert world.client.user_id is None
    assert world.client.snapshot()["data_centers"] == {}
    world.advance(61)
    handle = world.ask()
    assert outcomes(world) == [ResultReceived(handle, NEAREST)]
    assert key_of(world) != before
    assert not world.client.snapshot()["data_centers"]["2"]["authorized"]


def test_MS41_what_has_not_left_goes_with_the_new_key() -> None:
    world = World(backoff_initial=2.0)
    world.log_in()
    world.cut(2)
    handle = world.ask()  # waits for the next connection
    world.client.forget_key(2, now=world.now)
    world.advance(5)
    assert outcomes(world) == [ResultReceived(handle, NEAREST)]


def test_MS41_forgetting_the_key_of_another_data_center_is_no_log_out() -> None:
    world = World(lambda dc_id, request: NEAREST)
    world.log_in()
    world.client._links.data_center(4).authorized = True
    world.ask(dc_id=4)
    before = {dc_id: key_of(world, dc_id) for dc_id in (2, 4)}
    world.take()
    world.client.forget_key(4, now=world.now)
    world.settle()
    assert world.take() == [SnapshotChanged()] + [event for event in world.events if isinstance(event, ConnectionLost)]
    assert (world.client.user_id, key_of(world, 2)) == (7, before[2])
    assert world.client.snapshot()["data_centers"].keys() == {"2"}
    assert world.client.snapshot()["data_centers"]["2"]["authorized"]
    assert len(world.connections) == 1


def test_forgetting_a_key_that_there_is_not_is_an_error() -> None:
    world = World()
    for dc_id in (2, 5):
        with pytest.raises(LocalProtocolError, match=f"no auth key of data center {dc_id}"):
            world.client.forget_key(dc_id, now=world.now)
    world.log_in()
    world.client.close(now=world.now)
    with pytest.raises(LocalProtocolError, match="closed"):
        world.client.forget_key(2, now=world.now)


# -- temporary keys ---------------------------------------------------------------------------------------------------


def forget_temporary_keys(world: World) -> None:
    for key_id, record in list(world.data_centers[2].keys.items()):
        if record.expires_at is not None:
            del world.data_centers[2].keys[key_id]


def test_MS41_a_temporary_key_that_is_lost_is_replaced_and_what_left_under_it_is_not_sent_again() -> None:
    world = World(temporary_key_lifetime=86400)
    world.log_in()
    before = key_of(world)
    forget_temporary_keys(world)
    lost = world.ask()
    world.advance(5)
    kept = world.ask()
    assert outcomes(world) == [
        OutcomeUnknown(lost, "the temporary key was lost before the answer came"),
        ResultReceived(kept, NEAREST),
    ]
    assert [request.query.NAME for request in world.data_centers[2].requests[1:]] == ["help.getNearestDc"]
    assert (world.client.user_id, key_of(world)) == (7, before)
    assert len(world.connections) == len(world.client._links.channels) == 1


def test_MS41_a_forged_404_for_a_temporary_key_lets_nothing_run_twice_and_loses_no_answer() -> None:
    world = World(lambda dc_id, request: None, temporary_key_lifetime=86400)
    world.log_in()
    handle = world.ask()
    request = world.data_centers[2].requests[-1]
    asked = len(world.data_centers[2].requests)
    (link,) = world.connections
    forge(world, link)
    world.advance(5)
    server = next(server for _, server in world.connections.values() if request.session.link is server)
    server.send_result(request, NEAREST, now=world.now)
    world.settle()
    assert outcomes(world) == [ResultReceived(handle, NEAREST)]
    assert len(world.data_centers[2].requests) == asked
    assert len(world.connections) == len(world.client._links.channels) == 1


def test_MS41_forged_404s_do_not_make_temporary_keys_without_a_pause() -> None:
    world = World(temporary_key_lifetime=86400, backoff_initial=1.0)
    world.log_in()
    began = world.now
    bound = 0
    while world.now < began + 20:
        for link in list(world.connections):
            forge(world, link)
        world.advance(0.1)
        bound += sum(isinstance(event, TemporaryKeyBound) for event in world.take())
    assert 2 <= bound <= 8, "a bound key is no answer: the waits grow"


def in_another_process(**settings: Any) -> World:
    """An account that is logged in and has no temporary key yet."""
    world = World()
    world.log_in()
    other = World(
        snapshot=world.client.snapshot(),
        seed="another process",
        temporary_key_lifetime=86400,
        stay_connected=False,
        **settings,
    )
    other.data_centers[2].keys = world.data_centers[2].keys
    return other


def test_HS18_a_permanent_key_that_nothing_can_be_bound_to_is_replaced_after_a_few_tries() -> None:
    world = in_another_process(key_not_found_limit=3)
    before = key_of(world)
    world.data_centers[2].keys.clear()
    handle = world.ask()
    world.advance(60)
    events = world.take()
    assert [event for event in events if isinstance(event, ResultReceived)] == [ResultReceived(handle, NEAREST)]
    (lost,) = [event for event in events if isinstance(event, AuthorizationLost)]
    assert isinstance(lost.error, errors.EncryptedMessageInvalid)
    assert events[events.index(lost) - 1] == SnapshotChanged()
    refusals = [event for event in events[: events.index(lost)] if isinstance(event, ConnectionLost)]
    assert len(refusals) == 3
    assert world.client.user_id is None
    assert key_of(world) != before


def test_HS18_only_the_refusal_that_means_a_lost_key_costs_it() -> None:
    world = in_another_process(key_not_found_limit=1, unreachable_timeout=None)
    before = key_of(world)
    world.server_limits = Limits(binding_tolerance=-1e6)  # every binding is refused with EXPIRES_AT_INVALID
    handle = world.ask()
    world.advance(60)
    events = world.take()
    assert sum(isinstance(event, ConnectionLost) for event in events) > 3
    assert not [event for event in events if isinstance(event, AuthorizationLost | AuthKeyNotFound | ResultReceived)]
    assert (world.client.user_id, key_of(world)) == (7, before)
    world.server_limits = Limits()
    world.advance(61)
    assert outcomes(world) == [ResultReceived(handle, NEAREST)]
    assert key_of(world) == before
