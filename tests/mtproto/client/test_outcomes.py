"""Outcomes of requests: what is sent, which states are requested, and calls after closing."""

from __future__ import annotations

import gzip

import pytest

from sansio_tl import Connection, codec, functions, types
from sansio_tl.events import BadMessage, ConnectionClosed, Event, OutcomeUnknown, RequestFailed, ResultReceived
from sansio_tl.mtproto.client.session import ClientSession
from sansio_tl.mtproto.message import Message
from tests.helpers.connected_pair import NOW, client_config
from tests.helpers.entropy import SeededEntropy
from tests.helpers.scripted_server import KEY, NEAREST, ScriptedServer, msg_id, result

_AFTER = functions.InvokeAfterMsg.ID.to_bytes(4, "little")


def test_compressed_service_message_is_handled() -> None:
    peer = ScriptedServer()
    handle = peer.session.invoke(functions.mtproto.Ping(7))
    (asked,) = peer.receive()
    pong = types.mtproto.Pong(asked.msg_id, 7)
    peer.send(types.mtproto.GzipPacked(gzip.compress(codec.encode(pong))))
    assert peer.events() == [ResultReceived(handle, pong)]


def test_MS12_container_with_wrapped_requests_stays_within_its_size() -> None:
    for initialised, chained in ((False, False), (True, True)):
        peer = ScriptedServer(max_container_size=2000)
        if initialised:
            peer.initialise()
        handles = [peer.invoke()]
        for _ in range(199):
            handles.append(peer.session.invoke(functions.help.GetNearestDc(), after=handles[-1] if chained else None))
        assert len(peer.receive_requests()) == 200
        sizes = [len(opened.message.body) for opened in peer.packets]
        assert max(sizes) <= 2000 + 8
        assert len(sizes) > 1


def test_MS12_container_of_exactly_the_maximum_size_is_not_split() -> None:
    """What two requests take in a container, with room for invokeAfterMsg. One byte less splits them."""
    body = len(codec.encode(functions.help.GetNearestDc()))
    both = 2 * (body + len(_AFTER) + 8 + 16)
    for room, containers in ((both, 1), (both - 1, 2)):
        peer = ScriptedServer(max_container_size=room, ack_batch_size=9)
        peer.initialise()
        first = peer.invoke()
        peer.session.invoke(functions.help.GetNearestDc(), after=first)
        assert len(peer.receive_requests()) == 2
        assert len(peer.packets) == containers


def test_initConnection_is_omitted_after_an_rpc_error() -> None:
    peer = ScriptedServer()
    peer.invoke()
    (asked,) = peer.receive()
    peer.send(result(asked.msg_id, types.mtproto.RpcError(400, "PHONE_NUMBER_INVALID")))
    peer.invoke()
    bodies = [message.body for message in peer.receive() if message.content_related]
    assert bodies == [codec.encode(functions.help.GetNearestDc())]


def test_MS18_messages_of_the_container_that_ends_a_session_are_dropped() -> None:
    peer = ScriptedServer()
    handle = peer.invoke()
    (asked,) = peer.receive_requests()
    error = Message(peer.next_id(3), 0, codec.encode(types.mtproto.BadMsgNotification(asked.msg_id, asked.seqno, 32)))
    answer = Message(peer.next_id(), 1, result(asked.msg_id))
    update = Message(peer.next_id(3), 3, codec.encode(types.UpdatesTooLong()))
    peer.send_container(error, answer, update, at=peer.next_id(3))
    assert [type(event) for event in peer.events()] == [BadMessage]
    (again,) = peer.receive_requests()
    peer.send(result(again.msg_id))
    assert peer.events() == [ResultReceived(handle, NEAREST)]


def test_L1_dependent_is_resent_behind_its_rejected_predecessor() -> None:
    peer = ScriptedServer()
    peer.initialise()
    first = peer.invoke()
    (asked,) = peer.receive_requests()
    second = peer.session.invoke(functions.help.GetConfig(), after=first)
    peer.send(types.mtproto.BadMsgNotification(asked.msg_id, asked.seqno, 16), at=msg_id(500, 3), seqno=0)
    following, again = peer.receive_requests()
    assert following.body[:12] == _AFTER + asked.msg_id.to_bytes(8, "little")
    assert again.msg_id > following.msg_id
    peer.now += 1
    peer.send(result(following.msg_id, types.mtproto.RpcError(400, "MSG_WAIT_FAILED")), at=msg_id(501))
    (anew,) = peer.receive_requests()
    assert anew.body[:12] == _AFTER + again.msg_id.to_bytes(8, "little")
    assert peer.session.is_pending(second)


@pytest.mark.parametrize("text", ["MSG_WAIT_FAILED", "MSG_WAIT_TIMEOUT"])
def test_L1_dependent_is_resent_without_an_answered_predecessor(text: str) -> None:
    """A server that has forgotten what it executed rejects what follows that."""
    peer = ScriptedServer()
    first = peer.invoke()
    second = peer.session.invoke(functions.help.GetConfig(), after=first)
    asked, following = peer.receive_requests()
    peer.send(result(asked.msg_id))
    peer.send(result(following.msg_id, types.mtproto.RpcError(400, text)))
    assert [type(event) for event in peer.events()] == [ResultReceived]
    assert peer.session.is_pending(second)
    (alone,) = peer.receive_requests()
    assert codec.decode(alone.body) == functions.help.GetConfig()


def test_L1_dependent_fails_with_its_predecessor() -> None:
    peer = ScriptedServer()
    first = peer.invoke()
    second = peer.session.invoke(functions.help.GetConfig(), after=first)
    asked, following = peer.receive_requests()
    peer.send(result(asked.msg_id, types.mtproto.RpcError(400, "PEER_ID_INVALID")))
    peer.send(result(following.msg_id, types.mtproto.RpcError(400, "MSG_WAIT_FAILED")))
    failures = [event for event in peer.events() if isinstance(event, RequestFailed)]
    assert [failure.handle for failure in failures] == [first, second]
    assert peer.receive_requests() == []


def test_MS26_no_state_is_requested_for_an_unsent_request() -> None:
    peer = ScriptedServer()
    peer.invoke()
    peer.session.connection_made(peer.now)
    (asked,) = peer.receive()
    assert asked.constructor != types.mtproto.MsgsStateReq.ID.to_bytes(4, "little")
    assert [pending.sent_ids for pending in peer.session.pending()] == [(asked.msg_id,)]


def test_deadline_after_closing_does_nothing() -> None:
    session = ClientSession(
        KEY,
        init_connection_prefix=client_config().init_connection_prefix(),
        limits=client_config().limits,
        entropy=SeededEntropy("session"),
        now=NOW,
    )
    connection = Connection(client_config(), session=session, entropy=SeededEntropy("link"), now=NOW)
    handle = session.invoke(functions.help.GetNearestDc())
    connection.data_to_send(now=NOW)
    connection.close(now=NOW)
    for seconds in (100, 1000):
        connection.handle_deadline(now=NOW + seconds)
    events: list[Event] = []
    while (event := connection.next_event()) is not None:
        events.append(event)
    assert [type(event) for event in events] == [ConnectionClosed]
    assert list(session.packets_to_send(NOW + 1000)) == []
    assert [pending.handle for pending in session.pending()] == [handle]


@pytest.mark.parametrize("everything", [True, False])
def test_abandoned_requests_have_an_unknown_outcome_and_those_of_the_session_stay(*, everything: bool) -> None:
    peer = ScriptedServer()
    sent = peer.invoke()
    peer.send(types.UpdatesTooLong(), at=msg_id(100))  # too early: the session asks for the time by a ping of its own
    peer.receive_requests()
    peer.events()
    queued = peer.invoke()
    (peer.session.abandon_all if everything else peer.session.abandon_sent)("no reason")
    assert peer.events() == [
        OutcomeUnknown(handle, "no reason") for handle in ([sent, queued] if everything else [sent])
    ]
    left = [pending.handle.function for pending in peer.session.pending()]
    assert [type(function) for function in left] == [functions.mtproto.Ping] + (
        [] if everything else [functions.help.GetNearestDc]
    )
    assert peer.session.has_callers is not everything


def test_closed_session_reports_whether_each_request_was_sent() -> None:
    peer = ScriptedServer()
    sent = peer.invoke()
    peer.receive_requests()
    queued = peer.invoke()
    peer.session.close("the connection ended")
    assert peer.events() == [OutcomeUnknown(sent, "the connection ended"), OutcomeUnknown(queued, "never sent")]
    assert peer.session.pending() == []
