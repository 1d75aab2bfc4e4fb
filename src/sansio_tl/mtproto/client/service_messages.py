"""What each kind of message of the server does to the client's session.

One handler for each constructor, in a table. A service message counts only when it refers to something that we sent
(MS17). What has no handler is an update, or a service message that asks nothing of us.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf
from struct import Struct
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from sansio_tl import errors, functions, types
from sansio_tl.codec import coder
from sansio_tl.errors.protocol import RemoteProtocolError
from sansio_tl.events import (
    BadMessage,
    SessionCreated,
    TemporaryKeyBound,
    UpdatesReceived,
)
from sansio_tl.mtproto.client.bad_msg import pop_rejected, resend_rejected
from sansio_tl.mtproto.client.bad_msg_actions import BadMsgAction, BadMsgCode, reaction_to
from sansio_tl.mtproto.client.destroy_requests import is_ending
from sansio_tl.mtproto.client.resend import apply_states, resend_new_id
from sansio_tl.mtproto.container import GZIP_PACKED, unpack_gzip
from sansio_tl.mtproto.invoke_after import PREDECESSOR_FAILED
from sansio_tl.mtproto.message import Message
from sansio_tl.mtproto.message_ids import unix_time
from sansio_tl.mtproto.replay_window import RECEIVED
from sansio_tl.mtproto.send_queue import OutgoingMessage
from sansio_tl.tl.objects import TLObject, Unknown

if TYPE_CHECKING:
    from sansio_tl.mtproto.client.request import PendingRequest
    from sansio_tl.mtproto.client.session import ClientSession

T = TypeVar("T", bound=TLObject)
Handler: TypeAlias = "Callable[[ClientSession, Message, float], None]"

_RPC_ERROR = types.mtproto.RpcError.ID.to_bytes(4, "little")
_RPC_RESULT = Struct("<4xq4s")
"""Which request it answers, and the constructor of the result."""
_RESULT_AT = 12
_PREDECESSOR_IS_GONE = frozenset({PREDECESSOR_FAILED, "MSG_WAIT_TIMEOUT"})
_NOT_BOUND = "AUTH_KEY_PERM_EMPTY"
_PINGS = (functions.mtproto.Ping, functions.mtproto.PingDelayDisconnect)
_MAKES_US_INITIALISE = frozenset({"CONNECTION_NOT_INITED", "CONNECTION_LAYER_INVALID"})


def on_rpc_result(session: ClientSession, message: Message, now: float) -> None:
    """The answer to a request: a result, an error, or either of them compressed.

    Whatever is wrong with the answer fails that one request (TL3).
    """
    body, start = message.body, _RESULT_AT
    if len(body) < _RPC_RESULT.size:
        raise RemoteProtocolError("TL9", "rpc_result without a result")
    req_msg_id, kind = _RPC_RESULT.unpack_from(body)
    pending = session.find(req_msg_id)
    if pending is None:
        return
    try:
        if kind == GZIP_PACKED:
            body, start = unpack_gzip(body[start:], session.limits), 0
            kind = body[:4]
        if kind == _RPC_ERROR:
            _on_rpc_error(session, pending, body[start:], latest=session.is_latest(req_msg_id))
            return
        result = coder.decode_result(pending.handle.function, body, session.limits, start=start)
    except RemoteProtocolError as error:
        session.fail(pending, error, body[start:])
        return
    if session.binding.is_unbound and session.binding.is_request(pending):
        _on_bound(session, pending, accepted=result is True)
        return
    if pending.initialising:  # it has understood a call that carried initConnection; further ones need not carry it
        session.init_acknowledged = True
    session.complete(pending, result)


def _on_bound(session: ClientSession, pending: PendingRequest, *, accepted: bool) -> None:
    """The answer to auth.bindTempAuthKey (HS18, HS19)."""
    if not accepted:
        session.fail(pending, RemoteProtocolError("HS18", "the server did not bind the temporary key"))
        return
    session.remove_pending(pending)
    session.on_key_bound()
    session.events.append(TemporaryKeyBound(session.binding.expires_at))


def _on_rpc_error(session: ClientSession, pending: PendingRequest, data: bytes, *, latest: bool) -> None:
    """An error; some we can mend by sending the request again, unless it has left again already (not `latest`)."""
    answer = coder.decode(data)
    if not isinstance(answer, types.mtproto.RpcError):
        raise RemoteProtocolError("TL3", f"{answer.NAME} where rpc_error began")
    error = errors.parse(answer.error_code, answer.error_message, pending.handle.function.NAME)
    initialised_already = (latest and pending.initialising) or session.is_harmless(pending)  # those are never wrapped
    if error.name in _MAKES_US_INITIALISE and not initialised_already:
        if latest:
            session.init_acknowledged = False
            session.resend_new_id(pending)
        return
    if error.name == _NOT_BOUND and session.binding.permanent is not None and not session.binding.is_request(pending):
        if not session.is_being_bound:
            session.bind(session.binding.permanent, session.binding.expires_at)
        if latest:
            resend_new_id(session, pending)
        return
    if error.name in _PREDECESSOR_IS_GONE and pending.after is not None and not pending.after.settled:
        if latest:
            resend_new_id(session, pending)  # the request that it follows has a new message id by now
        return
    if pending.initialising:
        session.init_acknowledged = True
    session.fail(pending, error)


def on_pong(session: ClientSession, message: Message, now: float) -> None:
    """The answer to ping and ping_delay_disconnect."""
    pong = _decode(message, types.mtproto.Pong)
    pending = session.find(pong.msg_id)
    if pending is not None and isinstance(pending.handle.function, _PINGS):
        session.complete(pending, pong)


def on_future_salts(session: ClientSession, message: Message, now: float) -> None:
    """The answer to get_future_salts."""
    salts = _decode(message, types.mtproto.FutureSalts)
    pending = session.find(salts.req_msg_id)
    if pending is not None and isinstance(pending.handle.function, functions.mtproto.GetFutureSalts):
        session.salts.set_future(salts.salts, salts.now)
        session.complete(pending, salts)


def on_acks(session: ClientSession, message: Message, now: float) -> None:
    """The server has these messages. Those that nobody waits for, and that ask nothing, can be forgotten."""
    for msg_id in _bounded(session, _decode(message, types.mtproto.MsgsAck).msg_ids):
        sent = session.outbox.sent(msg_id)
        if sent is None:
            continue
        sent.acknowledged = True
        if sent.owner is None and not sent.asks:
            session.outbox.forget(msg_id)


def on_bad_server_salt(session: ClientSession, message: Message, now: float) -> None:
    """Code 48: take the salt and send the message again, with it."""
    notice = _decode(message, types.mtproto.BadServerSalt)
    refused = pop_rejected(session, notice.bad_msg_id)
    if refused is None:
        return
    session.salts.replace(notice.new_server_salt)
    session.events.append(BadMessage(notice.bad_msg_id, notice.error_code))
    resend_rejected(session, refused, now, code=BadMsgCode.BAD_SALT.value, made_at=unix_time(message.msg_id))


def on_bad_msg_notification(session: ClientSession, message: Message, now: float) -> None:
    """MS18, and MS19 for containers."""
    notice = _decode(message, types.mtproto.BadMsgNotification)
    refused = pop_rejected(session, notice.bad_msg_id)
    if refused is None:
        return
    session.events.append(BadMessage(notice.bad_msg_id, notice.error_code))
    reaction, made_at = reaction_to(notice.error_code), unix_time(message.msg_id)
    if BadMsgAction.SYNCHRONISE in reaction:
        session.clock.synchronise(unix_time(message.msg_id), now)
    ends_another = refused.owner is not None and is_ending(refused.owner)
    resend_rejected(session, refused, now, code=notice.error_code, made_at=made_at)
    if BadMsgAction.NEW_SESSION in reaction and not ends_another:
        ahead = notice.error_code == BadMsgCode.MSG_ID_TOO_HIGH.value
        server_time = made_at + now - refused.sent_at if ahead else inf  # it was made after the refused one had left
        session.start_new_session(server_time=server_time, keep_ids_rising=BadMsgAction.SYNCHRONISE not in reaction)


def on_new_session_created(session: ClientSession, message: Message, now: float) -> None:
    """MS20: once for each unique_id, take the salt, send again what left before the session, report the gap.

    What the server had acknowledged it has had and lost, perhaps after it was executed (MS37).
    """
    notice = _decode(message, types.mtproto.NewSessionCreated)
    if notice.unique_id in session.known_server_sessions:
        return
    session.known_server_sessions.append(notice.unique_id)
    session.salts.replace(notice.server_salt)
    for pending in session.left_before(notice.first_msg_id):
        acknowledged = pending.outgoing is not None and pending.outgoing.acknowledged
        if acknowledged and not session.is_harmless(pending):
            session.abandon(pending, "the server has lost the session in which it had acknowledged it")
        else:
            resend_new_id(session, pending)
    session.events.append(SessionCreated(notice.first_msg_id, notice.unique_id))


def on_msgs_state_req(session: ClientSession, message: Message, now: float) -> None:
    """The server asks which of its messages we have (MS11)."""
    asked = _bounded(session, _decode(message, types.mtproto.MsgsStateReq).msg_ids)
    _tell_states(session, message.msg_id, asked)


def on_msgs_state_info(session: ClientSession, message: Message, now: float) -> None:
    """The answer to our msgs_state_req (MS22)."""
    notice = _decode(message, types.mtproto.MsgsStateInfo)
    asking = session.outbox.sent(notice.req_msg_id)
    if asking is not None and asking.asks:
        session.outbox.forget(notice.req_msg_id)
        apply_states(session, asking.asks, notice.info, now)


def on_msgs_all_info(session: ClientSession, message: Message, now: float) -> None:
    """The server tells unasked what it knows of our messages (MS22)."""
    notice = _decode(message, types.mtproto.MsgsAllInfo)
    apply_states(session, _bounded(session, notice.msg_ids), notice.info, now)


def on_msg_detailed_info(session: ClientSession, message: Message, now: float) -> None:
    """MS21: the server has answered a request of ours; the answer is asked for unless it is here or not wanted."""
    notice = coder.decode(message.body)
    if not isinstance(notice, types.mtproto.MsgDetailedInfo | types.mtproto.MsgNewDetailedInfo):
        raise _not_expected(notice)
    if isinstance(notice, types.mtproto.MsgDetailedInfo) and session.outbox.sent(notice.msg_id) is None:
        wanted = False
    else:
        wanted = session.inbox.window.state(notice.answer_msg_id) != RECEIVED
    if wanted:
        request = types.mtproto.MsgResendReq(msg_ids=[notice.answer_msg_id])
        session.outbox.queue(OutgoingMessage(coder.encode(request)))
    else:
        session.outbox.acknowledgements.add(notice.answer_msg_id, now)


def on_msg_resend_req(session: ClientSession, message: Message, now: float) -> None:
    """The server misses messages of ours: they are sent again as they were, or their states told if some are gone.

    Each is sent a bounded number of times (MS18), since a short question has a long message sent.
    """
    asked = _bounded(session, _decode(message, types.mtproto.MsgResendReq).msg_ids)
    known = [sent for sent in map(session.outbox.sent, asked) if sent is not None and not sent.children]
    for sent in known:
        if not sent.waiting and sent.asked_for < session.limits.max_resends:
            sent.asked_for += 1
            session.outbox.queue(sent)
    if len(known) < len(asked):
        _tell_states(session, message.msg_id, asked)


def on_destroy_session(session: ClientSession, message: Message, now: float) -> None:
    """The answer to destroy_session."""
    answer = coder.decode(message.body)
    if not isinstance(answer, types.mtproto.DestroySessionOk | types.mtproto.DestroySessionNone):
        raise _not_expected(answer)
    for pending in session.endings.of(answer.session_id):
        session.complete(pending, answer)


def on_destroy_auth_key(session: ClientSession, message: Message, now: float) -> None:
    """The answer to destroy_auth_key when it comes without rpc_result."""
    answer = coder.decode(message.body)
    for pending in session.endings.of(None):
        session.complete(pending, answer)


def _tell_states(session: ClientSession, req_msg_id: int, msg_ids: Sequence[int]) -> None:
    states = bytes(map(session.inbox.window.state, msg_ids))
    info = types.mtproto.MsgsStateInfo(req_msg_id=req_msg_id, info=states)
    session.outbox.queue(OutgoingMessage(coder.encode(info), content_related=False))


def _bounded(session: ClientSession, msg_ids: Sequence[int]) -> Sequence[int]:
    """MS11: one message names a bounded number of others."""
    if len(msg_ids) > session.limits.max_ids_per_message:
        raise RemoteProtocolError("MS11", f"{len(msg_ids)} message ids in one message")
    return msg_ids


def on_other(session: ClientSession, message: Message, now: float) -> None:
    """An update, or a service message without consequences."""
    received = coder.decode(message.body)
    if isinstance(received, Unknown):
        raise RemoteProtocolError("TL3", f"no constructor has the id {received.id:#010x}")
    if isinstance(received, types.TypeUpdates):
        session.events.append(UpdatesReceived(received))


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
            types.mtproto.RpcResult: on_rpc_result,
            types.mtproto.Pong: on_pong,
            types.mtproto.FutureSalts: on_future_salts,
            types.mtproto.MsgsAck: on_acks,
            types.mtproto.BadServerSalt: on_bad_server_salt,
            types.mtproto.BadMsgNotification: on_bad_msg_notification,
            types.mtproto.NewSessionCreated: on_new_session_created,
            types.mtproto.MsgsStateReq: on_msgs_state_req,
            types.mtproto.MsgsStateInfo: on_msgs_state_info,
            types.mtproto.MsgsAllInfo: on_msgs_all_info,
            types.mtproto.MsgDetailedInfo: on_msg_detailed_info,
            types.mtproto.MsgNewDetailedInfo: on_msg_detailed_info,
            types.mtproto.MsgResendReq: on_msg_resend_req,
            types.mtproto.DestroySessionOk: on_destroy_session,
            types.mtproto.DestroySessionNone: on_destroy_session,
            types.mtproto.DestroyAuthKeyOk: on_destroy_auth_key,
            types.mtproto.DestroyAuthKeyNone: on_destroy_auth_key,
            types.mtproto.DestroyAuthKeyFail: on_destroy_auth_key,
        }
    )
)
REFUSALS = frozenset(
    notice.ID.to_bytes(4, "little") for notice in (types.mtproto.BadServerSalt, types.mtproto.BadMsgNotification)
)
"""Constructors whose messages set the clock or the salt right, so that they must be heard when it is wrong (MS38)."""
RPC_RESULT = types.mtproto.RpcResult.ID.to_bytes(4, "little")
