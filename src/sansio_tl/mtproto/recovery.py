"""What becomes of unanswered requests when the link changes, and when the server tells what it knows of them.

A request that is young enough is sent again under its old numbers: the server recognises it and executes it once
(MS26). An older one must not be (MS8), because the server would refuse so old an id; the server is asked instead
whether it has it (msgs_state_req), and it is sent under new numbers only if it has not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sansio_tl import codec, types
from sansio_tl.errors.protocol import RemoteProtocolError
from sansio_tl.mtproto.outbox import Outgoing
from sansio_tl.mtproto.replay_window import RECEIVED

if TYPE_CHECKING:
    from sansio_tl.mtproto.client_session import ClientSession
    from sansio_tl.mtproto.request import Pending

_STATE = 7
_ANSWER_MADE = 64
"""Bits of the state byte in msgs_state_info."""


def resume(session: ClientSession, now: float) -> None:
    """Recover what is unanswered over a new link."""
    asked: list[int] = []
    for pending in session.pending():
        outgoing = pending.outgoing
        if outgoing is None or not outgoing.msg_id or outgoing.withdrawn:
            continue  # it waits in the queue anyway
        if pending.internal and not session.is_binding(pending):
            session.settle(pending)  # it was meant for the old link
        elif pending.service:
            session.ask_anew(pending)
        elif now - outgoing.sent_at <= session.limits.repeat_window:
            session.outbox.queue(outgoing)
        else:
            asked.append(outgoing.msg_id)
    ask_state(session, asked)


def ask_state(session: ClientSession, msg_ids: list[int]) -> None:
    """Ask the server what it knows of messages of ours, at most `max_ids_per_message` at a time (MS11)."""
    step = session.limits.max_ids_per_message
    for start in range(0, len(msg_ids), step):
        asks = msg_ids[start : start + step]
        request = types.mtproto.MsgsStateReq(msg_ids=asks)
        session.outbox.queue(Outgoing(codec.encode(request), content_related=True, asks=asks))


def apply_states(session: ClientSession, msg_ids: Sequence[int], states: bytes) -> None:
    """What the server knows of messages of ours (MS22).

    1, 2 and 3 say that it does not have the message: it is sent again, unless it has left under another id since. 4
    says that it does; if it has made the answer too, which did not reach us, that is asked for.
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
                send_anew(session, pending)
        elif state & _ANSWER_MADE:
            answered.append(msg_id)
    if answered:
        request = types.mtproto.MsgResendAnsReq(msg_ids=answered)
        session.outbox.queue(Outgoing(codec.encode(request), content_related=True))


def send_anew(session: ClientSession, pending: Pending) -> None:
    """The server does not have the request: send it under new numbers, a bounded number of times (MS18)."""
    pending.refusals += 1
    if pending.refusals > session.limits.max_resends:
        session.give_up(pending, f"the server lost it {pending.refusals} times")
        return
    session.queue(pending)
