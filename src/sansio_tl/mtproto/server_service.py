"""What each kind of message of the client does to the server's session.

Functions of MTProto itself are answered here, in a table; queries of the API become `RequestReceived`.
"""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

from sansio_tl import codec, errors, functions, types
from sansio_tl.errors.protocol import RemoteProtocolError
from sansio_tl.events import RequestDropped, RequestReceived
from sansio_tl.mtproto.message import Message
from sansio_tl.mtproto.server_session import IncomingRequest, ServerSession
from sansio_tl.tl.errors import DecodeError
from sansio_tl.tl.objects import Function, TLObject

if TYPE_CHECKING:
    from sansio_tl.server import ServerConnection

Handler: TypeAlias = "Callable[[ServerConnection, ServerSession, Message, Any, float], None]"

_RECEIVED = 4
_UNKNOWN = 1
"""States of a message in msgs_state_info: received, or nothing is known of it."""


def dispatch(connection: ServerConnection, session: ServerSession, message: Message, now: float) -> None:
    """Let one admitted message of a client have its effect."""
    try:
        value = codec.decode(message.body)
    except DecodeError as error:
        if not message.content_related:
            raise
        session.outbox.acknowledgements.add(message.msg_id, now)
        _fail_unreadable(session, message, error)
        return
    handler = HANDLERS.get(type(value))
    if handler is not None:
        handler(connection, session, message, value, now)
    elif isinstance(value, Function):
        _on_query(connection, session, message, value, now)


def _fail_unreadable(session: ServerSession, message: Message, error: DecodeError) -> None:
    """Answer as the data centres do: which constructor is unknown, or that the request cannot be read."""
    request = IncomingRequest(session, message.msg_id, functions.help.GetConfig())
    text = "INPUT_FETCH_ERROR"
    if error.check == "TL3":
        number = int.from_bytes(message.constructor, "little")
        text = f"INPUT_METHOD_INVALID_{number}_{number:x}"
    session.send_result(request, encode_error(errors.parse(400, text)))


def encode_error(error: errors.RpcError) -> bytes:
    """The rpc_error that tells a client of `error`."""
    return codec.encode(types.mtproto.RpcError(error_code=error.code, error_message=error.text))


def _on_query(
    connection: ServerConnection, session: ServerSession, message: Message, query: Function[object], now: float
) -> None:
    """A query of the API: take off its wrappers, remember what they say, and hand it on."""
    session.outbox.acknowledgements.add(message.msg_id, now)
    without_updates = False
    while True:
        match query:
            case functions.InvokeWithLayer():
                session.layer = query.layer
            case functions.InitConnection():
                session.init = query
            case functions.InvokeWithoutUpdates():
                without_updates = True
            case functions.InvokeAfterMsg() | functions.InvokeAfterMsgs():
                pass
            case _:
                break
        query = query.query
    request = IncomingRequest(session, message.msg_id, query, session.layer, session.init, without_updates)
    session.requests[message.msg_id] = request
    connection.report(RequestReceived(request))


def _on_ping(
    connection: ServerConnection, session: ServerSession, message: Message, ping: functions.mtproto.Ping, now: float
) -> None:
    session.send_reply(types.mtproto.Pong(msg_id=message.msg_id, ping_id=ping.ping_id))


def _on_ping_delay_disconnect(
    connection: ServerConnection,
    session: ServerSession,
    message: Message,
    ping: functions.mtproto.PingDelayDisconnect,
    now: float,
) -> None:
    """The client wants the link closed unless it says so again within the delay."""
    connection.disconnect_at(now + max(0, ping.disconnect_delay))
    session.send_reply(types.mtproto.Pong(msg_id=message.msg_id, ping_id=ping.ping_id))


def _on_acks(
    connection: ServerConnection, session: ServerSession, message: Message, acks: types.mtproto.MsgsAck, now: float
) -> None:
    for msg_id in acks.msg_ids:
        session.acknowledged(msg_id)


def _on_get_future_salts(
    connection: ServerConnection,
    session: ServerSession,
    message: Message,
    request: functions.mtproto.GetFutureSalts,
    now: float,
) -> None:
    """The salts do not change here, so the present one is also the only future one."""
    salt = types.mtproto.FutureSalt(valid_since=int(now) - 1, valid_until=int(now) + 86400, salt=session.record.salt)
    session.send_reply(types.mtproto.FutureSalts(req_msg_id=message.msg_id, now=int(now), salts=[salt]))


def _on_msgs_state_req(
    connection: ServerConnection,
    session: ServerSession,
    message: Message,
    request: functions.mtproto.MsgsStateReq,
    now: float,
) -> None:
    states = bytes(_RECEIVED if msg_id in session.requests else _UNKNOWN for msg_id in request.msg_ids)
    session.send_reply(types.mtproto.MsgsStateInfo(req_msg_id=message.msg_id, info=states))


def _on_rpc_drop_answer(
    connection: ServerConnection,
    session: ServerSession,
    message: Message,
    drop: functions.mtproto.RpcDropAnswer,
    now: float,
) -> None:
    dropped = session.requests.pop(drop.req_msg_id, None)
    answer: TLObject = types.mtproto.RpcAnswerUnknown()
    if dropped is not None and not dropped.answered:
        dropped.dropped = True
        connection.report(RequestDropped(dropped))
        answer = types.mtproto.RpcAnswerDroppedRunning()
    session.send_result(IncomingRequest(session, message.msg_id, drop), codec.encode(answer))


def _on_destroy_session(
    connection: ServerConnection,
    session: ServerSession,
    message: Message,
    request: functions.mtproto.DestroySession,
    now: float,
) -> None:
    """A session cannot destroy itself."""
    target = request.session_id
    known = target != session.id and session.record.sessions.pop(target, None) is not None
    answer = types.mtproto.DestroySessionOk if known else types.mtproto.DestroySessionNone
    session.send_reply(answer(session_id=target))


def _on_handshake_message(
    connection: ServerConnection, session: ServerSession, message: Message, value: TLObject, now: float
) -> None:
    raise RemoteProtocolError("HS17", f"{value.NAME} in an encrypted message")


HANDLERS = MappingProxyType[type[TLObject], Handler](
    {
        functions.mtproto.Ping: _on_ping,
        functions.mtproto.PingDelayDisconnect: _on_ping_delay_disconnect,
        functions.mtproto.GetFutureSalts: _on_get_future_salts,
        functions.mtproto.RpcDropAnswer: _on_rpc_drop_answer,
        functions.mtproto.DestroySession: _on_destroy_session,
        functions.mtproto.ReqPq: _on_handshake_message,
        functions.mtproto.ReqPqMulti: _on_handshake_message,
        functions.mtproto.ReqDHParams: _on_handshake_message,
        functions.mtproto.SetClientDHParams: _on_handshake_message,
        types.mtproto.MsgsAck: _on_acks,
        types.mtproto.MsgsStateReq: _on_msgs_state_req,
    }
)
