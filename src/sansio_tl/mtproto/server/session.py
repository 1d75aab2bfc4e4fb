"""The server's side of a session.

A session belongs to a key, not to a link: the client may come back over another link and go on. Messages that break a
rule are refused with bad_msg_notification, each by its code, so that the client can mend itself. A request that comes
twice is executed once; its answer is kept until the client has acknowledged it, and sent again when it asks.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Protocol

from sansio_tl import codec, functions, types
from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.limits import Limits
from sansio_tl.mtproto.client.bad_msg_actions import BadMsgCode
from sansio_tl.mtproto.container import CONTAINER
from sansio_tl.mtproto.message import DecryptedPacket, Message
from sansio_tl.mtproto.message_ids import SERVER_ANSWER, SERVER_OTHER, unix_time
from sansio_tl.mtproto.replay_window import FORGOTTEN, NOT_RECEIVED, RECEIVED, ReplayWindow, Verdict
from sansio_tl.mtproto.send_queue import OVERHEAD, OutgoingMessage, SendQueue
from sansio_tl.mtproto.server.held_bytes import HeldBytes
from sansio_tl.mtproto.server.layer_codec import LayerCodec, LayerCodecs
from sansio_tl.mtproto.server.seen_packets import SeenPackets
from sansio_tl.mtproto.server.seqno_checker import SeqnoOrder
from sansio_tl.mtproto.server.server_key import ServerKey
from sansio_tl.tl.layer_translation import UntranslatableError
from sansio_tl.tl.objects import Function, TLObject

_CONTAINERS = 64
"""Containers of which a session remembers what they were: a client that reuses an id does so soon."""
_ANSWER_MADE = 64
"""Bit of a state byte in msgs_state_info: the answer exists."""

NO_QUERY = functions.help.GetConfig()
"""Stands for what was asked where that is not kept."""


def rpc_result(msg_id: int, result: bytes) -> bytes:
    """The body of the answer to the request that came under `msg_id`; `result` is encoded."""
    return types.mtproto.RpcResult.ID.to_bytes(4, "little") + msg_id.to_bytes(8, "little", signed=True) + result


@dataclass(slots=True, eq=False)
class IncomingRequest:
    """A request of a client, waiting for `ServerConnection.send_result` or `send_error`."""

    session: ServerSession
    msg_id: int
    query: Function[object]
    """The innermost function, without its wrappers."""
    layer: int | None = None
    """The layer that the client speaks, as far as it has told."""
    init: functions.InitConnection[Any] | None = None
    """What the client told of itself with initConnection."""
    without_updates: bool = False
    """Whether it came in invokeWithoutUpdates."""
    after: tuple[int, ...] = ()
    """The message ids of the requests after which it wants to be executed (invokeAfterMsg, invokeAfterMsgs)."""
    wrappers: tuple[Function[Any], ...] = field(default=(), repr=False)
    """Everything that the query was wrapped in, outermost first: invokeWithReCaptcha and others may prove something."""
    dialect: LayerCodec | None = field(default=None, repr=False)
    """How its client speaks, if not as the shipped schema does."""
    said: TLObject | None = field(default=None, repr=False)
    """The whole query as the client said it, in its dialect."""
    after_done: int = 0
    """How many of those, from the first one on, have been executed."""
    waits_for: IncomingRequest | None = field(default=None, repr=False)
    """The first of those that has not been."""
    followers: dict[int, IncomingRequest] = field(default_factory=dict, repr=False)
    """Requests that wait for the answer to this one, by their message ids."""
    reported: bool = False
    """Whether the application has been told of it."""
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
        """Those who waited for this one, in their order; they wait no longer."""
        followers = list(self.followers.values())
        self.followers.clear()
        for follower in followers:
            follower.waits_for = None
        return followers

    def skip_predecessor(self) -> None:
        """The first request that it follows, of those not looked at yet, has been executed."""
        self.after_done += 1

    def set_reported(self) -> None:
        """The application knows of it."""
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
        """The client no longer wants the answer: it waits for no other request."""
        self.dropped = True
        if self.waits_for is not None:
            del self.waits_for.followers[self.msg_id]
            self.waits_for = None


class SessionConnection(Protocol):
    """What a session needs of a connection that it uses."""

    def key_ended(self) -> None:
        """The key of a client that uses the connection is destroyed."""

    def report_cancelled(self, request: IncomingRequest) -> None:
        """Report to the application that a request of which it knows is dropped."""

    def report_request(self, request: IncomingRequest) -> None:
        """Report a request to the application."""


class ServerSession:
    """One session of one key, as the server sees it."""

    def __init__(
        self, session_id: int, record: ServerKey, limits: Limits, first_msg_id: int = 0, *, known_from: int = 0
    ) -> None:
        """`first_msg_id` is the lowest message id that is known to be new (MS27).

        No message of this session with an id from `known_from` on has come: an earlier one that may have had it would
        be remembered.
        """
        self.id = session_id
        self.record = record
        self.first_msg_id = first_msg_id
        """The lowest message id that counts: what is below, the client was told, is lost (MS20)."""
        self._known_from = max(known_from, first_msg_id)
        self.link: SessionConnection | None = None
        """The link over which the client spoke last: what waits is sent there. None when that has ended."""
        self.asks_on: list[SessionConnection] = []
        """Over HTTP: the links on which the client waits for an answer, once for each request."""
        self.asked_at = float("-inf")
        """Over HTTP: when it sent a request last."""
        self.layer: int | None = record.layer
        """The layer of the latest invokeWithLayer."""
        self.init: functions.InitConnection[Any] | None = None
        """The latest initConnection, with `NO_QUERY` in place of its query (MS30)."""
        self._init_size = 0
        self._is_open = False
        self.max_requests = limits.max_unacked_responses
        """How many requests are remembered at most."""
        self.held = HeldBytes(record.held)
        """Bytes that its requests and their answers hold (MS34)."""
        self._key_has_ended = False
        self._limits = limits
        self._begin_empty()

    def _begin_empty(self) -> None:
        """No message has come, and none was sent."""
        limits = self._limits
        self.requests: dict[int, IncomingRequest] = {}
        """Requests by message id, until their answer is acknowledged."""
        self._failed: dict[int, None] = {}
        """Requests that failed and are forgotten otherwise, the latest ones: what follows them must fail as well."""
        self.backlog: list[IncomingRequest] = []
        """Requests whose turn came while there was no connection on which to report them."""
        self.outbox: SendQueue[IncomingRequest] = SendQueue(
            limits, container_kind=SERVER_OTHER, numbering=self.record.numbering
        )
        self._window = ReplayWindow(limits.replay_window)
        self._order = SeqnoOrder(limits.replay_window)
        self._packets = SeenPackets(limits.replay_window)
        self._containers: dict[int, bytes] = {}
        """The latest containers by message id, each with its digest."""

    def __repr__(self) -> str:
        return f"<ServerSession {self.id & (1 << 64) - 1:016x}>"

    @property
    def auth_key(self) -> AuthKey:
        """The key that the session belongs to."""
        return self.record.auth_key

    @property
    def is_open(self) -> bool:
        """Whether the key remembers it: from its first new message on, until it is dropped."""
        return self._is_open

    def set_open(self, *, is_open: bool) -> None:
        """The key remembers it, or does not any more."""
        self._is_open = is_open

    def close(self) -> list[IncomingRequest]:
        """The key forgets it, with everything queued: message ids go on above its own.

        Its unanswered requests are dropped; returns those that the application has. It may hold them, and with them
        this session, for long: nothing else is kept.
        """
        self.link = None
        self._is_open = False
        self.held.leave()
        self.outbox.hand_ids_to(self.record.numbering)
        unanswered = [request for request in self.requests.values() if not request.answered]
        for request in unanswered:
            request.drop()
        self._begin_empty()
        return [request for request in unanswered if request.reported]

    def end(self) -> None:
        """The key is destroyed: the connections that the client uses end, and with the last one the session."""
        self._key_has_ended = True
        used = [link for link in {self.link, *self.asks_on} if link is not None]
        for link in used:
            link.key_ended()
        if not used:
            self.close()

    def set_layer(self, layer: int) -> None:
        """The client has named its layer with invokeWithLayer."""
        self.layer = layer
        self.record.set_layer(layer)

    # -- checking incoming messages ---------------------------------------------------------------------------------

    def has(self, msg_id: int) -> bool:
        """Whether a message has come under this id, and is remembered.

        Whoever brings it again, with a salt or an id that is too old by now, must not make us refuse it: its client
        would send it anew, and it would be executed twice. What follows a message of which this is not known is not
        executed (L1): that one may still be to come.
        """
        return msg_id in self.requests or self._window.state(msg_id) == RECEIVED

    def judge(self, message: Message, salt: int, now: float) -> BadMsgCode | Verdict:
        """Whether an envelope's message is new and in order. Nothing is changed for one that is not (MS27)."""
        if not self.has(message.msg_id):
            refusal = self.check_time(message, now)
            if refusal is None and not self.record.accepts(salt, now):
                refusal = BadMsgCode.BAD_SALT
            if refusal is not None:
                return refusal
        return self.check_numbers(message)

    @property
    def newest_id(self) -> int:
        """No message with a higher id has come."""
        return max(self._window.newest, self.first_msg_id - 1)

    def begin(self, lowest_id: int, unique_id: int, now: float) -> None:
        """It opens with a message of that id, and is announced to the client with new_session_created (MS20)."""
        self.first_msg_id = max(self.first_msg_id, lowest_id)
        notice = types.mtproto.NewSessionCreated(self.first_msg_id, unique_id, self.record.salt(now))
        self.send_other(notice, content_related=True)

    def check_time(self, message: Message, now: float) -> BadMsgCode | None:
        """What is wrong with the id of an envelope's message."""
        age = now - unix_time(message.msg_id)
        if age > self._limits.max_message_age:
            return BadMsgCode.MSG_ID_TOO_LOW
        if age < -self._limits.max_clock_lead:
            return BadMsgCode.MSG_ID_TOO_HIGH
        return None

    def check_numbers(self, message: Message) -> BadMsgCode | Verdict:
        """Whether a message, outer or inner, is new (MS3, MS4) and its sequence number right (MS18).

        A message that is refused did not come: it may be sent again as it was.
        """
        if message.msg_id & 3:
            return BadMsgCode.MSG_ID_PARITY
        if message.constructor == CONTAINER and message.content_related:  # for msgs_ack clients differ
            return BadMsgCode.EVEN_SEQNO_EXPECTED
        if message.msg_id < self.first_msg_id:
            return BadMsgCode.TOO_OLD
        verdict = self._window.judge(message.msg_id)
        if verdict is Verdict.TOO_OLD:
            return Verdict.DUPLICATE if message.msg_id in self.requests else BadMsgCode.TOO_OLD
        if verdict is Verdict.DUPLICATE:
            reused = message.constructor == CONTAINER and self._is_another(message)
            return BadMsgCode.CONTAINER_ID_REUSED if reused else verdict
        refusal = self._order.judge(message)
        if refusal is not None:
            self._window.forget(message.msg_id)
        elif message.constructor == CONTAINER:
            self._remember_container(message)
        return refusal or verdict

    def _is_another(self, container: Message) -> bool:
        """Whether another container came under this id, as far as is remembered.

        Anyone can bring the same one again, even when a part of it was refused: to blame the client for that would make
        it begin a new session.
        """
        digest = _digest(container)
        return self._containers.get(container.msg_id, digest) != digest

    def _remember_container(self, container: Message) -> None:
        self._containers[container.msg_id] = _digest(container)
        if len(self._containers) > _CONTAINERS:
            del self._containers[next(iter(self._containers))]

    def reject(self, message: Message) -> None:
        """A message that was judged to be new cannot be read: it did not come."""
        self._window.forget(message.msg_id)
        self._order.forget(message.msg_id)

    def note_packet(self, opened: DecryptedPacket, *, is_new: bool) -> bool:
        """MS45: remember a packet that is about to be answered; False if it was before. `is_new`: so is its message."""
        msg_id, msg_key = opened.message.msg_id, opened.msg_key
        if not is_new and not self._packets.is_new(msg_id, msg_key):
            return False
        self._packets.add(msg_id, msg_key)
        return True

    def state(self, msg_id: int) -> int:
        """What msgs_state_info reports about a message of the client (MS22).

        Below the first message of the session none is accepted: there the message was not received unless an earlier
        session of that id may have had it. The client may send it under a new id then (MS36).
        """
        if msg_id < self.first_msg_id:
            return FORGOTTEN if msg_id < self._known_from else NOT_RECEIVED
        request = self.requests.get(msg_id)
        state = self._window.state(msg_id) if request is None else RECEIVED
        if request is not None and request.answered:
            state |= _ANSWER_MADE
        return state

    # -- sending ----------------------------------------------------------------------------------------------------

    def send_bad_msg(self, message: Message, refusal: BadMsgCode, now: float) -> None:
        """Tell the client that the message had no effect, and why."""
        self.send_other(self._refusal(message, refusal, now))

    def _refusal(self, message: Message, refusal: BadMsgCode, now: float) -> TLObject:
        if refusal is BadMsgCode.BAD_SALT:
            salt = self.record.salt(now)
            return types.mtproto.BadServerSalt(message.msg_id, message.seqno, refusal.value, salt)
        return types.mtproto.BadMsgNotification(message.msg_id, message.seqno, refusal.value)

    def refuse_alone(self, message: Message, refusal: BadMsgCode, now: float) -> Message:
        """The refusal as a message of its own, for the link that the refused one came on.

        Nothing of the session goes there: who brings a message that is not new need not be its client.
        """
        body = codec.encode(self._refusal(message, refusal, now))
        if self.is_open:
            return self.outbox.number_alone(body, now)
        return Message(self.record.numbering.next_id(now, SERVER_OTHER), 0, body)  # this session will not go on

    def send_other(self, value: TLObject, *, content_related: bool = False) -> None:
        """Queue a message that answers nothing."""
        self.outbox.queue(OutgoingMessage(codec.encode(value), content_related=content_related, kind=SERVER_OTHER))

    def push(self, updates: TLObject, dialects: LayerCodecs) -> None:
        """Queue an object of type Updates, unless the client's layer has no words for it."""
        dialect = dialects.of(self.layer)
        try:
            body = codec.encode(updates) if dialect is None else dialect.write(updates)
        except UntranslatableError:
            return
        self.send_encoded(body)

    def send_encoded(self, body: bytes) -> None:
        """Queue a content-related message that answers nothing and is encoded already."""
        self.outbox.queue(OutgoingMessage(body, kind=SERVER_OTHER))

    def send_reply(self, value: TLObject) -> None:
        """Queue a service message that answers one of the client's."""
        self.outbox.queue(OutgoingMessage(codec.encode(value), content_related=False, kind=SERVER_ANSWER))

    def send_result(self, request: IncomingRequest, result: bytes) -> None:
        """Queue the rpc_result of a request; `result` is encoded. It is held if the request was."""
        body = rpc_result(request.msg_id, result)
        if request.msg_id not in self.requests:
            answer: OutgoingMessage[IncomingRequest] = OutgoingMessage(body, kind=SERVER_ANSWER)
            self.forget_request(request)
        else:
            kept = IncomingRequest(self, request.msg_id, NO_QUERY, failed=request.failed)
            answer = OutgoingMessage(body, kept, kind=SERVER_ANSWER)
            kept.set_answer(answer)
            self.keep(kept, len(body))
        request.set_answer(answer)
        self.outbox.queue(answer)

    def introduce(self, init: functions.InitConnection[Any]) -> bool:
        """MS30: keep what the client says of itself, if that is not too much; whether it is kept."""
        size = len(codec.encode(init))
        if size > self._limits.max_init_size:
            return False
        self.held.in_engine.add(size - self._init_size)
        self.init, self._init_size = init, size
        return True

    def set_reported(self, request: IncomingRequest) -> None:
        """The application knows of a request: it counts until the application has answered it, whatever its session."""
        self.held.in_engine.add(-request.size)
        self.held.in_application.add(request.size)
        request.set_reported()

    def release(self, request: IncomingRequest) -> None:
        """The application does not hold a request any more: it does not count."""
        if request.reported:
            self.held.in_application.add(-request.size)
            request.set_size(0)

    def keep(self, request: IncomingRequest, size: int) -> None:
        """Hold a request of `size` bytes until it is answered, and then its answer until that is acknowledged.

        What was asked is not needed any more then.
        """
        before = self.requests.get(request.msg_id)
        if before is not None and before.reported:
            self.release(before)
        elif before is not None:
            self.held.in_engine.add(-before.size)
        request.set_size(size + OVERHEAD)
        self.requests[request.msg_id] = request
        self.held.in_engine.add(request.size)

    @property
    def has_room(self) -> bool:
        """MS34: whether the session may hold another request."""
        return self._has_room(0)

    def has_room_for(self, answer: bytes, request: IncomingRequest) -> bool:
        """MS34: whether the session may hold an answer in place of its request."""
        return len(answer) <= self._limits.assured_answer_size or self._has_room(request.size)

    def _has_room(self, freed: int) -> bool:
        """Whether there is room when `freed` bytes are held no more. What others hold does not lock a key out."""
        limits, of_key = self._limits, self.record.held
        if self.held.count - freed >= limits.max_session_bytes or of_key.count - freed >= limits.max_key_bytes:
            return False
        in_engine, in_application = of_key.in_engine.whole, of_key.in_application.whole
        if in_engine is None or in_application is None:
            return True
        if of_key.count - freed < limits.assured_key_bytes:
            return in_application.count - freed <= 2 * limits.max_held_bytes
        return in_engine.count + in_application.count - freed < limits.max_held_bytes

    def resend_same_id(self, msg_id: int, now: float) -> bool:
        """Send the answer to a request once more, if there is one; whether there was."""
        request = self.requests.get(msg_id)
        if request is None or request.outgoing is None:
            return False
        self.outbox.resend_same_id(request.outgoing, now)
        return True

    def acknowledged(self, msg_id: int) -> None:
        """The client has received what was sent under `msg_id`."""
        sent = self.outbox.forget(msg_id)
        if sent is not None:
            sent.withdraw()
            if sent.owner is not None:
                self.forget_request(sent.owner)
                sent.release_owner()

    def forget_request(self, request: IncomingRequest) -> None:
        """Its answer has arrived, or is kept no longer; only whether it has failed is remembered for a while (L1)."""
        known = self.requests.pop(request.msg_id, None)
        if known is not None and not known.reported:
            self.held.in_engine.add(-known.size)
        if request.failed:
            self._failed[request.msg_id] = None
            if len(self._failed) > self._limits.replay_window:
                del self._failed[next(iter(self._failed))]

    def has_failed(self, msg_id: int) -> bool:
        """Whether the request that came under `msg_id` was answered with an error (L1)."""
        request = self.requests.get(msg_id)
        return msg_id in self._failed if request is None else request.failed

    def attach(self, link: SessionConnection, now: float) -> None:
        """The client uses another connection now: what it has not acknowledged is sent there again."""
        self.link = link
        for sent in self.outbox.unacknowledged():
            self.outbox.resend_same_id(sent, now)

    def use_connection(self, link: SessionConnection) -> None:
        """Send over this connection from now on; nothing is sent again."""
        self.link = link

    def detach(self) -> list[IncomingRequest]:
        """The connection has ended: what is queued waits for another one.

        If the key is destroyed there is none: the session ends. Returns the requests that the application has then.
        """
        self.link = None
        return self.close() if self._key_has_ended else []

    def add_to_backlog(self, request: IncomingRequest) -> None:
        """Report a request when there is a connection again."""
        self.backlog.append(request)

    def take_backlog(self) -> list[IncomingRequest]:
        """The requests to report now."""
        backlog, self.backlog = self.backlog, []
        return backlog

    def poll_started(self, link: SessionConnection, now: float) -> None:
        """Over HTTP: the client waits for an answer on that link."""
        self.asks_on.append(link)
        self.asked_at = now

    def poll_finished(self, link: SessionConnection) -> None:
        """Over HTTP: it waits no longer there, so what comes next is sent where it still does."""
        self.asks_on.remove(link)
        if self.link is link and self.asks_on:
            self.link = self.asks_on[-1]

    def expects_poll(self, now: float) -> bool:
        """Over HTTP: whether it has no link now, but asked a moment ago, and so will again: news can wait for that."""
        return self.link is None and now - self.asked_at < self._limits.long_poll_timeout

    def is_connected(self, now: float) -> bool:
        """Whether its client has a connection, or over HTTP had one a moment ago."""
        return self.link is not None or now - self.asked_at < 2 * self._limits.long_poll_timeout

    def forget_answer(self, request: IncomingRequest) -> None:
        """Keep the answer no longer than any other message, if it is still on its way."""
        outgoing = request.outgoing
        if outgoing is not None:
            self.outbox.detach_owner(outgoing)


def _digest(container: Message) -> bytes:
    return sha256(container.body).digest()[:8]
