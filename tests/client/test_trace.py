"""What a client records: connections, back-off, requests on their way, and its account."""

from __future__ import annotations

from sansio_tl import errors, functions, trace
from sansio_tl.client import ConnectionLost
from sansio_tl.connection.server import IncomingRequest, KeyStore
from tests.helpers.in_memory_network import NEAREST, InMemoryNetwork
from tests.helpers.recorder import Recorder

ASK = functions.help.GetNearestDc()


def test_a_request_is_recorded_from_the_call_to_the_answer() -> None:
    recorder = Recorder()
    network = InMemoryNetwork(tracer=recorder)
    network.invoke(ASK)
    assert recorder.events[:3] == [
        trace.RequestStarted(1, "help.getNearestDc", 2, internal=False),
        trace.ConnectionRequested(1, 2, ("192.0.2.1:2",)),
        trace.ConnectionOpened(1, 2, "client", "192.0.2.1:2"),
    ]
    assert recorder.names.count("RequestSent") == 1
    assert recorder.names[-1] == "RequestFinished"
    network.client.close(now=network.now)
    assert recorder.events[-1] == trace.ConnectionTerminated(1, 2, None)


def test_failed_connections_and_the_back_off_are_recorded() -> None:
    recorder = Recorder()
    network = InMemoryNetwork(tracer=recorder)
    network.data_centers[2].reachable = False
    network.invoke(ASK)
    assert recorder.of(trace.ConnectionFailed) == [trace.ConnectionFailed(1, 2, "no route")]
    (scheduled,) = recorder.of(trace.ReconnectScheduled)
    assert (scheduled.dc_id, scheduled.reason) == (2, "no route")
    assert network.now < scheduled.retry_at <= network.now + 1
    network.advance(120)
    (finished,) = recorder.of(trace.RequestFinished)
    assert (finished.outcome, finished.sends) == ("unknown", 0)
    assert finished.error is not None
    assert "cannot be reached" in finished.error
    assert len(recorder.of(trace.ConnectionFailed)) == len(recorder.of(trace.ConnectionRequested)) > 3


def test_an_attempt_that_takes_too_long_or_is_not_needed_any_more_has_failed() -> None:
    recorder = Recorder()
    network = InMemoryNetwork(tracer=recorder, connect_timeout=5.0)
    network.data_centers[2].answers = False
    network.invoke(ASK)
    network.advance(5)
    network.advance(1)
    network.client.close(now=network.now)
    assert [each.reason for each in recorder.of(trace.ConnectionFailed)] == [
        "no connection within 5 s",
        "not needed any more",
    ]


def test_requests_are_sent_again_under_the_same_id_after_a_reconnect() -> None:
    recorder = Recorder()
    network = InMemoryNetwork(lambda dc_id, request: None, tracer=recorder)
    network.invoke(ASK)
    network.drop_connections(2)
    network.advance(2)
    (sent,) = recorder.of(trace.RequestSent)
    (again,) = recorder.of(trace.RequestResent)
    assert again == trace.RequestResent(1, "help.getNearestDc", 2, 2, sent.msg_id, same_id=True, reason="reconnect")
    assert [each.connection for each in recorder.of(trace.ConnectionOpened)] == [1, 2]


def test_a_connection_that_the_driver_reports_broken_has_ended() -> None:
    recorder = Recorder()
    network = InMemoryNetwork(lambda dc_id, request: None, tracer=recorder)
    network.invoke(ASK)
    network.client.connection_failed(1, "the cable", now=network.now)
    assert recorder.of(trace.ConnectionTerminated) == [trace.ConnectionTerminated(1, 2, None)]
    assert not recorder.of(trace.ConnectionFailed)


def test_a_flood_wait_is_recorded_and_ends_with_another_sending() -> None:
    replies: list[object] = [errors.FloodWait(seconds=7), NEAREST]
    recorder = Recorder()
    network = InMemoryNetwork(lambda dc_id, request: replies.pop(0), tracer=recorder)
    network.invoke(ASK)
    assert recorder.of(trace.RequestDelayed) == [trace.RequestDelayed(1, "help.getNearestDc", 7)]
    assert not recorder.of(trace.RequestFinished)
    network.advance(7)
    (again,) = recorder.of(trace.RequestResent)
    assert (again.same_id, again.reason) == (False, "FLOOD_WAIT")
    (finished,) = recorder.of(trace.RequestFinished)
    assert (finished.outcome, finished.sends, finished.duration) == ("result", 2, 7.0)


def test_a_migration_is_recorded() -> None:
    def application(dc_id: int, request: IncomingRequest) -> object:
        return errors.parse(303, "NETWORK_MIGRATE_4") if dc_id == 2 else NEAREST

    recorder = Recorder()
    network = InMemoryNetwork(application, tracer=recorder)
    network.invoke(ASK)
    assert recorder.of(trace.RequestRedirected) == [
        trace.RequestRedirected(1, "help.getNearestDc", 2, 4, "NETWORK_MIGRATE_4")
    ]
    assert recorder.of(trace.AccountMoved) == [trace.AccountMoved(4)]
    (again,) = recorder.of(trace.RequestResent)
    assert (again.dc_id, again.same_id, again.reason) == (4, False, "NETWORK_MIGRATE_4")
    (finished,) = recorder.of(trace.RequestFinished)
    assert (finished.outcome, finished.dc_id) == ("result", 4)


def test_the_requests_that_a_client_makes_for_itself_are_marked() -> None:
    recorder = Recorder()
    network = InMemoryNetwork(lambda dc_id, request: errors.parse(400, "NO"), tracer=recorder)
    network.invoke(ASK, dc_id=5)
    started = recorder.of(trace.RequestStarted)
    assert [(each.method, each.internal) for each in started] == [
        ("help.getNearestDc", False),
        ("help.getConfig", True),
    ]
    assert {each.request for each in recorder.of(trace.RequestFinished)} == {1, 2}


def test_the_end_of_a_login_is_recorded() -> None:
    recorder = Recorder()
    network = InMemoryNetwork(tracer=recorder)
    network.log_in()
    network.application = lambda dc_id, request: errors.parse(401, "AUTH_KEY_UNREGISTERED")
    network.invoke(ASK)
    assert recorder.of(trace.AccountLoggedOut) == [trace.AccountLoggedOut("AUTH_KEY_UNREGISTERED")]


def test_cancelled_requests_and_those_of_a_closed_client_are_finished() -> None:
    recorder = Recorder()
    network = InMemoryNetwork(lambda dc_id, request: None, tracer=recorder)
    first, _ = network.invoke(ASK), network.invoke(ASK)
    network.client.cancel(first, now=network.now)
    network.now += 2
    network.client.close(now=network.now)
    assert [(each.request, each.outcome, each.duration) for each in recorder.of(trace.RequestFinished)] == [
        (1, "cancelled", 0.0),
        (2, "unknown", 2.0),
    ]


def test_a_tracer_changes_nothing() -> None:
    networks = [InMemoryNetwork(), InMemoryNetwork(tracer=Recorder(wants_contents=True))]
    for network in networks:
        network.log_in()
        network.invoke(ASK, dc_id=2)
        network.drop_connections(2)
        network.advance(10)
    assert networks[0].client.snapshot() == networks[1].client.snapshot()
    assert networks[0].connects == networks[1].connects
    kinds = [[type(event) for event in network.take_events()] for network in networks]
    assert kinds[0] == kinds[1]
    assert ConnectionLost in kinds[0]


def test_a_key_that_is_not_found_is_recorded() -> None:
    recorder = Recorder()
    network = InMemoryNetwork(tracer=recorder, key_not_found_limit=1)
    network.log_in()
    network.data_centers[2].keys = KeyStore()
    network.drop_connections(2)
    network.advance(60)
    assert recorder.of(trace.KeyNotFound)[0] == trace.KeyNotFound(2)
