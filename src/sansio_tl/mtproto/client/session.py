"""The client's session: packets in and out, requests, keys, salts and the server's clock.

A session outlives its connection. It turns packets into events and queued messages into packets. Each part of its state
has an owner: `request_queue` the requests, `resend_policy` and `bad_messages` what is sent again, `message_filter`
the ids of the server's messages, `service_messages` and `rpc_results` the effects of messages.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from math import inf
from typing import Any, TypeVar

from sansio_tl import functions
from sansio_tl.codec import coder
from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.entropy import Entropy
from sansio_tl.errors.protocol import LocalProtocolError, RemoteProtocolError
from sansio_tl.errors.rpc import RpcError
from sansio_tl.events import Event, QuickAckReceived, UndecodableMessage
from sansio_tl.limits import Limits
from sansio_tl.mtproto.client import outcomes
from sansio_tl.mtproto.client.bad_messages import NewSession
from sansio_tl.mtproto.client.clock_sync import ClockSync
from sansio_tl.mtproto.client.destroy_requests import is_ending, session_ended_by
from sansio_tl.mtproto.client.http_polls import ClientHttpPolls
from sansio_tl.mtproto.client.keepalive import Keepalive
from sansio_tl.mtproto.client.message_filter import RPC_RESULT, ClientMessageFilter
from sansio_tl.mtproto.client.quick_acks import QuickAcks
from sansio_tl.mtproto.client.request import PendingRequest, RequestHandle
from sansio_tl.mtproto.client.request_queue import RequestQueue
from sansio_tl.mtproto.client.request_wrapper import RequestWrapper
from sansio_tl.mtproto.client.resend_policy import ResendPolicy
from sansio_tl.mtproto.client.rpc_results import RpcResults
from sansio_tl.mtproto.client.salts import Salts
from sansio_tl.mtproto.client.service_messages import ServiceMessages
from sansio_tl.mtproto.client.session_counts import SessionCounts
from sansio_tl.mtproto.client.temp_key_binding import TempKeyBinding
from sansio_tl.mtproto.connection_trace import ClientSessionTrace
from sansio_tl.mtproto.container import CONTAINER, GZIP_PACKED, split, unpack_gzip
from sansio_tl.mtproto.envelope import decrypt_message, encrypt_message
from sansio_tl.mtproto.handshake_common import HandshakeResult
from sansio_tl.mtproto.message import Message, OutgoingPacket
from sansio_tl.mtproto.message_kinds import kind_at
from sansio_tl.mtproto.outgoing_message import OutgoingMessage
from sansio_tl.mtproto.send_queue import SendQueue
from sansio_tl.mtproto.server_clock import ServerClock
from sansio_tl.role import CLIENT, SERVER
from sansio_tl.tl.objects import Function
from sansio_tl.validation import require

R = TypeVar("R")
_OVERHEAD = 512
"""More than the bytes that invokeAfterMsg and the envelope with its padding add to a request."""
_RETIRED_SESSIONS = 4


class ClientSession:
    """One session of one auth key."""

    def __init__(
        self,
        auth_key: AuthKey | None,
        *,
        salt: int = 0,
        time_offset: float | None = None,
        temporary: bool = False,
        init_connection_prefix: bytes,
        limits: Limits,
        entropy: Entropy,
        now: float,
        trace: ClientSessionTrace | None = None,
    ) -> None:
        """`auth_key` is None while a handshake is still to make it; requests wait until then.

        With `temporary` the key is a temporary one, and requests also wait until the server has accepted `bind`.

        `salt` may be out of date, the server sends the right one. `time_offset` is server time minus `now` in seconds,
        if it is known. `init_connection_prefix` is invokeWithLayer(initConnection(...)) up to where the query follows.
        """
        self._auth_key = auth_key
        self._limits = limits
        self._entropy = entropy
        self._session_id = self._random_long()
        self._retired: tuple[int, ...] = ()
        """The sessions that the server has refused, the latest few."""
        self._events: deque[Event] = deque()
        self._stale_check_at = inf
        self._trace = trace
        self._report = report = self._events.append if trace is None else trace.reporting(self._events.append)
        self._clock = ServerClock()
        if time_offset is not None:
            self._clock.synchronise(now + time_offset, now)
        self._salts = Salts(limits, salt, now)
        self._outbox: SendQueue[PendingRequest] = SendQueue(
            limits, on_resend=None if trace is None else trace.message_resent
        )
        self._binding = TempKeyBinding(self._session_id, temporary=temporary)
        self._http_polls = ClientHttpPolls(self._outbox)
        self._wrapper = RequestWrapper(init_connection_prefix, self._binding, limits, entropy)
        self._requests = RequestQueue(
            self._outbox,
            self._binding,
            self._wrapper,
            limits=limits,
            entropy=entropy,
            report=report,
            on_resend=None if trace is None else trace.will_resend,
        )
        self._quick_acks = QuickAcks()
        self._keepalive = Keepalive(self._outbox, limits, entropy, now)
        self._resend_policy = ResendPolicy(self._requests, self._outbox, self._binding, self._clock, limits)
        self._filter = ClientMessageFilter(self._clock, self._outbox, limits, report)
        self._clock_sync = ClockSync(self._clock, self._filter, self._requests, self._outbox, limits)
        self._rpc_results = RpcResults(self._requests, self._binding, self._wrapper, limits, report)
        self._service_messages = ServiceMessages(
            self._requests,
            self._outbox,
            self._filter,
            self._resend_policy,
            clock=self._clock,
            salts=self._salts,
            limits=limits,
            report=report,
        )

    # -- state ------------------------------------------------------------------------------------------------------

    @property
    def auth_key(self) -> AuthKey | None:
        """The key of the session; None while a handshake is still to make it."""
        return self._auth_key

    @property
    def session_id(self) -> int:
        """The id of the session, signed 64 bit; it changes when the server refuses the session."""
        return self._session_id

    @property
    def clock(self) -> ServerClock:
        """The server's clock."""
        return self._clock

    @property
    def salts(self) -> Salts:
        """The salts of the key."""
        return self._salts

    @property
    def trace(self) -> ClientSessionTrace | None:
        """Records what happens in the session; None without a tracer."""
        return self._trace

    @property
    def is_unbound(self) -> bool:
        """Whether the key is a temporary one that the server has not bound to the permanent one yet."""
        return self._binding.is_unbound

    @property
    def binding_error(self) -> RpcError | RemoteProtocolError | None:
        """Why the server did not accept `bind`: the temporary key is of no use."""
        return self._binding.error

    @property
    def init_acknowledged(self) -> bool:
        """Whether the server has answered a call that carried initConnection."""
        return self._wrapper.init_acknowledged

    def find_key(self, auth_key_id: bytes) -> AuthKey | None:
        """The session's key, if it has this id."""
        return self._auth_key if self._auth_key is not None and auth_key_id == self._auth_key.id else None

    def set_auth_key(self, auth_key: AuthKey) -> None:
        """Use this permanent key."""
        self._auth_key = auth_key

    def set_negotiated_key(self, negotiated: HandshakeResult, now: float) -> None:
        """Take the key, the first salt and the server's clock from a handshake."""
        self._auth_key = negotiated.auth_key
        self._salts.replace(negotiated.server_salt)
        self._clock.synchronise(negotiated.server_time, now)
        self._keepalive.on_receive(now)

    def bind(self, permanent: AuthKey, expires_at: int) -> None:
        """Bind `auth_key`, which is temporary, to `permanent` until server time `expires_at` (HS18).

        `TemporaryKeyBound` reports success; `binding_error` is the reason when it has failed.
        """
        self._requests.enqueue_binding(self._binding.begin(permanent, self._auth_key, expires_at))

    def counts(self) -> SessionCounts:
        """How much the session holds."""
        return SessionCounts(
            requests=len(self._requests.pending()),
            deferred=len(self._binding.deferred),
            queued=self._outbox.queued,
            remembered=self._outbox.remembered,
            remembered_unowned=self._outbox.remembered_unowned,
            window_ids=self._filter.window_ids,
            pending_acks=len(self._outbox.pending_acks),
            server_sessions=self._service_messages.server_sessions,
        )

    # -- events -----------------------------------------------------------------------------------------------------

    def report(self, event: Event) -> None:
        """Add an event, behind those that are there."""
        self._report(event)

    def take_event(self) -> Event | None:
        """The next event; None when there is none. If it is the outcome of a request, its handle is not done by that:
        a client may send the request again.
        """
        return self._events.popleft() if self._events else None

    def next_event(self) -> Event | None:
        """The next event, for the caller; None when there is none. If it is an outcome, its handle is done."""
        return outcomes.next_event(self._events) if self._events else None

    def take_events(self) -> list[Event]:
        """All events, when no connection takes them."""
        events = list(self._events)
        self._events.clear()
        return events

    # -- requests ---------------------------------------------------------------------------------------------------

    def invoke(
        self,
        function: Function[R],
        *,
        after: RequestHandle[object] | None = None,
        quick_ack: bool = False,
        on_done: Callable[[RequestHandle[R]], object] | None = None,
    ) -> RequestHandle[R]:
        """Queue a request. Raises EncodeError for a wrong value, LocalProtocolError when too many are unanswered or
        the request does not fit into a packet.

        The server executes it only after the request `after`, if that is unanswered yet (L1).
        """
        if self._requests.callers >= self._limits.max_pending_requests:
            raise LocalProtocolError(f"{self._requests.callers} requests are unanswered; wait for some of them")
        body = coder.encode(function)
        require(isinstance(function, Function), "function", "an object of a class of sansio_tl.functions", function)
        largest = min(self._limits.max_packet_size, self._limits.max_client_packet_size)
        if len(body) + self._wrapper.prefix_size + _OVERHEAD > largest:
            raise LocalProtocolError(f"{function.NAME} takes {len(body)} bytes, more than a packet may have")
        handle = RequestHandle(function, on_done)
        if self._trace is not None:
            self._trace.request_started(handle)
        self._requests.enqueue(handle, body, after=after, quick_ack=quick_ack)
        return handle

    def enqueue(
        self,
        handle: RequestHandle[Any],
        body: bytes,
        *,
        after: RequestHandle[object] | None = None,
        quick_ack: bool = False,
    ) -> None:
        """Queue a request that has its handle already; `body` is the encoded function."""
        self._requests.enqueue(handle, body, after=after, quick_ack=quick_ack)

    def cancel(self, handle: RequestHandle[object]) -> bool:
        """The answer is not needed any more: no event reports it. Returns whether it was not reported before."""
        pending = self._requests.get(handle)
        if pending is None:
            return outcomes.withdraw(self._events, handle)
        if self._trace is not None:
            self._trace.request_cancelled(handle)
        self._requests.remove_pending(pending)
        if pending.sent_ids and not pending.service:
            drop = functions.mtproto.RpcDropAnswer(req_msg_id=pending.sent_ids[-1])
            self._outbox.enqueue(OutgoingMessage(coder.encode(drop)))
        return True

    def pending(self) -> list[PendingRequest]:
        """Every unanswered request, oldest first."""
        return self._requests.pending()

    def is_pending(self, handle: RequestHandle[Any]) -> bool:
        """Whether the answer to this request has not come yet."""
        return self._requests.is_pending(handle)

    @property
    def has_callers(self) -> bool:
        """Whether a request of a caller is unanswered."""
        return self._requests.callers > 0

    @property
    def has_received(self) -> bool:
        """Whether the server has sent anything new over the present connection."""
        return self._keepalive.has_received

    def abandon_all(self, reason: str) -> None:
        """Settle every request of a caller as unknown."""
        for pending in self._requests.pending():
            if not pending.internal:
                self._requests.abandon(pending, reason)

    def abandon_sent(self, reason: str) -> None:
        """Settle every request of a caller that was sent as unknown."""
        for pending in self._requests.pending():
            if pending.sent_ids and not pending.internal:
                self._requests.abandon(pending, reason)

    def close(self, reason: str) -> None:
        """The connection is closed, and there will not be another one: settle every request as unknown."""
        for pending in self._requests.pending():
            self._requests.abandon(pending, reason if pending.sent_ids else "never sent")

    def adopt_requests_from(self, old: ClientSession) -> None:
        """Queue everything unanswered of a session with another key in this one."""
        for pending in old.pending():
            if pending.internal:
                continue
            after = None if pending.after is None else pending.after.handle
            self.enqueue(pending.handle, pending.body, after=after, quick_ack=pending.quick_ack)

    # -- connections ------------------------------------------------------------------------------------------------

    def connection_made(self, now: float, *, polled: bool = False) -> None:
        """A connection is open, perhaps not the first one: unanswered requests are recovered (MS26).

        `polled`: it uses HTTP. Then a session has two, and nothing is recovered unless one of them has ended.
        """
        self._keepalive.connection_made(now)
        self._quick_acks.clear()
        self._stale_check_at = now + self._limits.state_request_delay
        if polled and not self._http_polls.needs_recovery:
            return
        self._http_polls.set_recovered()
        if self._trace is not None:
            self._trace.set_cause("reconnect")
        self._resend_policy.on_reconnect(self._keepalive, now)

    @property
    def http_polls(self) -> ClientHttpPolls:
        """The long polls of connections over HTTP."""
        return self._http_polls

    # -- packets ----------------------------------------------------------------------------------------------------

    def has_packets(self, now: float) -> bool:
        """Whether `packets_to_send` would yield anything; it may be that all that is queued was withdrawn."""
        return self._auth_key is not None and self._outbox.has_pending(now)

    def packets_to_send(self, now: float) -> Iterator[OutgoingPacket]:
        """Everything that is queued, encrypted; nothing while there is no key."""
        if self._auth_key is None or not self._outbox.has_pending(now):  # `has_packets`; mypy cannot look into it
            return
        server_time = self._clock.server_time(now)
        if self._stale_check_at == inf and self._requests:
            self._stale_check_at = now + self._limits.state_request_delay
        self._salts.advance(server_time)
        for message, parts in self._outbox.iter_packets(now, server_time):
            self._keepalive.on_send()
            sealed = encrypt_message(
                message,
                auth_key=self._auth_key,
                salt=self._salts.current,
                session_id=self._session_id,
                sender=CLIENT,
                entropy=self._entropy,
            )
            quick = self._requests.note_sent(parts)
            if quick:
                self._quick_acks.expect(sealed, quick)
            if self._trace is not None:
                self._trace.packet_sent(len(sealed.packet))
                self._trace.sent(message, parts)
            yield OutgoingPacket(sealed.packet, bool(quick))

    def receive_quick_ack(self, token: bytes) -> None:
        """The server has a packet of ours; an unknown token means nothing (TR4)."""
        self._events += map(QuickAckReceived, self._quick_acks.pop(token))

    def receive_packet(self, packet: bytes, now: float) -> None:
        """Take an encrypted packet. Raises RemoteProtocolError when the connection cannot be trusted any further."""
        opened = decrypt_message(packet, self.find_key, SERVER)
        envelope = opened.message
        if opened.session_id != self._session_id:
            if opened.session_id not in self._retired:
                raise RemoteProtocolError("EN7", "the message belongs to a session that is not ours")
            self._filter.ignore(envelope, "EN7", "it belongs to a session that was left")
            return
        messages: Sequence[Message] | RemoteProtocolError = self._expand(envelope)
        if self._trace is not None:
            self._trace.received_all(envelope, messages)
        if not isinstance(messages, RemoteProtocolError):
            self._clock_sync.check_early(envelope, messages, now)
        acks = self._outbox.pending_acks
        if not self._filter.accept(envelope, acks, now):
            return
        if isinstance(messages, RemoteProtocolError):
            raise messages
        for message in messages:
            if message is envelope or self._filter.accept(message, acks, now):
                self._keepalive.on_receive(now)  # MS31: only now is it known to be new
                self._dispatch(message, now)
                if self._session_id != opened.session_id:
                    break  # the message has begun a new session; the rest of the envelope belongs to the old one

    def _expand(self, envelope: Message) -> Sequence[Message] | RemoteProtocolError:
        """The messages of an envelope, or what is wrong with its container (MS12, MS13)."""
        if envelope.constructor != CONTAINER:
            return (envelope,)
        try:
            return split(envelope.body, self._limits)
        except RemoteProtocolError as error:
            return error

    def _dispatch(self, message: Message, now: float) -> None:
        """Let one message have its effect; if it cannot be read, only it is lost (TL3)."""
        to_do = None
        if self._trace is not None:
            self._trace.set_cause(kind_at(message.body))
        constructor = message.constructor
        try:
            if constructor == GZIP_PACKED:
                message = Message(message.msg_id, message.seqno, unpack_gzip(message.body, self._limits))
                constructor = message.constructor
            if constructor == RPC_RESULT:
                self._rpc_results.on_rpc_result(message)
            else:
                to_do = self._service_messages.handle(message, now)
        except RemoteProtocolError as error:
            self._report(UndecodableMessage(message.body, error))
        if to_do is not None:
            self._start_new_session(to_do)

    def _start_new_session(self, reason: NewSession) -> None:
        """Begin a new session under the same key. What the server never accepted in the old one is sent in it (MS36).

        That is what was not sent yet, and what was too far ahead of the server's clock to have been accepted. The
        outcome of the rest is unknown, unless it may be executed twice (MS37). Raises RemoteProtocolError MS18.
        """
        self._requests.begin_session(keep_ids_rising=reason.keep_ids_rising)
        self._retired = (*self._retired, self._session_id)[-_RETIRED_SESSIONS:]
        self._session_id = self._random_long()
        self._binding.begin_session(self._session_id)
        self._filter.begin_session()
        self._resend_policy.move_to_new_session(reason.server_time)
        self._destroy_retired()

    def _destroy_retired(self) -> None:
        """Have the last session destroyed, so that a packet of it that was held back is not executed later.

        The server is asked again over every connection until it answers.
        """
        for pending in self._requests.pending():
            if is_ending(pending) and session_ended_by(pending) not in self._retired:
                self._requests.remove_pending(pending)
        function = functions.mtproto.DestroySession(session_id=self._retired[-1])
        self._requests.enqueue(RequestHandle(function), coder.encode(function), internal=True)

    # -- time -------------------------------------------------------------------------------------------------------

    @property
    def deadline(self) -> float:
        """When `handle_deadline` must be called next."""
        return min(
            self._keepalive.deadline,
            self._salts.deadline,
            self._stale_check_at,
            self._outbox.pending_acks.deadline,
        )

    def handle_deadline(self, now: float) -> None:
        """Do what is due. Raises RemoteProtocolError MS25 when the connection is dead."""
        if self._trace is not None:
            self._trace.set_cause("no answer")
        self._outbox.pending_acks.handle_deadline(now)
        if self._keepalive.should_ping(now):
            self._keepalive.ping(now)
        if self._salts.take_request(now, self._clock.server_time(now)):
            self._requests.request_internal(functions.mtproto.GetFutureSalts(num=self._limits.max_future_salts))
        if now >= self._stale_check_at:
            self._stale_check_at = now + self._limits.state_request_delay if self._requests else inf
            self._resend_policy.request_stale_states(now)

    def _random_long(self) -> int:
        """A signed 64-bit number from the entropy source."""
        return int.from_bytes(self._entropy(8), "little", signed=True)
