"""Packets recorded earlier, of either side, do not make a request run twice (MS6, MS36, MS37, MS38, MS39)."""

from __future__ import annotations

from typing import Any

import pytest

from sansio_tl import codec, functions, types
from sansio_tl.events import BadMessage, MessageIgnored, OutcomeUnknown, RequestReceived, ResultReceived
from sansio_tl.mtproto.message import Message
from tests.helpers.connected_pair import ConnectedPair, key_record
from tests.helpers.scripted_server import NEAREST, ScriptedServer, msg_id, result

BadMsg = types.mtproto.BadMsgNotification
SEND = functions.messages.SendMessage(peer=types.InputPeerSelf(), message="pay 100", random_id=1)


class Payments:
    """An application that is still busy with each message that it shall send."""

    def __init__(self) -> None:
        self.executed: list[Any] = []

    def __call__(self, request: Any) -> object:
        if request.query.NAME == "messages.sendMessage":
            self.executed.append(request)
            return None
        return NEAREST


def busy(pair: ConnectedPair, seconds: float, messages: int = 1100) -> None:
    """More messages go to and fro than either side remembers."""
    for number in range(messages):
        pair.now += seconds / messages
        pair.client.invoke(functions.help.GetNearestDc(), now=pair.now)
        pair.run()
        if number % 50 == 0:
            pair.client.handle_deadline(now=pair.now)
            pair.server.handle_deadline(now=pair.now)


@pytest.mark.parametrize("seconds", [100, 200, 400])
def test_MS36_MS37_replayed_container_does_not_run_twice(seconds: float) -> None:
    payments = Payments()
    pair = ConnectedPair(seed=f"container {seconds}", record=key_record(), application=payments)
    pair.client.invoke(functions.help.GetNearestDc(), now=pair.now)
    pair.run()
    seen = len(pair.wire)
    handle = pair.client.invoke(SEND, now=pair.now)
    pair.client.invoke(functions.help.GetNearestDc(), now=pair.now)
    pair.run()
    container = next(data for sender, data in pair.wire[seen:] if sender == "client")
    busy(pair, seconds)
    seen = len(pair.events)
    pair.to_server(container)
    pair.run()
    for _ in range(8):  # long enough for whatever the error has set in motion
        pair.now += 60
        pair.client.handle_deadline(now=pair.now)
        pair.server.handle_deadline(now=pair.now)
        pair.run()
    assert len(payments.executed) == 1
    pair.server.send_result(payments.executed[0], types.UpdatesTooLong(), now=pair.now)
    pair.run()
    outcomes = [event for event in pair.events[seen:] if getattr(event, "handle", None) is handle]
    assert len(outcomes) == 1
    assert isinstance(outcomes[0], ResultReceived | OutcomeUnknown)


def test_MS6_replayed_packet_of_the_server_starts_no_session() -> None:
    payments = Payments()
    pair = ConnectedPair(seed="refusal", record=key_record(), application=payments)
    pair.client.invoke(functions.help.GetNearestDc(), now=pair.now)
    pair.run()
    recorded = next(data for sender, data in pair.wire if sender == "server")  # it refuses the salt
    assert any(isinstance(event, BadMessage) for event in pair.events)
    session_id = pair.client.session.session_id
    for _ in range(1100):
        pair.now += 7
        pair.server.push(pair.server.sessions[0], types.UpdatesTooLong(), now=pair.now)
        pair.client.handle_deadline(now=pair.now)
        pair.server.handle_deadline(now=pair.now)
        pair.run()
    pair.client.invoke(SEND, now=pair.now)
    pair.run()
    seen = len(pair.events)
    pair.now += 1
    pair.to_client(recorded)
    pair.run()
    assert pair.client.session.session_id == session_id
    assert len(payments.executed) == 1
    assert {type(event) for event in pair.events[seen:]} == {MessageIgnored}
    assert len([event for event in pair.server_events if isinstance(event, RequestReceived)]) == 2


def test_MS38_delayed_notification_does_not_change_the_clock() -> None:
    peer = ScriptedServer()
    peer.invoke()
    (asked,) = peer.receive()
    peer.now += 400
    peer.send(BadMsg(asked.msg_id, asked.seqno, 17), at=msg_id(1, 3), seqno=0)
    assert [event.check for event in peer.events() if isinstance(event, MessageIgnored)] == ["MS2"]
    assert peer.session.clock.offset == 0
    assert peer.receive_requests() == []


@pytest.mark.parametrize(("age", "received"), [(300, True), (301, False)])
def test_MS38_notification_of_any_age_is_accepted_for_a_message_sent_within_300_seconds(
    age: float, *, received: bool
) -> None:
    peer = ScriptedServer()
    peer.invoke()
    (asked,) = peer.receive()
    peer.now += age
    peer.send(BadMsg(asked.msg_id, asked.seqno, 17), at=msg_id(-9000, 3), seqno=0)
    assert any(isinstance(event, BadMessage) for event in peer.events()) is received


@pytest.mark.parametrize(("ahead", "new_id"), [(-299, False), (299, False), (302, True)])
def test_MS36_too_low_id_is_replaced_if_it_was_too_low_when_sent(ahead: float, *, new_id: bool) -> None:
    peer = ScriptedServer()
    peer.invoke()
    (asked,) = peer.receive()
    peer.send(BadMsg(asked.msg_id, asked.seqno, 16), at=msg_id(ahead, 3), seqno=0)
    (message,) = peer.receive()
    asks = message.constructor == types.mtproto.MsgsStateReq.ID.to_bytes(4, "little")
    assert asks is not new_id


def test_MS36_id_that_became_too_low_after_sending_proves_nothing() -> None:
    peer = ScriptedServer()
    peer.invoke()
    (asked,) = peer.receive()
    peer.now += 290
    peer.send(BadMsg(asked.msg_id, asked.seqno, 16), at=msg_id(310, 3), seqno=0)
    (message,) = peer.receive()
    assert message.constructor == types.mtproto.MsgsStateReq.ID.to_bytes(4, "little")


def test_MS36_too_low_id_proves_nothing_about_earlier_messages() -> None:
    peer = ScriptedServer()
    peer.invoke()
    (asked,) = peer.receive()
    peer.session.connection_made(peer.now + 1)  # the machine has slept, and its clock has not counted that
    peer.receive()
    peer.send(BadMsg(asked.msg_id, asked.seqno, 16), at=msg_id(900, 3), seqno=0)
    asking = types.mtproto.MsgsStateReq.ID.to_bytes(4, "little")
    assert [message.constructor for message in peer.receive()] == [asking]


@pytest.mark.parametrize("code", [18, 19, 32, 33, 34, 35, 64, 999])
def test_MS36_rejection_proves_nothing_about_earlier_deliveries(code: int) -> None:
    peer = ScriptedServer()
    handle = peer.invoke()
    (asked,) = peer.receive_requests()
    peer.session.connection_made(peer.now + 1)
    assert asked.msg_id in [message.msg_id for message in peer.receive()]
    peer.send(BadMsg(asked.msg_id, asked.seqno, code), seqno=0)
    unknown = OutcomeUnknown(handle, "the server has refused the session in which it was sent")
    assert [event for event in peer.events() if isinstance(event, OutcomeUnknown)] == [unknown]
    assert not any(message.body.endswith(asked.body[-4:]) for message in peer.receive())


def test_MS39_fast_clock_is_set_by_a_notification_in_a_container_with_a_new_session() -> None:
    peer = ScriptedServer()
    handle = peer.invoke()
    (asked,) = peer.receive()
    created = types.mtproto.NewSessionCreated(first_msg_id=asked.msg_id, unique_id=5, server_salt=9)
    peer.send_container(
        Message(msg_id(-1000), 1, codec.encode(created)),
        Message(msg_id(-999), 0, codec.encode(BadMsg(asked.msg_id, asked.seqno, 17))),
        at=msg_id(-998),
    )
    assert peer.session.clock.offset == pytest.approx(-999, abs=1)
    (again,) = peer.receive_requests()
    peer.send(result(again.msg_id), at=msg_id(-997))
    assert ResultReceived(handle, NEAREST) in peer.events()


def test_MS39_too_old_message_in_an_old_container_is_ignored() -> None:
    peer = ScriptedServer()
    peer.send_container(Message(msg_id(-1000), 1, codec.encode(types.UpdatesTooLong())), at=msg_id(-998))
    assert [type(event) for event in peer.events()] == [MessageIgnored]
