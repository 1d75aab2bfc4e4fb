"""EN7 and the rules of the session (MS), as the client keeps them."""

from __future__ import annotations

import gzip

import pytest

from sansio_tl import codec, errors, functions, types
from sansio_tl.errors import LocalProtocolError, RemoteProtocolError
from sansio_tl.events import (
    BadMessage,
    MessageIgnored,
    OutcomeUnknown,
    RequestFailed,
    ResultReceived,
    SessionCreated,
    UndecodableMessage,
    UpdatesReceived,
)
from sansio_tl.mtproto.container import GZIP_PACKED, join
from sansio_tl.mtproto.message import Message
from sansio_tl.mtproto.message_ids import unix_time
from tests.mtproto.peer import NEAREST, Peer, msg_id, result
from tests.pair import NOW

UPDATE = types.UpdatesTooLong()
UPDATE_BODY = codec.encode(UPDATE)


def drops(peer: Peer) -> list[str]:
    return [event.check for event in peer.events() if isinstance(event, MessageIgnored)]


# -- envelopes ------------------------------------------------------------------------------------------------------


def test_EN7_a_message_of_a_strange_session_ends_the_link() -> None:
    peer = Peer()
    with pytest.raises(RemoteProtocolError, match="EN7"):
        peer.say(UPDATE, session=peer.session.session_id ^ 1)


def test_EN7_a_message_of_a_session_that_we_left_is_dropped() -> None:
    peer = Peer()
    old = peer.session.session_id
    peer.session.start_new_session()
    peer.say(UPDATE, session=old)
    assert drops(peer) == ["EN7"]
    peer.say(UPDATE)
    assert peer.events() == [UpdatesReceived(UPDATE)]


def test_EN2_a_message_under_another_key_id_is_refused() -> None:
    peer = Peer()
    packet = peer.seal(UPDATE)
    with pytest.raises(RemoteProtocolError, match="EN2"):
        peer.session.receive_packet(bytes([packet[0] ^ 1]) + packet[1:], peer.now)
    assert peer.events() == []


# -- message ids of the server --------------------------------------------------------------------------------------


@pytest.mark.parametrize("low_bits", [0, 2])
def test_MS1_a_server_message_has_an_odd_id(low_bits: int) -> None:
    peer = Peer()
    with pytest.raises(RemoteProtocolError, match="MS1"):
        peer.say(UPDATE, at=msg_id(0, low_bits))


@pytest.mark.parametrize(("seconds", "accepted"), [(-301, False), (-299, True), (29, True), (31, False)])
def test_MS2_messages_are_accepted_from_300_s_ago_to_30_s_ahead(seconds: float, *, accepted: bool) -> None:
    peer = Peer()
    peer.say(UPDATE, at=msg_id(seconds))
    assert drops(peer) == ([] if accepted else ["MS2"])


def test_MS2_no_age_is_judged_before_the_clock_is_known() -> None:
    peer = Peer()
    peer.session.clock.synchronised = False
    peer.say(UPDATE, at=msg_id(-5000))
    assert drops(peer) == []


@pytest.mark.parametrize(("seconds", "code"), [(9000, 16), (-9000, 17)])
def test_MS38_a_refusal_of_what_has_just_left_is_heard_at_any_age(seconds: float, code: int) -> None:
    peer = Peer()
    peer.invoke()
    (asked,) = peer.sent()
    peer.say(types.mtproto.BadMsgNotification(asked.msg_id, asked.seqno, code), at=msg_id(seconds, 3), seqno=0)
    assert peer.session.clock.offset == pytest.approx(seconds, abs=1)


def test_MS18_16_sets_a_clock_that_was_never_set() -> None:
    peer = Peer()
    peer.session.clock.synchronised = False
    peer.invoke()
    (asked,) = peer.sent()
    peer.say(types.mtproto.BadMsgNotification(asked.msg_id, asked.seqno, 16), at=msg_id(9000, 3), seqno=0)
    assert peer.session.clock.offset == pytest.approx(9000, abs=1)


def test_MS3_a_replayed_message_has_no_effect() -> None:
    peer = Peer()
    first = peer.say(UPDATE)
    peer.say(UPDATE)
    peer.say(UPDATE, at=first)
    assert [type(event) for event in peer.events()] == [UpdatesReceived, UpdatesReceived, MessageIgnored]


def test_MS4_ids_inside_containers_count_too() -> None:
    peer = Peer()
    child = Message(peer.next_id(), 1, UPDATE_BODY)
    peer.say_together(child)
    peer.say_together(child)
    peer.say(UPDATE, at=child.msg_id)
    assert [type(event) for event in peer.events()] == [UpdatesReceived, MessageIgnored, MessageIgnored]


def test_MS4_a_replayed_container_has_no_effect() -> None:
    peer = Peer()
    first = peer.say_together(Message(peer.next_id(), 1, UPDATE_BODY))
    peer.events()
    peer.say_together(Message(peer.next_id(), 3, UPDATE_BODY), at=first)
    assert drops(peer) == ["MS3"]


def test_MS5_a_duplicate_is_acknowledged_again() -> None:
    peer = Peer()
    first = peer.say(UPDATE)
    assert peer.acknowledged() == [first]
    peer.say(UPDATE, at=first)
    assert peer.acknowledged() == [first]


def test_MS6_an_id_too_old_to_judge_is_dropped_and_changes_nothing() -> None:
    peer = Peer(replay_window=2)
    old = peer.session.session_id
    handle = peer.invoke()
    peer.requests()
    for seconds in (1, 2, -5):
        peer.say(UPDATE, at=msg_id(seconds))
    assert drops(peer) == ["MS6"]
    assert peer.session.session_id == old
    assert peer.requests() == []
    assert peer.session.is_pending(handle)
    assert peer.acknowledged() == [msg_id(1), msg_id(2)]


def test_MS6_a_result_that_is_awaited_counts_however_many_messages_have_come_since() -> None:
    peer = Peer(replay_window=2)
    handle = peer.invoke()
    (asked,) = peer.requests()
    for seconds in (1, 2):
        peer.say(UPDATE, at=msg_id(seconds))
    peer.events()
    peer.say(result(asked.msg_id), at=msg_id(-5))
    assert peer.events() == [ResultReceived(handle, NEAREST)]
    peer.say(result(asked.msg_id), at=msg_id(-5))
    assert drops(peer) == ["MS6"]


# -- what we send ---------------------------------------------------------------------------------------------------


def test_MS7_a_container_has_a_higher_id_than_its_children() -> None:
    peer = Peer()
    for _ in range(3):
        peer.invoke()
    children = peer.sent()
    (envelope,) = peer.received
    assert envelope.message.msg_id > max(child.msg_id for child in children)
    assert [child.msg_id for child in children] == sorted({child.msg_id for child in children})


def test_MS9_requests_are_content_related_and_acknowledgements_and_containers_are_not() -> None:
    peer = Peer()
    peer.say(UPDATE)
    peer.invoke()
    peer.invoke()
    messages = peer.sent()
    kinds = [type(codec.decode(message.body)).__name__ for message in messages]
    assert kinds == ["InvokeWithLayer", "InvokeWithLayer", "MsgsAck"]
    assert [message.seqno for message in messages] == [1, 3, 4]
    assert peer.received[0].message.seqno == 4


def test_MS9_a_new_session_counts_anew() -> None:
    peer = Peer()
    peer.invoke()
    peer.requests()
    peer.invoke()
    peer.invoke()
    peer.session.start_new_session()
    assert [message.seqno for message in peer.requests()] == [1, 3]


def test_MS10_content_related_messages_are_acknowledged_and_others_not() -> None:
    peer = Peer()
    first = peer.say(UPDATE)
    peer.say(UPDATE, seqno=2)
    inner = [Message(peer.next_id(), 3, UPDATE_BODY), Message(peer.next_id(), 4, UPDATE_BODY)]
    peer.say_together(*inner)
    assert peer.acknowledged() == [first, inner[0].msg_id]


def test_MS10_acknowledgements_wait_for_company_but_not_for_long() -> None:
    peer = Peer(ack_delay=10.0)
    peer.say(UPDATE)
    assert peer.session.deadline == NOW + 10
    peer.now = NOW + 9.9
    assert peer.sent() == []
    peer.now = NOW + 10
    assert len(peer.sent()) == 1
    assert peer.session.deadline > NOW + 10


def test_MS10_a_few_acknowledgements_do_not_travel_with_each_request() -> None:
    peer = Peer(ack_batch_size=3, max_ack_delay=1.0)
    names: list[list[str]] = []
    for _ in range(4):
        peer.say(UPDATE)
        peer.invoke()
        names.append([type(codec.decode(message.body)).__name__ for message in peer.sent()])
    request = "InvokeWithLayer"
    assert names == [[request], [request], [request, "MsgsAck"], [request]]


def test_MS10_acknowledgements_travel_with_a_request_once_they_have_waited() -> None:
    peer = Peer(ack_batch_size=3, max_ack_delay=1.0)
    update = peer.say(UPDATE)
    peer.now = NOW + 1
    assert peer.sent() == []  # nothing to travel with
    peer.invoke()
    assert codec.decode(peer.sent()[-1].body) == types.mtproto.MsgsAck([update])


@pytest.mark.parametrize("count", [1, 64])
def test_MS10_acknowledgements_that_cannot_leave_because_the_link_is_full_keep_nobody_busy(count: int) -> None:
    peer = Peer(ack_delay=10.0, max_pending_acks=64)
    for _ in range(count):
        peer.say(UPDATE)
    peer.now = NOW + 10
    peer.session.handle_deadline(peer.now)
    assert peer.session.deadline > peer.now
    peer.now += 5
    peer.say(UPDATE)
    assert peer.session.deadline > peer.now
    (acks,) = peer.sent()
    assert len(codec.decode(acks.body).msg_ids) == count + 1  # type: ignore[attr-defined]
    peer.say(UPDATE)
    assert peer.session.deadline == peer.now + 10


def test_MS10_many_acknowledgements_do_not_wait() -> None:
    peer = Peer(max_pending_acks=3)
    for _ in range(3):
        assert peer.sent() == []
        peer.say(UPDATE)
    (acks,) = peer.sent()
    assert len(codec.decode(acks.body).msg_ids) == 3  # type: ignore[attr-defined]


def test_MS11_one_message_acknowledges_a_bounded_number() -> None:
    peer = Peer(max_ids_per_message=2, max_pending_acks=5)
    for _ in range(5):
        peer.say(UPDATE)
    sizes = [len(codec.decode(message.body).msg_ids) for message in peer.sent()]  # type: ignore[attr-defined]
    assert sizes == [2, 2, 1]


def test_MS12_containers_are_bounded_in_count_and_size() -> None:
    peer = Peer(max_container_messages=10, max_container_size=4000)
    for _ in range(25):
        peer.invoke()
    peer.sent()
    for envelope in peer.received:
        assert len(envelope.message.body) <= 4000
    assert len(peer.received) > 2


def test_a_large_message_travels_alone_but_travels() -> None:
    peer = Peer(max_container_size=200)
    peer.session.invoke(functions.upload.SaveFilePart(1, 0, bytes(5000)))
    assert len(peer.sent()) == 1


def test_only_calls_before_the_first_answer_carry_initConnection() -> None:
    peer = Peer()
    peer.invoke()
    peer.invoke()
    asked = peer.sent()
    assert all(isinstance(codec.decode(message.body), functions.InvokeWithLayer) for message in asked)
    peer.say(result(asked[0].msg_id))
    peer.invoke()
    bodies = [message.body for message in peer.sent() if message.content_related]
    assert bodies == [codec.encode(functions.help.GetNearestDc())]


# -- answers --------------------------------------------------------------------------------------------------------


def test_an_answer_reaches_its_request() -> None:
    peer = Peer()
    handle = peer.invoke()
    (asked,) = peer.sent()
    peer.say(result(asked.msg_id))
    assert peer.events() == [ResultReceived(handle, NEAREST)]


def test_TL8_a_compressed_answer_reaches_its_request() -> None:
    peer = Peer()
    handle = peer.invoke()
    (asked,) = peer.sent()
    packed = types.mtproto.GzipPacked(gzip.compress(codec.encode(NEAREST)))
    peer.say(result(asked.msg_id, packed))
    assert peer.events() == [ResultReceived(handle, NEAREST)]


@pytest.mark.parametrize(
    ("log", "leaves_packed"), [("0" * 100_000, False), ("0123456789abcdef" * 40 + "z" * 400, True)]
)
def test_MS15_what_a_peer_would_take_for_a_bomb_leaves_as_it_is(log: str, *, leaves_packed: bool) -> None:
    peer = Peer()
    event = types.InputAppEvent(time=0.0, type="log", peer=0, data=types.JsonString(log))
    peer.session.invoke(functions.help.SaveAppLog(events=[event]))
    (message,) = peer.sent()
    assert isinstance(codec.decode(message.body), functions.InvokeWithLayer)
    assert (message.constructor == GZIP_PACKED) is leaves_packed


def test_TL8_a_compressed_error_reaches_its_request() -> None:
    peer = Peer()
    peer.invoke()
    (asked,) = peer.sent()
    error = types.mtproto.RpcError(400, "PHONE_NUMBER_INVALID")
    peer.say(result(asked.msg_id, types.mtproto.GzipPacked(gzip.compress(codec.encode(error)))))
    (failed,) = peer.events()
    assert isinstance(failed, RequestFailed)
    assert isinstance(failed.error, errors.PhoneNumberInvalid)


@pytest.mark.parametrize(
    "answer",
    [b"\x01\x02\x03\x04", codec.encode(types.NearestDc("NL", 2, 2))[:-4], codec.encode(UPDATE), b"\xc4\x9a\xb1\x21"],
    ids=["unknown constructor", "cut short", "another type", "rpc_error cut short"],
)
def test_TL3_an_unreadable_answer_fails_its_request_only(answer: bytes) -> None:
    peer = Peer()
    handle, other = peer.invoke(), peer.invoke()
    first, second = peer.sent()
    peer.say(result(first.msg_id, answer))
    (failed,) = peer.events()
    assert isinstance(failed, RequestFailed)
    assert failed.handle is handle
    assert isinstance(failed.error, RemoteProtocolError) or "nknown" in str(failed.error)
    assert failed.data == answer
    peer.say(result(second.msg_id))
    assert peer.events() == [ResultReceived(other, NEAREST)]


def test_TL3_an_unknown_message_is_kept_and_the_session_goes_on() -> None:
    peer = Peer()
    peer.say(b"\x01\x02\x03\x04more")
    (unknown,) = peer.events()
    assert isinstance(unknown, UndecodableMessage)
    assert unknown.data == b"\x01\x02\x03\x04more"
    peer.say(UPDATE)
    assert peer.events() == [UpdatesReceived(UPDATE)]


def test_MS17_an_answer_to_what_was_never_asked_has_no_effect() -> None:
    peer = Peer()
    handle = peer.invoke()
    (asked,) = peer.sent()
    peer.say(result(asked.msg_id + 4))
    peer.say(types.mtproto.Pong(msg_id=asked.msg_id + 4, ping_id=0), seqno=0)
    peer.say(types.mtproto.BadServerSalt(asked.msg_id + 4, 1, 48, 99), seqno=0)
    peer.say(types.mtproto.BadMsgNotification(asked.msg_id + 4, 1, 17), seqno=0)
    assert peer.events() == []
    assert peer.session.salts.current(NOW) == 1
    assert peer.session.clock.offset == 0
    peer.say(result(asked.msg_id))
    assert peer.events() == [ResultReceived(handle, NEAREST)]


def test_an_answer_is_delivered_once_even_if_the_server_gives_it_twice() -> None:
    peer = Peer()
    peer.invoke()
    (asked,) = peer.sent()
    peer.say(result(asked.msg_id))
    peer.say(result(asked.msg_id))
    assert len(peer.events()) == 1


# -- refusals -------------------------------------------------------------------------------------------------------


def refuse(peer: Peer, message: Message, code: int) -> None:
    peer.say(types.mtproto.BadMsgNotification(message.msg_id, message.seqno, code), seqno=0)


def test_MS18_48_the_new_salt_is_taken_and_the_request_sent_again() -> None:
    peer = Peer()
    handle = peer.invoke()
    (asked,) = peer.sent()
    assert peer.received[-1].salt == 1
    peer.say(types.mtproto.BadServerSalt(asked.msg_id, asked.seqno, 48, -77), seqno=0)
    assert peer.events() == [BadMessage(asked.msg_id, 48)]
    (again,) = peer.sent()
    assert peer.received[-1].salt == -77
    assert again == asked
    peer.say(result(again.msg_id))
    assert peer.events() == [ResultReceived(handle, NEAREST)]


def test_MS18_16_the_clock_is_set_and_the_request_sent_again() -> None:
    peer = Peer()
    peer.invoke()
    (asked,) = peer.sent()
    session_id = peer.session.session_id
    notice = types.mtproto.BadMsgNotification(asked.msg_id, asked.seqno, 16)
    peer.say(notice, at=msg_id(5000, 3), seqno=0)
    (again,) = peer.sent()
    assert unix_time(again.msg_id) == pytest.approx(NOW + 5000, abs=1)
    assert peer.session.session_id == session_id


def test_MS18_17_the_clock_is_set_back_in_a_new_session() -> None:
    peer = Peer()
    peer.invoke()
    (asked,) = peer.requests()
    session_id = peer.session.session_id
    notice = types.mtproto.BadMsgNotification(asked.msg_id, asked.seqno, 17)
    peer.say(notice, at=msg_id(-5000, 3), seqno=0)
    (again,) = peer.requests()
    assert unix_time(again.msg_id) == pytest.approx(NOW - 5000, abs=1)
    assert peer.session.session_id != session_id
    assert again.seqno == 1


def test_MS18_a_server_that_refuses_every_session_is_left() -> None:
    peer = Peer()

    def refuse() -> None:
        (asked,) = peer.requests()
        peer.say(types.mtproto.BadMsgNotification(asked.msg_id, asked.seqno, 17), seqno=0)

    peer.invoke()
    for _ in range(5):
        refuse()
    (asked,) = peer.requests()
    peer.say(result(asked.msg_id))  # it counts from the last answer on
    for _ in range(10):
        peer.invoke()
        (*_, asked) = peer.sent()
        peer.say(types.mtproto.BadMsgNotification(asked.msg_id, asked.seqno, 17), seqno=0)
    peer.invoke()
    (*_, asked) = peer.sent()
    with pytest.raises(RemoteProtocolError, match="MS18: the server has refused 11 sessions in a row"):
        peer.say(types.mtproto.BadMsgNotification(asked.msg_id, asked.seqno, 17), seqno=0)


@pytest.mark.parametrize("code", [18, 19, 32, 33, 34, 35, 64, 999])
def test_MS18_other_codes_start_a_new_session_with_what_was_refused_or_has_not_left(code: int) -> None:
    peer = Peer()
    handles = [peer.invoke()]
    (first,) = peer.requests()
    handles.append(peer.invoke())
    session_id = peer.session.session_id
    refuse(peer, first, code)
    again = peer.requests()
    assert peer.session.session_id != session_id
    assert len(again) == 2
    for message in again:
        peer.say(result(message.msg_id))
    answered = {event.handle for event in peer.events() if isinstance(event, ResultReceived)}
    assert answered == set(handles)


def test_MS10_acknowledgements_of_a_session_are_not_made_in_the_next_one() -> None:
    peer = Peer()
    peer.invoke()
    peer.say(UPDATE)
    assert len(peer.sent()) == 2
    container = peer.received[-1].message
    peer.say(types.mtproto.BadMsgNotification(container.msg_id, container.seqno, 19), seqno=0)
    kinds = {type(codec.decode(message.body)) for message in peer.sent()}
    assert functions.InvokeWithLayer in kinds
    assert types.mtproto.MsgsAck not in kinds


def test_MS18_48_what_left_twice_keeps_its_numbers_because_nobody_knows_which_time_was_refused() -> None:
    peer = Peer()
    handle = peer.invoke()
    (asked,) = peer.sent()
    peer.session.link_opened(NOW)
    _, repeated = peer.sent()
    assert repeated == asked
    peer.say(types.mtproto.BadServerSalt(asked.msg_id, asked.seqno, 48, -77), seqno=0)
    assert peer.sent() == [asked]
    assert peer.received[-1].salt == -77
    peer.say(result(asked.msg_id))
    assert ResultReceived(handle, NEAREST) in peer.events()


@pytest.mark.parametrize(("code", "age"), [(48, 201), (16, 0), (20, 0)])
def test_MS18_the_server_is_asked_about_what_left_twice_and_cannot_keep_its_numbers(code: int, age: float) -> None:
    peer = Peer()
    handle = peer.invoke()
    (asked,) = peer.sent()
    peer.session.link_opened(NOW)
    peer.sent()
    peer.now += age
    if code == 48:
        peer.say(types.mtproto.BadServerSalt(asked.msg_id, asked.seqno, 48, -77), seqno=0)
    else:
        refuse(peer, asked, code)
    (asking,) = peer.sent()
    assert codec.decode(asking.body) == types.mtproto.MsgsStateReq([asked.msg_id])
    peer.say(result(asked.msg_id))
    assert ResultReceived(handle, NEAREST) in peer.events()


def test_MS18_48_an_answer_counts_that_comes_after_a_refusal_of_another_time() -> None:
    peer = Peer()
    handle = peer.invoke()
    (asked,) = peer.sent()
    peer.session.link_opened(NOW)
    peer.sent()
    peer.say(types.mtproto.BadServerSalt(asked.msg_id, asked.seqno, 48, -77), seqno=0)
    peer.say(result(asked.msg_id))
    assert ResultReceived(handle, NEAREST) in peer.events()
    assert peer.requests() == []


@pytest.mark.parametrize("links", [1, 2])
def test_MS18_48_refused_salts_are_bounded(links: int) -> None:
    peer = Peer(max_resends=3)
    handle = peer.invoke()
    for _ in range(links):
        peer.session.link_opened(NOW)
        peer.sent()
    for _ in range(4):
        outgoing = peer.session.pending()[0].outgoing
        assert outgoing is not None
        peer.say(types.mtproto.BadServerSalt(outgoing.msg_id, 1, 48, -77), seqno=0)
        peer.sent()
    assert [event.handle for event in peer.events() if isinstance(event, OutcomeUnknown)] == [handle]


def test_MS19_a_container_may_be_refused_long_after_it_has_left() -> None:
    peer = Peer(max_remembered_unowned=0)
    handles = [peer.invoke(), peer.invoke()]
    peer.sent()
    container = peer.received[-1].message
    peer.session.invoke(functions.help.GetConfig())
    peer.sent()
    notice = types.mtproto.BadServerSalt(container.msg_id, container.seqno, 48, 5)
    peer.say(notice, seqno=0)
    for message in peer.requests():
        peer.say(result(message.msg_id))
    assert [event.handle for event in peer.events() if isinstance(event, ResultReceived)] == handles


def test_MS18_MS36_20_the_server_is_asked_whether_it_has_the_request() -> None:
    peer = Peer()
    peer.invoke()
    (asked,) = peer.sent()
    session_id = peer.session.session_id
    refuse(peer, asked, 20)
    (asking,) = peer.sent()
    assert codec.decode(asking.body) == types.mtproto.MsgsStateReq([asked.msg_id])
    peer.say(result(asked.msg_id))
    assert isinstance(peer.events()[-1], ResultReceived)
    assert peer.session.session_id == session_id


@pytest.mark.parametrize("code", [17, 32])
def test_MS18_resends_are_bounded(code: int) -> None:
    peer = Peer(max_resends=3)
    handle = peer.invoke()
    for _ in range(4):
        (asked,) = peer.requests()
        refuse(peer, asked, code)
    assert peer.requests() == []
    last = peer.events()[-1]
    assert isinstance(last, OutcomeUnknown)
    assert last.handle is handle


def test_MS19_a_refused_container_gives_back_all_its_children() -> None:
    peer = Peer()
    handles = [peer.invoke() for _ in range(3)]
    children = peer.sent()
    peer.say(result(children[1].msg_id))
    container = peer.received[-1].message
    peer.say(types.mtproto.BadServerSalt(container.msg_id, container.seqno, 48, 5), seqno=0)
    again = [message for message in peer.sent() if message.seqno & 1]
    assert len(again) == 2
    for message in again:
        peer.say(result(message.msg_id))
    answered = [event.handle for event in peer.events() if isinstance(event, ResultReceived)]
    assert sorted(map(id, answered)) == sorted(map(id, handles))


def test_MS19_refused_acknowledgements_are_sent_again() -> None:
    peer = Peer()
    update = peer.say(UPDATE)
    peer.invoke()
    peer.sent()
    container = peer.received[-1].message
    peer.say(types.mtproto.BadServerSalt(container.msg_id, container.seqno, 48, 5), seqno=0)
    acks = [codec.decode(message.body) for message in peer.sent()]
    assert types.mtproto.MsgsAck([update]) in acks


def test_MS20_a_new_session_of_the_server_counts_once() -> None:
    peer = Peer()
    notice = types.mtproto.NewSessionCreated(first_msg_id=0, unique_id=9, server_salt=55)
    peer.say(notice)
    peer.say(notice)
    assert peer.events() == [SessionCreated(0, 9)]
    assert peer.session.salts.current(NOW) == 55


def test_MS20_what_left_before_the_new_session_is_sent_again() -> None:
    peer = Peer()
    early = peer.invoke()
    (before,) = peer.sent()
    late = peer.invoke()
    (after,) = peer.sent()
    peer.say(types.mtproto.NewSessionCreated(first_msg_id=after.msg_id, unique_id=9, server_salt=55))
    peer.events()
    (again,) = [message for message in peer.sent() if message.content_related]
    assert again.body == before.body
    peer.say(result(again.msg_id))
    peer.say(result(after.msg_id))
    assert [event.handle for event in peer.events() if isinstance(event, ResultReceived)] == [early, late]


def test_MS25_an_idle_link_is_probed_and_a_silent_one_given_up() -> None:
    peer = Peer(ping_interval=60.0, ping_timeout=30.0)
    assert peer.session.deadline == NOW + 60
    peer.now = NOW + 60
    peer.session.handle_deadline(peer.now)
    (ping,) = peer.requests()
    asked = codec.decode(ping.body)
    assert isinstance(asked, functions.mtproto.PingDelayDisconnect)
    assert asked.disconnect_delay == 90
    peer.session.handle_deadline(NOW + 89)
    with pytest.raises(RemoteProtocolError, match="MS25"):
        peer.session.handle_deadline(NOW + 90)


def test_MS25_once_the_server_counts_pings_a_busy_link_sends_them_too() -> None:
    peer = Peer(ping_interval=60.0)
    peer.now = NOW + 60
    peer.session.handle_deadline(peer.now)
    kinds = {type(codec.decode(message.body)) for message in peer.sent()}
    assert functions.mtproto.PingDelayDisconnect in kinds
    peer.now = NOW + 119
    peer.say(UPDATE)
    assert peer.session.deadline <= NOW + 120
    peer.now = NOW + 120
    peer.session.handle_deadline(peer.now)
    kinds = {type(codec.decode(message.body)) for message in peer.sent()}
    assert functions.mtproto.PingDelayDisconnect in kinds
    peer.say(UPDATE)
    peer.session.link_opened(peer.now + 1)
    peer.now += 60
    peer.session.handle_deadline(peer.now)
    kinds = {type(codec.decode(message.body)) for message in peer.sent()}
    assert functions.mtproto.PingDelayDisconnect not in kinds


def test_MS25_a_pong_keeps_the_link() -> None:
    peer = Peer(ping_interval=60.0, ping_timeout=30.0)
    peer.now = NOW + 60
    peer.session.handle_deadline(peer.now)
    (ping,) = peer.requests()
    peer.say(types.mtproto.Pong(msg_id=ping.msg_id, ping_id=codec.decode(ping.body).ping_id), seqno=0)  # type: ignore[attr-defined]
    assert peer.events() == []
    assert peer.session.deadline == NOW + 120


def test_MS31_replays_keep_no_dead_link_open() -> None:
    peer = Peer(ping_interval=60.0, ping_timeout=30.0)
    old = peer.seal(UPDATE)
    container = peer.seal(join([Message(peer.next_id(), 3, codec.encode(UPDATE))]), seqno=0)
    for packet in (old, container):
        peer.session.receive_packet(packet, peer.now)
    left = peer.seal(UPDATE, session=77)
    peer.session._retired.append(77)
    peer.now = NOW + 50
    for packet in (old, container, left):
        peer.session.receive_packet(packet, peer.now)
    assert peer.session.deadline == NOW + 60
    peer.now = NOW + 60
    peer.session.handle_deadline(peer.now)
    for packet in (old, container, left):
        peer.session.receive_packet(packet, NOW + 80)
    with pytest.raises(RemoteProtocolError, match="MS25"):
        peer.session.handle_deadline(NOW + 90)


def test_MS31_what_is_new_keeps_the_link() -> None:
    peer = Peer(ping_interval=60.0, ping_timeout=30.0)
    peer.now = NOW + 60
    peer.session.handle_deadline(peer.now)
    peer.now = NOW + 80
    peer.say(UPDATE)
    peer.session.handle_deadline(NOW + 90)


def test_requests_in_flight_are_bounded() -> None:
    peer = Peer(max_pending_requests=2)
    peer.invoke()
    peer.invoke()
    with pytest.raises(LocalProtocolError, match="unanswered"):
        peer.invoke()
