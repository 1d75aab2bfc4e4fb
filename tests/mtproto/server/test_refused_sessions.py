"""MS18, MS36, MS37: what becomes of the other requests when the server refuses a session, and of the session itself."""

from __future__ import annotations

import pytest

from sansio_tl import codec, functions, types
from sansio_tl.events import OutcomeUnknown, RequestFailed, ResultReceived
from sansio_tl.mtproto.message import Message
from tests.mtproto.peer import Peer, msg_id, result

REFUSED = "the server has refused the session in which it had left"


def refuse(peer: Peer, message: Message, code: int, *, at: float = 0) -> None:
    """Say that a message is refused; the server's clock is `at` seconds after NOW."""
    peer.say(types.mtproto.BadMsgNotification(message.msg_id, message.seqno, code), at=msg_id(at, 3), seqno=0)


def endings(messages: list[Message]) -> list[Message]:
    """The requests to end a session."""
    kind = functions.mtproto.DestroySession.ID.to_bytes(4, "little")
    return [message for message in messages if message.constructor == kind]


@pytest.mark.parametrize("code", [17, 18, 19, 32, 33, 34, 35, 64, 999])
def test_MS36_a_refusal_proves_nothing_about_other_requests_that_have_left(code: int) -> None:
    peer = Peer()
    first, second = peer.invoke(), peer.invoke()
    ping = peer.session.invoke(functions.mtproto.Ping(7))
    asked, refused, _ = peer.requests()
    peer.say(types.mtproto.MsgsAck([asked.msg_id]), seqno=0)
    waiting = peer.invoke()
    peer.events()
    refuse(peer, refused, code, at=1)
    assert [event for event in peer.events() if isinstance(event, OutcomeUnknown)] == [OutcomeUnknown(first, REFUSED)]
    assert [pending.handle for pending in peer.session.pending() if not pending.internal] == [second, ping, waiting]
    again = peer.requests()
    assert len(again) == 3
    for message in again:
        peer.say(result(message.msg_id))
    answered = [event.handle for event in peer.events() if isinstance(event, ResultReceived)]
    assert answered == [second, waiting]


@pytest.mark.parametrize(("ahead", "sent_again"), [(29, 1), (31, 2), (5000, 2)])
def test_MS36_what_was_too_far_ahead_all_the_time_has_not_been_accepted(ahead: int, sent_again: int) -> None:
    peer = Peer()
    peer.invoke()
    peer.invoke()
    _, refused = peer.requests()
    refuse(peer, refused, 17, at=-ahead)
    assert len(peer.requests()) == sent_again


def test_MS36_a_refusal_that_was_held_back_does_not_prove_that_nothing_was_accepted_since() -> None:
    peer = Peer()
    handle = peer.invoke()
    peer.invoke()
    _, refused = peer.requests()
    peer.now += 80  # the refusal was made long ago, and the other request has been in time since
    refuse(peer, refused, 17, at=-100)
    assert OutcomeUnknown(handle, REFUSED) in peer.events()
    assert len(peer.requests()) == 1


def test_MS18_what_goes_into_another_session_is_sent_again_a_bounded_number_of_times() -> None:
    peer = Peer(max_resends=2)
    handle = peer.invoke()
    for _ in range(3):
        assert len(peer.requests()) == 1
        peer.session.start_new_session(server_time=0)
    assert peer.events() == [OutcomeUnknown(handle, "the server lost it 3 times")]
    assert peer.requests() == []


@pytest.mark.parametrize("code", [17, 18, 19, 32, 33, 34, 35, 64, 999])
def test_MS18_a_refused_destroy_session_begins_no_session(code: int) -> None:
    peer = Peer()
    peer.session.start_new_session()
    session_id = peer.session.session_id
    for number in range(peer.limits.max_resends + 1):
        (ending,) = endings(peer.sent())
        refuse(peer, ending, code, at=number / 10)
    assert endings(peer.sent()) == []
    assert peer.session.session_id == session_id
    assert peer.session.pending() == []


def test_MS18_an_answer_about_an_old_session_does_not_count_for_the_new_one() -> None:
    peer = Peer()
    for _ in range(2):
        peer.session.start_new_session()
        (ending,) = endings(peer.sent())
        destroyed = codec.decode(ending.body)
        assert isinstance(destroyed, functions.mtproto.DestroySession)
        peer.say(types.mtproto.DestroySessionOk(destroyed.session_id), seqno=0)
    assert peer.session._renewals == 2


def test_MS37_an_old_session_is_ended_over_every_link_until_the_server_answers() -> None:
    peer = Peer()
    old = peer.session.session_id
    peer.session.start_new_session()
    for _ in range(2):
        (ending,) = endings(peer.sent())
        assert codec.decode(ending.body) == functions.mtproto.DestroySession(old)
        peer.session.link_opened(peer.now)
    peer.sent()
    peer.say(types.mtproto.DestroySessionNone(old), seqno=0)
    peer.session.link_opened(peer.now)
    assert endings(peer.sent()) == []


def test_MS37_an_old_session_is_ended_a_bounded_number_of_times() -> None:
    peer = Peer()
    for _ in range(8):
        peer.session.start_new_session()
    assert len(endings(peer.sent())) == 4, "as many as are remembered"
    for _ in range(peer.limits.max_resends + 1):
        peer.session.link_opened(peer.now)
        peer.sent()
    assert peer.session.pending() == []


@pytest.mark.parametrize("name", ["CONNECTION_NOT_INITED", "CONNECTION_LAYER_INVALID"])
def test_MS18_a_function_of_MTProto_is_not_repeated_because_it_carries_no_initConnection(name: str) -> None:
    peer = Peer()
    handle = peer.session.invoke(functions.mtproto.GetFutureSalts(1))
    (asked,) = peer.sent()
    peer.say(result(asked.msg_id, types.mtproto.RpcError(400, name)))
    (event,) = peer.events()
    assert isinstance(event, RequestFailed)
    assert event.handle is handle
    assert peer.requests() == []


def test_MS18_what_the_server_asks_for_is_sent_again_a_bounded_number_of_times() -> None:
    peer = Peer(max_resends=2)
    peer.invoke()
    (asked,) = peer.requests()
    again = 0
    for _ in range(10):
        peer.say(types.mtproto.MsgResendReq([asked.msg_id]), seqno=0)
        again += len(peer.requests())
    assert again == 2


def test_MS37_a_request_that_was_acknowledged_in_a_lost_session_is_not_sent_again() -> None:
    peer = Peer()
    had, lost = peer.invoke(), peer.invoke()
    ping = peer.session.invoke(functions.mtproto.Ping(7))
    messages = peer.requests()
    peer.say(types.mtproto.MsgsAck([messages[0].msg_id, messages[2].msg_id]), seqno=0)
    peer.now += 5
    peer.say(types.mtproto.NewSessionCreated(msg_id(5, 0), 1, 1))
    (unknown, _) = peer.events()
    assert unknown == OutcomeUnknown(had, "the server has lost the session in which it had acknowledged it")
    assert [pending.handle for pending in peer.session.pending()] == [lost, ping]
    assert len(peer.requests()) == 2
