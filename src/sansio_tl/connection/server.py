"""The server's end of a link: any client's framing, the handshake, and sessions that outlive the link.

The keys, with their salts and sessions, belong to the data center and are shared by its links. What to answer is the
application's: each query comes as `RequestReceived` and is answered with `send_result` or `send_error`, in any order.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import inf

from sansio_tl import codec, errors
from sansio_tl.codec.schema import Schema
from sansio_tl.connection.base import BaseConnection, without_frames
from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.crypto.rsa import RsaPrivateKey
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
from sansio_tl.framing.proxy_secret import ProxySecret
from sansio_tl.limits import Limits
from sansio_tl.mtproto.client.bad_msg_actions import BadMsgCode
from sansio_tl.mtproto.container import CONTAINER, share, split
from sansio_tl.mtproto.envelope import decrypt_message, encrypt_message
from sansio_tl.mtproto.message import DecryptedPacket, EncryptedPacket, Message, quick_ack_token
from sansio_tl.mtproto.message_ids import SERVER_ANSWER, Numbering, id_at, unix_time
from sansio_tl.mtproto.plain_message import NO_AUTH_KEY, open_plain, seal_plain
from sansio_tl.mtproto.replay_window import Verdict
from sansio_tl.mtproto.server.handshake import PQ_PRIME_BITS, ServerHandshake, WrongDataCenter
from sansio_tl.mtproto.server.key_record import SALT_PERIOD, KeyRecord
from sansio_tl.mtproto.server.key_store import KeyStore
from sansio_tl.mtproto.server.layer_codec import LayerCodecs
from sansio_tl.mtproto.server.pending_handshakes import PendingHandshakes
from sansio_tl.mtproto.server.queries import fail, release_followers, report
from sansio_tl.mtproto.server.service_messages import dispatch
from sansio_tl.mtproto.server.session import IncomingRequest, ServerSession
from sansio_tl.mtproto.server_clock import check_now
from sansio_tl.role import Role
from sansio_tl.tl.layer_translation import UntranslatableError
from sansio_tl.tl.objects import TLObject

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
"""Why a packet is refused that would be accepted if it came again at another time (MS28)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerConfig:
    """Settings of a data center's connections."""

    private_keys: tuple[RsaPrivateKey, ...]
    """RSA keys that it proves itself with, in order of preference."""
    dc_id: int = 2
    """Which data center this is."""
    accept_legacy_rsa: bool = False
    """Whether the SHA1 padding and p_q_inner_data without a data center, as older clients send them, will do."""
    pq_prime_bits: int = PQ_PRIME_BITS
    """Bits of each of the two primes that a client has to find, its proof of work (HS3). The default costs clients some
    20 ms, as the real data centers' do; with 16, handshakes in tests cost less."""
    salt_period: float = SALT_PERIOD
    """Seconds between two new salts of a key; each lasts for two of these."""
    proxy_secrets: tuple[ProxySecret, ...] = ()
    """Secrets of an MTProxy that clients may use, as if they were speaking to one."""
    framing: Callable[[Limits], Framing] | None = None
    """By default the client's framing is recognised by its first bytes."""
    allowed_origins: frozenset[str] | None = None
    """Web pages that may use the data center from a browser, by origin, such as ``https://web.example``; None: all, as
    the real data centers. The others are answered with the HTTP status 403."""
    schemas: Mapping[int, Schema] = field(default_factory=dict)
    """Schemas of other layers, by layer: a client is served in the layer that it names (invokeWithLayer), or in the
    nearest that there is, the shipped one among them."""
    limits: Limits = field(default_factory=Limits)


class ServerConnection(BaseConnection):
    """One link of a client to a data center. Any exception but LocalProtocolError is a bug."""

    def __init__(
        self,
        config: ServerConfig,
        keys: KeyStore,
        *,
        entropy: Entropy,
        now: float,
        handshakes: PendingHandshakes | None = None,
    ) -> None:
        """`keys`, and for clients that speak HTTP `handshakes`, belong to the data center: its links share them."""
        check_now(now)
        super().__init__(
            config.framing(config.limits)
            if config.framing is not None
            else AutoDetectFraming(
                config.limits,
                entropy=entropy,
                secrets=config.proxy_secrets,
                now=now,
                allowed_origins=config.allowed_origins,
                seen=keys.seen_hellos,
            )
        )
        self.limits = config.limits
        self.dialects = LayerCodecs(config.schemas)
        """How clients of other layers speak."""
        self.keys = keys
        """What the data center knows of each key, shared with its other links."""
        self._config = config
        self._entropy = entropy
        self._sessions: dict[tuple[bytes, int], ServerSession] = {}
        self._plain_numbering = Numbering()
        self._handshake = self._new_handshake()
        self._handshakes = PendingHandshakes(config.limits) if handshakes is None else handshakes
        self._in_handshakes = object()
        """Stands for this link among the handshakes, which may outlive it."""
        self._pending_polls: deque[ServerSession | EncryptedPacket | None] = deque()
        """Over HTTP: whose requests wait for an answer, in their order, or the answer that is there already; None: one
        that no session asked."""
        self._was_polled = False
        self._key_is_gone = False
        self._deadline = now + config.limits.handshake_timeout
        self._hold_until = now
        """Over HTTP: until when the client's request may stay unanswered."""
        self._deadline_breaks = "HS15"
        self._deadline_is_wanted = False
        """Whether the client has named the deadline itself."""

    # -- the application's side -------------------------------------------------------------------------------------

    def send_result(self, request: IncomingRequest, result: object, *, now: float) -> None:
        """Answer with a value of the function's result type. Raises EncodeError when it cannot be encoded.

        A client whose layer has no words for it is told to update: UPDATE_APP_TO_LOGIN. One whose session is full of
        what it has not acknowledged is told that the call has failed, RPC_CALL_FAIL, if the answer is a large one
        (`Limits.assured_answer_size`).
        """
        check_now(now)
        encoded = codec.encode_result(request.query, result)
        if request.dialect is not None and request.said is not None:
            try:
                encoded = request.dialect.write_result(request.said, result)
            except UntranslatableError:
                self.send_error(request, errors.parse(406, "UPDATE_APP_TO_LOGIN"), now=now)
                return
        if not self._is_wanted(request):
            return
        if request.session.has_room_for(encoded, request):
            request.session.send_result(request, encoded)
        else:
            fail(request.session, request, errors.parse(500, "RPC_CALL_FAIL"))
        release_followers(self, request)

    def release_request(self, request: IncomingRequest, *, now: float) -> None:
        """Let go of a dropped request without an answer: its bytes do not count any more (MS34).

        `send_result` and `send_error` do the same for a dropped request, and send nothing. Raises LocalProtocolError if
        the request is not dropped.
        """
        check_now(now)
        if not request.dropped:
            raise LocalProtocolError(f"{request.query.NAME} is not dropped: answer it")
        request.session.release(request)

    def send_error(self, request: IncomingRequest, error: RpcError, *, now: float) -> None:
        """Answer with an error."""
        check_now(now)
        if self._is_wanted(request):
            fail(request.session, request, error)
            release_followers(self, request)

    def push(self, session: ServerSession, updates: TLObject, *, now: float) -> None:
        """Tell a client something unasked: an object of type Updates. `session` is one of `sessions`.

        A client whose layer has no words for it is not told.
        """
        check_now(now)
        self._require_open()
        session.push(updates, self.dialects)

    @property
    def is_ending(self) -> bool:
        """Whether a key that the client speaks under was destroyed: the link closes at its deadline, which is due."""
        return self._key_is_gone

    @property
    def sessions(self) -> list[ServerSession]:
        """The sessions that speak over this link now."""
        return [session for session in self._sessions.values() if session.link is self]

    def hang_up(self, *, now: float) -> None:
        """Close the link after what waits was sent. One over HTTP stays: it may be a proxy's, and carry others."""
        check_now(now)
        if not self.closed and not self._framing.polled:
            self._flush(now)
            self._close(None)

    def _is_wanted(self, request: IncomingRequest) -> bool:
        if request.answered:
            raise LocalProtocolError(f"{request.query.NAME} was answered before")
        if request.dropped:
            request.session.release(request)
        return not request.dropped

    # -- used by the handlers of service messages -------------------------------------------------------------------

    def emit(self, event: Event) -> None:
        """Put an event into the queue."""
        self._events.append(event)

    def report_request(self, request: IncomingRequest) -> None:
        """Report a request to the application."""
        self.emit(RequestReceived(request))

    def report_cancelled(self, request: IncomingRequest) -> None:
        """Report to the application that a request of which it knows is dropped."""
        self.emit(RequestCancelled(request))

    def set_disconnect_deadline(self, deadline: float) -> None:
        """Close the link at `deadline` unless it is moved before (ping_delay_disconnect).

        A connection over HTTP may be a proxy's, and carry others: it stays.
        """
        if not self._framing.polled:
            self._deadline = deadline
            self._deadline_breaks = "MS25"
            self._deadline_is_wanted = True

    def key_ended(self) -> None:
        """Close the link after what waits was sent, with the code of an unknown key (MS29).

        Over HTTP it may be a proxy's, and carry others: the client asks again, and hears it then.
        """
        if self._framing.polled:
            self._hold_until = 0.0
        else:
            self._key_is_gone = True

    def hold_poll_until(self, deadline: float) -> None:
        """Over HTTP, leave the client's request open until `deadline` if there is nothing to say
        (long_poll_timeout).
        """
        self._hold_until = deadline

    # -- the link's side --------------------------------------------------------------------------------------------

    def next_deadline(self) -> float | None:
        """When `handle_deadline` must be called, in the time of `now`; None for never."""
        if self.closed:
            return None
        if self._key_is_gone:
            return 0.0
        due = min((session.outbox.acknowledgements.deadline for session in self.sessions), default=inf)
        if self._pending_polls:
            due = min(due, self._hold_until)
        return min(due, self._deadline)

    def _on_deadline(self, now: float) -> None:
        if self._key_is_gone:
            self._flush(now)
            self._framing.send_transport_error(_UNKNOWN_KEY)
            self._close(None)
            return
        self._answer_askers(now)
        for session in self.sessions:
            session.outbox.acknowledgements.handle_deadline(now)
        if now >= self._deadline:
            raise RemoteProtocolError(self._deadline_breaks, "the client has been silent for too long")

    def _on_packet(self, packet: Packet, now: float) -> None:
        polled = self._is_polled()
        if packet.payload[:8] == NO_AUTH_KEY and (polled or not self._sessions):
            self._on_plain(packet.payload, now)
            return
        if polled:
            self._pending_polls.append(None)
        self._on_encrypted(packet, now)

    def _knows_key(self, auth_key_id: bytes) -> bool:
        return auth_key_id in self.keys

    def _is_polled(self) -> bool:
        """Whether the link speaks HTTP. When it goes over to WebSocket it is that client's, and no others' any more."""
        polled = self._framing.polled
        if self._was_polled and not polled:
            self._leave_sessions()
        self._was_polled = polled
        return polled

    def _on_plain(self, packet: bytes, now: float) -> None:
        """A step of the handshake; refused once the link is encrypted (HS17), where no key has the id 0.

        Over HTTP the link says nothing about the client: others may speak over it, and this one over others.
        """
        body = open_plain(packet, Role.CLIENT)
        handshake = self._handshake
        if self._framing.polled:
            handshake = self._handshakes.pop(body, now) or self._new_handshake()
            while self._pending_polls:
                self._framing.send_nothing()
                self._settle_asker()
        answer = handshake.receive(body, now)
        if self._framing.polled:
            self._handshakes.store(handshake, self._in_handshakes, now)
        self._framing.send_packet(seal_plain(self._plain_numbering.next_id(now, SERVER_ANSWER), answer))
        self._deadline = now + self.limits.handshake_timeout
        negotiated = handshake.negotiated
        if negotiated is not None:
            self._wait_for_more(now)
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

    def _new_handshake(self) -> ServerHandshake:
        config = self._config
        return ServerHandshake(
            private_keys=config.private_keys,
            dc_id=config.dc_id,
            known_keys=self.keys,
            accept_legacy_rsa=config.accept_legacy_rsa,
            pq_prime_bits=config.pq_prime_bits,
            entropy=self._entropy,
            limits=config.limits,
        )

    def _on_encrypted(self, packet: Packet, now: float) -> None:
        """Judge a packet; only one that is new touches the session, this link's time or any other link (MS27)."""
        opened = decrypt_message(packet.payload, lambda key_id: self._find_key(key_id, now), Role.CLIENT)
        record, message = self.keys[opened.auth_key.id], opened.message
        if record.past.is_destroyed(opened.session_id, now):
            self.emit(MessageIgnored(message.msg_id, "MS27", "its session was destroyed"))
            return
        if record.refused.has(opened.msg_key):
            self.emit(MessageIgnored(message.msg_id, "MS28", "the same packet was refused before"))
            return
        session = record.sessions.get(opened.session_id) or self._unopened(record, opened.session_id, now)
        judged: BadMsgCode | Verdict | list[Message] = session.judge(message, opened.salt, now)
        if judged is Verdict.FRESH:
            judged = self._take_apart(session, message)
        if isinstance(judged, BadMsgCode):
            self._refuse(session, opened, judged, now)
            return
        own = isinstance(judged, list) or (session.link is self and not self._framing.polled)
        if own and not session.note_packet(opened, is_new=isinstance(judged, list)):
            self.emit(MessageIgnored(message.msg_id, "MS45", "the same packet was answered before"))
            return
        if packet.quick_ack and own:
            self._framing.send_quick_ack(quick_ack_token(opened.msg_key_large))
        if isinstance(judged, list):
            self._wait_for_more(now)
            self._hold_until = now + self.limits.long_poll_timeout
            # A container's children have lower ids than the container.
            self._join(session, min((each.msg_id for each in judged), default=message.msg_id), now)
            for each in judged:
                if not self.keys.holds(record):  # MS29: a message before this one has destroyed the key
                    self.emit(MessageIgnored(each.msg_id, "MS29", "its key was destroyed"))
                    continue
                if each is message or self._accept_message(session, each, now):
                    self._dispatch(session, each, now, share(self.limits, each, message))
        else:
            self._drop_duplicate(session, message, now, own=own)

    def _wait_for_more(self, now: float) -> None:
        """Something new was in order (MS31): the client may be silent for a while, if it has not said for how long."""
        if not self._deadline_is_wanted:
            self._deadline = now + self.limits.idle_timeout
            self._deadline_breaks = "MS25"

    def _find_key(self, auth_key_id: bytes, now: float) -> AuthKey | None:
        record = self.keys.get(auth_key_id)
        return None if record is None or record.expired(now) else record.auth_key

    def _unopened(self, record: KeyRecord, session_id: int, now: float) -> ServerSession:
        """A session that is none yet: what judges its first message."""
        record.numbering.follow_clock(now)
        first = record.past.highest_id(session_id, now) + 1
        remembered = id_at(now - self.limits.max_message_age)  # what is older is forgotten of earlier sessions
        return ServerSession(session_id, record, self.limits, first, known_from=remembered)

    def _refuse(self, session: ServerSession, opened: DecryptedPacket, refusal: BadMsgCode, now: float) -> None:
        """Say on this link why a message had no effect, unless the same packet could have one later (MS28)."""
        message, record = opened.message, session.record
        self.emit(MessageIgnored(message.msg_id, "MS18", refusal.name))
        until = 0.0
        if refusal in _MAY_FIT_LATER:
            too_old = unix_time(message.msg_id) + self.limits.max_message_age
            ends = record.salt_ends(opened.salt, now, known_ahead=self.limits.max_future_salts)
            until = min(too_old, ends)
        if record.refused.remember(opened.msg_key, until, limit=self.limits.max_refused_packets, now=now):
            self._say_alone(session, session.refuse_alone(message, refusal, now), now)

    def _say_alone(self, session: ServerSession, message: Message, now: float) -> None:
        """Send a message here, whatever link the session speaks over."""
        sealed = self._seal(session, message, now)
        if self._pending_polls:
            self._pending_polls[-1] = sealed
        else:
            self._framing.send_packet(sealed.packet)

    def _join(self, session: ServerSession, lowest_id: int, now: float) -> None:
        """The session speaks over this link from now on."""
        if not session.is_open:
            self._open(session, lowest_id, now)
        if self._pending_polls:
            self._pending_polls[-1] = session
            session.poll_started(self, now)
        self._sessions[session.auth_key.id, session.id] = session
        if self._framing.polled and session.link is not None:
            session.use_connection(self)  # a client over HTTP uses several at once, and none of them is the old one
        if session.link is not self:
            session.attach(self, now)
            for request in session.take_backlog():
                if not request.dropped:
                    report(self, request)

    def _open(self, session: ServerSession, lowest_id: int, now: float) -> None:
        """Remember a new session, and announce it in a packet of its own (MS20): clients wait for that."""
        for dropped in self.keys[session.auth_key.id].open_session(session, now, self.limits):
            self.report_cancelled(dropped)
        session.use_connection(self)
        self._sessions = {
            where: known for where, known in self._sessions.items() if self is known.link or self in known.asks_on
        }
        session.begin(lowest_id, int.from_bytes(self._entropy(8), "little", signed=True), now)
        if not self._framing.polled:
            self._send_all(session, now)
        self.emit(SessionOpened(session))

    def _take_apart(self, session: ServerSession, message: Message) -> list[Message] | BadMsgCode:
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
        """Whether a message may have an effect; a known one is acknowledged again, and answered again (MS5, MS26)."""
        verdict = session.check_numbers(message)
        if verdict is Verdict.FRESH:
            return True
        if isinstance(verdict, BadMsgCode):
            session.send_bad_msg(message, verdict, now)
            self.emit(MessageIgnored(message.msg_id, "MS18", verdict.name))
            return False
        self._drop_duplicate(session, message, now, own=True)
        return False

    def _drop_duplicate(self, session: ServerSession, message: Message, now: float, *, own: bool) -> None:
        """A known message has no effect. Its client, if it is `own`, hears once more that it came, and its answer."""
        if message.content_related and own:
            session.outbox.acknowledgements.add(message.msg_id, now)
            session.resend_same_id(message.msg_id, now)
        self.emit(MessageIgnored(message.msg_id, "MS3", Verdict.DUPLICATE.name))

    def _dispatch(self, session: ServerSession, message: Message, now: float, limits: Limits) -> None:
        """Let one message have its effect; if it cannot be read, only it is lost (TL3)."""
        try:
            dispatch(self, session, message, now, limits)
        except RemoteProtocolError as error:
            self.emit(UndecodableMessage(message.body, without_frames(error)))

    def _flush(self, now: float) -> None:
        if self._is_polled():
            self._answer_askers(now)
            return
        for session in self.sessions:
            self._send_all(session, now)

    def _send_all(self, session: ServerSession, now: float) -> None:
        for message, _ in session.outbox.iter_packets(now, now):
            self._framing.send_packet(self._seal(session, message, now).packet)

    def _seal(self, session: ServerSession, message: Message, now: float) -> EncryptedPacket:
        return encrypt_message(
            message,
            auth_key=session.auth_key,
            salt=session.record.salt(now),
            session_id=session.id,
            sender=Role.SERVER,
            entropy=self._entropy,
        )

    def _answer_askers(self, now: float) -> None:
        """Over HTTP: one packet for each request, of whoever has sent it; nothing for one that has waited too long."""
        while self._pending_polls:
            asker = self._pending_polls[0]
            ready = asker
            if isinstance(asker, ServerSession):
                flight = next(asker.outbox.iter_packets(now, now), None)
                if flight is None and now < self._hold_until:
                    return
                ready = None if flight is None else self._seal(asker, flight[0], now)
            if isinstance(ready, EncryptedPacket):
                self._framing.send_packet(ready.packet)
            else:
                self._framing.send_nothing()
            self._settle_asker()

    def _settle_asker(self) -> None:
        """The first of those who wait does so no longer."""
        asker = self._pending_polls.popleft()
        if isinstance(asker, ServerSession):
            asker.poll_finished(self)

    def _on_violation(self, error: RemoteProtocolError) -> None:
        """A broken handshake and an unknown key are answered with a transport error; all else with silence (EN8)."""
        if isinstance(error, WrongDataCenter):
            self._framing.send_transport_error(_WRONG_DATA_CENTER)
        elif error.check == "EN2" or error.check.startswith(("HS", "TL")):
            self._framing.send_transport_error(_UNKNOWN_KEY)

    def _on_closed(self) -> None:
        self._leave_sessions()

    def _leave_sessions(self) -> None:
        """The sessions stay with their keys, and wait for another link."""
        while self._pending_polls:
            self._settle_asker()
        for session in self.sessions:
            for dropped in session.detach():
                self.report_cancelled(dropped)
        self._sessions.clear()
