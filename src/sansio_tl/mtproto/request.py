"""A request of ours and the handle that its caller holds."""

from __future__ import annotations

from typing import Generic, TypeVar

from sansio_tl.mtproto.outbox import Outgoing
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


class Pending:
    """A request that is not answered yet."""

    __slots__ = ("body", "handle", "initialising", "internal", "queued", "refusals", "sent_ids", "service")

    def __init__(self, handle: RequestHandle[object], body: bytes, *, service: bool, internal: bool) -> None:
        self.handle = handle
        self.body = body
        """The encoded function, without wrappers."""
        self.service = service
        """Whether it is a function of MTProto itself: answered without rpc_result, never wrapped."""
        self.internal = internal
        """Whether the session itself asked, so that no event tells of the answer."""
        self.sent_ids: list[int] = []
        """Every message id it was sent under; an answer to any of them counts."""
        self.refusals = 0
        """How often the server refused it and it was sent again (MS18)."""
        self.queued: Outgoing[Pending] | None = None
        """Its place in the outbox's queue, from being queued until it has left."""
        self.initialising = False
        """Whether it last left wrapped in invokeWithLayer and initConnection."""
