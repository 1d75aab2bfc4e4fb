"""The effect of each service message of the server on the client's session.

One method for each constructor, in a table; answers to requests are handled in `rpc_results`, rejections of messages
in `bad_messages`. A service message counts only when it refers to something that was sent (MS17). What has no method is
an update, or a service message without an effect.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import MappingProxyType
from typing import TypeAlias, TypeVar

from sansio_tl import functions, types
from sansio_tl.codec import coder
from sansio_tl.errors.protocol import RemoteProtocolError
from sansio_tl.events import Event, SessionCreated, UpdatesReceived
from sansio_tl.limits import Limits
from sansio_tl.mtproto.client.bad_messages import BadMessages, NewSession
from sansio_tl.mtproto.client.message_filter import ClientMessageFilter
from sansio_tl.mtproto.client.request import PendingRequest
from sansio_tl.mtproto.client.request_queue import RequestQueue
from sansio_tl.mtproto.client.resend_policy import ResendPolicy
from sansio_tl.mtproto.client.salts import Salts
from sansio_tl.mtproto.message import Message
from sansio_tl.mtproto.message_ids import unix_time
from sansio_tl.mtproto.outgoing_message import OutgoingMessage
from sansio_tl.mtproto.replay_window import RECEIVED
from sansio_tl.mtproto.send_queue import SendQueue
from sansio_tl.mtproto.server_clock import ServerClock
from sansio_tl.tl.objects import TLObject, Unknown

T = TypeVar("T", bound=TLObject)
_PINGS = (functions.mtproto.Ping, functions.mtproto.PingDelayDisconnect)
_SERVER_SESSIONS_KEPT = 64


class ServiceMessages:
    """Handles the service messages of one session."""

    def __init__(
        self,
        requests: RequestQueue,
        outbox: SendQueue[PendingRequest],
        incoming: ClientMessageFilter,
        resend_policy: ResendPolicy,
        *,
        clock: ServerClock,
        salts: Salts,
        limits: Limits,
        report: Callable[[Event], None],
    ) -> None:
        self._requests = requests
        self._outbox = outbox
        self._incoming = incoming
        self._resend_policy = resend_policy
        self._bad_messages = BadMessages(
            requests, outbox, resend_policy, clock=clock, salts=salts, limits=limits, report=report
        )
        self._salts = salts
        self._limits = limits
        self._report = report
        self._server_sessions: tuple[int, ...] = ()
        """unique_id of the new_session_created messages that were handled (MS20)."""

    @property
    def server_sessions(self) -> int:
        """How many sessions of the server are remembered."""
        return len(self._server_sessions)

    def handle(self, message: Message, now: float) -> NewSession | None:
        """Let a message have its effect; returns what the session has to do, if anything.

        Raises RemoteProtocolError when the message cannot be read.
        """
        handler = HANDLERS.get(message.constructor)
        if handler is not None:
            return handler(self, message, now)
        self.on_other(message)
        return None

    def on_pong(self, message: Message, now: float) -> None:
        """The answer to ping and ping_delay_disconnect."""
        pong = _decode(message, types.mtproto.Pong)
        pending = self._requests.find(pong.msg_id)
        if pending is not None and isinstance(pending.handle.function, _PINGS):
            self._requests.complete(pending, pong)

    def on_future_salts(self, message: Message, now: float) -> None:
        """The answer to get_future_salts."""
        salts = _decode(message, types.mtproto.FutureSalts)
        pending = self._requests.find(salts.req_msg_id)
        if pending is not None and isinstance(pending.handle.function, functions.mtproto.GetFutureSalts):
            self._salts.set_future(salts.salts, salts.now)
            self._requests.complete(pending, salts)

    def on_acks(self, message: Message, now: float) -> None:
        """The server has these messages. Those that have no owner and ask nothing are forgotten."""
        for msg_id in self._bounded(_decode(message, types.mtproto.MsgsAck).msg_ids):
            sent = self._outbox.sent(msg_id)
            if sent is None:
                continue
            sent.set_acknowledged()
            if sent.owner is None and not sent.asks:
                self._outbox.forget(msg_id)

    def on_bad_server_salt(self, message: Message, now: float) -> None:
        """The server has rejected a message because of its salt."""
        notice = _decode(message, types.mtproto.BadServerSalt)
        self._bad_messages.handle_bad_server_salt(notice, unix_time(message.msg_id), now)

    def on_bad_msg_notification(self, message: Message, now: float) -> NewSession | None:
        """The server has rejected a message."""
        notice = _decode(message, types.mtproto.BadMsgNotification)
        return self._bad_messages.handle_bad_msg_notification(notice, unix_time(message.msg_id), now)

    def on_new_session_created(self, message: Message, now: float) -> None:
        """MS20: once for each unique_id, take the salt, send again what was sent before the session, report the gap.

        What the server had acknowledged it has had and lost, perhaps after it was executed (MS37).
        """
        notice = _decode(message, types.mtproto.NewSessionCreated)
        if notice.unique_id in self._server_sessions:
            return
        self._server_sessions = (*self._server_sessions, notice.unique_id)[-_SERVER_SESSIONS_KEPT:]
        self._salts.replace(notice.server_salt)
        for pending in self._requests.pop_sent_before(notice.first_msg_id):
            acknowledged = pending.outgoing is not None and pending.outgoing.acknowledged
            if acknowledged and not self._requests.is_harmless(pending):
                self._requests.abandon(pending, "the server has lost the session in which it had acknowledged it")
            else:
                self._requests.resend_lost_new_id(pending)
        self._report(SessionCreated(notice.first_msg_id, notice.unique_id))

    def on_msgs_state_req(self, message: Message, now: float) -> None:
        """The server asks which of its messages we have (MS11)."""
        asked = self._bounded(_decode(message, types.mtproto.MsgsStateReq).msg_ids)
        self._send_states(message.msg_id, asked)

    def on_msgs_state_info(self, message: Message, now: float) -> None:
        """The answer to our msgs_state_req (MS22)."""
        notice = _decode(message, types.mtproto.MsgsStateInfo)
        asking = self._outbox.sent(notice.req_msg_id)
        if asking is not None and asking.asks:
            self._outbox.forget(notice.req_msg_id)
            self._resend_policy.apply_states(asking.asks, notice.info, now, asked_at=asking.sent_at)

    def on_msgs_all_info(self, message: Message, now: float) -> None:
        """The states of messages of ours, which the server sends unasked (MS22)."""
        notice = _decode(message, types.mtproto.MsgsAllInfo)
        self._resend_policy.apply_states(self._bounded(notice.msg_ids), notice.info, now)

    def on_msg_detailed_info(self, message: Message, now: float) -> None:
        """MS21: the server has answered a request of ours; its answer is requested if it is missing and needed."""
        notice = coder.decode(message.body)
        if not isinstance(notice, types.mtproto.MsgDetailedInfo | types.mtproto.MsgNewDetailedInfo):
            raise _not_expected(notice)
        if isinstance(notice, types.mtproto.MsgDetailedInfo) and self._outbox.sent(notice.msg_id) is None:
            is_missing = False
        else:
            is_missing = self._incoming.state(notice.answer_msg_id) != RECEIVED
        if is_missing:
            request = types.mtproto.MsgResendReq(msg_ids=[notice.answer_msg_id])
            self._outbox.enqueue(OutgoingMessage(coder.encode(request)))
        else:
            self._outbox.pending_acks.add(notice.answer_msg_id, now)

    def on_msg_resend_req(self, message: Message, now: float) -> None:
        """The server misses messages of ours: they are sent again as they were, or the states if some are gone.

        Each is sent a bounded number of times (MS18), since a short request makes us send a long message.
        """
        asked = self._bounded(_decode(message, types.mtproto.MsgResendReq).msg_ids)
        known = [sent for sent in map(self._outbox.sent, asked) if sent is not None and not sent.children]
        for sent in known:
            if not sent.waiting and sent.asked_for < self._limits.max_resends:
                sent.count_resend_request()
                self._outbox.resend_same_id(sent)
        if len(known) < len(asked):
            self._send_states(message.msg_id, asked)

    def on_destroy_session(self, message: Message, now: float) -> None:
        """The answer to destroy_session."""
        answer = coder.decode(message.body)
        if not isinstance(answer, types.mtproto.DestroySessionOk | types.mtproto.DestroySessionNone):
            raise _not_expected(answer)
        for pending in self._requests.requests_to_end(answer.session_id):
            self._requests.complete(pending, answer)

    def on_destroy_auth_key(self, message: Message, now: float) -> None:
        """The answer to destroy_auth_key when it comes without rpc_result."""
        answer = coder.decode(message.body)
        for pending in self._requests.requests_to_end(None):
            self._requests.complete(pending, answer)

    def _send_states(self, req_msg_id: int, msg_ids: Sequence[int]) -> None:
        states = bytes(map(self._incoming.state, msg_ids))
        info = types.mtproto.MsgsStateInfo(req_msg_id=req_msg_id, info=states)
        self._outbox.enqueue(OutgoingMessage(coder.encode(info), content_related=False))

    def _bounded(self, msg_ids: Sequence[int]) -> Sequence[int]:
        """MS11: one message names a bounded number of others."""
        if len(msg_ids) > self._limits.max_ids_per_message:
            raise RemoteProtocolError("MS11", f"{len(msg_ids)} message ids in one message")
        return msg_ids

    def on_other(self, message: Message) -> None:
        """An update, or a service message without consequences."""
        received = coder.decode(message.body)
        if isinstance(received, Unknown):
            raise RemoteProtocolError("TL3", f"no constructor has the id {received.id:#010x}")
        if isinstance(received, types.TypeUpdates):
            self._report(UpdatesReceived(received))


Handler: TypeAlias = "Callable[[ServiceMessages, Message, float], NewSession | None]"


def _decode(message: Message, expected: type[T]) -> T:
    received = coder.decode(message.body)
    if not isinstance(received, expected):
        raise _not_expected(received)
    return received


def _not_expected(received: TLObject) -> RemoteProtocolError:
    return RemoteProtocolError("TL3", f"{received.NAME} is not what its first bytes announced")


def _by_id(handlers: dict[type[TLObject], Handler]) -> dict[bytes, Handler]:
    return {constructor.ID.to_bytes(4, "little"): handler for constructor, handler in handlers.items()}


HANDLERS = MappingProxyType(
    _by_id(
        {
            types.mtproto.Pong: ServiceMessages.on_pong,
            types.mtproto.FutureSalts: ServiceMessages.on_future_salts,
            types.mtproto.MsgsAck: ServiceMessages.on_acks,
            types.mtproto.BadServerSalt: ServiceMessages.on_bad_server_salt,
            types.mtproto.BadMsgNotification: ServiceMessages.on_bad_msg_notification,
            types.mtproto.NewSessionCreated: ServiceMessages.on_new_session_created,
            types.mtproto.MsgsStateReq: ServiceMessages.on_msgs_state_req,
            types.mtproto.MsgsStateInfo: ServiceMessages.on_msgs_state_info,
            types.mtproto.MsgsAllInfo: ServiceMessages.on_msgs_all_info,
            types.mtproto.MsgDetailedInfo: ServiceMessages.on_msg_detailed_info,
            types.mtproto.MsgNewDetailedInfo: ServiceMessages.on_msg_detailed_info,
            types.mtproto.MsgResendReq: ServiceMessages.on_msg_resend_req,
            types.mtproto.DestroySessionOk: ServiceMessages.on_destroy_session,
            types.mtproto.DestroySessionNone: ServiceMessages.on_destroy_session,
            types.mtproto.DestroyAuthKeyOk: ServiceMessages.on_destroy_auth_key,
            types.mtproto.DestroyAuthKeyNone: ServiceMessages.on_destroy_auth_key,
            types.mtproto.DestroyAuthKeyFail: ServiceMessages.on_destroy_auth_key,
        }
    )
)
