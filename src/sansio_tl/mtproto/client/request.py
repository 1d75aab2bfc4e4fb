"""A request of the client and the handle that its caller holds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, Generic, TypeVar

from sansio_tl.errors.protocol import LocalProtocolError, RemoteProtocolError
from sansio_tl.errors.rpc import RpcError
from sansio_tl.errors.transport import ConnectionLostError
from sansio_tl.mtproto.outgoing_message import OutgoingMessage
from sansio_tl.tl.objects import Function

R_co = TypeVar("R_co", covariant=True)

_PENDING: Final = 0
_SUCCEEDED: Final = 1
_FAILED: Final = 2
_CANCELLED: Final = 3


class RequestHandle(Generic[R_co]):
    """A request of a caller, and its outcome. It stays the same however often the request is sent again.

    `next_event` makes the handle `done` when it returns the event with the outcome: `ResultReceived`, `RequestFailed`
    or `OutcomeUnknown`.
    """

    __slots__ = ("_error", "_on_done", "_result", "_state", "function")

    def __init__(
        self, function: Function[R_co], on_done: Callable[[RequestHandle[R_co]], object] | None = None
    ) -> None:
        """`on_done` is called with this handle when it is `done`."""
        self.function = function
        """The function with its arguments; its repr masks secrets."""
        self._on_done = on_done
        self._state = _PENDING
        self._result: R_co
        self._error: RpcError | RemoteProtocolError | ConnectionLostError

    def __repr__(self) -> str:
        return f"<RequestHandle of {self.function.NAME} at {id(self):#x}>"

    @property
    def done(self) -> bool:
        """Whether the request has its outcome. A cancelled request has none."""
        return self._state in {_SUCCEEDED, _FAILED}

    def result(self) -> R_co:
        """The result of the function.

        Raises RpcError, with which the server has answered; RemoteProtocolError for an answer that cannot be decoded;
        ConnectionLostError when it is unknown, and will stay so, whether the server executed the request;
        LocalProtocolError when the request is not done, or was cancelled.
        """
        if self._state == _SUCCEEDED:
            return self._result
        if self._state == _PENDING:
            raise LocalProtocolError(f"{self.function.NAME} has no outcome yet")
        if self._state == _CANCELLED:
            raise LocalProtocolError(f"{self.function.NAME} was cancelled")
        raise self._error.with_traceback(None)

    def set_cancelled(self) -> None:
        """Called by the engine alone: there will be no outcome. `Connection.cancel` and `Client.cancel` cancel."""
        self._state = _CANCELLED
        self._on_done = None

    def set_result(self, result: Any) -> None:
        """Called by the engine alone: the request has this result. Calls `on_done`, once."""
        self._result = result
        self._state = _SUCCEEDED
        on_done, self._on_done = self._on_done, None
        if on_done is not None:
            on_done(self)

    def set_error(self, error: RpcError | RemoteProtocolError | ConnectionLostError) -> None:
        """Called by the engine alone: `result` raises this error. Calls `on_done`, once."""
        self._error = error
        self._state = _FAILED
        on_done, self._on_done = self._on_done, None
        if on_done is not None:
            on_done(self)


class PendingRequest:
    """A request that is not answered yet. The session's `RequestQueue` keeps it.

    Its attributes are read for every request, so they are no properties; only its own methods change them.
    """

    __slots__ = (
        "_dependents",
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
        "sent_ids",
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
        # What it is.
        self.handle: Final = handle
        """The handle of its caller."""
        self.body: Final = body
        """The encoded function, without wrappers."""
        self.number: Final = number
        """Its place in the order in which the requests of the session were made."""
        self.service: Final = service
        """Whether it is a function of MTProto itself: answered without rpc_result, never wrapped."""
        self.internal: Final = internal
        """Whether the session itself made it: no event reports its outcome."""
        self.quick_ack: Final = quick_ack
        """Whether the caller wants an event when the server has received it."""
        self.after: PendingRequest | None = None
        """The request after which the server shall execute this one."""
        self._dependents: list[PendingRequest] = []
        # Its sending.
        self.outgoing: OutgoingMessage[PendingRequest] | None = None
        """The message that carries it, queued or sent."""
        self.sent_ids: tuple[int, ...] = ()
        """Every message id under which it was sent; an answer to any of them is accepted."""
        self.resend_count = 0
        """How often it was sent again because the server rejected or lost it (MS18)."""
        self.initialising = False
        """Whether it was last sent in invokeWithLayer and initConnection."""
        # Its end.
        self.settled = False
        """Whether it is answered or abandoned."""
        self.failed = False
        """Whether the answer was an error."""

    @property
    def dependents(self) -> Sequence[PendingRequest]:
        """The requests that the server shall execute after this one."""
        return self._dependents

    @property
    def latest_id(self) -> int:
        """The message id under which it was sent last; 0 if it was not."""
        if self.outgoing is not None and self.outgoing.msg_id:
            return self.outgoing.msg_id
        return self.sent_ids[-1] if self.sent_ids else 0

    @property
    def is_sent(self) -> bool:
        """Whether it was sent in the message that carries it now."""
        return self.outgoing is not None and bool(self.outgoing.msg_id)

    @property
    def follows_a_failure(self) -> bool:
        """Whether its predecessor has failed: the server would let this request fail too (L1)."""
        return self.after is not None and self.after.failed

    # -- changes ----------------------------------------------------------------------------------------------------

    def set_predecessor(self, predecessor: PendingRequest) -> None:
        """Let the server execute it after `predecessor`."""
        self.after = predecessor
        predecessor.add_dependent(self)

    def add_dependent(self, dependent: PendingRequest) -> None:
        """The server shall execute `dependent` after it."""
        self._dependents.append(dependent)

    def add_sent_id(self, msg_id: int) -> None:
        """It was sent under `msg_id`, perhaps not for the first time."""
        if not self.sent_ids or self.sent_ids[-1] != msg_id:
            self.sent_ids += (msg_id,)

    def forget_sent_ids(self) -> None:
        """No answer to what was sent so far is accepted any more."""
        self.sent_ids = ()

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
        """It is answered or abandoned: it is not sent any more."""
        self.settled = True
        if self.outgoing is not None:
            self.outgoing.end()

    def set_failed(self) -> None:
        """The answer is an error."""
        self.failed = True
