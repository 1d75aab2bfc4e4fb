"""Handshakes that are under way at a data centre and belong to none of its links.

Over HTTP each step may come over another link: a proxy in front of the data centre opens one for each request, or sends
the requests of many clients over a few. So a handshake is found by the nonces with which its later messages begin:

    req_DH_params, set_client_DH_params     constructor: 4 bytes | nonce: 16 | server_nonce: 16 | ...
"""

from __future__ import annotations

from typing import Final

from sansio_tl.limits import Limits
from sansio_tl.mtproto.handshake_server import ServerHandshake

_NONCES: Final = 4
"""Where the two nonces begin, in the messages of a handshake, and where they end."""
_NONCES_END: Final = 36


class Handshakes:
    """Remembers each for `Limits.handshake_timeout` seconds after a step (HS15), and a bounded number of them."""

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._under_way: dict[bytes, tuple[float, ServerHandshake]] = {}
        """By nonce and server_nonce: until when, and which; the oldest first."""

    def __len__(self) -> int:
        """How many are remembered."""
        return len(self._under_way)

    def take(self, body: bytes, now: float) -> ServerHandshake | None:
        """The handshake that goes on with this message, if there is one; unless it is kept again, it is over."""
        until, handshake = self._under_way.pop(bytes(body[_NONCES:_NONCES_END]), (now, None))
        return handshake if now < until else None

    def keep(self, handshake: ServerHandshake, now: float) -> None:
        """Remember it, if it waits for the client's next message."""
        nonces = handshake.nonces
        if nonces is None:
            return
        self._under_way[nonces] = now + self._limits.handshake_timeout, handshake
        if len(self._under_way) > self._limits.max_handshakes:
            del self._under_way[next(iter(self._under_way))]
