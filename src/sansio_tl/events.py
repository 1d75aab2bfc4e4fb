"""The events of the engine.

Each request ends in exactly one of `ResultReceived`, `RequestFailed` and `OutcomeUnknown`. `ConnectionClosed` comes
once and last.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar

import msgspec

if TYPE_CHECKING:
    from sansio_tl.auth.flow import Flow
    from sansio_tl.auth.prompts import Prompt
    from sansio_tl.crypto.auth_key import AuthKey
    from sansio_tl.errors import ConnectionLostError, RpcError, TransportError
    from sansio_tl.errors.protocol import ProtocolError, RemoteProtocolError
    from sansio_tl.mtproto.client.request import RequestHandle
    from sansio_tl.mtproto.server.session import IncomingRequest, ServerSession
    from sansio_tl.tl.objects import TLObject

R_co = TypeVar("R_co", covariant=True)

__all__ = [
    "AuthKeyCreated",
    "AuthKeyDestroyed",
    "BadMessage",
    "ConnectionClosed",
    "Event",
    "FlowFailed",
    "FlowFinished",
    "FlowMoved",
    "InputRequired",
    "MessageIgnored",
    "Outcome",
    "OutcomeUnknown",
    "QuickAckReceived",
    "RequestCancelled",
    "RequestFailed",
    "RequestReceived",
    "ResultReceived",
    "SessionCreated",
    "SessionOpened",
    "TemporaryKeyBound",
    "UndecodableMessage",
    "UpdatesReceived",
]


@dataclass(frozen=True, slots=True)
class AuthKeyCreated:
    """The handshake is complete. Save the key: it identifies this device, and is a secret."""

    auth_key: AuthKey
    """The new key."""
    server_salt: int = field(repr=False)
    """The first salt, signed 64 bit."""
    time_offset: float
    """Server time minus ours, in seconds."""
    dc: int | None = None
    """Server role: the data center that the client has named."""
    expires_in: int | None = None
    """Lifetime of a temporary key in seconds; None for a permanent key."""


@dataclass(frozen=True, slots=True)
class TemporaryKeyBound:
    """Perfect forward secrecy: the temporary key is bound to the permanent one."""

    expires_at: int
    """Server time, in seconds, at which the temporary key ends."""


class ResultReceived(msgspec.Struct, Generic[R_co], frozen=True):
    """A request succeeded."""

    handle: RequestHandle[R_co]
    """The request, as `invoke` returned it; `handle.result()` has the type of the function's result."""
    result: R_co
    """The result of the function."""


@dataclass(frozen=True, slots=True)
class RequestFailed:
    """A request failed: the server answered with an error, or its answer could not be decoded."""

    handle: RequestHandle[Any]
    """The request, as `invoke` returned it."""
    error: RpcError | RemoteProtocolError
    """The error of the server, or of decoding its answer."""
    data: bytes = field(default=b"", repr=False)
    """The bytes of an answer that could not be decoded."""


@dataclass(frozen=True, slots=True)
class QuickAckReceived:
    """The server has received the packet with this request; the answer follows."""

    handle: RequestHandle[Any]
    """The request, as `invoke` returned it."""


@dataclass(frozen=True, slots=True)
class OutcomeUnknown:
    """Whether the server executed the request is unknown and will stay so."""

    handle: RequestHandle[Any]
    """The request, as `invoke` returned it."""
    reason: str
    """Why, in a sentence."""


@dataclass(frozen=True, slots=True)
class UpdatesReceived:
    """The server sent an update: an object of type Updates."""

    updates: TLObject
    """The object."""


@dataclass(frozen=True, slots=True)
class UndecodableMessage:
    """A message could not be decoded; the session continues without it."""

    data: bytes = field(repr=False)
    error: RemoteProtocolError


@dataclass(frozen=True, slots=True)
class SessionCreated:
    """The server has begun a new session. Updates since the last one may be missing: ask for the difference."""

    first_msg_id: int
    unique_id: int


@dataclass(frozen=True, slots=True)
class MessageIgnored:
    """A message of the peer violated a rule and had no effect; the connection continues."""

    msg_id: int
    check: str
    """The id of the rule, for example ``"MS3"``."""
    reason: str


@dataclass(frozen=True, slots=True)
class BadMessage:
    """The server rejected a message (bad_msg_notification); the session has handled it."""

    msg_id: int
    code: int
    """The error code of bad_msg_notification, 16 to 64."""


@dataclass(frozen=True, slots=True)
class ConnectionClosed:
    """The connection has ended; no event follows. Write what `data_to_send` still returns, then close."""

    error: ProtocolError | TransportError | None
    """The reason; None if either side closed the connection between two packets."""


@dataclass(frozen=True, slots=True)
class SessionOpened:
    """Server role: a client has started a session."""

    session: ServerSession


@dataclass(frozen=True, slots=True)
class RequestReceived:
    """Server role: answer with `ServerConnection.send_result` or `send_error`."""

    request: IncomingRequest


@dataclass(frozen=True, slots=True)
class AuthKeyDestroyed:
    """Server role: the client has destroyed its key, or a temporary key of its has ended because it has bound too many
    (MS46). Log it out: what is stored under this id is not needed any more.
    """

    auth_key_id: bytes


@dataclass(frozen=True, slots=True)
class RequestCancelled:
    """Server role: a request that was reported is dropped. The client does not want the answer any more
    (rpc_drop_answer), or its session has ended. Stop the work on it and call `ServerConnection.release_request`, or
    answer: nothing is sent. Until then the request counts for the client (MS34).

    It is reported on the connection that ended the session or the session's own. If there is none, only
    `IncomingRequest.dropped` is set.
    """

    request: IncomingRequest


@dataclass(frozen=True, slots=True)
class InputRequired:
    """A flow that was started with `run` needs input: call a method of the flow, then `run` again.

    If time or an update moves the flow before that, it continues by itself, and the prompt is void.
    """

    flow: Flow[Any]
    prompt: Prompt
    """What the user must enter."""


@dataclass(frozen=True, slots=True)
class FlowFinished:
    """A flow has ended: `flow.result` is its result or, if `flow.error` is not None, that is the reason of its failure.

    It does not run any more.
    """

    flow: Flow[Any]


@dataclass(frozen=True, slots=True)
class FlowFailed:
    """A flow cannot continue by itself, and does not run any more; `run` continues it.

    After a RemoteProtocolError (AU1, AU2, or an answer that cannot be decoded) it awaits the input that it had before.
    After a ConnectionLostError it is unknown whether its last request was executed, and `run` repeats that.
    """

    flow: Flow[Any]
    error: ProtocolError | ConnectionLostError


@dataclass(frozen=True, slots=True)
class FlowMoved:
    """A flow that ran over a single connection continues at another data center: connect there, and `run` it there."""

    flow: Flow[Any]
    dc_id: int
    """The number of that data center."""


Outcome: TypeAlias = ResultReceived[object] | RequestFailed | OutcomeUnknown
"""The event that ends a request."""

Event: TypeAlias = (
    AuthKeyCreated
    | TemporaryKeyBound
    | ResultReceived[object]
    | RequestFailed
    | QuickAckReceived
    | OutcomeUnknown
    | UpdatesReceived
    | UndecodableMessage
    | SessionCreated
    | MessageIgnored
    | BadMessage
    | ConnectionClosed
    | SessionOpened
    | RequestReceived
    | RequestCancelled
    | AuthKeyDestroyed
    | InputRequired
    | FlowFinished
    | FlowFailed
    | FlowMoved
)
