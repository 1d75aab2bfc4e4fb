"""Queries of the API, on the server: unwrapped, checked, and kept until their answer is acknowledged.

`request_order` reports them to the application. auth.bindTempAuthKey is the only one that is answered without it,
because it concerns the keys themselves (`temp_key_binding`).
"""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from sansio_tl import errors, functions
from sansio_tl.mtproto.bad_msg_codes import BadMsgCode
from sansio_tl.mtproto.memory_size import weight
from sansio_tl.mtproto.message import Message
from sansio_tl.mtproto.server.context import ServerContext
from sansio_tl.mtproto.server.layer_codec import LayerCodec
from sansio_tl.mtproto.server.request_order import take_turn
from sansio_tl.mtproto.server.session import NO_QUERY, IncomingRequest, ServerSession
from sansio_tl.mtproto.server.temp_key_binding import on_bind
from sansio_tl.mtproto.service_functions import is_service
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
        on_bind(host, session, request, request.query, now)
    elif session.record.expires_at is not None and session.record.bound_to is None:
        session.send_error(request, errors.parse(401, "AUTH_KEY_PERM_EMPTY"))
    elif session.requests.is_full:
        session.send_error(request, errors.FloodWait(seconds=1))
    else:
        take_turn(host, request)


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


def invalid(kind: str, number: int) -> str:
    """The error text of the data centers for an unknown constructor id."""
    return f"INPUT_{kind}_INVALID_{number}_{number:x}"
