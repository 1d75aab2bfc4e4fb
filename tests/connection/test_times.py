"""MS35: a `now` that no message can carry is refused at once, in both roles."""

from __future__ import annotations

from collections.abc import Callable
from math import inf, nan

import pytest

from sansio_tl import Client, Connection, auth, errors, functions, types
from sansio_tl.client import Compute
from sansio_tl.connection.server import KeyStore, ServerConfig, ServerConnection
from sansio_tl.errors import LocalProtocolError
from sansio_tl.events import RequestReceived, ResultReceived
from sansio_tl.limits import MAX_TEMPORARY_KEY_LIFETIME
from tests.helpers.connected_pair import NEAREST, ConnectedPair, client_config, key_record
from tests.helpers.entropy import SeededEntropy
from tests.helpers.in_memory_network import InMemoryNetwork
from tests.helpers.rsa_key import rsa_key

LATEST = (1 << 31) - (1 << 25)
WRONG = [-1.0, float(LATEST), 2.0**31, 2.0**31 + 5, 1e300, inf, -inf, nan]


@pytest.mark.parametrize("now", WRONG)
def test_MS35_connection_refuses_an_initial_time_outside_the_message_ids(now: float) -> None:
    with pytest.raises(LocalProtocolError, match="invalid now: found"):
        Connection(client_config(), entropy=SeededEntropy(), now=now)
    with pytest.raises(LocalProtocolError, match="invalid now: found"):
        ServerConnection(ServerConfig(private_keys=(rsa_key(),)), KeyStore(), entropy=SeededEntropy(), now=now)


@pytest.mark.parametrize("now", WRONG)
def test_MS35_receive_and_deadline_calls_refuse_an_invalid_time_and_change_nothing(now: float) -> None:
    pair = ConnectedPair(record=key_record())
    handle = pair.client.invoke(functions.help.GetNearestDc(), now=pair.now)
    for end in (pair.client, pair.server):
        with pytest.raises(LocalProtocolError, match="invalid now: found"):
            end.receive_data(b"\xee\xee\xee\xee", now=now)
        with pytest.raises(LocalProtocolError, match="invalid now: found"):
            end.data_to_send(now=now)
        with pytest.raises(LocalProtocolError, match="invalid now: found"):
            end.handle_deadline(now=now)
        assert not end.closed
    assert ResultReceived(handle, NEAREST) in pair.run()


def test_MS35_latest_times_with_message_ids_are_accepted() -> None:
    pair = ConnectedPair(now=LATEST - 1000.0)
    handle = pair.client.invoke(functions.help.GetNearestDc(), now=pair.now)
    salts = pair.client.invoke(functions.mtproto.GetFutureSalts(64), now=pair.now)
    assert ResultReceived(handle, NEAREST) in pair.run()
    assert salts is not None
    assert not pair.server.closed


def test_MS35_longest_temporary_key_created_at_the_latest_time_expires_within_32_bits() -> None:
    pair = ConnectedPair(now=LATEST - 1.0, temporary_key_lifetime=MAX_TEMPORARY_KEY_LIFETIME)
    handle = pair.client.invoke(functions.help.GetNearestDc(), now=pair.now)
    assert ResultReceived(handle, NEAREST) in pair.run()


@pytest.mark.parametrize("now", WRONG)
def test_MS35_every_call_of_a_connection_refuses_an_invalid_time(now: float) -> None:
    pair = ConnectedPair(record=key_record(), application=lambda request: None)
    handle = pair.client.invoke(functions.help.GetNearestDc(), now=pair.now)
    pair.run()
    (request,) = [event.request for event in pair.server_events if isinstance(event, RequestReceived)]
    error = errors.parse(400, "X")
    flow = auth.log_in("+12025550100", api_id=1, api_hash="hash")
    compute = Compute(int)
    calls: list[Callable[[], object]] = [
        lambda: pair.client.invoke(functions.help.GetNearestDc(), now=now),
        lambda: pair.client.cancel(handle, now=now),
        lambda: pair.client.close(now=now),
        lambda: pair.client.run(flow, now=now),
        lambda: pair.client.stop(flow, now=now),
        lambda: pair.client.receive_computed(compute, None, now=now),
        lambda: pair.server.receive_computed(compute, None, now=now),
        lambda: pair.server.release_request(request, now=now),
        lambda: pair.server.send_result(request, NEAREST, now=now),
        lambda: pair.server.send_error(request, error, now=now),
        lambda: pair.server.push(request.session, types.UpdatesTooLong(), now=now),
        lambda: pair.server.disconnect(now=now),
        lambda: pair.server.close(now=now),
    ]
    for call in calls:
        with pytest.raises(LocalProtocolError, match="invalid now: found"):
            call()
    assert not pair.client.closed
    assert not pair.server.closed
    pair.server.send_result(request, NEAREST, now=pair.now)
    assert ResultReceived(handle, NEAREST) in pair.run()


@pytest.mark.parametrize("now", WRONG)
def test_MS35_every_call_of_a_client_refuses_an_invalid_time(now: float) -> None:
    network = InMemoryNetwork(lambda dc_id, request: None)
    handle = network.invoke()
    client, deadline = network.client, network.client.next_deadline()
    (conn,) = network.connections
    calls: list[Callable[[], object]] = [
        lambda: Client(network.config, entropy=SeededEntropy(), now=now),
        lambda: client.invoke(functions.help.GetNearestDc(), now=now),
        lambda: client.cancel(handle, now=now),
        lambda: client.forget_key(2, now=now),
        lambda: client.connection_made(conn, now=now),
        lambda: client.connection_failed(conn, "broken", now=now),
        lambda: client.connection_failed(conn + 1, "of no consequence", now=now),
        lambda: client.second_connection_made(conn, now=now),
        lambda: client.receive_data(conn, b"", now=now),
        lambda: client.data_to_send(conn, now=now),
        lambda: client.handle_deadline(now=now),
        lambda: client.close(now=now),
    ]
    for call in calls:
        with pytest.raises(LocalProtocolError, match="invalid now: found"):
            call()
    assert not client.closed
    assert client.next_deadline() == deadline
    assert client.next_event() is None
    assert client.next_action() is None
