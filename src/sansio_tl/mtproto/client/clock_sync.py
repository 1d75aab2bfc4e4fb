"""Messages that come before their time, and how a clock that is behind is set right by them.

What is more than `max_clock_lead` ahead of server time, as far as we know it, has no effect (MS2). But then it is our
clock that is wrong: nobody except the server can make a message, and the server does not make them in advance. A clock
falls behind when a machine sleeps and its clock does not count that. As long as that is less than five minutes the
server accepts what we send, and nothing would ever tell us; all its answers would be refused.

So an answer to something that we sent counts whenever it comes, and sets the clock (MS24). If something else comes too
early, a ping asks for such an answer, and then what was refused meanwhile is asked for once more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sansio_tl import codec, functions, types
from sansio_tl.errors.protocol import RemoteProtocolError
from sansio_tl.mtproto.container import CONTAINER, split
from sansio_tl.mtproto.message import Message
from sansio_tl.mtproto.message_ids import unix_time
from sansio_tl.mtproto.replay_window import FORGOTTEN, RECEIVED
from sansio_tl.mtproto.send_queue import OutgoingMessage

if TYPE_CHECKING:
    from sansio_tl.mtproto.client.session import ClientSession

_ANSWERS = frozenset(
    kind.ID.to_bytes(4, "little")
    for kind in (
        types.mtproto.RpcResult,
        types.mtproto.Pong,
        types.mtproto.FutureSalts,
        types.mtproto.MsgsStateInfo,
        types.mtproto.BadMsgNotification,
        types.mtproto.BadServerSalt,
        types.mtproto.NewSessionCreated,
    )
)
"""Constructors whose first field is the id of a message of ours."""


def look_at(session: ClientSession, envelope: Message, now: float) -> None:
    """Before a message is judged: if it comes too early, set the clock by it or ask for what can set it."""
    ahead = unix_time(envelope.msg_id) - session.clock.server_time(now)
    if ahead <= session.limits.max_clock_lead or not session.clock.synchronised:
        return
    if session.inbox.window.state(envelope.msg_id) in (RECEIVED, FORGOTTEN):
        return
    try:
        messages = split(envelope.body, session.limits) if envelope.constructor == CONTAINER else [envelope]
        if any(_answers_us(session, message) for message in messages):
            session.clock.synchronise(unix_time(envelope.msg_id), now)
            _ask_again(session)
            return
    except RemoteProtocolError:
        return
    came = [message.msg_id for message in messages if message.content_related]
    news = [msg_id for msg_id in came if msg_id not in session.early_msg_ids]
    if news or not came:  # else a replay: it must not push out what else came early
        session.early_msg_ids += news
        session.request_internal(functions.mtproto.Ping(ping_id=session.random_long()))


def _answers_us(session: ClientSession, message: Message) -> bool:
    about = int.from_bytes(message.body[4:12], "little", signed=True)
    return message.constructor in _ANSWERS and session.outbox.sent(about) is not None


def _ask_again(session: ClientSession) -> None:
    """Ask for what came early and was refused."""
    if session.early_msg_ids:
        request = types.mtproto.MsgResendReq(msg_ids=list(session.early_msg_ids))
        session.outbox.queue(OutgoingMessage(codec.encode(request)))
        session.early_msg_ids.clear()
