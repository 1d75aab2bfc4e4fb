"""What connections of both roles record."""

from __future__ import annotations

from typing import Any

import pytest

from sansio_tl import LAYER, auth, errors, events, functions, trace, types
from sansio_tl.limits import Limits
from sansio_tl.mtproto.connection_trace import ConnectionTrace
from sansio_tl.mtproto.envelope import encrypt_message
from sansio_tl.role import Role
from tests.helpers.connected_pair import NEAREST, NOW, ConnectedPair, key_record
from tests.helpers.entropy import SeededEntropy
from tests.helpers.recorder import Recorder

ASK = functions.help.GetNearestDc()
HANDSHAKE = [
    "req_pq_multi",
    "resPQ",
    "req_DH_params",
    "server_DH_params_ok",
    "set_client_DH_params",
    "dh_gen_ok",
]


def traced(**settings: Any) -> tuple[ConnectedPair, Recorder, Recorder]:
    client, server = Recorder(), Recorder()
    return ConnectedPair(tracer=client, server_tracer=server, **settings), client, server


def test_a_handshake_and_a_request_are_recorded_at_both_ends() -> None:
    pair, client, server = traced()
    pair.client.invoke(ASK, now=NOW)
    pair.run()
    for recorder, role in ((client, "client"), (server, "server")):
        assert recorder.events[0] == trace.ConnectionOpened(1, 2, role, None)
        steps = recorder.of(trace.HandshakeStep)
        assert [step.kind for step in steps] == HANDSHAKE
        assert [step.sent for step in steps] == [role == "client", role == "server"] * 3
        (key,) = recorder.of(trace.KeyCreated)
        assert pair.client.auth_key is not None
        assert (key.auth_key_id, key.expires_in) == (pair.client.auth_key.id.hex(), None)
        assert {now for now, _ in recorder.recorded} == {NOW}
    assert client.of(trace.HandshakeStarted) == [trace.HandshakeStarted(1, temporary=False)]
    (sent,) = client.of(trace.MessageSent)
    assert (sent.kind, sent.container, sent.again, sent.content) == ("help.getNearestDc", None, False, None)
    requests = [event for event in client.events if type(event).__name__.startswith("Request")]
    assert requests == [
        trace.RequestStarted(1, "help.getNearestDc", 2, internal=False),
        trace.RequestSent(1, "help.getNearestDc", 1, 2, sent.msg_id),
        trace.RequestFinished(1, "help.getNearestDc", 2, "result", 0.0, 1, None, None, None),
    ]
    assert [each.kind for each in server.of(trace.MessageReceived)] == ["invokeWithLayer"]
    assert server.of(trace.QueryReceived) == [trace.QueryReceived(1, sent.msg_id, "help.getNearestDc", LAYER, None)]
    assert server.of(trace.QueryAnswered) == [trace.QueryAnswered(1, sent.msg_id, "help.getNearestDc", 0.0, None, None)]
    (result,) = [each for each in client.of(trace.MessageReceived) if each.kind == "rpc_result"]
    assert (result.result, result.refers_to) == ("nearestDc", (sent.msg_id,))
    assert [each.kind for each in server.of(trace.MessageSent)] == ["new_session_created", "rpc_result"]
    assert client.of(trace.SaltChanged) == [trace.SaltChanged(1, "new_session_created")]


def test_packets_are_counted_with_the_same_sizes_at_both_ends() -> None:
    pair, client, server = traced()
    pair.client.invoke(ASK, now=NOW)
    pair.run()
    sent, received = client.of(trace.PacketSent), server.of(trace.PacketReceived)
    assert [each.size for each in sent] == [each.size for each in received]
    assert [each.size for each in server.of(trace.PacketSent)] == [
        each.size for each in client.of(trace.PacketReceived)
    ]
    assert len(sent) == 4
    assert sum(each.size for each in sent) < sum(len(data) for sender, data in pair.wire if sender == "client")


@pytest.mark.parametrize("wants_contents", [False, True])
def test_a_tracer_changes_no_byte(wants_contents: bool) -> None:
    plain = ConnectedPair(temporary_key_lifetime=86400)
    recorders = [Recorder(wants_contents=wants_contents) for _ in range(2)]
    pair = ConnectedPair(temporary_key_lifetime=86400, tracer=recorders[0], server_tracer=recorders[1])
    for each in (plain, pair):
        for _ in range(3):
            each.client.invoke(ASK, now=NOW)
        each.run()
        each.client.close(now=NOW)
    assert pair.wire == plain.wire
    assert all(len(recorder.events) > 20 for recorder in recorders)


def test_a_temporary_key_is_recorded_with_its_lifetime_and_its_binding() -> None:
    pair, client, _ = traced(temporary_key_lifetime=86400)
    pair.run()
    assert [each.temporary for each in client.of(trace.HandshakeStarted)] == [False, True]
    assert [each.expires_in for each in client.of(trace.KeyCreated)] == [None, 86400]
    (bound,) = client.of(trace.KeyBound)
    assert bound.expires_at == int(NOW) + 86400


def test_messages_in_a_container_name_it() -> None:
    pair, client, server = traced()
    pair.client.invoke(ASK, now=NOW)
    pair.run()
    client.take()
    server.take()
    for _ in range(2):
        pair.client.invoke(ASK, now=NOW)
    pair.run()
    for messages in (client.of(trace.MessageSent), server.of(trace.MessageReceived)):
        outer = next(each for each in messages if each.kind == "msg_container")
        assert [each.container for each in messages].count(outer.msg_id) == 2
        assert outer.container is None


def test_acknowledgements_name_what_they_acknowledge() -> None:
    pair, client, _ = traced(limits=Limits(ack_batch_size=1))
    for _ in range(2):
        pair.client.invoke(ASK, now=NOW)
        pair.run()
    (acks,) = [each for each in client.of(trace.MessageSent) if each.kind == "msgs_ack"]
    received = [each.msg_id for each in client.of(trace.MessageReceived) if each.seqno & 1]
    assert acks.refers_to == tuple(received[:2])


def test_a_rejected_salt_is_recorded_with_the_sending_that_it_causes() -> None:
    pair, client, _ = traced(record=key_record(salt=99))
    pair.client.invoke(ASK, now=NOW)
    pair.run()
    (rejected,) = client.of(trace.MessageRejected)
    sent, again = [each for each in client.of(trace.MessageSent) if each.kind == "help.getNearestDc"]
    assert (rejected.msg_id, rejected.code, rejected.name) == (sent.msg_id, 48, "BAD_SALT")
    assert "bad_server_salt" in [each.reason for each in client.of(trace.SaltChanged)]
    (resent,) = client.of(trace.RequestResent)
    assert resent == trace.RequestResent(
        1, "help.getNearestDc", 1, 2, again.msg_id, same_id=True, reason="bad_server_salt BAD_SALT"
    )
    assert again.again
    assert client.of(trace.RequestFinished)[0].sends == 2


def test_outcomes_are_recorded_with_their_durations() -> None:
    replies: list[object] = [NEAREST, errors.FloodWait(seconds=3), None, None]
    pair, client, server = traced(record=key_record(), application=lambda _: replies.pop(0))
    for _ in range(3):
        pair.client.invoke(ASK, now=pair.now)
        pair.now += 0.5
        pair.run()
    dropped = pair.client.invoke(ASK, now=pair.now)
    pair.client.data_to_send(now=pair.now)
    pair.client.cancel(dropped, now=pair.now)
    pair.client.close(now=pair.now + 1)
    finished = client.of(trace.RequestFinished)
    assert [(each.outcome, each.duration, each.error, each.code) for each in finished] == [
        ("result", 0.5, None, None),
        ("error", 0.5, "FLOOD_WAIT_3", 420),
        ("cancelled", 0.0, None, None),
        ("unknown", 1.5, "the connection ended before the answer arrived", None),
    ]
    assert [each.request for each in finished] == [1, 2, 4, 3]
    assert [(each.error, each.code) for each in server.of(trace.QueryAnswered)] == [
        (None, None),
        ("FLOOD_WAIT_3", 420),
    ]
    assert client.events[-1] == trace.ConnectionTerminated(1, 2, None)


def test_a_server_that_breaks_a_rule_is_the_reason_of_the_end() -> None:
    pair, client, _ = traced(record=key_record())
    pair.client.receive_data(b"\x18\x00\x00\x00" + bytes(24), now=NOW)
    (ended,) = client.of(trace.ConnectionTerminated)
    assert ended.reason is not None
    assert "EN" in ended.reason


def test_what_has_no_effect_is_recorded() -> None:
    pair, client, server = traced(record=key_record())
    pair.client.invoke(ASK, now=NOW)
    up = pair.client.data_to_send(now=NOW)
    pair.to_server(up)
    first = pair.server.data_to_send(now=NOW)
    pair.to_client(first)
    pair.to_client(first)
    pair.to_server(up)
    assert "MS3" in [each.check for each in client.of(trace.MessageDiscarded)]
    assert server.of(trace.MessageDiscarded)


def test_updates_are_recorded_by_their_constructor() -> None:
    pair, client, _ = traced(record=key_record())
    pair.client.invoke(ASK, now=NOW)
    pair.run()
    (session,) = [event.session for event in pair.server_events if isinstance(event, events.SessionOpened)]
    pair.server.push(session, types.UpdatesTooLong(), now=NOW)
    pair.run()
    assert client.of(trace.UpdatesArrived) == [trace.UpdatesArrived(1, "updatesTooLong")]


def test_a_message_that_cannot_be_decoded_is_recorded() -> None:
    pair, client, _ = traced(record=key_record())
    pair.client.invoke(ASK, now=NOW)
    pair.run()
    (session,) = [event.session for event in pair.server_events if isinstance(event, events.SessionOpened)]
    number = 0xDEADBEEF
    message = session.outbox.number_alone(number.to_bytes(4, "little"), NOW)
    packet = encrypt_message(
        message,
        auth_key=session.auth_key,
        salt=0,
        session_id=session.id,
        sender=Role.SERVER,
        entropy=SeededEntropy("undecodable"),
    )
    pair.client.session.receive_packet(packet.packet, NOW)
    pair.run()
    (received,) = [each for each in client.of(trace.MessageReceived) if each.kind.startswith("0x")]
    assert received.kind == "0xdeadbeef"
    (undecodable,) = client.of(trace.MessageUndecodable)
    assert undecodable.check == "TL3"


def test_contents_are_recorded_only_if_they_are_wanted_and_hide_secrets() -> None:
    secret = functions.auth.SignIn(phone_number="12025550100", phone_code_hash="the-hash", phone_code="54321")
    for wants_contents in (False, True):
        client, server = Recorder(wants_contents=wants_contents), Recorder(wants_contents=wants_contents)
        pair = ConnectedPair(tracer=client, server_tracer=server, application=lambda _: errors.PhoneCodeInvalid())
        pair.client.invoke(secret, now=NOW)
        pair.run()
        contents = [getattr(event, "content", None) for event in client.events + server.events]
        assert any(contents) == wants_contents
        everything = repr(client.events + server.events)
        assert ("phone_code=***" in everything) == wants_contents
        for text in ("12025550100", "the-hash", "54321"):
            assert text not in everything


def test_contents_are_bounded() -> None:
    client = Recorder(wants_contents=True)
    pair = ConnectedPair(record=key_record(), tracer=client, application=lambda _: None)
    pair.client.invoke(functions.messages.SendMessage(types.InputPeerSelf(), "x" * 50_000, 1), now=NOW)
    pair.run()
    sent = next(each for each in client.of(trace.MessageSent) if each.kind == "messages.sendMessage")
    assert sent.content is not None
    assert 4000 < len(sent.content) < 4200


def test_an_exception_of_the_tracer_leaves_the_engine() -> None:
    class Broken:
        def record(self, event: trace.TraceEvent, now: float) -> None:
            if isinstance(event, trace.MessageSent):
                raise ZeroDivisionError

    pair = ConnectedPair(record=key_record(), tracer=Broken())
    pair.client.invoke(ASK, now=NOW)
    with pytest.raises(ZeroDivisionError):
        pair.client.data_to_send(now=NOW)


def test_several_tracers_get_each_event_and_only_those_that_want_them_the_contents() -> None:
    first, second = Recorder(), Recorder(wants_contents=True)
    pair = ConnectedPair(record=key_record(), tracer=trace.CombinedTracer(first, second))
    pair.client.invoke(ASK, now=NOW)
    pair.run()
    assert first.names == second.names
    assert [now for now, _ in first.recorded] == [now for now, _ in second.recorded]
    assert not any(getattr(event, "content", None) for event in first.events)
    assert any(getattr(event, "content", None) for event in second.events)


def test_the_second_connection_of_a_session_is_recorded_under_its_own_number() -> None:
    pair, client, _ = traced(record=key_record())
    pair.client.invoke(ASK, now=NOW)
    pair.run()
    client.take()
    from sansio_tl import Connection
    from tests.helpers.connected_pair import client_config
    from tests.helpers.entropy import SeededEntropy

    second = Connection(
        client_config(), session=pair.client.session, entropy=SeededEntropy("2"), now=NOW, connection_id=2
    )
    pair.client.invoke(ASK, now=NOW)
    second.data_to_send(now=NOW)
    assert {getattr(event, "connection", None) for event in client.events} - {None} == {2}


def test_the_requests_of_a_flow_that_the_connection_runs_are_recorded() -> None:
    pair, client, _ = traced(application=lambda _: errors.parse(400, "API_ID_INVALID"))
    pair.run()
    pair.now += 5
    flow = auth.log_in("+12025550100", api_id=1, api_hash="hash")
    pair.client.run(flow, now=pair.now)
    pair.run()
    (started,) = client.of(trace.RequestStarted)
    assert started.method == "auth.sendCode"
    (finished,) = client.of(trace.RequestFinished)
    assert (finished.error, finished.duration) == ("API_ID_INVALID", 0.0)


def times(recorder: Recorder, kind: type[trace.TraceEvent]) -> list[float]:
    """When the events of a kind were recorded, in seconds after NOW."""
    return [now - NOW for now, event in recorder.recorded if isinstance(event, kind)]


def test_each_call_records_its_events_with_its_own_time() -> None:
    client, server = Recorder(), Recorder()
    pair = ConnectedPair(record=key_record(), tracer=client, server_tracer=server)
    pair.client.invoke(ASK, now=NOW)
    pair.run()
    for recorder in (client, server):
        recorder.take()
    answered, failed, dropped = (pair.client.invoke(ASK, now=NOW + seconds) for seconds in (1, 2, 3))
    assert times(client, trace.RequestStarted) == [1, 2, 3]
    data = pair.client.data_to_send(now=NOW + 4)
    assert set(times(client, trace.MessageSent)) == set(times(client, trace.RequestSent)) == {4}
    pair.server.receive_data(data, now=NOW + 5)
    assert set(times(server, trace.MessageReceived)) == set(times(server, trace.QueryReceived)) == {5}
    first, second, third = (
        event.request for event in iter(pair.server.next_event, None) if isinstance(event, events.RequestReceived)
    )
    pair.server.send_result(first, NEAREST, now=NOW + 6)
    pair.server.send_error(second, errors.parse(400, "FAILED"), now=NOW + 7)
    assert [(each.duration, each.error) for each in server.of(trace.QueryAnswered)] == [(1, None), (2, "FAILED")]
    assert times(server, trace.QueryAnswered) == [6, 7]
    server.take()
    data = pair.server.data_to_send(now=NOW + 8)
    assert set(times(server, trace.MessageSent)) == {8}
    pair.client.receive_data(data, now=NOW + 9)
    reported = list(iter(pair.client.next_event, None))
    assert [event.handle for event in reported if isinstance(event, events.ResultReceived)] == [answered]
    assert [event.handle for event in reported if isinstance(event, events.RequestFailed)] == [failed]
    assert times(client, trace.RequestFinished) == [9, 9]
    pair.client.cancel(dropped, now=NOW + 10)
    assert [each.duration for each in client.of(trace.RequestFinished)] == [8, 7, 7]
    assert times(client, trace.RequestFinished) == [9, 9, 10]
    pair.client.close(now=NOW + 11)
    assert times(client, trace.ConnectionTerminated) == [11]
    server.take()
    pair.server.send_result(third, NEAREST, now=NOW + 12)
    pair.server.disconnect(now=NOW + 13)
    assert set(times(server, trace.MessageSent)) == {13}
    assert times(server, trace.ConnectionTerminated) == [13]


def test_deadlines_ends_and_handshakes_are_recorded_with_the_time_of_their_call() -> None:
    for end in ("handle_deadline", "receive_data", "close"):
        client, server = Recorder(), Recorder()
        pair = ConnectedPair(tracer=client, server_tracer=server)
        for recorder, connection in ((client, pair.client), (server, pair.server)):
            if end == "receive_data":
                connection.receive_data(b"", now=NOW + 30)
            else:
                getattr(connection, end)(now=NOW + 30)
            assert times(recorder, trace.ConnectionTerminated) == [30]


@pytest.mark.parametrize(("code", "name"), [(16, "MSG_ID_TOO_LOW"), (48, "BAD_SALT"), (99, "unknown")])
def test_every_code_of_a_rejected_message_has_a_name(code: int, name: str) -> None:
    recorder = Recorder()
    recording = ConnectionTrace(recorder, 2, Role.CLIENT, Limits(), NOW)
    recording.enter(7, NOW)
    recording.set_cause("bad_msg_notification")
    recording.on_event(events.BadMessage(4, code))
    assert recorder.events[0] == trace.MessageRejected(7, 4, code, name)
    assert recorder.events[1:] == ([trace.SaltChanged(7, "bad_server_salt")] if code == 48 else [])
    assert recording.cause == f"bad_msg_notification {name}"
