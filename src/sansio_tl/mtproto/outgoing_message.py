"""A message that a session sends, and what is known of its delivery."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Generic, TypeVar

from sansio_tl.mtproto.message_ids import CLIENT_MESSAGE

Owner = TypeVar("Owner")


class OutgoingMessage(Generic[Owner]):
    """A body to send; `owner` is the request that waits for an answer to it, if there is one.

    `SendQueue` gives it its numbers. Its attributes are read for every message, so they are no properties; only its own
    methods change them.
    """

    __slots__ = (
        "_prepare",
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
        quick_ack: bool = False,
        prepare: Callable[[Owner, int], bytes] | None = None,
        reserve: int = 0,
        resend_count: int = 0,
    ) -> None:
        """`prepare` makes the body when the message gets its id, where the body depends on ids assigned only then."""
        self.content_related: Final = content_related
        self.kind: Final = kind
        """The low two bits of its message id."""
        self.quick_ack: Final = quick_ack
        """Whether its envelope requests a quick acknowledgement."""
        self.reserve: Final = reserve
        """How many bytes `prepare` may add to the body."""
        self.asks: Final = asks
        """The messages whose states it requests."""
        self.children: Final = children
        """If it is a container, the message ids in it."""
        self.body = body
        """The encoded function or value."""
        self.owner = owner
        """The request that waits for an answer to it."""
        self._prepare = prepare
        # Its place in the queue.
        self.waiting = False
        """Whether it is in the queue."""
        self.withdrawn = False
        """Whether it must not be sent any more."""
        # Its sending.
        self.msg_id = 0
        """Its message id; 0 until it is sent."""
        self.seqno = 0
        """Its sequence number."""
        self.sent_at = 0.0
        """When it got its numbers, in our time."""
        self.envelope_id = 0
        """The message id of the container that it was sent in, or its own."""
        self.repeated = False
        """Whether it was sent more than once under its present id."""
        # What the peer has reported.
        self.acknowledged = False
        """Whether the peer has acknowledged it."""
        self.refused_at: float | None = None
        """When the peer has reported that it accepts no message of so low an id any more; None if it has not."""
        self.resend_count = resend_count
        """How often it was sent again because the peer rejected it (MS18)."""
        self.asked_for = 0
        """How often it was sent again because of msg_resend_req (MS18)."""

    def end(self) -> None:
        """Do not send it any more, and forget the owner, which refers to this message: without the reference cycle both
        are freed at once.
        """
        self.withdrawn = True
        self.owner = self._prepare = None

    def detach_owner(self) -> None:
        """No answer to it is expected any more."""
        self.owner = None

    # -- its place in the queue -------------------------------------------------------------------------------------

    def enter_queue(self) -> None:
        """It waits to be sent."""
        self.waiting = True

    def leave_queue(self) -> None:
        """It is sent, or dropped."""
        self.waiting = False

    def withdraw(self) -> None:
        """Do not send it, if it is still queued."""
        self.withdrawn = True

    # -- its sending ------------------------------------------------------------------------------------------------

    def set_numbers(self, msg_id: int, seqno: int, now: float) -> None:
        """It is sent under a new id, for which its body is made if it depends on the id."""
        if self._prepare is not None and self.owner is not None:
            self.body = self._prepare(self.owner, msg_id)
        self.msg_id, self.seqno, self.sent_at = msg_id, seqno, now

    def mark_repeated(self) -> None:
        """It is sent again under the same id."""
        self.repeated = True

    def set_envelope(self, envelope_id: int) -> None:
        """It is sent in this envelope."""
        self.envelope_id = envelope_id

    def clear_id(self) -> None:
        """It gets a new id when it is sent next; nothing is known of its delivery under that one."""
        self.msg_id = 0
        self.repeated = self.acknowledged = False
        self.refused_at = None

    def copy_with_new_id(self) -> OutgoingMessage[Owner]:
        """The same message, to be sent under a new id after the peer has rejected it."""
        return OutgoingMessage(
            self.body,
            self.owner,
            content_related=self.content_related,
            kind=self.kind,
            asks=self.asks,
            quick_ack=self.quick_ack,
            prepare=self._prepare,
            reserve=self.reserve,
            resend_count=self.resend_count + 1,
        )

    # -- what the peer has reported ---------------------------------------------------------------------------------

    def set_acknowledged(self) -> None:
        """The peer has acknowledged it."""
        self.acknowledged = True

    def set_refused(self, now: float) -> None:
        """The peer accepts no message of so low an id any more (code 20 of bad_msg_notification)."""
        self.refused_at = now

    def count_resend_request(self) -> None:
        """The peer has requested it once more (msg_resend_req)."""
        self.asked_for += 1

    def count_rejection(self) -> int:
        """The peer has rejected it, and it is sent again; returns how often."""
        self.resend_count += 1
        return self.resend_count
