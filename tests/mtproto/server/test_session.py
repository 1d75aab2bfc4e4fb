"""What a server accepts, refuses, executes once and answers again (MS2 to MS6, MS18 to MS20, MS26)."""

from __future__ import annotations

import gc
from typing import Any

import pytest

from sansio_tl import codec, functions, types
from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.events import MessageIgnored, RequestCancelled, SessionOpened, UndecodableMessage
from sansio_tl.limits import Limits
from sansio_tl.mtproto.container import join
from sansio_tl.mtproto.message import Message
from sansio_tl.mtproto.message_ids import unix_time
from sansio_tl.mtproto.server.key_record import KeyRecord
from sansio_tl.mtproto.server.session import NO_QUERY, IncomingRequest, ServerSession
from tests.helpers.connected_pair import NOW
from tests.mtproto.server.scripted_client import (
    ANSWER,
    QUERY,
    ScriptedClient,
    ScriptedConnection,
    acknowledged,
    client_id,
    results,
)

QUERY_BODY = codec.encode(QUERY)
Ack = types.mtproto.MsgsAck
_BAD_MSG = types.mtproto.BadMsgNotification.ID.to_bytes(4, "little")


def started_client(**limits: Any) -> ScriptedClient:
    client = ScriptedClient(**limits)
    client.start_session()
    return client


def bad_msgs(client: ScriptedClient) -> list[tuple[int, int, int]]:
    """bad_msg_id, seqno and code of each error that came."""
    return [
        (value.bad_msg_id, value.bad_msg_seqno, value.error_code)
        for value in client.connection.values()
        if isinstance(value, types.mtproto.BadMsgNotification)
    ]


# -- the session --------------------------------------------------------------------------------------------------


def test_MS20_new_session_is_announced_once_with_its_first_message() -> None:
    client = ScriptedClient()
    first = client.send()
    client.send()
    (opened, *_) = client.connection.events()
    assert opened == SessionOpened(client.session)
    announcements = [
        value
        for value in map(codec.decode, (message.body for message in client.connection.messages()))
        if isinstance(value, types.mtproto.NewSessionCreated)
    ]
    assert [(one.first_msg_id, one.server_salt) for one in announcements] == [(first, client.record.salt(NOW))]


def test_MS20_new_session_of_a_container_names_its_lowest_message_id() -> None:
    client = ScriptedClient()
    children = [client.message(QUERY), client.message(QUERY)]
    client.send_container(*children)
    created = codec.decode(client.connection.messages()[0].body)
    assert isinstance(created, types.mtproto.NewSessionCreated)
    assert created.first_msg_id == children[0].msg_id


def test_MS20_message_reported_as_lost_is_not_executed_when_it_arrives_late() -> None:
    client = ScriptedClient()
    late = client.message(QUERY)
    first = client.send()
    assert late.msg_id < first
    client.connection.requests()
    client.send_message(late)
    assert client.connection.requests() == []
    assert bad_msgs(client) == [(late.msg_id, late.seqno, 20)]


def test_MS7_session_started_after_the_clock_was_set_back_has_ids_of_that_time() -> None:
    client = ScriptedClient()
    client.now += 1000
    client.send()
    assert {int(unix_time(message.msg_id) - NOW) for message in client.connection.messages()} == {1000}
    client.now = NOW
    client.last_id = 0
    client.session_id = 77
    client.connection = ScriptedConnection(client)
    client.send()
    assert {int(unix_time(message.msg_id) - NOW) for message in client.connection.messages()} == {0}


def test_MS20_new_session_created_lost_with_its_connection_is_repeated() -> None:
    client = ScriptedClient()
    client.send()
    (lost, *_) = client.connection.messages()
    client.connection.disconnect()
    connection = client.open_connection()
    client.send(connection=connection)
    assert lost in connection.messages()


def test_MS27_invalid_container_starts_no_session() -> None:
    client = ScriptedClient()
    at = client.send(client.message(types.mtproto.MsgContainer([])).body + bytes(4), seqno=0)
    (refused,) = (codec.decode(message.body) for message in client.connection.messages())
    assert refused == types.mtproto.BadMsgNotification(at, 0, 64)
    assert not client.record.sessions


def test_request_is_executed_and_answered() -> None:
    client = started_client()
    asked = client.send()
    (request,) = client.connection.requests()
    assert (request.msg_id, request.query, request.session) == (asked, QUERY, client.session)
    client.connection.answer(request)
    received = client.connection.messages()
    assert results(received) == {asked: ANSWER}
    assert acknowledged(received) == [asked]
    assert all(message.msg_id & 1 for message in received)


# -- errors -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("seconds", "code"), [(-301, 16), (-299, None), (29, None), (31, 17)])
def test_MS2_MS18_codes_16_17_refuse_messages_outside_300_s_ago_to_30_s_ahead(seconds: float, code: int | None) -> None:
    client = ScriptedClient()
    at = client.send(at=client_id(seconds))
    assert bad_msgs(client) == ([] if code is None else [(at, 1, code)])
    assert len(client.connection.requests()) == (code is None)


def test_MS2_age_of_messages_in_a_container_is_not_checked() -> None:
    client = ScriptedClient()
    old = client.message(QUERY, at=client_id(-400))
    client.send_container(old)
    assert bad_msgs(client) == []
    assert [request.msg_id for request in client.connection.requests()] == [old.msg_id]


@pytest.mark.parametrize("low_bits", [1, 2, 3])
@pytest.mark.parametrize("inside", [True, False])
def test_MS1_MS18_code_18_refuses_a_client_id_that_is_no_multiple_of_4(low_bits: int, *, inside: bool) -> None:
    client = started_client()
    wrong = client.message(QUERY, at=client_id(1, low_bits))
    if inside:
        client.send_container(wrong, client.message(QUERY))
    else:
        client.send_message(wrong)
    assert bad_msgs(client) == [(wrong.msg_id, wrong.seqno, 18)]
    assert len(client.connection.requests()) == inside


def test_MS18_code_19_refuses_a_reused_container_id() -> None:
    client = started_client()
    first = client.send_container(client.message(QUERY))
    client.send_container(client.message(QUERY), at=first, seqno=4)
    assert bad_msgs(client) == [(first, 4, 19)]
    assert len(client.connection.requests()) == 1


def test_MS3_replayed_container_causes_no_notification() -> None:
    client = started_client()
    children = [client.message(QUERY), client.message(QUERY)]
    at = client.send_container(*children, seqno=4)
    assert len(client.connection.requests()) == 2
    client.send_container(*children, at=at, seqno=4)
    assert client.connection.requests() == []
    assert bad_msgs(client) == []


def test_MS3_replayed_container_with_a_refused_message_causes_no_notification() -> None:
    client = started_client()
    refused, taken = client.message(QUERY, at=client_id(1, 2)), client.message(QUERY)
    at = client.send_container(refused, taken, seqno=4)
    assert bad_msgs(client) == [(refused.msg_id, refused.seqno, 18)]
    assert len(client.connection.requests()) == 1
    client.send_container(refused, taken, at=at, seqno=4)
    assert bad_msgs(client) == []
    assert client.connection.requests() == []


def test_MS18_code_19_is_sent_for_the_latest_containers_only() -> None:
    client = started_client()
    first = client.send_container(client.message(QUERY))
    for _ in range(100):
        client.send_container(client.message(Ack(msg_ids=[])))
    client.send_container(client.message(QUERY), at=first, seqno=4)
    assert bad_msgs(client) == []  # ambiguous: it has no effect


def test_MS18_code_20_refuses_a_message_older_than_the_replay_window() -> None:
    client = started_client(replay_window=4)
    for client.now in (NOW + 1, NOW + 2):
        client.send()
        client.connection.answer(*client.connection.requests())
        client.acknowledge(*client.connection.messages())
    at = client.send(at=client_id(0.5), seqno=1)
    assert bad_msgs(client) == [(at, 1, 20)]
    assert client.connection.requests() == []


@pytest.mark.parametrize("inside", [True, False])
def test_MS18_codes_32_33_refuse_seqnos_that_do_not_rise_with_the_ids(*, inside: bool) -> None:
    client = started_client()
    client.send(at=client_id(1), seqno=11)
    low, high = Message(client_id(2), 9, QUERY_BODY), Message(client_id(0.5), 13, QUERY_BODY)
    if inside:
        client.send_container(high, low, at=client_id(3), seqno=12)
    else:
        client.send_message(high)
        client.send_message(low)
    assert sorted(bad_msgs(client)) == [(high.msg_id, 13, 33), (low.msg_id, 9, 32)]
    assert len(client.connection.requests()) == 1


def test_MS18_code_32_refuses_a_repeated_seqno_of_a_content_related_message() -> None:
    client = started_client()
    client.send(at=client_id(1), seqno=11)
    at = client.send(at=client_id(2), seqno=11)
    client.send(Ack([]), at=client_id(3), seqno=12)
    client.send(Ack([]), at=client_id(4), seqno=12)
    assert bad_msgs(client) == [(at, 11, 32)]


def test_MS18_code_34_refuses_a_container_with_an_odd_seqno() -> None:
    client = started_client()
    wrong = client.message(types.mtproto.MsgContainer([]), content_related=True)
    client.send_message(wrong)
    assert bad_msgs(client) == [(wrong.msg_id, wrong.seqno, 34)]


@pytest.mark.parametrize("counted", [True, False])
def test_acknowledgements_with_even_or_odd_seqno_are_accepted(*, counted: bool) -> None:
    """mtcute gives msgs_ack an odd number, and Telegram lets it."""
    client = started_client()
    client.send_container(
        client.message(Ack([1]), content_related=counted), client.message(QUERY, content_related=True)
    )
    assert bad_msgs(client) == []
    assert len(client.connection.requests()) == 1


@pytest.mark.parametrize("inside", [True, False])
def test_MS18_code_35_refuses_a_request_with_an_even_seqno(*, inside: bool) -> None:
    client = started_client()
    wrong = client.message(QUERY, content_related=False)
    if inside:
        client.send_container(wrong)
    else:
        client.send_message(wrong)
    assert bad_msgs(client) == [(wrong.msg_id, wrong.seqno, 35)]
    assert client.connection.requests() == []
    assert acknowledged(client.connection.messages()) == []


@pytest.mark.parametrize("together", [True, False])
def test_MS18_code_48_refuses_a_wrong_salt_and_names_the_right_one(*, together: bool) -> None:
    client = started_client()
    message = client.message(QUERY)
    if together:
        message = client.message(codec.encode(types.mtproto.MsgContainer([])) + b"")
    client.send_message(message, salt=client.record.salt(NOW) ^ 1)
    notice = types.mtproto.BadServerSalt(message.msg_id, message.seqno, 48, client.record.salt(NOW))
    assert notice in client.connection.values()
    assert client.connection.requests() == []


@pytest.mark.parametrize(
    "damage",
    [
        lambda body: body + bytes(4),
        lambda body: body[:-4],
        lambda body: body[:4] + (-1).to_bytes(4, "little", signed=True) + body[8:],
        lambda body: body[:20] + (5).to_bytes(4, "little") + body[24:],
    ],
    ids=["left over", "cut", "negative count", "odd length"],
)
def test_MS13_MS18_code_64_refuses_an_invalid_container_and_keeps_the_connection_open(damage: Any) -> None:
    client = started_client()
    wrong = client.message(damage(join([client.message(QUERY)])), content_related=False)
    client.send_message(wrong)
    assert bad_msgs(client) == [(wrong.msg_id, wrong.seqno, 64)]
    unreadable, dropped = client.connection.events()
    assert isinstance(unreadable, UndecodableMessage)
    assert unreadable.error.check == "MS13"
    assert isinstance(dropped, MessageIgnored)
    client.send()
    assert len(client.connection.requests()) == 1


def test_MS12_container_of_too_many_messages_is_refused() -> None:
    client = started_client(max_container_messages=3)
    at = client.send_container(*(client.message(QUERY) for _ in range(4)))
    assert bad_msgs(client)[0][::2] == (at, 64)
    assert client.connection.requests() == []


def test_MS13_container_in_a_container_is_refused() -> None:
    client = started_client()
    inner = client.message(codec.encode(types.mtproto.MsgContainer([])))
    at = client.send_container(inner)
    assert bad_msgs(client)[0][::2] == (at, 64)


def test_MS16_empty_container_is_accepted() -> None:
    client = started_client()
    client.send_container()
    assert client.connection.messages() == []
    assert client.connection.events() == []


@pytest.mark.parametrize("code", [32, 64])
def test_MS26_refused_message_repeated_unchanged_is_refused_again(code: int) -> None:
    """The error may have been lost; what was refused did not come."""
    client = started_client()
    client.send(at=client_id(1), seqno=11)
    client.connection.events()
    wrong = {
        32: Message(client_id(2), 9, QUERY_BODY),
        64: Message(client_id(2), 12, codec.encode(types.mtproto.MsgContainer([])) + bytes(4)),
    }[code]
    for _ in range(3):
        client.send_message(wrong)
        assert bad_msgs(client) == [(wrong.msg_id, wrong.seqno, code)]
    assert client.session.state(wrong.msg_id) == 3


def test_MS27_repeated_query_with_an_even_seqno_is_not_executed() -> None:
    client = started_client()
    wrong = client.message(QUERY, content_related=False)
    connection = client.open_connection()
    client.send_message(wrong)
    assert bad_msgs(client) == [(wrong.msg_id, wrong.seqno, 35)]
    client.send_message(wrong, connection=connection)
    assert connection.server.sessions == []
    assert connection.values() == client.connection.values() == []


def test_MS3_forgetting_a_refused_id_allows_no_replay() -> None:
    client = started_client(replay_window=4)
    ids = [client.send(at=client_id(seconds)) for seconds in (1, 2, 3, 4)]
    for request in client.connection.requests():
        client.connection.answer(request)
    client.acknowledge(*client.connection.messages())
    client.send(QUERY, at=client_id(20), seqno=100)
    assert bad_msgs(client)[-1][2] == 35
    client.send(at=ids[0], seqno=1)
    assert client.connection.requests() == []


# -- duplicates ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("inside", [True, False])
def test_MS3_MS4_MS5_repeated_request_is_executed_once_and_acknowledged_twice(*, inside: bool) -> None:
    client = started_client()
    request = client.message(QUERY)
    client.send_message(request)
    assert client.acknowledged() == [request.msg_id]
    if inside:
        client.send_container(request)
    else:
        client.send_message(request)
    assert client.acknowledged() == [request.msg_id]
    _, *rest = client.connection.events()
    assert [type(event) for event in rest] == [MessageIgnored]
    assert isinstance(rest[0], MessageIgnored)
    assert rest[0].check == "MS3"


@pytest.mark.parametrize(("salt", "later"), [(12345, 0.0), (None, 400.0)], ids=["salt", "age"])
def test_MS5_received_request_repeated_later_is_not_refused(salt: int | None, later: float) -> None:
    client = started_client()
    message = client.message(QUERY)
    client.send_message(message)
    (request,) = client.connection.requests()
    client.now += later
    client.send_message(message, salt=salt)
    assert not any(isinstance(value, types.mtproto.TypeBadMsgNotification) for value in client.connection.values())
    client.connection.answer(request)
    assert client.connection.answers() == {message.msg_id: ANSWER}
    assert client.connection.requests() == []


def test_MS5_message_that_needs_no_acknowledgement_never_gets_one() -> None:
    client = started_client()
    message = client.message(functions.mtproto.Ping(1), content_related=False)
    client.send_message(message)
    client.send_message(message)
    assert [type(value).__name__ for value in client.connection.values()] == ["Pong"]
    assert client.acknowledged() == []


def test_MS26_repeated_answered_request_gets_the_same_answer_message() -> None:
    client = started_client()
    request = client.message(QUERY)
    client.send_message(request)
    client.connection.answer(*client.connection.requests())
    answer = next(message for message in client.connection.messages() if message.content_related)
    client.send_message(request)
    assert answer in client.connection.messages()
    assert client.connection.requests() == []


def test_MS26_answer_that_was_acknowledged_is_not_sent_again() -> None:
    client = started_client()
    request = client.message(QUERY)
    client.send_message(request)
    client.connection.answer(*client.connection.requests())
    client.acknowledge(*client.connection.messages())
    client.send_message(request)
    assert results(client.connection.messages()) == {}
    assert client.session.requests == {}


def test_MS8_recent_answer_is_resent_with_its_id() -> None:
    client = started_client()
    request = client.message(QUERY)
    client.send_message(request)
    client.connection.answer(*client.connection.requests())
    (first,) = [message for message in client.connection.messages() if message.content_related]
    client.now += client.limits.same_id_resend_window
    client.send_message(request)
    (again,) = [message for message in client.connection.messages() if message.content_related]
    assert again == first


def test_MS8_old_answer_is_resent_with_a_new_id() -> None:
    client = started_client()
    request = client.message(QUERY)
    client.send_message(request)
    client.connection.answer(*client.connection.requests())
    old = next(message for message in client.connection.messages() if message.content_related)
    client.now += client.limits.same_id_resend_window + 1
    client.send_message(request)
    new = next(message for message in client.connection.messages() if message.content_related)
    assert new.body == old.body
    assert new.msg_id > old.msg_id
    assert new.seqno > old.seqno


def test_MS26_requests_beyond_the_replay_window_are_executed_once() -> None:
    client = started_client(replay_window=4)
    requests = [client.message(QUERY) for _ in range(10)]
    for request in requests:
        client.send_message(request)
    client.connection.answer(*client.connection.requests())
    client.connection.disconnect()
    connection = client.open_connection()
    client.send(functions.mtproto.Ping(0), connection=connection)
    connection.messages()
    client.send_message(client.message(join(requests)), connection=connection)
    assert connection.requests() == []
    received = connection.messages()
    assert sorted(results(received)) == [request.msg_id for request in requests]
    assert not any(message.constructor == _BAD_MSG for message in received)


# -- connections -------------------------------------------------------------------------------------------------------


def test_MS26_session_keeps_its_answers_on_another_connection() -> None:
    client = started_client()
    answered, pending = client.message(QUERY), client.message(QUERY)
    client.send_message(answered)
    client.connection.answer(*client.connection.requests())
    lost = next(message for message in client.connection.messages() if message.content_related)
    client.send_message(pending)
    (request,) = client.connection.requests()
    connection = client.open_connection()
    client.send(functions.mtproto.Ping(1), connection=connection)
    client.connection.answer(request)
    assert client.connection.server.data_to_send(now=client.now) == b""
    received = connection.messages()
    assert lost in received
    assert sorted(results(received)) == [answered.msg_id, pending.msg_id]
    assert client.connection.server.next_deadline() == NOW + Limits().idle_timeout


def test_MS26_answers_go_to_the_last_active_connection_of_a_session() -> None:
    client = started_client()
    first, second = client.connection, client.open_connection()
    asked = [client.send(connection=connection) for connection in (first, second, first, second)]
    for connection in (first, second):
        connection.answer(*connection.requests())
    assert first.messages() == []
    assert sorted(second.answers()) == asked
    back = client.send(connection=first)
    first.answer(*first.requests())
    assert set(first.answers()) >= {back}
    assert second.messages() == []


def test_MS26_answer_without_a_connection_waits_for_the_next_one() -> None:
    client = started_client()
    asked = client.send()
    (request,) = client.connection.requests()
    client.connection.disconnect()
    client.connection.answer(request)
    connection = client.open_connection()
    client.send(functions.mtproto.Ping(1), connection=connection)
    assert set(connection.answers()) == {asked}


def test_updates_lost_with_their_connection_are_resent() -> None:
    client = started_client()
    client.connection.server.push(client.session, types.UpdatesTooLong(), now=client.now)
    (lost,) = client.connection.messages()
    connection = client.open_connection()
    client.send(functions.mtproto.Ping(1), connection=connection)
    assert lost in connection.messages()
    client.acknowledge(lost)
    assert lost not in client.connection.messages()


def test_connection_lists_its_sessions() -> None:
    client = started_client()
    assert client.connection.server.sessions == [client.session]
    connection = client.open_connection()
    client.send(connection=connection)
    assert client.connection.server.sessions == []
    assert connection.server.sessions == [client.session]
    connection.disconnect()
    assert connection.server.sessions == []
    assert client.session.connection is None


# -- quick acknowledgements ---------------------------------------------------------------------------------------


def test_TR4_quick_acks_are_sent_for_accepted_messages_that_request_them() -> None:
    client = started_client()
    client.send_message(client.message(QUERY))
    client.connection.messages()
    assert client.connection.quick_acks == []
    token = client.send_message(client.message(QUERY), quick_ack=True)
    client.send_message(client.message(QUERY), salt=0, quick_ack=True)
    client.connection.messages()
    assert client.connection.quick_acks == [token]


# -- bounds -------------------------------------------------------------------------------------------------------


def test_sessions_of_one_key_are_bounded_and_the_oldest_is_evicted() -> None:
    client = ScriptedClient(max_sessions_per_key=3)
    for session_id in range(10):
        client.session_id = session_id
        client.send()
        client.connection.messages()
    assert sorted(client.record.sessions) == [7, 8, 9]
    assert len(client.connection.server.sessions) == 3
    assert len(client.connection.server.sessions) <= 4


def test_requests_of_an_evicted_session_are_reported_as_cancelled() -> None:
    client = ScriptedClient(max_sessions_per_key=1)
    client.send()
    client.send()
    answered, open_request = client.connection.requests()
    client.connection.answer(answered)
    client.session_id += 1
    client.send()
    assert [event for event in client.connection.events() if isinstance(event, RequestCancelled)] == [
        RequestCancelled(open_request)
    ]
    assert open_request.dropped


def test_requests_without_an_answer_are_bounded() -> None:
    client = started_client(max_unacked_responses=5)
    asked = [client.send() for _ in range(20)]
    refused = client.connection.answers()
    assert list(refused) == asked[5:]
    assert {error.error_message for error in refused.values()} == {"FLOOD_WAIT_1"}
    assert len(client.session.requests) <= 6


@pytest.mark.parametrize("flush", [True, False])
def test_unacknowledged_answers_are_bounded(*, flush: bool) -> None:
    client = started_client(max_unacked_responses=5, max_remembered_unowned=8)
    for _ in range(100):
        client.send()
        client.connection.answer(*client.connection.requests())
        if flush:
            client.connection.messages()
    client.connection.messages()
    client.connection.messages()
    assert len(client.session.requests) <= 6
    assert client.session.outbox.remembered <= 5 + 8 + 5


def test_unacknowledged_service_answers_are_bounded() -> None:
    client = started_client(max_unacked_responses=5, max_remembered_unowned=8)
    for number in range(100):
        client.send(functions.mtproto.RpcDropAnswer(number))
        client.send(functions.mtproto.Ping(number))
        client.connection.messages()
    assert len(client.session.requests) <= 6
    assert client.session.outbox.remembered <= 5 + 8 + 5
    assert client.session.outbox.remembered_unowned <= 8 + 5


def test_request_records_its_predecessors_its_followers_and_its_answer() -> None:
    session = started_client().session
    first, second, third = (IncomingRequest(session, msg_id, NO_QUERY, after=(4, 8)) for msg_id in (4, 8, 12))
    assert (first.after_done, first.reported, first.failed, first.dropped, first.answered) == (0, *[False] * 4)
    third.skip_predecessor()
    assert third.after_done == 1
    third.wait_for(second)
    assert (third.waits_for, second.followers) == (second, {12: third})
    assert second.take_followers() == [third]
    assert (third.waits_for, second.followers) == (None, {})
    third.wait_for(first)
    third.drop()
    assert (third.dropped, third.waits_for, first.followers) == (True, None, {})
    first.set_reported()
    first.set_failed()
    first.set_size(7)
    assert (first.reported, first.failed, first.size) == (True, True, 7)


def test_connections_of_a_destroyed_key_end_in_the_order_of_their_use() -> None:
    """The current one first. The same inputs cause the same calls, whatever the addresses of objects are."""
    ended: list[int] = []

    class Used:
        def __init__(self, number: int) -> None:
            self.number = number

        def key_ended(self) -> None:
            ended.append(self.number)

    connections: list[Any] = [Used(number) for number in range(12)]
    session = ServerSession(1, KeyRecord(AuthKey(bytes(256)), 7, created_at=NOW), Limits())
    for connection in connections:
        session.poll_started(connection, NOW)
    session.use_connection(connections[7])
    session.end()
    assert ended == [7, *(number for number in range(12) if number != 7)]


def test_MS7_ids_of_an_evicted_session_are_below_those_of_the_next_one_with_its_number() -> None:
    client = ScriptedClient(max_sessions_per_key=1)
    used: list[list[int]] = []
    for session_id in (1, 2, 1):
        client.session_id = session_id
        client.send(functions.mtproto.Ping(0), content_related=False)
        client.send()
        client.connection.answer(*client.connection.requests())
        used.append([message.msg_id for message in client.connection.messages()])
    assert max(used[0]) < min(used[2])


@pytest.mark.interpreted  # the collector sees nothing of compiled objects
def test_acknowledged_request_is_freed_without_the_collector() -> None:
    client = started_client()
    gc.collect()  # the requests of other tests
    gc.disable()
    try:
        asked = client.send()
        client.connection.answer(*client.connection.requests())
        assert asked in held_requests()
        client.acknowledge(*client.connection.messages())
        assert asked not in held_requests()
    finally:
        gc.enable()


def held_requests() -> list[int]:
    """The message ids of all requests in memory."""
    return [each.msg_id for each in gc.get_objects() if type(each) is IncomingRequest]
