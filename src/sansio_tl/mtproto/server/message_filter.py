"""Which messages of the client a server's session accepts: the counterpart of `client.message_filter`.

It remembers the ids, the sequence numbers and the packets of the messages that have arrived in the session.

A message is accepted once (MS3, MS4) and only in order (MS18). What is rejected did not arrive: it may be sent again.
"""

from __future__ import annotations

from collections.abc import Container
from hashlib import sha256

from sansio_tl.limits import Limits
from sansio_tl.mtproto.bad_msg_codes import BadMsgCode
from sansio_tl.mtproto.container import CONTAINER
from sansio_tl.mtproto.message import DecryptedPacket, Message
from sansio_tl.mtproto.message_ids import unix_time
from sansio_tl.mtproto.replay_window import FORGOTTEN, NOT_RECEIVED, RECEIVED, ReplayWindow, Verdict
from sansio_tl.mtproto.server.seen_packets import SeenPackets
from sansio_tl.mtproto.server.seqno_checker import SeqnoOrder

_CONTAINERS = 64
"""Containers of which a session remembers the content: a client that reuses an id does so soon."""


class ServerMessageFilter:
    """Decides which incoming messages of one session are accepted."""

    def __init__(self, limits: Limits, first_msg_id: int = 0, *, known_from: int = 0) -> None:
        """`first_msg_id` is the lowest message id that is known to be new (MS27).

        No message of this session with an id from `known_from` on has arrived: an earlier session with the same id that
        may have received it would be remembered.
        """
        self._limits = limits
        self._first_msg_id = first_msg_id
        self._known_from = max(known_from, first_msg_id)
        self._window = ReplayWindow(limits.replay_window)
        self._order = SeqnoOrder(limits.replay_window)
        self._packets = SeenPackets(limits.replay_window)
        self._containers: dict[int, bytes] = {}
        """The latest containers by message id, each with its digest."""

    @property
    def first_msg_id(self) -> int:
        """The lowest message id that is accepted: the client was notified that what is below is lost (MS20)."""
        return self._first_msg_id

    @property
    def newest_id(self) -> int:
        """No message with a higher id has arrived."""
        return max(self._window.newest, self._first_msg_id - 1)

    def has(self, msg_id: int) -> bool:
        """Whether a message has arrived under this id, and is remembered."""
        return self._window.state(msg_id) == RECEIVED

    def state(self, msg_id: int) -> int:
        """What msgs_state_info reports about a message of the client (MS22).

        Below the first message of the session none is accepted: there the message was not received unless an earlier
        session of that id may have had it. The client may send it under a new id then (MS36).
        """
        if msg_id < self._first_msg_id:
            return FORGOTTEN if msg_id < self._known_from else NOT_RECEIVED
        return self._window.state(msg_id)

    def check_time(self, message: Message, now: float) -> BadMsgCode | None:
        """What is wrong with the id of an envelope's message, by the clock."""
        age = now - unix_time(message.msg_id)
        if age > self._limits.max_message_age:
            return BadMsgCode.MSG_ID_TOO_LOW
        if age < -self._limits.max_clock_lead:
            return BadMsgCode.MSG_ID_TOO_HIGH
        return None

    def begin(self, lowest_id: int) -> None:
        """The session begins with a message of that id."""
        self._first_msg_id = max(self._first_msg_id, lowest_id)

    def accept(self, message: Message, kept: Container[int]) -> BadMsgCode | Verdict:
        """Remember a message, outer or inner, that is new (MS3, MS4) and whose sequence number is right (MS18).

        Returns FRESH, or DUPLICATE or what is wrong for one that changes nothing. `kept` are the ids of requests, which
        are remembered for longer than other messages.
        """
        if message.msg_id & 3:
            return BadMsgCode.MSG_ID_PARITY
        if message.constructor == CONTAINER and message.content_related:  # for msgs_ack clients differ
            return BadMsgCode.EVEN_SEQNO_EXPECTED
        if message.msg_id < self._first_msg_id:
            return BadMsgCode.TOO_OLD
        verdict = self._window.accept(message.msg_id)
        if verdict is Verdict.TOO_OLD:
            return Verdict.DUPLICATE if message.msg_id in kept else BadMsgCode.TOO_OLD
        if verdict is Verdict.DUPLICATE:
            reused = message.constructor == CONTAINER and self._is_another(message)
            return BadMsgCode.CONTAINER_ID_REUSED if reused else verdict
        code = self._order.accept(message)
        if code is not None:
            self._window.forget(message.msg_id)
        elif message.constructor == CONTAINER:
            self._remember_container(message)
        return code or verdict

    @property
    def window_ids(self) -> int:
        """How many ids the replay window holds."""
        return len(self._window)

    @property
    def order_ids(self) -> int:
        """Of how many messages the sequence numbers are remembered."""
        return len(self._order)

    @property
    def seen_packets(self) -> int:
        """How many answered packets are remembered."""
        return len(self._packets)

    def reject(self, message: Message) -> None:
        """A message that was accepted cannot be read: it did not arrive."""
        self._window.forget(message.msg_id)
        self._order.forget(message.msg_id)

    def note_packet(self, opened: DecryptedPacket, *, is_new: bool) -> bool:
        """MS45: remember a packet that is about to be answered; False if it was before. `is_new`: so is its message."""
        msg_id, msg_key = opened.message.msg_id, opened.msg_key
        if not is_new and not self._packets.is_new(msg_id, msg_key):
            return False
        self._packets.add(msg_id, msg_key)
        return True

    def _is_another(self, container: Message) -> bool:
        """Whether another container arrived under this id, as far as is remembered.

        Anyone can send the same one again, even when a part of it was rejected: to blame the client for that would make
        it begin a new session.
        """
        digest = _digest(container)
        return self._containers.get(container.msg_id, digest) != digest

    def _remember_container(self, container: Message) -> None:
        self._containers[container.msg_id] = _digest(container)
        if len(self._containers) > _CONTAINERS:
            del self._containers[next(iter(self._containers))]


def _digest(container: Message) -> bytes:
    return sha256(container.body).digest()[:8]
