"""What a session has to send, and what it has sent.

Bodies wait in a queue until the link asks for bytes. Then they get their numbers (MS7, MS9), acknowledgements join
them, and several travel together in containers of bounded count and size (MS12). A container gets its message id
after its children, hence above theirs.

Each sent message is remembered until its owner is answered or, if nobody waits for it, for `sent_memory` seconds: so
long the peer may still refuse it with bad_msg_notification and we must know what it was. A refused container gives
back all its children (MS19).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from sansio_tl.limits import Limits
from sansio_tl.mtproto.acknowledgements import Acknowledgements
from sansio_tl.mtproto.container import CHILD_OVERHEAD, join
from sansio_tl.mtproto.message import Message
from sansio_tl.mtproto.numbering import CLIENT_MESSAGE, Numbering

Owner = TypeVar("Owner")


@dataclass(slots=True)
class Outgoing(Generic[Owner]):
    """A body on its way out; `owner` is who waits for an answer to it, if anybody."""

    body: bytes
    content_related: bool
    owner: Owner | None = None
    kind: int = CLIENT_MESSAGE
    withdrawn: bool = False
    """Whether it must not leave any more."""
    refusals: int = 0
    """How often the peer refused it and it was sent again (MS18)."""
    msg_id: int = 0
    envelope_id: int = 0
    """The message id of the container that it left in, or its own."""
    children: list[Outgoing[Owner]] = field(default_factory=list)

    def again(self) -> Outgoing[Owner]:
        """The same message, to be sent under a new id after a refusal."""
        return Outgoing(self.body, self.content_related, self.owner, self.kind, refusals=self.refusals + 1)

    def leaves(self) -> list[Outgoing[Owner]]:
        """The messages that it consists of: its children if it is a container, else itself."""
        return self.children or [self]


class Outbox(Generic[Owner]):
    """The outgoing half of a session."""

    def __init__(self, limits: Limits, container_kind: int = CLIENT_MESSAGE) -> None:
        """`container_kind` is the parity of the message ids of our containers and acknowledgements."""
        self.acknowledgements = Acknowledgements(limits)
        self._limits = limits
        self._container_kind = container_kind
        self._numbering = Numbering()
        self._queue: deque[Outgoing[Owner]] = deque()
        self._sent: dict[int, Outgoing[Owner]] = {}
        self._unowned: deque[tuple[float, int]] = deque()

    def queue(self, outgoing: Outgoing[Owner]) -> None:
        """Send it when the link next asks for bytes, unless it is withdrawn before that."""
        self._queue.append(outgoing)

    def sent(self, msg_id: int) -> Outgoing[Owner] | None:
        """What was sent under `msg_id`, if it is still remembered."""
        return self._sent.get(msg_id)

    def forget(self, msg_id: int) -> Outgoing[Owner] | None:
        """Forget what was sent under `msg_id`; returns it."""
        return self._sent.pop(msg_id, None)

    def begin_session(self, *, keep_ids_rising: bool) -> None:
        """Forget whatever was sent and owed in the old session; what waits in the queue stays.

        Sequence numbers start at 0 again, and message ids too unless they must go on rising.
        """
        self._sent.clear()
        self._unowned.clear()
        self.acknowledgements = Acknowledgements(self._limits)
        fresh = Numbering()
        if keep_ids_rising:
            fresh.continue_ids_of(self._numbering)
        self._numbering = fresh

    def pending(self, now: float) -> bool:
        """Whether `messages` would yield anything."""
        return bool(self._queue) or self.acknowledgements.due(now)

    def messages(
        self, now: float, server_time: float, on_numbered: Callable[[Outgoing[Owner]], None]
    ) -> Iterator[Message]:
        """Number and batch everything that waits; yields what goes into one envelope each.

        `on_numbered` is told of each message once it has its id.
        """
        self._forget_old(now)
        if self.pending(now) and len(self.acknowledgements):
            for body in self.acknowledgements.take():
                self._queue.append(Outgoing(body, content_related=False, kind=self._container_kind))
        while batch := self._next_batch():
            numbered = [self._number(outgoing, server_time) for outgoing in batch]
            message = numbered[0] if len(batch) == 1 else self._contain(batch, numbered, now, server_time)
            for outgoing in batch:
                outgoing.envelope_id = message.msg_id
                self._remember(outgoing, now)
                on_numbered(outgoing)
            yield message

    def _contain(
        self, batch: list[Outgoing[Owner]], numbered: list[Message], now: float, server_time: float
    ) -> Message:
        container = Outgoing[Owner](b"", content_related=False, kind=self._container_kind, children=batch)
        msg_id, seqno, _ = self._number(container, server_time)
        self._remember(container, now)
        return Message(msg_id, seqno, join(numbered))

    def _next_batch(self) -> list[Outgoing[Owner]]:
        """As many queued messages as one container may hold, or a single one, however large."""
        batch: list[Outgoing[Owner]] = []
        size = 0
        while self._queue and len(batch) < self._limits.max_container_messages:
            outgoing = self._queue[0]
            if not outgoing.withdrawn:
                size += len(outgoing.body) + CHILD_OVERHEAD
                if batch and size > self._limits.max_container_size:
                    break
                batch.append(outgoing)
            self._queue.popleft()
        return batch

    def _number(self, outgoing: Outgoing[Owner], server_time: float) -> Message:
        outgoing.msg_id = self._numbering.next_id(server_time, outgoing.kind)
        seqno = self._numbering.next_seqno(content_related=outgoing.content_related)
        return Message(outgoing.msg_id, seqno, outgoing.body)

    def _remember(self, outgoing: Outgoing[Owner], now: float) -> None:
        self._sent[outgoing.msg_id] = outgoing
        if outgoing.owner is None:
            self._unowned.append((now, outgoing.msg_id))

    def _forget_old(self, now: float) -> None:
        """Nobody asks about these any more, and their number is bounded."""
        unowned = self._unowned
        while unowned and (
            unowned[0][0] + self._limits.sent_memory < now or len(unowned) > self._limits.max_remembered_unowned
        ):
            self._sent.pop(unowned.popleft()[1], None)
