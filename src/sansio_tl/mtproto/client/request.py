"""A request of the client and the handle that its caller holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar

from sansio_tl.mtproto.send_queue import OutgoingMessage
from sansio_tl.tl.objects import Function

R_co = TypeVar("R_co", covariant=True)


class RequestHandle(Generic[R_co]):
    """Names a request in events. It stays the same however often the request is sent under a new message id."""

    __slots__ = ("function",)

    def __init__(self, function: Function[R_co]) -> None:
        self.function = function
        """The request itself; its repr masks what is secret."""

    def __repr__(self) -> str:
        return f"<RequestHandle of {self.function.NAME} at {id(self):#x}>"


class PendingRequest:
    """A request that is not answered yet. The session's `RequestQueue` keeps it."""

    __slots__ = (
        "_dependents",
        "_sent_ids",
        "after",
        "body",
        "failed",
        "handle",
        "initialising",
        "internal",
        "number",
        "outgoing",
        "quick_ack",
        "resend_count",
        "service",
        "settled",
    )

    def __init__(
        self,
        handle: RequestHandle[object],
        body: bytes,
        *,
        number: int = 0,
        service: bool = False,
        internal: bool = False,
        quick_ack: bool = False,
    ) -> None:
        self.handle = handle
        self.body = body
        """The encoded function, without wrappers."""
        self.number = number
        """Its place in the order in which the requests of the session were made."""
        self.service = service
        """Whether it is a function of MTProto itself: answered without rpc_result, never wrapped."""
        self.internal = internal
        """Whether the session itself made it: no event reports its outcome."""
        self.quick_ack = quick_ack
        """Whether the caller wants an event when the server has received it."""
        self.after: PendingRequest | None = None
        """The request after which the server shall execute this one."""
        self._dependents: list[PendingRequest] = []
        self._sent_ids: list[int] = []
        self.resend_count = 0
        """How often it was sent again because the server rejected or lost it (MS18)."""
        self.outgoing: OutgoingMessage[PendingRequest] | None = None
        """The message that carries it, queued or sent."""
        self.settled = False
        """Whether it is answered or abandoned."""
        self.failed = False
        """Whether the answer was an error."""
        self.initialising = False
        """Whether it was last sent in invokeWithLayer and initConnection."""

    def set_predecessor(self, predecessor: PendingRequest) -> None:
        """Let the server execute it after `predecessor`."""
        self.after = predecessor
        predecessor._dependents.append(self)

    @property
    def dependents(self) -> Sequence[PendingRequest]:
        """The requests that the server shall execute after this one."""
        return self._dependents

    @property
    def sent_ids(self) -> Sequence[int]:
        """Every message id it was sent under; an answer to any of them counts."""
        return self._sent_ids

    @property
    def latest_id(self) -> int:
        """The message id under which it was sent last; 0 if it was not."""
        if self.outgoing is not None and self.outgoing.msg_id:
            return self.outgoing.msg_id
        return self._sent_ids[-1] if self._sent_ids else 0

    @property
    def follows_a_failure(self) -> bool:
        """Whether its predecessor has failed: the server would let this request fail too (L1)."""
        return self.after is not None and self.after.failed

    @property
    def has_left(self) -> bool:
        """Whether it was sent under the numbers that it has now."""
        return self.outgoing is not None and bool(self.outgoing.msg_id)

    def add_sent_id(self, msg_id: int) -> None:
        """It was sent under `msg_id`, perhaps not for the first time."""
        if not self._sent_ids or self._sent_ids[-1] != msg_id:
            self._sent_ids.append(msg_id)

    def forget_sent_ids(self) -> None:
        """No answer to what was sent so far counts any more."""
        self._sent_ids.clear()

    def set_outgoing(self, outgoing: OutgoingMessage[PendingRequest]) -> None:
        """Replace the message that carries it; the old one is not sent if it is still queued."""
        if self.outgoing is not None:
            self.outgoing.withdraw()
        self.outgoing = outgoing

    def set_initialising(self, *, initialising: bool) -> None:
        """It is sent in initConnection now, or without."""
        self.initialising = initialising

    def set_resend_count(self, count: int) -> None:
        """It has been sent again `count` times."""
        self.resend_count = count

    def settle(self) -> None:
        """It is answered or abandoned: nothing of it is sent any more."""
        self.settled = True
        if self.outgoing is not None:
            self.outgoing.withdraw()
            self.outgoing.release_owner()

    def set_failed(self) -> None:
        """The answer is an error."""
        self.failed = True
