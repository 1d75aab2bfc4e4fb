"""What the engine records while it works, for logs, metrics and files: connections, handshakes, messages and requests.

    class Printer:
        def record(self, event: trace.TraceEvent, now: float) -> None:
            print(now, event)

    connection = Connection(config, tracer=Printer(), entropy=os.urandom, now=now)

A tracer is an argument of `Connection`, `ServerConnection`, `Client` and the embedded `DataCenter`. The package
`sansio_tl_transports.tracing` has tracers for `logging`, OpenTelemetry and qlog files. Without a tracer nothing is
recorded, and no event is made.

No event carries a key, a salt, a nonce, a code or a password: sizes, ids and names only. Contents are recorded if the
tracer has an attribute `wants_contents` that is true; they are reprs, in which secrets are hidden, but the texts of
messages are not. Texts from the peer (`error`, `reason`, `kind`) are as received: escape them before you show them.

An exception that `record` raises leaves the engine through the call that caused the event, whose effects are then
incomplete: treat it as a bug of the tracer, and end the connection, as the adapters do.
"""

from __future__ import annotations

from typing import Protocol, TypeAlias

import msgspec

__all__ = [
    "AccountLoggedOut",
    "AccountMoved",
    "CombinedTracer",
    "ConnectionFailed",
    "ConnectionOpened",
    "ConnectionRequested",
    "ConnectionTerminated",
    "HandshakeStarted",
    "HandshakeStep",
    "KeyBound",
    "KeyCreated",
    "KeyNotFound",
    "MessageDiscarded",
    "MessageReceived",
    "MessageRejected",
    "MessageSent",
    "MessageUndecodable",
    "PacketReceived",
    "PacketSent",
    "QueryAnswered",
    "QueryReceived",
    "ReconnectScheduled",
    "RequestDelayed",
    "RequestFinished",
    "RequestRedirected",
    "RequestResent",
    "RequestSent",
    "RequestStarted",
    "SaltChanged",
    "SessionStarted",
    "TraceEvent",
    "Tracer",
    "UpdatesArrived",
    "wants_contents",
]


class Tracer(Protocol):
    """What takes the events. It must not call the engine back."""

    def record(self, event: TraceEvent, now: float) -> None:
        """Take an event that happened at `now`, in the time of the engine: seconds since the Unix epoch."""
        ...


class _Event(msgspec.Struct, frozen=True, gc=False, tag=True):
    """An event; its fields are numbers, texts and tuples of them."""


# -- connections -----------------------------------------------------------------------------------------------------


class ConnectionRequested(_Event, frozen=True, gc=False):
    """A client needs a connection (`Connect`)."""

    connection: int
    """Identifies the connection in every further event of the same client or data center."""
    dc_id: int
    endpoints: tuple[str, ...]
    """The candidates, best first: host and port."""


class ConnectionOpened(_Event, frozen=True, gc=False):
    """A connection is open, and the engine for it exists."""

    connection: int
    dc_id: int
    role: str
    """Ours: "client" or "server"."""
    endpoint: str | None
    """Host and port, if the driver has reported them."""


class ConnectionFailed(_Event, frozen=True, gc=False):
    """A connection could not be opened, or was not needed any more before it was open."""

    connection: int
    dc_id: int
    reason: str


class ConnectionTerminated(_Event, frozen=True, gc=False):
    """A connection has ended."""

    connection: int
    dc_id: int
    reason: str | None
    """None if either side closed it between two packets."""


class ReconnectScheduled(_Event, frozen=True, gc=False):
    """A client connects again after the back-off."""

    dc_id: int
    retry_at: float
    """In the time of the engine."""
    reason: str
    """Why the last connection ended."""


# -- handshakes and keys ---------------------------------------------------------------------------------------------


class HandshakeStarted(_Event, frozen=True, gc=False):
    """A client starts to make an auth key."""

    connection: int
    temporary: bool


class HandshakeStep(_Event, frozen=True, gc=False):
    """An unencrypted message of a handshake."""

    connection: int
    kind: str
    """The TL name of its constructor."""
    size: int
    """Bytes of its body."""
    sent: bool
    """Whether it went out; False if it came in."""


class KeyCreated(_Event, frozen=True, gc=False):
    """A handshake has made an auth key."""

    connection: int
    auth_key_id: str
    """16 hexadecimal digits. Every encrypted packet begins with this id; it is not secret."""
    expires_in: int | None
    """Lifetime of a temporary key in seconds; None for a permanent one."""


class KeyBound(_Event, frozen=True, gc=False):
    """The server has bound the temporary key to the permanent one."""

    connection: int
    expires_at: int
    """Server time, in seconds."""


class KeyNotFound(_Event, frozen=True, gc=False):
    """A data center has reported repeatedly that it does not know the permanent key (-404)."""

    dc_id: int


class SaltChanged(_Event, frozen=True, gc=False):
    """The server has sent another salt."""

    connection: int
    reason: str
    """The message that brought it: bad_server_salt or new_session_created."""


# -- packets and messages --------------------------------------------------------------------------------------------


class PacketSent(_Event, frozen=True, gc=False):
    """A packet goes into the framing."""

    connection: int
    size: int
    """Bytes, without what the framing adds."""


class PacketReceived(_Event, frozen=True, gc=False):
    """A packet has left the framing. It is not decrypted yet."""

    connection: int
    size: int
    """Bytes, without what the framing adds."""


class MessageSent(_Event, frozen=True, gc=False):
    """A message of a session, a container or a message in one is sent, perhaps not for the first time."""

    connection: int
    msg_id: int
    """Signed 64 bit."""
    seqno: int
    size: int
    """Bytes of the body."""
    kind: str
    """The TL name of the constructor, or of the innermost function of a request; 0x and 8 digits if it is unknown."""
    container: int | None
    """The msg_id of the container that it is in."""
    result: str | None
    """Of rpc_result: the kind of the result."""
    refers_to: tuple[int, ...]
    """The messages that it is about: the request of an rpc_result, what msgs_ack acknowledges (the first ones) ..."""
    again: bool
    """Whether it was sent under this id before."""
    content: str | None
    """Its repr, if the tracer wants contents."""


class MessageReceived(_Event, frozen=True, gc=False):
    """A message of a session, a container or a message in one has arrived and is decrypted. It is not checked yet."""

    connection: int
    msg_id: int
    seqno: int
    size: int
    kind: str
    container: int | None
    result: str | None
    refers_to: tuple[int, ...]
    content: str | None


class MessageDiscarded(_Event, frozen=True, gc=False):
    """A message of the peer violates a rule and has no effect."""

    connection: int
    msg_id: int
    check: str
    """The id of the rule, for example ``"MS3"``."""
    reason: str


class MessageUndecodable(_Event, frozen=True, gc=False):
    """A message of the peer could not be decoded."""

    connection: int
    check: str
    reason: str


class MessageRejected(_Event, frozen=True, gc=False):
    """The server has rejected a message of ours (bad_msg_notification, bad_server_salt)."""

    connection: int
    msg_id: int
    code: int
    name: str
    """The code in words: ``"MSG_ID_TOO_LOW"``."""


class SessionStarted(_Event, frozen=True, gc=False):
    """The server has begun a new session."""

    connection: int
    first_msg_id: int | None
    """Client role: the first message of ours that belongs to it."""


class UpdatesArrived(_Event, frozen=True, gc=False):
    """The server has sent updates."""

    connection: int
    kind: str
    """The TL name of their constructor."""


# -- requests of a client --------------------------------------------------------------------------------------------


class RequestStarted(_Event, frozen=True, gc=False):
    """A request was made."""

    request: int
    """Identifies the request in every further event of the same client or connection."""
    method: str
    dc_id: int
    internal: bool
    """Whether the client makes it for itself."""


class RequestSent(_Event, frozen=True, gc=False):
    """A request is sent for the first time."""

    request: int
    method: str
    connection: int
    dc_id: int
    msg_id: int


class RequestResent(_Event, frozen=True, gc=False):
    """A request is sent again."""

    request: int
    method: str
    connection: int
    dc_id: int
    msg_id: int
    same_id: bool
    """Whether it keeps its message id, by which the server recognises it."""
    reason: str
    """What caused that: the message of the server, its error, or "reconnect"."""


class RequestRedirected(_Event, frozen=True, gc=False):
    """A request is sent to another data center because of an error (303)."""

    request: int
    method: str
    from_dc: int
    to_dc: int
    error: str


class RequestDelayed(_Event, frozen=True, gc=False):
    """A request waits because of FLOOD_WAIT, and is sent again afterwards."""

    request: int
    method: str
    seconds: int


class RequestFinished(_Event, frozen=True, gc=False):
    """A request has its outcome, or its caller does not want it any more."""

    request: int
    method: str
    dc_id: int
    """The data center that it was sent to last."""
    outcome: str
    """"result", "error", "unknown" or "cancelled"."""
    duration: float
    """Seconds since it was made."""
    sends: int
    """How often it was sent."""
    error: str | None
    """The text of the error, or why the outcome is unknown."""
    code: int | None
    """The code of an RPC error."""
    content: str | None
    """The repr of the result, if the tracer wants contents."""


# -- the account of a client -----------------------------------------------------------------------------------------


class AccountMoved(_Event, frozen=True, gc=False):
    """The account lives in another data center."""

    dc_id: int


class AccountLoggedOut(_Event, frozen=True, gc=False):
    """No user is logged in any more."""

    error: str


# -- requests of a server --------------------------------------------------------------------------------------------


class QueryReceived(_Event, frozen=True, gc=False):
    """Server role: a request of a client is reported to the application."""

    connection: int
    msg_id: int
    method: str
    layer: int | None
    """The layer of the client, if it has sent invokeWithLayer."""
    content: str | None


class QueryAnswered(_Event, frozen=True, gc=False):
    """Server role: the application has answered."""

    connection: int
    msg_id: int
    method: str
    duration: float | None
    """Seconds since it was reported; None if that was on another connection."""
    error: str | None
    code: int | None


TraceEvent: TypeAlias = (
    ConnectionRequested
    | ConnectionOpened
    | ConnectionFailed
    | ConnectionTerminated
    | ReconnectScheduled
    | HandshakeStarted
    | HandshakeStep
    | KeyCreated
    | KeyBound
    | KeyNotFound
    | SaltChanged
    | PacketSent
    | PacketReceived
    | MessageSent
    | MessageReceived
    | MessageDiscarded
    | MessageUndecodable
    | MessageRejected
    | SessionStarted
    | UpdatesArrived
    | RequestStarted
    | RequestSent
    | RequestResent
    | RequestRedirected
    | RequestDelayed
    | RequestFinished
    | AccountMoved
    | AccountLoggedOut
    | QueryReceived
    | QueryAnswered
)


class CombinedTracer:
    """Passes each event to several tracers, in their order. They get contents if one of them wants them."""

    def __init__(self, *tracers: Tracer) -> None:
        self.tracers = tracers
        self.wants_contents = any(map(wants_contents, tracers))
        """Whether one of them wants contents; the others get events without."""
        self._with_contents = tuple(filter(wants_contents, tracers))
        self._without = tuple(tracer for tracer in tracers if not wants_contents(tracer))

    def record(self, event: TraceEvent, now: float) -> None:
        """Take an event."""
        for tracer in self._with_contents:
            tracer.record(event, now)
        if self._without:
            if self._with_contents and getattr(event, "content", None) is not None:
                event = msgspec.structs.replace(event, content=None)
            for tracer in self._without:
                tracer.record(event, now)


def wants_contents(tracer: Tracer) -> bool:
    """Whether a tracer wants the contents of messages: its attribute `wants_contents` is true."""
    return bool(getattr(tracer, "wants_contents", False))
