"""Closing answers each request once, and nothing happens afterwards."""

from __future__ import annotations

from typing import Any

import pytest

from sansio_tl import errors, functions, types
from sansio_tl.client import Connect, Disconnect
from sansio_tl.connection.server import IncomingRequest
from sansio_tl.errors import LocalProtocolError
from sansio_tl.events import OutcomeUnknown, RequestFailed, ResultReceived
from tests.helpers.in_memory_network import AUTHORIZATION, NEAREST, InMemoryNetwork


def outcomes(network: InMemoryNetwork) -> list[Any]:
    return [
        event for event in network.take_events() if isinstance(event, ResultReceived | RequestFailed | OutcomeUnknown)
    ]


def never_exports(dc_id: int, request: IncomingRequest) -> object:
    return None if isinstance(request.query, functions.auth.ExportAuthorization) else NEAREST


def never_imports(dc_id: int, request: IncomingRequest) -> object:
    match request.query:
        case functions.auth.ExportAuthorization():
            return types.auth.ExportedAuthorization(7, b"bytes")
        case functions.auth.ImportAuthorization():
            return None
    return NEAREST


@pytest.mark.parametrize("application", [never_exports, never_imports])
def test_closing_during_an_import_ends_every_request_once(application: Any) -> None:
    network = InMemoryNetwork(application)
    network.log_in()
    handles: list[Any] = [
        network.client.invoke(functions.help.GetNearestDc(), dc_id=4, now=network.now) for _ in range(3)
    ]
    network.settle()
    assert outcomes(network) == []
    handles += [network.client.invoke(functions.help.GetConfig(), now=network.now) for _ in range(5)]
    network.client.close(now=network.now)
    network.settle()
    assert outcomes(network) == [OutcomeUnknown(handle, "the client was closed") for handle in handles]
    assert network.connections == {}


def test_closing_ends_sleeping_requests_and_their_dependents() -> None:
    network = InMemoryNetwork(lambda dc_id, request: errors.FloodWait(seconds=30))
    first = network.invoke()
    second = network.invoke(after=first)
    network.take_events()
    network.client.close(now=network.now)
    network.settle()
    assert outcomes(network) == [OutcomeUnknown(handle, "the client was closed") for handle in (first, second)]
    network.client.handle_deadline(now=network.now + 31)
    assert not any(channel.is_busy for channel in network.sessions)
    assert (network.client.next_event(), network.client.next_action(), network.client.next_deadline()) == (
        None,
        None,
        None,
    )


def test_closing_twice_is_allowed_and_requests_are_refused_afterwards() -> None:
    network = InMemoryNetwork(lambda dc_id, request: None)
    network.invoke()
    (conn,) = network.connections
    network.client.close(now=network.now)
    assert network.client.closed
    assert [network.client.next_action(), network.client.next_action()] == [Disconnect(conn), None]
    network.settle()
    network.take_events()
    network.client.close(now=network.now)
    assert (network.client.next_event(), network.client.next_action()) == (None, None)
    with pytest.raises(LocalProtocolError, match="closed"):
        network.client.invoke(functions.help.GetConfig(), now=network.now)


def test_calls_of_the_driver_after_closing_have_no_effect() -> None:
    network = InMemoryNetwork(lambda dc_id, request: None)
    handle = network.client.invoke(functions.help.GetConfig(), now=network.now)
    connect = network.client.next_action()
    assert isinstance(connect, Connect)
    network.client.close(now=network.now)
    assert network.client.next_action() == Disconnect(connect.connection_id)
    network.client.connection_made(connect.connection_id, now=network.now)
    network.client.receive_data(connect.connection_id, b"late", now=network.now)
    network.client.connection_failed(connect.connection_id, "late", now=network.now)
    assert network.client.data_to_send(connect.connection_id, now=network.now) == b""
    assert [network.client.next_event(), network.client.next_event()] == [
        OutcomeUnknown(handle, "the client was closed"),
        None,
    ]
    assert network.client.next_action() is None


def test_authorization_is_not_exported_again_after_closing() -> None:
    network = InMemoryNetwork(never_exports)
    network.log_in()
    network.invoke(dc_id=4)
    before = len(network.data_centers[2].requests)
    network.client.close(now=network.now)
    network.advance(100)
    assert len(network.data_centers[2].requests) == before
    assert network.client.user_id == AUTHORIZATION.user.id
