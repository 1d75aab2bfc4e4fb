"""What a session has to send, and what it has sent.

Bodies stay in a queue until the connection asks for bytes. Then they get their numbers (MS7, MS9), acknowledgements are
added, and several are sent together in containers of bounded count and size (MS12). A container gets its message id
after its children, hence above theirs.

Each sent message is remembered until its owner is answered or, if it has no owner, for `sent_message_ttl` seconds: as
long as that the peer may still reject it with bad_msg_notification. Of a rejected container all children are sent again
(MS19).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Final, Generic

from sansio_tl.limits import Limits
from sansio_tl.mtproto.acks import PendingAcks
from sansio_tl.mtproto.container import CHILD_OVERHEAD, join
from sansio_tl.mtproto.message import Message
from sansio_tl.mtproto.message_ids import CLIENT_MESSAGE, Numbering
from sansio_tl.mtproto.outgoing_message import OutgoingMessage, Owner

OVERHEAD: Final = 512
"""Bytes of memory, about, that a remembered message takes besides its body."""


class SendQueue(Generic[Owner]):
    """The outgoing half of a session: what is queued, and what was sent."""

    def __init__(
        self,
        limits: Limits,
        container_kind: int = CLIENT_MESSAGE,
        numbering: Numbering | None = None,
        *,
        replaces_old_ids: bool = False,
        on_resend: Callable[[OutgoingMessage[Owner]], object] | None = None,
    ) -> None:
        """`container_kind` is the parity of the message ids of our containers and acknowledgements.

        Message ids go on above those of `numbering`. A message that was to be sent again under its id, and has waited
        until the peer does not accept that any more, gets a new id if `replaces_old_ids`; else it is dropped (MS8).
        `on_resend` is called with what is sent again under the same id.
        """
        self._replaces_old_ids = replaces_old_ids
        self._on_resend = on_resend
        self.pending_acks = PendingAcks(limits)
        """The acknowledgements that are still to be sent."""
        self._limits = limits
        self._container_kind = container_kind
        self._numbering = Numbering()
        if numbering is not None:
            self._numbering.continue_ids_of(numbering)
        self._queue: deque[OutgoingMessage[Owner]] = deque()
        self._sent: dict[int, OutgoingMessage[Owner]] = {}
        self._unowned: deque[tuple[float, int, int]] = deque()
        """When they were sent, their ids and sizes."""
        self._unowned_bytes = 0

    @property
    def queued(self) -> int:
        """How many messages are in the queue, withdrawn ones included."""
        return len(self._queue)

    @property
    def remembered(self) -> int:
        """How many sent messages are remembered."""
        return len(self._sent)

    @property
    def remembered_unowned(self) -> int:
        """How many sent messages without an owner are noted, including those that were forgotten before their time."""
        return len(self._unowned)

    def body_bytes(self) -> int:
        """Bytes of the bodies of all sent messages that are remembered."""
        return sum(len(outgoing.body) for outgoing in self._sent.values())

    def enqueue(self, outgoing: OutgoingMessage[Owner]) -> None:
        """Send a message when the connection next takes bytes, unless it is withdrawn before that."""
        if not outgoing.waiting:
            outgoing.enter_queue()
            self._queue.append(outgoing)

    def resend_same_id(self, outgoing: OutgoingMessage[Owner]) -> None:
        """Send a message again under the id that it has, by which the peer recognises it (MS26), while it may (MS8)."""
        if self._on_resend is not None:
            self._on_resend(outgoing)
        self.enqueue(outgoing)

    def is_id_recent(self, outgoing: OutgoingMessage[Owner], now: float) -> bool:
        """Whether the peer still accepts the id of a message, so that it may be sent again under it (MS8)."""
        return now - outgoing.sent_at <= self._limits.same_id_resend_window

    def remember(self, outgoing: OutgoingMessage[Owner]) -> None:
        """A late answer to this message is still accepted."""
        self._sent[outgoing.msg_id] = outgoing

    def unacknowledged(self) -> list[OutgoingMessage[Owner]]:
        """The content-related messages that were sent and not forgotten since, in the order of their first sending."""
        return [outgoing for outgoing in self._sent.values() if outgoing.content_related]

    def sent(self, msg_id: int) -> OutgoingMessage[Owner] | None:
        """What was sent under `msg_id`, if it is still remembered."""
        return self._sent.get(msg_id)

    def forget(self, msg_id: int) -> OutgoingMessage[Owner] | None:
        """Forget what was sent under `msg_id`; returns it."""
        return self._sent.pop(msg_id, None)

    def forget_all(self, msg_ids: Iterable[int]) -> None:
        """Forget what was sent under these."""
        for msg_id in msg_ids:
            self._sent.pop(msg_id, None)

    def hand_ids_to(self, numbering: Numbering) -> None:
        """Let another numbering go on above the ids that were assigned here."""
        numbering.continue_ids_of(self._numbering)

    def number_alone(self, body: bytes, now: float) -> Message:
        """A message that is not content-related, is sent at once and is not remembered."""
        msg_id = self._numbering.next_id(now, self._container_kind)
        return Message(msg_id, self._numbering.next_seqno(content_related=False), body)

    def expand_container(self, outgoing: OutgoingMessage[Owner]) -> list[OutgoingMessage[Owner]]:
        """Itself, or the children of a container less those that need not be sent again; forgets them (MS19)."""
        if not outgoing.children:
            return [outgoing]
        return [child for child in map(self.forget, outgoing.children) if child is not None]

    def detach_owner(self, outgoing: OutgoingMessage[Owner]) -> None:
        """No answer to it is expected any more: from now on it is remembered for `sent_message_ttl` at most."""
        outgoing.detach_owner()
        self._sent.pop(outgoing.msg_id, None)

    def begin_session(self, *, keep_ids_rising: bool) -> None:
        """Forget what was sent in the old session, and its acknowledgements; requests that were never sent stay.

        What else is queued is about messages of the old session, and means nothing in the new one. Sequence numbers
        start at 0 again, and message ids too unless they must go on rising.
        """
        for outgoing in self._queue:
            if outgoing.msg_id or outgoing.owner is None:
                outgoing.withdraw()
        self._sent.clear()
        self._unowned.clear()
        self._unowned_bytes = 0
        self.pending_acks = PendingAcks(self._limits)
        fresh = Numbering()
        if keep_ids_rising:
            fresh.continue_ids_of(self._numbering)
        self._numbering = fresh

    def has_pending(self, now: float) -> bool:
        """Whether `iter_packets` would yield anything."""
        return bool(self._queue) or self.pending_acks.due(now)

    def iter_packets(self, now: float, server_time: float) -> Iterator[tuple[Message, list[OutgoingMessage[Owner]]]]:
        """Number and batch everything that is queued; yields the message of each envelope, and its parts."""
        self.forget_old(now)
        acks = self.pending_acks
        if acks.due(now) or (self._queue and acks.join_others(now)):
            for body in acks.take():
                self.enqueue(OutgoingMessage(body, content_related=False, kind=self._container_kind))
        while self._queue and (batch := self._next_batch(now)):
            messages = [self._number(outgoing, now, server_time) for outgoing in batch]
            message = messages[0] if len(batch) == 1 else self._contain(batch, messages, now, server_time)
            for outgoing in batch:
                outgoing.set_envelope(message.msg_id)
            yield message, batch

    def _contain(
        self, batch: list[OutgoingMessage[Owner]], messages: list[Message], now: float, server_time: float
    ) -> Message:
        children = tuple([message.msg_id for message in messages])
        container: OutgoingMessage[Owner] = OutgoingMessage(
            b"", content_related=False, kind=self._container_kind, children=children
        )
        numbers = self._number(container, now, server_time)
        return Message(numbers.msg_id, numbers.seqno, join(messages))

    def _next_batch(self, now: float) -> list[OutgoingMessage[Owner]]:
        """As many queued messages as one container may hold, or a single one, however large."""
        batch: list[OutgoingMessage[Owner]] = []
        size = 0
        while self._queue and len(batch) < self._limits.max_container_messages:
            outgoing = self._queue[0]
            if not outgoing.withdrawn and (not outgoing.msg_id or self._has_usable_id(outgoing, now)):
                size += len(outgoing.body) + outgoing.reserve + CHILD_OVERHEAD
                if batch and size > self._limits.max_container_size:
                    break
                batch.append(outgoing)
            self._queue.popleft().leave_queue()
        return batch

    def _has_usable_id(self, outgoing: OutgoingMessage[Owner], now: float) -> bool:
        """Whether a message that was sent may be sent again, under the id that it has or under a new one."""
        if self.is_id_recent(outgoing, now):
            return True
        if self._replaces_old_ids:
            self._sent.pop(outgoing.msg_id, None)
            outgoing.clear_id()
        return self._replaces_old_ids

    def _number(self, outgoing: OutgoingMessage[Owner], now: float, server_time: float) -> Message:
        if not outgoing.msg_id:
            msg_id = self._numbering.next_id(server_time, outgoing.kind)
            seqno = self._numbering.next_seqno(content_related=outgoing.content_related)
            outgoing.set_numbers(msg_id, seqno, now)
        else:
            outgoing.mark_repeated()
        if outgoing.owner is None and outgoing.msg_id not in self._sent:
            size = len(outgoing.body) + OVERHEAD
            self._unowned.append((now, outgoing.msg_id, size))
            self._unowned_bytes += size
        self._sent[outgoing.msg_id] = outgoing
        return Message(outgoing.msg_id, outgoing.seqno, outgoing.body)

    def forget_old(self, now: float) -> None:
        """Forget the messages without an owner that the peer will not name any more; their number is bounded."""
        unowned = self._unowned
        limits = self._limits
        while unowned and (
            unowned[0][0] + limits.sent_message_ttl < now
            or len(unowned) > limits.max_remembered_unowned
            or self._unowned_bytes > limits.max_remembered_bytes
        ):
            _, msg_id, size = unowned.popleft()
            self._unowned_bytes -= size
            self._sent.pop(msg_id, None)
