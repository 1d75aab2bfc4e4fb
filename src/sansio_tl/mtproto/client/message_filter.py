"""Which messages of the server a client's session accepts: the counterpart of `server.message_filter`.

Every message, outer or inner (MS4), must have a server's id (MS1) of a fitting time (MS2) that was not seen before
(MS3). A duplicate is ignored but acknowledged again (MS5). What is older than the memory of ids reaches cannot be
distinguished from a replay: it is ignored, and not acknowledged, because it may never have come before (MS6).

There are two exceptions, for messages whose contents prove that they are new: a bad_msg_notification or bad_server_salt
for what was sent lately is accepted whatever the clocks say (MS38), and the result of a request that is unanswered
however many messages have come since it was made (MS6). The age of a container implies nothing about its messages: each
is checked by itself (MS39).
"""

from __future__ import annotations

from collections.abc import Callable

from sansio_tl import types
from sansio_tl.errors.protocol import RemoteProtocolError
from sansio_tl.events import Event, MessageIgnored
from sansio_tl.limits import Limits
from sansio_tl.mtproto.acks import PendingAcks
from sansio_tl.mtproto.client.request import PendingRequest
from sansio_tl.mtproto.container import CONTAINER
from sansio_tl.mtproto.message import Message
from sansio_tl.mtproto.message_ids import TICK
from sansio_tl.mtproto.replay_window import DUPLICATE, TOO_OLD, ReplayWindow
from sansio_tl.mtproto.send_queue import SendQueue
from sansio_tl.mtproto.server_clock import ServerClock

REJECTIONS = frozenset(
    notice.ID.to_bytes(4, "little") for notice in (types.mtproto.BadServerSalt, types.mtproto.BadMsgNotification)
)
"""Constructors whose messages correct the clock or the salt, so that they must be accepted when it is wrong (MS38)."""
RPC_RESULT = types.mtproto.RpcResult.ID.to_bytes(4, "little")


class ClientMessageFilter:
    """Decides which incoming messages of one session are accepted."""

    def __init__(
        self,
        clock: ServerClock,
        outbox: SendQueue[PendingRequest],
        limits: Limits,
        report: Callable[[Event], None],
    ) -> None:
        """`outbox` knows what was sent; `report` takes the events for ignored messages."""
        self._clock = clock
        self._outbox = outbox
        self._limits = limits
        self._past, self._future = limits.max_message_age, limits.max_clock_lead
        self._report = report
        self._window = ReplayWindow(limits.replay_window)

    def begin_session(self) -> None:
        """Forget the ids of the old session."""
        self._window = ReplayWindow(self._limits.replay_window)

    @property
    def window_ids(self) -> int:
        """How many ids the replay window holds."""
        return len(self._window)

    def state(self, msg_id: int) -> int:
        """The state of a message of the server, as in msgs_state_info (MS22)."""
        return self._window.state(msg_id)

    def accept(self, message: Message, acks: PendingAcks, now: float) -> bool:
        """Check an envelope's message, or one in a container; whether it may have an effect.

        Its id is remembered. Raises RemoteProtocolError MS1.
        """
        msg_id = message.msg_id
        if not msg_id & 1:
            raise RemoteProtocolError("MS1", f"message id {msg_id:#x} was not made by a server")
        if self._clock.synchronised:
            age = now + self._clock.offset - msg_id * TICK
            if not -self._future <= age <= self._past and not self._is_timely(message, age, now):
                self.ignore(message, "MS2", f"it is {age:.0f} s old in server time")
                return False
        verdict = self._window.accept(msg_id)
        if verdict is TOO_OLD and not self._is_awaited(message):
            self.ignore(message, "MS6", "it is too old to be distinguished from a replay")
            return False
        if message.seqno & 1:
            acks.add(msg_id, now)
        if verdict is DUPLICATE:
            self.ignore(message, "MS3", "it was received before")
            return False
        return True

    def ignore(self, message: Message, check: str, reason: str) -> None:
        """Report a message that has no effect, with the check and the reason."""
        self._report(MessageIgnored(message.msg_id, check, reason))

    def _is_timely(self, message: Message, age: float, now: float) -> bool:
        """Whether a message may be accepted although its id is of another time than ours."""
        if message.constructor == CONTAINER:
            return age > self._past
        return self._is_recent(message, now)

    def _is_recent(self, message: Message, now: float) -> bool:
        """Whether it rejects what was sent at most `max_message_age` ago by our own clock: it was made since then
        (MS38).
        """
        if message.constructor not in REJECTIONS:
            return False
        rejected = self._outbox.sent(_about(message))
        return rejected is not None and now - rejected.sent_at <= self._past

    def _is_awaited(self, message: Message) -> bool:
        """Whether it is the result of a request that is unanswered, so that it cannot have come before (MS6)."""
        if message.constructor != RPC_RESULT:
            return False
        sent = self._outbox.sent(_about(message))
        return sent is not None and sent.owner is not None


def _about(message: Message) -> int:
    """The message id with which the body begins."""
    return int.from_bytes(message.body[4:12], "little", signed=True)
