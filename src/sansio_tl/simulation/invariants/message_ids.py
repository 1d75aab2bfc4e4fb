"""Message ids and sequence numbers of both sides, checked on the wire with the keys.

- MS1, MS7: ids of the client are 0 mod 4, of the server 1 (answers) or 3 (all else). Each new one is above the last.
- MS7: a container's id is above those of its children. A container is never sent twice.
- MS9: the sequence number of a new message is twice the number of content-related messages before it, plus one if it
  is content-related itself. Containers and acknowledgements are not, requests and their answers are.
- MS8, MS26: a message that is sent again with its old id is identical, and not older than the other side may accept.
- MS12: containers are bounded. EN6: so is padding.
- MS10: only what was sent is acknowledged, and MS21 what the server has named as an answer that it does not send.
"""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from sansio_tl.limits import Limits
from sansio_tl.simulation.packet_inspector import (
    BAD_MSG_NOTIFICATION,
    BAD_SERVER_SALT,
    CONTAINER,
    MSGS_ACK,
    NEW_SESSION_CREATED,
    RPC_RESULT,
    WatchedMessage,
    WatchedPacket,
    answer_named,
    ids_in,
)
from sansio_tl.simulation.violation import Violation

NAME = "message ids and seqnos"
_MAX_BODY_BATCHED = 1 << 16
_REJECTIONS = (BAD_MSG_NOTIFICATION, BAD_SERVER_SALT)
"""Messages of a server on the link of the rejected packet, for a session that it does not have: their order relative to
other messages is not defined."""


class Sent(NamedTuple):
    """A message that was sent."""

    seqno: int
    body: bytes
    at: float
    """When it was sent first, by the sender's clock."""


class MessageLog:
    """The messages that one side has sent in one session."""

    def __init__(self, side: str, limits: Limits) -> None:
        self.sent: dict[int, Sent] = {}
        self.named: set[int] = set()
        """Ids of answers that a server has announced."""
        self._beginnings: set[bytes] = set()
        """The new_session_created of a server, each of which restarts its sequence numbers."""
        self._side = side
        self._limits = limits
        self._last_id = 0
        self._content_related = 0

    def enter(self, packet: WatchedPacket, now: float, *, made_at: float, in_order: bool) -> None:
        """Check a packet that is just being sent, and was made at `made_at` at the earliest, by the sender's clock.

        Not `in_order` are the messages of a malicious data center, which may restart, or claim to, at any time,
        and those of a server whose earlier ones have not been seen.
        """
        if not 12 <= packet.padding <= 1024:
            raise Violation(NAME, f"{self._side}: {packet.padding} bytes of padding (EN6)")
        for message in packet.messages:
            if message.kind == NEW_SESSION_CREATED and message.body not in self._beginnings:
                self._beginnings.add(message.body)
                self._last_id = self._content_related = 0
        for message in packet.messages:
            named = answer_named(message)
            if named is not None:
                self.named.add(named)
            known = self.sent.get(message.msg_id)
            if known is None and in_order:
                self._enter_new(message, now)
            elif known is None:
                self.sent[message.msg_id] = Sent(message.seqno, message.body, now)
            else:
                self._compare(message, known, made_at)
        if packet.inner:
            self._check_container(packet)

    def _enter_new(self, message: WatchedMessage, now: float) -> None:
        msg_id, seqno = message.msg_id, message.seqno
        self._check_parity(message)
        if message.kind in _REJECTIONS and not seqno & 1:
            self.sent[msg_id] = Sent(seqno, message.body, now)
            return
        if msg_id <= self._last_id:
            raise Violation(NAME, f"{self._side}: id {msg_id:#x} after {self._last_id:#x} (MS7)")
        expected = 2 * self._content_related + (seqno & 1)
        if seqno != expected:
            raise Violation(NAME, f"{self._side}: seqno {seqno} where {expected} was due (MS9)")
        if seqno & 1 and message.kind in (CONTAINER, MSGS_ACK):
            raise Violation(NAME, f"{self._side}: seqno {seqno} of a container or acknowledgement is odd (MS9)")
        if not seqno & 1 and message.kind == RPC_RESULT:
            raise Violation(NAME, f"{self._side}: seqno {seqno} of an answer is even (MS9)")
        self._last_id = msg_id
        self._content_related += seqno & 1
        self.sent[msg_id] = Sent(seqno, message.body, now)

    def _check_parity(self, message: WatchedMessage) -> None:
        parity = message.msg_id & 3
        allowed = (0,) if self._side == "client" else (1,) if message.kind == RPC_RESULT else (1, 3)
        if parity not in allowed:
            raise Violation(NAME, f"{self._side}: the id {message.msg_id:#x} is {parity} mod 4 (MS1, MS7)")

    def _compare(self, message: WatchedMessage, known: Sent, made_at: float) -> None:
        if (message.seqno, message.body) != (known.seqno, known.body):
            raise Violation(NAME, f"{self._side}: two messages have the id {message.msg_id:#x} (MS7)")
        if message.kind == CONTAINER:
            raise Violation(NAME, f"{self._side}: the container {message.msg_id:#x} is sent twice (MS7)")
        age = made_at - known.at
        if age > self._limits.max_message_age:
            raise Violation(NAME, f"{self._side}: {message.msg_id:#x} is sent again after {age:.0f} s (MS8)")

    def _check_container(self, packet: WatchedPacket) -> None:
        if packet.outer.msg_id <= max(message.msg_id for message in packet.inner):
            raise Violation(NAME, f"{self._side}: the container {packet.outer.msg_id:#x} is below its children (MS7)")
        if len(packet.inner) > self._limits.max_container_messages or len(packet.outer.body) > _MAX_BODY_BATCHED:
            raise Violation(NAME, f"{self._side}: a container of {len(packet.inner)} messages (MS12)")


class MessageIdCheck:
    """The messages of all sessions."""

    def __init__(self, limits: Limits, checked: Counter[str]) -> None:
        self._limits = limits
        self._checked = checked
        self._logs: dict[tuple[bool, bytes, int], MessageLog] = {}
        self._held_back: set[tuple[bytes, int]] = set()

    def held_back(self, key_id: bytes, session_id: int) -> None:
        """A server cannot write its messages for a session: they appear on the wire late or never."""
        self._held_back.add((key_id, session_id))

    def sent(
        self, packet: WatchedPacket, *, from_client: bool, honest: bool, now: float, held_since: float | None = None
    ) -> None:
        """A packet is sent; `now` is by the sender's clock.

        It may have been made at any time since `held_since`, when the sender could not write any more: the age
        of its messages is measured from then. A data center that is not `honest` may acknowledge anything.
        """
        self._checked[NAME] += len(packet.messages)
        all_seen = honest and (packet.key_id, packet.session_id) not in self._held_back
        made_at = now if held_since is None else min(now, held_since)
        log = self._log_of(packet, from_client=from_client)
        log.enter(packet, now, made_at=made_at, in_order=all_seen or from_client)
        others = self._log_of(packet, from_client=not from_client)
        for message in packet.messages if honest or from_client else ():
            if message.kind == MSGS_ACK:
                for msg_id in ids_in(message.body):
                    if msg_id not in others.sent and msg_id not in others.named:
                        raise Violation(NAME, f"{msg_id:#x} is acknowledged and was never sent (MS10)")

    def _log_of(self, packet: WatchedPacket, *, from_client: bool) -> MessageLog:
        where = (from_client, packet.key_id, packet.session_id)
        log = self._logs.get(where)
        if log is None:
            log = self._logs[where] = MessageLog("client" if from_client else "server", self._limits)
        return log
