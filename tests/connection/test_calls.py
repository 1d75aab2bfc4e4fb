"""What each call of a connection does by itself: its output, its events and its time in the trace."""

from __future__ import annotations

from typing import Any

import pytest

from sansio_tl import Connection, KeyStore, ServerConfig, ServerConnection, auth, errors, functions, trace, types
from sansio_tl.client import Compute
from sansio_tl.errors import LocalProtocolError, RemoteProtocolError
from sansio_tl.events import (
    AuthKeyCreated,
    ConnectionClosed,
    FlowFinished,
    InputRequired,
    MessageIgnored,
    RequestReceived,
    ResultReceived,
)
from sansio_tl.framing import Abridged, Intermediate, client_framing
from sansio_tl.framing.http_client import HttpClient
from sansio_tl.limits import Limits
from sansio_tl.mtproto.client.session import ClientSession
from tests.connection.test_flows import ME, SENT, answering, computing_flow, password_flow, phone
from tests.connection.test_offload import OffloadedPair, compute_all
from tests.connection.test_trace import ASK, times
from tests.helpers.connected_pair import NEAREST, NOW, ConnectedPair, client_config, key_record
from tests.helpers.entropy import SeededEntropy
from tests.helpers.recorder import Recorder
from tests.helpers.rsa_key import rsa_key
from tests.mtproto.server.scripted_client import QUERY, ScriptedClient


def http(role: object, limits: Limits) -> HttpClient:
    return HttpClient(limits)


# -- the end of a connection ----------------------------------------------------------------------------------------


def test_connection_ends_once_and_takes_nothing_afterwards() -> None:
    client, server = Recorder(), Recorder()
    pair = ConnectedPair(tracer=client, server_tracer=server)
    pair.client.invoke(ASK, now=NOW)
    pair.run()
    for end, recorder in ((pair.client, client), (pair.server, server)):
        end.close(now=NOW)
        events = list(iter(end.next_event, None))
        assert events[-1] == ConnectionClosed(None)
        recorded = len(recorder.events)
        end.close(now=NOW)
        end.receive_data(b"\xee\xee\xee\xee" * 9, now=NOW)
        end.receive_data(b"", now=NOW)
        end.handle_deadline(now=NOW + 1e6)
        assert (end.next_deadline(), end.next_event(), end.data_to_send(now=NOW)) == (None, None, b"")
        assert len(recorder.events) == recorded
    assert not pair.client.has_output(NOW)


def test_HS17_data_after_the_end_is_not_held_for_a_computation() -> None:
    pair = OffloadedPair(client=False, server=True)
    for _ in range(2):
        pair.to_server(pair.client.data_to_send(now=NOW))
        pair.to_client(pair.server.data_to_send(now=NOW))
    assert isinstance(pair.server.next_action(), Compute)
    pair.server.close(now=NOW)
    pair.server.receive_data(bytes(Limits().max_plain_packet + 1), now=NOW)
    assert pair.server.data_to_send(now=NOW) == b"", "not the code of a broken handshake"
    assert list(iter(pair.server.next_event, None)) == [ConnectionClosed(None)]


def test_MS29_key_that_ends_closes_its_connection_once_after_the_answer() -> None:
    client = ScriptedClient()
    client.start_session()
    other = client.connection
    client.send(functions.mtproto.DestroyAuthKey(), connection=other)
    server = other.server
    assert (server.is_ending, server.next_deadline()) == (True, 0.0)
    server.handle_deadline(now=client.now)
    assert (server.closed, server.next_deadline()) == (True, None)
    (answer,) = other.packets()
    assert len(answer) > 40
    assert other.transport_errors == [-404]
    server.handle_deadline(now=client.now)
    assert (other.packets(), other.transport_errors) == ([], [-404])


def test_MS29_message_behind_the_one_that_destroys_its_key_is_ignored() -> None:
    client = ScriptedClient()
    client.start_session()
    client.connection.events()
    last = client.message(functions.mtproto.DestroyAuthKey()), client.message(QUERY)
    client.send_container(*last)
    events = client.connection.events()
    assert MessageIgnored(last[1].msg_id, "MS29", "its key was destroyed") in events
    assert not any(isinstance(event, RequestReceived) for event in events)


def test_closed_server_pushes_nothing() -> None:
    client = ScriptedClient()
    client.start_session()
    session = client.session
    client.connection.server.close(now=NOW)
    with pytest.raises(LocalProtocolError, match="the connection is closed"):
        client.connection.server.push(session, types.UpdatesTooLong(), now=NOW)


def test_session_of_another_connection_has_no_output_on_one_that_is_closed() -> None:
    pair = ConnectedPair(record=key_record())
    pair.run()
    second = Connection(client_config(), session=pair.client.session, entropy=SeededEntropy("2"), now=NOW)
    pair.client.close(now=NOW)
    while pair.client.data_to_send(now=NOW):
        pass
    second.invoke(ASK, now=NOW)
    assert second.has_output(NOW)
    assert not pair.client.has_output(NOW)


# -- output ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("framing", [Intermediate, Abridged, http])
@pytest.mark.parametrize("temporary", [None, 3600])
def test_has_output_is_right_at_each_step(framing: Any, temporary: int | None) -> None:
    pair = ConnectedPair(framing=framing, temporary_key_lifetime=temporary)
    client = pair.client
    handles = [client.invoke(ASK, now=pair.now)]
    assert client.has_output(pair.now)
    for step in range(14):
        has_output = client.has_output(pair.now)
        data = client.data_to_send(now=pair.now)
        assert has_output or not data
        assert has_output == bool(data) or framing is http, "over HTTP it may be asked in vain after an answer"
        assert not client.has_output(pair.now)
        assert client.data_to_send(now=pair.now) == b""
        pair.to_server(data)
        pair.to_client(pair.server.data_to_send(now=pair.now))
        if step == 10:
            handles.append(client.invoke(ASK, now=pair.now))
    assert handles[0].result() == NEAREST
    assert framing is http or handles[1].result() == NEAREST, "over HTTP it waits until the poll is answered"


def test_handshake_has_output_as_soon_as_it_is_computed() -> None:
    pair = OffloadedPair()
    assert pair.client.has_output(NOW)
    for _ in range(2):
        pair.to_server(pair.client.data_to_send(now=NOW))
        assert not pair.client.has_output(NOW)
        pair.client.receive_data(pair.server.data_to_send(now=NOW), now=NOW)
        action = pair.client.next_action()
        assert isinstance(action, Compute)
        pair.client.data_to_send(now=NOW)
        assert not pair.client.has_output(NOW)
        compute_all(pair.client, action)
        assert pair.client.has_output(NOW)


def test_data_that_is_held_for_a_computation_is_read_once() -> None:
    framing = client_framing("websocket", entropy=SeededEntropy("framing"), now=NOW, host="dc.example")
    pair = OffloadedPair()
    config = client_config(offload=True, framing=framing)
    pair.client = Connection(config, entropy=SeededEntropy("client"), now=NOW)
    for _ in range(2):
        pair.to_server(pair.client.data_to_send(now=NOW))
        pair.client.receive_data(pair.server.data_to_send(now=NOW), now=NOW)
    action = pair.client.next_action()
    assert isinstance(action, Compute)
    pair.client.receive_data(b"\x89\x01x", now=NOW)
    assert pair.client.data_to_send(now=NOW) == b""
    compute_all(pair.client, action)
    sent = pair.client.data_to_send(now=NOW)
    assert sent.count(b"\x8a\x81") == 1, "one pong"


def test_no_long_poll_is_begun_during_a_handshake() -> None:
    recorder = Recorder()
    pair = OffloadedPair()
    config = client_config(offload=True, framing=http)
    pair.client = Connection(config, entropy=SeededEntropy("client"), now=NOW, tracer=recorder)
    pair.client.invoke(ASK, now=NOW)
    while not recorder.of(trace.MessageSent):
        pair.to_server(pair.client.data_to_send(now=NOW))
        if data := pair.server.data_to_send(now=NOW):
            pair.client.receive_data(data, now=NOW)
        while (action := pair.client.next_action()) is not None:
            assert pair.client.data_to_send(now=NOW) == b""
            pair.client.receive_computed(action, action.job(), now=NOW)
    kinds = [each.kind for each in recorder.of(trace.MessageSent)]
    assert kinds.count("http_wait") == 1


def test_request_of_a_flow_is_output_as_soon_as_its_value_is_computed() -> None:
    pair, _, action = computing_flow()
    assert not pair.client.has_output(pair.now)
    pair.client.receive_computed(action, action.job(), now=pair.now)
    assert pair.client.has_output(pair.now)


def test_session_without_a_key_gets_that_of_its_connection() -> None:
    pair, config = ConnectedPair(record=key_record()), client_config()
    session = ClientSession(
        None,
        temporary=False,
        init_connection_prefix=config.init_connection_prefix(),
        limits=config.limits,
        entropy=SeededEntropy("session"),
        now=NOW - 10,
    )
    key = key_record().auth_key
    pair.client = Connection(config, auth_key=key, session=session, entropy=SeededEntropy("client"), now=NOW)
    assert session.auth_key == key
    handle = pair.client.invoke(ASK, now=NOW)
    assert ResultReceived(handle, NEAREST) in pair.run()


# -- flows ----------------------------------------------------------------------------------------------------------


def test_flow_runs_beside_a_handshake_whose_computations_are_left_to_the_driver() -> None:
    pair = OffloadedPair()
    pair.application = lambda request: ME
    flow = auth.BotLogin("7:token", api_id=1, api_hash="hash")
    pair.client.run(flow, now=NOW)
    assert pair.run()[-1] == FlowFinished(flow)
    assert pair.computed == 2


def test_computation_is_due_as_soon_as_the_answer_is_received() -> None:
    pair, flow = password_flow()
    flow.set_password("new", entropy=SeededEntropy("salt"))
    pair.client.run(flow, now=pair.now)
    pair.to_server(pair.client.data_to_send(now=pair.now))
    assert pair.client.next_action() is None
    pair.client.receive_data(pair.server.data_to_send(now=pair.now), now=pair.now)
    assert isinstance(pair.client.next_action(), Compute)


def test_deadline_of_a_flow_makes_its_next_request() -> None:
    lasting = [types.auth.LoginToken(int(NOW) + seconds, bytes([seconds])) for seconds in (30, 60)]
    pair = answering(*lasting)
    flow = auth.QrLogin(api_id=1, api_hash="hash")
    pair.client.run(flow, now=pair.now)
    pair.run()
    first, due = flow.prompt, pair.client.next_deadline()
    assert due is not None
    while due < NOW + 60 and flow.prompt == first:
        pair.now = due
        pair.client.handle_deadline(now=due)
        assert pair.run() or flow.prompt == first
        pair.server.handle_deadline(now=due)
        due = pair.client.next_deadline()
        assert due is not None
    asked = [event.request.query for event in pair.server_events if isinstance(event, RequestReceived)]
    assert [type(query) for query in asked] == [functions.auth.ExportLoginToken] * 2
    assert flow.prompt != first


def test_outcome_that_waits_behind_a_flow_is_withdrawn_by_cancel() -> None:
    pair = answering(SENT, NEAREST)
    flow = phone()
    pair.client.run(flow, now=pair.now)
    pair.run()
    handle = pair.client.invoke(ASK, now=pair.now)
    pair.to_server(pair.client.data_to_send(now=pair.now))
    pair.client.receive_data(pair.server.data_to_send(now=pair.now), now=pair.now)
    assert pair.client.next_action() is None
    pair.client.cancel(handle, now=pair.now)
    assert pair.run() == []
    with pytest.raises(LocalProtocolError, match=r"help\.getNearestDc was cancelled"):
        handle.result()


def test_each_call_of_a_flow_is_recorded_with_its_own_time() -> None:
    client = Recorder()
    answers: list[object] = [NEAREST, SENT, errors.parse(401, "SESSION_PASSWORD_NEEDED")]
    pair = ConnectedPair(
        record=key_record(), tracer=client, application=lambda request: answers.pop(0) if answers else None
    )
    pair.client.invoke(ASK, now=NOW)
    pair.run()
    client.take()
    flow = phone()
    pair.client.run(flow, now=NOW + 1)
    assert times(client, trace.RequestStarted) == [1]
    pair.to_server(pair.client.data_to_send(now=NOW + 2))
    pair.client.receive_data(pair.server.data_to_send(now=NOW + 2), now=NOW + 3)
    assert InputRequired in map(type, iter(pair.client.next_event, None))
    assert times(client, trace.RequestFinished) == [3]
    flow.enter_code("12345")
    pair.client.run(flow, now=NOW + 4)
    pair.to_server(pair.client.data_to_send(now=NOW + 5))
    pair.client.receive_data(pair.server.data_to_send(now=NOW + 5), now=NOW + 6)
    assert pair.client.next_event() is None
    assert times(client, trace.RequestStarted) == [1, 4, 6]
    pair.to_server(pair.client.data_to_send(now=NOW + 7))
    pair.client.stop(flow, now=NOW + 8)
    assert times(client, trace.RequestFinished) == [3, 6, 8]
    assert not [each for each in pair.client.session.pending() if not each.internal]


# -- the server's side ----------------------------------------------------------------------------------------------


def test_HS15_each_step_of_a_handshake_gives_the_next_its_own_time_at_the_server() -> None:
    pair = ConnectedPair()
    for seconds in (0, 15, 30):
        assert pair.server.next_deadline() == NOW + max(seconds - 15, 0) + 20
        pair.now = NOW + seconds
        pair.step()
    assert pair.server.next_deadline() == NOW + 30 + Limits().idle_timeout, "the key is there: the client may be silent"
    pair.step()
    assert pair.client.auth_key is not None


@pytest.mark.parametrize("lifetime", [None, 3600])
def test_server_reports_the_key_that_a_handshake_has_made(lifetime: int | None) -> None:
    pair = ConnectedPair(temporary_key_lifetime=lifetime)
    pair.server_ahead = 2.0
    pair.run()
    made = [event for event in pair.events if isinstance(event, AuthKeyCreated)]
    seen = [event for event in pair.server_events if isinstance(event, AuthKeyCreated)]
    assert [(each.auth_key, each.server_salt, each.expires_in) for each in made] == [
        (each.auth_key, each.server_salt, each.expires_in) for each in seen
    ]
    assert [each.expires_in for each in seen] == [None, lifetime][: len(seen)]
    for server, client in zip(seen, made, strict=True):
        assert (server.time_offset, server.dc) == (0.0, 2)
        assert 1.0 < client.time_offset <= 2.0
        record = pair.keys[server.auth_key.id]
        assert record.created_at == NOW + 2.0
        assert record.expires_at == (None if server.expires_in is None else NOW + 2.0 + server.expires_in)


def test_computations_of_a_server_are_recorded_with_the_time_of_their_value() -> None:
    recorder = Recorder()
    pair = OffloadedPair(client=False, server=True)
    pair.server = ServerConnection(
        ServerConfig(private_keys=(rsa_key(),), offload_handshake=True),
        KeyStore(),
        entropy=SeededEntropy("server"),
        now=NOW,
        tracer=recorder,
    )
    for seconds in (1, 2):
        pair.server.receive_data(pair.client.data_to_send(now=NOW), now=NOW + seconds)
        pair.to_client(pair.server.data_to_send(now=NOW + seconds))
    action = pair.server.next_action()
    assert isinstance(action, Compute)
    pair.server.receive_computed(action, action.job(), now=NOW + 3)
    while (action := pair.server.next_action()) is not None:
        pair.server.receive_computed(action, action.job(), now=NOW + 3)
    assert times(recorder, trace.HandshakeStep) == [1, 1, 2, 3]


def test_MS49_session_that_was_used_longest_ago_is_left() -> None:
    client = ScriptedClient(max_sessions_per_connection=2)
    for session_id in (1, 2, 1, 3):
        client.session_id = session_id
        client.send(functions.mtproto.Ping(session_id))
        client.connection.messages()
    assert [session.id for session in client.connection.server.sessions] == [1, 3]


def test_error_of_a_connection_carries_no_frames() -> None:
    pair = ConnectedPair(record=key_record())
    pair.client.receive_data(b"\x18\x00\x00\x00" + bytes(24), now=NOW)
    closed = list(iter(pair.client.next_event, None))[-1]
    assert isinstance(closed, ConnectionClosed)
    error: BaseException | None = closed.error
    assert isinstance(error, RemoteProtocolError)
    while error is not None:
        assert (error.__traceback__, error.__context__) == (None, None)
        error = error.__cause__


def test_only_a_tracer_that_says_so_gets_contents() -> None:
    class Plain:
        def record(self, event: trace.TraceEvent, now: float) -> None:
            """Keep nothing."""

    assert trace.wants_contents(Plain()) is False
    assert trace.wants_contents(Recorder(wants_contents=True)) is True
    assert trace.wants_contents(Recorder()) is False


def test_result_of_a_request_that_was_answered_before_is_refused() -> None:
    client = ScriptedClient()
    client.start_session()
    client.send(QUERY)
    (request,) = client.connection.requests()
    client.connection.answer(request)
    server = client.connection.server
    with pytest.raises(LocalProtocolError, match=r"help\.getNearestDc was answered before"):
        server.send_result(request, NEAREST, now=NOW)
    with pytest.raises(LocalProtocolError, match=r"help\.getNearestDc was answered before"):
        server.send_error(request, errors.parse(400, "X"), now=NOW)
    with pytest.raises(LocalProtocolError, match=r"help\.getNearestDc is not dropped: answer it"):
        server.release_request(request, now=NOW)
    assert len(client.connection.answers()) == 1


def test_answer_of_one_request_does_not_answer_another() -> None:
    pair = ConnectedPair(record=key_record())
    first, second = (pair.client.invoke(ASK, now=NOW) for _ in range(2))
    assert [event for event in pair.run() if isinstance(event, ResultReceived)] == [
        ResultReceived(first, NEAREST),
        ResultReceived(second, NEAREST),
    ]
