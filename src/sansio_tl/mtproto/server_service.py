"""What each kind of message of the client does to the server's session.

Functions of MTProto itself are answered here, in a table; queries of the API become `RequestReceived`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from types import MappingProxyType
from typing import Any, Protocol, TypeAlias

from sansio_tl import codec, errors, functions, types
from sansio_tl.errors.protocol import RemoteProtocolError
from sansio_tl.events import AuthKeyDestroyed, Event, RequestDropped, RequestReceived
from sansio_tl.limits import Limits
from sansio_tl.mtproto.binding import check_binding
from sansio_tl.mtproto.container import unpack_gzip
from sansio_tl.mtproto.dialect import Dialect, told_layer
from sansio_tl.mtproto.key_record import KeyRecord
from sansio_tl.mtproto.message import Message
from sansio_tl.mtproto.refusals import Refusal
from sansio_tl.mtproto.replay_window import NOT_RECEIVED, NOT_YET_RECEIVED
from sansio_tl.mtproto.server_session import IncomingRequest, ServerSession
from sansio_tl.tl.errors import UnknownConstructorError
from sansio_tl.tl.objects import Function, TLObject, Unknown
from sansio_tl.tl.translate import NoWordsError


class Host(Protocol):
    """What the handlers need of the connection that they work for."""

    keys: MutableMapping[bytes, KeyRecord]
    limits: Limits
    dialects: Mapping[int, Dialect]
    closed: bool

    def report(self, event: Event) -> None:
        """Tell the application."""

    def disconnect_at(self, deadline: float) -> None:
        """Close the link then, unless this is called again before."""

    def hold_answer_until(self, deadline: float) -> None:
        """Over HTTP, leave the client's request open until then."""


_OTHER_WRAPPERS = (
    functions.InvokeWithMessagesRange,
    functions.InvokeWithTakeout,
    functions.InvokeWithBusinessConnection,
    functions.InvokeWithGooglePlayIntegrity,
    functions.InvokeWithApnsSecret,
    functions.InvokeWithReCaptcha,
)
"""Wrappers that mean something to the application only."""
_DID_NOT_COME = frozenset({NOT_RECEIVED, NOT_YET_RECEIVED})
Handler: TypeAlias = Callable[[Host, ServerSession, Message, Any, float], None]


def dispatch(host: Host, session: ServerSession, message: Message, now: float) -> None:
    """Let one admitted message of a client have its effect."""
    if message.content_related:
        session.outbox.acknowledgements.add(message.msg_id, now)
    body = message.body
    try:
        body = unpack_gzip(body, host.limits)
        dialect = _dialect(host, session, body)
        said, value = (None, codec.decode(body)) if dialect is None else dialect.read(body)
    except RemoteProtocolError as error:
        if not message.content_related:
            raise
        _fail(session, message, _what_is_unreadable(body, error))
        return
    except NoWordsError as error:
        _fail(session, message, _what_is_unknown(error))
        return
    handler = HANDLERS.get(type(value))
    if handler is not None:
        handler(host, session, message, value, now)
    elif isinstance(value, Function | Unknown):
        _on_query(host, session, message, value, now, dialect, said)


def _dialect(host: Host, session: ServerSession, body: bytes) -> Dialect | None:
    """How to read a message: by the layer that it names, or that the client named before. None: as we speak."""
    layer = told_layer(body) or session.layer
    dialect = None if layer is None else host.dialects.get(layer)
    return dialect if dialect is not None and dialect.knows(body) else None


def _what_is_unreadable(body: bytes, error: RemoteProtocolError) -> str:
    """As the data centres say it: which constructor is unknown, or that the request cannot be read (TL3)."""
    if isinstance(error, UnknownConstructorError):
        return _invalid("CONSTRUCTOR", int.from_bytes(body[error.offset : error.offset + 4], "little"))
    return "INPUT_FETCH_ERROR"


def _what_is_unknown(error: NoWordsError) -> str:
    """What a client of another layer said with words that ours does not have."""
    if error.lacking is None:
        return "INPUT_FETCH_ERROR"
    return _invalid("METHOD" if issubclass(error.lacking, Function) else "CONSTRUCTOR", error.lacking.ID)


def _invalid(kind: str, number: int) -> str:
    return f"INPUT_{kind}_INVALID_{number}_{number:x}"


def _fail(session: ServerSession, message: Message, text: str) -> None:
    """Answer a message that is no request that anybody could execute."""
    request = IncomingRequest(session, message.msg_id, functions.help.GetConfig())
    _keep(session, request)
    fail(session, request, errors.parse(400, text))


def fail(session: ServerSession, request: IncomingRequest, error: errors.RpcError) -> None:
    """Answer a request with an error."""
    request.failed = True
    body = codec.encode(types.mtproto.RpcError(error_code=error.code, error_message=error.text))
    session.send_result(request, body)


def _keep(session: ServerSession, request: IncomingRequest) -> None:
    """Remember a request until its answer is acknowledged, within bounds: the oldest answered one makes room."""
    requests = session.requests
    requests[request.msg_id] = request
    if len(requests) > session.max_requests:
        oldest = next((known for known in requests.values() if known.answered), None)
        if oldest is not None:
            del requests[oldest.msg_id]
            session.forget_answer(oldest)


def _on_query(
    host: Host,
    session: ServerSession,
    message: Message,
    query: Function[object] | Unknown,
    now: float,
    dialect: Dialect | None,
    said: TLObject | None,
) -> None:
    """A query of the API: take off its wrappers, remember what they say, and hand it on when its turn has come."""
    if not message.content_related:
        session.take_back(message, Refusal.ODD_SEQNO_EXPECTED, now)
        return
    request = _unwrap(session, message, query)
    request.dialect, request.said = dialect, said
    if not isinstance(request.query, Function) or type(request.query) in HANDLERS:
        number = request.query.id if isinstance(request.query, Unknown) else request.query.ID
        _fail(session, message, _invalid("METHOD", number))
        return
    if len(request.after) > host.limits.max_ids_per_message:
        _fail(session, message, "INPUT_FETCH_ERROR")
        return
    _keep(session, request)
    if isinstance(request.query, functions.auth.BindTempAuthKey):
        _on_bind(host, session, request, request.query, now)
    elif session.record.expires_at is not None and session.record.bound_to is None:
        fail(session, request, errors.parse(401, "AUTH_KEY_PERM_EMPTY"))
    elif len(session.requests) > session.max_requests:
        fail(session, request, errors.FloodWait(seconds=1))
    elif not hand_on(host, request):
        _fail_with_predecessor(request)


def _unwrap(session: ServerSession, message: Message, query: Any) -> IncomingRequest:
    without_updates = False
    after: tuple[int, ...] = ()
    wrappers: list[Function[Any]] = []
    while True:
        match query:
            case functions.InvokeWithLayer():
                session.layer = session.record.layer = query.layer
            case functions.InitConnection():
                session.init = query
            case functions.InvokeWithoutUpdates():
                without_updates = True
            case functions.InvokeAfterMsg():
                after = (query.msg_id,)
            case functions.InvokeAfterMsgs():
                after = tuple(query.msg_ids)
            case _ if not isinstance(query, _OTHER_WRAPPERS):
                break
        wrappers.append(query)
        query = query.query
    return IncomingRequest(
        session, message.msg_id, query, session.layer, session.init, without_updates, after, tuple(wrappers)
    )


def hand_on(host: Host, request: IncomingRequest) -> bool:
    """Give a request to the application, or let it wait for one that it follows and that is still to be answered (L1).

    False: one of those that it follows has failed, or never came.
    """
    session = request.session
    for msg_id in request.after:
        predecessor = session.requests.get(msg_id)
        if predecessor is None:
            if session.state(msg_id) in _DID_NOT_COME:
                return False
        elif predecessor.failed:
            return False
        elif not predecessor.answered and predecessor is not request:
            predecessor.followers.append(request)
            return True
    report(host, request)
    return True


def release_followers(host: Host, request: IncomingRequest) -> None:
    """What waited for this request has its turn now, or fails with it, and with it what waited for that."""
    over = deque([request])
    while over:
        predecessor = over.popleft()
        followers, predecessor.followers = predecessor.followers, []
        for follower in followers:
            if not follower.dropped and (predecessor.failed or not hand_on(host, follower)):
                _fail_with_predecessor(follower)
                over.append(follower)


def _fail_with_predecessor(request: IncomingRequest) -> None:
    fail(request.session, request, errors.parse(400, "MSG_WAIT_FAILED"))


def report(host: Host, request: IncomingRequest) -> None:
    """Tell the application on this link, on the session's present one if this one is over, or on its next one."""
    present = request.session.link if host.closed else host
    if present is None:
        request.session.backlog.append(request)
    else:
        request.reported = True
        present.report(RequestReceived(request))


def _on_bind(
    host: Host,
    session: ServerSession,
    request: IncomingRequest,
    query: functions.auth.BindTempAuthKey,
    now: float,
) -> None:
    """auth.bindTempAuthKey: this temporary key stands for a permanent one from now on (HS18)."""
    record = session.record
    permanent = host.keys.get(query.perm_auth_key_id.to_bytes(8, "little", signed=True))
    if record.expires_at is None:
        fail(session, request, errors.parse(400, "TEMP_AUTH_KEY_EMPTY"))
        return
    if record.bound_to is not None and (permanent is None or permanent.auth_key.id != record.bound_to):
        fail(session, request, errors.parse(400, "TEMP_AUTH_KEY_ALREADY_BOUND"))
        return
    if not now < query.expires_at <= record.expires_at + host.limits.binding_tolerance:
        fail(session, request, errors.parse(400, "EXPIRES_AT_INVALID"))
        return
    if permanent is None or permanent.expires_at is not None or not _proves(query, permanent, session, request):
        fail(session, request, errors.parse(400, "ENCRYPTED_MESSAGE_INVALID"))
        return
    record.bound_to = permanent.auth_key.id
    session.send_result(request, codec.encode_result(query, value=True))


def _proves(
    query: functions.auth.BindTempAuthKey, permanent: KeyRecord, session: ServerSession, request: IncomingRequest
) -> bool:
    try:
        check_binding(
            query,
            permanent=permanent.auth_key,
            temporary=session.auth_key,
            session_id=session.id,
            msg_id=request.msg_id,
        )
    except RemoteProtocolError:
        return False
    return True


def _on_ping(host: Host, session: ServerSession, message: Message, ping: functions.mtproto.Ping, now: float) -> None:
    session.send_reply(types.mtproto.Pong(msg_id=message.msg_id, ping_id=ping.ping_id))


def _on_ping_delay_disconnect(
    host: Host, session: ServerSession, message: Message, ping: functions.mtproto.PingDelayDisconnect, now: float
) -> None:
    """The client wants the link closed unless it says so again within the delay (MS25)."""
    host.disconnect_at(now + max(0, ping.disconnect_delay))
    session.send_reply(types.mtproto.Pong(msg_id=message.msg_id, ping_id=ping.ping_id))


def _on_acks(host: Host, session: ServerSession, message: Message, acks: types.mtproto.MsgsAck, now: float) -> None:
    for msg_id in _bounded(host, acks.msg_ids):
        session.acknowledged(msg_id)


def _on_get_future_salts(
    host: Host, session: ServerSession, message: Message, request: functions.mtproto.GetFutureSalts, now: float
) -> None:
    """At least one and at most `max_future_salts` salts (MS23)."""
    count = min(max(request.num, 1), host.limits.max_future_salts)
    salts = session.record.future_salts(count, now)
    session.send_reply(types.mtproto.FutureSalts(req_msg_id=message.msg_id, now=int(now), salts=salts))


def _on_msgs_state_req(
    host: Host, session: ServerSession, message: Message, request: types.mtproto.MsgsStateReq, now: float
) -> None:
    _tell_states(host, session, message, request.msg_ids)


def _on_msg_resend_req(
    host: Host, session: ServerSession, message: Message, request: types.mtproto.MsgResendReq, now: float
) -> None:
    """The client misses messages of ours: they are sent again as they were, or their states told if some are gone."""
    asked = _bounded(host, request.msg_ids)
    known = [sent for sent in map(session.outbox.sent, asked) if sent is not None and not sent.children]
    for sent in known:
        session.outbox.repeat(sent, now)
    if len(known) < len(asked):
        _tell_states(host, session, message, asked)


def _on_msg_resend_ans_req(
    host: Host, session: ServerSession, message: Message, request: types.mtproto.MsgResendAnsReq, now: float
) -> None:
    """The client misses the answers to these requests."""
    found = [session.send_again(msg_id, now) for msg_id in _bounded(host, request.msg_ids)]
    if not all(found):
        _tell_states(host, session, message, request.msg_ids)


def _tell_states(host: Host, session: ServerSession, message: Message, msg_ids: Sequence[int]) -> None:
    states = bytes(map(session.state, _bounded(host, msg_ids)))
    session.send_reply(types.mtproto.MsgsStateInfo(req_msg_id=message.msg_id, info=states))


def _bounded(host: Host, msg_ids: Sequence[int]) -> Sequence[int]:
    """MS11: one message names a bounded number of others."""
    if len(msg_ids) > host.limits.max_ids_per_message:
        raise RemoteProtocolError("MS11", f"{len(msg_ids)} message ids in one message")
    return msg_ids


def _on_rpc_drop_answer(
    host: Host, session: ServerSession, message: Message, drop: functions.mtproto.RpcDropAnswer, now: float
) -> None:
    """The answer is not wanted any more. What was to follow the request fails, for nobody will say how it ended."""
    dropped = session.requests.pop(drop.req_msg_id, None)
    answer: TLObject = types.mtproto.RpcAnswerUnknown()
    if dropped is not None:
        dropped.dropped = True
        sent = dropped.outgoing
        if sent is None:
            dropped.failed = True
            if dropped.reported:
                host.report(RequestDropped(dropped))
            answer = types.mtproto.RpcAnswerDroppedRunning()
        else:
            sent.withdrawn = True
            session.outbox.forget(sent.msg_id)
            answer = types.mtproto.RpcAnswerDropped(sent.msg_id, sent.seqno, len(sent.body))
    _answer_at_once(session, message, drop, answer)
    if dropped is not None:
        release_followers(host, dropped)


def _answer_at_once(session: ServerSession, message: Message, query: Function[Any], answer: TLObject) -> None:
    """The answer to a function of MTProto itself that is answered with rpc_result, kept like all of those."""
    request = IncomingRequest(session, message.msg_id, query)
    _keep(session, request)
    session.send_result(request, codec.encode(answer))


def _on_destroy_session(
    host: Host, session: ServerSession, message: Message, request: functions.mtproto.DestroySession, now: float
) -> None:
    """A session cannot destroy itself."""
    target = request.session_id
    known = target != session.id and session.record.destroy_session(target, now, host.limits)
    answer = types.mtproto.DestroySessionOk if known else types.mtproto.DestroySessionNone
    session.send_reply(answer(session_id=target))


def _on_destroy_auth_key(
    host: Host, session: ServerSession, message: Message, request: functions.mtproto.DestroyAuthKey, now: float
) -> None:
    """Forget the key; the answer still goes out under it."""
    known = host.keys.pop(session.auth_key.id, None) is not None
    answer = types.mtproto.DestroyAuthKeyOk() if known else types.mtproto.DestroyAuthKeyNone()
    _answer_at_once(session, message, request, answer)
    if known:
        host.report(AuthKeyDestroyed(session.auth_key.id))


def _on_http_wait(
    host: Host, session: ServerSession, message: Message, wait: functions.mtproto.HttpWait, now: float
) -> None:
    """Over HTTP: how long, in milliseconds, the client's request may stay unanswered while there is nothing to say."""
    host.hold_answer_until(now + max(0, wait.max_wait) / 1000)


def _on_handshake_message(host: Host, session: ServerSession, message: Message, value: TLObject, now: float) -> None:
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
