"""The incoming half of a client's session: which messages of the server may have an effect.

Every message, outer or inner (MS4), must have a server's id (MS1) of a fitting time (MS2) that was not seen before
(MS3). A duplicate is dropped but acknowledged again (MS5). What is older than the memory of ids reaches cannot be
told from a replay, and is told to the session, which then begins anew (MS6).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sansio_tl.errors.protocol import RemoteProtocolError
from sansio_tl.limits import Limits
from sansio_tl.mtproto.acknowledgements import Acknowledgements
from sansio_tl.mtproto.clock import ServerClock
from sansio_tl.mtproto.container import CONTAINER, split
from sansio_tl.mtproto.message import Message
from sansio_tl.mtproto.numbering import TICK
from sansio_tl.mtproto.replay_window import DUPLICATE, TOO_OLD, ReplayWindow

Drop = Callable[[Message, str, str], None]
"""Called with a message that has no effect, the check that says so, and why in words."""


class TooOldError(Exception):
    """A message is older than we can judge (MS6)."""


class Inbox:
    """Judges the messages of one session."""

    def __init__(self, limits: Limits, clock: ServerClock, ignores_age: frozenset[bytes], drop: Drop) -> None:
        """`ignores_age` are the constructors that are heard whatever the clocks say, since they set them right."""
        self._limits = limits
        self._past, self._future = limits.past_tolerance, limits.future_tolerance
        self._clock = clock
        self._ignores_age = ignores_age
        self._drop = drop
        self.window = ReplayWindow(limits.replay_window)
        """The ids that were seen."""

    def admit(self, envelope: Message, acknowledgements: Acknowledgements, now: float) -> Iterator[Message]:
        """The messages of an envelope that may have an effect, in order.

        Raises RemoteProtocolError MS1, MS12, MS13, and TooOldError.
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
            if not -self._future <= age <= self._past and message.constructor not in self._ignores_age:
                self._drop(message, "MS2", f"it is {age:.0f} s old in server time")
                return False
        verdict = self.window.judge(msg_id)
        if verdict is TOO_OLD:
            self._drop(message, "MS6", "it is too old to be told from a replay; a new session begins")
            raise TooOldError
        if message.seqno & 1:
            acknowledgements.add(msg_id, now)
        if verdict is DUPLICATE:
            self._drop(message, "MS3", "it was received before")
            return False
        return True
