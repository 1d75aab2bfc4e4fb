"""The server's end of a connection: any client's framing, the handshake, and sessions that outlive the connection.

The keys, with their salts and sessions, belong to the data center and are shared by its connections. The application
gets each query as `RequestReceived` and answers it with `send_result` or `send_error`, in any order.
"""

from __future__ import annotations

from collections import deque

from sansio_tl import codec, errors
from sansio_tl.connection.base import BaseConnection, without_frames
from sansio_tl.connection.disconnect_deadline import DisconnectDeadline
from sansio_tl.connection.http_polls import ServerHttpPolls
from sansio_tl.connection.offload import Offload
from sansio_tl.connection.server_config import ServerConfig
from sansio_tl.connection.server_handshakes import ServerHandshakes
from sansio_tl.connection.server_sender import ServerSender
from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.entropy import Entropy
from sansio_tl.errors import RemoteProtocolError, RpcError
from sansio_tl.errors.protocol import LocalProtocolError
from sansio_tl.events import (
    AuthKeyCreated,
    Event,
    MessageIgnored,
    RequestCancelled,
    RequestReceived,
    SessionOpened,
    UndecodableMessage,
)
from sansio_tl.framing import AutoDetectFraming, Framing, Packet
from sansio_tl.limits import Limits
from sansio_tl.mtproto.bad_msg_codes import BadMsgCode
from sansio_tl.mtproto.connection_trace import ServerConnectionTrace
from sansio_tl.mtproto.container import CONTAINER, Shares, split
from sansio_tl.mtproto.envelope import decrypt_message
from sansio_tl.mtproto.handshake_common import HandshakeResult
from sansio_tl.mtproto.message import DecryptedPacket, Message, quick_ack_token
from sansio_tl.mtproto.message_ids import id_at, unix_time
from sansio_tl.mtproto.plain_message import NO_AUTH_KEY, open_plain
from sansio_tl.mtproto.replay_window import Verdict
from sansio_tl.mtproto.server.handshake import WrongDataCenter
from sansio_tl.mtproto.server.key_record import KeyRecord
from sansio_tl.mtproto.server.key_store import KeyStore
from sansio_tl.mtproto.server.layer_codec import LayerCodecs
from sansio_tl.mtproto.server.pending_handshakes import PendingHandshakes
from sansio_tl.mtproto.server.request_order import release_followers, report
from sansio_tl.mtproto.server.service_messages import MessageHandler
from sansio_tl.mtproto.server.session import IncomingRequest, ServerSession
from sansio_tl.mtproto.server_clock import check_now
from sansio_tl.role import Role
from sansio_tl.tl.layer_translation import UntranslatableError
from sansio_tl.tl.objects import TLObject
from sansio_tl.trace import Tracer

__all__ = [
    "IncomingRequest",
    "KeyRecord",
    "KeyStore",
    "PendingHandshakes",
    "ServerConfig",
    "ServerConnection",
    "ServerSession",
]

_UNKNOWN_KEY = -404
_WRONG_DATA_CENTER = -444
_MAY_FIT_LATER = frozenset(
    {BadMsgCode.MSG_ID_TOO_HIGH, BadMsgCode.BAD_SALT, BadMsgCode.SEQNO_TOO_LOW, BadMsgCode.SEQNO_TOO_HIGH}
)
"""Codes with which a packet is rejected that could be accepted at another time (MS28)."""


class ServerConnection(BaseConnection):
    """One connection of a client to a data center. Any exception but LocalProtocolError is a bug."""

    def __init__(
        self,
        config: ServerConfig,
        keys: KeyStore,
        *,
        entropy: Entropy,
        now: float,
        handshakes: PendingHandshakes | None = None,
        tracer: Tracer | None = None,
        connection_id: int = 1,
    ) -> None:
        """`keys`, and for clients over HTTP `handshakes`, belong to the data center: its connections share them.

        `tracer` records what happens (`sansio_tl.trace`), under this `connection_id`.
        """
        check_now(now)
        trace = None if tracer is None else ServerConnectionTrace(tracer, config.dc_id, config.limits, now)
        framing = _framing(config, keys, entropy, now)
        offload = Offload(config.limits.max_plain_packet) if config.offload_handshake else None
        super().__init__(framing, trace, connection_id, offload=offload)
        self._server_trace = trace
        self._events: deque[Event] = deque()
        if trace is not None:
            trace.enter(connection_id, now)
            trace.opened()
        self.limits = config.limits
        self.layer_codecs = LayerCodecs(config.schemas)
        """The codecs of clients of other layers."""
        self.keys = keys
        """The keys of the data center, shared with its other connections."""
        self._config = config
        self._entropy = entropy
        self._sessions: dict[tuple[bytes, int], ServerSession] = {}
        self._handshakes = ServerHandshakes(config, keys, entropy, handshakes)
        self._polls = ServerHttpPolls(now)
        self._was_polled = False
        self._key_has_ended = False
        self._sender = ServerSender(
            self._framing, self._polls, limits=config.limits, entropy=entropy, trace=trace, now=now
        )
        self._deadline = DisconnectDeadline(config.limits, now)

    # -- the application's side -------------------------------------------------------------------------------------

    def send_result(self, request: IncomingRequest, result: object, *, now: float) -> None:
        """Answer with a value of the function's result type. Raises EncodeError when it cannot be encoded.

        A client whose layer cannot express it gets the error UPDATE_APP_TO_LOGIN. One whose session is full of
        unacknowledged answers gets RPC_CALL_FAIL if the answer is a large one (`Limits.assured_answer_size`).
        """
        check_now(now)
        self._enter_trace(now)
        encoded = codec.encode_result(request.query, result)
        if request.layer_codec is not None and request.original is not None:
            try:
                encoded = request.layer_codec.write_result(request.original, result)
            except UntranslatableError:
                self.send_error(request, errors.parse(406, "UPDATE_APP_TO_LOGIN"), now=now)
                return
        if not self._take_answer(request):
            return
        if request.session.requests.has_room_for(encoded, request):
            request.session.send_result(request, encoded)
        else:
            request.session.send_error(request, errors.parse(500, "RPC_CALL_FAIL"))
        if self._server_trace is not None:
            self._server_trace.answered(request)
        release_followers(self, request)

    def release_request(self, request: IncomingRequest, *, now: float) -> None:
        """Let go of a dropped request without an answer: its bytes do not count any more (MS34).

        `send_result` and `send_error` do the same for a dropped request, and send nothing. Raises LocalProtocolError if
        the request is not dropped.
        """
        check_now(now)
        if not request.dropped:
            raise LocalProtocolError(f"{request.query.NAME} is not dropped: answer it")
        request.session.requests.release(request)

    def send_error(self, request: IncomingRequest, error: RpcError, *, now: float) -> None:
        """Answer with an error."""
        check_now(now)
        self._enter_trace(now)
        if self._take_answer(request):
            request.session.send_error(request, error)
            if self._server_trace is not None:
                self._server_trace.answered(request, error)
            release_followers(self, request)

    def push(self, session: ServerSession, updates: TLObject, *, now: float) -> None:
        """Send an object of type Updates to a client. `session` is one of `sessions`.

        It is not sent if the client's layer cannot express it.
        """
        check_now(now)
        self._require_open()
        session.push(updates, self.layer_codecs)

    def __repr__(self) -> str:
        return f"<ServerConnection: {len(self.sessions)} sessions{', closed' if self.closed else ''}>"

    @property
    def is_ending(self) -> bool:
        """Whether a key that the client uses was destroyed: the connection closes at its deadline, which is due."""
        return self._key_has_ended

    @property
    def sessions(self) -> list[ServerSession]:
        """The sessions that use this connection now."""
        return [session for session in self._sessions.values() if session.connection is self]

    def disconnect(self, *, now: float) -> None:
        """Close the connection after sending what is queued. One over HTTP stays: a proxy may use it for others."""
        check_now(now)
        self._enter_trace(now)
        if not self.closed and not self._framing.polled:
            self._flush(now)
            self._close(None)

    def _take_answer(self, request: IncomingRequest) -> bool:
        """The application answers a request; returns whether the answer is sent. A dropped request is released."""
        if request.answered:
            raise LocalProtocolError(f"{request.query.NAME} was answered before")
        if request.dropped:
            request.session.requests.release(request)
        return not request.dropped

    # -- used by the handlers of service messages -------------------------------------------------------------------

    def next_event(self) -> Event | None:
        """The next event; None if there is none."""
        return self._events.popleft() if self._events else super().next_event()

    def emit(self, event: Event) -> None:
        """Put an event into the queue."""
        if self._trace is not None:
            self._trace.on_event(event)
        self._events.append(event)

    def report_request(self, request: IncomingRequest) -> None:
        """Report a request to the application."""
        self.emit(RequestReceived(request))

    def report_cancelled(self, request: IncomingRequest) -> None:
        """Report to the application that a request of which it knows is dropped."""
        self.emit(RequestCancelled(request))

    def set_disconnect_deadline(self, deadline: float) -> None:
        """Close the connection at `deadline` unless it is moved before (ping_delay_disconnect).

        One over HTTP stays: a proxy may use it for others.
        """
        if not self._framing.polled:
            self._deadline.set_by_client(deadline)

    def key_ended(self) -> None:
        """Close the connection after sending what is queued, with the code of an unknown key (MS29).

        One over HTTP stays, since a proxy may use it for others: the client polls again and gets the code then.
        """
        if self._framing.polled:
            self._polls.hold(0.0)
        else:
            self._key_has_ended = True

    def hold_poll_until(self, deadline: float) -> None:
        """Over HTTP, leave the client's request open until `deadline` if there is nothing to send."""
        self._polls.hold(deadline)

    # -- the connection's side --------------------------------------------------------------------------------------

    def next_deadline(self) -> float | None:
        """When `handle_deadline` must be called, in the time of `now`; None for never."""
        if self.closed:
            return None
        if self._key_has_ended:
            return 0.0
        due = self._deadline.at
        for session in self.sessions:
            due = min(due, session.outbox.pending_acks.deadline)
            if session.has_resends:
                due = min(due, self._sender.resend_at)
        return min(due, self._polls.hold_until) if self._polls else due

    def _on_deadline(self, now: float) -> None:
        if self._key_has_ended:
            self._flush(now)
            self._framing.send_transport_error(_UNKNOWN_KEY)
            self._close(None)
            return
        self._sender.handle_deadline(now)
        self._sender.answer_polls(self, now)
        for session in self.sessions:
            session.outbox.pending_acks.handle_deadline(now)
        self._deadline.check(now)

    def _on_packet(self, packet: Packet, now: float) -> None:
        polled = self._update_polled()
        if packet.payload[:8] == NO_AUTH_KEY and (polled or not self._sessions):
            self._on_plain(packet.payload, now)
            return
        if polled:
            self._polls.add()
        self._on_encrypted(packet, now)

    def _knows_key(self, auth_key_id: bytes) -> bool:
        return auth_key_id in self.keys

    def _enter_trace(self, now: float) -> None:
        if self._trace is not None:
            self._trace.enter(self._connection_id, now)

    def _update_polled(self) -> bool:
        """Returns whether the connection uses HTTP now; after an upgrade to WebSocket it leaves all sessions.

        From then on it is the connection of one client.
        """
        polled = self._framing.polled
        if self._was_polled and not polled:
            self._leave_sessions()
        self._was_polled = polled
        return polled

    def _on_plain(self, packet: bytes, now: float) -> None:
        """A step of the handshake; rejected once the connection is encrypted (HS17), where no key has the id 0.

        Over HTTP the connection does not identify the client: others may use it, and this one may use others.
        """
        body = open_plain(packet, Role.CLIENT)
        if self._trace is not None:
            self._trace.handshake_step(body, sent=False)
        polled = self._framing.polled
        if polled:
            self._polls.answer_with_nothing(self._framing, self)
        self._make_step(self._handshakes.step(body, polled=polled, now=now), now)

    def _on_step(self, result: tuple[bytes, HandshakeResult | None], now: float) -> None:
        """The body of our answer, and the outcome of the handshake if this was the last step."""
        body, negotiated = result
        answer = self._handshakes.seal(body, now)
        if self._trace is not None:
            self._trace.plain_packet_sent(answer)
        self._framing.send_packet(answer)
        self._deadline.on_handshake_step(now)
        if negotiated is not None:
            self._on_negotiated(negotiated, now)

    def _on_negotiated(self, negotiated: HandshakeResult, now: float) -> None:
        """A handshake has made a key: keep it, and forget those that have expired."""
        self._deadline.on_new_message(now)
        self.keys.purge_expired(now)
        expires_at = None if negotiated.expires_in is None else now + negotiated.expires_in
        self.keys[negotiated.auth_key.id] = KeyRecord(
            negotiated.auth_key,
            negotiated.server_salt,
            created_at=now,
            expires_at=expires_at,
            salt_period=self._config.salt_period,
        )
        self.emit(
            AuthKeyCreated(
                negotiated.auth_key,
                negotiated.server_salt,
                time_offset=0.0,
                dc=negotiated.dc,
                expires_in=negotiated.expires_in,
            )
        )

    def _on_encrypted(self, packet: Packet, now: float) -> None:
        """Check a packet; only a new one changes the session, the deadline or another connection (MS27)."""
        opened = decrypt_message(packet.payload, lambda key_id: self._find_key(key_id, now), Role.CLIENT)
        record, message = self.keys[opened.auth_key.id], opened.message
        if self._trace is not None:
            self._trace.received(message)
        if record.past.is_destroyed(opened.session_id, now):
            self.emit(MessageIgnored(message.msg_id, "MS27", "its session was destroyed"))
            return
        if record.refused.has(opened.msg_key):
            self.emit(MessageIgnored(message.msg_id, "MS28", "the same packet was refused before"))
            return
        session = record.sessions.get(opened.session_id) or self._make_session(record, opened.session_id, now)
        judged: BadMsgCode | Verdict | list[Message] = session.accept_outer(message, opened.salt, now)
        if judged is Verdict.FRESH:
            judged = self._split(session, message)
        if isinstance(judged, BadMsgCode):
            self._refuse(session, opened, judged, now)
            return
        own = isinstance(judged, list) or (session.connection is self and not self._framing.polled)
        if own and not session.note_packet(opened, is_new=isinstance(judged, list)):
            self.emit(MessageIgnored(message.msg_id, "MS45", "the same packet was answered before"))
            return
        if packet.quick_ack and own:
            self._framing.send_quick_ack(quick_ack_token(opened.msg_key_large))
        if isinstance(judged, list):
            self._on_new_packet(session, record, message, judged, now)
        else:
            self._drop_duplicate(session, message, now, own=own)

    def _on_new_packet(
        self, session: ServerSession, record: KeyRecord, envelope: Message, messages: list[Message], now: float
    ) -> None:
        """Process the messages of a packet that is new and in order."""
        self._deadline.on_new_message(now)
        self._polls.hold(now + self.limits.long_poll_timeout)
        # A container's children have lower ids than the container.
        self._join(session, min((each.msg_id for each in messages), default=envelope.msg_id), now)
        handler, shares = MessageHandler(self, session, now), Shares(self.limits, envelope)
        for each in messages:
            if self._trace is not None and each is not envelope:
                self._trace.received(each, envelope.msg_id)
            if not self.keys.holds(record):  # MS29: a message before this one has destroyed the key
                self.emit(MessageIgnored(each.msg_id, "MS29", "its key was destroyed"))
                continue
            if each is envelope or self._accept_message(session, each, now):
                self._dispatch(handler, each, shares.of(each))

    def _find_key(self, auth_key_id: bytes, now: float) -> AuthKey | None:
        record = self.keys.get(auth_key_id)
        return None if record is None or record.expired(now) else record.auth_key

    def _make_session(self, record: KeyRecord, session_id: int, now: float) -> ServerSession:
        """A session that is not open: its first message is checked against what is remembered of past ones."""
        record.numbering.follow_clock(now)
        first = record.past.highest_id(session_id, now) + 1
        remembered = id_at(now - self.limits.max_message_age)  # what is older is forgotten of earlier sessions
        return ServerSession(session_id, record, self.limits, first, known_from=remembered)

    def _refuse(self, session: ServerSession, opened: DecryptedPacket, code: BadMsgCode, now: float) -> None:
        """Send on this connection why a message had no effect, unless the same packet could have one later (MS28)."""
        message, record = opened.message, session.record
        self.emit(MessageIgnored(message.msg_id, "MS18", code.name))
        until = 0.0
        if code in _MAY_FIT_LATER:
            too_old = unix_time(message.msg_id) + self.limits.max_message_age
            ends = record.salt_ends(opened.salt, now, known_ahead=self.limits.max_future_salts)
            until = min(too_old, ends)
        if record.refused.remember(opened.msg_key, until, limit=self.limits.max_refused_packets, now=now):
            self._sender.send_here(session, session.number_bad_msg(message, code, now), now)

    def _join(self, session: ServerSession, lowest_id: int, now: float) -> None:
        """The session uses this connection from now on."""
        if not session.is_open:
            self._open(session, lowest_id, now)
        if self._polls:
            self._polls.set_session(session, self, now)
        self._sessions.pop((session.auth_key.id, session.id), None)
        self._sessions[session.auth_key.id, session.id] = session  # the latest is the last
        if self._framing.polled and session.connection is not None:
            session.use_connection(self)  # a client over HTTP uses several at once, and none of them is the old one
        if session.connection is not self:
            session.attach(self)
            for request in session.take_backlog():
                if not request.dropped:
                    report(self, request)
        if len(self._sessions) > self.limits.max_sessions_per_connection:
            self._leave_oldest()

    def _leave_oldest(self) -> None:
        """MS49: the session that used this connection longest ago waits for the next packet of its client."""
        oldest = self._sessions.pop(next(iter(self._sessions)))
        if oldest.connection is self:
            for dropped in oldest.detach():
                self.report_cancelled(dropped)

    def _open(self, session: ServerSession, lowest_id: int, now: float) -> None:
        """Remember a new session, and announce it in a packet of its own (MS20), as clients expect."""
        for dropped in self.keys[session.auth_key.id].open_session(session, now, self.limits):
            self.report_cancelled(dropped)
        session.use_connection(self)
        self._sessions = {key: known for key, known in self._sessions.items() if known.uses(self)}
        session.begin(lowest_id, int.from_bytes(self._entropy(8), "little", signed=True), now)
        if not self._framing.polled:
            self._sender.send_all(session, now)
        self.emit(SessionOpened(session))

    def _split(self, session: ServerSession, message: Message) -> list[Message] | BadMsgCode:
        """The messages of an envelope, unless it is a container that breaks a rule (MS12, MS13)."""
        if message.constructor != CONTAINER:
            return [message]
        try:
            return split(message.body, self.limits)
        except RemoteProtocolError as error:
            session.reject(message)
            self.emit(UndecodableMessage(message.body, without_frames(error)))
            return BadMsgCode.INVALID_CONTAINER

    def _accept_message(self, session: ServerSession, message: Message, now: float) -> bool:
        """Accept a message in a container; whether it has an effect. Known ones are answered again (MS5, MS26)."""
        verdict = session.accept(message)
        if verdict is Verdict.FRESH:
            return True
        if isinstance(verdict, BadMsgCode):
            session.send_bad_msg(message, verdict, now)
            self.emit(MessageIgnored(message.msg_id, "MS18", verdict.name))
            return False
        self._drop_duplicate(session, message, now, own=True)
        return False

    def _drop_duplicate(self, session: ServerSession, message: Message, now: float, *, own: bool) -> None:
        """A known message has no effect. If `own`, it is from the client: acknowledge and answer it again."""
        if message.content_related and own:
            session.outbox.pending_acks.add(message.msg_id, now)
            session.resend_answer_same_or_new_id(message.msg_id)
        self.emit(MessageIgnored(message.msg_id, "MS3", Verdict.DUPLICATE.name))

    def _dispatch(self, handler: MessageHandler, message: Message, limits: Limits) -> None:
        """Let one message have its effect; if it cannot be decoded, only it is lost (TL3)."""
        try:
            handler.dispatch(message, limits)
        except RemoteProtocolError as error:
            self.emit(UndecodableMessage(message.body, without_frames(error)))

    def _flush(self, now: float) -> None:
        if self._update_polled():
            self._sender.answer_polls(self, now)
            return
        self._sender.send_queued(self.sessions, now)

    def _on_violation(self, error: RemoteProtocolError) -> None:
        """A broken handshake and an unknown key are answered with a transport error, all else not at all (EN8)."""
        if isinstance(error, WrongDataCenter):
            self._framing.send_transport_error(_WRONG_DATA_CENTER)
        elif error.check == "EN2" or error.check.startswith(("HS", "TL")):
            self._framing.send_transport_error(_UNKNOWN_KEY)

    def _on_closed(self) -> None:
        self._leave_sessions()

    def _leave_sessions(self) -> None:
        """The sessions stay with their keys, and wait for another connection."""
        self._polls.forget(self)
        for session in self.sessions:
            for dropped in session.detach():
                self.report_cancelled(dropped)
        self._sessions.clear()


def _framing(config: ServerConfig, keys: KeyStore, entropy: Entropy, now: float) -> Framing:
    if config.framing is not None:
        return config.framing(config.limits)
    return AutoDetectFraming(
        config.limits,
        entropy=entropy,
        secrets=config.proxy_secrets,
        require_secret=config.require_proxy_secret,
        now=now,
        allowed_origins=config.allowed_origins,
        seen=keys.seen_hellos,
    )
