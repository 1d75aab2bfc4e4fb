"""The server's handling of each service message, and its answers to unreadable messages."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from sansio_tl import LAYER, codec, errors, functions, types
from sansio_tl.errors import LocalProtocolError, RemoteProtocolError
from sansio_tl.events import (
    AuthKeyDestroyed,
    ConnectionClosed,
    RequestCancelled,
    RequestReceived,
    UndecodableMessage,
)
from sansio_tl.limits import Limits
from sansio_tl.mtproto.container import deflate
from sansio_tl.mtproto.server.session import NO_QUERY, IncomingRequest
from tests.helpers.connected_pair import NOW
from tests.helpers.entropy import SeededEntropy
from tests.mtproto.server.scripted_client import ANSWER, QUERY, ScriptedClient, acknowledged, client_id, results

RpcError = types.mtproto.RpcError
Ping = functions.mtproto.Ping


def started_client(**limits: Any) -> ScriptedClient:
    client = ScriptedClient(**limits)
    client.start_session()
    return client


def without_acknowledgements(values: list[Any]) -> list[Any]:
    return [value for value in values if not isinstance(value, types.mtproto.MsgsAck)]


# -- ping ---------------------------------------------------------------------------------------------------------


def test_ping_is_answered_with_its_msg_id_and_ping_id() -> None:
    client = started_client()
    at = client.send(Ping(-7))
    assert without_acknowledgements(client.connection.values()) == [types.mtproto.Pong(at, -7)]


def test_MS10_service_messages_are_acknowledged_when_they_are_content_related() -> None:
    client = started_client()
    odd = client.send(Ping(1), content_related=True)
    client.send(Ping(2), content_related=False)
    assert acknowledged(client.connection.messages()) == [odd]


def test_MS10_content_related_messages_without_an_answer_are_acknowledged() -> None:
    client = started_client()
    odd = client.send(types.UpdatesTooLong())
    client.send(types.UpdatesTooLong(), content_related=False)
    assert client.acknowledged() == [odd]


def test_MS25_ping_delay_disconnect_ends_a_silent_connection_after_its_delay() -> None:
    client = started_client()
    client.send(functions.mtproto.PingDelayDisconnect(ping_id=1, disconnect_delay=75))
    client.connection.messages()
    assert client.connection.server.next_deadline() == NOW + 75
    client.now += 70
    client.send(functions.mtproto.PingDelayDisconnect(ping_id=1, disconnect_delay=75))
    client.connection.messages()
    client.connection.server.handle_deadline(now=NOW + 75)
    assert not client.connection.server.closed
    client.connection.server.handle_deadline(now=NOW + 145)
    closed = client.connection.events()[-1]
    assert isinstance(closed, ConnectionClosed)
    assert isinstance(closed.error, RemoteProtocolError)
    assert closed.error.check == "MS25"


def test_MS25_silent_connection_is_closed_after_the_idle_timeout() -> None:
    client = started_client(idle_timeout=900.0)
    client.send()
    client.now += 800
    client.send(functions.mtproto.Ping(ping_id=1))
    assert client.connection.server.next_deadline() == NOW + 10, "it owes an acknowledgement"
    client.connection.messages()
    assert client.connection.server.next_deadline() == NOW + 1700
    client.connection.server.handle_deadline(now=NOW + 1699)
    assert not client.connection.server.closed
    client.connection.server.handle_deadline(now=NOW + 1700)
    assert client.connection.server.closed


def test_MS25_disconnect_delay_is_limited_by_the_idle_timeout() -> None:
    client = started_client(idle_timeout=900.0)
    client.send(functions.mtproto.PingDelayDisconnect(ping_id=1, disconnect_delay=2**31 - 1))
    client.connection.messages()
    assert client.connection.server.next_deadline() == NOW + 900
    client.now += 60
    client.send(functions.mtproto.PingDelayDisconnect(ping_id=1, disconnect_delay=75))
    client.send()
    client.connection.messages()
    client.connection.server.handle_deadline(now=NOW + 135)
    assert client.connection.server.closed, "what the client has sent of itself counts, whatever else it sends"


# -- acknowledgements ---------------------------------------------------------------------------------------------


def test_MS10_acknowledged_answer_is_forgotten() -> None:
    client = started_client()
    client.send()
    client.connection.answer(*client.connection.requests())
    received = client.connection.messages()
    assert len(client.session.requests) == 1
    client.acknowledge(*received)
    assert client.session.requests == {}


def test_MS10_acknowledgement_of_unknown_messages_changes_nothing() -> None:
    client = started_client()
    asked = client.send()
    client.connection.answer(*client.connection.requests())
    client.send(types.mtproto.MsgsAck([0, -1, 1, 2**63 - 1, asked]))
    assert list(client.session.requests) == [asked]


def test_MS10_acknowledgements_of_the_server_are_batched_for_a_bounded_time() -> None:
    client = started_client(ack_delay=10.0)
    asked = client.send()
    assert client.connection.messages() == []
    assert client.connection.server.next_deadline() == NOW + 10
    client.now = NOW + 10
    assert acknowledged(client.connection.messages()) == [asked]
    assert client.connection.server.next_deadline() == NOW + Limits().idle_timeout


def test_MS10_acknowledgements_of_the_server_that_cannot_be_sent_set_no_deadline() -> None:
    client = started_client(ack_delay=10.0)
    asked = client.send()
    client.connection.messages()
    client.now = NOW + 10
    client.connection.server.handle_deadline(now=client.now)
    assert client.connection.server.next_deadline() == NOW + Limits().idle_timeout
    assert acknowledged(client.connection.messages()) == [asked]


@pytest.mark.parametrize(
    "kind",
    [
        types.mtproto.MsgsAck,
        types.mtproto.MsgsStateReq,
        types.mtproto.MsgResendReq,
        types.mtproto.MsgResendAnsReq,
    ],
)
def test_MS11_message_that_names_too_many_others_has_no_effect(kind: Callable[[list[int]], Any]) -> None:
    client = started_client(max_ids_per_message=3)
    client.send(kind([1, 2, 3]))
    assert client.connection.events() == []
    client.connection.messages()
    client.send(kind([1, 2, 3, 4]))
    (refused,) = client.connection.events()
    assert isinstance(refused, UndecodableMessage)
    assert refused.error.check == "MS11"
    assert without_acknowledgements(client.connection.values()) == []


# -- salts --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("asked", "reported"), [(0, 1), (-5, 1), (1, 1), (7, 7), (64, 64), (65, 64), (2**31 - 1, 64)])
def test_MS23_future_salts_are_sent_in_bounded_numbers(asked: int, reported: int) -> None:
    client = started_client()
    at = client.send(functions.mtproto.GetFutureSalts(asked))
    (salts,) = without_acknowledgements(client.connection.values())
    assert (salts.req_msg_id, salts.now) == (at, int(NOW))
    assert salts.salts == client.record.future_salts(reported, NOW)


def test_MS23_immediate_second_request_for_salts_gets_the_current_one() -> None:
    client = started_client()

    def reported() -> int:
        client.send(functions.mtproto.GetFutureSalts(7))
        return sum(
            len(value.salts) for value in client.connection.values() if isinstance(value, types.mtproto.FutureSalts)
        )

    assert [reported(), reported()] == [7, 1]
    client.now += client.limits.salt_answer_interval
    assert reported() == 7


# -- states -------------------------------------------------------------------------------------------------------


def test_MS22_states_report_received_and_answered_messages() -> None:
    client = started_client(replay_window=5)
    answered, pending = client.send(), client.send()
    client.connection.answer(client.connection.requests()[0])
    client.connection.messages()
    missing = client.next_id()
    for _ in range(2):
        client.send(Ping(1), content_related=False)
    client.connection.messages()
    at = client.send(types.mtproto.MsgsStateReq([5, answered, pending, missing, client.next_id() + 8]))
    (info,) = without_acknowledgements(client.connection.values())
    assert (info.req_msg_id, list(info.info)) == (at, [1, 4 + 64, 4, 2, 3])


def test_MS22_requested_messages_are_resent_unchanged() -> None:
    client = started_client()
    client.send()
    client.connection.answer(*client.connection.requests())
    (answer,) = (message for message in client.connection.messages() if message.content_related)
    client.send(types.mtproto.MsgResendReq([answer.msg_id]))
    received = client.connection.messages()
    assert answer in received
    assert not any(isinstance(value, types.mtproto.MsgsStateInfo) for value in map(codec.decode, bodies(received)))


def bodies(messages: list[Any]) -> list[bytes]:
    return [message.body for message in messages if message.constructor not in _RESULTS]


_RESULTS = {types.mtproto.RpcResult.ID.to_bytes(4, "little")}


def test_MS22_msg_resend_req_of_unknown_messages_is_answered_with_states() -> None:
    client = started_client()
    at = client.send(types.mtproto.MsgResendReq([5, 9]))
    (info,) = without_acknowledgements(client.connection.values())
    assert info == types.mtproto.MsgsStateInfo(at, bytes([1, 1]))


def states(client: ScriptedClient, *msg_ids: int) -> list[int]:
    """What the server reports about messages of the client."""
    client.send(types.mtproto.MsgsStateReq(list(msg_ids)))
    infos = [value for value in client.connection.values() if isinstance(value, types.mtproto.MsgsStateInfo)]
    return list(infos[-1].info)


@pytest.mark.parametrize("replay_window", [4, 1024], ids=["full", "with room"])
def test_MS22_MS36_below_the_first_message_of_a_session_nothing_was_received(replay_window: int) -> None:
    """Unless it is so old that the server could have forgotten an earlier session of the same id."""
    client = ScriptedClient(replay_window=replay_window)
    late = client.message(QUERY)
    for _ in range(6):
        client.send(Ping(1))
    client.connection.messages()
    client.send_message(late)
    assert types.mtproto.BadMsgNotification(late.msg_id, late.seqno, 20) in client.connection.values()
    remembered = client_id(-300)
    assert states(client, late.msg_id, remembered, remembered - 4) == [2, 2, 1]
    assert client.connection.requests() == []


def test_MS22_MS37_of_an_evicted_session_a_server_does_not_know_what_was_received() -> None:
    client = ScriptedClient(max_sessions_per_key=1)
    executed = client.send()
    client.connection.answer(*client.connection.requests())
    between = client.next_id()
    client.session_id += 1
    client.start_session()
    client.session_id -= 1
    client.send(Ping(1))
    client.connection.messages()
    assert states(client, executed - 4, executed, between) == [1, 1, 2]


def test_MS22_requested_answers_are_resent() -> None:
    client = started_client()
    asked, other = client.send(), client.send()
    client.connection.answer(*client.connection.requests())
    client.connection.messages()
    client.send(types.mtproto.MsgResendAnsReq([asked, other]))
    received = client.connection.messages()
    assert sorted(results(received)) == [asked, other]
    assert len(received) == 3  # with the acknowledgement, and without states


def test_MS22_states_are_sent_for_an_answer_that_does_not_exist() -> None:
    client = started_client()
    asked, pending = client.send(), client.send()
    client.connection.answer(client.connection.requests()[0])
    client.connection.messages()
    at = client.send(types.mtproto.MsgResendAnsReq([asked, pending]))
    received = client.connection.messages()
    assert sorted(results(received)) == [asked]
    infos = [value for value in map(codec.decode, bodies(received)) if isinstance(value, types.mtproto.MsgsStateInfo)]
    assert infos == [types.mtproto.MsgsStateInfo(at, bytes([4 + 64, 4]))]


# -- rpc_drop_answer ----------------------------------------------------------------------------------------------


def test_rpc_drop_answer_of_a_running_request_cancels_it() -> None:
    client = started_client()
    asked = client.send()
    (request,) = client.connection.requests()
    at = client.send(functions.mtproto.RpcDropAnswer(asked))
    assert client.connection.events() == [RequestCancelled(request)]
    assert client.connection.answers() == {at: types.mtproto.RpcAnswerDroppedRunning()}
    client.connection.answer(request)
    assert client.connection.answers() == {}
    assert asked not in client.session.requests


def test_rpc_drop_answer_of_a_sent_answer_names_it_and_forgets_it() -> None:
    client = started_client()
    asked = client.send()
    client.connection.answer(*client.connection.requests())
    (answer,) = (message for message in client.connection.messages() if message.content_related)
    at = client.send(functions.mtproto.RpcDropAnswer(asked))
    assert client.connection.answers() == {
        at: types.mtproto.RpcAnswerDropped(answer.msg_id, answer.seqno, len(answer.body))
    }
    assert client.connection.events() == []
    client.send(types.mtproto.MsgResendReq([answer.msg_id]))
    assert client.connection.answers() == {}


def test_rpc_drop_answer_of_an_unsent_answer_removes_it() -> None:
    client = started_client()
    asked = client.send()
    client.connection.answer(*client.connection.requests())
    at = client.send(functions.mtproto.RpcDropAnswer(asked))
    assert list(client.connection.answers()) == [at]


def test_rpc_drop_answer_of_an_unknown_request_returns_unknown() -> None:
    client = started_client()
    at = client.send(functions.mtproto.RpcDropAnswer(12345))
    assert client.connection.answers() == {at: types.mtproto.RpcAnswerUnknown()}


def test_MS26_repeated_rpc_drop_answer_is_answered_again() -> None:
    client = started_client()
    message = client.message(functions.mtproto.RpcDropAnswer(12345))
    client.send_message(message)
    client.connection.messages()
    client.send_message(message)
    assert list(client.connection.answers()) == [message.msg_id]


# -- destroy_session, destroy_auth_key ----------------------------------------------------------------------------


def test_destroy_session_removes_another_session_and_its_pending_requests() -> None:
    client = started_client()
    client.send()
    (request,) = client.connection.requests()
    old = client.session
    client.session_id += 1
    client.send(functions.mtproto.DestroySession(old.id))
    assert types.mtproto.DestroySessionOk(old.id) in client.connection.values()
    assert list(client.record.sessions) == [client.session_id]
    assert client.connection.server.sessions == [client.session]
    client.connection.answer(request)
    assert client.connection.answers() == {}


def test_MS3_session_that_was_destroyed_is_not_opened_again_by_a_replay() -> None:
    client = started_client()
    message = client.message(QUERY)
    client.send_message(message)
    assert len(client.connection.requests()) == 1
    old, new = client.session_id, client.session_id + 1
    client.session_id = new
    client.send(functions.mtproto.DestroySession(old))
    for seconds in (0, 299, 329):
        client.now = NOW + seconds
        client.session_id = old
        client.send_message(message)
        assert client.connection.requests() == []
        assert list(client.record.sessions) == [new]


def test_number_of_remembered_destroyed_sessions_is_bounded() -> None:
    client = started_client(max_sessions_per_key=4, max_past_sessions=16)
    first = client.session_id
    for number in range(1, 20):
        old, client.session_id = client.session_id, first + number
        client.send(functions.mtproto.DestroySession(old))
        assert len(client.record.past) <= 16
    client.now += 3601
    old, client.session_id = client.session_id, first + 100
    client.send(functions.mtproto.DestroySession(old))
    assert len(client.record.past) == 1
    assert client.record.past.is_destroyed(old, client.now)


@pytest.mark.parametrize("own", [True, False])
def test_destroy_session_does_not_end_the_own_or_an_unknown_session(*, own: bool) -> None:
    client = started_client()
    target = client.session_id if own else 99
    client.send(functions.mtproto.DestroySession(target))
    assert types.mtproto.DestroySessionNone(target) in client.connection.values()
    assert list(client.record.sessions) == [client.session_id]


def test_destroy_auth_key_removes_the_key_and_notifies_the_application() -> None:
    client = started_client()
    at = client.send(functions.mtproto.DestroyAuthKey())
    assert client.connection.events() == [AuthKeyDestroyed(client.key.id)]
    assert client.connection.answers() == {at: types.mtproto.DestroyAuthKeyOk()}
    assert client.keys == {}
    client.send()
    client.connection.packets()
    assert client.connection.transport_errors == [-404]


# -- what cannot be read ------------------------------------------------------------------------------------------


def wrapped(query: bytes) -> bytes:
    call = functions.InvokeWithLayer(layer=LAYER, query=functions.InvokeWithoutUpdates(query=QUERY))
    return codec.encode(call)[:-4] + query


SEND_CODE = codec.encode(functions.auth.SendCode("+1", 1, "hash", types.CodeSettings()))
UNKNOWN = (0x01020304).to_bytes(4, "little") + b"data"
NO_METHOD = "INPUT_METHOD_INVALID_16909060_1020304"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (UNKNOWN, NO_METHOD),
        (wrapped(UNKNOWN), NO_METHOD),
        (codec.encode(types.mtproto.GzipPacked(gzip.compress(UNKNOWN))), NO_METHOD),
        (SEND_CODE[:-8] + UNKNOWN, "INPUT_CONSTRUCTOR_INVALID_16909060_1020304"),
        (
            codec.encode(types.mtproto.GzipPacked(gzip.compress(SEND_CODE[:-8] + UNKNOWN))),
            "INPUT_CONSTRUCTOR_INVALID_16909060_1020304",
        ),
        (SEND_CODE[:-4], "INPUT_FETCH_ERROR"),
        (SEND_CODE + bytes(4), "INPUT_FETCH_ERROR"),
        (codec.encode(types.mtproto.GzipPacked(b"nonsense")), "INPUT_FETCH_ERROR"),
        (codec.encode(types.mtproto.GzipPacked(gzip.compress(bytes(1 << 25)))), "INPUT_FETCH_ERROR"),
        (wrapped(codec.encode(types.UpdatesTooLong())), f"INPUT_METHOD_INVALID_{0xE317AF7E}_e317af7e"),
        (wrapped(codec.encode(Ping(1))), f"INPUT_METHOD_INVALID_{Ping.ID}_{Ping.ID:x}"),
    ],
    ids=[
        "unknown method",
        "unknown method in wrappers",
        "unknown method compressed",
        "unknown constructor",
        "unknown constructor compressed",
        "cut short",
        "left over",
        "broken gzip",
        "gzip bomb",
        "no method in wrappers",
        "service method in wrappers",
    ],
)
def test_TL3_undecodable_request_fails_alone(body: bytes, text: str) -> None:
    client = started_client()
    at = client.send(body)
    assert client.connection.events() == []
    received = client.connection.messages()
    assert results(received) == {at: RpcError(400, text)}
    assert acknowledged(received) == [at]
    client.send()
    assert len(client.connection.requests()) == 1


def test_TL3_undecodable_message_without_an_answer_is_reported_to_the_application() -> None:
    client = started_client()
    client.send(SEND_CODE[:-4], content_related=False)
    (unknown,) = client.connection.events()
    assert isinstance(unknown, UndecodableMessage)
    assert unknown.data == SEND_CODE[:-4]
    assert client.connection.messages() == []


def test_MS15_compressed_request_is_executed() -> None:
    client = started_client()
    client.send(codec.encode(types.mtproto.GzipPacked(gzip.compress(SEND_CODE))))
    assert [type(request.query) for request in client.connection.requests()] == [functions.auth.SendCode]


def test_MS14_gzip_in_gzip_is_refused() -> None:
    client = started_client()
    once = codec.encode(types.mtproto.GzipPacked(gzip.compress(SEND_CODE)))
    at = client.send(codec.encode(types.mtproto.GzipPacked(gzip.compress(once))))
    assert client.connection.answers() == {at: RpcError(400, "INPUT_FETCH_ERROR")}


def test_MS13_container_in_gzip_is_refused() -> None:
    client = started_client()
    inner = codec.encode(types.mtproto.MsgContainer([]))
    client.send(codec.encode(types.mtproto.GzipPacked(gzip.compress(inner))), content_related=False)
    (unknown,) = client.connection.events()
    assert isinstance(unknown, UndecodableMessage)
    assert unknown.error.check == "MS13"


@pytest.mark.parametrize(
    "message",
    [
        functions.mtproto.ReqPqMulti(bytes(16)),
        functions.mtproto.ReqDHParams(bytes(16), bytes(16), b"", b"", 1, b""),
        functions.mtproto.SetClientDHParams(bytes(16), bytes(16), b""),
    ],
)
def test_HS17_encrypted_handshake_messages_are_refused(message: Any) -> None:
    client = started_client()
    client.send(message)
    (unknown,) = client.connection.events()
    assert isinstance(unknown, UndecodableMessage)
    assert unknown.error.check == "HS17"
    assert without_acknowledgements(client.connection.values()) == []


# -- order --------------------------------------------------------------------------------------------------------


def after(*predecessors: int) -> Any:
    if len(predecessors) == 1:
        return functions.InvokeAfterMsg(predecessors[0], QUERY)
    return functions.InvokeAfterMsgs(list(predecessors), QUERY)


def ids(requests: list[Any]) -> list[int]:
    return [request.msg_id for request in requests]


FAILED = RpcError(400, "MSG_WAIT_FAILED")


def test_L1_request_waits_for_its_predecessor() -> None:
    client = started_client()
    first = client.send()
    second = client.send(after(first))
    (request,) = client.connection.requests()
    assert request.msg_id == first
    client.connection.answer(request)
    (request,) = client.connection.requests()
    assert request.msg_id == second
    client.connection.answer(request)
    assert list(client.connection.answers()) == [first, second]


def test_L1_request_waits_for_all_its_predecessors() -> None:
    client = started_client()
    first, second = client.send(), client.send()
    client.send(after(first, second))
    one, other = client.connection.requests()
    client.connection.answer(other)
    assert client.connection.requests() == []
    client.connection.answer(one)
    assert len(client.connection.requests()) == 1


def test_L1_dependents_of_a_failed_request_fail_transitively() -> None:
    client = started_client()
    first = client.send()
    second = client.send(after(first))
    third = client.send(after(second))
    (request,) = client.connection.requests()
    client.connection.server.send_error(request, errors.parse(400, "PEER_ID_INVALID"), now=NOW)
    late = client.send(after(first))
    assert client.connection.requests() == []
    answers = client.connection.answers()
    assert answers.pop(first) == RpcError(400, "PEER_ID_INVALID")
    assert answers == {second: FAILED, third: FAILED, late: FAILED}


def test_L1_dependent_of_a_request_that_has_not_arrived_fails() -> None:
    """An attacker may delay the first packet and let the second pass."""
    client = started_client()
    first = client.message(QUERY)
    second = client.send(after(first.msg_id))
    assert client.connection.requests() == []
    assert client.connection.answers() == {second: FAILED}
    client.send_message(first)
    assert ids(client.connection.requests()) == [first.msg_id]


def test_L1_dependent_of_an_acknowledged_request_is_executed_at_once() -> None:
    client = started_client()
    first = client.send()
    client.connection.answer(*client.connection.requests())
    client.acknowledge(*client.connection.messages())
    second = client.send(after(first))
    assert ids(client.connection.requests()) == [second]


def test_L1_dependent_of_a_request_refused_as_too_old_fails() -> None:
    """The server cannot know whether it came before; its client finds out, and asks again."""
    client = started_client(replay_window=8)
    first = client.message(QUERY)
    for _ in range(8):
        client.send(Ping(1))
    client.connection.messages()
    client.send_message(first)
    second = client.send(after(first.msg_id))
    rpc_error = types.mtproto.BadMsgNotification(first.msg_id, first.seqno, 20)
    assert rpc_error in client.connection.values()
    assert client.connection.requests() == []
    assert second in client.session.requests
    assert client.session.requests.has_failed(second)


def test_L1_waiting_request_is_executed_after_its_predecessors_left_the_window() -> None:
    client = started_client(replay_window=8)
    first, second = client.send(), client.send()
    third = client.send(after(first, second))
    one, other = client.connection.requests()
    client.connection.answer(other)
    client.acknowledge(*client.connection.messages())
    for _ in range(8):
        client.send(Ping(1))
    client.connection.answer(one)
    assert ids(client.connection.requests()) == [third]


def test_L1_dependent_of_an_acknowledged_failure_fails() -> None:
    client = started_client()
    first = client.send()
    (request,) = client.connection.requests()
    client.connection.server.send_error(request, errors.parse(400, "PEER_ID_INVALID"), now=client.now)
    client.acknowledge(*client.connection.messages())
    second = client.send(after(first))
    assert client.connection.requests() == []
    assert client.connection.answers() == {second: FAILED}


def test_L1_remembered_failures_are_bounded() -> None:
    session = started_client(replay_window=8).session
    for number in range(100):
        session.requests.forget(IncomingRequest(session, 4 * number, QUERY, failed=True))
    assert [number for number in range(100) if session.requests.has_failed(4 * number)] == list(range(92, 100))


def test_L1_dependent_of_a_dropped_request_fails() -> None:
    client = started_client()
    first = client.send()
    second = client.send(after(first))
    (request,) = client.connection.requests()
    client.send(functions.mtproto.RpcDropAnswer(first))
    assert client.connection.answers()[second] == FAILED
    client.connection.answer(request)
    assert client.connection.requests() == []


def test_L1_request_dropped_while_waiting_is_never_executed() -> None:
    client = started_client()
    first = client.send()
    second = client.send(after(first))
    third = client.send(after(second))
    (request,) = client.connection.requests()
    client.send(functions.mtproto.RpcDropAnswer(second))
    assert client.connection.events() == []
    client.connection.answer(request)
    assert client.connection.requests() == []
    assert client.connection.answers()[third] == FAILED


def test_L1_long_chain_of_dependents_is_settled_without_recursion() -> None:
    client = started_client()
    previous = first = client.send()
    for _ in range(3000):
        previous = client.send(after(previous))
    (request,) = client.connection.requests()
    assert request.msg_id == first
    client.connection.server.send_error(request, errors.parse(400, "PEER_ID_INVALID"), now=NOW)
    assert len(client.connection.answers()) == 3001


def test_L1_request_after_itself_is_executed_and_after_too_many_refused() -> None:
    client = started_client(max_ids_per_message=3)
    own = client.next_id()
    client.send(after(own), at=own)
    assert ids(client.connection.requests()) == [own]
    as_many_as_may_be = client.send(after(1, 2, 3))
    many = client.send(after(1, 2, 3, 4))
    answers = client.connection.answers()
    assert answers[many] == RpcError(400, "INPUT_FETCH_ERROR")
    assert answers.get(as_many_as_may_be) != answers[many]


def test_L1_request_released_without_a_connection_is_reported_on_the_next_one() -> None:
    client = started_client()
    first = client.send()
    second = client.send(after(first))
    (request,) = client.connection.requests()
    client.connection.disconnect()
    client.connection.answer(request)
    connection = client.open_connection()
    client.send(Ping(1), connection=connection)
    (request,) = connection.requests()
    assert request.msg_id == second
    connection.answer(request)
    assert sorted(connection.answers()) == [first, second]


def test_L1_request_released_after_the_session_moved_is_reported_on_its_new_connection() -> None:
    client = started_client()
    first = client.send()
    second = client.send(after(first))
    (request,) = client.connection.requests()
    connection = client.open_connection()
    client.send(Ping(1), connection=connection)
    client.connection.disconnect()
    client.connection.answer(request)
    assert ids(connection.requests()) == [second]


# -- what a request carries ---------------------------------------------------------------------------------------


def test_wrappers_are_removed_from_the_query_and_remembered() -> None:
    client = started_client()
    init = functions.InitConnection(1, "device", "system", "1.0", "en", "", "en", QUERY)
    client.send(functions.InvokeWithLayer(200, init))
    client.send(functions.InvokeWithoutUpdates(QUERY))
    first, second = client.connection.requests()
    kept = replace(init, query=NO_QUERY)
    assert (first.layer, first.init, first.without_updates) == (200, kept, False)
    assert (second.layer, second.init, second.without_updates) == (200, kept, True)
    assert first.query == second.query == QUERY


def test_request_is_answered_once() -> None:
    client = started_client()
    client.send()
    (request,) = client.connection.requests()
    client.connection.answer(request)
    with pytest.raises(LocalProtocolError, match="answered before"):
        client.connection.answer(request)
    with pytest.raises(LocalProtocolError, match="answered before"):
        client.connection.server.send_error(request, errors.FloodWait(seconds=1), now=NOW)


def test_answer_of_the_wrong_type_is_refused_and_the_request_can_still_be_answered() -> None:
    client = started_client()
    asked = client.send()
    (request,) = client.connection.requests()
    with pytest.raises(LocalProtocolError):
        client.connection.answer(request, result=types.UpdatesTooLong())
    client.connection.answer(request)
    assert client.connection.answers() == {asked: ANSWER}


def test_push_over_a_closed_connection_is_a_local_error() -> None:
    client = started_client()
    client.connection.disconnect()
    with pytest.raises(LocalProtocolError, match="closed"):
        client.connection.server.push(client.session, types.UpdatesTooLong(), now=NOW)


def test_request_events_are_in_the_order_of_arrival() -> None:
    client = started_client()
    messages = [client.message(QUERY) for _ in range(5)]
    client.send_container(*messages)
    assert [event.request.msg_id for event in client.connection.events() if isinstance(event, RequestReceived)] == [
        message.msg_id for message in messages
    ]


def test_MS12_messages_of_a_container_share_the_inflation_limit() -> None:
    client = started_client(max_inflated_size=1 << 17)
    packed = deflate(codec.encode(functions.contacts.ResolveUsername(username=SeededEntropy("name")(50_000).hex())))
    client.send(packed)
    assert len(client.connection.requests()) == 1, "alone it may"
    client.send_container(one := client.message(packed), another := client.message(packed))
    assert client.connection.requests() == []
    assert client.connection.answers() == dict.fromkeys(
        (one.msg_id, another.msg_id), RpcError(400, "INPUT_FETCH_ERROR")
    )
