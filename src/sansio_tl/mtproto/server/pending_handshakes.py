"""Handshakes in progress at a data center that belong to none of its connections.

Over HTTP each step may arrive on another connection: a proxy in front of the data center opens one for each request, or
sends the requests of many clients over a few. So a handshake is found by the nonces at the start of its later messages:

    req_DH_params, set_client_DH_params     constructor: 4 bytes | nonce: 16 | server_nonce: 16 | ...
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Final

from sansio_tl.limits import Limits
from sansio_tl.mtproto.server.handshake import ServerHandshake

_NONCES: Final = 4
"""Where the two nonces begin, in the messages of a handshake, and where they end."""
_NONCES_END: Final = 36


@dataclass(frozen=True, slots=True)
class _UnderWay:
    """A handshake that waits for the client's next message."""

    handshake: ServerHandshake
    connection_id: Hashable
    """Identifies the connection of its latest step."""
    until: float


class PendingHandshakes:
    """Remembers each for `Limits.handshake_timeout` seconds after a step (HS15), and a bounded number of them.

    When there are too many, one of the connection that has most is dropped (HS21), so that a flood over a few
    connections ends nothing but itself: the oldest that has cost its client nothing but req_pq. Connections with
    equally many count as one: a flood over as many connections as there may be handshakes ends those of others at that
    step.
    """

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._under_way: dict[bytes, _UnderWay] = {}
        """By nonce and server_nonce, the oldest first."""

    def __len__(self) -> int:
        """How many are remembered."""
        return len(self._under_way)

    def pop(self, body: bytes, now: float) -> ServerHandshake | None:
        """Remove and return the handshake that continues with this message, if there is one."""
        known = self._under_way.pop(bytes(body[_NONCES:_NONCES_END]), None)
        return known.handshake if known is not None and now < known.until else None

    def store(self, handshake: ServerHandshake, connection_id: Hashable, now: float) -> None:
        """Remember it, if it expects another message; `connection_id` identifies the connection of this step."""
        nonces = handshake.nonces
        if nonces is None:
            return
        self._under_way[nonces] = _UnderWay(handshake, connection_id, now + self._limits.handshake_timeout)
        if len(self._under_way) > self._limits.max_handshakes:
            del self._under_way[self._least_worth(now)]

    def _least_worth(self, now: float) -> bytes:
        """The nonces of the handshake to drop."""
        oldest = next(iter(self._under_way))
        if now >= self._under_way[oldest].until:
            return oldest
        of_connection = Counter(known.connection_id for known in self._under_way.values())
        most = max(of_connection.values())
        candidates = [nonces for nonces, known in self._under_way.items() if of_connection[known.connection_id] == most]
        begun = (nonces for nonces in candidates if not self._under_way[nonces].handshake.has_proof_of_work)
        return next(begun, candidates[0])
