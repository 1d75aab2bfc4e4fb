"""The effect of each kind of message of the client on the server's session.

Functions of MTProto itself are answered here, one method for each, in a table; queries of the API go to `queries`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import MappingProxyType
from typing import Any, TypeAlias

from sansio_tl import codec, functions, types
from sansio_tl.errors.protocol import RemoteProtocolError
from sansio_tl.events import AuthKeyDestroyed
from sansio_tl.limits import Limits
from sansio_tl.mtproto.container import unpack_gzip
from sansio_tl.mtproto.message import Message
from sansio_tl.mtproto.server.context import ServerContext
from sansio_tl.mtproto.server.layer_codec import LayerCodec, layer_in
from sansio_tl.mtproto.server.queries import invalid, on_query
from sansio_tl.mtproto.server.request_order import release_followers
from sansio_tl.mtproto.server.session import IncomingRequest, ServerSession
from sansio_tl.tl.errors import UnknownConstructorError
from sansio_tl.tl.layer_translation import UntranslatableError
from sansio_tl.tl.objects import Function, TLObject, Unknown


class MessageHandler:
    """Handles the messages of one packet of a client."""

    def __init__(self, host: ServerContext, session: ServerSession, now: float) -> None:
        """`host` is the connection on which the packet arrived."""
        self._host = host
        self._session = session
        self._now = now

    def dispatch(self, message: Message, limits: Limits) -> None:
        """Let one accepted message have its effect; `limits` bound the cost of decoding it.

        Raises RemoteProtocolError for one that has none and is not answered.
        """
        session = self._session
        if message.content_related:
            session.outbox.pending_acks.add(message.msg_id, self._now)
        body = message.body
        try:
            body = unpack_gzip(body, limits)
            layer_codec = self._layer_codec_of(body)
            original, value = (
                (None, codec.decode(body, limits)) if layer_codec is None else layer_codec.read(body, limits)
            )
        except RemoteProtocolError as error:
            if not message.content_related:
                raise
            session.send_error_to(message, _what_is_unreadable(body, error))
            return
        except UntranslatableError as error:
            session.send_error_to(message, _what_is_unknown(error))
            return
        handler = HANDLERS.get(type(value))
        if handler is not None:
            handler(self, message, value)
        elif isinstance(value, Function | Unknown):
            on_query(self._host, session, message, value, self._now, layer_codec, original)

    def _layer_codec_of(self, body: bytes) -> LayerCodec | None:
        """The codec for a message: of the layer in it, or of the client's latest. None: the shipped one."""
        layer_codec = self._host.layer_codecs.of(layer_in(body) or self._session.layer)
        return layer_codec if layer_codec is not None and layer_codec.knows(body) else None

    def on_ping(self, message: Message, ping: functions.mtproto.Ping) -> None:
        """Answer with a pong."""
        self._session.send_reply(types.mtproto.Pong(msg_id=message.msg_id, ping_id=ping.ping_id))

    def on_ping_delay_disconnect(self, message: Message, ping: functions.mtproto.PingDelayDisconnect) -> None:
        """The connection is closed after the delay unless the client sends another one (MS25)."""
        host = self._host
        host.set_disconnect_deadline(self._now + min(max(0, ping.disconnect_delay), host.limits.idle_timeout))
        self._session.send_reply(types.mtproto.Pong(msg_id=message.msg_id, ping_id=ping.ping_id))

    def on_acks(self, message: Message, acks: types.mtproto.MsgsAck) -> None:
        """The client has received these messages."""
        for msg_id in self._bounded(acks.msg_ids):
            self._session.acknowledged(msg_id)

    def on_get_future_salts(self, message: Message, request: functions.mtproto.GetFutureSalts) -> None:
        """Answer with the next salts."""
        salts = self._session.record.take_future_salts(request.num, self._host.limits, self._now)
        reply = types.mtproto.FutureSalts(req_msg_id=message.msg_id, now=int(self._now), salts=salts)
        self._session.send_reply(reply)

    def on_msgs_state_req(self, message: Message, request: types.mtproto.MsgsStateReq) -> None:
        """Answer with the states of messages of the client (MS22)."""
        self._send_states(message, request.msg_ids)

    def on_msg_resend_req(self, message: Message, request: types.mtproto.MsgResendReq) -> None:
        """The client misses messages of ours: send them again as they were, or their states if some are gone."""
        asked = self._bounded(request.msg_ids)
        outbox = self._session.outbox
        known = [sent for sent in map(outbox.sent, asked) if sent is not None and not sent.children]
        for sent in known:
            self._session.resend_same_or_new_id(sent)
        if len(known) < len(asked):
            self._send_states(message, asked)

    def on_msg_resend_ans_req(self, message: Message, request: types.mtproto.MsgResendAnsReq) -> None:
        """The client misses the answers to these requests."""
        found = [self._session.resend_answer_same_or_new_id(msg_id) for msg_id in self._bounded(request.msg_ids)]
        if not all(found):
            self._send_states(message, request.msg_ids)

    def _send_states(self, message: Message, msg_ids: Sequence[int]) -> None:
        states = bytes(map(self._session.state, self._bounded(msg_ids)))
        self._session.send_reply(types.mtproto.MsgsStateInfo(req_msg_id=message.msg_id, info=states))

    def _bounded(self, msg_ids: Sequence[int]) -> Sequence[int]:
        """MS11: one message names a bounded number of others."""
        if len(msg_ids) > self._host.limits.max_ids_per_message:
            raise RemoteProtocolError("MS11", f"{len(msg_ids)} message ids in one message")
        return msg_ids

    def on_rpc_drop_answer(self, message: Message, drop: functions.mtproto.RpcDropAnswer) -> None:
        """The client needs the answer no longer. What was to follow the request fails: how it ended is not reported."""
        session = self._session
        dropped = session.requests.find(drop.req_msg_id)
        if dropped is None:
            self._answer_at_once(message, drop, types.mtproto.RpcAnswerUnknown())
            return
        sent = session.drop_answer(dropped)
        if sent is None and dropped.reported:
            self._host.report_cancelled(dropped)
        answer: TLObject = types.mtproto.RpcAnswerDroppedRunning()
        if sent is not None:
            answer = types.mtproto.RpcAnswerDropped(sent.msg_id, sent.seqno, len(sent.body))
        self._answer_at_once(message, drop, answer)
        session.requests.forget(dropped)
        release_followers(self._host, dropped)

    def _answer_at_once(self, message: Message, query: Function[Any], answer: TLObject) -> None:
        """The answer to a function of MTProto itself that is answered with rpc_result, kept like all of those."""
        request = IncomingRequest(self._session, message.msg_id, query)
        self._session.keep(request, len(message.body))
        self._session.send_result(request, codec.encode(answer))

    def on_destroy_session(self, message: Message, request: functions.mtproto.DestroySession) -> None:
        """Forget another session of the key. A session cannot destroy itself."""
        target, session = request.session_id, self._session
        record = self._host.keys[session.auth_key.id]
        known = target != session.id and target in record.sessions
        if target != session.id:
            for dropped in record.destroy_session(target, self._now, self._host.limits):
                self._host.report_cancelled(dropped)
        answer = types.mtproto.DestroySessionOk if known else types.mtproto.DestroySessionNone
        session.send_reply(answer(session_id=target))

    def on_destroy_auth_key(self, message: Message, request: functions.mtproto.DestroyAuthKey) -> None:
        """Forget the key; the answer is still sent under it."""
        key_id = self._session.auth_key.id
        known = self._host.keys.pop(key_id, None) is not None
        answer = types.mtproto.DestroyAuthKeyOk() if known else types.mtproto.DestroyAuthKeyNone()
        self._answer_at_once(message, request, answer)
        if known:
            self._host.emit(AuthKeyDestroyed(key_id))

    def on_http_wait(self, message: Message, wait: functions.mtproto.HttpWait) -> None:
        """Over HTTP: how long, in milliseconds, the client's request may stay open while there is nothing to send."""
        self._host.hold_poll_until(self._now + max(0, wait.max_wait) / 1000)

    def on_handshake_message(self, message: Message, value: TLObject) -> None:
        """Messages of the handshake are never encrypted."""
        raise RemoteProtocolError("HS17", f"{value.NAME} in an encrypted message")


def _what_is_unreadable(body: bytes, error: RemoteProtocolError) -> str:
    """The error of the data centers: with the id of an unknown constructor, else that it cannot be decoded (TL3)."""
    if isinstance(error, UnknownConstructorError):
        return invalid("CONSTRUCTOR", int.from_bytes(body[error.offset : error.offset + 4], "little"))
    return "INPUT_FETCH_ERROR"


def _what_is_unknown(error: UntranslatableError) -> str:
    """The error for what the layer of a client has and the shipped one does not."""
    if error.lacking is None:
        return "INPUT_FETCH_ERROR"
    return invalid("METHOD" if issubclass(error.lacking, Function) else "CONSTRUCTOR", error.lacking.ID)


Handler: TypeAlias = Callable[[MessageHandler, Message, Any], None]

HANDLERS = MappingProxyType[type[TLObject], Handler](
    {
        functions.mtproto.Ping: MessageHandler.on_ping,
        functions.mtproto.PingDelayDisconnect: MessageHandler.on_ping_delay_disconnect,
        functions.mtproto.GetFutureSalts: MessageHandler.on_get_future_salts,
        functions.mtproto.RpcDropAnswer: MessageHandler.on_rpc_drop_answer,
        functions.mtproto.DestroySession: MessageHandler.on_destroy_session,
        functions.mtproto.DestroyAuthKey: MessageHandler.on_destroy_auth_key,
        functions.mtproto.HttpWait: MessageHandler.on_http_wait,
        functions.mtproto.ReqPq: MessageHandler.on_handshake_message,
        functions.mtproto.ReqPqMulti: MessageHandler.on_handshake_message,
        functions.mtproto.ReqDHParams: MessageHandler.on_handshake_message,
        functions.mtproto.SetClientDHParams: MessageHandler.on_handshake_message,
        types.mtproto.MsgsAck: MessageHandler.on_acks,
        types.mtproto.MsgsStateReq: MessageHandler.on_msgs_state_req,
        types.mtproto.MsgResendReq: MessageHandler.on_msg_resend_req,
        types.mtproto.MsgResendAnsReq: MessageHandler.on_msg_resend_ans_req,
    }
)
