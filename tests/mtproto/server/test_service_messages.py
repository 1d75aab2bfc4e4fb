"""What a server does at each kind of message of a client, and what it answers to what it cannot read."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from sansio_tl import codec, errors, functions, types
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
from tests.crypto.stream import Stream
from tests.mtproto.caller import ANSWER, QUERY, Caller, acknowledged, results
from tests.pair import NOW

RpcError = types.mtproto.RpcError
Ping = functions.mtproto.Ping


def caller(**limits: Any) -> Caller:
    caller = Caller(**limits)
    caller.introduce()
    return caller


def without_acknowledgements(values: list[Any]) -> list[Any]:
    return [value for value in values if not isinstance(value, types.mtproto.MsgsAck)]


# -- ping ---------------------------------------------------------------------------------------------------------


def test_a_ping_is_answered_with_its_numbers() -> None:
    client = caller()
    at = client.say(Ping(-7))
    assert without_acknowledgements(client.line.values()) == [types.mtproto.Pong(at, -7)]


def test_MS10_service_messages_are_acknowledged_when_they_are_content_related() -> None:
    client = caller()
    odd = client.say(Ping(1), content_related=True)
    client.say(Ping(2), content_related=False)
    assert acknowledged(client.line.heard()) == [odd]


def test_MS10_messages_that_ask_nothing_are_acknowledged_too() -> None:
    client = caller()
    odd = client.say(types.UpdatesTooLong())
    client.say(types.UpdatesTooLong(), content_related=False)
    assert client.acknowledged() == [odd]


def test_MS25_a_link_ends_when_its_client_falls_silent_for_as_long_as_it_said() -> None:
    client = caller()
    client.say(functions.mtproto.PingDelayDisconnect(ping_id=1, disconnect_delay=75))
    client.line.heard()
    assert client.line.server.next_deadline() == NOW + 75
    client.now += 70
    client.say(functions.mtproto.PingDelayDisconnect(ping_id=1, disconnect_delay=75))
    client.line.heard()
    client.line.server.handle_deadline(now=NOW + 75)
    assert not client.line.server.closed
    client.line.server.handle_deadline(now=NOW + 145)
    closed = client.line.events()[-1]
    assert isinstance(closed, ConnectionClosed)
    assert isinstance(closed.error, RemoteProtocolError)
    assert closed.error.check == "MS25"


def test_MS25_a_link_whose_client_has_gone_without_a_word_ends() -> None:
    client = caller(idle_timeout=900.0)
    client.say()
    client.now += 800
    client.say(functions.mtproto.Ping(ping_id=1))
    assert client.line.server.next_deadline() == NOW + 10, "it owes an acknowledgement"
    client.line.heard()
    assert client.line.server.next_deadline() == NOW + 1700
    client.line.server.handle_deadline(now=NOW + 1699)
    assert not client.line.server.closed
    client.line.server.handle_deadline(now=NOW + 1700)
    assert client.line.server.closed


def test_MS25_no_client_gives_itself_more_time_than_there_is() -> None:
    client = caller(idle_timeout=900.0)
    client.say(functions.mtproto.PingDelayDisconnect(ping_id=1, disconnect_delay=2**31 - 1))
    client.line.heard()
    assert client.line.server.next_deadline() == NOW + 900
    client.now += 60
    client.say(functions.mtproto.PingDelayDisconnect(ping_id=1, disconnect_delay=75))
    client.say()
    client.line.heard()
    client.line.server.handle_deadline(now=NOW + 135)
    assert client.line.server.closed, "what the client has said of itself counts, whatever else it sends"


# -- acknowledgements ---------------------------------------------------------------------------------------------


def test_MS10_what_is_acknowledged_is_forgotten() -> None:
    client = caller()
    client.say()
    client.line.answer(*client.line.requests())
    heard = client.line.heard()
    assert len(client.session.requests) == 1
    client.acknowledge(*heard)
    assert client.session.requests == {}


def test_MS10_acknowledging_what_was_never_sent_changes_nothing() -> None:
    client = caller()
    asked = client.say()
    client.line.answer(*client.line.requests())
    client.say(types.mtproto.MsgsAck([0, -1, 1, 2**63 - 1, asked]))
    assert list(client.session.requests) == [asked]


def test_MS10_acknowledgements_of_the_server_wait_for_company_but_not_for_long() -> None:
    client = caller(ack_delay=10.0)
    asked = client.say()
    assert client.line.heard() == []
    assert client.line.server.next_deadline() == NOW + 10
    client.now = NOW + 10
    assert acknowledged(client.line.heard()) == [asked]
    assert client.line.server.next_deadline() == NOW + Limits().idle_timeout


def test_MS10_acknowledgements_of_the_server_that_cannot_leave_keep_nobody_busy() -> None:
    client = caller(ack_delay=10.0)
    asked = client.say()
    client.line.heard()
    client.now = NOW + 10
    client.line.server.handle_deadline(now=client.now)
    assert client.line.server.next_deadline() == NOW + Limits().idle_timeout
    assert acknowledged(client.line.heard()) == [asked]


@pytest.mark.parametrize(
    "kind",
    [
        types.mtproto.MsgsAck,
        types.mtproto.MsgsStateReq,
        types.mtproto.MsgResendReq,
        types.mtproto.MsgResendAnsReq,
    ],
)
def test_MS11_a_message_that_names_too_many_others_has_no_effect(kind: Callable[[list[int]], Any]) -> None:
    client = caller(max_ids_per_message=3)
    client.say(kind([1, 2, 3]))
    assert client.line.events() == []
    client.line.heard()
    client.say(kind([1, 2, 3, 4]))
    (refused,) = client.line.events()
    assert isinstance(refused, UndecodableMessage)
    assert refused.error.check == "MS11"
    assert without_acknowledgements(client.line.values()) == []


# -- salts --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("asked", "told"), [(0, 1), (-5, 1), (1, 1), (7, 7), (64, 64), (65, 64), (2**31 - 1, 64)])
def test_MS23_future_salts_are_told_in_bounded_numbers(asked: int, told: int) -> None:
    client = caller()
    at = client.say(functions.mtproto.GetFutureSalts(asked))
    (salts,) = without_acknowledgements(client.line.values())
    assert (salts.req_msg_id, salts.now) == (at, int(NOW))
    assert salts.salts == client.record.future_salts(told, NOW)


def test_MS23_who_asks_for_salts_again_at_once_is_told_the_present_one() -> None:
    client = caller()

    def told() -> int:
        client.say(functions.mtproto.GetFutureSalts(7))
        return sum(len(value.salts) for value in client.line.values() if isinstance(value, types.mtproto.FutureSalts))

    assert [told(), told()] == [7, 1]
    client.now += client.limits.salt_answer_interval
    assert told() == 7


# -- states -------------------------------------------------------------------------------------------------------


def test_MS22_states_tell_what_came_and_what_was_answered() -> None:
    client = caller(replay_window=5)
    answered, pending = client.say(), client.say()
    client.line.answer(client.line.requests()[0])
    client.line.heard()
    missing = client.next_id()
    for _ in range(2):
        client.say(Ping(1), content_related=False)
    client.line.heard()
    at = client.say(types.mtproto.MsgsStateReq([5, answered, pending, missing, client.next_id() + 8]))
    (info,) = without_acknowledgements(client.line.values())
    assert (info.req_msg_id, list(info.info)) == (at, [1, 4 + 64, 4, 2, 3])


def test_MS22_messages_that_are_missed_are_sent_again_as_they_were() -> None:
    client = caller()
    client.say()
    client.line.answer(*client.line.requests())
    (answer,) = (message for message in client.line.heard() if message.content_related)
    client.say(types.mtproto.MsgResendReq([answer.msg_id]))
    heard = client.line.heard()
    assert answer in heard
    assert not any(isinstance(value, types.mtproto.MsgsStateInfo) for value in map(codec.decode, bodies(heard)))


def bodies(messages: list[Any]) -> list[bytes]:
    return [message.body for message in messages if message.constructor not in _RESULTS]


_RESULTS = {types.mtproto.RpcResult.ID.to_bytes(4, "little")}


def test_MS22_when_a_missed_message_is_gone_the_states_are_told() -> None:
    client = caller()
    at = client.say(types.mtproto.MsgResendReq([5, 9]))
    (info,) = without_acknowledgements(client.line.values())
    assert info == types.mtproto.MsgsStateInfo(at, bytes([2, 2]))


def test_MS22_answers_that_are_missed_are_sent_again() -> None:
    client = caller()
    asked, other = client.say(), client.say()
    client.line.answer(*client.line.requests())
    client.line.heard()
    client.say(types.mtproto.MsgResendAnsReq([asked, other]))
    heard = client.line.heard()
    assert sorted(results(heard)) == [asked, other]
    assert len(heard) == 3  # with the acknowledgement, and without states


def test_MS22_for_an_answer_that_does_not_exist_the_states_are_told() -> None:
    client = caller()
    asked, pending = client.say(), client.say()
    client.line.answer(client.line.requests()[0])
    client.line.heard()
    at = client.say(types.mtproto.MsgResendAnsReq([asked, pending]))
    heard = client.line.heard()
    assert sorted(results(heard)) == [asked]
    infos = [value for value in map(codec.decode, bodies(heard)) if isinstance(value, types.mtproto.MsgsStateInfo)]
    assert infos == [types.mtproto.MsgsStateInfo(at, bytes([4 + 64, 4]))]


# -- rpc_drop_answer ----------------------------------------------------------------------------------------------


def test_rpc_drop_answer_of_a_request_that_runs() -> None:
    client = caller()
    asked = client.say()
    (request,) = client.line.requests()
    at = client.say(functions.mtproto.RpcDropAnswer(asked))
    assert client.line.events() == [RequestCancelled(request)]
    assert client.line.answers() == {at: types.mtproto.RpcAnswerDroppedRunning()}
    client.line.answer(request)
    assert client.line.answers() == {}
    assert asked not in client.session.requests


def test_rpc_drop_answer_of_an_answer_that_was_sent() -> None:
    client = caller()
    asked = client.say()
    client.line.answer(*client.line.requests())
    (answer,) = (message for message in client.line.heard() if message.content_related)
    at = client.say(functions.mtproto.RpcDropAnswer(asked))
    assert client.line.answers() == {at: types.mtproto.RpcAnswerDropped(answer.msg_id, answer.seqno, len(answer.body))}
    assert client.line.events() == []
    client.say(types.mtproto.MsgResendReq([answer.msg_id]))
    assert client.line.answers() == {}


def test_rpc_drop_answer_of_an_answer_that_has_not_left() -> None:
    client = caller()
    asked = client.say()
    client.line.answer(*client.line.requests())
    at = client.say(functions.mtproto.RpcDropAnswer(asked))
    assert list(client.line.answers()) == [at]


def test_rpc_drop_answer_of_what_nobody_knows() -> None:
    client = caller()
    at = client.say(functions.mtproto.RpcDropAnswer(12345))
    assert client.line.answers() == {at: types.mtproto.RpcAnswerUnknown()}


def test_MS26_the_answer_to_rpc_drop_answer_is_kept_like_any_other() -> None:
    client = caller()
    message = client.message(functions.mtproto.RpcDropAnswer(12345))
    client.send(message)
    client.line.heard()
    client.send(message)
    assert list(client.line.answers()) == [message.msg_id]


# -- destroy_session, destroy_auth_key ----------------------------------------------------------------------------


def test_destroy_session_forgets_another_session_with_all_that_waits_in_it() -> None:
    client = caller()
    client.say()
    (request,) = client.line.requests()
    old = client.session
    client.session_id += 1
    client.say(functions.mtproto.DestroySession(old.id))
    assert types.mtproto.DestroySessionOk(old.id) in client.line.values()
    assert list(client.record.sessions) == [client.session_id]
    assert client.line.server.sessions == [client.session]
    client.line.answer(request)
    assert client.line.answers() == {}


def test_MS3_a_session_that_was_destroyed_is_not_opened_again_by_a_replay() -> None:
    client = caller()
    message = client.message(QUERY)
    client.send(message)
    assert len(client.line.requests()) == 1
    old, new = client.session_id, client.session_id + 1
    client.session_id = new
    client.say(functions.mtproto.DestroySession(old))
    for seconds in (0, 299, 329):
        client.now = NOW + seconds
        client.session_id = old
        client.send(message)
        assert client.line.requests() == []
        assert list(client.record.sessions) == [new]


def test_destroyed_sessions_are_remembered_within_bounds() -> None:
    client = caller(max_sessions_per_key=4, max_past_sessions=16)
    first = client.session_id
    for number in range(1, 20):
        old, client.session_id = client.session_id, first + number
        client.say(functions.mtproto.DestroySession(old))
        assert len(client.record.past) <= 16
    client.now += 3601
    old, client.session_id = client.session_id, first + 100
    client.say(functions.mtproto.DestroySession(old))
    assert len(client.record.past) == 1
    assert client.record.past.is_destroyed(old, client.now)


@pytest.mark.parametrize("own", [True, False])
def test_destroy_session_spares_the_own_session_and_knows_no_other(*, own: bool) -> None:
    client = caller()
    target = client.session_id if own else 99
    client.say(functions.mtproto.DestroySession(target))
    assert types.mtproto.DestroySessionNone(target) in client.line.values()
    assert list(client.record.sessions) == [client.session_id]


def test_destroy_auth_key_forgets_the_key_and_tells_the_application() -> None:
    client = caller()
    at = client.say(functions.mtproto.DestroyAuthKey())
    assert client.line.events() == [AuthKeyDestroyed(client.key.id)]
    assert client.line.answers() == {at: types.mtproto.DestroyAuthKeyOk()}
    assert client.keys == {}
    client.say()
    client.line.packets()
    assert client.line.faults == [-404]


# -- what cannot be read ------------------------------------------------------------------------------------------


def wrapped(query: bytes) -> bytes:
    call = functions.InvokeWithLayer(layer=229, query=functions.InvokeWithoutUpdates(query=QUERY))
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
def test_TL3_a_request_that_cannot_be_read_fails_alone(body: bytes, text: str) -> None:
    client = caller()
    at = client.say(body)
    assert client.line.events() == []
    heard = client.line.heard()
    assert results(heard) == {at: RpcError(400, text)}
    assert acknowledged(heard) == [at]
    client.say()
    assert len(client.line.requests()) == 1


def test_TL3_an_unreadable_message_that_asks_nothing_is_told_to_the_application() -> None:
    client = caller()
    client.say(SEND_CODE[:-4], content_related=False)
    (unknown,) = client.line.events()
    assert isinstance(unknown, UndecodableMessage)
    assert unknown.data == SEND_CODE[:-4]
    assert client.line.heard() == []


def test_MS15_a_compressed_request_is_executed() -> None:
    client = caller()
    client.say(codec.encode(types.mtproto.GzipPacked(gzip.compress(SEND_CODE))))
    assert [type(request.query) for request in client.line.requests()] == [functions.auth.SendCode]


def test_MS14_gzip_in_gzip_is_refused() -> None:
    client = caller()
    once = codec.encode(types.mtproto.GzipPacked(gzip.compress(SEND_CODE)))
    at = client.say(codec.encode(types.mtproto.GzipPacked(gzip.compress(once))))
    assert client.line.answers() == {at: RpcError(400, "INPUT_FETCH_ERROR")}


def test_MS13_a_container_in_gzip_is_refused() -> None:
    client = caller()
    inner = codec.encode(types.mtproto.MsgContainer([]))
    client.say(codec.encode(types.mtproto.GzipPacked(gzip.compress(inner))), content_related=False)
    (unknown,) = client.line.events()
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
def test_HS17_messages_of_the_handshake_have_no_effect_inside_encrypted_ones(message: Any) -> None:
    client = caller()
    client.say(message)
    (unknown,) = client.line.events()
    assert isinstance(unknown, UndecodableMessage)
    assert unknown.error.check == "HS17"
    assert without_acknowledgements(client.line.values()) == []


# -- order --------------------------------------------------------------------------------------------------------


def after(*predecessors: int) -> Any:
    if len(predecessors) == 1:
        return functions.InvokeAfterMsg(predecessors[0], QUERY)
    return functions.InvokeAfterMsgs(list(predecessors), QUERY)


def ids(requests: list[Any]) -> list[int]:
    return [request.msg_id for request in requests]


FAILED = RpcError(400, "MSG_WAIT_FAILED")


def test_L1_a_request_waits_for_the_one_that_it_follows() -> None:
    client = caller()
    first = client.say()
    second = client.say(after(first))
    (request,) = client.line.requests()
    assert request.msg_id == first
    client.line.answer(request)
    (request,) = client.line.requests()
    assert request.msg_id == second
    client.line.answer(request)
    assert list(client.line.answers()) == [first, second]


def test_L1_a_request_waits_for_all_that_it_follows() -> None:
    client = caller()
    first, second = client.say(), client.say()
    client.say(after(first, second))
    one, other = client.line.requests()
    client.line.answer(other)
    assert client.line.requests() == []
    client.line.answer(one)
    assert len(client.line.requests()) == 1


def test_L1_what_follows_a_failure_fails_and_what_follows_that_too() -> None:
    client = caller()
    first = client.say()
    second = client.say(after(first))
    third = client.say(after(second))
    (request,) = client.line.requests()
    client.line.server.send_error(request, errors.parse(400, "PEER_ID_INVALID"), now=NOW)
    late = client.say(after(first))
    assert client.line.requests() == []
    answers = client.line.answers()
    assert answers.pop(first) == RpcError(400, "PEER_ID_INVALID")
    assert answers == {second: FAILED, third: FAILED, late: FAILED}


def test_L1_a_request_whose_predecessor_has_not_come_is_not_executed_before_it() -> None:
    """Somebody on the way may hold back the first and let the second pass."""
    client = caller()
    first = client.message(QUERY)
    second = client.say(after(first.msg_id))
    assert client.line.requests() == []
    assert client.line.answers() == {second: FAILED}
    client.send(first)
    assert ids(client.line.requests()) == [first.msg_id]


def test_L1_a_predecessor_that_was_answered_and_acknowledged_needs_no_waiting() -> None:
    client = caller()
    first = client.say()
    client.line.answer(*client.line.requests())
    client.acknowledge(*client.line.heard())
    second = client.say(after(first))
    assert ids(client.line.requests()) == [second]


def test_L1_what_follows_a_failure_fails_even_when_that_is_acknowledged() -> None:
    client = caller()
    first = client.say()
    (request,) = client.line.requests()
    client.line.server.send_error(request, errors.parse(400, "PEER_ID_INVALID"), now=client.now)
    client.acknowledge(*client.line.heard())
    second = client.say(after(first))
    assert client.line.requests() == []
    assert client.line.answers() == {second: FAILED}


def test_L1_failures_are_remembered_within_bounds() -> None:
    session = caller(replay_window=8).session
    for number in range(100):
        session.forget_request(IncomingRequest(session, 4 * number, QUERY, failed=True))
    assert list(session._failed) == [4 * number for number in range(92, 100)]


def test_L1_what_follows_a_dropped_request_fails() -> None:
    client = caller()
    first = client.say()
    second = client.say(after(first))
    (request,) = client.line.requests()
    client.say(functions.mtproto.RpcDropAnswer(first))
    assert client.line.answers()[second] == FAILED
    client.line.answer(request)
    assert client.line.requests() == []


def test_L1_a_request_that_is_dropped_while_it_waits_is_never_executed() -> None:
    client = caller()
    first = client.say()
    second = client.say(after(first))
    third = client.say(after(second))
    (request,) = client.line.requests()
    client.say(functions.mtproto.RpcDropAnswer(second))
    assert client.line.events() == []
    client.line.answer(request)
    assert client.line.requests() == []
    assert client.line.answers()[third] == FAILED


def test_L1_a_long_chain_is_worked_off_without_recursion() -> None:
    client = caller()
    previous = first = client.say()
    for _ in range(3000):
        previous = client.say(after(previous))
    (request,) = client.line.requests()
    assert request.msg_id == first
    client.line.server.send_error(request, errors.parse(400, "PEER_ID_INVALID"), now=NOW)
    assert len(client.line.answers()) == 3001


def test_L1_a_request_that_follows_itself_or_too_many_is_no_danger() -> None:
    client = caller(max_ids_per_message=3)
    own = client.next_id()
    client.say(after(own), at=own)
    assert ids(client.line.requests()) == [own]
    many = client.say(after(1, 2, 3, 4))
    assert client.line.answers()[many] == RpcError(400, "INPUT_FETCH_ERROR")


def test_L1_a_request_whose_turn_comes_while_there_is_no_link_is_reported_on_the_next_one() -> None:
    client = caller()
    first = client.say()
    second = client.say(after(first))
    (request,) = client.line.requests()
    client.line.hang_up()
    client.line.answer(request)
    line = client.another_line()
    client.say(Ping(1), line=line)
    (request,) = line.requests()
    assert request.msg_id == second
    line.answer(request)
    assert sorted(line.answers()) == [first, second]


def test_L1_a_request_whose_turn_comes_after_the_session_moved_is_reported_where_it_is() -> None:
    client = caller()
    first = client.say()
    second = client.say(after(first))
    (request,) = client.line.requests()
    line = client.another_line()
    client.say(Ping(1), line=line)
    client.line.hang_up()
    client.line.answer(request)
    assert ids(line.requests()) == [second]


# -- what a request carries ---------------------------------------------------------------------------------------


def test_wrappers_are_taken_off_and_remembered() -> None:
    client = caller()
    init = functions.InitConnection(1, "device", "system", "1.0", "en", "", "en", QUERY)
    client.say(functions.InvokeWithLayer(200, init))
    client.say(functions.InvokeWithoutUpdates(QUERY))
    first, second = client.line.requests()
    kept = replace(init, query=NO_QUERY)
    assert (first.layer, first.init, first.without_updates) == (200, kept, False)
    assert (second.layer, second.init, second.without_updates) == (200, kept, True)
    assert first.query == second.query == QUERY


def test_a_request_is_answered_once() -> None:
    client = caller()
    client.say()
    (request,) = client.line.requests()
    client.line.answer(request)
    with pytest.raises(LocalProtocolError, match="answered before"):
        client.line.answer(request)
    with pytest.raises(LocalProtocolError, match="answered before"):
        client.line.server.send_error(request, errors.FloodWait(seconds=1), now=NOW)


def test_an_answer_of_the_wrong_type_is_refused_and_the_request_can_still_be_answered() -> None:
    client = caller()
    asked = client.say()
    (request,) = client.line.requests()
    with pytest.raises(LocalProtocolError):
        client.line.answer(request, result=types.UpdatesTooLong())
    client.line.answer(request)
    assert client.line.answers() == {asked: ANSWER}


def test_nothing_can_be_pushed_over_a_link_that_has_ended() -> None:
    client = caller()
    client.line.hang_up()
    with pytest.raises(LocalProtocolError, match="closed"):
        client.line.server.push(client.session, types.UpdatesTooLong(), now=NOW)


def test_events_name_requests_in_the_order_in_which_they_came() -> None:
    client = caller()
    messages = [client.message(QUERY) for _ in range(5)]
    client.say_together(*messages)
    assert [event.request.msg_id for event in client.line.events() if isinstance(event, RequestReceived)] == [
        message.msg_id for message in messages
    ]


def test_MS12_the_messages_of_a_container_share_what_they_may_inflate_to() -> None:
    client = caller(max_inflated_size=1 << 17)
    packed = deflate(codec.encode(functions.contacts.ResolveUsername(username=Stream("name")(50_000).hex())))
    client.say(packed)
    assert len(client.line.requests()) == 1, "alone it may"
    client.say_together(one := client.message(packed), another := client.message(packed))
    assert client.line.requests() == []
    assert client.line.answers() == dict.fromkeys((one.msg_id, another.msg_id), RpcError(400, "INPUT_FETCH_ERROR"))
