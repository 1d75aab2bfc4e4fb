"""Messages from the future, and how a clock that is behind is set by them.

A message that is more than `max_clock_lead` ahead of server time, as far as that is known, has no effect (MS2). But
then it is our clock that is wrong: only the server can make a message, and it does not make them in advance. A clock
falls behind when a machine sleeps and its clock does not count that. As long as that is less than five minutes the
server accepts what we send, and nothing else would correct the clock; all its answers would be ignored.

So an answer to something that we sent counts whenever it comes, and sets the clock (MS24). If another message comes too
early, a ping asks for such an answer, and then the messages that were ignored meanwhile are requested again.
"""

from __future__ import annotations

from collections.abc import Sequence

from sansio_tl import codec, types
from sansio_tl.errors.protocol import RemoteProtocolError
from sansio_tl.limits import Limits
from sansio_tl.mtproto.client.message_filter import ClientMessageFilter
from sansio_tl.mtproto.client.request import PendingRequest
from sansio_tl.mtproto.client.request_queue import RequestQueue
from sansio_tl.mtproto.message import Message
from sansio_tl.mtproto.message_ids import unix_time
from sansio_tl.mtproto.outgoing_message import OutgoingMessage
from sansio_tl.mtproto.replay_window import FORGOTTEN, RECEIVED
from sansio_tl.mtproto.send_queue import SendQueue
from sansio_tl.mtproto.server_clock import ServerClock

_EARLY_KEPT = 256
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


class ClockSync:
    """Sets the session's clock by messages that come too early."""

    def __init__(
        self,
        clock: ServerClock,
        incoming: ClientMessageFilter,
        requests: RequestQueue,
        outbox: SendQueue[PendingRequest],
        limits: Limits,
    ) -> None:
        self._clock = clock
        self._incoming = incoming
        self._requests = requests
        self._outbox = outbox
        self._limits = limits
        self._early_msg_ids: list[int] = []
        """Ids of the latest messages that were ignored because our clock is behind."""

    def check_early(self, envelope: Message, messages: Sequence[Message], now: float) -> None:
        """Before `messages`, the content of an envelope, are filtered: if it comes too early, set the clock by it or
        ask for what can set it.
        """
        ahead = unix_time(envelope.msg_id) - self._clock.server_time(now)
        if ahead <= self._limits.max_clock_lead or not self._clock.synchronised:
            return
        if self._incoming.state(envelope.msg_id) in (RECEIVED, FORGOTTEN):
            return
        if any(self._answers_us(message) for message in messages):
            try:
                self._clock.synchronise(unix_time(envelope.msg_id), now)
            except RemoteProtocolError:
                return
            self._request_early()
            return
        came = [message.msg_id for message in messages if message.content_related]
        news = [msg_id for msg_id in came if msg_id not in self._early_msg_ids]
        if news or not came:  # else a replay: it must not push out what else came early
            self._early_msg_ids = (self._early_msg_ids + news)[-_EARLY_KEPT:]
            self._requests.ping()

    def _answers_us(self, message: Message) -> bool:
        about = int.from_bytes(message.body[4:12], "little", signed=True)
        return message.constructor in _ANSWERS and self._outbox.sent(about) is not None

    def _request_early(self) -> None:
        """Request the messages that came early and were ignored."""
        if self._early_msg_ids:
            request = types.mtproto.MsgResendReq(msg_ids=self._early_msg_ids)
            self._outbox.enqueue(OutgoingMessage(codec.encode(request)))
            self._early_msg_ids = []
