"""How a request is encoded when it is sent: in invokeAfterMsg, in initConnection, compressed.

The wrappers depend on the state of the session and on message ids, so the body is built when the message gets its id.
"""

from __future__ import annotations

from typing import Final

from sansio_tl import functions
from sansio_tl.entropy import Entropy
from sansio_tl.limits import Limits
from sansio_tl.mtproto.client.request import PendingRequest
from sansio_tl.mtproto.client.temp_key_binding import TempKeyBinding
from sansio_tl.mtproto.container import GZIP_OVERHEAD, deflate

_INVOKE_AFTER = functions.InvokeAfterMsg.ID.to_bytes(4, "little")
_INVOKE_AFTER_SIZE = 12
_INCOMPRESSIBLE = "upload."
"""Methods of this namespace carry parts of files, which are compressed already."""


class RequestWrapper:
    """Encodes the requests of one session, and remembers whether the server knows the client."""

    def __init__(
        self, init_connection_prefix: bytes, binding: TempKeyBinding, limits: Limits, entropy: Entropy
    ) -> None:
        """`init_connection_prefix` is invokeWithLayer(initConnection(...)) up to where the query follows."""
        self._prefix = init_connection_prefix
        self._binding = binding
        self._limits = limits
        self._entropy = entropy
        self.prefix_size: Final = len(init_connection_prefix)
        """Bytes of invokeWithLayer and initConnection."""
        self.init_acknowledged = False
        """Whether the server has answered a call that carried initConnection."""

    @property
    def reserve(self) -> int:
        """The most bytes that `build_body` adds to a function."""
        return (0 if self.init_acknowledged else self.prefix_size) + _INVOKE_AFTER_SIZE

    def accept_init(self, pending: PendingRequest) -> None:
        """The server has answered a call: if it carried initConnection, further ones need not."""
        if pending.initialising:
            self.init_acknowledged = True

    def reset_init(self) -> None:
        """The server does not know the client: the next requests carry initConnection."""
        self.init_acknowledged = False

    def build_body(self, pending: PendingRequest, msg_id: int) -> bytes:
        """The body of a request that is sent under `msg_id`."""
        if self._binding.is_unbound and self._binding.is_request(pending):
            return self._binding.body(msg_id, self._entropy)
        body = pending.body
        after = pending.after
        if after is not None and not after.settled and after.latest_id:
            body = _INVOKE_AFTER + after.latest_id.to_bytes(8, "little") + body
        pending.set_initialising(initialising=not self.init_acknowledged)
        if pending.initialising:
            body = self._prefix + body
        if len(body) >= self._limits.gzip_threshold and not pending.handle.function.NAME.startswith(_INCOMPRESSIBLE):
            packed = deflate(body)
            # A server with our own limits would reject a request that shrinks further than that (MS15).
            if len(packed) < len(body) <= self._limits.max_inflate_ratio * (len(packed) - GZIP_OVERHEAD):
                body = packed
        return body
