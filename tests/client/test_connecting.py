"""Connect timeouts, failed connects, and disconnecting."""

from __future__ import annotations

from typing import Any

import pytest

from sansio_tl import functions
from sansio_tl.client import Connect, ConnectionLost, Disconnect
from sansio_tl.crypto.rsa import RsaPrivateKey
from sansio_tl.events import OutcomeUnknown, RequestFailed, ResultReceived
from tests.helpers.entropy import SeededEntropy
from tests.helpers.in_memory_network import NEAREST, NOW, InMemoryNetwork


def outcomes(network: InMemoryNetwork) -> list[Any]:
    return [
        event for event in network.take_events() if isinstance(event, ResultReceived | RequestFailed | OutcomeUnknown)
    ]


def test_MS44_connection_attempt_times_out() -> None:
    network = InMemoryNetwork(connect_timeout=10.0, backoff_initial=2.0, backoff_max=2.0, unreachable_timeout=60.0)
    network.data_centers[2].answers = False
    handle = network.invoke()
    assert network.client.next_deadline() == NOW + 10
    network.advance(9.999)
    assert (network.disconnects, network.connects) == ([], [(NOW, 2)])
    network.advance(0.001)
    assert network.disconnects == [Disconnect(1)]
    (lost,) = [event for event in network.take_events() if isinstance(event, ConnectionLost)]
    assert (lost.dc_id, lost.error) == (2, "no connection within 10 s")
    assert lost.retry_at is not None
    assert NOW + 11 <= lost.retry_at <= NOW + 12
    network.client.connection_made(1, now=network.now)  # too late
    assert network.client.data_to_send(1, now=network.now) == b""
    network.advance(59)
    assert outcomes(network) == []
    network.advance(1)
    assert outcomes(network) == [
        OutcomeUnknown(handle, "data center 2 cannot be reached: no connection within 10 s")
    ], "patience begins with the first failure"
    network.advance(10)
    attempts = len(network.connects)
    assert len(network.disconnects) == attempts >= 5
    network.advance(1000)
    assert (len(network.connects), network.client.next_deadline()) == (attempts, None), "no request needs it any more"


def test_MS44_attempt_goes_on_at_the_deadline_of_another_one() -> None:
    network = InMemoryNetwork(connect_timeout=10.0)
    network.data_centers[2].answers = network.data_centers[4].answers = False
    network.invoke(dc_id=4)
    network.advance(4)
    network.invoke(dc_id=2)
    network.advance(9.999)
    assert [disconnect.connection_id for disconnect in network.disconnects] == [1]
    network.advance(0.001)
    assert [disconnect.connection_id for disconnect in network.disconnects] == [1, 2]


def test_MS44_patience_ends_with_the_request_that_has_waited() -> None:
    network = InMemoryNetwork(unreachable_timeout=15.0, backoff_initial=1.0, backoff_max=1.0)
    network.data_centers[2].reachable = False
    handle = network.invoke()
    network.data_centers[2].reachable, network.data_centers[2].answers = True, False
    network.advance(2)
    (attempt,) = [each.connection_id for each in network.sessions]
    assert attempt is not None
    network.client.connection_made(attempt, now=network.now)
    network.client.cancel(handle, now=network.now)
    network.advance(5)
    network.data_centers[2].reachable = False
    network.invoke()
    network.client.receive_data(attempt, b"", now=network.now)
    network.advance(10)
    assert outcomes(network) == []


def test_MS44_opened_connection_has_no_connect_deadline() -> None:
    network = InMemoryNetwork(connect_timeout=10.0)
    network.data_centers[2].answers = False
    handle = network.invoke()
    network.now += 9.0
    network.connections[1] = (network.data_centers[2], network.accept(network.data_centers[2]))
    network.client.connection_made(1, now=network.now)
    network.settle()
    assert outcomes(network) == [ResultReceived(handle, NEAREST)]
    network.advance(5)
    assert (network.disconnects, len(network.connects)) == ([], 1)


def test_MS44_next_attempt_has_its_own_timeout() -> None:
    network = InMemoryNetwork(connect_timeout=10.0, backoff_initial=2.0, unreachable_timeout=None)
    network.data_centers[2].answers = False
    handle = network.invoke()
    network.advance(10)
    network.data_centers[2].answers = True
    network.advance(3)
    assert outcomes(network)[-1] == ResultReceived(handle, NEAREST)


@pytest.mark.parametrize("taken", [False, True])
def test_disconnecting_returns_unwritten_bytes(*, taken: bool) -> None:
    network = InMemoryNetwork()
    handle = network.client.invoke(functions.help.GetNearestDc(), now=NOW)
    connect = network.client.next_action()
    assert isinstance(connect, Connect)
    network.client.cancel(handle, now=NOW)
    assert network.client.next_action() is None, "the driver is still connecting"
    network.client.connection_made(connect.connection_id, now=NOW)
    data = network.client.data_to_send(connect.connection_id, now=NOW) if taken else b""
    network.client.handle_deadline(now=NOW + 60)
    disconnect = network.client.next_action()
    assert isinstance(disconnect, Disconnect)
    assert disconnect.connection_id == connect.connection_id
    assert (data + disconnect.data)[:8] == b"\xee\xee\xee\xee\x28\0\0\0"
    assert bool(disconnect.data) is not taken
    assert network.client.data_to_send(connect.connection_id, now=NOW + 60) == b""


def test_queued_requests_are_not_sent_while_disconnecting() -> None:
    network = InMemoryNetwork()
    network.invoke()
    network.take_events()
    handle = network.client.invoke(functions.help.GetNearestDc(), now=network.now)
    network.client.close(now=network.now)
    assert network.client.next_action() == Disconnect(1)
    assert network.client.next_event() == OutcomeUnknown(handle, "the client was closed")


# -- failures that stay -----------------------------------------------------------------------------------------------


def foreign() -> RsaPrivateKey:
    return RsaPrivateKey.generate(SeededEntropy("another server"))


@pytest.mark.parametrize("timeout", [60.0, None])
def test_MS44_server_without_a_known_rsa_key_ends_its_requests_at_once(timeout: float | None) -> None:
    network = InMemoryNetwork(unreachable_timeout=timeout)
    ours, network.data_centers[2].private_key = network.data_centers[2].private_key, foreign()
    handles = [network.invoke()]
    (unknown,) = outcomes(network)
    assert unknown.handle is handles[0]
    assert unknown.reason.startswith("data center 2 cannot be used: HS4: the server has none of the RSA keys")
    assert f"{ours.fingerprint & (1 << 64) - 1:016x}" in unknown.reason
    assert f"{network.data_centers[2].private_key.fingerprint & (1 << 64) - 1:016x}" in unknown.reason
    assert "Config.public_keys" in unknown.reason
    network.advance(600)
    assert len(network.connects) == 1
    assert network.data_centers[2].requests == []


def test_MS44_logged_in_client_keeps_reconnecting_with_backoff() -> None:
    network = InMemoryNetwork()
    network.log_in()
    other = InMemoryNetwork(snapshot=network.client.snapshot(), temporary_key_lifetime=86400, seed="temporary keys")
    other.data_centers[2].keys = network.data_centers[2].keys
    ours, other.data_centers[2].private_key = other.data_centers[2].private_key, foreign()
    other.advance(120)
    assert 4 <= len(other.connects) <= 12
    handle = other.client.invoke(functions.help.GetNearestDc(), now=other.now)
    other.advance(61)
    (unknown,) = outcomes(other)
    assert (unknown.handle, unknown.reason[:22]) == (handle, "data center 2 cannot b")
    other.data_centers[2].private_key = ours
    other.advance(61)
    handle = other.invoke()
    assert outcomes(other) == [ResultReceived(handle, NEAREST)]


def test_unneeded_connection_is_closed_when_it_opens_with_an_idle_timeout_of_zero() -> None:
    network = InMemoryNetwork(idle_timeout=0.0)
    handle = network.client.invoke(functions.help.GetNearestDc(), now=NOW)
    connect = network.client.next_action()
    assert isinstance(connect, Connect)
    network.client.cancel(handle, now=NOW)
    network.client.connection_made(connect.connection_id, now=NOW)
    disconnect = network.client.next_action()
    assert isinstance(disconnect, Disconnect)
    assert disconnect.connection_id == connect.connection_id
