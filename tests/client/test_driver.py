"""The driver's interface, call by call: connection numbers, actions, deadlines, calls for connections that are gone."""

from __future__ import annotations

import gc
from typing import Any
from weakref import ref

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
from tests.helpers.in_memory_network import NEAREST, NOW, InMemoryNetwork


def outcomes(network: InMemoryNetwork) -> list[Any]:
    return [
        event for event in network.take_events() if isinstance(event, ResultReceived | RequestFailed | OutcomeUnknown)
    ]


def test_connection_numbers_start_at_one_and_are_not_reused() -> None:
    network = InMemoryNetwork(backoff_initial=0.0)
    network.client.invoke(functions.help.GetNearestDc(), now=NOW)
    network.client.invoke(functions.help.GetNearestDc(), dc_id=4, now=NOW)
    network.client.invoke(functions.help.GetNearestDc(), now=NOW)
    assert network.client.next_action() == Connect(1, 2, (Endpoint("192.0.2.1", 2),))
    assert network.client.next_action() == Connect(2, 4, (Endpoint("192.0.2.1", 4),))
    assert network.client.next_action() is None
    network.client.connection_failed(1, "no route", now=NOW)
    assert network.client.next_action() == Disconnect(1)
    assert network.client.next_action() == Connect(3, 2, (Endpoint("192.0.2.1", 2),))


def test_calls_with_unknown_connection_numbers_have_no_effect() -> None:
    network = InMemoryNetwork(lambda dc_id, request: None, backoff_initial=1.0)
    network.invoke()
    network.take_events()
    network.drop_connections(2)
    network.take_events()
    for connection in (0, 1, 77):
        network.client.connection_made(connection, now=network.now)
        network.client.connection_failed(connection, "late", now=network.now)
        network.client.receive_data(connection, b"late", now=network.now)
        assert network.client.data_to_send(connection, now=network.now) == b""
    assert (network.client.next_event(), network.client.next_action()) == (None, None)


def test_open_connection_cannot_be_opened_again() -> None:
    network = InMemoryNetwork()
    network.invoke()
    network.client.connection_made(1, now=network.now)
    handle = network.invoke()
    assert outcomes(network)[-1] == ResultReceived(handle, NEAREST)


def test_bytes_before_the_connection_is_open_are_ignored() -> None:
    network = InMemoryNetwork()
    network.client.invoke(functions.help.GetNearestDc(), now=NOW)
    assert isinstance(network.client.next_action(), Connect)
    network.client.receive_data(1, b"\xff" * 100, now=NOW)
    assert network.client.data_to_send(1, now=NOW) == b""
    assert network.client.next_event() is None
    network.client.connection_made(1, now=NOW)
    assert network.client.data_to_send(1, now=NOW)


@pytest.mark.parametrize(
    ("how", "error"),
    [
        ("closed", None),
        ("broken", "the cable"),
        ("fault", TransportError(-429)),
        ("violation", RemoteProtocolError("TR1", "")),
    ],
)
def test_end_of_a_connection_is_reported_once_with_its_reason(how: str, error: Any) -> None:
    network = InMemoryNetwork(lambda dc_id, request: None, backoff_initial=4.0)
    network.log_in()
    match how:
        case "closed":
            network.client.receive_data(1, b"", now=NOW)
        case "broken":
            network.client.connection_failed(1, "the cable", now=NOW)
        case "fault":
            network.client.receive_data(1, b"\4\0\0\0" + (-429).to_bytes(4, "little", signed=True), now=NOW)
        case _:
            network.client.receive_data(1, b"\xff\xff\xff\x7f", now=NOW)
    (lost,) = iter(network.client.next_event, None)
    assert isinstance(lost, ConnectionLost)
    assert lost.dc_id == 2
    assert type(lost.error) is type(error)
    assert getattr(lost.error, "check", None) == getattr(error, "check", None)
    assert getattr(lost.error, "code", None) == getattr(error, "code", None)
    assert lost.retry_at is not None
    assert NOW + 2 <= lost.retry_at <= NOW + 4
    (channel,) = network.sessions
    assert channel.failure == ("the connection was closed" if error is None else str(lost.error))
    actions = list(iter(network.client.next_action, None))
    assert actions == [Disconnect(1)]
    assert network.client.next_deadline() == lost.retry_at
    network.advance(4)
    assert channel.failure is not None, "an open connection is no answer"
    network.application = lambda dc_id, request: NEAREST
    network.invoke()
    assert channel.failure is None


def test_loss_without_a_reconnect_is_reported_without_a_retry_time() -> None:
    network = InMemoryNetwork()
    network.invoke()
    network.take_events()
    network.drop_connections(2)
    assert network.take_events() == [ConnectionLost(2, None, None)]
    assert network.client.next_deadline() is None
    network.advance(100)
    assert len(network.connects) == 1


def test_events_of_the_last_bytes_come_before_the_loss() -> None:
    network = InMemoryNetwork(lambda dc_id, request: None)
    handle = network.invoke()
    network.take_events()
    (request,) = network.data_centers[2].requests
    [(_, server)] = network.connections.values()
    server.send_result(request, NEAREST, now=NOW)
    network.client.receive_data(1, server.data_to_send(now=NOW), now=NOW)
    network.client.connection_failed(1, "broken", now=NOW)
    network.settle()
    assert network.take_events() == [ResultReceived(handle, NEAREST), ConnectionLost(2, "broken", None)]


# -- requests ---------------------------------------------------------------------------------------------------------


def test_cancelling_emits_no_event_and_frees_the_connection() -> None:
    def on_done(_: object) -> None:
        raise AssertionError("a cancelled request is not done")

    network = InMemoryNetwork(lambda dc_id, request: None, idle_timeout=10.0)
    handle = network.invoke(on_done=on_done)
    network.advance(5)
    network.take_events()
    network.client.cancel(handle, now=network.now)
    network.client.cancel(handle, now=network.now)
    network.settle()
    assert outcomes(network) == []
    (channel,) = network.sessions
    assert not channel.session.is_pending(handle)
    network.advance(5)
    assert network.connections == {}
    reference = ref(on_done)
    del handle, on_done
    gc.collect()
    assert reference() is None, "the client keeps nothing of it"


def test_cancelling_an_unknown_request_does_nothing() -> None:
    network = InMemoryNetwork()
    handle = network.invoke()
    network.take_events()
    network.client.cancel(handle, now=network.now)
    assert (network.client.next_event(), network.client.next_action()) == (None, None)


def test_dependent_of_a_cancelled_request_is_sent_at_once() -> None:
    network = InMemoryNetwork(lambda dc_id, request: errors.FloodWait(seconds=30), flood_wait_by_method=False)
    first = network.invoke()
    second = network.invoke(after=first)
    assert len(network.data_centers[2].requests) == 1
    network.application = lambda dc_id, request: NEAREST
    network.take_events()
    network.client.cancel(first, now=network.now)
    network.settle()
    assert outcomes(network) == [ResultReceived(second, NEAREST)]


def test_quick_ack_is_reported_for_the_request_that_asked_for_it() -> None:
    network = InMemoryNetwork()
    handle = network.invoke(quick_ack=True)
    events = network.take_events()
    assert [event for event in events if isinstance(event, QuickAckReceived)] == [QuickAckReceived(handle)]
    network.invoke()
    assert not [event for event in network.take_events() if isinstance(event, QuickAckReceived)]


def test_session_events_without_a_meaning_for_the_client_are_passed_on() -> None:
    network = InMemoryNetwork()
    network.invoke()
    (channel,) = network.sessions
    event = MessageIgnored(1, "MS3", "it came twice")
    network.event_handler.handle_all([(channel, event)], network.now)
    network.settle()
    assert network.take_events()[-1] == event


# -- updates ----------------------------------------------------------------------------------------------------------


def pushed(network: InMemoryNetwork, dc_id: int) -> list[Any]:
    """A data center pushes an update; what is reported of it."""
    server = next(server for data_center, server in network.connections.values() if data_center.dc_id == dc_id)
    session = network.data_centers[dc_id].requests[-1].session
    server.push(session, types.UpdatesTooLong(), now=network.now)
    network.settle()
    return [event for event in network.take_events() if isinstance(event, UpdatesReceived)]


def test_only_updates_of_the_home_data_center_are_reported() -> None:
    network = InMemoryNetwork()
    network.invoke()
    network.invoke(dc_id=4)
    assert len([event for event in network.take_events() if isinstance(event, SessionCreated)]) == 1
    assert pushed(network, 2) == [UpdatesReceived(types.UpdatesTooLong())]
    assert pushed(network, 4) == []


def test_updates_of_a_draining_session_are_not_reported() -> None:
    network = InMemoryNetwork(temporary_key_lifetime=100, rekey_margin=30.0)
    network.log_in()
    network.application = lambda dc_id, request: None
    network.invoke()
    draining = network.data_centers[2].requests[-1].session
    network.advance(72)
    network.take_events()
    server = next(server for _, server in network.connections.values() if server is draining.connection)
    server.push(draining, types.UpdatesTooLong(), now=network.now)
    network.settle()
    assert [event for event in network.take_events() if isinstance(event, UpdatesReceived)] == []


# -- data centers without an address ----------------------------------------------------------------------------------


@pytest.mark.parametrize("logged_in", [False, True])
def test_only_requests_to_a_data_center_without_an_address_fail(*, logged_in: bool) -> None:
    network = InMemoryNetwork(
        lambda dc_id, request: (
            errors.parse(500, "INTERNAL") if isinstance(request.query, functions.help.GetConfig) else NEAREST
        )
    )
    if logged_in:
        network.log_in()
        network.authorize(5)
    good = network.client.invoke(functions.help.GetNearestDc(), now=network.now)
    bad = [network.client.invoke(functions.help.GetNearestDc(), dc_id=5, now=network.now) for _ in range(2)]
    network.settle()
    reason = (
        "never sent: data center 5 has no known address, and help.getConfig failed: INTERNAL; "
        "add it to ClientConfig.endpoints"
    )
    reported = {event.handle: event for event in outcomes(network)}
    assert reported == {
        good: ResultReceived(good, NEAREST),
        bad[0]: OutcomeUnknown(bad[0], reason),
        bad[1]: OutcomeUnknown(bad[1], reason),
    }
    assert [dc_id for _, dc_id in network.connects] == [2]
    assert not any(channel.is_busy for channel in network.sessions)
    network.advance(1000)
    assert outcomes(network) == []


def test_import_into_a_data_center_without_an_address_fails() -> None:
    def application(dc_id: int, request: Any) -> object:
        if isinstance(request.query, functions.auth.ExportAuthorization):
            return types.auth.ExportedAuthorization(7, b"bytes")
        return NEAREST

    only_ipv6 = (Endpoint("2001:db8::1", 443),)
    network = InMemoryNetwork(application, endpoints={2: (Endpoint("192.0.2.1", 2),), 5: only_ipv6}, use_ipv6=False)
    network.log_in()
    handle = network.invoke(dc_id=5)
    (failed,) = outcomes(network)
    assert failed.handle is handle
    assert isinstance(failed.error, RemoteProtocolError)
    assert "data center 5 has no known address" in str(failed.error)
    again = network.invoke(dc_id=5)
    (failed,) = outcomes(network)
    assert failed.handle is again, "it does not wait for the import that has failed"


def test_undecodable_result_is_reported_once_with_its_bytes() -> None:
    network = InMemoryNetwork(lambda dc_id, request: None)
    handle = network.invoke()
    network.take_events()
    (channel,) = network.sessions
    failed = RequestFailed(handle, RemoteProtocolError("TL3", "unknown constructor"), b"\1\2\3\4")
    handler = network.event_handler
    handler.handle_all([(channel, failed)], network.now)
    assert network.client.next_event() is failed
    again = (failed, OutcomeUnknown(handle, "again"), ResultReceived(handle, NEAREST))
    handler.handle_all([(channel, event) for event in again], network.now)
    assert network.client.next_event() is None, "each request is answered once"


def test_new_dc_session_is_empty_and_idle() -> None:
    network = InMemoryNetwork()
    dc_session = network.manager.open_session(2, NOW)
    assert list(network.sessions) == [dc_session]
    assert network.manager.open_session(2, NOW) is dc_session
    assert (dc_session.connection, dc_session.connection_id, dc_session.connected_to) == (None, None, None)
    assert dc_session.endpoints_on_trial == ()
    assert (dc_session.is_busy, dc_session.is_connecting, dc_session.is_draining) == (False, False, False)
    assert (dc_session.has_temporary_key, dc_session.is_key_doubted, dc_session.is_in_use(NOW)) == (False, False, False)
    assert (dc_session.retry_at, dc_session.failure, dc_session.unreachable_at) == (None, None, None)
    assert (dc_session.key_renewal_at, dc_session.key_ends_at) == (None, None)
    assert network.client.next_deadline() is None
    assert dc_session.dc_state is network.manager.dc_states[2]


def test_dependent_that_waits_for_an_import_is_sent_once() -> None:
    network = InMemoryNetwork(lambda dc_id, request: None)
    network.log_in()
    first = network.client.invoke(functions.help.GetNearestDc(), now=network.now)
    second = network.client.invoke(functions.help.GetNearestDc(), dc_id=4, after=first, now=network.now)
    network.settle()
    (export,) = [
        request for request in network.data_centers[2].requests if request.query.NAME == "auth.exportAuthorization"
    ]
    assert network.data_centers[4].requests == []
    [(_, server)] = network.connections.values()

    def application(dc_id: int, request: Any) -> object:
        import_ = isinstance(request.query, functions.auth.ImportAuthorization)
        return types.auth.Authorization(user=types.User(id=7, self=True)) if import_ else NEAREST

    network.application = application
    server.send_result(export, types.auth.ExportedAuthorization(7, b"bytes"), now=network.now)
    network.settle()
    assert [request.query.NAME for request in network.data_centers[4].requests] == ["auth.importAuthorization"]
    (asked,) = [request for request in network.data_centers[2].requests if request.query.NAME == "help.getNearestDc"]
    server.send_result(asked, NEAREST, now=network.now)
    network.settle()
    assert outcomes(network) == [ResultReceived(first, NEAREST), ResultReceived(second, NEAREST)]
    assert [request.query.NAME for request in network.data_centers[4].requests][1:] == ["help.getNearestDc"]
