"""Answers to requests: rpc_result with a result or an error, compressed or not.

Whatever is wrong with an answer fails that one request (TL3). Some errors are handled by sending the request again.
"""

from __future__ import annotations

from collections.abc import Callable
from struct import Struct

from sansio_tl import errors, types
from sansio_tl.codec import coder
from sansio_tl.errors.protocol import RemoteProtocolError
from sansio_tl.events import Event, TemporaryKeyBound
from sansio_tl.limits import Limits
from sansio_tl.mtproto.client.request import PendingRequest
from sansio_tl.mtproto.client.request_queue import RequestQueue
from sansio_tl.mtproto.client.request_wrapper import RequestWrapper
from sansio_tl.mtproto.client.temp_key_binding import TempKeyBinding
from sansio_tl.mtproto.container import GZIP_PACKED, unpack_gzip
from sansio_tl.mtproto.invoke_after import PREDECESSOR_FAILED
from sansio_tl.mtproto.message import Message

_RPC_ERROR = types.mtproto.RpcError.ID.to_bytes(4, "little")
_RPC_RESULT = Struct("<4xq4s")
"""Which request it answers, and the constructor of the result."""
_RESULT_AT = 12
_PREDECESSOR_IS_GONE = frozenset({PREDECESSOR_FAILED, "MSG_WAIT_TIMEOUT"})
_NOT_BOUND = "AUTH_KEY_PERM_EMPTY"
_NOT_INITIALISED = frozenset({"CONNECTION_NOT_INITED", "CONNECTION_LAYER_INVALID"})


class RpcResults:
    """Settles requests by their answers."""

    def __init__(
        self,
        requests: RequestQueue,
        binding: TempKeyBinding,
        wrapper: RequestWrapper,
        limits: Limits,
        report: Callable[[Event], None],
    ) -> None:
        self._requests = requests
        self._binding = binding
        self._wrapper = wrapper
        self._limits = limits
        self._report = report

    def on_rpc_result(self, message: Message) -> None:
        """The answer to a request: a result, an error, or either of them compressed."""
        body, start = message.body, _RESULT_AT
        if len(body) < _RPC_RESULT.size:
            raise RemoteProtocolError("TL9", "rpc_result without a result")
        req_msg_id, kind = _RPC_RESULT.unpack_from(body)
        requests = self._requests
        pending = requests.find(req_msg_id)
        if pending is None:
            return
        try:
            if kind == GZIP_PACKED:
                body, start = unpack_gzip(body[start:], self._limits), 0
                kind = body[:4]
            if kind == _RPC_ERROR:
                self._on_rpc_error(pending, body[start:], latest=requests.is_latest(req_msg_id))
                return
            result = coder.decode_result(pending.handle.function, body, self._limits, start=start)
        except RemoteProtocolError as error:
            requests.fail(pending, error, body[start:])
            return
        if self._binding.is_unbound and self._binding.is_request(pending):
            self._on_bound(pending, accepted=result is True)
            return
        self._wrapper.accept_init(pending)
        requests.complete(pending, result)

    def _on_bound(self, pending: PendingRequest, *, accepted: bool) -> None:
        """The answer to auth.bindTempAuthKey (HS18, HS19)."""
        if not accepted:
            self._requests.fail(pending, RemoteProtocolError("HS18", "the server did not bind the temporary key"))
            return
        self._requests.remove_pending(pending)
        self._requests.on_key_bound()
        self._report(TemporaryKeyBound(self._binding.expires_at))

    def _on_rpc_error(self, pending: PendingRequest, data: bytes, *, latest: bool) -> None:
        """An error. Some are handled by sending the request again, unless that was done already (not `latest`)."""
        answer = coder.decode(data)
        if not isinstance(answer, types.mtproto.RpcError):
            raise RemoteProtocolError("TL3", f"{answer.NAME} where rpc_error began")
        requests, binding = self._requests, self._binding
        error = errors.parse(answer.error_code, answer.error_message, pending.handle.function.NAME)
        # A harmless request is never sent in initConnection.
        initialised_already = (latest and pending.initialising) or requests.is_harmless(pending)
        if error.name in _NOT_INITIALISED and not initialised_already:
            if latest:
                requests.resend_new_id_initialised(pending)
            return
        if error.name == _NOT_BOUND and binding.was_requested and not binding.is_request(pending):
            requests.bind_again()
            if latest:
                requests.resend_lost_new_id(pending)
            return
        if error.name in _PREDECESSOR_IS_GONE and pending.after is not None and not pending.after.failed:
            if latest:
                requests.resend_lost_new_id(pending)  # its predecessor has a new id, or is answered
            return
        self._wrapper.accept_init(pending)
        requests.fail(pending, error)
