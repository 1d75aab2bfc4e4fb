"""The server's side of a session.

A session belongs to a key, not to a connection: the client may continue it over another one. Messages that break a
rule are rejected with bad_msg_notification, each by its code, so that the client can recover. A request that arrives
twice is executed once; its answer is kept until the client has acknowledged it, and sent again on request.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from sansio_tl import codec, errors, functions, types
from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.limits import Limits
from sansio_tl.mtproto.bad_msg_codes import BadMsgCode
from sansio_tl.mtproto.message import DecryptedPacket, Message
from sansio_tl.mtproto.message_ids import SERVER_ANSWER, SERVER_OTHER
from sansio_tl.mtproto.outgoing_message import OutgoingMessage
from sansio_tl.mtproto.replay_window import RECEIVED, Verdict
from sansio_tl.mtproto.send_queue import SendQueue
from sansio_tl.mtproto.server.held_bytes import HeldBytes
from sansio_tl.mtproto.server.kept_requests import KeptRequests
from sansio_tl.mtproto.server.layer_codec import LayerCodec, LayerCodecs
from sansio_tl.mtproto.server.message_filter import ServerMessageFilter
from sansio_tl.mtproto.server.resend_queue import ResendQueue
from sansio_tl.mtproto.server.server_key import ServerKey
from sansio_tl.tl.layer_translation import UntranslatableError
from sansio_tl.tl.objects import Function, TLObject

_ANSWER_MADE = 64
"""Bit of a state byte in msgs_state_info: the answer exists."""

NO_QUERY = functions.help.GetConfig()
"""Placeholder for a query that is not kept."""


def rpc_result(msg_id: int, result: bytes) -> bytes:
    """The body of the answer to the request with the id `msg_id`; `result` is encoded."""
    return types.mtproto.RpcResult.ID.to_bytes(4, "little") + msg_id.to_bytes(8, "little", signed=True) + result


@dataclass(slots=True, eq=False)
class IncomingRequest:
    """A request of a client, waiting for `ServerConnection.send_result` or `send_error`."""

    session: ServerSession
    msg_id: int
    query: Function[object]
    """The innermost function, without its wrappers."""
    layer: int | None = None
    """The layer of the client, if it has sent invokeWithLayer."""
    init: functions.InitConnection[Any] | None = None
    """The client's latest initConnection."""
    without_updates: bool = False
    """Whether it arrived in invokeWithoutUpdates."""
    after: tuple[int, ...] = ()
    """The message ids of the requests after which it is to be executed (invokeAfterMsg, invokeAfterMsgs)."""
    wrappers: tuple[Function[Any], ...] = field(default=(), repr=False)
    """Everything that the query was wrapped in, outermost first: invokeWithReCaptcha and others may prove something."""
    layer_codec: LayerCodec | None = field(default=None, repr=False)
    """The codec of the client's layer, if that is not the shipped one."""
    original: TLObject | None = field(default=None, repr=False)
    """The whole query as it was received, in the client's layer."""
    after_done: int = 0
    """How many of `after`, from the first one on, have been executed."""
    waits_for: IncomingRequest | None = field(default=None, repr=False)
    """The first of `after` that has not been executed."""
    followers: dict[int, IncomingRequest] = field(default_factory=dict, repr=False)
    """Requests that wait for the answer to this one, by their message ids."""
    reported: bool = False
    """Whether the application has received it."""
    outgoing: OutgoingMessage[IncomingRequest] | None = field(default=None, repr=False)
    """The answer, once there is one."""
    failed: bool = False
    """Whether the answer is an error."""
    size: int = 0
    """Bytes that it holds, or its answer once there is one (MS34)."""
    dropped: bool = False
    """Whether no answer is sent any more: the client does not want it (rpc_drop_answer), or its session has ended. A
    request that the application has counts for its client until the application answers or releases it (MS34)."""

    @property
    def answered(self) -> bool:
        """Whether the answer was made."""
        return self.outgoing is not None

    def wait_for(self, predecessor: IncomingRequest) -> None:
        """Wait until `predecessor` is answered (L1)."""
        self.waits_for = predecessor
        predecessor.followers[self.msg_id] = self

    def take_followers(self) -> list[IncomingRequest]:
        """The requests that waited for this one, in their order; they wait no longer."""
        followers = list(self.followers.values())
        self.followers.clear()
        for follower in followers:
            follower.waits_for = None
        return followers

    def skip_predecessor(self) -> None:
        """The first request that it follows, of those not checked yet, has been executed."""
        self.after_done += 1

    def set_reported(self) -> None:
        """The application has received it."""
        self.reported = True

    def set_failed(self) -> None:
        """The answer is, or will be, an error."""
        self.failed = True

    def set_answer(self, outgoing: OutgoingMessage[IncomingRequest]) -> None:
        """The answer was made."""
        self.outgoing = outgoing

    def set_size(self, size: int) -> None:
        """It holds so many bytes, or its answer does."""
        self.size = size

    def drop(self) -> None:
        """No answer is sent any more: it waits for no other request."""
        self.dropped = True
        if self.waits_for is not None:
            del self.waits_for.followers[self.msg_id]
            self.waits_for = None


class SessionConnection(Protocol):
    """What a session needs of a connection that it uses."""

    def key_ended(self) -> None:
        """The key of a client that uses the connection is destroyed."""

    def report_cancelled(self, request: IncomingRequest) -> None:
        """Report to the application that a request that it has received is dropped."""

    def report_request(self, request: IncomingRequest) -> None:
        """Report a request to the application."""


class ServerSession:
    """One session of one key, as the server sees it."""

    def __init__(
        self, session_id: int, record: ServerKey, limits: Limits, first_msg_id: int = 0, *, known_from: int = 0
    ) -> None:
        """`first_msg_id` and `known_from` are those of `ServerMessageFilter`."""
        self._id = session_id
        self._record = record
        self._limits = limits
        self._connection: SessionConnection | None = None
        self._polled_connections: list[SessionConnection] = []
        """Over HTTP: the connections on which the client waits for an answer, once for each of its HTTP requests."""
        self._polled_at = float("-inf")
        self._layer: int | None = record.layer
        self._init: functions.InitConnection[Any] | None = None
        self._init_size = 0
        self._is_open = False
        self._key_has_ended = False
        self._requests: KeptRequests[IncomingRequest] = KeptRequests(record.held, limits)
        self._begin_empty(first_msg_id, known_from)

    def _begin_empty(self, first_msg_id: int = 0, known_from: int = 0) -> None:
        """No message has arrived, and none was sent."""
        self._received = ServerMessageFilter(self._limits, first_msg_id, known_from=known_from)
        self._backlog: list[IncomingRequest] = []
        """Requests whose turn came while there was no connection on which to report them."""
        self._outbox: SendQueue[IncomingRequest] = SendQueue(
            self._limits, container_kind=SERVER_OTHER, numbering=self._record.numbering, replaces_old_ids=True
        )
        self._resends: ResendQueue[IncomingRequest] = ResendQueue(self._limits)

    def __repr__(self) -> str:
        return f"<ServerSession {self._id & (1 << 64) - 1:016x}>"

    # -- its state --------------------------------------------------------------------------------------------------

    @property
    def id(self) -> int:
        """The session id, signed 64 bit."""
        return self._id

    @property
    def record(self) -> ServerKey:
        """The key that it belongs to, with its salts."""
        return self._record

    @property
    def auth_key(self) -> AuthKey:
        """The key that it belongs to."""
        return self._record.auth_key

    @property
    def is_open(self) -> bool:
        """Whether the key remembers it: from its first new message on, until it is dropped."""
        return self._is_open

    @property
    def connection(self) -> SessionConnection | None:
        """The connection that its client used last, over which everything is sent; None when that has ended."""
        return self._connection

    @property
    def polled_at(self) -> float:
        """Over HTTP: when the client sent a request last."""
        return self._polled_at

    @property
    def layer(self) -> int | None:
        """The layer of the latest invokeWithLayer."""
        return self._layer

    @property
    def init(self) -> functions.InitConnection[Any] | None:
        """The latest initConnection, with `NO_QUERY` in place of its query (MS30)."""
        return self._init

    @property
    def requests(self) -> KeptRequests[IncomingRequest]:
        """Its requests, until their answers are acknowledged."""
        return self._requests

    @property
    def backlog(self) -> Sequence[IncomingRequest]:
        """Requests to report as soon as there is a connection again."""
        return self._backlog

    @property
    def outbox(self) -> SendQueue[IncomingRequest]:
        """What it sends and has sent."""
        return self._outbox

    @property
    def received(self) -> ServerMessageFilter:
        """What it has received."""
        return self._received

    @property
    def held(self) -> HeldBytes:
        """Bytes that its requests and their answers hold (MS34)."""
        return self._requests.held

    # -- its beginning and end --------------------------------------------------------------------------------------

    def set_open(self) -> None:
        """The key remembers it."""
        self._is_open = True

    def begin(self, lowest_id: int, unique_id: int, now: float) -> None:
        """It opens with a message of that id, and is announced to the client with new_session_created (MS20)."""
        self._received.begin(lowest_id)
        notice = types.mtproto.NewSessionCreated(self._received.first_msg_id, unique_id, self._record.salt(now))
        self.send_other(notice, content_related=True)

    def close(self) -> list[IncomingRequest]:
        """The key forgets it, with everything queued: later message ids are above its own.

        Its unanswered requests are dropped; returns those that the application has. It may hold them, and with them
        this session, for long: nothing else is kept.
        """
        self._connection = None
        self._is_open = False
        self._outbox.hand_ids_to(self._record.numbering)
        unanswered = self._requests.close()
        for request in unanswered:
            request.drop()
        self._begin_empty()
        return [request for request in unanswered if request.reported]

    def end(self) -> None:
        """The key is destroyed: the connections that the client uses end, and with the last one the session."""
        self._key_has_ended = True
        current = () if self._connection is None else (self._connection,)
        used = dict.fromkeys((*current, *self._polled_connections))  # in an order that is always the same
        for connection in used:
            connection.key_ended()
        if not used:
            self.close()

    # -- its connections --------------------------------------------------------------------------------------------

    def attach(self, connection: SessionConnection) -> None:
        """The client uses another connection now: what it has not acknowledged is sent there again, in time (MS47)."""
        self._connection = connection
        # At most `Limits.max_unacked_responses` messages, in 1 ms. A client that changes its connection with each
        # packet has that done each time; servers divide their time fairly.
        for sent in self._outbox.unacknowledged():
            self._resends.add(sent)

    def use_connection(self, connection: SessionConnection) -> None:
        """Send over this connection from now on; nothing is sent again."""
        self._connection = connection

    def detach(self) -> list[IncomingRequest]:
        """The connection has ended: what is queued waits for another one.

        If the key is destroyed there is none: the session ends. Returns the requests that the application has then.
        """
        self._connection = None
        return self.close() if self._key_has_ended else []

    def poll_started(self, connection: SessionConnection, now: float) -> None:
        """Over HTTP: the client waits for an answer on that connection."""
        self._polled_connections.append(connection)
        self._polled_at = now

    def poll_finished(self, connection: SessionConnection) -> None:
        """Over HTTP: the client does not wait there any more. What follows is sent where it still waits."""
        self._polled_connections.remove(connection)
        if self._connection is connection and self._polled_connections:
            self._connection = self._polled_connections[-1]

    def uses(self, connection: SessionConnection) -> bool:
        """Whether the client uses that connection, or waits on it over HTTP."""
        return self._connection is connection or connection in self._polled_connections

    def is_connected(self, now: float) -> bool:
        """Whether its client has a connection, or over HTTP had one a moment ago."""
        return self._connection is not None or now - self._polled_at < 2 * self._limits.long_poll_timeout

    def expects_poll(self, now: float) -> bool:
        """Over HTTP: whether the client has no connection now, but polled a moment ago and so will again."""
        return self._connection is None and now - self._polled_at < self._limits.long_poll_timeout

    def add_to_backlog(self, request: IncomingRequest) -> None:
        """Report a request when there is a connection again."""
        self._backlog.append(request)

    def take_backlog(self) -> list[IncomingRequest]:
        """The requests to report now."""
        backlog, self._backlog = self._backlog, []
        return backlog

    # -- incoming messages ------------------------------------------------------------------------------------------

    def has(self, msg_id: int) -> bool:
        """Whether a message has arrived under this id, and is remembered.

        If it arrives again, with a salt or an id that is too old by now, it must not be rejected: its client would send
        it under a new id, and it would be executed twice. A request that follows a message for which this is False is
        not executed (L1): that message may still arrive.
        """
        return msg_id in self._requests or self._received.has(msg_id)

    def accept_outer(self, message: Message, salt: int, now: float) -> BadMsgCode | Verdict:
        """Remember the message of an envelope if it is new and in order. One that is not changes nothing (MS27)."""
        if not self.has(message.msg_id):
            code = self._received.check_time(message, now)
            if code is None and not self._record.accepts(salt, now):
                code = BadMsgCode.BAD_SALT
            if code is not None:
                return code
        return self.accept(message)

    def accept(self, message: Message) -> BadMsgCode | Verdict:
        """Remember a message, outer or inner, if it is new and in order."""
        return self._received.accept(message, self._requests)

    def reject(self, message: Message) -> None:
        """A message that was accepted cannot be read: it did not arrive."""
        self._received.reject(message)

    def note_packet(self, opened: DecryptedPacket, *, is_new: bool) -> bool:
        """MS45: remember a packet that is about to be answered; False if it was before. `is_new`: so is its message."""
        return self._received.note_packet(opened, is_new=is_new)

    def state(self, msg_id: int) -> int:
        """What msgs_state_info reports about a message of the client (MS22)."""
        request = self._requests.find(msg_id)
        state = self._received.state(msg_id) if request is None else RECEIVED
        if request is not None and request.answered:
            state |= _ANSWER_MADE
        return state

    def set_layer(self, layer: int) -> None:
        """The client has sent invokeWithLayer."""
        self._layer = layer
        self._record.set_layer(layer)

    def keep_init(self, init: functions.InitConnection[Any]) -> bool:
        """MS30: keep the client's initConnection, if it is not too large; whether it is kept."""
        size = len(codec.encode(init))
        if size > self._limits.max_init_size:
            return False
        self.held.in_engine.add(size - self._init_size)
        self._init, self._init_size = init, size
        return True

    # -- outgoing messages ------------------------------------------------------------------------------------------

    def send_bad_msg(self, message: Message, code: BadMsgCode, now: float) -> None:
        """Report to the client that the message had no effect, and why."""
        self.send_other(self._bad_msg(message, code, now))

    def _bad_msg(self, message: Message, code: BadMsgCode, now: float) -> TLObject:
        if code is BadMsgCode.BAD_SALT:
            salt = self._record.salt(now)
            return types.mtproto.BadServerSalt(message.msg_id, message.seqno, code.value, salt)
        return types.mtproto.BadMsgNotification(message.msg_id, message.seqno, code.value)

    def number_bad_msg(self, message: Message, code: BadMsgCode, now: float) -> Message:
        """The bad_msg_notification as a message of its own, for the connection on which the rejected message arrived.

        Nothing else of the session is sent there: the sender of a message that is not new need not be its client.
        """
        body = codec.encode(self._bad_msg(message, code, now))
        if self.is_open:
            return self._outbox.number_alone(body, now)
        return Message(self._record.numbering.next_id(now, SERVER_OTHER), 0, body)  # this session will not go on

    def send_other(self, value: TLObject, *, content_related: bool = False) -> None:
        """Queue a message that answers nothing."""
        self._outbox.enqueue(OutgoingMessage(codec.encode(value), content_related=content_related, kind=SERVER_OTHER))

    def push(self, updates: TLObject, layer_codecs: LayerCodecs) -> None:
        """Queue an object of type Updates, unless the client's layer cannot express it."""
        layer_codec = layer_codecs.of(self._layer)
        try:
            body = codec.encode(updates) if layer_codec is None else layer_codec.write(updates)
        except UntranslatableError:
            return
        self.send_encoded(body)

    def send_encoded(self, body: bytes) -> None:
        """Queue a content-related message that answers nothing and is encoded already."""
        self._outbox.enqueue(OutgoingMessage(body, kind=SERVER_OTHER))

    def send_reply(self, value: TLObject) -> None:
        """Queue a service message that answers one of the client's."""
        self._outbox.enqueue(OutgoingMessage(codec.encode(value), content_related=False, kind=SERVER_ANSWER))

    def send_result(self, request: IncomingRequest, result: bytes) -> None:
        """Queue the rpc_result of a request; `result` is encoded. The answer is kept if the request was."""
        body = rpc_result(request.msg_id, result)
        if request.msg_id not in self._requests:
            answer: OutgoingMessage[IncomingRequest] = OutgoingMessage(body, kind=SERVER_ANSWER)
            self._requests.forget(request)
        else:
            kept = IncomingRequest(self, request.msg_id, NO_QUERY, failed=request.failed)
            answer = OutgoingMessage(body, kept, kind=SERVER_ANSWER)
            kept.set_answer(answer)
            self._requests.put(kept, len(body))
        request.set_answer(answer)
        self._outbox.enqueue(answer)

    def send_error(self, request: IncomingRequest, error: errors.RpcError) -> None:
        """Queue the answer to a request with an error."""
        request.set_failed()
        body = codec.encode(types.mtproto.RpcError(error_code=error.code, error_message=error.text))
        self.send_result(request, body)

    def send_error_to(self, message: Message, text: str) -> None:
        """Answer a message that is no request that can be executed, with an error 400."""
        request = IncomingRequest(self, message.msg_id, NO_QUERY)
        self.keep(request, len(message.body))
        self.send_error(request, errors.parse(400, text))

    @property
    def has_resends(self) -> bool:
        """Whether messages wait to be sent again."""
        return bool(self._resends)

    def resend_same_or_new_id(self, outgoing: OutgoingMessage[IncomingRequest]) -> None:
        """Send a message again in time (MS47), under the same id while the client accepts that, or else a new one."""
        self._resends.add(outgoing)

    def resend_answer_same_or_new_id(self, msg_id: int) -> bool:
        """Send the answer to a request once more, if there is one; whether there was."""
        request = self._requests.find(msg_id)
        if request is None or request.outgoing is None:
            return False
        self.resend_same_or_new_id(request.outgoing)
        return True

    def enqueue_resends(self, most: int, now: float) -> int:
        """Queue what may be sent again now, about `most` bytes of it (MS8, MS47). Returns how many of them are left."""
        for outgoing in self._resends.take(most, now):
            most -= len(outgoing.body)
            self._outbox.resend_same_id(outgoing)  # or under a new one: see `replaces_old_ids`
        return most

    def acknowledged(self, msg_id: int) -> None:
        """The client has received what was sent under `msg_id`."""
        sent = self._outbox.forget(msg_id)
        if sent is not None:
            sent.withdraw()
            self._resends.acknowledged(sent)
            if sent.owner is not None:
                self._requests.forget(sent.owner)
                sent.end()

    # -- requests ---------------------------------------------------------------------------------------------------

    def keep(self, request: IncomingRequest, size: int) -> None:
        """Remember a request of `size` bytes until its answer is acknowledged, within bounds (MS34).

        If there are too many, the one that was answered first is forgotten.
        """
        if not self._requests.has_room:
            return
        self._requests.put(request, size)
        oldest = self._requests.forget_excess()
        if oldest is not None and oldest.outgoing is not None:
            self._resends.discard(oldest.outgoing)
            self._outbox.detach_owner(oldest.outgoing)

    def drop_answer(self, request: IncomingRequest) -> OutgoingMessage[IncomingRequest] | None:
        """The client does not want the answer to a request (rpc_drop_answer). Returns the answer if it was made.

        Otherwise the request fails: whatever was to follow it is not executed.
        """
        request.drop()
        answer = request.outgoing
        if answer is None:
            request.set_failed()
        else:
            answer.withdraw()
            self._resends.discard(answer)
            self._outbox.forget(answer.msg_id)
        return answer
