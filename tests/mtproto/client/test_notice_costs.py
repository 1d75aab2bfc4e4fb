"""MS40: the cost of a notification does not grow with the pending requests."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from sansio_tl import codec, functions, types
from sansio_tl.events import ResultReceived
from sansio_tl.mtproto.client.sent_packets import Envelopes
from sansio_tl.mtproto.message import Message
from sansio_tl.tl.objects import TLObject
from tests.helpers.scripted_server import ScriptedServer, msg_id, result

NOTICES = 100
Notice = Callable[[int, int], TLObject]
KINDS: dict[str, Notice] = {
    "bad_msg_notification": lambda number, first: types.mtproto.BadMsgNotification(4 * number + 4, 0, 16),
    "bad_server_salt": lambda number, first: types.mtproto.BadServerSalt(4 * number + 4, 0, 48, 1),
    "new_session_created of no session": lambda number, first: types.mtproto.NewSessionCreated(1, number, 1),
    "new_session_created of each message": lambda number, first: types.mtproto.NewSessionCreated(
        first + 4 * number, number, 1
    ),
    "destroy_session_ok": lambda number, first: types.mtproto.DestroySessionOk(number),
    "destroy_auth_key_ok": lambda number, first: types.mtproto.DestroyAuthKeyOk(),
    "msgs_ack": lambda number, first: types.mtproto.MsgsAck([number]),
    "msgs_state_info": lambda number, first: types.mtproto.MsgsStateInfo(number, b"\1"),
    "msgs_all_info": lambda number, first: types.mtproto.MsgsAllInfo([number], b"\1"),
    "msg_resend_req": lambda number, first: types.mtproto.MsgResendReq([number]),
    "msg_detailed_info": lambda number, first: types.mtproto.MsgDetailedInfo(number, number, 1, 0),
    "msg_new_detailed_info": lambda number, first: types.mtproto.MsgNewDetailedInfo(number, 1, 0),
    "future_salts": lambda number, first: types.mtproto.FutureSalts(number, 0, []),
    "pong": lambda number, first: types.mtproto.Pong(number, number),
}
CHANGES_MORE = "new_session_created of each message"
"""Each of these sends requests again, and how many depends on where containers end."""


def steps(work: Callable[[], object]) -> int:
    """How many functions are called, compiled ones too, and how many lines are run."""
    count = 0

    def trace(frame: FrameType, event: str, argument: object) -> Any:
        nonlocal count
        count += 1
        return trace

    def profile(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event == "c_call"

    before = sys.gettrace(), sys.getprofile()
    sys.settrace(trace)
    sys.setprofile(profile)
    try:
        work()
    finally:
        sys.settrace(before[0])
        sys.setprofile(before[1])
    return count


def cost(notice: Notice, unanswered: int, notices: int = NOTICES) -> int:
    """The steps that the client makes for so many notices while so many requests are unanswered."""
    peer = ScriptedServer()
    for _ in range(unanswered):
        peer.invoke()
    first = peer.receive_requests()[0].msg_id
    children = [Message(msg_id(1) + 4 * number, 1, codec.encode(notice(number, first))) for number in range(notices)]
    return steps(lambda: peer.send_container(*children, at=msg_id(2)))


@pytest.mark.parametrize("kind", KINDS)
def test_MS40_cost_of_a_notice_is_independent_of_the_number_of_pending_requests(kind: str) -> None:
    costs = [cost(KINDS[kind], unanswered) for unanswered in (200, 400, 800)]
    assert max(costs) <= 1.2 * min(costs)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != CHANGES_MORE])
def test_MS40_cost_of_notices_is_linear_in_their_number(kind: str) -> None:
    one, two, four = (cost(KINDS[kind], 100, notices) for notices in (50, 100, 200))
    assert two <= 2.2 * one
    assert four <= 2.2 * two


def cost_after(peer: ScriptedServer, notice: Notice, first: int = 0) -> int:
    """The steps that the client makes for notices in its present state."""
    children = [Message(msg_id(1) + 4 * number, 1, codec.encode(notice(number, first))) for number in range(NOTICES)]
    return steps(lambda: peer.send_container(*children, at=msg_id(2)))


def test_MS40_cost_of_a_new_session_is_independent_of_the_packets_before_it() -> None:
    costs = []
    for packets in (50, 100, 200):
        peer = ScriptedServer()
        for _ in range(packets - 1):
            peer.invoke()
            peer.receive_requests()
        peer.invoke()
        (last,) = peer.receive_requests()
        peer.send(types.mtproto.NewSessionCreated(last.msg_id + 4, 1 << 40, 1))
        peer.receive_requests()
        costs.append(cost_after(peer, KINDS[CHANGES_MORE], last.msg_id - 4 * NOTICES))
    assert max(costs) <= 1.2 * min(costs)


def test_MS40_cost_of_an_ended_session_is_independent_of_the_other_ends_that_are_requested() -> None:
    costs = []
    for requested in (50, 100, 200):
        peer = ScriptedServer()
        for number in range(requested):
            peer.session.invoke(functions.mtproto.DestroySession(1000 + number))
        peer.receive()
        costs.append(cost_after(peer, KINDS["destroy_session_ok"]))
    assert max(costs) <= 1.2 * min(costs)


def test_MS20_messages_sent_before_a_new_session_are_resent_once_in_order() -> None:
    peer = ScriptedServer()
    handles = [peer.invoke(), peer.invoke()]
    first, _ = peer.receive_requests()
    peer.send(types.mtproto.MsgResendReq(msg_ids=[first.msg_id]))
    peer.receive_requests()  # the first request is now in a later envelope than the second
    later = peer.invoke()
    (message,) = peer.receive_requests()
    peer.send(types.mtproto.NewSessionCreated(message.msg_id, 1, 1))
    peer.send(types.mtproto.NewSessionCreated(message.msg_id, 2, 1))
    again = peer.receive_requests()
    for request in again:
        peer.send(result(request.msg_id))
    assert [event.handle for event in peer.events() if isinstance(event, ResultReceived)] == handles
    peer.send(result(message.msg_id))
    assert not peer.session.is_pending(later)


def test_message_ids_inside_an_envelope_are_found_until_forgotten() -> None:
    envelopes = Envelopes()
    envelopes.put(4, 12)
    envelopes.put(8, 12)
    envelopes.put(16, 16)
    assert envelopes.inside(12) == (4, 8)
    envelopes.put(4, 20)  # it leaves once more
    assert (envelopes.inside(12), envelopes.inside(20)) == ((8,), (4,))
    envelopes.forget([8, 99])
    assert envelopes.inside(12) == ()
    assert envelopes.take_before(20) == [16]
    assert envelopes.take_before(20) == []
    assert envelopes.take_before(21) == [4]


def test_only_the_end_of_the_requested_session_is_reported() -> None:
    peer = ScriptedServer()
    ends = [peer.session.invoke(functions.mtproto.DestroySession(number)) for number in (1, 2)]
    peer.receive()
    peer.send(types.mtproto.DestroySessionOk(2), seqno=0)
    assert [peer.session.is_pending(end) for end in ends] == [True, False]
    peer.session.cancel(ends[0])
    peer.send(types.mtproto.DestroySessionOk(1), seqno=0)
    assert len(peer.events()) == 1
