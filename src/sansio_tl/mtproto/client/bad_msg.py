"""What becomes of a message of ours that the server refuses (MS18), and of those in a container (MS19).

A refusal tells of one delivery, and somebody on the way can deliver a packet twice: the server accepts the first one,
forgets its id in time, and refuses the second one. So a request gets a new id only if the refusal proves that no
delivery of it can have been accepted (MS36). Otherwise it keeps its numbers, by which the server recognises it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sansio_tl.mtproto.client.bad_msg_actions import BadMsgCode
from sansio_tl.mtproto.client.resend import send_msgs_state_req
from sansio_tl.mtproto.message_ids import unix_time
from sansio_tl.mtproto.send_queue import OutgoingMessage

if TYPE_CHECKING:
    from sansio_tl.mtproto.client.request import PendingRequest
    from sansio_tl.mtproto.client.session import ClientSession


def pop_rejected(session: ClientSession, msg_id: int) -> OutgoingMessage[PendingRequest] | None:
    """What was sent under `msg_id`, which the server has refused; it is forgotten.

    A container is not remembered as long as the requests in it, but it is known in which one they left (MS19).
    """
    sent = session.outbox.forget(msg_id)
    if sent is None and (children := session.envelopes.inside(msg_id)):
        return OutgoingMessage(b"", content_related=False, children=children)
    return sent


def resend_rejected(
    session: ClientSession, refused: OutgoingMessage[PendingRequest], now: float, *, code: int, made_at: float
) -> None:
    """Queue a refused message once more, a bounded number of times (MS18); a container's children each (MS19).

    The refusal with this `code` was made at server time `made_at`. What may have been accepted another time keeps its
    numbers if only its salt was refused, and the server will recognise it (MS26); if it is too old for that, or its id
    was refused, the server is asked whether it has it. What does no harm if it is done twice gets new numbers.
    """
    doubtful: list[int] = []
    for leaf in session.outbox.expand_container(refused):
        owner = leaf.owner
        if owner is not None and owner.outgoing is not leaf:
            continue  # it has left under another id since
        if leaf.resend_count >= session.limits.max_resends:
            if owner is not None:
                session.abandon(owner, f"the server refused it {leaf.resend_count + 1} times")
        elif owner is None:
            session.outbox.queue(leaf.copy_for_resend())
        elif session.is_harmless(owner) or _was_never_accepted(session, leaf, code, made_at, now):
            owner.resend_count += 1
            session.resend_new_id(owner)
        else:
            leaf.resend_count += 1
            owner.resend_count = leaf.resend_count
            session.outbox.remember(leaf)
            if code == BadMsgCode.BAD_SALT.value and session.age(leaf, now) <= session.limits.same_id_resend_window:
                session.outbox.queue(leaf)
            else:
                doubtful.append(leaf.msg_id)
    send_msgs_state_req(session, doubtful)


def _was_never_accepted(
    session: ClientSession, leaf: OutgoingMessage[PendingRequest], code: int, made_at: float, now: float
) -> bool:
    """Whether the refusal proves that the server has accepted no delivery of the message (MS36)."""
    match code:
        case BadMsgCode.MSG_ID_TOO_HIGH.value:
            return True  # and earlier it was higher still above the server's time
        case BadMsgCode.MSG_ID_TOO_LOW.value if leaf.repeated:
            return False  # it was young when it first left, and our clock may have stood still since
        case BadMsgCode.MSG_ID_TOO_LOW.value:  # proven if it was too old already when it left
            left_at = made_at - (now - leaf.sent_at)
            return left_at - unix_time(leaf.msg_id) > session.limits.max_message_age
        case BadMsgCode.TOO_OLD.value | BadMsgCode.BAD_SALT.value:
            return False
        case _:
            return not leaf.repeated
