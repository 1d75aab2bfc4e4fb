"""Connections that are not opened, or cannot be of use."""

from __future__ import annotations

from typing import Any

import pytest

from sansio_tl import functions
from sansio_tl.client import Connect, ConnectionLost, Disconnect
from sansio_tl.crypto.rsa import RsaPrivateKey
from sansio_tl.events import OutcomeUnknown, RequestFailed, ResultReceived
from tests.client.world import NEAREST, NOW, World
from tests.crypto.stream import Stream


def outcomes(world: World) -> list[Any]:
    return [event for event in world.take() if isinstance(event, ResultReceived | RequestFailed | OutcomeUnknown)]


def test_MS44_a_connection_of_which_nothing_is_heard_is_given_up() -> None:
    world = World(connect_timeout=10.0, backoff_initial=2.0, backoff_max=2.0, unreachable_timeout=60.0)
    world.data_centers[2].answers = False
    handle = world.ask()
    assert world.client.next_deadline() == NOW + 10
    world.advance(9.999)
    assert (world.hung_up, world.dialled) == ([], [(NOW, 2)])
    world.advance(0.001)
    assert world.hung_up == [Disconnect(1)]
    (lost,) = [event for event in world.take() if isinstance(event, ConnectionLost)]
    assert (lost.dc_id, lost.error) == (2, "no connection within 10 s")
    assert lost.retry_at is not None
    assert NOW + 11 <= lost.retry_at <= NOW + 12
    world.client.connection_made(1, now=world.now)  # too late
    assert world.client.data_to_send(1, now=world.now) == b""
    world.advance(59)
    assert outcomes(world) == []
    world.advance(1)
    assert outcomes(world) == [OutcomeUnknown(handle, "data center 2 cannot be reached: no connection within 10 s")], (
        "patience begins with the first failure"
    )
    world.advance(10)
    attempts = len(world.dialled)
    assert len(world.hung_up) == attempts >= 5
    world.advance(1000)
    assert (len(world.dialled), world.client.next_deadline()) == (attempts, None), "nobody needs it any more"


def test_MS44_a_connection_that_opens_in_time_has_no_deadline_left() -> None:
    world = World(connect_timeout=10.0)
    world.data_centers[2].answers = False
    handle = world.ask()
    world.now += 9.0
    world.connections[1] = (world.data_centers[2], world._accept(world.data_centers[2]))
    world.client.connection_made(1, now=world.now)
    world.settle()
    assert outcomes(world) == [ResultReceived(handle, NEAREST)]
    world.advance(5)
    assert (world.hung_up, len(world.dialled)) == ([], 1)


def test_MS44_the_next_attempt_has_its_own_time() -> None:
    world = World(connect_timeout=10.0, backoff_initial=2.0, unreachable_timeout=None)
    world.data_centers[2].answers = False
    handle = world.ask()
    world.advance(10)
    world.data_centers[2].answers = True
    world.advance(3)
    assert outcomes(world)[-1] == ResultReceived(handle, NEAREST)


@pytest.mark.parametrize("taken", [False, True])
def test_hanging_up_hands_over_what_has_not_been_written(*, taken: bool) -> None:
    world = World()
    handle = world.client.invoke(functions.help.GetNearestDc(), now=NOW)
    dial = world.client.next_action()
    assert isinstance(dial, Connect)
    world.client.cancel(handle, now=NOW)
    assert world.client.next_action() is None, "the driver is still dialling"
    world.client.connection_made(dial.link, now=NOW)
    data = world.client.data_to_send(dial.link, now=NOW) if taken else b""
    world.client.handle_deadline(now=NOW + 60)
    hang_up = world.client.next_action()
    assert isinstance(hang_up, Disconnect)
    assert hang_up.link == dial.link
    assert (data + hang_up.data)[:8] == b"\xee\xee\xee\xee\x28\0\0\0"
    assert bool(hang_up.data) is not taken
    assert world.client.data_to_send(dial.link, now=NOW + 60) == b""


def test_what_has_not_left_is_not_sent_while_hanging_up() -> None:
    world = World()
    world.ask()
    world.take()
    handle = world.client.invoke(functions.help.GetNearestDc(), now=world.now)
    world.client.close(now=world.now)
    assert world.client.next_action() == Disconnect(1)
    assert world.client.next_event() == OutcomeUnknown(handle, "the client was closed")


# -- failures that stay -----------------------------------------------------------------------------------------------


def foreign() -> RsaPrivateKey:
    return RsaPrivateKey.generate(Stream("another server"))


@pytest.mark.parametrize("timeout", [60.0, None])
def test_MS44_a_server_with_none_of_our_rsa_keys_ends_its_requests_at_once(timeout: float | None) -> None:
    world = World(unreachable_timeout=timeout)
    ours, world.data_centers[2].private_key = world.data_centers[2].private_key, foreign()
    handles = [world.ask()]
    (unknown,) = outcomes(world)
    assert unknown.handle is handles[0]
    assert unknown.reason.startswith("data center 2 cannot be used: HS4: the server has none of the RSA keys")
    assert f"{ours.fingerprint & (1 << 64) - 1:016x}" in unknown.reason
    assert f"{world.data_centers[2].private_key.fingerprint & (1 << 64) - 1:016x}" in unknown.reason
    assert "Config.public_keys" in unknown.reason
    world.advance(600)
    assert len(world.dialled) == 1
    assert world.data_centers[2].requests == []


def test_MS44_an_account_that_stays_connected_goes_on_trying_with_back_off() -> None:
    world = World()
    world.log_in()
    other = World(snapshot=world.client.snapshot(), temporary_key_lifetime=86400, seed="temporary keys")
    other.data_centers[2].keys = world.data_centers[2].keys
    ours, other.data_centers[2].private_key = other.data_centers[2].private_key, foreign()
    other.advance(120)
    assert 4 <= len(other.dialled) <= 12
    handle = other.client.invoke(functions.help.GetNearestDc(), now=other.now)
    other.advance(61)
    (unknown,) = outcomes(other)
    assert (unknown.handle, unknown.reason[:22]) == (handle, "data center 2 cannot b")
    other.data_centers[2].private_key = ours
    other.advance(61)
    handle = other.ask()
    assert outcomes(other) == [ResultReceived(handle, NEAREST)]


def test_without_idle_time_a_link_that_is_not_wanted_any_more_is_hung_up_as_it_opens() -> None:
    world = World(idle_timeout=0.0)
    handle = world.client.invoke(functions.help.GetNearestDc(), now=NOW)
    dial = world.client.next_action()
    assert isinstance(dial, Connect)
    world.client.cancel(handle, now=NOW)
    world.client.connection_made(dial.link, now=NOW)
    hang_up = world.client.next_action()
    assert isinstance(hang_up, Disconnect)
    assert hang_up.link == dial.link
