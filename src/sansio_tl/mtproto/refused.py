"""What becomes of a message of ours that the server refuses (MS18), and of those in a container (MS19)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sansio_tl.mtproto.outbox import Outgoing
from sansio_tl.mtproto.recovery import ask_state

if TYPE_CHECKING:
    from sansio_tl.mtproto.client_session import ClientSession
    from sansio_tl.mtproto.request import Pending


def take_back(session: ClientSession, msg_id: int) -> Outgoing[Pending] | None:
    """What was sent under `msg_id`, which the server has refused; it is forgotten.

    A container is not remembered as long as the requests in it, but they know in which one they left (MS19).
    """
    sent = session.outbox.forget(msg_id)
    if sent is None:
        left = [pending.outgoing for pending in session.pending() if pending.outgoing is not None]
        children = tuple(outgoing.msg_id for outgoing in left if outgoing.msg_id and outgoing.envelope_id == msg_id)
        if children:
            return Outgoing(b"", content_related=False, children=children)
    return sent


def send_again(session: ClientSession, refused: Outgoing[Pending], now: float, *, for_salt: bool = False) -> None:
    """Queue a refused message once more, a bounded number of times (MS18); a container's children each (MS19).

    What has left more than once may have been taken another time, and nobody can tell which time was refused. So it
    keeps its numbers if only its salt was refused, and the server will recognise it (MS26); if it is too old for
    that, or its id was refused, the server is asked whether it has it. A binding does no harm if it is made twice.
    """
    doubtful: list[int] = []
    for leaf in session.outbox.take_apart(refused):
        if leaf.owner is not None and leaf.owner.outgoing is not leaf:
            continue  # it has left under another id since
        if leaf.refusals >= session.limits.max_resends:
            if leaf.owner is not None:
                session.give_up(leaf.owner, f"the server refused it {leaf.refusals + 1} times")
        elif leaf.owner is None:
            session.outbox.queue(leaf.again())
        elif leaf.repeated and not session.binding.is_request(leaf.owner):
            leaf.refusals += 1
            leaf.owner.refusals = leaf.refusals
            session.outbox.remember(leaf)
            if for_salt and session.age(leaf, now) <= session.limits.repeat_window:
                session.outbox.queue(leaf)
            else:
                doubtful.append(leaf.msg_id)
        else:
            leaf.owner.refusals += 1
            session.queue(leaf.owner)
    ask_state(session, doubtful)
