"""What a session has to send, and what it has sent.

Bodies stay in a queue until the connection asks for bytes. Then they get their numbers (MS7, MS9), acknowledgements are
added, and several are sent together in containers of bounded count and size (MS12). A container gets its message id
after its children, hence above theirs.

Each sent message is remembered until its owner is answered or, if it has no owner, for `sent_message_ttl` seconds: so
long the peer may still reject it with bad_msg_notification, and what it was must be known. Of a rejected container
all children are sent again (MS19).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, Generic, TypeVar

from sansio_tl.limits import Limits
from sansio_tl.mtproto.acks import Acknowledgements
from sansio_tl.mtproto.container import CHILD_OVERHEAD, join
from sansio_tl.mtproto.message import Message
from sansio_tl.mtproto.message_ids import CLIENT_MESSAGE, Numbering

Owner = TypeVar("Owner")

OVERHEAD: Final = 512
"""Bytes of memory, about, that a remembered message takes besides its body."""


class OutgoingMessage(Generic[Owner]):
    """A body to send; `owner` is the request that waits for an answer to it, if there is one."""

    __slots__ = (
        "acknowledged",
        "asked_for",
        "asks",
        "body",
        "children",
        "content_related",
        "envelope_id",
        "kind",
        "msg_id",
        "owner",
        "prepare",
        "quick_ack",
        "refused_at",
        "repeated",
        "resend_count",
        "reserve",
        "sent_at",
        "seqno",
        "waiting",
        "withdrawn",
    )

    def __init__(
        self,
        body: bytes,
        owner: Owner | None = None,
        *,
        content_related: bool = True,
        kind: int = CLIENT_MESSAGE,
        asks: Sequence[int] = (),
        children: tuple[int, ...] = (),
    ) -> None:
        self.body = body
        self.content_related = content_related
        self.owner = owner
        self.kind = kind
        self.quick_ack = False
        """Whether its envelope asks for a quick acknowledgement."""
        self.prepare: Callable[[Owner, int], bytes] | None = None
        """Makes the body when the message gets its id, where the body depends on ids assigned only then."""
        self.reserve = 0
        """How many bytes `prepare` may add to the body."""
        self.asks = asks
        """Of which messages it asks the state."""
        self.children = children
        """If it is a container, the message ids in it."""
        self.resend_count = 0
        """How often it was sent again because the peer rejected it (MS18)."""
        self.asked_for = 0
        """How often it was sent again because the peer asked with msg_resend_req (MS18)."""
        self.acknowledged = False
        """Whether the peer has acknowledged it."""
        self.refused_at: float | None = None
        """When the peer has reported that it accepts no message of so low an id any more; None: it has not."""
        self.waiting = False
        """Whether it is in the queue."""
        self.withdrawn = False
        """Whether it must not be sent any more."""
        self.repeated = False
        """Whether it was sent more than once under its numbers."""
        self.msg_id = 0
        """0 until it is sent."""
        self.seqno = 0
        self.sent_at = 0.0
        """When it got its numbers, in our time."""
        self.envelope_id = 0
        """The message id of the container that it was sent in, or its own."""

    def withdraw(self) -> None:
        """Do not send it, if it is still queued."""
        self.withdrawn = True

    def release_owner(self) -> None:
        """Forget the owner, which knows this message: both are freed at once when they are no reference cycle."""
        self.owner = self.prepare = None

    def set_acknowledged(self) -> None:
        """The peer has acknowledged it."""
        self.acknowledged = True

    def set_refused(self, now: float) -> None:
        """The peer accepts no message of so low an id any more (code 20 of bad_msg_notification)."""
        self.refused_at = now

    def count_request(self) -> None:
        """The peer asks for it once more."""
        self.asked_for += 1

    def count_resend(self) -> int:
        """The peer has rejected it once more, and it is sent again; returns how often."""
        self.resend_count += 1
        return self.resend_count

    def copy_with_new_id(self) -> OutgoingMessage[Owner]:
        """The same message, to be sent under a new id after the peer has rejected it."""
        same = OutgoingMessage(
            self.body, self.owner, content_related=self.content_related, kind=self.kind, asks=self.asks
        )
        same.quick_ack, same.prepare, same.reserve = self.quick_ack, self.prepare, self.reserve
        same.resend_count = self.resend_count + 1
        return same


class SendQueue(Generic[Owner]):
    """The outgoing half of a session."""

    def __init__(
        self, limits: Limits, container_kind: int = CLIENT_MESSAGE, numbering: Numbering | None = None
    ) -> None:
        """`container_kind` is the parity of the message ids of our containers and acknowledgements.

        Message ids go on above those of `numbering`.
        """
        self.acknowledgements = Acknowledgements(limits)
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

    def queue(self, outgoing: OutgoingMessage[Owner]) -> None:
        """Send it when the connection next asks for bytes, unless it is withdrawn before that.

        What has its numbers already is sent under them once more, so that the peer can recognise it (MS26).
        """
        if not outgoing.waiting:
            outgoing.waiting = True
            self._queue.append(outgoing)

    def resend_same_id(self, outgoing: OutgoingMessage[Owner], now: float) -> None:
        """Send once more what was sent before, under the same id as long as the peer accepts that (MS8)."""
        if outgoing.msg_id and now - outgoing.sent_at > self._limits.same_id_resend_window:
            self._sent.pop(outgoing.msg_id, None)
            outgoing.msg_id = 0
            outgoing.repeated = outgoing.acknowledged = False
            outgoing.refused_at = None
        self.queue(outgoing)

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
        outgoing.owner = None
        self._sent.pop(outgoing.msg_id, None)

    def begin_session(self, *, keep_ids_rising: bool) -> None:
        """Forget what was sent in the old session, and its acknowledgements; requests that were never sent stay.

        What else is queued is about messages of the old session, and means nothing in the new one. Sequence numbers
        start at 0 again, and message ids too unless they must go on rising.
        """
        for outgoing in self._queue:
            outgoing.withdrawn |= outgoing.msg_id != 0 or outgoing.owner is None
        self._sent.clear()
        self._unowned.clear()
        self._unowned_bytes = 0
        self.acknowledgements = Acknowledgements(self._limits)
        fresh = Numbering()
        if keep_ids_rising:
            fresh.continue_ids_of(self._numbering)
        self._numbering = fresh

    def pending(self, now: float) -> bool:
        """Whether `iter_packets` would yield anything."""
        return bool(self._queue) or self.acknowledgements.due(now)

    def iter_packets(self, now: float, server_time: float) -> Iterator[tuple[Message, list[OutgoingMessage[Owner]]]]:
        """Number and batch everything that is queued; yields the message of each envelope, and its parts."""
        self._forget_old(now)
        acknowledgements = self.acknowledgements
        if acknowledgements.due(now) or (self._queue and acknowledgements.join_others(now)):
            for body in acknowledgements.take():
                self.queue(OutgoingMessage(body, content_related=False, kind=self._container_kind))
        while batch := self._next_batch():
            messages = [self._number(outgoing, now, server_time) for outgoing in batch]
            message = messages[0] if len(batch) == 1 else self._contain(batch, messages, now, server_time)
            for outgoing in batch:
                outgoing.envelope_id = message.msg_id
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

    def _next_batch(self) -> list[OutgoingMessage[Owner]]:
        """As many queued messages as one container may hold, or a single one, however large."""
        batch: list[OutgoingMessage[Owner]] = []
        size = 0
        while self._queue and len(batch) < self._limits.max_container_messages:
            outgoing = self._queue[0]
            if not outgoing.withdrawn:
                size += len(outgoing.body) + outgoing.reserve + CHILD_OVERHEAD
                if batch and size > self._limits.max_container_size:
                    break
                batch.append(outgoing)
            self._queue.popleft().waiting = False
        return batch

    def _number(self, outgoing: OutgoingMessage[Owner], now: float, server_time: float) -> Message:
        if not outgoing.msg_id:
            outgoing.msg_id = self._numbering.next_id(server_time, outgoing.kind)
            if outgoing.prepare is not None and outgoing.owner is not None:
                outgoing.body = outgoing.prepare(outgoing.owner, outgoing.msg_id)
            outgoing.seqno = self._numbering.next_seqno(content_related=outgoing.content_related)
            outgoing.sent_at = now
        else:
            outgoing.repeated = True
        if outgoing.owner is None and outgoing.msg_id not in self._sent:
            size = len(outgoing.body) + OVERHEAD
            self._unowned.append((now, outgoing.msg_id, size))
            self._unowned_bytes += size
        self._sent[outgoing.msg_id] = outgoing
        return Message(outgoing.msg_id, outgoing.seqno, outgoing.body)

    def _forget_old(self, now: float) -> None:
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
