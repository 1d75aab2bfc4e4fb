"""MS2, MS24: answers correct a slow clock, and messages that came too early meanwhile are not lost."""

from __future__ import annotations

import pytest

from sansio_tl import codec, functions, types
from sansio_tl.events import MessageIgnored, ResultReceived, UpdatesReceived
from sansio_tl.mtproto.message import Message
from tests.helpers.connected_pair import NOW
from tests.helpers.scripted_server import NEAREST, ScriptedServer, msg_id, result

UPDATE = types.UpdatesTooLong()


def drops(peer: ScriptedServer) -> list[str]:
    return [event.check for event in peer.events() if isinstance(event, MessageIgnored)]


def test_MS24_answer_from_the_future_sets_the_clock_and_is_accepted() -> None:
    peer = ScriptedServer()
    handle = peer.invoke()
    (asked,) = peer.receive()
    peer.send(result(asked.msg_id), at=msg_id(100))
    assert peer.events() == [ResultReceived(handle, NEAREST)]
    assert peer.session.clock.offset == pytest.approx(100, abs=1)
    peer.send(UPDATE, at=msg_id(129))
    assert peer.events() == [UpdatesReceived(UPDATE)]


def test_MS24_answer_from_the_future_in_a_container_sets_the_clock_and_is_accepted() -> None:
    peer = ScriptedServer()
    handle = peer.invoke()
    (asked,) = peer.receive()
    children = [Message(msg_id(99), 1, codec.encode(UPDATE)), Message(msg_id(100), 3, result(asked.msg_id))]
    peer.send_container(*children, at=msg_id(101))
    assert peer.events() == [UpdatesReceived(UPDATE), ResultReceived(handle, NEAREST)]


def test_MS2_early_message_is_rejected_and_requested_again_when_the_clock_is_set() -> None:
    peer = ScriptedServer()
    early = peer.send(UPDATE, at=msg_id(100))
    assert drops(peer) == ["MS2"]
    assert peer.session.clock.offset == 0
    (asking,) = peer.receive()
    ping = codec.decode(asking.body)
    assert isinstance(ping, functions.mtproto.Ping)
    peer.send(types.mtproto.Pong(asking.msg_id, ping.ping_id), at=msg_id(101), seqno=0)
    assert peer.session.clock.offset == pytest.approx(101, abs=1)
    (again,) = peer.receive()
    assert codec.decode(again.body) == types.mtproto.MsgResendReq([early])
    peer.send(UPDATE, at=early)
    assert peer.events() == [UpdatesReceived(UPDATE)]


def _requested_again(peer: ScriptedServer, asking: Message, seconds: float) -> list[int]:
    """The ids that the session requests when the answer to its ping has set its clock."""
    ping = codec.decode(asking.body)
    assert isinstance(ping, functions.mtproto.Ping)
    peer.send(types.mtproto.Pong(asking.msg_id, ping.ping_id), at=msg_id(seconds), seqno=0)
    (again,) = peer.receive()
    request = codec.decode(again.body)
    assert isinstance(request, types.mtproto.MsgResendReq)
    return list(request.msg_ids)


def test_MS31_replayed_early_message_requests_nothing() -> None:
    peer = ScriptedServer()
    peer.send(UPDATE, at=msg_id(99))
    packet = peer.encrypt(UPDATE, at=msg_id(100))
    for _ in range(1000):
        peer.session.receive_packet(packet, peer.now)
    (asking,) = peer.receive()
    peer.session.receive_packet(packet, peer.now)
    assert peer.receive() == []
    assert _requested_again(peer, asking, 101) == [msg_id(99), msg_id(100)]


def test_MS24_many_early_messages_cause_one_request_for_the_time() -> None:
    peer = ScriptedServer()
    for number in range(1000):
        peer.send(UPDATE, at=msg_id(100 + number))
    (asking,) = peer.receive()
    assert len(peer.session.pending()) == 1
    assert 0 < len(_requested_again(peer, asking, 1100)) <= 256


@pytest.mark.parametrize("about", [0, 4])
def test_MS24_answer_to_an_unknown_message_does_not_set_the_clock(about: int) -> None:
    peer = ScriptedServer()
    peer.invoke()
    (asked,) = peer.receive()
    peer.send(types.mtproto.Pong(asked.msg_id + 4 + about, 1), at=msg_id(100), seqno=0)
    assert peer.session.clock.offset == 0
    assert drops(peer) == ["MS2"]


def test_MS24_only_a_bad_msg_notification_sets_the_clock_back() -> None:
    peer = ScriptedServer()
    peer.invoke()
    (asked,) = peer.receive()
    peer.send(result(asked.msg_id), at=msg_id(-400))
    assert drops(peer) == ["MS2"]
    assert peer.session.clock.offset == 0
    assert peer.session.clock.server_time(NOW) == NOW


def test_MS24_replayed_answer_does_not_set_the_clock() -> None:
    peer = ScriptedServer()
    peer.invoke()
    (asked,) = peer.receive()
    packet = peer.encrypt(types.mtproto.NewSessionCreated(asked.msg_id, 7, 0), at=msg_id(100), seqno=0)
    peer.session.receive_packet(packet, peer.now)
    assert peer.session.clock.offset == pytest.approx(100, abs=1)
    peer.invoke()
    refused = next(message for message in peer.receive() if message.content_related)
    peer.send(types.mtproto.BadMsgNotification(refused.msg_id, refused.seqno, 16), at=msg_id(1), seqno=0)
    assert peer.session.clock.offset == pytest.approx(1, abs=1)
    peer.session.receive_packet(packet, peer.now)
    assert peer.session.clock.offset == pytest.approx(1, abs=1)
