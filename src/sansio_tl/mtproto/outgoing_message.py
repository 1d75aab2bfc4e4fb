"""A message that a session sends, and what is known of its delivery."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Generic, TypeVar

from sansio_tl.mtproto.message_ids import CLIENT_MESSAGE

Owner = TypeVar("Owner")


class OutgoingMessage(Generic[Owner]):
    """A body to send; `owner` is the request that waits for an answer to it, if there is one.

    `SendQueue` gives it its numbers. Everything else about it changes by its own methods.
    """

    __slots__ = (
        "_acknowledged",
        "_asked_for",
        "_body",
        "_envelope_id",
        "_msg_id",
        "_owner",
        "_prepare",
        "_refused_at",
        "_repeated",
        "_resend_count",
        "_sent_at",
        "_seqno",
        "_waiting",
        "_withdrawn",
        "asks",
        "children",
        "content_related",
        "kind",
        "quick_ack",
        "reserve",
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
        self._body = body
        self._owner = owner
        self._prepare = prepare
        self._resend_count = resend_count
        self._asked_for = 0
        self._acknowledged = False
        self._refused_at: float | None = None
        self._waiting = False
        self._withdrawn = False
        self._repeated = False
        self._msg_id = 0
        self._seqno = 0
        self._sent_at = 0.0
        self._envelope_id = 0

    # -- what it is -------------------------------------------------------------------------------------------------

    @property
    def body(self) -> bytes:
        """The encoded function or value."""
        return self._body

    @property
    def owner(self) -> Owner | None:
        """The request that waits for an answer to it."""
        return self._owner

    def prepare_body(self, msg_id: int) -> None:
        """Make the body for this id, if it depends on it."""
        if self._prepare is not None and self._owner is not None:
            self._body = self._prepare(self._owner, msg_id)

    def release_owner(self) -> None:
        """Forget the owner, which refers to this message: without the reference cycle both are freed at once."""
        self._owner = self._prepare = None

    def detach_owner(self) -> None:
        """No answer to it is expected any more."""
        self._owner = None

    # -- its place in the queue -------------------------------------------------------------------------------------

    @property
    def waiting(self) -> bool:
        """Whether it is in the queue."""
        return self._waiting

    @property
    def withdrawn(self) -> bool:
        """Whether it must not be sent any more."""
        return self._withdrawn

    def enter_queue(self) -> None:
        """It waits to be sent."""
        self._waiting = True

    def leave_queue(self) -> None:
        """It is sent, or dropped."""
        self._waiting = False

    def withdraw(self) -> None:
        """Do not send it, if it is still queued."""
        self._withdrawn = True

    # -- its sending ------------------------------------------------------------------------------------------------

    @property
    def msg_id(self) -> int:
        """Its message id; 0 until it is sent."""
        return self._msg_id

    @property
    def seqno(self) -> int:
        """Its sequence number."""
        return self._seqno

    @property
    def sent_at(self) -> float:
        """When it got its numbers, in our time."""
        return self._sent_at

    @property
    def envelope_id(self) -> int:
        """The message id of the container that it was sent in, or its own."""
        return self._envelope_id

    @property
    def repeated(self) -> bool:
        """Whether it was sent more than once under its present id."""
        return self._repeated

    def set_numbers(self, msg_id: int, seqno: int, now: float) -> None:
        """It is sent under a new id."""
        self._msg_id, self._seqno, self._sent_at = msg_id, seqno, now

    def mark_repeated(self) -> None:
        """It is sent again under the same id."""
        self._repeated = True

    def set_envelope(self, envelope_id: int) -> None:
        """It is sent in this envelope."""
        self._envelope_id = envelope_id

    def clear_id(self) -> None:
        """It gets a new id when it is sent next; nothing is known of its delivery under that one."""
        self._msg_id = 0
        self._repeated = self._acknowledged = False
        self._refused_at = None

    def copy_with_new_id(self) -> OutgoingMessage[Owner]:
        """The same message, to be sent under a new id after the peer has rejected it."""
        return OutgoingMessage(
            self._body,
            self._owner,
            content_related=self.content_related,
            kind=self.kind,
            asks=self.asks,
            quick_ack=self.quick_ack,
            prepare=self._prepare,
            reserve=self.reserve,
            resend_count=self._resend_count + 1,
        )

    # -- what the peer has reported ---------------------------------------------------------------------------------

    @property
    def acknowledged(self) -> bool:
        """Whether the peer has acknowledged it."""
        return self._acknowledged

    @property
    def refused_at(self) -> float | None:
        """When the peer has reported that it accepts no message of so low an id any more; None if it has not."""
        return self._refused_at

    @property
    def resend_count(self) -> int:
        """How often it was sent again because the peer rejected it (MS18)."""
        return self._resend_count

    @property
    def asked_for(self) -> int:
        """How often it was sent again because of msg_resend_req (MS18)."""
        return self._asked_for

    def set_acknowledged(self) -> None:
        """The peer has acknowledged it."""
        self._acknowledged = True

    def set_refused(self, now: float) -> None:
        """The peer accepts no message of so low an id any more (code 20 of bad_msg_notification)."""
        self._refused_at = now

    def count_resend_request(self) -> None:
        """The peer has requested it once more (msg_resend_req)."""
        self._asked_for += 1

    def count_rejection(self) -> int:
        """The peer has rejected it, and it is sent again; returns how often."""
        self._resend_count += 1
        return self._resend_count
