"""A request of ours and the handle that its caller holds."""

from __future__ import annotations

from typing import Generic, TypeVar

from sansio_tl.mtproto.send_queue import OutgoingMessage
from sansio_tl.tl.objects import Function

R_co = TypeVar("R_co", covariant=True)


class RequestHandle(Generic[R_co]):
    """Names a request in events. It stays the same however often the request travels under a new message id."""

    __slots__ = ("function",)

    def __init__(self, function: Function[R_co]) -> None:
        self.function = function
        """The request itself; its repr masks what is secret."""

    def __repr__(self) -> str:
        return f"<RequestHandle of {self.function.NAME} at {id(self):#x}>"


class PendingRequest:
    """A request that is not answered yet."""

    __slots__ = (
        "after",
        "body",
        "dependents",
        "failed",
        "handle",
        "initialising",
        "internal",
        "number",
        "outgoing",
        "quick_ack",
        "resend_count",
        "sent_ids",
        "service",
        "settled",
    )

    def __init__(self, handle: RequestHandle[object], body: bytes) -> None:
        self.handle = handle
        self.body = body
        """The encoded function, without wrappers."""
        self.after: PendingRequest | None = None
        """The request after which the server shall execute this one."""
        self.dependents: list[PendingRequest] = []
        """The requests that it shall execute after this one."""
        self.quick_ack = False
        """Whether the caller wants to know as soon as the server has it."""
        self.number = 0
        """Its place in the order in which the requests of the session were made."""
        self.service = False
        """Whether it is a function of MTProto itself: answered without rpc_result, never wrapped."""
        self.internal = False
        """Whether the session itself asked, so that no event tells of the answer."""
        self.sent_ids: list[int] = []
        """Every message id it was sent under; an answer to any of them counts."""
        self.resend_count = 0
        """How often the server refused it and it was sent again (MS18)."""
        self.outgoing: OutgoingMessage[PendingRequest] | None = None
        """The message that carries it, waiting or sent."""
        self.settled = False
        """Whether it is answered or given up."""
        self.failed = False
        """Whether the answer was an error."""
        self.initialising = False
        """Whether it last left wrapped in invokeWithLayer and initConnection."""

    def set_predecessor(self, predecessor: PendingRequest) -> None:
        """Let the server execute it after that one."""
        self.after = predecessor
        predecessor.dependents.append(self)

    @property
    def latest_id(self) -> int:
        """The message id under which it was sent last; 0 if it was not."""
        if self.outgoing is not None and self.outgoing.msg_id:
            return self.outgoing.msg_id
        return self.sent_ids[-1] if self.sent_ids else 0

    @property
    def follows_a_failure(self) -> bool:
        """Whether the request that it follows has failed: if it left, the server would let it fail too (L1)."""
        return self.after is not None and self.after.failed

    @property
    def has_left(self) -> bool:
        """Whether it is on its way, under the numbers that it has now."""
        return self.outgoing is not None and bool(self.outgoing.msg_id)

    def cancel_send(self) -> None:
        """Let the message that carries it not leave, if it has not left yet."""
        if self.outgoing is not None:
            self.outgoing.withdrawn = True

    def release(self) -> None:
        """Withdraw it, and let it know nothing of us: both are freed at once when they are no circle."""
        outgoing = self.outgoing
        if outgoing is not None:
            outgoing.withdrawn = True
            outgoing.owner = outgoing.prepare = None
