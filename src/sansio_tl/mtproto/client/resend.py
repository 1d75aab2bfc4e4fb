"""What becomes of unanswered requests when the link changes, and when the server tells what it knows of them.

A request that is young enough is sent again under its old numbers: the server recognises it and executes it once
(MS26). An older one must not be (MS8), because the server would refuse so old an id; the server is asked instead
whether it has it (msgs_state_req). So it is when a link lives but a request remains unanswered for long.

If the server does not have a request, it is sent again: under its old numbers while it is young, since it may still be
on its way, and under new ones when it is so old that the server would refuse it if it came.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import TYPE_CHECKING

from sansio_tl import codec, types
from sansio_tl.errors.protocol import RemoteProtocolError
from sansio_tl.mtproto.client.destroy_requests import is_ending
from sansio_tl.mtproto.message_ids import unix_time
from sansio_tl.mtproto.replay_window import NOT_RECEIVED, NOT_YET_RECEIVED, RECEIVED
from sansio_tl.mtproto.send_queue import OutgoingMessage

if TYPE_CHECKING:
    from sansio_tl.mtproto.client.request import PendingRequest
    from sansio_tl.mtproto.client.session import ClientSession

_SURELY_MISSING = (NOT_RECEIVED, NOT_YET_RECEIVED)
_STATE = 7
_ANSWER_MADE = 64
"""Bits of the state byte in msgs_state_info."""


def on_reconnect(session: ClientSession, now: float) -> None:
    """Recover what is unanswered over a new link."""
    asked: list[int] = []
    again: list[OutgoingMessage[PendingRequest]] = []
    for pending in session.pending():
        outgoing = pending.outgoing
        if outgoing is None or not outgoing.msg_id or outgoing.withdrawn:
            continue  # it waits in the queue anyway
        if is_ending(pending):
            if _may_go_again(session, pending):
                session.reissue_service_request(pending)
        elif pending.internal and not session.binding.is_request(pending):
            session.remove_pending(pending)  # it was meant for the old link
        elif pending.service:
            session.reissue_service_request(pending)
        elif session.age(outgoing, now) <= session.limits.same_id_resend_window:
            again.append(outgoing)
        else:
            asked.append(outgoing.msg_id)
    if again:
        session.ping(now)  # a server that knows these does not answer on a link that brings nothing new (MS27)
    for outgoing in again:
        session.outbox.queue(outgoing)
    send_msgs_state_req(session, asked)


def move(session: ClientSession, pending: PendingRequest, server_time: float) -> None:
    """The server has refused the session: take a request into the next one if it was never accepted (MS36).

    The server's clock has not been past `server_time` yet. A request that may have been accepted is not sent again
    (MS37): the server does not recognise it in another session.
    """
    outgoing = pending.outgoing
    if session.is_harmless(pending) or outgoing is None or not outgoing.msg_id:
        session.resend_new_id(pending)
    elif unix_time(outgoing.msg_id) - server_time > session.limits.max_clock_lead:
        resend_new_id(session, pending)
    else:
        session.abandon(pending, "the server has refused the session in which it had left")


def request_stale_states(session: ClientSession, now: float) -> None:
    """Ask about what has not been answered for long, though the link is good."""
    asked: list[int] = []
    for pending in session.pending():
        outgoing = pending.outgoing
        if outgoing is None or not outgoing.msg_id or outgoing.waiting or outgoing.withdrawn:
            continue
        if now - outgoing.sent_at < session.limits.state_request_delay or (
            pending.internal and not session.binding.is_request(pending)
        ):
            continue
        if pending.service:
            session.reissue_service_request(pending)
        else:
            asked.append(outgoing.msg_id)
    send_msgs_state_req(session, asked)


def send_msgs_state_req(session: ClientSession, msg_ids: list[int]) -> None:
    """Ask the server what it knows of messages of ours, at most `max_ids_per_message` at a time (MS11)."""
    step = session.limits.max_ids_per_message
    for start in range(0, len(msg_ids), step):
        asks = msg_ids[start : start + step]
        request = types.mtproto.MsgsStateReq(msg_ids=asks)
        session.outbox.queue(OutgoingMessage(codec.encode(request), asks=asks))


def apply_states(session: ClientSession, msg_ids: Sequence[int], states: bytes, now: float) -> None:
    """What the server knows of messages of ours (MS22).

    2 and 3 say that it does not have the message: it is sent again, unless it has left under another id since. 1 says
    that the server may have had it and has forgotten it: then it is sent again only while the server would recognise
    it, and afterwards its outcome is unknown (MS37). 4 says that it has the message; if it has made the answer too,
    which did not reach us, that is asked for.
    """
    if len(states) != len(msg_ids):
        raise RemoteProtocolError("MS22", f"{len(states)} states for {len(msg_ids)} messages")
    answered: list[int] = []
    for msg_id, state in zip(msg_ids, states, strict=True):
        pending = session.find(msg_id)
        if pending is None:
            continue
        if state & _STATE < RECEIVED:
            if session.is_latest(msg_id):
                certain = state & _STATE in _SURELY_MISSING or session.is_harmless(pending)
                _send_missing(session, pending, now, certain=certain)
        elif state & _ANSWER_MADE:
            answered.append(msg_id)
    if answered:
        request = types.mtproto.MsgResendAnsReq(msg_ids=answered)
        session.outbox.queue(OutgoingMessage(codec.encode(request)))


def _send_missing(session: ClientSession, pending: PendingRequest, now: float, *, certain: bool) -> None:
    """The server does not have the request yet; between young and old it is better to ask again later.

    Unless that is `certain`, it may have had the request before it forgot its id.
    """
    outgoing, limits = pending.outgoing, session.limits
    age = inf if outgoing is None else session.age(outgoing, now)
    if outgoing is not None and age <= limits.same_id_resend_window:
        if _may_go_again(session, pending):
            session.outbox.resend_same_id(outgoing, now)
    elif age > limits.max_message_age + limits.max_clock_lead:
        if certain:
            resend_new_id(session, pending)
        else:
            session.abandon(pending, "the server has forgotten whether it came")


def resend_new_id(session: ClientSession, pending: PendingRequest) -> None:
    """The server does not have the request, and never will: send it under new numbers."""
    if _may_go_again(session, pending):
        session.resend_new_id(pending)


def _may_go_again(session: ClientSession, pending: PendingRequest) -> bool:
    """A request is sent again a bounded number of times (MS18); after that it is given up."""
    pending.resend_count += 1
    if pending.resend_count > session.limits.max_resends:
        session.abandon(pending, f"the server lost it {pending.resend_count} times")
        return False
    return True
