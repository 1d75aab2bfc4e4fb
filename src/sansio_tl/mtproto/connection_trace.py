"""What a tracer receives of connections, packets and messages, for both roles.

The engine calls these methods only if it has a tracer. A call of its public methods begins with `enter`, which sets the
connection and the time of what follows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sansio_tl import codec, events, types
from sansio_tl.errors import RpcError
from sansio_tl.errors.protocol import RemoteProtocolError
from sansio_tl.limits import Limits
from sansio_tl.mtproto.bad_msg_codes import BadMsgCode
from sansio_tl.mtproto.client.request import PendingRequest, RequestHandle
from sansio_tl.mtproto.client.request_trace import RequestTrace, duration, shortened_repr
from sansio_tl.mtproto.container import CONTAINER, unpack_gzip
from sansio_tl.mtproto.message import Message
from sansio_tl.mtproto.message_kinds import kind_at, references, result_kind
from sansio_tl.mtproto.outgoing_message import OutgoingMessage
from sansio_tl.mtproto.plain_message import PLAIN_OVERHEAD
from sansio_tl.mtproto.server.session import IncomingRequest
from sansio_tl.role import Role
from sansio_tl.tl.objects import Function
from sansio_tl.trace import (
    ConnectionOpened,
    ConnectionTerminated,
    HandshakeStarted,
    HandshakeStep,
    KeyBound,
    KeyCreated,
    MessageDiscarded,
    MessageReceived,
    MessageRejected,
    MessageSent,
    MessageUndecodable,
    PacketReceived,
    PacketSent,
    QueryAnswered,
    QueryReceived,
    SaltChanged,
    SessionStarted,
    TraceEvent,
    Tracer,
    UpdatesArrived,
    wants_contents,
)

_WITHOUT_CONTENT = frozenset(
    {
        CONTAINER,
        *(
            with_salt.ID.to_bytes(4, "little")
            for with_salt in (types.mtproto.NewSessionCreated, types.mtproto.BadServerSalt, types.mtproto.FutureSalts)
        ),
    }
)
"""Constructors of messages whose contents are not recorded: containers, and what holds salts."""
_MAX_QUERIES = 10_000
"""Reported requests whose times are remembered, for each connection."""


class ConnectionTrace:
    """Records one connection of a server, or those of one session of a client."""

    def __init__(self, tracer: Tracer, dc_id: int, role: Role, limits: Limits, now: float) -> None:
        self._tracer = tracer
        self._dc_id = dc_id
        self._role = role
        self._limits = limits
        self._wants_contents = wants_contents(tracer)
        self._connection = 0
        self._now = now
        self._cause = ""
        self._endpoint: str | None = None

    @property
    def cause(self) -> str:
        """What the engine is acting on: the kind of a message, or "reconnect"."""
        return self._cause

    def enter(self, connection_id: int, now: float) -> None:
        """What follows happens on that connection, at that time."""
        self._connection, self._now = connection_id, now

    def set_cause(self, cause: str) -> None:
        """The engine is acting on that."""
        self._cause = cause

    def record(self, event: TraceEvent) -> None:
        """Record an event."""
        self._tracer.record(event, self._now)

    # -- connections and handshakes ---------------------------------------------------------------------------------

    def set_endpoint(self, endpoint: str | None) -> None:
        """The next connection is open to that host and port."""
        self._endpoint = endpoint

    def opened(self) -> None:
        """The connection is open."""
        self.record(ConnectionOpened(self._connection, self._dc_id, self._role.value, self._endpoint))

    def terminated(self, error: Exception | None) -> None:
        """The connection has ended."""
        self.record(ConnectionTerminated(self._connection, self._dc_id, None if error is None else str(error)))

    def handshake_started(self, *, temporary: bool) -> None:
        """A handshake starts."""
        self.record(HandshakeStarted(self._connection, temporary))

    def handshake_step(self, body: bytes, *, sent: bool) -> None:
        """An unencrypted message."""
        self.record(HandshakeStep(self._connection, kind_at(body), len(body), sent))

    def plain_packet_sent(self, packet: bytes) -> None:
        """A packet with an unencrypted message is sent."""
        self.packet_sent(len(packet))
        self.handshake_step(packet[PLAIN_OVERHEAD:], sent=True)

    # -- packets and messages ---------------------------------------------------------------------------------------

    def packet_received(self, size: int) -> None:
        """A packet has arrived."""
        self.record(PacketReceived(self._connection, size))

    def packet_sent(self, size: int) -> None:
        """A packet is sent."""
        self.record(PacketSent(self._connection, size))

    def received(self, message: Message, container: int | None = None) -> None:
        """A message has arrived, by itself or in a container."""
        body = message.body
        self.record(
            MessageReceived(
                self._connection,
                message.msg_id,
                message.seqno,
                len(body),
                kind_at(body),
                container,
                result_kind(body),
                references(body),
                self._content(body),
            )
        )

    def received_all(self, envelope: Message, messages: Sequence[Message] | RemoteProtocolError) -> None:
        """A packet has arrived with this message; `messages` are what is in it, if that can be read."""
        self.received(envelope)
        if not isinstance(messages, RemoteProtocolError):
            for message in messages:
                if message is not envelope:
                    self.received(message, envelope.msg_id)

    def sent(self, message: Message, parts: Sequence[OutgoingMessage[Any]]) -> None:
        """A message is sent; `parts` are what it contains if it is a container, otherwise itself."""
        container = message.msg_id if message.constructor == CONTAINER else None
        if container is not None or not parts:
            self._message_sent(message.msg_id, message.seqno, message.body, None, again=False)
        for part in parts:
            self._part_sent(part, container)

    def _part_sent(self, part: OutgoingMessage[Any], container: int | None) -> None:
        """A message that a session remembers is sent."""
        self._message_sent(part.msg_id, part.seqno, part.body, container, again=part.repeated)

    def _message_sent(
        self,
        msg_id: int,
        seqno: int,
        body: bytes,
        container: int | None,
        *,
        again: bool,
        function: Function[Any] | None = None,
    ) -> None:
        """`function` is what a request asks for, without its wrappers."""
        if function is None:
            kind, content = kind_at(body), self._content(body)
        else:
            kind = function.NAME.removeprefix("mtproto.")
            content = shortened_repr(function) if self._wants_contents else None
        self.record(
            MessageSent(
                self._connection,
                msg_id,
                seqno,
                len(body),
                kind,
                container,
                result_kind(body),
                references(body),
                again,
                content,
            )
        )

    def _content(self, body: bytes) -> str | None:
        """The repr of a message, if the tracer asks for it. Results are recorded with their requests."""
        if not self._wants_contents or body[:4] in _WITHOUT_CONTENT or result_kind(body) is not None:
            return None
        try:
            return shortened_repr(codec.decode(unpack_gzip(body, self._limits), self._limits))
        except RemoteProtocolError as error:
            return f"<{error}>"

    # -- events -----------------------------------------------------------------------------------------------------

    def reporting(self, report: Callable[[events.Event], None]) -> Callable[[events.Event], None]:
        """Record events that `report` takes before it takes them."""

        def record_and_report(event: events.Event) -> None:
            self.on_event(event)
            report(event)

        return record_and_report

    def on_event(self, event: events.Event) -> None:
        """Record an event of the connection, if it concerns more than its caller."""
        connection = self._connection
        match event:
            case events.AuthKeyCreated():
                self.record(KeyCreated(connection, event.auth_key.id.hex(), event.expires_in))
            case events.TemporaryKeyBound():
                self.record(KeyBound(connection, event.expires_at))
            case events.MessageIgnored():
                self.record(MessageDiscarded(connection, event.msg_id, event.check, event.reason))
            case events.UndecodableMessage():
                self.record(MessageUndecodable(connection, event.error.check, str(event.error)))
            case events.BadMessage():
                name = _code_name(event.code)
                self._cause = f"{self._cause} {name}"
                self.record(MessageRejected(connection, event.msg_id, event.code, name))
                if event.code == BadMsgCode.BAD_SALT.value:
                    self.record(SaltChanged(connection, "bad_server_salt"))
            case events.SessionCreated():
                self.record(SessionStarted(connection, event.first_msg_id))
                self.record(SaltChanged(connection, "new_session_created"))
            case events.UpdatesReceived():
                self.record(UpdatesArrived(connection, event.updates.NAME))
            case _:
                pass


class ClientSessionTrace(ConnectionTrace):
    """Records the connections of one session of a client, and the sendings of its requests."""

    def __init__(
        self,
        tracer: Tracer,
        requests: RequestTrace,
        dc_id: int,
        limits: Limits,
        now: float,
        *,
        owns_requests: bool,
    ) -> None:
        """`owns_requests`: whether requests start and end in this session; otherwise a client records that."""
        super().__init__(tracer, dc_id, Role.CLIENT, limits, now)
        self._requests = requests
        self._owns_requests = owns_requests

    def request_started(self, handle: RequestHandle[Any]) -> None:
        """A request was made, in this session."""
        self._requests.start(handle, self._dc_id, self._now)

    def request_cancelled(self, handle: RequestHandle[Any]) -> None:
        """The caller does not want the answer."""
        if self._owns_requests:
            self._requests.cancel(handle, self._now)

    def will_resend(self, pending: PendingRequest) -> None:
        """A request is queued under a new id, perhaps not for the first time."""
        if pending.outgoing is not None:
            self._requests.set_reason(pending.handle, self._cause)

    def message_resent(self, outgoing: OutgoingMessage[PendingRequest]) -> None:
        """A message is queued to be sent again under its id."""
        if outgoing.owner is not None:
            self._requests.set_reason(outgoing.owner.handle, self._cause)

    def _part_sent(self, part: OutgoingMessage[Any], container: int | None) -> None:
        owner = part.owner
        if not isinstance(owner, PendingRequest):
            super()._part_sent(part, container)
            return
        function, again = owner.handle.function, part.repeated
        self._message_sent(part.msg_id, part.seqno, part.body, container, again=again, function=function)
        self._requests.sent(owner.handle, self._connection, self._dc_id, part.msg_id, self._now, same_id=again)

    def on_event(self, event: events.Event) -> None:
        """Record an event of the session; the end of a request, if it started here."""
        if isinstance(event, events.ResultReceived | events.RequestFailed | events.OutcomeUnknown):
            if self._owns_requests:
                self._requests.finish(event, self._now)
        else:
            super().on_event(event)


class ServerConnectionTrace(ConnectionTrace):
    """Records one connection of a server, and the requests that it reports."""

    def __init__(self, tracer: Tracer, dc_id: int, limits: Limits, now: float) -> None:
        super().__init__(tracer, dc_id, Role.SERVER, limits, now)
        self._reported_at: dict[tuple[int, int], float] = {}

    def on_event(self, event: events.Event) -> None:
        """Record an event of the connection, or a request that it reports."""
        match event:
            case events.RequestReceived(request=request):
                if len(self._reported_at) < _MAX_QUERIES:
                    self._reported_at[request.session.id, request.msg_id] = self._now
                content = shortened_repr(request.query) if self._wants_contents else None
                method = request.query.NAME
                self.record(QueryReceived(self._connection, request.msg_id, method, request.layer, content))
            case events.RequestCancelled(request=request):
                self._reported_at.pop((request.session.id, request.msg_id), None)
            case events.SessionOpened():
                self.record(SessionStarted(self._connection, None))
            case _:
                super().on_event(event)

    def answered(self, request: IncomingRequest, error: RpcError | None = None) -> None:
        """The application has answered a request."""
        reported_at = self._reported_at.pop((request.session.id, request.msg_id), None)
        took = None if reported_at is None else duration(reported_at, self._now)
        text = None if error is None else error.text
        code = None if error is None else error.code
        method = request.query.NAME
        self.record(QueryAnswered(self._connection, request.msg_id, method, took, text, code))


def _code_name(code: int) -> str:
    try:
        return BadMsgCode(code).name
    except ValueError:
        return "unknown"
