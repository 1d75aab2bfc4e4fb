"""Queries of the API, on the server: unwrapped, kept until their answer is acknowledged, handed on in their order.

auth.bindTempAuthKey is the one that is answered here, for it concerns the keys themselves.
"""

from __future__ import annotations

from collections import deque
from typing import Any

from msgspec.structs import replace

from sansio_tl import codec, errors, functions, types
from sansio_tl.errors.protocol import RemoteProtocolError
from sansio_tl.events import AuthKeyDestroyed
from sansio_tl.mtproto.client.bad_msg_actions import BadMsgCode
from sansio_tl.mtproto.invoke_after import predecessor_failed
from sansio_tl.mtproto.memory_size import weight
from sansio_tl.mtproto.message import Message
from sansio_tl.mtproto.server.context import ServerContext
from sansio_tl.mtproto.server.layer_codec import LayerCodec
from sansio_tl.mtproto.server.server_key import ServerKey
from sansio_tl.mtproto.server.session import NO_QUERY, IncomingRequest, ServerSession
from sansio_tl.mtproto.service_functions import is_service
from sansio_tl.mtproto.temp_key_proof import check_binding
from sansio_tl.tl.objects import Function, TLObject, Unknown

_OTHER_WRAPPERS = (
    functions.InvokeWithMessagesRange,
    functions.InvokeWithTakeout,
    functions.InvokeWithBusinessConnection,
    functions.InvokeWithGooglePlayIntegrity,
    functions.InvokeWithApnsSecret,
    functions.InvokeWithReCaptcha,
)
"""Wrappers that mean something to the application only."""


def on_query(
    host: ServerContext,
    session: ServerSession,
    message: Message,
    query: Function[object] | Unknown,
    now: float,
    dialect: LayerCodec | None,
    said: TLObject | None,
) -> None:
    """A query of the API: take off its wrappers, remember what they say, and hand it on when its turn has come."""
    if not message.content_related:
        session.send_bad_msg(message, BadMsgCode.ODD_SEQNO_EXPECTED, now)
        return
    request = _unwrap(session, message, query, dialect, said)
    if not session.has_room:  # MS34
        fail(session, request, errors.FloodWait(seconds=1))
        return
    if request.init is not None and request.init is not session.init and not session.introduce(request.init):
        fail_message(session, message, "INPUT_REQUEST_TOO_LONG")
        return
    if not _is_method(request.query):
        fail_message(session, message, _no_method(request.query))
        return
    if len(request.after) > host.limits.max_ids_per_message:
        fail_message(session, message, "INPUT_FETCH_ERROR")
        return
    keep(session, request, weight(query) + weight(said))
    if isinstance(request.query, functions.auth.BindTempAuthKey):
        _on_bind(host, session, request, request.query, now)
    elif session.record.expires_at is not None and session.record.bound_to is None:
        fail(session, request, errors.parse(401, "AUTH_KEY_PERM_EMPTY"))
    elif len(session.requests) > session.max_requests:
        fail(session, request, errors.FloodWait(seconds=1))
    else:
        _take_turn(host, request)


def _is_method(query: object) -> bool:
    """MS32: whether it is a function of the API. A wrapper may carry any value: ``query:!X`` has no type."""
    return isinstance(query, Function) and not is_service(query)


def _no_method(query: object) -> str:
    """How the data centers refuse what is no method: by its constructor id, if the value still has one."""
    match query:
        case Unknown():
            return invalid("METHOD", query.id)
        case TLObject():
            return invalid("METHOD", query.ID)
        case _:  # a Bool, a number, a vector
            return "INPUT_FETCH_ERROR"


def _unwrap(
    session: ServerSession, message: Message, query: Any, dialect: LayerCodec | None, said: TLObject | None
) -> IncomingRequest:
    without_updates = False
    after: list[int] = []
    wrappers: list[Function[Any]] = []
    init = session.init
    while True:
        match query:
            case functions.InvokeWithLayer():
                session.set_layer(query.layer)
            case functions.InitConnection():
                init = replace(query, query=NO_QUERY)
            case functions.InvokeWithoutUpdates():
                without_updates = True
            case functions.InvokeAfterMsg():
                after.append(query.msg_id)
            case functions.InvokeAfterMsgs():
                after += query.msg_ids
            case _ if not isinstance(query, _OTHER_WRAPPERS):
                break
        wrappers.append(query)
        query = query.query
    return IncomingRequest(
        session,
        message.msg_id,
        query,
        session.layer,
        init,
        without_updates,
        tuple(after),
        tuple(wrappers),
        dialect,
        said,
    )


def _take_turn(host: ServerContext, request: IncomingRequest) -> None:
    """Hand a new request on, unless one that it follows is not known to have come and so may be still to come (L1)."""
    if not all(map(request.session.has, request.after)) or not dispatch_to_app(host, request):
        _fail_with_predecessor(request)


def dispatch_to_app(host: ServerContext, request: IncomingRequest) -> bool:
    """Give a request to the application, or let it wait for one that it follows and that is still to be answered (L1).

    False: one of those that it follows has failed. That they have come was seen when it came itself.
    """
    session = request.session
    while request.after_done < len(request.after):  # MS33: goes on where it stopped, so that each id is looked at once
        msg_id = request.after[request.after_done]
        if session.has_failed(msg_id):
            return False
        predecessor = session.requests.get(msg_id)
        if predecessor is not None and not predecessor.answered and predecessor is not request:
            request.wait_for(predecessor)
            return True
        request.skip_predecessor()
    report(host, request)
    return True


def release_followers(host: ServerContext, request: IncomingRequest) -> None:
    """What waited for this request has its turn now, or fails with it, and with it what waited for that."""
    over = deque([request])
    while over:
        predecessor = over.popleft()
        for follower in predecessor.take_followers():
            if predecessor.failed or not dispatch_to_app(host, follower):
                _fail_with_predecessor(follower)
                over.append(follower)


def _fail_with_predecessor(request: IncomingRequest) -> None:
    fail(request.session, request, predecessor_failed())


def report(host: ServerContext, request: IncomingRequest) -> None:
    """Tell the application on this link, on the session's present one if this one is over, or on its next one.

    MS29: of a request whose turn has come after its key was destroyed it is not told.
    """
    if not host.keys.holds(request.session.record):
        return
    present = request.session.link if host.closed else host
    if present is None:
        request.session.add_to_backlog(request)
    else:
        request.session.set_reported(request)
        present.report_request(request)


def _on_bind(
    host: ServerContext,
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
    for key_id in host.keys.bind(record, permanent, limits=host.limits, now=now):
        host.emit(AuthKeyDestroyed(key_id))
    session.send_result(request, codec.encode_result(query, value=True))


def _proves(
    query: functions.auth.BindTempAuthKey, permanent: ServerKey, session: ServerSession, request: IncomingRequest
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


def fail_message(session: ServerSession, message: Message, text: str) -> None:
    """Answer a message that is no request that anybody could execute."""
    request = IncomingRequest(session, message.msg_id, functions.help.GetConfig())
    keep(session, request, len(message.body))
    fail(session, request, errors.parse(400, text))


def fail(session: ServerSession, request: IncomingRequest, error: errors.RpcError) -> None:
    """Answer a request with an error."""
    request.set_failed()
    body = codec.encode(types.mtproto.RpcError(error_code=error.code, error_message=error.text))
    session.send_result(request, body)


def keep(session: ServerSession, request: IncomingRequest, size: int) -> None:
    """Remember a request until its answer is acknowledged, within bounds: the oldest answered one makes room."""
    if not session.has_room:
        return
    requests = session.requests
    session.keep(request, size)
    if len(requests) > session.max_requests:
        oldest = next((known for known in requests.values() if known.answered), None)
        if oldest is not None:
            session.forget_request(oldest)
            session.forget_answer(oldest)


def invalid(kind: str, number: int) -> str:
    """How the data centers name what they do not know, by its constructor id."""
    return f"INPUT_{kind}_INVALID_{number}_{number:x}"
