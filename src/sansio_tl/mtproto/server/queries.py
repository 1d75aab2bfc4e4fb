"""Queries of the API, on the server: unwrapped, kept until their answer is acknowledged, reported in their order.

auth.bindTempAuthKey is the only one that is answered here, because it concerns the keys themselves.
"""

from __future__ import annotations

from collections import deque
from typing import Any

from msgspec.structs import replace

from sansio_tl import codec, errors, functions
from sansio_tl.errors.protocol import RemoteProtocolError
from sansio_tl.events import AuthKeyDestroyed
from sansio_tl.mtproto.bad_msg_codes import BadMsgCode
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
    layer_codec: LayerCodec | None,
    original: TLObject | None,
) -> None:
    """A query of the API: remove its wrappers, remember their content, and report it when its turn has come."""
    if not message.content_related:
        session.send_bad_msg(message, BadMsgCode.ODD_SEQNO_EXPECTED, now)
        return
    request = _unwrap(session, message, query, layer_codec, original)
    if not session.requests.has_room:  # MS34
        session.send_error(request, errors.FloodWait(seconds=1))
        return
    if request.init is not None and request.init is not session.init and not session.keep_init(request.init):
        session.send_error_to(message, "INPUT_REQUEST_TOO_LONG")
        return
    if not _is_method(request.query):
        session.send_error_to(message, _no_method(request.query))
        return
    if len(request.after) > host.limits.max_ids_per_message:
        session.send_error_to(message, "INPUT_FETCH_ERROR")
        return
    session.keep(request, weight(query) + weight(original))
    if isinstance(request.query, functions.auth.BindTempAuthKey):
        _on_bind(host, session, request, request.query, now)
    elif session.record.expires_at is not None and session.record.bound_to is None:
        session.send_error(request, errors.parse(401, "AUTH_KEY_PERM_EMPTY"))
    elif session.requests.is_full:
        session.send_error(request, errors.FloodWait(seconds=1))
    else:
        _take_turn(host, request)


def _is_method(query: object) -> bool:
    """MS32: whether it is a function of the API. A wrapper may carry any value: ``query:!X`` has no type."""
    return isinstance(query, Function) and not is_service(query)


def _no_method(query: object) -> str:
    """The error of the data centers for what is no method: with its constructor id, if the value still has one."""
    match query:
        case Unknown():
            return invalid("METHOD", query.id)
        case TLObject():
            return invalid("METHOD", query.ID)
        case _:  # a Bool, a number, a vector
            return "INPUT_FETCH_ERROR"


def _unwrap(
    session: ServerSession, message: Message, query: Any, layer_codec: LayerCodec | None, original: TLObject | None
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
        layer_codec,
        original,
    )


def _take_turn(host: ServerContext, request: IncomingRequest) -> None:
    """Report a new request, unless one that it follows is not known to have arrived, and so may still arrive (L1)."""
    if not all(map(request.session.has, request.after)) or not dispatch_to_app(host, request):
        _fail_with_predecessor(request)


def dispatch_to_app(host: ServerContext, request: IncomingRequest) -> bool:
    """Report a request to the application, or let it wait for one that it follows and that is not answered yet (L1).

    False: one of those that it follows has failed. That they have arrived was checked when it arrived itself.
    """
    session = request.session
    while request.after_done < len(request.after):  # MS33: continues where it stopped: each id is checked once
        msg_id = request.after[request.after_done]
        if session.requests.has_failed(msg_id):
            return False
        predecessor = session.requests.find(msg_id)
        if predecessor is not None and not predecessor.answered and predecessor is not request:
            request.wait_for(predecessor)
            return True
        request.skip_predecessor()
    report(host, request)
    return True


def release_followers(host: ServerContext, request: IncomingRequest) -> None:
    """Requests that waited for this one have their turn now, or fail with it; then those that waited for them."""
    over = deque([request])
    while over:
        predecessor = over.popleft()
        for follower in predecessor.take_followers():
            if predecessor.failed or not dispatch_to_app(host, follower):
                _fail_with_predecessor(follower)
                over.append(follower)


def _fail_with_predecessor(request: IncomingRequest) -> None:
    request.session.send_error(request, predecessor_failed())


def report(host: ServerContext, request: IncomingRequest) -> None:
    """Report a request on this connection, on the session's present one if this one has ended, or on its next one.

    MS29: a request whose turn has come after its key was destroyed is not reported.
    """
    if not host.keys.holds(request.session.record):
        return
    present = request.session.connection if host.closed else host
    if present is None:
        request.session.add_to_backlog(request)
    else:
        request.session.requests.set_reported(request)
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
        session.send_error(request, errors.parse(400, "TEMP_AUTH_KEY_EMPTY"))
        return
    if record.bound_to is not None and (permanent is None or permanent.auth_key.id != record.bound_to):
        session.send_error(request, errors.parse(400, "TEMP_AUTH_KEY_ALREADY_BOUND"))
        return
    if not now < query.expires_at <= record.expires_at + host.limits.binding_tolerance:
        session.send_error(request, errors.parse(400, "EXPIRES_AT_INVALID"))
        return
    if permanent is None or permanent.expires_at is not None or not _proves(query, permanent, session, request):
        session.send_error(request, errors.parse(400, "ENCRYPTED_MESSAGE_INVALID"))
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


def invalid(kind: str, number: int) -> str:
    """The error text of the data centers for an unknown constructor id."""
    return f"INPUT_{kind}_INVALID_{number}_{number:x}"
