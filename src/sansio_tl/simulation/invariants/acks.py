"""Acknowledgements are sent in time (MS10).

The receiver of a content-related message acknowledges it within `ack_delay` by its own clock, as long as the link of
the session stays open and accepts data. A data center that receives only known packets need not acknowledge them:
they can be replayed without the key, and earlier ones may have been rejected. The obligation ends when the message is
rejected, when the receiver reports that it was dropped for its age or its session, when the session is left or
destroyed, or evicted because its key has too many newer ones (also if the client's next message begins it anew:
new_session_created says from which message on), and when the link ends or is believed to have ended
(the other side then sends the message again). A clock that is set back delays everything.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from typing import NamedTuple

from sansio_tl.limits import Limits
from sansio_tl.simulation.network import Socket
from sansio_tl.simulation.packet_inspector import (
    BAD_MSG_NOTIFICATION,
    BAD_SERVER_SALT,
    DESTROY_SESSION,
    MSGS_ACK,
    NEW_SESSION_CREATED,
    WatchedPacket,
    first_long,
    ids_in,
)
from sansio_tl.simulation.process import SimProcess
from sansio_tl.simulation.violation import Violation

NAME = "acknowledged in time"
_SLACK = 2.0


class End(NamedTuple):
    """One end of one link."""

    host: SimProcess
    socket: Socket


class DueAck(NamedTuple):
    """An acknowledgement that is due."""

    true_since: float
    since: float
    """By the receiver's clock."""
    session: Acknowledger
    msg_id: int
    overdue: bool = False
    """Whether it was overdue at the last check: once is allowed, because a clock may just have been set forward."""


class Acknowledger:
    """One side of one session, as a receiver."""

    def __init__(self, key_id: bytes, session_id: int) -> None:
        self.key_id = key_id
        self.session_id = session_id
        self.end: End | None = None
        """The link on which it is active."""
        self.unacknowledged: dict[int, float] = {}
        """Message id -> true time of the latest arrival."""
        self.is_over = False
        """Whether the session was left or destroyed: later messages need no acknowledgement."""
        self.received_ids: set[int] = set()
        """Ids of the messages that have arrived."""
        self.children: dict[int, tuple[int, ...]] = {}
        """Container id -> ids of what was in it."""

    def note_messages(self, packet: WatchedPacket) -> bool:
        """Whether a packet has a message that did not arrive before."""
        before = len(self.received_ids)
        self.received_ids.update(message.msg_id for message in packet.messages)
        return len(self.received_ids) > before

    def note_container(self, packet: WatchedPacket) -> bool:
        """Whether a packet is parsed: it has no container, or one that did not arrive before."""
        if not packet.inner:
            return True
        fresh = packet.outer.msg_id not in self.children
        self.children[packet.outer.msg_id] = tuple(message.msg_id for message in packet.inner)
        return fresh


class Acks:
    """Tracks the pending acknowledgements of all sessions."""

    def __init__(
        self, limits: Limits, checked: Counter[str], is_evicted: Callable[[SimProcess, bytes, int], bool]
    ) -> None:
        """`is_evicted` is asked whether a data center does not have a session, by host, key id and session id."""
        self._is_evicted = is_evicted
        self._max_delay = limits.ack_delay + _SLACK
        self._checked = checked
        self._acknowledgers: dict[tuple[bool, bytes, int], Acknowledger] = {}
        self._pending: deque[DueAck] = deque()
        self._current_sessions: dict[bytes, int] = {}

    def arrived(self, packet: WatchedPacket, end: End, *, at_client: bool) -> None:
        """A packet is about to be delivered to its receiver, as it was sent."""
        acknowledger = self._acknowledger(packet.key_id, packet.session_id, at_client=at_client)
        if acknowledger.is_over:
            return
        has_new_messages = acknowledger.note_messages(packet)
        if not (has_new_messages or at_client):
            return
        if acknowledger.end is not None and acknowledger.end.socket is not end.socket:
            acknowledger.unacknowledged.clear()  # that link has ended, or the session has moved away from it
        acknowledger.end = end
        if not acknowledger.note_container(packet):
            return
        now, true_now = end.host.now(), end.host.true_time
        for message in packet.messages:
            if message.seqno & 1:
                acknowledger.unacknowledged[message.msg_id] = true_now
                self._pending.append(DueAck(true_now, now, acknowledger, message.msg_id))

    def delivered_elsewhere(self, packet: WatchedPacket, *, at_client: bool) -> None:
        """A packet was delivered to its receiver over another link, to which the receiver may then send.

        The same packet is answered once, so that later on its own link it may have no effect (MS45).
        """
        acknowledger = self._acknowledger(packet.key_id, packet.session_id, at_client=at_client)
        acknowledger.note_messages(packet)
        acknowledger.note_container(packet)
        acknowledger.unacknowledged.clear()

    def sent(self, packet: WatchedPacket, *, from_client: bool) -> None:
        """A packet was sent: it may contain acknowledgements, or void some."""
        sender = self._acknowledger(packet.key_id, packet.session_id, at_client=from_client)
        if from_client:
            self._note_session(packet)
        for message in packet.messages:
            if message.kind == MSGS_ACK:
                for msg_id in ids_in(message.body):
                    sender.unacknowledged.pop(msg_id, None)
            elif message.kind in (BAD_MSG_NOTIFICATION, BAD_SERVER_SALT):
                self._drop_rejected(sender, first_long(message.body))
            elif message.kind == NEW_SESSION_CREATED and not from_client:
                self._drop_before(sender, first_long(message.body))
            elif message.kind == DESTROY_SESSION and from_client:
                self._leave(packet.key_id, first_long(message.body))

    def dropped(self, msg_id: int, check: str, host: SimProcess) -> None:
        """A client reports that a message had no effect, and by which check."""
        for acknowledger in self._acknowledgers.values():
            if acknowledger.end is None or acknowledger.end.host is not host:
                continue
            if check != "MS3":
                self._drop_rejected(acknowledger, msg_id)

    def check(self, true_now: float) -> None:
        """Check whether any acknowledgement is overdue."""
        while self._pending and self._pending[0].true_since + self._max_delay < true_now:
            pending_ack = self._pending.popleft()
            acknowledger = pending_ack.session
            if (
                acknowledger.unacknowledged.get(pending_ack.msg_id) != pending_ack.true_since
                or acknowledger.end is None
            ):
                continue
            host, socket = acknowledger.end
            self._checked[NAME] += 1
            if not socket.is_open or self._is_evicted(host, acknowledger.key_id, acknowledger.session_id):
                acknowledger.unacknowledged.clear()
                continue
            max_delay = self._max_delay + host.set_back
            late = socket.is_writable and host.now() - pending_ack.since >= max_delay
            if not (late and pending_ack.overdue):
                self._pending.append(pending_ack._replace(true_since=true_now, overdue=late))
                acknowledger.unacknowledged[pending_ack.msg_id] = true_now
            else:
                waited = host.now() - pending_ack.since
                raise Violation(NAME, f"{host.name} has not acknowledged {pending_ack.msg_id:#x} for {waited:.0f} s")

    def _acknowledger(self, key_id: bytes, session_id: int, *, at_client: bool) -> Acknowledger:
        return self._acknowledgers.setdefault((at_client, key_id, session_id), Acknowledger(key_id, session_id))

    @staticmethod
    def _drop_rejected(acknowledger: Acknowledger, msg_id: int) -> None:
        acknowledger.unacknowledged.pop(msg_id, None)
        for child in acknowledger.children.get(msg_id, ()):
            acknowledger.unacknowledged.pop(child, None)

    @staticmethod
    def _drop_before(acknowledger: Acknowledger, first_msg_id: int) -> None:
        """A data center has lost what came before this message (MS20)."""
        for msg_id in [each for each in acknowledger.unacknowledged if each < first_msg_id]:
            del acknowledger.unacknowledged[msg_id]

    def _note_session(self, packet: WatchedPacket) -> None:
        """A client with another session has left the former one of that key."""
        before = self._current_sessions.get(packet.key_id)
        if before is not None and before != packet.session_id:
            self._acknowledger(packet.key_id, before, at_client=True).is_over = True
            self._acknowledger(packet.key_id, before, at_client=True).unacknowledged.clear()
        self._current_sessions[packet.key_id] = packet.session_id

    def _leave(self, key_id: bytes, session_id: int) -> None:
        for at_client in (True, False):
            acknowledger = self._acknowledger(key_id, session_id, at_client=at_client)
            acknowledger.is_over = True
            acknowledger.unacknowledged.clear()
