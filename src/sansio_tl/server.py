"""The server's end of a link: any client's framing, the handshake, and sessions that outlive the link.

The keys, with their salts and sessions, belong to the data centre and are shared by its links. What to answer is the
application's: each query comes as `RequestReceived` and is answered with `answer` or `fail`, in any order.
"""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from dataclasses import dataclass, field
from typing import TypeAlias

from sansio_tl import codec, types
from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.crypto.rsa import RsaPrivateKey
from sansio_tl.entropy import Entropy
from sansio_tl.errors import RemoteProtocolError, RpcError
from sansio_tl.errors.protocol import LocalProtocolError
from sansio_tl.events import AuthKeyCreated, Event, MessageDropped, SessionOpened, UnknownReceived
from sansio_tl.framing import Framing, ServerFraming
from sansio_tl.limits import Limits
from sansio_tl.link import Link
from sansio_tl.mtproto.container import CONTAINER, split, unpack_gzip
from sansio_tl.mtproto.envelope import open_envelope, seal
from sansio_tl.mtproto.handshake_server import ServerHandshake, WrongDataCentre
from sansio_tl.mtproto.message import Message
from sansio_tl.mtproto.numbering import SERVER_ANSWER, Numbering
from sansio_tl.mtproto.plain_message import NO_AUTH_KEY, open_plain, seal_plain
from sansio_tl.mtproto.refusals import Refusal
from sansio_tl.mtproto.replay_window import Verdict
from sansio_tl.mtproto.server_service import dispatch, encode_error
from sansio_tl.mtproto.server_session import IncomingRequest, KeyRecord, ServerSession
from sansio_tl.role import Role
from sansio_tl.tl.objects import TLObject

__all__ = ["IncomingRequest", "KeyRecord", "KeyStore", "ServerConfig", "ServerConnection", "ServerSession"]

KeyStore: TypeAlias = MutableMapping[bytes, KeyRecord]
"""What a data centre knows of each key, by the 8 bytes of the auth key id."""

_UNKNOWN_KEY = -404
_WRONG_DATA_CENTRE = -444


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerConfig:
    """Settings of a data centre's connections."""

    private_keys: tuple[RsaPrivateKey, ...]
    """RSA keys that it proves itself with, in order of preference."""
    dc_id: int = 2
    """Which data centre this is."""
    accept_legacy_rsa: bool = False
    """Whether the SHA1 padding and p_q_inner_data without a data centre, as older clients send them, will do."""
    framing: Callable[[Limits], Framing] = ServerFraming
    """By default the client's framing is recognised by its first bytes."""
    limits: Limits = field(default_factory=Limits)


class ServerConnection(Link):
    """One link of a client to a data centre. Any exception but LocalProtocolError is a bug."""

    def __init__(self, config: ServerConfig, keys: KeyStore, *, entropy: Entropy, now: float) -> None:
        super().__init__(config.framing(config.limits))
        self._limits = config.limits
        self._keys = keys
        self._entropy = entropy
        self._sessions: dict[tuple[bytes, int], ServerSession] = {}
        self._plain_numbering = Numbering()
        self._handshake = ServerHandshake(
            private_keys=config.private_keys,
            dc_id=config.dc_id,
            known_keys=keys,
            accept_legacy_rsa=config.accept_legacy_rsa,
            entropy=entropy,
            limits=config.limits,
        )
        self._deadline: float | None = now + config.limits.handshake_timeout
        self._deadline_breaks = "HS15"

    # -- the application's side -------------------------------------------------------------------------------------

    def answer(self, request: IncomingRequest, result: object, *, now: float) -> None:
        """Answer with a value of the function's result type. Raises EncodeError when it cannot be encoded."""
        self._send_result(request, codec.encode_result(request.query, result))

    def fail(self, request: IncomingRequest, error: RpcError, *, now: float) -> None:
        """Answer with an error."""
        self._send_result(request, encode_error(error))

    def push(self, session: ServerSession, updates: TLObject, *, now: float) -> None:
        """Tell a client something unasked: an object of type Updates."""
        self._require_open()
        session.send_other(updates, content_related=True)

    def _send_result(self, request: IncomingRequest, result: bytes) -> None:
        if request.answered:
            raise LocalProtocolError(f"{request.query.NAME} was answered before")
        if not request.dropped:
            request.session.send_result(request, result)

    # -- used by the handlers of service messages -------------------------------------------------------------------

    def report(self, event: Event) -> None:
        """Put an event into the queue."""
        self._events.append(event)

    def disconnect_at(self, deadline: float) -> None:
        """Close the link at `deadline` unless it is moved before (ping_delay_disconnect)."""
        self._deadline = deadline
        self._deadline_breaks = "MS25"

    # -- the link's side --------------------------------------------------------------------------------------------

    def next_deadline(self) -> float | None:
        """When `handle_deadline` must be called, in the time of `now`; None for never."""
        if self.closed:
            return None
        due = [session.outbox.acknowledgements.deadline for session in self._sessions.values()]
        return min((deadline for deadline in (*due, self._deadline) if deadline is not None), default=None)

    def _on_deadline(self, now: float) -> None:
        if self._deadline is not None and now >= self._deadline:
            raise RemoteProtocolError(self._deadline_breaks, "the client has been silent for too long")

    def _on_packet(self, packet: bytes, now: float) -> None:
        if packet[:8] == NO_AUTH_KEY and not self._sessions:
            self._on_plain(packet, now)
        else:
            self._on_encrypted(packet, now)

    def _on_plain(self, packet: bytes, now: float) -> None:
        """A step of the handshake; refused once the link is encrypted (HS17), where no key has the id 0."""
        answer = self._handshake.receive(open_plain(packet, Role.CLIENT), now)
        self._framing.send_packet(seal_plain(self._plain_numbering.next_id(now, SERVER_ANSWER), answer))
        self._deadline = now + self._limits.handshake_timeout
        negotiated = self._handshake.negotiated
        if negotiated is not None:
            self._deadline = None
            expires_at = None if negotiated.expires_in is None else now + negotiated.expires_in
            record = KeyRecord(negotiated.auth_key, negotiated.server_salt, expires_at)
            self._keys[negotiated.auth_key.id] = record
            self.report(
                AuthKeyCreated(
                    negotiated.auth_key,
                    negotiated.server_salt,
                    time_offset=0.0,
                    dc=negotiated.dc,
                    expires_in=negotiated.expires_in,
                )
            )

    def _on_encrypted(self, packet: bytes, now: float) -> None:
        opened = open_envelope(packet, self._find_key, Role.CLIENT)
        if self._deadline_breaks == "HS15":
            self._deadline = None
        session = self._session(self._keys[opened.auth_key.id], opened.session_id, opened.message)
        message = opened.message
        refusal = session.judge_numbers(message, now)
        if refusal is None and opened.salt != session.record.salt:
            refusal = Refusal.BAD_SALT
        if refusal is not None:
            session.refuse(message, refusal)
        elif self._admit(session, message, now):
            self._unpack(session, message, now)

    def _find_key(self, auth_key_id: bytes) -> AuthKey | None:
        record = self._keys.get(auth_key_id)
        return None if record is None else record.auth_key

    def _session(self, record: KeyRecord, session_id: int, first: Message) -> ServerSession:
        """The session of that id; a new one is announced to the client with new_session_created."""
        session = record.sessions.get(session_id)
        if session is None:
            session = record.sessions[session_id] = ServerSession(session_id, record, self._limits)
            unique_id = int.from_bytes(self._entropy(8), "little", signed=True)
            notice = types.mtproto.NewSessionCreated(
                first_msg_id=_lowest_id(first, self._limits), unique_id=unique_id, server_salt=record.salt
            )
            session.send_other(notice, content_related=True)
            self.report(SessionOpened(session))
        self._sessions[record.auth_key.id, session_id] = session
        return session

    def _unpack(self, session: ServerSession, message: Message, now: float) -> None:
        if message.constructor != CONTAINER:
            self._dispatch(session, message, now)
            return
        try:
            children = split(message.body, self._limits)
        except RemoteProtocolError:
            session.refuse(message, Refusal.INVALID_CONTAINER)
            raise
        for child in children:
            if self._admit(session, child, now):
                self._dispatch(session, child, now)

    def _admit(self, session: ServerSession, message: Message, now: float) -> bool:
        """Whether a message, outer or inner, is new (MS3, MS4); a known one is acknowledged again (MS5)."""
        verdict = session.judge_novelty(message)
        if verdict is Verdict.FRESH:
            return True
        if verdict is Verdict.TOO_OLD:
            session.refuse(message, Refusal.TOO_OLD)
        elif message.constructor == CONTAINER:
            session.refuse(message, Refusal.CONTAINER_ID_REUSED)
        elif message.content_related:
            session.outbox.acknowledgements.add(message.msg_id, now)
        self.report(MessageDropped(message.msg_id, "MS3", f"it is {verdict.value}"))
        return False

    def _dispatch(self, session: ServerSession, message: Message, now: float) -> None:
        """Let one message have its effect; if it cannot be read, only it is lost (TL3)."""
        try:
            body = unpack_gzip(message.body, self._limits)
            dispatch(self, session, Message(message.msg_id, message.seqno, body), now)
        except RemoteProtocolError as error:
            self.report(UnknownReceived(message.body, error))

    def _flush(self, now: float) -> None:
        for session in self._sessions.values():
            for message, _ in session.outbox.flights(now, now):
                sealed = seal(
                    message,
                    auth_key=session.auth_key,
                    salt=session.record.salt,
                    session_id=session.id,
                    sender=Role.SERVER,
                    entropy=self._entropy,
                )
                self._framing.send_packet(sealed.packet)

    def _on_violation(self, error: RemoteProtocolError) -> None:
        """A broken handshake and an unknown key are answered with a transport error; all else with silence (EN8)."""
        if isinstance(error, WrongDataCentre):
            self._framing.send_fault(_WRONG_DATA_CENTRE)
        elif error.check == "EN2" or error.check.startswith(("HS", "TL")):
            self._framing.send_fault(_UNKNOWN_KEY)

    def _on_end(self) -> None:
        """The sessions stay with their keys."""


def _lowest_id(message: Message, limits: Limits) -> int:
    """The id of the first message of an envelope: a container's children have lower ids than the container."""
    if message.constructor != CONTAINER:
        return message.msg_id
    return min((child.msg_id for child in split(message.body, limits)), default=message.msg_id)
