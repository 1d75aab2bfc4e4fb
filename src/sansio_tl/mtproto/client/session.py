"""The client's session: requests in and out, numbered, acknowledged, matched to their answers.

A session outlives its link. It knows the key, the salts, the server's clock, what was asked and what was answered; it
turns packets into events and what waits into packets. What to do with each kind of message of the server stands in
`client_service`, what to do when a link was lost in `recovery`, and when a message was refused in `error`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from math import inf
from operator import attrgetter
from typing import Any, TypeVar

from sansio_tl import functions
from sansio_tl.codec import coder
from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.entropy import Entropy
from sansio_tl.errors.protocol import LocalProtocolError, RemoteProtocolError
from sansio_tl.errors.rpc import RpcError
from sansio_tl.events import (
    Event,
    MessageIgnored,
    OutcomeUnknown,
    QuickAckReceived,
    RequestFailed,
    ResultReceived,
    UndecodableMessage,
)
from sansio_tl.limits import Limits
from sansio_tl.mtproto.client import clock_sync
from sansio_tl.mtproto.client.destroy_requests import Endings, is_ending, session_ended_by
from sansio_tl.mtproto.client.keepalive import Keepalive
from sansio_tl.mtproto.client.message_filter import IncomingMessageFilter
from sansio_tl.mtproto.client.quick_acks import QuickAcks
from sansio_tl.mtproto.client.request import PendingRequest, RequestHandle
from sansio_tl.mtproto.client.resend import move, on_reconnect, request_stale_states
from sansio_tl.mtproto.client.salts import Salts
from sansio_tl.mtproto.client.sent_packets import Envelopes
from sansio_tl.mtproto.client.service_messages import HANDLERS, REFUSALS, RPC_RESULT, on_other
from sansio_tl.mtproto.client.temp_key_binding import KeyBinding
from sansio_tl.mtproto.container import GZIP_OVERHEAD, GZIP_PACKED, deflate, unpack_gzip
from sansio_tl.mtproto.envelope import decrypt_message, encrypt_message
from sansio_tl.mtproto.handshake_common import HandshakeResult
from sansio_tl.mtproto.invoke_after import predecessor_failed
from sansio_tl.mtproto.message import EncryptedPacket, Message, OutgoingPacket
from sansio_tl.mtproto.message_ids import unix_time
from sansio_tl.mtproto.send_queue import OutgoingMessage, SendQueue
from sansio_tl.mtproto.server_clock import ServerClock
from sansio_tl.mtproto.service_functions import is_service
from sansio_tl.role import CLIENT, SERVER
from sansio_tl.tl.objects import Function

R = TypeVar("R")
_INVOKE_AFTER = functions.InvokeAfterMsg.ID.to_bytes(4, "little")
_INVOKE_AFTER_SIZE = 12
_OVERHEAD = 512
"""More than the bytes that invokeAfterMsg and the envelope with its padding add to a request."""
_RETIRED_SESSIONS = 4
_CAME_EARLY_KEPT = 256
_INCOMPRESSIBLE = "upload."
"""Methods of this namespace carry parts of files, which are compressed already."""
_number = attrgetter("number")


class ClientSession:
    """One session of one auth key."""

    def __init__(
        self,
        auth_key: AuthKey | None,
        *,
        salt: int = 0,
        temporary: bool = False,
        init_connection_prefix: bytes,
        limits: Limits,
        entropy: Entropy,
        now: float,
    ) -> None:
        """`auth_key` is None while a handshake is still to make it; requests wait until then.

        With `temporary` the key is a temporary one, and requests also wait until `bind` has been accepted.

        `salt` may be out of date, the server tells the right one. `init_connection_prefix` is
        invokeWithLayer(initConnection(...)) up to where the query follows.
        """
        self.auth_key = auth_key
        self.salts = Salts(limits, salt, now)
        self.clock = ServerClock()
        self.limits = limits
        self.entropy = entropy
        self.init_acknowledged = False
        """Whether the server has answered a call that carried initConnection."""
        self.session_id = self.random_long()
        self.events: deque[Event] = deque()
        self.known_server_sessions: deque[int] = deque(maxlen=64)
        """unique_id of the new_session_created messages that were dealt with (MS20)."""
        self.outbox: SendQueue[PendingRequest] = SendQueue(limits)
        self.inbox = self._new_inbox()
        self._prefix = init_connection_prefix
        self._retired: deque[int] = deque(maxlen=_RETIRED_SESSIONS)
        self._renewals = 0
        """Sessions that were begun because the server had refused one, since it answered last."""
        self._pending: dict[RequestHandle[object], PendingRequest] = {}
        self._made = 0
        self._callers = 0
        self.envelopes = Envelopes()
        self.endings = Endings()
        self.poller: object = None
        """Over HTTP: the link that keeps a request out so that the server can speak."""
        self.binding = KeyBinding(needed=temporary)
        self._internal_requests: dict[type[Function[Any]], RequestHandle[Any]] = {}
        """What the session has asked for itself last, by kind."""
        self.early_msg_ids: deque[int] = deque(maxlen=_CAME_EARLY_KEPT)
        """Ids of messages that were refused because our clock is behind."""
        self._look_for_silent_at = inf
        self.quick_acks = QuickAcks()
        self._keepalive = Keepalive(limits, now)
        self._ping: OutgoingMessage[PendingRequest] | None = None
        """The latest one."""

    def set_negotiated_key(self, negotiated: HandshakeResult, now: float) -> None:
        """Take the key, the first salt and the server's clock from a handshake."""
        self.auth_key = negotiated.auth_key
        self.salts.replace(negotiated.server_salt)
        self.clock.synchronise(negotiated.server_time, now)
        self._keepalive.on_receive(now)

    def bind(self, permanent: AuthKey, expires_at: int) -> None:
        """Let `auth_key`, which is temporary, stand for `permanent` until server time `expires_at` (HS18).

        `TemporaryKeyBound` tells of the success; `binding.refused` says why there was none.
        """
        request = self.binding.begin(permanent, expires_at)
        self.enqueue(request, coder.encode(request.function), internal=True)

    @property
    def is_being_bound(self) -> bool:
        """Whether the answer to the binding is still to come."""
        return self.binding.is_awaited(self._pending)

    def on_key_bound(self) -> None:
        """The server has accepted the binding: what waited for it may leave, wrapped in initConnection (HS19)."""
        self.init_acknowledged = False
        for pending in self.binding.accepted():
            self.resend_new_id(pending)

    def link_opened(self, now: float) -> None:
        """A link to the server is there, perhaps not the first one: what is unanswered is recovered (MS26)."""
        self._keepalive.link_opened(now)
        self.quick_acks.clear()
        self._look_for_silent_at = now + self.limits.state_request_delay
        on_reconnect(self, now)

    def random_long(self) -> int:
        """A signed 64-bit number from the entropy source."""
        return int.from_bytes(self.entropy(8), "little", signed=True)

    def take_events(self) -> list[Event]:
        """What the session has to tell, when no connection tells it."""
        events = list(self.events)
        self.events.clear()
        return events

    # -- requests ---------------------------------------------------------------------------------------------------

    def invoke(
        self,
        function: Function[R],
        *,
        after: RequestHandle[object] | None = None,
        quick_ack: bool = False,
    ) -> RequestHandle[R]:
        """Queue a request. Raises EncodeError for a wrong value, LocalProtocolError when too much is in flight or
        the request does not fit into a packet.

        The server executes it only after the request `after`, if that is unanswered yet (L1).
        """
        if self._callers >= self.limits.max_pending_requests:
            raise LocalProtocolError(f"{self._callers} requests are unanswered; wait for some of them")
        body = coder.encode(function)
        largest = min(self.limits.max_packet_size, self.limits.max_client_packet_size)
        if len(body) + len(self._prefix) + _OVERHEAD > largest:
            raise LocalProtocolError(f"{function.NAME} takes {len(body)} bytes, more than a packet may have")
        handle = RequestHandle(function)
        self.enqueue(handle, body, after=after, quick_ack=quick_ack)
        return handle

    def send_service(self, function: Function[object]) -> None:
        """Send a function of MTProto itself for its effect: nobody waits for the answer."""
        self.outbox.queue(OutgoingMessage(coder.encode(function)))

    def ping(self, now: float) -> None:
        """Say that we are there, and let the server hang up if we do not say so again (MS25)."""
        self._keepalive.asked(now)
        if self._ping is None or not self._ping.waiting:
            delay = int(self.limits.ping_interval + self.limits.ping_timeout)
            ping = functions.mtproto.PingDelayDisconnect(ping_id=self.random_long(), disconnect_delay=delay)
            self._ping = OutgoingMessage(coder.encode(ping))
            self.outbox.queue(self._ping)

    def enqueue(
        self,
        handle: RequestHandle[Any],
        body: bytes,
        *,
        after: RequestHandle[object] | None = None,
        quick_ack: bool = False,
        internal: bool = False,
    ) -> None:
        """Queue a request that has its handle already; `body` is the encoded function."""
        pending = PendingRequest(handle, body)
        if after is not None and (predecessor := self._pending.get(after)) is not None:
            pending.set_predecessor(predecessor)
        pending.quick_ack = quick_ack
        pending.service = is_service(handle.function)
        pending.internal = internal
        self._made += 1
        pending.number = self._made
        self._pending[handle] = pending
        if pending.service:
            self.endings.add(pending)
        self._callers += not internal
        self.resend_new_id(pending)

    def cancel(self, handle: RequestHandle[object]) -> None:
        """Nobody waits for the answer any more: no event will tell of it."""
        pending = self._pending.get(handle)
        if pending is None:
            return
        self.remove_pending(pending)
        if pending.sent_ids and not pending.service:
            self.send_service(functions.mtproto.RpcDropAnswer(req_msg_id=pending.sent_ids[-1]))

    def pending(self) -> list[PendingRequest]:
        """Every unanswered request, oldest first."""
        return list(self._pending.values())

    def is_pending(self, handle: RequestHandle[Any]) -> bool:
        """Whether the answer to this request has not come yet."""
        return handle in self._pending

    @property
    def has_callers(self) -> bool:
        """Whether anybody outside waits for an answer."""
        return self._callers > 0

    def find(self, msg_id: int) -> PendingRequest | None:
        """The unanswered request that was sent under `msg_id` (MS17)."""
        sent = self.outbox.sent(msg_id)
        return None if sent is None else sent.owner

    def age(self, outgoing: OutgoingMessage[PendingRequest], now: float) -> float:
        """How old a message is that has left, by our clock or by the server's, whichever says more.

        They differ when our clock was wrong when the message got its id.
        """
        return max(now - outgoing.sent_at, self.clock.server_time(now) - unix_time(outgoing.msg_id))

    def is_latest(self, msg_id: int) -> bool:
        """Whether an unanswered request was sent under `msg_id`, and has not left under another id since, nor will."""
        sent = self.outbox.sent(msg_id)
        return sent is not None and sent.owner is not None and sent.owner.outgoing is sent

    def is_harmless(self, pending: PendingRequest) -> bool:
        """Whether the request may be executed twice: a function of MTProto itself, or the binding of the key."""
        return pending.service or self.binding.is_request(pending)

    def left_before(self, envelope_id: int) -> list[PendingRequest]:
        """The unanswered requests that left last in an earlier envelope, in the order in which they were made."""
        latest = filter(self.is_latest, self.envelopes.take_before(envelope_id))
        return sorted((pending for pending in map(self.find, latest) if pending is not None), key=_number)

    def remove_pending(self, pending: PendingRequest) -> None:
        """The request is answered, or given up."""
        if self._pending.pop(pending.handle, None) is not None:
            self._callers -= not pending.internal
        pending.settled = True
        pending.release()
        if self.binding.deferred:
            self.binding.deferred.pop(pending.handle, None)
        self._forget(pending)
        if pending.service:
            self.endings.remove(pending)

    def complete(self, pending: PendingRequest, result: object) -> None:
        """Settle a request with its result."""
        self.remove_pending(pending)
        if not is_ending(pending):  # that says nothing about the session that goes on
            self._renewals = 0
        if not pending.internal:
            self.events.append(ResultReceived(pending.handle, result))

    def abandon(self, pending: PendingRequest, reason: str) -> None:
        """Settle a request whose fate nobody can know."""
        self.remove_pending(pending)
        if self.binding.is_request(pending):
            self.binding.error = RemoteProtocolError("HS18", reason)
        elif not pending.internal:
            self.events.append(OutcomeUnknown(pending.handle, reason))

    def fail(self, pending: PendingRequest, error: RpcError | RemoteProtocolError, data: bytes = b"") -> None:
        """Settle a request with an error, and with it those that follow it and have not left yet.

        `data` is what was answered, if it could not be read.
        """
        failed = deque([(pending, error, data)])
        while failed:
            pending, error, data = failed.popleft()
            pending.failed = True
            self.remove_pending(pending)
            if self.binding.is_request(pending):
                self.binding.error = error
            elif not pending.internal:
                self.events.append(RequestFailed(pending.handle, error, data))
            for follower in pending.dependents:
                if not follower.settled and not follower.has_left:
                    failed.append((follower, predecessor_failed(), b""))

    def start_new_session(self, *, server_time: float = inf, keep_ids_rising: bool = True) -> None:
        """Begin a new session under the same key. What was never accepted in the old one goes into it (MS36).

        That is what has not left, and what was too far ahead of `server_time`, the latest that the server's clock can
        show, to have been accepted yet. The outcome of the rest is unknown, unless it may be executed twice (MS37).

        Raises RemoteProtocolError MS18 when the server has refused a few in a row, and answered in none of them.
        """
        self._renewals += 1
        if self._renewals > 2 * self.limits.max_resends:  # what a request needs is given up before
            raise RemoteProtocolError("MS18", f"the server has refused {self._renewals} sessions in a row")
        self._retired.append(self.session_id)
        self.session_id = self.random_long()
        self.init_acknowledged = False
        self.inbox = self._new_inbox()
        self.envelopes = Envelopes()
        self.outbox.begin_session(keep_ids_rising=keep_ids_rising)
        for pending in self.pending():
            pending.sent_ids.clear()
            move(self, pending, server_time)
        self._end_retired()

    def _end_retired(self) -> None:
        """Have the last session ended, lest a packet of it that was held back be executed later.

        The server is asked again over every link until it answers.
        """
        for pending in self.pending():
            if is_ending(pending) and session_ended_by(pending) not in self._retired:
                self.remove_pending(pending)
        function = functions.mtproto.DestroySession(session_id=self._retired[-1])
        self.enqueue(RequestHandle(function), coder.encode(function), internal=True)

    def adopt_requests_from(self, old: ClientSession) -> None:
        """Let everything unanswered of a session with another key go into this one."""
        for pending in old.pending():
            if pending.internal or old.binding.is_request(pending):
                continue
            if pending.follows_a_failure:
                self.events.append(RequestFailed(pending.handle, predecessor_failed()))
                continue
            after = None if pending.after is None else pending.after.handle
            self.enqueue(pending.handle, pending.body, after=after, quick_ack=pending.quick_ack)

    def reissue_service_request(self, pending: PendingRequest) -> None:
        """A function of MTProto itself: its answer was meant for the old link, is not kept, and may be made again."""
        self._forget(pending)
        pending.sent_ids.clear()
        self.resend_new_id(pending)

    def _forget(self, pending: PendingRequest) -> None:
        self.outbox.forget_all(pending.sent_ids)
        self.envelopes.forget(pending.sent_ids)

    def resend_new_id(self, pending: PendingRequest) -> None:
        """Send a request under new numbers, wrapped in initConnection or not as the session now stands."""
        if pending.after is not None and pending.follows_a_failure:
            self.fail(pending, predecessor_failed())
            return
        if pending.outgoing is not None:
            pending.cancel_send()
        outgoing = OutgoingMessage(pending.body, pending)
        outgoing.quick_ack = pending.quick_ack
        outgoing.resend_count = pending.resend_count
        if not pending.service:
            outgoing.prepare = self._build_body
            outgoing.reserve = (0 if self.init_acknowledged else len(self._prefix)) + _INVOKE_AFTER_SIZE
        pending.outgoing = outgoing
        if not (self.binding.is_unbound and self.binding.defer_if_unbound(pending)):
            self.outbox.queue(outgoing)

    def _build_body(self, pending: PendingRequest, msg_id: int) -> bytes:
        """The request as it leaves: in invokeAfterMsg, in initConnection, compressed."""
        if self.binding.is_unbound and self.binding.is_request(pending):
            return self.binding.body(self.auth_key, self.session_id, msg_id, self.entropy)
        body = pending.body
        after = pending.after
        if after is not None and not after.settled and after.latest_id:
            body = _INVOKE_AFTER + after.latest_id.to_bytes(8, "little") + body
        pending.initialising = not self.init_acknowledged
        if pending.initialising:
            body = self._prefix + body
        if len(body) >= self.limits.gzip_threshold and not pending.handle.function.NAME.startswith(_INCOMPRESSIBLE):
            packed = deflate(body)
            # A peer like us would not believe that a request shrinks further than that (MS15).
            if len(packed) < len(body) <= self.limits.max_inflate_ratio * (len(packed) - GZIP_OVERHEAD):
                body = packed
        return body

    def poll(self, max_wait: float) -> None:
        """Over HTTP: let the server keep the next request open for up to `max_wait` seconds if it is silent."""
        wait = functions.mtproto.HttpWait(max_delay=0, wait_after=0, max_wait=int(max_wait * 1000))
        self.outbox.queue(OutgoingMessage(coder.encode(wait), content_related=False))

    # -- the link's side --------------------------------------------------------------------------------------------

    def packets_to_send(self, now: float) -> Iterator[OutgoingPacket]:
        """Everything that waits, encrypted; nothing while there is no key."""
        if self.auth_key is None or not self.outbox.pending(now):
            return
        server_time = self.clock.server_time(now)
        if self._look_for_silent_at == inf and self._pending:
            self._look_for_silent_at = now + self.limits.state_request_delay
        for message, parts in self.outbox.iter_packets(now, server_time):
            sealed = encrypt_message(
                message,
                auth_key=self.auth_key,
                salt=self.salts.current(server_time),
                session_id=self.session_id,
                sender=CLIENT,
                entropy=self.entropy,
            )
            yield OutgoingPacket(sealed.packet, self._note_sent(parts, sealed))

    def _note_sent(self, parts: list[OutgoingMessage[PendingRequest]], sealed: EncryptedPacket) -> bool:
        """Remember under which ids requests have left; whether any of them wants a quick acknowledgement."""
        impatient: list[RequestHandle[object]] = []
        for outgoing in parts:
            owner = outgoing.owner
            if owner is not None:
                if not owner.sent_ids or owner.sent_ids[-1] != outgoing.msg_id:
                    owner.sent_ids.append(outgoing.msg_id)
                self.envelopes.put(outgoing.msg_id, outgoing.envelope_id)
                if outgoing.quick_ack:
                    impatient.append(owner.handle)
        if impatient:
            self.quick_acks.expect(sealed, impatient)
        return bool(impatient)

    @property
    def deadline(self) -> float:
        """When `handle_deadline` must be called next."""
        return min(
            self._keepalive.deadline,
            self.salts.deadline,
            self._look_for_silent_at,
            self.outbox.acknowledgements.deadline,
        )

    def handle_deadline(self, now: float) -> None:
        """Do what time asks for. Raises RemoteProtocolError MS25 when the link is dead."""
        self.outbox.acknowledgements.look_at_time(now)
        if self._keepalive.should_ping(now):
            self.ping(now)
        if self.salts.should_request(now, self.clock.server_time(now)):
            self.request_internal(functions.mtproto.GetFutureSalts(num=self.limits.max_future_salts))
        if now >= self._look_for_silent_at:
            self._look_for_silent_at = now + self.limits.state_request_delay if self._pending else inf
            request_stale_states(self, now)

    def request_internal(self, function: Function[Any]) -> None:
        """Ask something for the session's own sake; of each kind only the last question is waited for."""
        before = self._internal_requests.get(type(function))
        if before is not None and (unanswered := self._pending.get(before)) is not None:
            self.remove_pending(unanswered)
        handle = self._internal_requests[type(function)] = RequestHandle(function)
        self.enqueue(handle, coder.encode(function), internal=True)

    def receive_quick_ack(self, token: bytes) -> None:
        """The server has a packet of ours; an unknown token is nobody's (TR4)."""
        self.events += map(QuickAckReceived, self.quick_acks.came(token))

    def receive_packet(self, packet: bytes, now: float) -> None:
        """Take an encrypted packet. Raises RemoteProtocolError when the link cannot be trusted any further."""
        opened = decrypt_message(packet, self.find_key, SERVER)
        if opened.session_id != self.session_id:
            if opened.session_id not in self._retired:
                raise RemoteProtocolError("EN7", "the message belongs to a session that is not ours")
            self._drop(opened.message, "EN7", "it belongs to a session that we have left")
            return
        inbox = self.inbox
        clock_sync.look_at(self, opened.message, now)
        for message in inbox.accept(opened.message, self.outbox.acknowledgements, now):
            self._keepalive.on_receive(now)  # MS31: only now is it known to be new
            self._dispatch(message, now)
            if self.inbox is not inbox:
                break  # the message has begun a new session; the rest of the envelope belongs to the old one

    def is_recent(self, message: Message, now: float) -> bool:
        """Whether it refuses what left at most `max_message_age` ago by our own clock: it was made since then
        (MS38).
        """
        if message.constructor not in REFUSALS:
            return False
        refused = self.outbox.sent(_about(message))
        return refused is not None and now - refused.sent_at <= self.limits.max_message_age

    def is_awaited(self, message: Message) -> bool:
        """Whether it is the result of a request that is unanswered, so that it cannot have come before (MS6)."""
        return message.constructor == RPC_RESULT and self.find(_about(message)) is not None

    def find_key(self, auth_key_id: bytes) -> AuthKey | None:
        """The session's key, if it has this id."""
        return self.auth_key if self.auth_key is not None and auth_key_id == self.auth_key.id else None

    def _new_inbox(self) -> IncomingMessageFilter:
        return IncomingMessageFilter(self.limits, self.clock, self, self._drop)

    def _drop(self, message: Message, check: str, reason: str) -> None:
        self.events.append(MessageIgnored(message.msg_id, check, reason))

    def _dispatch(self, message: Message, now: float) -> None:
        """Let one message have its effect; if it cannot be read, only it is lost (TL3)."""
        try:
            kind = message.body[:4]
            if kind == GZIP_PACKED:
                message = Message(message.msg_id, message.seqno, unpack_gzip(message.body, self.limits))
                kind = message.body[:4]
            HANDLERS.get(kind, on_other)(self, message, now)
        except RemoteProtocolError as error:
            if error.check == "MS18":  # not about this message: the server refuses every session
                raise
            self.events.append(UndecodableMessage(message.body, error))


def _about(message: Message) -> int:
    """The message id with which the body begins."""
    return int.from_bytes(message.body[4:12], "little", signed=True)
