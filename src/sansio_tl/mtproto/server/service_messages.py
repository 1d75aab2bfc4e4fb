"""What each kind of message of the client does to the server's session.

Functions of MTProto itself are answered here, in a table; queries of the API go to `server_queries`.
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
from sansio_tl.mtproto.server.layer_codec import LayerCodec, told_layer
from sansio_tl.mtproto.server.queries import fail_message, invalid, keep, on_query, release_followers
from sansio_tl.mtproto.server.session import IncomingRequest, ServerSession
from sansio_tl.tl.errors import UnknownConstructorError
from sansio_tl.tl.layer_translation import UntranslatableError
from sansio_tl.tl.objects import Function, TLObject, Unknown

Handler: TypeAlias = Callable[[ServerContext, ServerSession, Message, Any, float], None]


def dispatch(host: ServerContext, session: ServerSession, message: Message, now: float, limits: Limits) -> None:
    """Let one admitted message of a client have its effect; `limits` say what reading it may cost."""
    if message.content_related:
        session.outbox.acknowledgements.add(message.msg_id, now)
    body = message.body
    try:
        body = unpack_gzip(body, limits)
        dialect = _dialect(host, session, body)
        said, value = (None, codec.decode(body, limits)) if dialect is None else dialect.read(body, limits)
    except RemoteProtocolError as error:
        if not message.content_related:
            raise
        fail_message(session, message, _what_is_unreadable(body, error))
        return
    except UntranslatableError as error:
        fail_message(session, message, _what_is_unknown(error))
        return
    handler = HANDLERS.get(type(value))
    if handler is not None:
        handler(host, session, message, value, now)
    elif isinstance(value, Function | Unknown):
        on_query(host, session, message, value, now, dialect, said)


def _dialect(host: ServerContext, session: ServerSession, body: bytes) -> LayerCodec | None:
    """How to read a message: by the layer that it names, or that the client named before. None: as we speak."""
    dialect = host.dialects.of(told_layer(body) or session.layer)
    return dialect if dialect is not None and dialect.knows(body) else None


def _what_is_unreadable(body: bytes, error: RemoteProtocolError) -> str:
    """As the data centers say it: which constructor is unknown, or that the request cannot be read (TL3)."""
    if isinstance(error, UnknownConstructorError):
        return invalid("CONSTRUCTOR", int.from_bytes(body[error.offset : error.offset + 4], "little"))
    return "INPUT_FETCH_ERROR"


def _what_is_unknown(error: UntranslatableError) -> str:
    """What a client of another layer said with words that ours does not have."""
    if error.lacking is None:
        return "INPUT_FETCH_ERROR"
    return invalid("METHOD" if issubclass(error.lacking, Function) else "CONSTRUCTOR", error.lacking.ID)


def _on_ping(
    host: ServerContext, session: ServerSession, message: Message, ping: functions.mtproto.Ping, now: float
) -> None:
    session.send_reply(types.mtproto.Pong(msg_id=message.msg_id, ping_id=ping.ping_id))


def _on_ping_delay_disconnect(
    host: ServerContext,
    session: ServerSession,
    message: Message,
    ping: functions.mtproto.PingDelayDisconnect,
    now: float,
) -> None:
    """The client wants the link closed unless it says so again within the delay (MS25)."""
    host.set_disconnect_deadline(now + min(max(0, ping.disconnect_delay), host.limits.idle_timeout))
    session.send_reply(types.mtproto.Pong(msg_id=message.msg_id, ping_id=ping.ping_id))


def _on_acks(
    host: ServerContext, session: ServerSession, message: Message, acks: types.mtproto.MsgsAck, now: float
) -> None:
    for msg_id in _bounded(host, acks.msg_ids):
        session.acknowledged(msg_id)


def _on_get_future_salts(
    host: ServerContext, session: ServerSession, message: Message, request: functions.mtproto.GetFutureSalts, now: float
) -> None:
    salts = session.record.take_future_salts(request.num, host.limits, now)
    session.send_reply(types.mtproto.FutureSalts(req_msg_id=message.msg_id, now=int(now), salts=salts))


def _on_msgs_state_req(
    host: ServerContext, session: ServerSession, message: Message, request: types.mtproto.MsgsStateReq, now: float
) -> None:
    _tell_states(host, session, message, request.msg_ids)


def _on_msg_resend_req(
    host: ServerContext, session: ServerSession, message: Message, request: types.mtproto.MsgResendReq, now: float
) -> None:
    """The client misses messages of ours: they are sent again as they were, or their states told if some are gone."""
    asked = _bounded(host, request.msg_ids)
    known = [sent for sent in map(session.outbox.sent, asked) if sent is not None and not sent.children]
    for sent in known:
        session.outbox.resend_same_id(sent, now)
    if len(known) < len(asked):
        _tell_states(host, session, message, asked)


def _on_msg_resend_ans_req(
    host: ServerContext, session: ServerSession, message: Message, request: types.mtproto.MsgResendAnsReq, now: float
) -> None:
    """The client misses the answers to these requests."""
    found = [session.resend_same_id(msg_id, now) for msg_id in _bounded(host, request.msg_ids)]
    if not all(found):
        _tell_states(host, session, message, request.msg_ids)


def _tell_states(host: ServerContext, session: ServerSession, message: Message, msg_ids: Sequence[int]) -> None:
    states = bytes(map(session.state, _bounded(host, msg_ids)))
    session.send_reply(types.mtproto.MsgsStateInfo(req_msg_id=message.msg_id, info=states))


def _bounded(host: ServerContext, msg_ids: Sequence[int]) -> Sequence[int]:
    """MS11: one message names a bounded number of others."""
    if len(msg_ids) > host.limits.max_ids_per_message:
        raise RemoteProtocolError("MS11", f"{len(msg_ids)} message ids in one message")
    return msg_ids


def _on_rpc_drop_answer(
    host: ServerContext, session: ServerSession, message: Message, drop: functions.mtproto.RpcDropAnswer, now: float
) -> None:
    """The answer is not wanted any more. What was to follow the request fails, for nobody will say how it ended."""
    dropped = session.requests.get(drop.req_msg_id)
    answer: TLObject = types.mtproto.RpcAnswerUnknown()
    if dropped is not None:
        dropped.drop()
        sent = dropped.outgoing
        if sent is None:
            dropped.set_failed()
            if dropped.reported:
                host.report_cancelled(dropped)
            answer = types.mtproto.RpcAnswerDroppedRunning()
        else:
            sent.withdraw()
            session.outbox.forget(sent.msg_id)
            answer = types.mtproto.RpcAnswerDropped(sent.msg_id, sent.seqno, len(sent.body))
    _answer_at_once(session, message, drop, answer)
    if dropped is not None:
        session.forget_request(dropped)
        release_followers(host, dropped)


def _answer_at_once(session: ServerSession, message: Message, query: Function[Any], answer: TLObject) -> None:
    """The answer to a function of MTProto itself that is answered with rpc_result, kept like all of those."""
    request = IncomingRequest(session, message.msg_id, query)
    keep(session, request, len(message.body))
    session.send_result(request, codec.encode(answer))


def _on_destroy_session(
    host: ServerContext, session: ServerSession, message: Message, request: functions.mtproto.DestroySession, now: float
) -> None:
    """A session cannot destroy itself."""
    target = request.session_id
    record = host.keys[session.auth_key.id]
    known = target != session.id and target in record.sessions
    if target != session.id:
        for dropped in record.destroy_session(target, now, host.limits):
            host.report_cancelled(dropped)
    answer = types.mtproto.DestroySessionOk if known else types.mtproto.DestroySessionNone
    session.send_reply(answer(session_id=target))


def _on_destroy_auth_key(
    host: ServerContext, session: ServerSession, message: Message, request: functions.mtproto.DestroyAuthKey, now: float
) -> None:
    """Forget the key; the answer still goes out under it."""
    known = host.keys.pop(session.auth_key.id, None) is not None
    answer = types.mtproto.DestroyAuthKeyOk() if known else types.mtproto.DestroyAuthKeyNone()
    _answer_at_once(session, message, request, answer)
    if known:
        host.emit(AuthKeyDestroyed(session.auth_key.id))


def _on_http_wait(
    host: ServerContext, session: ServerSession, message: Message, wait: functions.mtproto.HttpWait, now: float
) -> None:
    """Over HTTP: how long, in milliseconds, the client's request may stay unanswered while there is nothing to say."""
    host.hold_poll_until(now + max(0, wait.max_wait) / 1000)


def _on_handshake_message(
    host: ServerContext, session: ServerSession, message: Message, value: TLObject, now: float
) -> None:
    raise RemoteProtocolError("HS17", f"{value.NAME} in an encrypted message")


HANDLERS = MappingProxyType[type[TLObject], Handler](
    {
        functions.mtproto.Ping: _on_ping,
        functions.mtproto.PingDelayDisconnect: _on_ping_delay_disconnect,
        functions.mtproto.GetFutureSalts: _on_get_future_salts,
        functions.mtproto.RpcDropAnswer: _on_rpc_drop_answer,
        functions.mtproto.DestroySession: _on_destroy_session,
        functions.mtproto.DestroyAuthKey: _on_destroy_auth_key,
        functions.mtproto.HttpWait: _on_http_wait,
        functions.mtproto.ReqPq: _on_handshake_message,
        functions.mtproto.ReqPqMulti: _on_handshake_message,
        functions.mtproto.ReqDHParams: _on_handshake_message,
        functions.mtproto.SetClientDHParams: _on_handshake_message,
        types.mtproto.MsgsAck: _on_acks,
        types.mtproto.MsgsStateReq: _on_msgs_state_req,
        types.mtproto.MsgResendReq: _on_msg_resend_req,
        types.mtproto.MsgResendAnsReq: _on_msg_resend_ans_req,
    }
)
