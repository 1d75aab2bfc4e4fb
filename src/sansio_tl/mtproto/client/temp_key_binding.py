"""How the temporary key of a session comes to stand for the permanent one, as the client sees it (HS18).

Requests wait until the server has accepted the binding; a session with a permanent key binds nothing and holds nothing
back.
"""

from __future__ import annotations

from sansio_tl import codec, functions
from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.entropy import Entropy
from sansio_tl.errors.protocol import LocalProtocolError, RemoteProtocolError
from sansio_tl.errors.rpc import RpcError
from sansio_tl.mtproto.client.request import PendingRequest, RequestHandle
from sansio_tl.mtproto.temp_key_proof import bind


class KeyBinding:
    """The binding of one session's key."""

    def __init__(self, *, needed: bool) -> None:
        """`is_unbound` if the session's key is, or will be, a temporary one."""
        self.is_unbound = needed
        """Whether the key does not stand for the permanent one yet."""
        self.permanent: AuthKey | None = None
        self.expires_at = 0
        """When the temporary key ends: server time, in seconds."""
        self.error: RpcError | RemoteProtocolError | None = None
        """Why the server does not accept the binding."""
        self.deferred: dict[RequestHandle[object], PendingRequest] = {}
        """What waits for it."""
        self._request: RequestHandle[bool] | None = None

    def begin(self, permanent: AuthKey, expires_at: int) -> RequestHandle[bool]:
        """Ask for it: the handle of the request, which gets its content when it leaves and knows its message id."""
        self.permanent, self.expires_at = permanent, expires_at
        self.is_unbound = True
        self._request = RequestHandle(functions.auth.BindTempAuthKey(0, 0, expires_at, b""))
        return self._request

    def is_request(self, pending: PendingRequest) -> bool:
        """Whether it is the request that asks for the binding."""
        return self._request is pending.handle

    def defer_if_unbound(self, pending: PendingRequest) -> bool:
        """Whether the request must wait, and does from now on."""
        if not self.is_unbound or pending.service or self.is_request(pending):
            return False
        self.deferred[pending.handle] = pending
        return True

    def is_awaited(self, unanswered: dict[RequestHandle[object], PendingRequest]) -> bool:
        """Whether the answer is still to come."""
        return self._request in unanswered

    def body(self, temporary: AuthKey | None, session_id: int, msg_id: int, entropy: Entropy) -> bytes:
        """The request as it leaves under `msg_id`."""
        if temporary is None or self.permanent is None:
            raise LocalProtocolError("there is no temporary key to bind")
        request = bind(
            permanent=self.permanent,
            temporary=temporary,
            session_id=session_id,
            msg_id=msg_id,
            expires_at=self.expires_at,
            entropy=entropy,
        )
        return codec.encode(request)

    def accepted(self) -> list[PendingRequest]:
        """The server has accepted it: what may leave now."""
        self.is_unbound = False
        held, self.deferred = self.deferred, {}
        return list(held.values())
