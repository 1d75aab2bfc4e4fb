"""MS18, MS36, MS37: rejected sessions: their other requests, and their destruction."""

from __future__ import annotations

import pytest

from sansio_tl import codec, functions, types
from sansio_tl.errors import RemoteProtocolError
from sansio_tl.events import OutcomeUnknown, RequestFailed, ResultReceived
from sansio_tl.mtproto.message import Message
from tests.helpers.scripted_server import ScriptedServer, msg_id, result

REFUSED = "the server has refused the session in which it was sent"


def refuse(peer: ScriptedServer, message: Message, code: int, *, at: float = 0) -> None:
    """Say that a message is refused; the server's clock is `at` seconds after NOW."""
    peer.send(types.mtproto.BadMsgNotification(message.msg_id, message.seqno, code), at=msg_id(at, 3), seqno=0)


def endings(messages: list[Message]) -> list[Message]:
    """The requests to end a session."""
    kind = functions.mtproto.DestroySession.ID.to_bytes(4, "little")
    return [message for message in messages if message.constructor == kind]


@pytest.mark.parametrize("code", [17, 18, 19, 32, 33, 34, 35, 64, 999])
def test_MS36_notification_proves_nothing_about_other_sent_requests(code: int) -> None:
    peer = ScriptedServer()
    first, second = peer.invoke(), peer.invoke()
    ping = peer.session.invoke(functions.mtproto.Ping(7))
    asked, refused, _ = peer.receive_requests()
    peer.send(types.mtproto.MsgsAck([asked.msg_id]), seqno=0)
    waiting = peer.invoke()
    peer.events()
    refuse(peer, refused, code, at=1)
    assert [event for event in peer.events() if isinstance(event, OutcomeUnknown)] == [OutcomeUnknown(first, REFUSED)]
    assert [pending.handle for pending in peer.session.pending() if not pending.internal] == [second, ping, waiting]
    again = peer.receive_requests()
    assert len(again) == 3
    for message in again:
        peer.send(result(message.msg_id))
    answered = [event.handle for event in peer.events() if isinstance(event, ResultReceived)]
    assert answered == [second, waiting]


@pytest.mark.parametrize(("ahead", "sent_again"), [(29, 1), (31, 2), (5000, 2)])
def test_MS36_message_too_far_ahead_since_it_was_sent_was_not_accepted(ahead: int, sent_again: int) -> None:
    peer = ScriptedServer()
    peer.invoke()
    peer.invoke()
    _, refused = peer.receive_requests()
    refuse(peer, refused, 17, at=-ahead)
    assert len(peer.receive_requests()) == sent_again


def test_MS36_delayed_notification_does_not_prove_that_nothing_was_accepted_since() -> None:
    peer = ScriptedServer()
    handle = peer.invoke()
    peer.invoke()
    _, refused = peer.receive_requests()
    peer.now += 80  # the error was made long ago, and the other request has been in time since
    refuse(peer, refused, 17, at=-100)
    assert OutcomeUnknown(handle, REFUSED) in peer.events()
    assert len(peer.receive_requests()) == 1


def test_MS18_resends_into_new_sessions_are_bounded() -> None:
    peer = ScriptedServer(max_resends=2)
    handle = peer.invoke()
    for _ in range(3):
        assert len(peer.receive_requests()) == 1
        peer.begin_session(server_time=0)
    assert peer.events() == [OutcomeUnknown(handle, "the server lost it 3 times")]
    assert peer.receive_requests() == []


@pytest.mark.parametrize("code", [17, 18, 19, 32, 33, 34, 35, 64, 999])
def test_MS18_refused_destroy_session_starts_no_session(code: int) -> None:
    peer = ScriptedServer()
    peer.begin_session()
    session_id = peer.session.session_id
    for number in range(peer.limits.max_resends + 1):
        (ending,) = endings(peer.receive())
        refuse(peer, ending, code, at=number / 10)
    assert endings(peer.receive()) == []
    assert peer.session.session_id == session_id
    assert peer.session.pending() == []


def test_MS18_answer_about_an_old_session_does_not_reset_the_count_of_refused_sessions() -> None:
    peer = ScriptedServer(max_resends=1)
    for _ in range(2):
        peer.begin_session()
        (ending,) = endings(peer.receive())
        destroyed = codec.decode(ending.body)
        assert isinstance(destroyed, functions.mtproto.DestroySession)
        peer.send(types.mtproto.DestroySessionOk(destroyed.session_id), seqno=0)
    with pytest.raises(RemoteProtocolError, match="MS18: the server has refused 3 sessions in a row"):
        peer.begin_session()


def test_MS37_destroy_session_is_resent_over_every_connection_until_answered() -> None:
    peer = ScriptedServer()
    old = peer.session.session_id
    peer.begin_session()
    for _ in range(2):
        (ending,) = endings(peer.receive())
        assert codec.decode(ending.body) == functions.mtproto.DestroySession(old)
        peer.session.connection_made(peer.now)
    peer.receive()
    peer.send(types.mtproto.DestroySessionNone(old), seqno=0)
    peer.session.connection_made(peer.now)
    assert endings(peer.receive()) == []


def test_MS37_destroy_session_is_resent_a_bounded_number_of_times() -> None:
    peer = ScriptedServer()
    for _ in range(8):
        peer.begin_session()
    assert len(endings(peer.receive())) == 4, "as many as are remembered"
    for _ in range(peer.limits.max_resends + 1):
        peer.session.connection_made(peer.now)
        peer.receive()
    assert peer.session.pending() == []


@pytest.mark.parametrize("name", ["CONNECTION_NOT_INITED", "CONNECTION_LAYER_INVALID"])
def test_MS18_service_function_answered_with_connection_not_inited_fails(name: str) -> None:
    peer = ScriptedServer()
    handle = peer.session.invoke(functions.mtproto.GetFutureSalts(1))
    (asked,) = peer.receive()
    peer.send(result(asked.msg_id, types.mtproto.RpcError(400, name)))
    (event,) = peer.events()
    assert isinstance(event, RequestFailed)
    assert event.handle is handle
    assert peer.receive_requests() == []


def test_MS18_resends_on_request_of_the_server_are_bounded() -> None:
    peer = ScriptedServer(max_resends=2)
    peer.invoke()
    (asked,) = peer.receive_requests()
    again = 0
    for _ in range(10):
        peer.send(types.mtproto.MsgResendReq([asked.msg_id]), seqno=0)
        again += len(peer.receive_requests())
    assert again == 2


def test_MS37_request_acknowledged_in_a_lost_session_has_an_unknown_outcome() -> None:
    peer = ScriptedServer()
    had, lost = peer.invoke(), peer.invoke()
    ping = peer.session.invoke(functions.mtproto.Ping(7))
    messages = peer.receive_requests()
    peer.send(types.mtproto.MsgsAck([messages[0].msg_id, messages[2].msg_id]), seqno=0)
    peer.now += 5
    peer.send(types.mtproto.NewSessionCreated(msg_id(5, 0), 1, 1))
    (unknown, _) = peer.events()
    assert unknown == OutcomeUnknown(had, "the server has lost the session in which it had acknowledged it")
    assert [pending.handle for pending in peer.session.pending()] == [lost, ping]
    assert len(peer.receive_requests()) == 2
