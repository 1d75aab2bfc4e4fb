"""MS8, MS21, MS22, MS26: requests when a connection changes or the server reports message states."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from sansio_tl import codec, functions, types
from sansio_tl.errors import RemoteProtocolError
from sansio_tl.events import OutcomeUnknown, QuickAckReceived, ResultReceived, UndecodableMessage
from sansio_tl.mtproto.message import Message, quick_ack_token
from tests.helpers.connected_pair import NOW
from tests.helpers.scripted_server import NEAREST, ScriptedServer, msg_id, result

UPDATE = codec.encode(types.UpdatesTooLong())
PING = functions.mtproto.PingDelayDisconnect.ID.to_bytes(4, "little")


def values(messages: list[Message]) -> list[Any]:
    return [codec.decode(message.body) for message in messages]


def test_MS26_recent_request_is_resent_with_the_same_id_and_seqno() -> None:
    peer = ScriptedServer()
    handle = peer.invoke()
    (before,) = peer.receive()
    peer.now += peer.limits.same_id_resend_window
    peer.session.connection_made(peer.now)
    ping, again = peer.receive()
    assert ping.body[:4] == PING, "what comes again alone moves no session (MS27)"
    assert again == before
    peer.send(result(before.msg_id))
    assert peer.events() == [ResultReceived(handle, NEAREST)]


def test_MS27_new_connection_sends_a_new_message_before_resent_ones() -> None:
    peer = ScriptedServer()
    peer.invoke()
    (before,) = peer.receive()
    peer.session.connection_made(peer.now)
    assert [message.msg_id == before.msg_id for message in peer.receive()] == [False, True]


def test_MS26_request_is_resent_once_per_lost_connection() -> None:
    peer = ScriptedServer()
    peer.invoke()
    (before,) = peer.receive()
    peer.session.connection_made(peer.now)
    peer.session.connection_made(peer.now)
    ping, again = peer.receive()
    assert ping.body[:4] == PING, "what comes again alone moves no session (MS27)"
    assert again == before


def test_MS8_state_of_an_old_request_is_requested_instead_of_resending_it() -> None:
    peer = ScriptedServer()
    handle = peer.invoke()
    (before,) = peer.receive()
    peer.now += peer.limits.same_id_resend_window + 1
    peer.session.connection_made(peer.now)
    (asking,) = peer.receive()
    assert codec.decode(asking.body) == types.mtproto.MsgsStateReq([before.msg_id])
    peer.now += 200
    peer.send(types.mtproto.MsgsStateInfo(asking.msg_id, b"\x02"), seqno=0)
    (again,) = peer.receive()
    assert again.msg_id > before.msg_id
    assert again.body == before.body
    peer.send(result(again.msg_id))
    assert peer.events() == [ResultReceived(handle, NEAREST)]


def test_MS8_request_with_the_id_of_a_wrong_clock_counts_as_old() -> None:
    peer = ScriptedServer()
    peer.invoke()
    (before,) = peer.receive()
    peer.session.clock.synchronise(peer.now + 5000, peer.now)
    peer.session.connection_made(peer.now)
    (asking,) = peer.receive()
    assert codec.decode(asking.body) == types.mtproto.MsgsStateReq([before.msg_id])


def test_MS22_acknowledged_state_request_is_still_answered_by_state_info() -> None:
    peer = ScriptedServer()
    peer.invoke()
    (before,) = peer.receive()
    peer.now += 1000
    peer.session.connection_made(peer.now)
    (asking,) = peer.receive()
    peer.send(types.mtproto.MsgsAck([asking.msg_id]), seqno=0)
    peer.send(types.mtproto.MsgsStateInfo(asking.msg_id, b"\x02"), seqno=0)
    (again,) = peer.receive()
    assert again.body == before.body


def test_MS26_messages_for_the_old_connection_only_are_not_resent() -> None:
    peer = ScriptedServer()
    peer.now += peer.limits.ping_interval
    peer.session.handle_deadline(peer.now)
    kinds = [functions.mtproto.PingDelayDisconnect, functions.mtproto.GetFutureSalts]
    assert [type(value) for value in values(peer.receive())] == kinds
    peer.session.connection_made(peer.now)
    assert peer.receive() == []
    assert peer.session.pending() == []


def asked_about(peer: ScriptedServer, count: int = 1) -> tuple[list[Any], list[Message], Message]:
    handles = [peer.invoke() for _ in range(count)]
    requests = peer.receive()
    peer.now += 400
    peer.session.connection_made(peer.now)
    (asking,) = peer.receive()
    return handles, requests, asking


@pytest.mark.parametrize("state", [0, 1, 1 + 8])
def test_MS37_requests_that_the_server_may_have_forgotten_are_not_resent(state: int) -> None:
    peer = ScriptedServer()
    (handle,), _, asking = asked_about(peer)
    peer.send(types.mtproto.MsgsStateInfo(asking.msg_id, bytes([state])), seqno=0)
    assert peer.receive_requests() == []
    (event,) = peer.events()
    assert isinstance(event, OutcomeUnknown)
    assert event.handle is handle


def test_MS37_request_of_unknown_state_is_resent_with_the_same_id_while_recent() -> None:
    peer = ScriptedServer()
    peer.invoke()
    (before,) = peer.receive()
    peer.send(types.mtproto.MsgsAllInfo([before.msg_id], b"\x01"), seqno=0)
    assert peer.receive_requests() == [before]


@pytest.mark.parametrize("state", [2, 3, 2 + 8, 3 + 16])
def test_MS22_messages_that_the_server_lacks_are_resent(state: int) -> None:
    peer = ScriptedServer()
    _, (before,), asking = asked_about(peer)
    peer.send(types.mtproto.MsgsStateInfo(asking.msg_id, bytes([state])), seqno=0)
    (again,) = peer.receive()
    assert (again.body, again.msg_id > before.msg_id) == (before.body, True)


def test_MS22_request_that_may_still_arrive_is_not_resent_with_a_new_id() -> None:
    peer = ScriptedServer()
    peer.invoke()
    (before,) = peer.receive()
    for age, again in ((0, [before]), (200, [before]), (201, []), (330, [])):
        peer.now = NOW + age
        peer.send(types.mtproto.MsgsAllInfo([before.msg_id], b"\x02"), seqno=0)
        assert peer.receive_requests() == again
    peer.now = NOW + 331
    peer.send(types.mtproto.MsgsAllInfo([before.msg_id], b"\x02"), seqno=0)
    (anew,) = peer.receive_requests()
    assert anew.msg_id > before.msg_id


def test_MS22_state_of_a_request_unanswered_for_long_is_requested_periodically() -> None:
    peer = ScriptedServer(state_request_delay=60.0, ping_interval=1e9, salt_fetch_delay=1e9)
    peer.invoke()
    (before,) = peer.receive()
    asking = before
    for minute in (1, 2, 3):
        assert peer.session.deadline == NOW + 60 * minute
        peer.now = peer.session.deadline
        peer.session.handle_deadline(peer.now)
        (asking,) = peer.receive()
        assert codec.decode(asking.body) == types.mtproto.MsgsStateReq([before.msg_id])
        assert peer.session.deadline > peer.now
    peer.send(types.mtproto.MsgsStateInfo(asking.msg_id, bytes([4 + 64])), seqno=0)
    (fetching,) = peer.receive()
    assert codec.decode(fetching.body) == types.mtproto.MsgResendAnsReq([before.msg_id])
    peer.send(result(before.msg_id))
    peer.now += 100
    peer.session.handle_deadline(peer.now)
    assert peer.receive_requests() == []
    assert peer.session.deadline > NOW + 1e6


def test_MS22_new_connection_postpones_the_request_for_states() -> None:
    peer = ScriptedServer(state_request_delay=60.0, ping_interval=1e9, ping_timeout=1e9, salt_fetch_delay=1e9)
    peer.invoke()
    (before,) = peer.receive()
    peer.now += 50
    peer.session.connection_made(peer.now)
    peer.receive()
    peer.now += 59
    peer.session.handle_deadline(peer.now)
    assert peer.receive() == []
    peer.now += 1
    peer.session.handle_deadline(peer.now)
    (asking,) = peer.receive()
    assert codec.decode(asking.body) == types.mtproto.MsgsStateReq([before.msg_id])


def test_service_function_unanswered_for_long_is_sent_again() -> None:
    peer = ScriptedServer(state_request_delay=60.0, ping_interval=1e9, salt_fetch_delay=1e9)
    handle = peer.session.invoke(functions.mtproto.Ping(7))
    (before,) = peer.receive()
    peer.now = peer.session.deadline
    peer.session.handle_deadline(peer.now)
    (again,) = peer.receive()
    assert again.body == before.body
    pong = types.mtproto.Pong(again.msg_id, 7)
    peer.send(pong, seqno=0)
    assert peer.events() == [ResultReceived(handle, pong)]


def test_MS22_request_that_the_server_has_is_not_resent() -> None:
    peer = ScriptedServer()
    (handle,), (before,), asking = asked_about(peer)
    peer.send(types.mtproto.MsgsStateInfo(asking.msg_id, b"\x04"), seqno=0)
    assert peer.receive() == []
    peer.send(result(before.msg_id))
    assert peer.events() == [ResultReceived(handle, NEAREST)]


def test_MS22_generated_answer_that_did_not_arrive_is_requested() -> None:
    peer = ScriptedServer()
    _, (before,), asking = asked_about(peer)
    peer.send(types.mtproto.MsgsStateInfo(asking.msg_id, bytes([4 + 64])), seqno=0)
    assert values(peer.receive()) == [types.mtproto.MsgResendAnsReq([before.msg_id])]


@pytest.mark.parametrize("states", [b"", b"\x01\x01\x01"])
def test_MS22_state_info_with_a_wrong_number_of_states_is_refused(states: bytes) -> None:
    peer = ScriptedServer()
    _, _, asking = asked_about(peer, 2)
    peer.send(types.mtproto.MsgsStateInfo(asking.msg_id, states), seqno=0)
    (unknown,) = peer.events()
    assert isinstance(unknown, UndecodableMessage)
    assert unknown.error.check == "MS22"
    assert peer.receive() == []


def test_MS17_unrequested_state_info_has_no_effect() -> None:
    peer = ScriptedServer()
    peer.invoke()
    (before,) = peer.receive()
    peer.send(types.mtproto.MsgsStateInfo(before.msg_id, b"\x01"), seqno=0)
    assert peer.receive_requests() == []


def test_MS22_unrequested_msgs_all_info_is_used() -> None:
    peer = ScriptedServer()
    peer.invoke()
    peer.invoke()
    first, second = peer.receive()
    peer.send(types.mtproto.MsgsAllInfo([first.msg_id, second.msg_id, 77], b"\x01\x04\x01"), seqno=0)
    (again,) = peer.receive()
    assert again.body == first.body


@pytest.mark.parametrize("seconds", [0, 400])
def test_MS18_request_that_is_always_lost_is_abandoned(seconds: float) -> None:
    peer = ScriptedServer(max_resends=2)
    peer.invoke()
    for _ in range(3):
        (asked,) = peer.receive_requests()
        peer.now += seconds
        peer.send(types.mtproto.MsgsAllInfo([asked.msg_id], b"\x02"), seqno=0)
    assert peer.receive_requests() == []
    assert isinstance(peer.events()[-1], OutcomeUnknown)


def test_MS11_state_requests_name_a_bounded_number_of_messages() -> None:
    peer = ScriptedServer(max_ids_per_message=2)
    for _ in range(5):
        peer.invoke()
    peer.receive()
    peer.now += 250
    peer.session.connection_made(peer.now)
    assert [len(value.msg_ids) for value in values(peer.receive())] == [2, 2, 1]


def test_MS11_message_that_names_too_many_others_is_refused() -> None:
    peer = ScriptedServer(max_ids_per_message=2)
    for value in (
        types.mtproto.MsgsStateReq([1, 2, 3]),
        types.mtproto.MsgResendReq([1, 2, 3]),
        types.mtproto.MsgsAllInfo([1, 2, 3], b"\1\1\1"),
    ):
        peer.send(value, seqno=0)
        (unknown,) = peer.events()
        assert isinstance(unknown, UndecodableMessage)
        assert unknown.error.check == "MS11"


# -- what the server asks -------------------------------------------------------------------------------------------


def test_MS22_states_of_received_messages_are_reported() -> None:
    peer = ScriptedServer(replay_window=3)
    for seconds in (1, 2, 4):
        peer.send(UPDATE, at=msg_id(seconds), seqno=0)
    asked = [msg_id(0), msg_id(2), msg_id(3), msg_id(9)]
    asking = peer.send(types.mtproto.MsgsStateReq(asked), at=msg_id(5), seqno=0)
    assert values(peer.receive()) == [types.mtproto.MsgsStateInfo(asking, bytes([1, 4, 2, 3]))]


def test_MS21_missing_answer_of_a_detailed_info_is_requested_and_not_acknowledged() -> None:
    peer = ScriptedServer()
    peer.invoke()
    (asked,) = peer.receive()
    peer.send(types.mtproto.MsgDetailedInfo(asked.msg_id, msg_id(5), 100, 0), seqno=0)
    assert values(peer.receive()) == [types.mtproto.MsgResendReq([msg_id(5)])]
    assert msg_id(5) not in peer.acknowledged()


def test_MS21_missing_message_of_a_new_detailed_info_is_requested() -> None:
    peer = ScriptedServer()
    peer.send(types.mtproto.MsgNewDetailedInfo(msg_id(5), 100, 0), seqno=0)
    assert values(peer.receive()) == [types.mtproto.MsgResendReq([msg_id(5)])]


def test_MS21_received_message_of_a_new_detailed_info_is_acknowledged_again() -> None:
    peer = ScriptedServer()
    update = peer.send(UPDATE)
    assert peer.acknowledged() == [update]
    peer.send(types.mtproto.MsgNewDetailedInfo(update, 100, 0), seqno=0)
    assert peer.acknowledged() == [update]


@pytest.mark.parametrize("here", [True, False])
def test_MS21_received_or_cancelled_answer_of_a_detailed_info_is_acknowledged(here: bool) -> None:
    peer = ScriptedServer()
    peer.invoke()
    (asked,) = peer.receive()
    if here:
        answer = peer.send(result(asked.msg_id))
        peer.acknowledged()
    else:
        answer = msg_id(5)
        peer.session.cancel(peer.session.pending()[0].handle)
        peer.receive()
    peer.send(types.mtproto.MsgDetailedInfo(asked.msg_id, answer, 100, 0), seqno=0)
    assert peer.acknowledged() == [answer]


def test_MS22_message_requested_by_msg_resend_req_is_resent_unchanged() -> None:
    peer = ScriptedServer()
    peer.invoke()
    (asked,) = peer.receive()
    peer.send(types.mtproto.MsgResendReq([asked.msg_id]), seqno=0)
    assert peer.receive() == [asked]


def test_MS22_msg_resend_req_of_a_forgotten_message_is_answered_with_states() -> None:
    peer = ScriptedServer()
    peer.invoke()
    (asked,) = peer.receive()
    request = peer.send(types.mtproto.MsgResendReq([asked.msg_id, 5]), seqno=0)
    again, states = peer.receive()
    assert again == asked
    reported = codec.decode(states.body)
    assert isinstance(reported, types.mtproto.MsgsStateInfo)
    assert (reported.req_msg_id, len(reported.info)) == (request, 2)


# -- order, haste and size ------------------------------------------------------------------------------------------


def test_L1_dependent_request_names_its_predecessor_in_invokeAfterMsg() -> None:
    peer = ScriptedServer()
    first = peer.invoke()
    second = peer.session.invoke(functions.help.GetConfig(), after=first)
    asked = peer.receive()
    wrapped = codec.decode(asked[1].body)
    assert isinstance(wrapped, functions.InvokeWithLayer)
    assert isinstance(wrapped.query, functions.InitConnection)
    assert wrapped.query.query == functions.InvokeAfterMsg(asked[0].msg_id, functions.help.GetConfig())
    error = types.mtproto.RpcError(400, "MSG_WAIT_FAILED")
    peer.send(types.mtproto.BadServerSalt(asked[0].msg_id, 1, 48, 5), seqno=0)
    (first_again,) = peer.receive()
    peer.send(result(asked[1].msg_id, error))
    (second_again,) = [message for message in peer.receive_requests() if message.content_related]
    wrapped = codec.decode(second_again.body)
    assert isinstance(wrapped, functions.InvokeWithLayer)
    assert isinstance(wrapped.query, functions.InitConnection)
    assert wrapped.query.query == functions.InvokeAfterMsg(first_again.msg_id, functions.help.GetConfig())
    assert second in [pending.handle for pending in peer.session.pending()]


def test_L1_dependent_of_an_answered_request_has_no_invokeAfterMsg() -> None:
    peer = ScriptedServer()
    first = peer.invoke()
    (asked,) = peer.receive()
    peer.send(result(asked.msg_id))
    peer.session.invoke(functions.help.GetConfig(), after=first)
    assert functions.help.GetConfig() in values(peer.receive())


def test_L1_dependent_of_a_request_answered_before_sending_has_no_invokeAfterMsg() -> None:
    peer = ScriptedServer()
    first = peer.invoke()
    (asked,) = peer.receive()
    peer.session.invoke(functions.help.GetConfig(), after=first)
    peer.send(result(asked.msg_id))
    assert functions.help.GetConfig() in values(peer.receive())


def test_TR4_quick_ack_is_matched_to_its_requests() -> None:
    peer = ScriptedServer()
    handle = peer.session.invoke(functions.help.GetConfig(), quick_ack=True)
    (packet,) = peer.session.packets_to_send(peer.now)
    assert packet.quick_ack
    token = quick_ack_token(peer.decrypt(packet.data).msg_key_large)
    peer.session.receive_quick_ack(bytes(4))
    assert peer.events() == []
    peer.session.receive_quick_ack(token)
    peer.session.receive_quick_ack(token)
    assert peer.events() == [QuickAckReceived(handle)]


def test_TR4_quick_ack_of_an_earlier_connection_means_nothing() -> None:
    peer = ScriptedServer()
    peer.session.invoke(functions.help.GetConfig(), quick_ack=True)
    (packet,) = peer.session.packets_to_send(peer.now)
    peer.session.connection_made(peer.now)
    peer.session.receive_quick_ack(quick_ack_token(peer.decrypt(packet.data).msg_key_large))
    assert peer.events() == []


def test_large_request_is_compressed_if_that_makes_it_smaller() -> None:
    peer = ScriptedServer()
    text = "all work and no play " * 200
    peer.session.invoke(functions.help.SaveAppLog([types.InputAppEvent(0.0, "x", 0, types.JsonString(text))]))
    peer.session.invoke(functions.upload.SaveFilePart(1, 0, bytes(5000)))
    small, large = sorted(peer.receive(), key=lambda message: len(message.body))
    assert small.constructor == types.mtproto.GzipPacked.ID.to_bytes(4, "little")
    assert len(small.body) < 500
    assert len(large.body) > 5000
    unpacked = codec.decode(small.body)
    assert isinstance(unpacked, functions.InvokeWithLayer)


# -- salts ----------------------------------------------------------------------------------------------------------


def salts(peer: ScriptedServer, *starts: float) -> list[types.mtproto.FutureSalt]:
    now = int(peer.now)
    return [
        types.mtproto.FutureSalt(int(now + start), int(now + start + 3600), 100 + i) for i, start in enumerate(starts)
    ]


def current_salt(peer: ScriptedServer) -> int:
    """The salt of a message made now."""
    peer.session.salts.advance(peer.now)
    return peer.session.salts.current


def test_MS23_salts_are_switched_by_server_time_with_a_delay() -> None:
    peer = ScriptedServer(salt_use_delay=60.0)
    peer.session.clock.synchronise(peer.now + 1000, peer.now)
    peer.session.salts.replace(1_000)
    server = int(peer.now + 1000)
    peer.session.salts.set_future(
        [
            types.mtproto.FutureSalt(server + 2000, server + 5600, 2),
            types.mtproto.FutureSalt(server + 200, server + 3800, 1),
        ],
        server,
    )
    for seconds, salt in ((0, 1_000), (259, 1_000), (261, 1), (2059, 1), (2061, 2), (9000, 2)):
        peer.now = server + seconds - 1000
        peer.invoke()
        peer.receive()
        assert peer.packets[-1].salt == salt


def test_MS23_salts_are_requested_at_a_bounded_rate() -> None:
    peer = ScriptedServer(
        salt_fetch_delay=60.0, salt_fetch_interval=300.0, salt_prefetch_window=900.0, ping_interval=1e9
    )
    asked: list[float] = []
    while peer.now < 1_790_000_000 + 7200:
        peer.now = peer.session.deadline
        peer.session.handle_deadline(peer.now)
        sent = map(codec.decode, (message.body for message in peer.receive()))
        asked += [peer.now for value in sent if isinstance(value, functions.mtproto.GetFutureSalts)]
    assert min(later - earlier for earlier, later in pairwise(asked)) >= 300
    assert len(asked) > 10


def test_MS23_no_salts_are_requested_while_enough_are_known() -> None:
    peer = ScriptedServer(ping_interval=1e9)
    peer.now = peer.session.deadline
    peer.session.handle_deadline(peer.now)
    (asking,) = peer.receive()
    peer.send(types.mtproto.FutureSalts(asking.msg_id, int(peer.now), salts(peer, -100, 1800, 3600)), seqno=0)
    assert current_salt(peer) == 100
    peer.now += 300
    peer.session.handle_deadline(peer.now)
    assert peer.receive() == []
    peer.now += 3600 - 900
    peer.session.handle_deadline(peer.now)
    assert [type(value) for value in values(peer.receive())] == [functions.mtproto.GetFutureSalts]


def test_MS17_salts_are_the_result_of_their_request() -> None:
    peer = ScriptedServer()
    handle = peer.session.invoke(functions.mtproto.GetFutureSalts(64))
    (asking,) = peer.receive()
    answer = types.mtproto.FutureSalts(asking.msg_id, int(peer.now), salts(peer, -100))
    peer.send(answer, seqno=0)
    assert peer.events() == [ResultReceived(handle, answer)]
    assert current_salt(peer) == 100


def test_MS17_unrequested_salts_have_no_effect() -> None:
    peer = ScriptedServer()
    peer.send(types.mtproto.FutureSalts(123, int(peer.now), salts(peer, -100)), seqno=0)
    assert current_salt(peer) == 1


def test_MS17_service_answer_of_another_kind_is_not_the_result_of_a_request() -> None:
    peer = ScriptedServer()
    handle = peer.invoke()
    (asked,) = peer.receive()
    peer.send(types.mtproto.Pong(msg_id=asked.msg_id, ping_id=0), seqno=0)
    peer.send(types.mtproto.FutureSalts(asked.msg_id, int(peer.now), salts(peer, -100)), seqno=0)
    assert peer.events() == []
    assert current_salt(peer) == 1
    peer.send(result(asked.msg_id))
    assert peer.events() == [ResultReceived(handle, NEAREST)]


# -- the clock ------------------------------------------------------------------------------------------------------


def test_MS24_only_messages_that_refer_to_ours_set_the_clock() -> None:
    peer = ScriptedServer()
    peer.invoke()
    (asked,) = peer.receive()
    notice = types.mtproto.BadMsgNotification(asked.msg_id + 4, 1, 16)
    for seconds in (500, 20, -200):  # a time outside of -300 to +30 s is refused before (MS2)
        peer.send(notice, at=msg_id(seconds, 3), seqno=0)
        assert peer.session.clock.offset == 0
    peer.send(types.mtproto.BadMsgNotification(asked.msg_id, 1, 16), at=msg_id(500, 3), seqno=0)
    assert peer.session.clock.offset == pytest.approx(500, abs=1)


def test_EN3_tampered_packet_changes_nothing() -> None:
    peer = ScriptedServer()
    peer.invoke()
    peer.receive()
    packet = peer.encrypt(types.UpdatesTooLong())
    with pytest.raises(RemoteProtocolError, match="EN3"):
        peer.session.receive_packet(packet[:-1] + bytes([packet[-1] ^ 1]), peer.now)
    assert peer.events() == []
