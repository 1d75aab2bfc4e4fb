"""EN7 and the checks of the session (MS) in the client."""

from __future__ import annotations

import gzip
from typing import Any

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
from sansio_tl.mtproto.client.request import RequestHandle
from sansio_tl.mtproto.container import GZIP_PACKED, join
from sansio_tl.mtproto.message import Message
from sansio_tl.mtproto.message_ids import unix_time
from tests.helpers.connected_pair import NOW
from tests.helpers.scripted_server import NEAREST, ScriptedServer, msg_id, result

UPDATE = types.UpdatesTooLong()
UPDATE_BODY = codec.encode(UPDATE)
PING = functions.mtproto.PingDelayDisconnect.ID.to_bytes(4, "little")
STATE_REQUEST = types.mtproto.MsgsStateReq.ID.to_bytes(4, "little")


def drops(peer: ScriptedServer) -> list[str]:
    return [event.check for event in peer.events() if isinstance(event, MessageIgnored)]


# -- envelopes ------------------------------------------------------------------------------------------------------


def test_EN7_message_of_a_foreign_session_ends_the_connection() -> None:
    peer = ScriptedServer()
    with pytest.raises(RemoteProtocolError, match="EN7"):
        peer.send(UPDATE, session=peer.session.session_id ^ 1)


def test_EN7_message_of_an_earlier_session_is_dropped() -> None:
    peer = ScriptedServer()
    old = peer.session.session_id
    peer.begin_session()
    peer.send(UPDATE, session=old)
    assert drops(peer) == ["EN7"]
    peer.send(UPDATE)
    assert peer.events() == [UpdatesReceived(UPDATE)]


def test_EN2_message_under_another_key_id_is_refused() -> None:
    peer = ScriptedServer()
    packet = peer.encrypt(UPDATE)
    with pytest.raises(RemoteProtocolError, match="EN2"):
        peer.session.receive_packet(bytes([packet[0] ^ 1]) + packet[1:], peer.now)
    assert peer.events() == []


# -- message ids of the server --------------------------------------------------------------------------------------


@pytest.mark.parametrize("low_bits", [0, 2])
def test_MS1_server_message_with_an_even_id_is_refused(low_bits: int) -> None:
    peer = ScriptedServer()
    with pytest.raises(RemoteProtocolError, match="MS1"):
        peer.send(UPDATE, at=msg_id(0, low_bits))


@pytest.mark.parametrize(("seconds", "accepted"), [(-301, False), (-299, True), (29, True), (31, False)])
def test_MS2_messages_are_accepted_from_300_s_ago_to_30_s_ahead(seconds: float, *, accepted: bool) -> None:
    peer = ScriptedServer()
    peer.send(UPDATE, at=msg_id(seconds))
    assert drops(peer) == ([] if accepted else ["MS2"])


def test_MS2_age_is_not_checked_before_the_clock_is_known() -> None:
    peer = ScriptedServer(synchronised=False)
    peer.send(UPDATE, at=msg_id(-5000))
    assert drops(peer) == []


@pytest.mark.parametrize(("seconds", "code"), [(9000, 16), (-9000, 17)])
def test_MS38_notification_about_a_recent_message_is_accepted_at_any_age(seconds: float, code: int) -> None:
    peer = ScriptedServer()
    peer.invoke()
    (asked,) = peer.receive()
    peer.send(types.mtproto.BadMsgNotification(asked.msg_id, asked.seqno, code), at=msg_id(seconds, 3), seqno=0)
    assert peer.session.clock.offset == pytest.approx(seconds, abs=1)


def test_MS18_code_16_sets_a_clock_that_was_never_set() -> None:
    peer = ScriptedServer(synchronised=False)
    peer.invoke()
    (asked,) = peer.receive()
    peer.send(types.mtproto.BadMsgNotification(asked.msg_id, asked.seqno, 16), at=msg_id(9000, 3), seqno=0)
    assert peer.session.clock.offset == pytest.approx(9000, abs=1)


def test_MS3_replayed_message_has_no_effect() -> None:
    peer = ScriptedServer()
    first = peer.send(UPDATE)
    peer.send(UPDATE)
    peer.send(UPDATE, at=first)
    assert [type(event) for event in peer.events()] == [UpdatesReceived, UpdatesReceived, MessageIgnored]


def test_MS4_replayed_message_inside_a_container_is_ignored() -> None:
    peer = ScriptedServer()
    child = Message(peer.next_id(), 1, UPDATE_BODY)
    peer.send_container(child)
    peer.send_container(child)
    peer.send(UPDATE, at=child.msg_id)
    assert [type(event) for event in peer.events()] == [UpdatesReceived, MessageIgnored, MessageIgnored]


def test_MS4_replayed_container_has_no_effect() -> None:
    peer = ScriptedServer()
    first = peer.send_container(Message(peer.next_id(), 1, UPDATE_BODY))
    peer.events()
    peer.send_container(Message(peer.next_id(), 3, UPDATE_BODY), at=first)
    assert drops(peer) == ["MS3"]


def test_MS5_duplicate_is_acknowledged_again() -> None:
    peer = ScriptedServer()
    first = peer.send(UPDATE)
    assert peer.acknowledged() == [first]
    peer.send(UPDATE, at=first)
    assert peer.acknowledged() == [first]


def test_MS6_message_older_than_the_replay_window_is_dropped() -> None:
    peer = ScriptedServer(replay_window=2)
    old = peer.session.session_id
    handle = peer.invoke()
    peer.receive_requests()
    for seconds in (1, 2, -5):
        peer.send(UPDATE, at=msg_id(seconds))
    assert drops(peer) == ["MS6"]
    assert peer.session.session_id == old
    assert peer.receive_requests() == []
    assert peer.session.is_pending(handle)
    assert peer.acknowledged() == [msg_id(1), msg_id(2)]


def test_MS6_result_of_a_pending_request_is_accepted_below_the_replay_window() -> None:
    peer = ScriptedServer(replay_window=2)
    handle = peer.invoke()
    (asked,) = peer.receive_requests()
    for seconds in (1, 2):
        peer.send(UPDATE, at=msg_id(seconds))
    peer.events()
    peer.send(result(asked.msg_id), at=msg_id(-5))
    assert peer.events() == [ResultReceived(handle, NEAREST)]
    peer.send(result(asked.msg_id), at=msg_id(-5))
    assert drops(peer) == ["MS6"]


# -- what we send ---------------------------------------------------------------------------------------------------


def test_MS7_container_has_a_higher_id_than_its_children() -> None:
    peer = ScriptedServer()
    for _ in range(3):
        peer.invoke()
    children = peer.receive()
    (envelope,) = peer.packets
    assert envelope.message.msg_id > max(child.msg_id for child in children)
    assert [child.msg_id for child in children] == sorted({child.msg_id for child in children})


def test_MS9_requests_are_content_related_and_acknowledgements_and_containers_are_not() -> None:
    peer = ScriptedServer()
    peer.send(UPDATE)
    peer.invoke()
    peer.invoke()
    messages = peer.receive()
    kinds = [type(codec.decode(message.body)).__name__ for message in messages]
    assert kinds == ["InvokeWithLayer", "InvokeWithLayer", "MsgsAck"]
    assert [message.seqno for message in messages] == [1, 3, 4]
    assert peer.packets[0].message.seqno == 4


def test_MS9_new_session_restarts_the_sequence_numbers() -> None:
    peer = ScriptedServer()
    peer.invoke()
    peer.receive_requests()
    peer.invoke()
    peer.invoke()
    peer.begin_session()
    assert [message.seqno for message in peer.receive_requests()] == [1, 3]


def test_MS10_content_related_messages_are_acknowledged_and_others_not() -> None:
    peer = ScriptedServer()
    first = peer.send(UPDATE)
    peer.send(UPDATE, seqno=2)
    inner = [Message(peer.next_id(), 3, UPDATE_BODY), Message(peer.next_id(), 4, UPDATE_BODY)]
    peer.send_container(*inner)
    assert peer.acknowledged() == [first, inner[0].msg_id]


def test_MS10_acknowledgements_are_batched_for_a_bounded_time() -> None:
    peer = ScriptedServer(ack_delay=10.0)
    peer.send(UPDATE)
    assert peer.session.deadline == NOW + 10
    peer.now = NOW + 9.9
    assert peer.receive() == []
    peer.now = NOW + 10
    assert len(peer.receive()) == 1
    assert peer.session.deadline > NOW + 10


def test_MS10_few_acknowledgements_are_not_sent_with_each_request() -> None:
    peer = ScriptedServer(ack_batch_size=3, max_ack_delay=1.0)
    names: list[list[str]] = []
    for _ in range(4):
        peer.send(UPDATE)
        peer.invoke()
        names.append([type(codec.decode(message.body)).__name__ for message in peer.receive()])
    request = "InvokeWithLayer"
    assert names == [[request], [request], [request, "MsgsAck"], [request]]


def test_MS10_waiting_acknowledgements_are_sent_with_the_next_request() -> None:
    peer = ScriptedServer(ack_batch_size=3, max_ack_delay=1.0)
    update = peer.send(UPDATE)
    peer.now = NOW + 1
    assert peer.receive() == []  # nothing to travel with
    peer.invoke()
    assert codec.decode(peer.receive()[-1].body) == types.mtproto.MsgsAck([update])


@pytest.mark.parametrize("count", [1, 64])
def test_MS10_acknowledgements_of_a_full_connection_set_no_deadline(count: int) -> None:
    peer = ScriptedServer(ack_delay=10.0, max_pending_acks=64)
    for _ in range(count):
        peer.send(UPDATE)
    peer.now = NOW + 10
    peer.session.handle_deadline(peer.now)
    assert peer.session.deadline > peer.now
    peer.now += 5
    peer.send(UPDATE)
    assert peer.session.deadline > peer.now
    (acks,) = peer.receive()
    assert len(codec.decode(acks.body).msg_ids) == count + 1  # type: ignore[attr-defined]
    peer.send(UPDATE)
    assert peer.session.deadline == peer.now + 10


def test_MS10_acknowledgements_at_the_limit_are_sent_at_once() -> None:
    peer = ScriptedServer(max_pending_acks=3)
    for _ in range(3):
        assert peer.receive() == []
        peer.send(UPDATE)
    (acks,) = peer.receive()
    assert len(codec.decode(acks.body).msg_ids) == 3  # type: ignore[attr-defined]


def test_MS11_one_acknowledgement_names_a_bounded_number_of_messages() -> None:
    peer = ScriptedServer(max_ids_per_message=2, max_pending_acks=5)
    for _ in range(5):
        peer.send(UPDATE)
    sizes = [len(codec.decode(message.body).msg_ids) for message in peer.receive()]  # type: ignore[attr-defined]
    assert sizes == [2, 2, 1]


def test_MS12_containers_are_bounded_in_count_and_size() -> None:
    peer = ScriptedServer(max_container_messages=10, max_container_size=4000)
    for _ in range(25):
        peer.invoke()
    peer.receive()
    for envelope in peer.packets:
        assert len(envelope.message.body) <= 4000
    assert len(peer.packets) > 2


def test_message_larger_than_a_container_is_sent_alone() -> None:
    peer = ScriptedServer(max_container_size=200)
    peer.session.invoke(functions.upload.SaveFilePart(1, 0, bytes(5000)))
    assert len(peer.receive()) == 1


def test_only_requests_before_the_first_answer_carry_initConnection() -> None:
    peer = ScriptedServer()
    peer.invoke()
    peer.invoke()
    asked = peer.receive()
    assert all(isinstance(codec.decode(message.body), functions.InvokeWithLayer) for message in asked)
    peer.send(result(asked[0].msg_id))
    peer.invoke()
    bodies = [message.body for message in peer.receive() if message.content_related]
    assert bodies == [codec.encode(functions.help.GetNearestDc())]


# -- answers --------------------------------------------------------------------------------------------------------


def test_result_is_matched_to_its_request() -> None:
    peer = ScriptedServer()
    handle = peer.invoke()
    (asked,) = peer.receive()
    peer.send(result(asked.msg_id))
    assert peer.events() == [ResultReceived(handle, NEAREST)]


def test_TL8_compressed_result_is_matched_to_its_request() -> None:
    peer = ScriptedServer()
    handle = peer.invoke()
    (asked,) = peer.receive()
    packed = types.mtproto.GzipPacked(gzip.compress(codec.encode(NEAREST)))
    peer.send(result(asked.msg_id, packed))
    assert peer.events() == [ResultReceived(handle, NEAREST)]


@pytest.mark.parametrize(
    ("log", "leaves_packed"), [("0" * 100_000, False), ("0123456789abcdef" * 40 + "z" * 400, True)]
)
def test_MS15_request_that_compresses_too_well_is_sent_uncompressed(log: str, *, leaves_packed: bool) -> None:
    peer = ScriptedServer()
    event = types.InputAppEvent(time=0.0, type="log", peer=0, data=types.JsonString(log))
    peer.session.invoke(functions.help.SaveAppLog(events=[event]))
    (message,) = peer.receive()
    assert isinstance(codec.decode(message.body), functions.InvokeWithLayer)
    assert (message.constructor == GZIP_PACKED) is leaves_packed


def test_TL8_compressed_error_is_matched_to_its_request() -> None:
    peer = ScriptedServer()
    peer.invoke()
    (asked,) = peer.receive()
    error = types.mtproto.RpcError(400, "PHONE_NUMBER_INVALID")
    peer.send(result(asked.msg_id, types.mtproto.GzipPacked(gzip.compress(codec.encode(error)))))
    (failed,) = peer.events()
    assert isinstance(failed, RequestFailed)
    assert isinstance(failed.error, errors.PhoneNumberInvalid)


@pytest.mark.parametrize(
    "answer",
    [b"\x01\x02\x03\x04", codec.encode(types.NearestDc("NL", 2, 2))[:-4], codec.encode(UPDATE), b"\xc4\x9a\xb1\x21"],
    ids=["unknown constructor", "cut short", "another type", "rpc_error cut short"],
)
def test_TL3_undecodable_result_fails_only_its_request(answer: bytes) -> None:
    peer = ScriptedServer()
    handle, other = peer.invoke(), peer.invoke()
    first, second = peer.receive()
    peer.send(result(first.msg_id, answer))
    (failed,) = peer.events()
    assert isinstance(failed, RequestFailed)
    assert failed.handle is handle
    assert isinstance(failed.error, RemoteProtocolError) or "nknown" in str(failed.error)
    assert failed.data == answer
    peer.send(result(second.msg_id))
    assert peer.events() == [ResultReceived(other, NEAREST)]


def test_TL3_unknown_message_is_reported_and_the_session_continues() -> None:
    peer = ScriptedServer()
    peer.send(b"\x01\x02\x03\x04more")
    (unknown,) = peer.events()
    assert isinstance(unknown, UndecodableMessage)
    assert unknown.data == b"\x01\x02\x03\x04more"
    peer.send(UPDATE)
    assert peer.events() == [UpdatesReceived(UPDATE)]


def test_MS17_answer_to_an_unknown_message_has_no_effect() -> None:
    peer = ScriptedServer()
    handle = peer.invoke()
    (asked,) = peer.receive()
    peer.send(result(asked.msg_id + 4))
    peer.send(types.mtproto.Pong(msg_id=asked.msg_id + 4, ping_id=0), seqno=0)
    peer.send(types.mtproto.BadServerSalt(asked.msg_id + 4, 1, 48, 99), seqno=0)
    peer.send(types.mtproto.BadMsgNotification(asked.msg_id + 4, 1, 17), seqno=0)
    assert peer.events() == []
    assert peer.session.salts.current == 1
    assert peer.session.clock.offset == 0
    peer.send(result(asked.msg_id))
    assert peer.events() == [ResultReceived(handle, NEAREST)]


def test_repeated_result_is_delivered_once() -> None:
    peer = ScriptedServer()
    peer.invoke()
    (asked,) = peer.receive()
    peer.send(result(asked.msg_id))
    peer.send(result(asked.msg_id))
    assert len(peer.events()) == 1


# -- errors -------------------------------------------------------------------------------------------------------


def refuse(peer: ScriptedServer, message: Message, code: int) -> None:
    peer.send(types.mtproto.BadMsgNotification(message.msg_id, message.seqno, code), seqno=0)


def test_MS18_code_48_sets_the_salt_and_resends_the_request() -> None:
    peer = ScriptedServer()
    handle = peer.invoke()
    (asked,) = peer.receive()
    assert peer.packets[-1].salt == 1
    peer.send(types.mtproto.BadServerSalt(asked.msg_id, asked.seqno, 48, -77), seqno=0)
    assert peer.events() == [BadMessage(asked.msg_id, 48)]
    (again,) = peer.receive()
    assert peer.packets[-1].salt == -77
    assert again == asked
    peer.send(result(again.msg_id))
    assert peer.events() == [ResultReceived(handle, NEAREST)]


def test_MS18_code_16_sets_the_clock_and_resends_the_request() -> None:
    peer = ScriptedServer()
    peer.invoke()
    (asked,) = peer.receive()
    session_id = peer.session.session_id
    notice = types.mtproto.BadMsgNotification(asked.msg_id, asked.seqno, 16)
    peer.send(notice, at=msg_id(5000, 3), seqno=0)
    (again,) = peer.receive()
    assert unix_time(again.msg_id) == pytest.approx(NOW + 5000, abs=1)
    assert peer.session.session_id == session_id


def test_MS18_code_17_sets_the_clock_back_in_a_new_session() -> None:
    peer = ScriptedServer()
    peer.invoke()
    (asked,) = peer.receive_requests()
    session_id = peer.session.session_id
    notice = types.mtproto.BadMsgNotification(asked.msg_id, asked.seqno, 17)
    peer.send(notice, at=msg_id(-5000, 3), seqno=0)
    (again,) = peer.receive_requests()
    assert unix_time(again.msg_id) == pytest.approx(NOW - 5000, abs=1)
    assert peer.session.session_id != session_id
    assert again.seqno == 1


def test_MS18_server_that_rejects_every_session_ends_the_connection() -> None:
    peer = ScriptedServer()

    def refuse() -> None:
        (asked,) = peer.receive_requests()
        peer.send(types.mtproto.BadMsgNotification(asked.msg_id, asked.seqno, 17), seqno=0)

    peer.invoke()
    for _ in range(5):
        refuse()
    (asked,) = peer.receive_requests()
    peer.send(result(asked.msg_id))  # it counts from the last answer on
    for _ in range(10):
        peer.invoke()
        (*_, asked) = peer.receive()
        peer.send(types.mtproto.BadMsgNotification(asked.msg_id, asked.seqno, 17), seqno=0)
    peer.invoke()
    (*_, asked) = peer.receive()
    with pytest.raises(RemoteProtocolError, match="MS18: the server has refused 11 sessions in a row"):
        peer.send(types.mtproto.BadMsgNotification(asked.msg_id, asked.seqno, 17), seqno=0)


@pytest.mark.parametrize("code", [18, 19, 32, 33, 34, 35, 64, 999])
def test_MS18_other_codes_start_a_new_session_with_rejected_and_unsent_requests(code: int) -> None:
    peer = ScriptedServer()
    handles = [peer.invoke()]
    (first,) = peer.receive_requests()
    handles.append(peer.invoke())
    session_id = peer.session.session_id
    refuse(peer, first, code)
    again = peer.receive_requests()
    assert peer.session.session_id != session_id
    assert len(again) == 2
    for message in again:
        peer.send(result(message.msg_id))
    answered = {event.handle for event in peer.events() if isinstance(event, ResultReceived)}
    assert answered == set(handles)


def test_MS10_acknowledgements_are_dropped_with_their_session() -> None:
    peer = ScriptedServer()
    peer.invoke()
    peer.send(UPDATE)
    assert len(peer.receive()) == 2
    container = peer.packets[-1].message
    peer.send(types.mtproto.BadMsgNotification(container.msg_id, container.seqno, 19), seqno=0)
    kinds = {type(codec.decode(message.body)) for message in peer.receive()}
    assert functions.InvokeWithLayer in kinds
    assert types.mtproto.MsgsAck not in kinds


def test_MS18_code_48_resends_a_repeated_message_with_the_same_id() -> None:
    peer = ScriptedServer()
    handle = peer.invoke()
    (asked,) = peer.receive()
    peer.session.connection_made(NOW)
    _, repeated = peer.receive()
    assert repeated == asked
    peer.send(types.mtproto.BadServerSalt(asked.msg_id, asked.seqno, 48, -77), seqno=0)
    assert peer.receive() == [asked]
    assert peer.packets[-1].salt == -77
    peer.send(result(asked.msg_id))
    assert ResultReceived(handle, NEAREST) in peer.events()


@pytest.mark.parametrize(("code", "age"), [(48, 201), (16, 0), (20, 0)])
def test_MS18_state_of_a_message_sent_twice_is_requested_if_it_cannot_keep_its_numbers(code: int, age: float) -> None:
    peer = ScriptedServer()
    handle = peer.invoke()
    (asked,) = peer.receive()
    peer.session.connection_made(NOW)
    peer.receive()
    peer.now += age
    if code == 48:
        peer.send(types.mtproto.BadServerSalt(asked.msg_id, asked.seqno, 48, -77), seqno=0)
    else:
        refuse(peer, asked, code)
    (asking,) = peer.receive()
    assert codec.decode(asking.body) == types.mtproto.MsgsStateReq([asked.msg_id])
    peer.send(result(asked.msg_id))
    assert ResultReceived(handle, NEAREST) in peer.events()


def test_MS18_code_48_for_a_copy_does_not_discard_the_answer() -> None:
    peer = ScriptedServer()
    handle = peer.invoke()
    (asked,) = peer.receive()
    peer.session.connection_made(NOW)
    peer.receive()
    peer.send(types.mtproto.BadServerSalt(asked.msg_id, asked.seqno, 48, -77), seqno=0)
    peer.send(result(asked.msg_id))
    assert ResultReceived(handle, NEAREST) in peer.events()
    assert peer.receive_requests() == []


@pytest.mark.parametrize("connections", [1, 2])
def test_MS18_code_48_is_followed_a_bounded_number_of_times(connections: int) -> None:
    peer = ScriptedServer(max_resends=3)
    handle = peer.invoke()
    for _ in range(connections):
        peer.session.connection_made(NOW)
        peer.receive()
    for _ in range(4):
        outgoing = peer.session.pending()[0].outgoing
        assert outgoing is not None
        peer.send(types.mtproto.BadServerSalt(outgoing.msg_id, 1, 48, -77), seqno=0)
        peer.receive()
    assert [event.handle for event in peer.events() if isinstance(event, OutcomeUnknown)] == [handle]


def test_MS19_container_rejected_long_after_sending_is_resent() -> None:
    peer = ScriptedServer(max_remembered_unowned=0)
    handles = [peer.invoke(), peer.invoke()]
    peer.receive()
    container = peer.packets[-1].message
    peer.session.invoke(functions.help.GetConfig())
    peer.receive()
    notice = types.mtproto.BadServerSalt(container.msg_id, container.seqno, 48, 5)
    peer.send(notice, seqno=0)
    for message in peer.receive_requests():
        peer.send(result(message.msg_id))
    assert [event.handle for event in peer.events() if isinstance(event, ResultReceived)] == handles


def test_MS18_MS36_code_20_requests_the_state_of_the_message() -> None:
    peer = ScriptedServer()
    peer.invoke()
    (asked,) = peer.receive()
    session_id = peer.session.session_id
    refuse(peer, asked, 20)
    (asking,) = peer.receive()
    assert codec.decode(asking.body) == types.mtproto.MsgsStateReq([asked.msg_id])
    peer.send(result(asked.msg_id))
    assert isinstance(peer.events()[-1], ResultReceived)
    assert peer.session.session_id == session_id


def refused_and_asked(peer: ScriptedServer) -> tuple[RequestHandle[Any], Message, Message]:
    """A request that was rejected with code 20, and the question whether the server has it."""
    handle = peer.invoke()
    (sent,) = peer.receive()
    peer.now += 1
    refuse(peer, sent, 20)
    (asking,) = peer.receive()
    assert [type(event) for event in peer.events()] == [BadMessage]
    return handle, sent, asking


@pytest.mark.parametrize("state", [2, 3])
def test_MS36_what_the_server_never_received_and_would_not_accept_any_more_gets_a_new_id_at_once(state: int) -> None:
    peer = ScriptedServer()
    handle, sent, asking = refused_and_asked(peer)
    peer.send(types.mtproto.MsgsStateInfo(asking.msg_id, bytes([state])), seqno=0)
    (again,) = peer.receive_requests()
    assert again.msg_id > sent.msg_id
    assert again.body == sent.body
    peer.send(result(again.msg_id))
    assert peer.events() == [ResultReceived(handle, NEAREST)]


def test_MS37_what_the_server_has_forgotten_and_would_not_accept_any_more_is_unknown_at_once() -> None:
    peer = ScriptedServer()
    handle, _, asking = refused_and_asked(peer)
    peer.send(types.mtproto.MsgsStateInfo(asking.msg_id, bytes([1])), seqno=0)
    assert peer.receive_requests() == []
    [event] = peer.events()
    assert isinstance(event, OutcomeUnknown)
    assert event.handle is handle


def test_MS36_state_requested_before_the_rejection_proves_nothing() -> None:
    """A copy of the request may have been accepted between the two, and the copy that was rejected may be a replay."""
    peer = ScriptedServer()
    peer.invoke()
    (sent,) = peer.receive()
    peer.now += peer.limits.state_request_delay
    peer.session.handle_deadline(peer.now)
    (early,) = (message for message in peer.receive_requests() if message.body[:4] == b"\x52\xfb\x69\xda")
    peer.now += 1
    refuse(peer, sent, 20)
    (asking,) = peer.receive_requests()
    peer.send(types.mtproto.MsgsStateInfo(early.msg_id, bytes([2])), seqno=0)
    assert [message.msg_id for message in peer.receive_requests()] == [sent.msg_id]
    peer.send(types.mtproto.MsgsAllInfo([sent.msg_id], bytes([2])), seqno=0)
    assert [message.msg_id for message in peer.receive_requests()] == [sent.msg_id]
    peer.send(types.mtproto.MsgsStateInfo(asking.msg_id, bytes([2])), seqno=0)
    (again,) = peer.receive_requests()
    assert again.msg_id > sent.msg_id


@pytest.mark.parametrize("code", [17, 32])
def test_MS18_resends_are_bounded(code: int) -> None:
    peer = ScriptedServer(max_resends=3)
    handle = peer.invoke()
    for _ in range(4):
        (asked,) = peer.receive_requests()
        refuse(peer, asked, code)
    assert peer.receive_requests() == []
    last = peer.events()[-1]
    assert isinstance(last, OutcomeUnknown)
    assert last.handle is handle


def test_MS19_rejected_container_resends_all_its_children() -> None:
    peer = ScriptedServer()
    handles = [peer.invoke() for _ in range(3)]
    children = peer.receive()
    peer.send(result(children[1].msg_id))
    container = peer.packets[-1].message
    peer.send(types.mtproto.BadServerSalt(container.msg_id, container.seqno, 48, 5), seqno=0)
    again = [message for message in peer.receive() if message.seqno & 1]
    assert len(again) == 2
    for message in again:
        peer.send(result(message.msg_id))
    answered = [event.handle for event in peer.events() if isinstance(event, ResultReceived)]
    assert sorted(map(id, answered)) == sorted(map(id, handles))


def test_MS19_rejected_acknowledgements_are_resent() -> None:
    peer = ScriptedServer()
    update = peer.send(UPDATE)
    peer.invoke()
    peer.receive()
    container = peer.packets[-1].message
    peer.send(types.mtproto.BadServerSalt(container.msg_id, container.seqno, 48, 5), seqno=0)
    acks = [codec.decode(message.body) for message in peer.receive()]
    assert types.mtproto.MsgsAck([update]) in acks


def test_MS20_repeated_new_session_created_is_handled_once() -> None:
    peer = ScriptedServer()
    notice = types.mtproto.NewSessionCreated(first_msg_id=0, unique_id=9, server_salt=55)
    peer.send(notice)
    peer.send(notice)
    assert peer.events() == [SessionCreated(0, 9)]
    assert peer.session.salts.current == 55


def test_MS20_messages_sent_before_the_new_session_are_resent() -> None:
    peer = ScriptedServer()
    early = peer.invoke()
    (before,) = peer.receive()
    late = peer.invoke()
    (after,) = peer.receive()
    peer.send(types.mtproto.NewSessionCreated(first_msg_id=after.msg_id, unique_id=9, server_salt=55))
    peer.events()
    (again,) = [message for message in peer.receive() if message.content_related]
    assert again.body == before.body
    peer.send(result(again.msg_id))
    peer.send(result(after.msg_id))
    assert [event.handle for event in peer.events() if isinstance(event, ResultReceived)] == [early, late]


def test_MS25_idle_connection_is_pinged_and_a_silent_one_closed() -> None:
    peer = ScriptedServer(ping_interval=60.0, ping_timeout=30.0)
    assert peer.session.deadline == NOW + 60
    peer.now = NOW + 60
    peer.session.handle_deadline(peer.now)
    (ping,) = peer.receive_requests()
    asked = codec.decode(ping.body)
    assert isinstance(asked, functions.mtproto.PingDelayDisconnect)
    assert asked.disconnect_delay == 90
    peer.session.handle_deadline(NOW + 89)
    with pytest.raises(RemoteProtocolError, match="MS25"):
        peer.session.handle_deadline(NOW + 90)


def test_MS25_busy_connection_sends_pings_once_the_server_counts_them() -> None:
    peer = ScriptedServer(ping_interval=60.0)
    peer.now = NOW + 60
    peer.session.handle_deadline(peer.now)
    kinds = {type(codec.decode(message.body)) for message in peer.receive()}
    assert functions.mtproto.PingDelayDisconnect in kinds
    peer.now = NOW + 119
    peer.send(UPDATE)
    assert peer.session.deadline <= NOW + 120
    peer.now = NOW + 120
    peer.session.handle_deadline(peer.now)
    kinds = {type(codec.decode(message.body)) for message in peer.receive()}
    assert functions.mtproto.PingDelayDisconnect in kinds
    peer.send(UPDATE)
    peer.session.connection_made(peer.now + 1)
    peer.invoke()
    peer.receive()
    peer.now += 60
    peer.session.handle_deadline(peer.now)
    kinds = {type(codec.decode(message.body)) for message in peer.receive()}
    assert functions.mtproto.PingDelayDisconnect not in kinds


def test_MS48_connection_on_which_nothing_is_sent_begins_with_a_ping() -> None:
    peer = ScriptedServer(first_ping_delay=1.0, ping_interval=60.0, ping_timeout=30.0)
    for _ in range(2):
        peer.session.connection_made(peer.now)
        assert peer.session.deadline == peer.now + 1
        assert peer.receive() == []
        peer.session.handle_deadline(peer.now + 1)
        (ping,) = peer.receive_requests()
        assert isinstance(codec.decode(ping.body), functions.mtproto.PingDelayDisconnect)
        assert peer.session.deadline == peer.now + 31, "the next deadline is that of the pong"
        peer.now += 20


def test_MS48_connection_on_which_a_request_is_sent_begins_without_a_ping() -> None:
    peer = ScriptedServer(first_ping_delay=1.0, ping_interval=60.0)
    peer.session.connection_made(NOW)
    peer.invoke()
    (request,) = peer.receive()
    peer.session.handle_deadline(NOW + 1)
    assert peer.receive() == []
    peer.send(result(request.msg_id))
    peer.session.handle_deadline(NOW + 2)
    assert all(message.constructor != PING for message in peer.receive())


def test_MS8_request_queued_under_an_id_that_becomes_too_old_is_asked_about() -> None:
    peer = ScriptedServer()
    handle = peer.invoke()
    (request,) = peer.receive()
    peer.session.connection_made(NOW + 10)  # it is queued once more, but the connection takes nothing
    peer.now = NOW + 400
    peer.session.connection_made(peer.now)
    sent = peer.receive()
    assert request.msg_id not in [message.msg_id for message in sent]
    (asked,) = [message for message in sent if message.constructor == STATE_REQUEST]
    assert codec.decode(asked.body) == types.mtproto.MsgsStateReq(msg_ids=[request.msg_id])
    peer.send(result(request.msg_id))
    assert [event.handle for event in peer.events() if isinstance(event, ResultReceived)] == [handle]


def test_MS25_pong_keeps_the_connection_open() -> None:
    peer = ScriptedServer(ping_interval=60.0, ping_timeout=30.0)
    peer.now = NOW + 60
    peer.session.handle_deadline(peer.now)
    (ping,) = peer.receive_requests()
    peer.send(types.mtproto.Pong(msg_id=ping.msg_id, ping_id=codec.decode(ping.body).ping_id), seqno=0)  # type: ignore[attr-defined]
    assert peer.events() == []
    assert peer.session.deadline == NOW + 120


def test_MS31_replays_do_not_keep_a_dead_connection_open() -> None:
    peer = ScriptedServer(ping_interval=60.0, ping_timeout=30.0)
    left = peer.encrypt(UPDATE)
    peer.begin_session()
    old = peer.encrypt(UPDATE)
    container = peer.encrypt(join([Message(peer.next_id(), 3, codec.encode(UPDATE))]), seqno=0)
    for packet in (old, container):
        peer.session.receive_packet(packet, peer.now)
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


def test_MS31_new_messages_keep_the_connection_open() -> None:
    peer = ScriptedServer(ping_interval=60.0, ping_timeout=30.0)
    peer.now = NOW + 60
    peer.session.handle_deadline(peer.now)
    peer.now = NOW + 80
    peer.send(UPDATE)
    peer.session.handle_deadline(NOW + 90)


def test_requests_in_flight_are_bounded() -> None:
    peer = ScriptedServer(max_pending_requests=2)
    peer.invoke()
    peer.invoke()
    with pytest.raises(LocalProtocolError, match="unanswered"):
        peer.invoke()
