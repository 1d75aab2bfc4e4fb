"""What a server accepts, refuses, executes once and answers again (MS2 to MS6, MS18 to MS20, MS26)."""

from __future__ import annotations

from typing import Any

import pytest

from sansio_tl import codec, functions, types
from sansio_tl.events import MessageIgnored, SessionOpened, UndecodableMessage
from sansio_tl.limits import Limits
from sansio_tl.mtproto.container import join
from sansio_tl.mtproto.message import Message
from tests.mtproto.caller import ANSWER, QUERY, Caller, acknowledged, client_id, results
from tests.pair import NOW

QUERY_BODY = codec.encode(QUERY)
Ack = types.mtproto.MsgsAck
_BAD_MSG = types.mtproto.BadMsgNotification.ID.to_bytes(4, "little")


def caller(**limits: Any) -> Caller:
    caller = Caller(**limits)
    caller.introduce()
    return caller


def refusals(caller: Caller) -> list[tuple[int, int, int]]:
    """bad_msg_id, seqno and code of each refusal that came."""
    return [
        (value.bad_msg_id, value.bad_msg_seqno, value.error_code)
        for value in caller.line.values()
        if isinstance(value, types.mtproto.BadMsgNotification)
    ]


# -- the session --------------------------------------------------------------------------------------------------


def test_MS20_a_new_session_is_announced_once_with_its_first_message() -> None:
    caller = Caller()
    first = caller.say()
    caller.say()
    (opened, *_) = caller.line.events()
    assert opened == SessionOpened(caller.session)
    announcements = [
        value
        for value in map(codec.decode, (message.body for message in caller.line.heard()))
        if isinstance(value, types.mtproto.NewSessionCreated)
    ]
    assert [(one.first_msg_id, one.server_salt) for one in announcements] == [(first, caller.record.salt(NOW))]


def test_MS20_the_first_message_of_a_container_is_the_lowest_inside() -> None:
    caller = Caller()
    children = [caller.message(QUERY), caller.message(QUERY)]
    caller.say_together(*children)
    created = codec.decode(caller.line.heard()[0].body)
    assert isinstance(created, types.mtproto.NewSessionCreated)
    assert created.first_msg_id == children[0].msg_id


def test_MS20_what_the_client_was_told_is_lost_is_not_executed_when_it_comes_after_all() -> None:
    client = Caller()
    late = client.message(QUERY)
    first = client.say()
    assert late.msg_id < first
    client.line.requests()
    client.send(late)
    assert client.line.requests() == []
    assert refusals(client) == [(late.msg_id, late.seqno, 20)]


def test_MS20_an_announcement_that_was_lost_with_its_link_is_repeated() -> None:
    caller = Caller()
    caller.say()
    (lost, *_) = caller.line.heard()
    caller.line.hang_up()
    line = caller.another_line()
    caller.say(line=line)
    assert lost in line.heard()


def test_MS27_no_session_begins_with_a_broken_container() -> None:
    caller = Caller()
    at = caller.say(caller.message(types.mtproto.MsgContainer([])).body + bytes(4), seqno=0)
    (refused,) = (codec.decode(message.body) for message in caller.line.heard())
    assert refused == types.mtproto.BadMsgNotification(at, 0, 64)
    assert not caller.record.sessions


def test_a_request_is_executed_and_answered() -> None:
    client = caller()
    asked = client.say()
    (request,) = client.line.requests()
    assert (request.msg_id, request.query, request.session) == (asked, QUERY, client.session)
    client.line.answer(request)
    heard = client.line.heard()
    assert results(heard) == {asked: ANSWER}
    assert acknowledged(heard) == [asked]
    assert all(message.msg_id & 1 for message in heard)


# -- refusals -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("seconds", "code"), [(-301, 16), (-299, None), (29, None), (31, 17)])
def test_MS2_MS18_16_17_messages_are_accepted_from_300_s_ago_to_30_s_ahead(seconds: float, code: int | None) -> None:
    client = Caller()
    at = client.say(at=client_id(seconds))
    assert refusals(client) == ([] if code is None else [(at, 1, code)])
    assert len(client.line.requests()) == (code is None)


def test_MS2_the_age_of_what_is_in_a_container_is_not_judged() -> None:
    client = Caller()
    old = client.message(QUERY, at=client_id(-400))
    client.say_together(old)
    assert refusals(client) == []
    assert [request.msg_id for request in client.line.requests()] == [old.msg_id]


@pytest.mark.parametrize("low_bits", [1, 2, 3])
@pytest.mark.parametrize("inside", [True, False])
def test_MS1_MS18_18_a_client_makes_ids_that_are_multiples_of_4(low_bits: int, *, inside: bool) -> None:
    client = caller()
    wrong = client.message(QUERY, at=client_id(1, low_bits))
    if inside:
        client.say_together(wrong, client.message(QUERY))
    else:
        client.send(wrong)
    assert refusals(client) == [(wrong.msg_id, wrong.seqno, 18)]
    assert len(client.line.requests()) == inside


def test_MS18_19_the_id_of_a_container_is_used_once() -> None:
    client = caller()
    first = client.say_together(client.message(QUERY))
    client.say_together(client.message(QUERY), at=first, seqno=4)
    assert refusals(client) == [(first, 4, 19)]
    assert len(client.line.requests()) == 1


def test_MS3_a_container_that_is_replayed_blames_nobody() -> None:
    client = caller()
    children = [client.message(QUERY), client.message(QUERY)]
    at = client.say_together(*children, seqno=4)
    assert len(client.line.requests()) == 2
    client.say_together(*children, at=at, seqno=4)
    assert client.line.requests() == []
    assert refusals(client) == []


def test_MS3_a_container_that_is_replayed_after_a_part_of_it_was_refused_blames_nobody() -> None:
    client = caller()
    refused, taken = client.message(QUERY, at=client_id(1, 2)), client.message(QUERY)
    at = client.say_together(refused, taken, seqno=4)
    assert refusals(client) == [(refused.msg_id, refused.seqno, 18)]
    assert len(client.line.requests()) == 1
    client.say_together(refused, taken, at=at, seqno=4)
    assert refusals(client) == []
    assert client.line.requests() == []


def test_MS18_19_of_many_containers_the_latest_are_remembered() -> None:
    client = caller()
    first = client.say_together(client.message(QUERY))
    for _ in range(100):
        client.say_together(client.message(Ack(msg_ids=[])))
    client.say_together(client.message(QUERY), at=first, seqno=4)
    assert refusals(client) == []  # nobody can tell: it has no effect


def test_MS18_20_what_is_too_old_to_be_told_from_a_replay_is_refused() -> None:
    client = caller(replay_window=4)
    for client.now in (NOW + 1, NOW + 2):
        client.say()
        client.line.answer(*client.line.requests())
        client.acknowledge(*client.line.heard())
    at = client.say(at=client_id(0.5), seqno=1)
    assert refusals(client) == [(at, 1, 20)]
    assert client.line.requests() == []


@pytest.mark.parametrize("inside", [True, False])
def test_MS18_32_33_sequence_numbers_rise_with_the_ids(*, inside: bool) -> None:
    client = caller()
    client.say(at=client_id(1), seqno=11)
    low, high = Message(client_id(2), 9, QUERY_BODY), Message(client_id(0.5), 13, QUERY_BODY)
    if inside:
        client.say_together(high, low, at=client_id(3), seqno=12)
    else:
        client.send(high)
        client.send(low)
    assert sorted(refusals(client)) == [(high.msg_id, 13, 33), (low.msg_id, 9, 32)]
    assert len(client.line.requests()) == 1


def test_MS18_32_no_two_content_related_messages_share_a_number() -> None:
    client = caller()
    client.say(at=client_id(1), seqno=11)
    at = client.say(at=client_id(2), seqno=11)
    client.say(Ack([]), at=client_id(3), seqno=12)
    client.say(Ack([]), at=client_id(4), seqno=12)
    assert refusals(client) == [(at, 11, 32)]


def test_MS18_34_containers_have_even_numbers() -> None:
    client = caller()
    wrong = client.message(types.mtproto.MsgContainer([]), content_related=True)
    client.send(wrong)
    assert refusals(client) == [(wrong.msg_id, wrong.seqno, 34)]


@pytest.mark.parametrize("counted", [True, False])
def test_acknowledgements_may_be_counted_or_not(*, counted: bool) -> None:
    """mtcute gives msgs_ack an odd number, and Telegram lets it."""
    client = caller()
    client.say_together(client.message(Ack([1]), content_related=counted), client.message(QUERY, content_related=True))
    assert refusals(client) == []
    assert len(client.line.requests()) == 1


@pytest.mark.parametrize("inside", [True, False])
def test_MS18_35_requests_have_odd_numbers(*, inside: bool) -> None:
    client = caller()
    wrong = client.message(QUERY, content_related=False)
    if inside:
        client.say_together(wrong)
    else:
        client.send(wrong)
    assert refusals(client) == [(wrong.msg_id, wrong.seqno, 35)]
    assert client.line.requests() == []
    assert acknowledged(client.line.heard()) == []


@pytest.mark.parametrize("together", [True, False])
def test_MS18_48_a_wrong_salt_is_refused_and_the_right_one_told(*, together: bool) -> None:
    client = caller()
    message = client.message(QUERY)
    if together:
        message = client.message(codec.encode(types.mtproto.MsgContainer([])) + b"")
    client.send(message, salt=client.record.salt(NOW) ^ 1)
    notice = types.mtproto.BadServerSalt(message.msg_id, message.seqno, 48, client.record.salt(NOW))
    assert notice in client.line.values()
    assert client.line.requests() == []


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
def test_MS13_MS18_64_a_broken_container_is_refused_whole_and_the_link_goes_on(damage: Any) -> None:
    client = caller()
    wrong = client.message(damage(join([client.message(QUERY)])), content_related=False)
    client.send(wrong)
    assert refusals(client) == [(wrong.msg_id, wrong.seqno, 64)]
    unreadable, dropped = client.line.events()
    assert isinstance(unreadable, UndecodableMessage)
    assert unreadable.error.check == "MS13"
    assert isinstance(dropped, MessageIgnored)
    client.say()
    assert len(client.line.requests()) == 1


def test_MS12_a_container_of_too_many_messages_is_refused() -> None:
    client = caller(max_container_messages=3)
    at = client.say_together(*(client.message(QUERY) for _ in range(4)))
    assert refusals(client)[0][::2] == (at, 64)
    assert client.line.requests() == []


def test_MS13_a_container_in_a_container_is_refused() -> None:
    client = caller()
    inner = client.message(codec.encode(types.mtproto.MsgContainer([])))
    at = client.say_together(inner)
    assert refusals(client)[0][::2] == (at, 64)


def test_MS16_an_empty_container_is_legal() -> None:
    client = caller()
    client.say_together()
    assert client.line.heard() == []
    assert client.line.events() == []


@pytest.mark.parametrize("code", [32, 64])
def test_MS26_a_refused_message_may_come_again_as_it_was(code: int) -> None:
    """The refusal may have been lost; what was refused did not come."""
    client = caller()
    client.say(at=client_id(1), seqno=11)
    client.line.events()
    wrong = {
        32: Message(client_id(2), 9, QUERY_BODY),
        64: Message(client_id(2), 12, codec.encode(types.mtproto.MsgContainer([])) + bytes(4)),
    }[code]
    for _ in range(3):
        client.send(wrong)
        assert refusals(client) == [(wrong.msg_id, wrong.seqno, code)]
    assert client.session.state(wrong.msg_id) == 3


def test_MS27_a_query_with_an_even_number_is_refused_once_and_not_executed_when_it_comes_again() -> None:
    client = caller()
    wrong = client.message(QUERY, content_related=False)
    line = client.another_line()
    client.send(wrong)
    assert refusals(client) == [(wrong.msg_id, wrong.seqno, 35)]
    client.send(wrong, line=line)
    assert line.server.sessions == []
    assert line.values() == client.line.values() == []


def test_MS3_taking_a_refused_message_back_opens_no_gap_for_replays() -> None:
    client = caller(replay_window=4)
    ids = [client.say(at=client_id(seconds)) for seconds in (1, 2, 3, 4)]
    for request in client.line.requests():
        client.line.answer(request)
    client.acknowledge(*client.line.heard())
    client.say(QUERY, at=client_id(20), seqno=100)
    assert refusals(client)[-1][2] == 35
    client.say(at=ids[0], seqno=1)
    assert client.line.requests() == []


# -- duplicates ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("inside", [True, False])
def test_MS3_MS4_MS5_a_request_that_comes_twice_is_executed_once_and_acknowledged_twice(*, inside: bool) -> None:
    client = caller()
    request = client.message(QUERY)
    client.send(request)
    assert client.acknowledged() == [request.msg_id]
    if inside:
        client.say_together(request)
    else:
        client.send(request)
    assert client.acknowledged() == [request.msg_id]
    _, *rest = client.line.events()
    assert [type(event) for event in rest] == [MessageIgnored]
    assert isinstance(rest[0], MessageIgnored)
    assert rest[0].check == "MS3"


@pytest.mark.parametrize(("salt", "later"), [(12345, 0.0), (None, 400.0)], ids=["salt", "age"])
def test_MS5_a_request_that_came_is_not_refused_when_it_is_brought_again_later(salt: int | None, later: float) -> None:
    client = caller()
    message = client.message(QUERY)
    client.send(message)
    (request,) = client.line.requests()
    client.now += later
    client.send(message, salt=salt)
    assert not any(isinstance(value, types.mtproto.TypeBadMsgNotification) for value in client.line.values())
    client.line.answer(request)
    assert client.line.answers() == {message.msg_id: ANSWER}
    assert client.line.requests() == []


def test_MS5_what_needs_no_acknowledgement_gets_none_however_often_it_comes() -> None:
    client = caller()
    message = client.message(functions.mtproto.Ping(1), content_related=False)
    client.send(message)
    client.send(message)
    assert [type(value).__name__ for value in client.line.values()] == ["Pong"]
    assert client.acknowledged() == []


def test_MS26_a_request_that_was_answered_is_answered_again_with_the_same_message() -> None:
    client = caller()
    request = client.message(QUERY)
    client.send(request)
    client.line.answer(*client.line.requests())
    answer = next(message for message in client.line.heard() if message.content_related)
    client.send(request)
    assert answer in client.line.heard()
    assert client.line.requests() == []


def test_MS26_an_answer_that_was_acknowledged_is_not_sent_again() -> None:
    client = caller()
    request = client.message(QUERY)
    client.send(request)
    client.line.answer(*client.line.requests())
    client.acknowledge(*client.line.heard())
    client.send(request)
    assert results(client.line.heard()) == {}
    assert client.session.requests == {}


def test_MS8_an_answer_that_has_grown_old_is_sent_again_under_a_new_id() -> None:
    client = caller()
    request = client.message(QUERY)
    client.send(request)
    client.line.answer(*client.line.requests())
    old = next(message for message in client.line.heard() if message.content_related)
    client.now += client.limits.same_id_resend_window + 1
    client.send(request)
    new = next(message for message in client.line.heard() if message.content_related)
    assert new.body == old.body
    assert new.msg_id > old.msg_id
    assert new.seqno > old.seqno


def test_MS26_more_requests_than_the_window_remembers_are_still_executed_once() -> None:
    client = caller(replay_window=4)
    requests = [client.message(QUERY) for _ in range(10)]
    for request in requests:
        client.send(request)
    client.line.answer(*client.line.requests())
    client.line.hang_up()
    line = client.another_line()
    client.say(functions.mtproto.Ping(0), line=line)
    line.heard()
    client.send(client.message(join(requests)), line=line)
    assert line.requests() == []
    heard = line.heard()
    assert sorted(results(heard)) == [request.msg_id for request in requests]
    assert not any(message.constructor == _BAD_MSG for message in heard)


# -- links --------------------------------------------------------------------------------------------------------


def test_MS26_a_session_that_moves_takes_its_answers_along() -> None:
    client = caller()
    answered, pending = client.message(QUERY), client.message(QUERY)
    client.send(answered)
    client.line.answer(*client.line.requests())
    lost = next(message for message in client.line.heard() if message.content_related)
    client.send(pending)
    (request,) = client.line.requests()
    line = client.another_line()
    client.say(functions.mtproto.Ping(1), line=line)
    client.line.answer(request)
    assert client.line.server.data_to_send(now=client.now) == b""
    heard = line.heard()
    assert lost in heard
    assert sorted(results(heard)) == [answered.msg_id, pending.msg_id]
    assert client.line.server.next_deadline() == NOW + Limits().idle_timeout


def test_MS26_two_links_of_one_session_both_work_and_the_last_that_spoke_is_answered() -> None:
    client = caller()
    first, second = client.line, client.another_line()
    asked = [client.say(line=line) for line in (first, second, first, second)]
    for line in (first, second):
        line.answer(*line.requests())
    assert first.heard() == []
    assert sorted(second.answers()) == asked
    back = client.say(line=first)
    first.answer(*first.requests())
    assert set(first.answers()) >= {back}
    assert second.heard() == []


def test_MS26_an_answer_made_after_its_link_ended_waits_for_the_next_one() -> None:
    client = caller()
    asked = client.say()
    (request,) = client.line.requests()
    client.line.hang_up()
    client.line.answer(request)
    line = client.another_line()
    client.say(functions.mtproto.Ping(1), line=line)
    assert set(line.answers()) == {asked}


def test_updates_that_were_lost_with_their_link_are_sent_again() -> None:
    client = caller()
    client.line.server.push(client.session, types.UpdatesTooLong(), now=client.now)
    (lost,) = client.line.heard()
    line = client.another_line()
    client.say(functions.mtproto.Ping(1), line=line)
    assert lost in line.heard()
    client.acknowledge(lost)
    assert lost not in client.line.heard()


def test_a_link_names_the_sessions_that_speak_over_it() -> None:
    client = caller()
    assert client.line.server.sessions == [client.session]
    line = client.another_line()
    client.say(line=line)
    assert client.line.server.sessions == []
    assert line.server.sessions == [client.session]
    line.hang_up()
    assert line.server.sessions == []
    assert client.session.link is None


# -- quick acknowledgements ---------------------------------------------------------------------------------------


def test_TR4_a_quick_acknowledgement_is_given_to_who_asks_and_for_what_is_accepted() -> None:
    client = caller()
    client.send(client.message(QUERY))
    client.line.heard()
    assert client.line.quick_acks == []
    token = client.send(client.message(QUERY), quick_ack=True)
    client.send(client.message(QUERY), salt=0, quick_ack=True)
    client.line.heard()
    assert client.line.quick_acks == [token]


# -- bounds -------------------------------------------------------------------------------------------------------


def test_sessions_of_one_key_are_bounded_and_the_oldest_makes_room() -> None:
    client = Caller(max_sessions_per_key=3)
    for session_id in range(10):
        client.session_id = session_id
        client.say()
        client.line.heard()
    assert sorted(client.record.sessions) == [7, 8, 9]
    assert len(client.line.server.sessions) == 3
    assert len(client.line.server._sessions) <= 4


def test_requests_without_an_answer_are_bounded() -> None:
    client = caller(max_unacked_responses=5)
    asked = [client.say() for _ in range(20)]
    refused = client.line.answers()
    assert list(refused) == asked[5:]
    assert {error.error_message for error in refused.values()} == {"FLOOD_WAIT_1"}
    assert len(client.session.requests) <= 6


@pytest.mark.parametrize("flush", [True, False])
def test_answers_that_nobody_acknowledges_are_bounded(*, flush: bool) -> None:
    client = caller(max_unacked_responses=5, max_remembered_unowned=8)
    for _ in range(100):
        client.say()
        client.line.answer(*client.line.requests())
        if flush:
            client.line.heard()
    client.line.heard()
    client.line.heard()
    assert len(client.session.requests) <= 6
    assert len(client.session.outbox._sent) <= 5 + 8 + 5


def test_service_answers_that_nobody_acknowledges_are_bounded() -> None:
    client = caller(max_unacked_responses=5, max_remembered_unowned=8)
    for number in range(100):
        client.say(functions.mtproto.RpcDropAnswer(number))
        client.say(functions.mtproto.Ping(number))
        client.line.heard()
    assert len(client.session.requests) <= 6
    assert len(client.session.outbox._sent) <= 5 + 8 + 5
    assert len(client.session.outbox._unowned) <= 8 + 5
