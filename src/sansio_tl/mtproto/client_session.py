"""The client's session: requests in and out, numbered, acknowledged, matched to their answers.

A session outlives its link. It knows the key, the salt, the server's clock, what was asked and what was answered; it
turns packets into events and what waits into packets. What to do with each kind of message of the server stands in
`client_service`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import TypeVar

from sansio_tl import codec, functions
from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.entropy import Entropy
from sansio_tl.errors.protocol import LocalProtocolError, RemoteProtocolError
from sansio_tl.events import Event, MessageDropped, OutcomeUnknown, UnknownReceived
from sansio_tl.limits import Limits
from sansio_tl.mtproto.client_service import HANDLERS, IGNORES_AGE, on_other
from sansio_tl.mtproto.clock import ServerClock
from sansio_tl.mtproto.container import CONTAINER, split, unpack_gzip
from sansio_tl.mtproto.envelope import open_envelope, seal
from sansio_tl.mtproto.handshake_parts import Negotiated
from sansio_tl.mtproto.keepalive import Keepalive
from sansio_tl.mtproto.message import Message
from sansio_tl.mtproto.numbering import unix_time
from sansio_tl.mtproto.outbox import Outbox, Outgoing
from sansio_tl.mtproto.replay_window import ReplayWindow, Verdict
from sansio_tl.mtproto.request import Pending, RequestHandle
from sansio_tl.role import Role
from sansio_tl.tl.objects import Function

R = TypeVar("R")
_SERVICE_MODULE = functions.mtproto.Ping.__module__
_RETIRED_SESSIONS = 4


class ClientSession:
    """One session of one auth key."""

    def __init__(
        self,
        auth_key: AuthKey | None,
        *,
        salt: int = 0,
        first_call_prefix: bytes,
        limits: Limits,
        entropy: Entropy,
        now: float,
    ) -> None:
        """`auth_key` is None while a handshake is still to make it; requests wait until then.

        `salt` may be out of date, the server tells the right one. `first_call_prefix` is
        invokeWithLayer(initConnection(...)) up to where the query follows.
        """
        self.auth_key = auth_key
        self.salt = salt
        """What our messages must carry at present, signed 64 bit."""
        self.clock = ServerClock()
        self.limits = limits
        self.initialised = False
        """Whether the server has answered a call that carried initConnection."""
        self.session_id = _random_long(entropy)
        self.events: deque[Event] = deque()
        self.known_server_sessions: deque[int] = deque(maxlen=64)
        """unique_id of the new_session_created messages that were dealt with (MS20)."""
        self.outbox: Outbox[Pending] = Outbox(limits)
        self._entropy = entropy
        self._prefix = first_call_prefix
        self._window = ReplayWindow(limits.replay_window)
        self._retired: deque[int] = deque(maxlen=_RETIRED_SESSIONS)
        self._pending: dict[RequestHandle[object], Pending] = {}
        self._keepalive = Keepalive(limits, now)

    def adopt(self, negotiated: Negotiated, now: float) -> None:
        """Take the key, the first salt and the server's clock from a handshake."""
        self.auth_key = negotiated.auth_key
        self.salt = negotiated.server_salt
        self.clock.synchronise(negotiated.server_time, now)
        self._keepalive.heard(now)

    # -- requests ---------------------------------------------------------------------------------------------------

    def invoke(self, function: Function[R], *, internal: bool = False) -> RequestHandle[R]:
        """Queue a request. Raises EncodeError for a wrong value, LocalProtocolError when too much is in flight."""
        if len(self._pending) >= self.limits.max_unanswered:
            raise LocalProtocolError(f"{len(self._pending)} requests are unanswered; wait for some of them")
        body = codec.encode(function)
        handle = RequestHandle(function)
        service = type(function).__module__ == _SERVICE_MODULE
        pending = Pending(handle, body, service=service, internal=internal)
        self._pending[handle] = pending
        self.queue(pending)
        return handle

    def cancel(self, handle: RequestHandle[object]) -> None:
        """Nobody waits for the answer any more: no event will tell of it."""
        pending = self._pending.get(handle)
        if pending is None:
            return
        self.settle(pending)
        if pending.sent_ids and not pending.service:
            self.invoke(functions.mtproto.RpcDropAnswer(req_msg_id=pending.sent_ids[-1]), internal=True)

    def pending(self) -> list[Pending]:
        """Every unanswered request, oldest first."""
        return list(self._pending.values())

    def find(self, msg_id: int) -> Pending | None:
        """The unanswered request that was sent under `msg_id` (MS17)."""
        sent = self.outbox.sent(msg_id)
        return None if sent is None else sent.owner

    def settle(self, pending: Pending) -> None:
        """The request is answered, or given up."""
        self._pending.pop(pending.handle, None)
        _withdraw(pending)
        for msg_id in pending.sent_ids:
            self.outbox.forget(msg_id)

    def give_up(self, pending: Pending, reason: str) -> None:
        """Settle a request whose fate nobody can know."""
        self.settle(pending)
        if not pending.internal:
            self.events.append(OutcomeUnknown(pending.handle, reason))

    def send_again(self, refused: Outgoing[Pending]) -> None:
        """Queue a refused message once more, a bounded number of times (MS18); a container's children each (MS19)."""
        for leaf in refused.leaves():
            if leaf is not refused and self.outbox.forget(leaf.msg_id) is None:
                continue  # answered meanwhile
            if leaf.refusals >= self.limits.max_resends:
                if leaf.owner is not None:
                    self.give_up(leaf.owner, f"the server refused it {leaf.refusals + 1} times")
                continue
            again = leaf.again()
            if again.owner is not None:
                again.owner.refusals = again.refusals
                again.owner.queued = again
            self.outbox.queue(again)

    def renew(self, *, keep_ids_rising: bool = True) -> None:
        """Begin a new session under the same key; everything unanswered goes into it."""
        self._retired.append(self.session_id)
        self.session_id = _random_long(self._entropy)
        self.initialised = False
        self._window = ReplayWindow(self.limits.replay_window)
        self.outbox.begin_session(keep_ids_rising=keep_ids_rising)
        for pending in self.pending():
            pending.sent_ids.clear()
            _withdraw(pending)
            self.queue(pending)

    def queue(self, pending: Pending) -> None:
        """Send a request, wrapped in initConnection or not as the session now stands."""
        body = pending.body
        if not pending.service:
            pending.initialising = not self.initialised
            if pending.initialising:
                body = self._prefix + body
        pending.queued = Outgoing(body, content_related=True, owner=pending, refusals=pending.refusals)
        self.outbox.queue(pending.queued)

    # -- the link's side --------------------------------------------------------------------------------------------

    def packets_to_send(self, now: float) -> Iterator[bytes]:
        """Everything that waits, as encrypted packets; nothing while there is no key."""
        if self.auth_key is None:
            return
        for message in self.outbox.messages(now, self.clock.server_time(now), _note_id):
            yield seal(
                message,
                auth_key=self.auth_key,
                salt=self.salt,
                session_id=self.session_id,
                sender=Role.CLIENT,
                entropy=self._entropy,
            )

    @property
    def deadline(self) -> float:
        """When `handle_deadline` must be called next."""
        acks_due = self.outbox.acknowledgements.deadline
        return self._keepalive.deadline if acks_due is None else min(acks_due, self._keepalive.deadline)

    def handle_deadline(self, now: float) -> None:
        """Do what time asks for. Raises RemoteProtocolError MS25 when the link is dead."""
        if self._keepalive.check(now):
            delay = int(self.limits.ping_interval + self.limits.ping_timeout)
            ping_id = _random_long(self._entropy)
            self.invoke(functions.mtproto.PingDelayDisconnect(ping_id=ping_id, disconnect_delay=delay), internal=True)

    def receive_packet(self, packet: bytes, now: float) -> None:
        """Take an encrypted packet. Raises RemoteProtocolError when the link cannot be trusted any further."""
        opened = open_envelope(packet, self._find_key, Role.SERVER)
        message = opened.message
        if opened.session_id != self.session_id:
            if opened.session_id not in self._retired:
                raise RemoteProtocolError("EN7", "the message belongs to a session that is not ours")
            self._drop(message, "EN7", "it belongs to a session that we have left")
            return
        self._keepalive.heard(now)
        if not self._admit(message, now):
            return
        if message.constructor != CONTAINER:
            self._dispatch(message, now)
            return
        for child in split(message.body, self.limits):
            if self._admit(child, now):
                self._dispatch(child, now)

    def _find_key(self, auth_key_id: bytes) -> AuthKey | None:
        return self.auth_key if self.auth_key is not None and auth_key_id == self.auth_key.id else None

    def _admit(self, message: Message, now: float) -> bool:
        """Whether a message, outer or inner (MS4), may have an effect: MS1, MS2, MS3, MS5, MS6."""
        msg_id = message.msg_id
        if not msg_id & 1:
            raise RemoteProtocolError("MS1", f"message id {msg_id:#x} was not made by a server")
        if self.clock.synchronised and message.constructor not in IGNORES_AGE:
            age = self.clock.server_time(now) - unix_time(msg_id)
            if not -self.limits.future_tolerance <= age <= self.limits.past_tolerance:
                self._drop(message, "MS2", f"it is {age:.0f} s old in server time")
                return False
        verdict = self._window.judge(msg_id)
        if verdict is Verdict.FRESH:
            return True
        if verdict is Verdict.DUPLICATE:
            if message.content_related:
                self.outbox.acknowledgements.add(msg_id, now)
            self._drop(message, "MS3", "it was received before")
        else:
            self._drop(message, "MS6", "it is too old to be told from a replay; a new session begins")
            self.renew()
        return False

    def _drop(self, message: Message, check: str, reason: str) -> None:
        self.events.append(MessageDropped(message.msg_id, check, reason))

    def _dispatch(self, message: Message, now: float) -> None:
        """Let one message have its effect; if it cannot be read, only it is lost (TL3)."""
        if message.content_related:
            self.outbox.acknowledgements.add(message.msg_id, now)
        try:
            body = unpack_gzip(message.body, self.limits)
            HANDLERS.get(body[:4], on_other)(self, Message(message.msg_id, message.seqno, body), now)
        except RemoteProtocolError as error:
            self.events.append(UnknownReceived(message.body, error))


def _note_id(outgoing: Outgoing[Pending]) -> None:
    if outgoing.owner is not None:
        outgoing.owner.sent_ids.append(outgoing.msg_id)
        outgoing.owner.queued = None


def _withdraw(pending: Pending) -> None:
    if pending.queued is not None:
        pending.queued.withdrawn = True
        pending.queued = None


def _random_long(entropy: Entropy) -> int:
    return int.from_bytes(entropy(8), "little", signed=True)
