"""The binding of a session's temporary key to the permanent one, as the client sees it (HS18).

Requests are deferred until the server has accepted the binding. A session with a permanent key binds nothing and defers
nothing.
"""

from __future__ import annotations

from sansio_tl import codec, functions
from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.entropy import Entropy
from sansio_tl.errors.protocol import LocalProtocolError, RemoteProtocolError
from sansio_tl.errors.rpc import RpcError
from sansio_tl.mtproto.client.request import PendingRequest, RequestHandle
from sansio_tl.mtproto.temp_key_proof import bind


class TempKeyBinding:
    """The binding of one session's key."""

    def __init__(self, session_id: int, *, temporary: bool) -> None:
        """`temporary`: whether the session's key is, or will be, a temporary one."""
        self.is_unbound = temporary
        """Whether the key is a temporary one that is not bound to the permanent one yet."""
        self._session_id = session_id
        self._permanent: AuthKey | None = None
        self._temporary: AuthKey | None = None
        self._expires_at = 0
        self.error: RpcError | RemoteProtocolError | None = None
        """Why the server did not accept the binding."""
        self._deferred: dict[RequestHandle[object], PendingRequest] = {}
        self._request: RequestHandle[bool] | None = None

    @property
    def was_requested(self) -> bool:
        """Whether the binding was ever requested."""
        return self._permanent is not None

    @property
    def expires_at(self) -> int:
        """When the temporary key ends: server time, in seconds."""
        return self._expires_at

    @property
    def request(self) -> RequestHandle[bool] | None:
        """The latest request that binds the key."""
        return self._request

    @property
    def deferred(self) -> list[PendingRequest]:
        """The requests that wait for the binding."""
        return list(self._deferred.values())

    def begin(self, permanent: AuthKey, temporary: AuthKey | None, expires_at: int) -> RequestHandle[bool]:
        """The request that binds `temporary`; its content is made when its message id is known."""
        self._permanent, self._temporary, self._expires_at = permanent, temporary, expires_at
        return self.begin_again()

    def begin_again(self) -> RequestHandle[bool]:
        """Another such request: the server has forgotten the binding."""
        self.is_unbound = True
        self._request = RequestHandle(functions.auth.BindTempAuthKey(0, 0, self._expires_at, b""))
        return self._request

    def begin_session(self, session_id: int) -> None:
        """The request is sent in another session."""
        self._session_id = session_id

    def is_request(self, pending: PendingRequest) -> bool:
        """Whether it is the request that binds the key."""
        return self._request is pending.handle

    def defer_if_unbound(self, pending: PendingRequest) -> bool:
        """Defer a request that must not be sent before the key is bound; whether it was deferred."""
        if not self.is_unbound or pending.service or self.is_request(pending):
            return False
        self._deferred[pending.handle] = pending
        return True

    def forget(self, pending: PendingRequest) -> None:
        """The request is settled: it is not deferred any more."""
        self._deferred.pop(pending.handle, None)

    def body(self, msg_id: int, entropy: Entropy) -> bytes:
        """The request as it is sent under `msg_id`."""
        if self._temporary is None or self._permanent is None:
            raise LocalProtocolError("there is no temporary key to bind")
        request = bind(
            permanent=self._permanent,
            temporary=self._temporary,
            session_id=self._session_id,
            msg_id=msg_id,
            expires_at=self._expires_at,
            entropy=entropy,
        )
        return codec.encode(request)

    def on_accepted(self) -> list[PendingRequest]:
        """The server has accepted the binding; returns the deferred requests, which may be sent now."""
        self.is_unbound = False
        deferred, self._deferred = self._deferred, {}
        return list(deferred.values())

    def fail(self, error: RpcError | RemoteProtocolError) -> None:
        """The server has not accepted the binding: the key is of no use."""
        self.error = error
