"""The incoming half of a client's session: which messages of the server may have an effect.

Every message, outer or inner (MS4), must have a server's id (MS1) of a fitting time (MS2) that was not seen before
(MS3). A duplicate is dropped but acknowledged again (MS5). What is older than the memory of ids reaches cannot be
told from a replay: it is dropped, and not acknowledged, because it may never have come before (MS6).

There are two exceptions, for messages whose contents prove that they are new: a refusal of what has left lately is
heard whatever the clocks say (MS38), and the result of a request that is unanswered however many messages have come
since it was made (MS6). How old a container is says nothing of its messages: each is judged by itself (MS39).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

from sansio_tl.errors.protocol import RemoteProtocolError
from sansio_tl.limits import Limits
from sansio_tl.mtproto.acks import Acknowledgements
from sansio_tl.mtproto.container import CONTAINER, split
from sansio_tl.mtproto.message import Message
from sansio_tl.mtproto.message_ids import TICK
from sansio_tl.mtproto.replay_window import DUPLICATE, TOO_OLD, ReplayWindow
from sansio_tl.mtproto.server_clock import ServerClock

Drop = Callable[[Message, str, str], None]
"""Called with a message that has no effect, the check that says so, and why in words."""


class Evidence(Protocol):
    """What a message proves about its own age by what it says of messages of ours."""

    def is_recent(self, message: Message, now: float) -> bool:
        """Whether it was made at most `max_message_age` ago (MS38)."""
        ...

    def is_awaited(self, message: Message) -> bool:
        """Whether it can have had no effect yet (MS6)."""
        ...


class IncomingMessageFilter:
    """Judges the messages of one session."""

    def __init__(self, limits: Limits, clock: ServerClock, evidence: Evidence, drop: Drop) -> None:
        self._limits = limits
        self._past, self._future = limits.max_message_age, limits.max_clock_lead
        self._clock = clock
        self._evidence = evidence
        self._drop = drop
        self.window = ReplayWindow(limits.replay_window)
        """The ids that were seen."""

    def accept(self, envelope: Message, acknowledgements: Acknowledgements, now: float) -> Iterator[Message]:
        """The messages of an envelope that may have an effect, in order.

        Raises RemoteProtocolError MS1, MS12 and MS13.
        """
        if not self._admits(envelope, acknowledgements, now):
            return
        if envelope.constructor != CONTAINER:
            yield envelope
            return
        for message in split(envelope.body, self._limits):
            if self._admits(message, acknowledgements, now):
                yield message

    def _admits(self, message: Message, acknowledgements: Acknowledgements, now: float) -> bool:
        msg_id = message.msg_id
        if not msg_id & 1:
            raise RemoteProtocolError("MS1", f"message id {msg_id:#x} was not made by a server")
        if self._clock.synchronised:
            age = now + self._clock.offset - msg_id * TICK
            if not -self._future <= age <= self._past and not self._is_timely(message, age, now):
                self._drop(message, "MS2", f"it is {age:.0f} s old in server time")
                return False
        verdict = self.window.judge(msg_id)
        if verdict is TOO_OLD and not self._evidence.is_awaited(message):
            self._drop(message, "MS6", "it is too old to be told from a replay")
            return False
        if message.seqno & 1:
            acknowledgements.add(msg_id, now)
        if verdict is DUPLICATE:
            self._drop(message, "MS3", "it was received before")
            return False
        return True

    def _is_timely(self, message: Message, age: float, now: float) -> bool:
        """Whether a message may be heard although its id is of another time than ours."""
        if message.constructor == CONTAINER:
            return age > self._past
        return self._evidence.is_recent(message, now)
