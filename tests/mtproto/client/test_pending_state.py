"""A request is sent once, ends once, and no other state accumulates in the client (MS11, MS17, MS18, MS24)."""

from __future__ import annotations

import tracemalloc
from typing import Any

import pytest

from sansio_tl import codec, functions, types
from sansio_tl.errors import LocalProtocolError, RemoteProtocolError, RpcError
from sansio_tl.events import BadMessage, RequestFailed, ResultReceived, UndecodableMessage, UpdatesReceived
from sansio_tl.mtproto.message import Message
from tests.helpers.connected_pair import NOW, client_config
from tests.helpers.scripted_server import NEAREST, ScriptedServer, msg_id, result

_GET_FUTURE_SALTS = functions.mtproto.GetFutureSalts.ID.to_bytes(4, "little")
BadMsg = types.mtproto.BadMsgNotification


def sent_anew(peer: ScriptedServer) -> tuple[Any, Message, Message]:
    """A request that has left under two ids, because the server began a new session between them."""
    handle = peer.invoke()
    (stale,) = peer.receive()
    peer.send(types.mtproto.NewSessionCreated(first_msg_id=stale.msg_id + 4, unique_id=9, server_salt=1))
    (latest,) = peer.receive_requests()
    assert latest.msg_id > stale.msg_id
    peer.events()
    return handle, stale, latest


@pytest.mark.parametrize(
    "notice",
    [
        lambda stale: BadMsg(stale.msg_id, stale.seqno, 20),
        lambda stale: types.mtproto.BadServerSalt(stale.msg_id, stale.seqno, 48, 5),
        lambda stale: types.mtproto.MsgsAllInfo([stale.msg_id], b"\x01"),
        lambda stale: result(stale.msg_id, types.mtproto.RpcError(400, "CONNECTION_NOT_INITED")),
    ],
    ids=["bad_msg_notification", "bad_server_salt", "msgs_all_info", "CONNECTION_NOT_INITED"],
)
def test_MS18_notification_about_an_old_id_does_not_resend_a_request(notice: Any) -> None:
    peer = ScriptedServer()
    handle, stale, latest = sent_anew(peer)
    peer.send(notice(stale), seqno=0)
    assert peer.receive_requests() == []
    peer.send(result(latest.msg_id))
    assert [event for event in peer.events() if not isinstance(event, BadMessage)] == [ResultReceived(handle, NEAREST)]


def test_MS18_rejected_container_does_not_resend_requests_sent_since() -> None:
    peer = ScriptedServer()
    peer.invoke()
    peer.invoke()
    stale, _ = peer.receive()
    container = peer.packets[-1].message
    peer.now += 400
    peer.send(types.mtproto.MsgsAllInfo([stale.msg_id], b"\x02"), seqno=0)
    (latest,) = peer.receive_requests()
    peer.send(BadMsg(container.msg_id, container.seqno, 20), seqno=0)
    assert len(peer.receive_requests()) == 1
    assert latest.msg_id in [pending.latest_id for pending in peer.session.pending()]


def test_L1_msg_wait_failed_for_an_old_id_does_not_resend_a_request() -> None:
    peer = ScriptedServer()
    first = peer.invoke()
    peer.session.invoke(functions.help.GetConfig(), after=first)
    _, stale = peer.receive()
    peer.now += 400
    peer.send(types.mtproto.MsgsAllInfo([stale.msg_id], b"\x02"), seqno=0)
    assert len(peer.receive_requests()) == 1
    peer.send(result(stale.msg_id, types.mtproto.RpcError(400, "MSG_WAIT_FAILED")))
    assert peer.receive_requests() == []
    assert peer.events() == []


def test_L1_msg_wait_failed_is_reported_when_no_predecessor_is_pending() -> None:
    peer = ScriptedServer()
    first = peer.invoke()
    second = peer.session.invoke(functions.help.GetConfig(), after=first)
    asked, following = peer.receive()
    peer.send(result(asked.msg_id, types.mtproto.RpcError(400, "PEER_ID_INVALID")))
    peer.send(result(following.msg_id, types.mtproto.RpcError(400, "MSG_WAIT_FAILED")))
    assert [event.handle for event in peer.events() if isinstance(event, RequestFailed)] == [first, second]


def failures(peer: ScriptedServer) -> dict[Any, str]:
    return {
        event.handle: event.error.text
        for event in peer.events()
        if isinstance(event, RequestFailed) and isinstance(event.error, RpcError)
    }


def test_L1_unsent_dependents_fail_with_their_predecessor_in_chains_of_any_length() -> None:
    peer = ScriptedServer()
    first = last = peer.invoke()
    (asked,) = peer.receive()
    for _ in range(3000):
        last = peer.session.invoke(functions.help.GetConfig(), after=last)
    peer.send(result(asked.msg_id, types.mtproto.RpcError(400, "PEER_ID_INVALID")))
    failed = failures(peer)
    assert (len(failed), failed[first], failed[last]) == (3001, "PEER_ID_INVALID", "MSG_WAIT_FAILED")
    assert peer.receive_requests() == []


def test_L1_dependent_rejected_after_its_predecessor_failed_fails() -> None:
    peer = ScriptedServer()
    first = peer.invoke()
    second = peer.session.invoke(functions.help.GetConfig(), after=first)
    asked, following = peer.receive()
    peer.send(result(asked.msg_id, types.mtproto.RpcError(400, "PEER_ID_INVALID")))
    peer.send(BadMsg(following.msg_id, following.seqno, 16), at=msg_id(500, 3), seqno=0)
    assert failures(peer) == {first: "PEER_ID_INVALID", second: "MSG_WAIT_FAILED"}
    assert peer.receive_requests() == []


def test_nothing_is_kept_of_answered_requests_nor_of_their_containers() -> None:
    peer = ScriptedServer()

    def in_containers(count: int) -> None:
        for _ in range(count):
            peer.invoke()
            peer.invoke()
            for sent in peer.receive_requests():
                peer.send(result(sent.msg_id))
            peer.events()
            peer.packets.clear()

    tracemalloc.start()
    in_containers(600)  # what is remembered in bounded numbers is full then
    before = tracemalloc.get_traced_memory()[0]
    in_containers(200)
    kept = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert kept < 20_000, f"{kept} bytes of 400 requests"


def test_MS17_state_info_that_refers_to_a_request_does_not_remove_it() -> None:
    peer = ScriptedServer()
    handle = peer.invoke()
    (asked,) = peer.receive()
    peer.send(types.mtproto.MsgsStateInfo(asked.msg_id, b"\x04"), seqno=0)
    peer.send(result(asked.msg_id))
    assert peer.events() == [ResultReceived(handle, NEAREST)]


def test_MS17_acknowledgement_does_not_settle_a_request() -> None:
    peer = ScriptedServer()
    handle = peer.invoke()
    (asked,) = peer.receive()
    peer.send(types.mtproto.MsgsAck([asked.msg_id]), seqno=0)
    peer.send(BadMsg(asked.msg_id, asked.seqno, 48), seqno=0)
    (again,) = peer.receive()
    peer.send(result(again.msg_id))
    assert peer.events()[-1] == ResultReceived(handle, NEAREST)


def test_MS17_acknowledged_message_without_an_answer_is_forgotten() -> None:
    peer = ScriptedServer()
    peer.send(types.UpdatesTooLong())
    peer.now += peer.limits.ack_delay
    (acks,) = peer.receive()
    peer.send(types.mtproto.MsgsAck([acks.msg_id]), seqno=0)
    peer.send(BadMsg(acks.msg_id, acks.seqno, 20), seqno=0)
    assert peer.receive() == []


def test_MS11_acknowledgement_of_too_many_messages_is_refused() -> None:
    peer = ScriptedServer(max_ids_per_message=3)
    peer.send(types.mtproto.MsgsAck([1, 2, 3, 4]), seqno=0)
    (unknown,) = peer.events()
    assert isinstance(unknown, UndecodableMessage)
    assert unknown.error.check == "MS11"


def test_MS20_request_queued_for_resending_is_not_counted_as_lost() -> None:
    peer = ScriptedServer(max_resends=1)
    handle = peer.invoke()
    (asked,) = peer.receive()
    peer.send(types.mtproto.BadServerSalt(asked.msg_id, asked.seqno, 48, 5), seqno=0)
    for unique_id in range(5):
        peer.send(types.mtproto.NewSessionCreated(2**62, unique_id=unique_id, server_salt=5))
    (again,) = peer.receive_requests()
    peer.send(result(again.msg_id))
    assert peer.events()[-1] == ResultReceived(handle, NEAREST)


def test_MS26_MTProto_function_is_resent_over_a_new_connection() -> None:
    """Its answer is not kept by the server, who would only acknowledge the old message."""
    peer = ScriptedServer()
    handle = peer.session.invoke(functions.mtproto.Ping(5))
    (asked,) = peer.receive()
    peer.session.connection_made(peer.now)
    (again,) = peer.receive()
    assert again.body == asked.body
    assert again.msg_id > asked.msg_id
    peer.send(types.mtproto.Pong(again.msg_id, 5), seqno=0)
    peer.send(types.mtproto.Pong(asked.msg_id, 5), seqno=0)
    assert peer.events() == [ResultReceived(handle, types.mtproto.Pong(again.msg_id, 5))]


def test_MS26_unanswered_service_function_is_kept_once_across_reconnects() -> None:
    peer = ScriptedServer()
    peer.session.invoke(functions.mtproto.Ping(5))
    for _ in range(20):
        peer.receive()
        peer.session.connection_made(peer.now)
    assert peer.session.counts().remembered <= 1


def test_MS9_message_queued_for_resending_is_dropped_with_its_session() -> None:
    peer = ScriptedServer()
    peer.send(types.UpdatesTooLong(), at=msg_id(1))
    peer.now += peer.limits.ack_delay
    (acks,) = peer.receive()
    peer.send(types.mtproto.MsgResendReq([acks.msg_id]), at=msg_id(2), seqno=0)
    peer.begin_session()
    (destroy,) = peer.receive()
    assert isinstance(codec.decode(destroy.body), functions.mtproto.DestroySession)


# -- housekeeping -------------------------------------------------------------------------------------------------


def test_internal_requests_do_not_count_as_pending_requests() -> None:
    peer = ScriptedServer(max_pending_requests=1, salt_fetch_delay=1e9, state_request_delay=1e9)
    handle = peer.invoke()
    for number in range(20):
        (asked,) = peer.receive_requests() or (None,)
        if number:
            peer.now = peer.session.deadline
            peer.session.handle_deadline(peer.now)  # a ping
            peer.send(types.UpdatesTooLong())  # the server is alive, but does not answer it
        elif asked is not None:
            peer.send(BadMsg(asked.msg_id, asked.seqno, 32), seqno=0)  # a new session, and destroy_session
    pending = peer.session.pending()
    assert [each.handle for each in pending if not each.internal] == [handle]
    assert len(pending) <= 2
    peer.session.cancel(handle)
    assert not peer.session.has_callers
    peer.invoke()


def test_cancelled_request_is_dropped_once() -> None:
    peer = ScriptedServer()
    for _ in range(100):
        handle = peer.invoke()
        (asked,) = peer.receive_requests()
        peer.session.cancel(handle)
        peer.session.cancel(handle)
        (drop,) = peer.receive_requests()
        assert codec.decode(drop.body) == functions.mtproto.RpcDropAnswer(asked.msg_id)
        peer.send(result(asked.msg_id))
        peer.send(result(drop.msg_id, types.mtproto.RpcAnswerDroppedRunning()))
    assert peer.events() == []
    assert peer.session.pending() == []


def test_MS23_one_request_for_salts_is_pending_at_a_time() -> None:
    peer = ScriptedServer(ping_interval=1e9)
    asked = 0
    while asked < 5:
        peer.now = max(peer.session.deadline, peer.now + 1)
        peer.session.handle_deadline(peer.now)
        asked += sum(message.body[:4] == _GET_FUTURE_SALTS for message in peer.receive())
    assert len(peer.session.pending()) == 1


@pytest.mark.parametrize("limit", ["max_packet_size", "max_client_packet_size"])
def test_request_larger_than_a_packet_is_refused_before_it_is_sent(limit: str) -> None:
    limits: dict[str, Any] = {limit: 1 << 16}
    peer = ScriptedServer(**limits)
    with pytest.raises(LocalProtocolError, match=r"upload\.saveFilePart takes"):
        peer.session.invoke(functions.upload.SaveFilePart(1, 0, bytes(1 << 16)))
    assert peer.session.pending() == []
    peer.session.invoke(functions.upload.SaveFilePart(1, 0, bytes(60_000)))
    (packet,) = peer.session.packets_to_send(peer.now)
    assert len(packet.data) <= 1 << 16


def test_request_that_just_fits_a_packet_with_its_wrappers_is_accepted() -> None:
    peer = ScriptedServer(max_client_packet_size=1 << 16)
    peer.initialise()
    empty = len(codec.encode(functions.upload.SaveFilePart(1, 0, bytes(1000)))) - 1000
    room = (1 << 16) - 512 - empty - len(client_config().init_connection_prefix())
    fits = room - room % 4
    peer.session.invoke(functions.upload.SaveFilePart(1, 0, bytes(fits)))
    with pytest.raises(LocalProtocolError, match="more than a packet may have"):
        peer.session.invoke(functions.upload.SaveFilePart(1, 0, bytes(fits + 1)))


# -- the clock ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("server_time", [0.0, -1.0, 2.0**31 - 1, 2.0**31, 1e300])
def test_MS24_server_time_without_message_ids_is_refused(server_time: float) -> None:
    peer = ScriptedServer()
    with pytest.raises(RemoteProtocolError, match="MS24"):
        peer.session.clock.synchronise(server_time, NOW)
    assert peer.session.clock.offset == 0


@pytest.mark.parametrize("at", [2**63 - 1, -1])
def test_MS24_notification_with_a_maximal_time_does_not_set_the_clock(at: int) -> None:
    peer = ScriptedServer()
    peer.invoke()
    (asked,) = peer.receive()
    peer.send(BadMsg(asked.msg_id, asked.seqno, 17), at=at, seqno=0)
    assert peer.session.clock.offset == 0
    peer.invoke()
    assert peer.receive_requests()


# -- what comes ---------------------------------------------------------------------------------------------------


def test_MS13_broken_container_ends_the_connection() -> None:
    peer = ScriptedServer()
    with pytest.raises(RemoteProtocolError, match="MS13"):
        peer.send(codec.encode(types.mtproto.MsgContainer([])) + bytes(4), seqno=0)


def test_MS14_gzip_in_gzip_is_reported_and_has_no_effect() -> None:
    import gzip

    peer = ScriptedServer()
    once = codec.encode(types.mtproto.GzipPacked(gzip.compress(codec.encode(types.UpdatesTooLong()))))
    peer.send(once)
    assert peer.events() == [UpdatesReceived(types.UpdatesTooLong())]
    peer.send(types.mtproto.GzipPacked(gzip.compress(once)))
    (unknown,) = peer.events()
    assert isinstance(unknown, UndecodableMessage)
    assert unknown.error.check == "MS14"


def test_MS16_empty_container_has_no_effect() -> None:
    peer = ScriptedServer()
    peer.send_container()
    assert peer.events() == []


def test_MS6_too_old_message_in_a_container_is_dropped_and_the_others_accepted() -> None:
    peer = ScriptedServer(replay_window=2)
    old = peer.session.session_id
    for seconds in (1, 2):
        peer.send(types.UpdatesTooLong(), at=msg_id(seconds))
    peer.events()
    body = codec.encode(types.UpdatesTooLong())
    peer.send_container(Message(msg_id(-1), 1, body), Message(msg_id(3), 3, body), at=msg_id(4))
    assert peer.session.session_id == old
    assert len([event for event in peer.events() if isinstance(event, UpdatesReceived)]) == 1
    assert msg_id(-1) not in peer.acknowledged()
