"""auth.bindTempAuthKey, on the server: a temporary key stands for a permanent one (HS18)."""

from __future__ import annotations

from sansio_tl import codec, errors, functions
from sansio_tl.errors.protocol import RemoteProtocolError
from sansio_tl.events import AuthKeyDestroyed
from sansio_tl.mtproto.server.context import ServerContext
from sansio_tl.mtproto.server.server_key import ServerKey
from sansio_tl.mtproto.server.session import IncomingRequest, ServerSession
from sansio_tl.mtproto.temp_key_proof import check_binding


def on_bind(
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
