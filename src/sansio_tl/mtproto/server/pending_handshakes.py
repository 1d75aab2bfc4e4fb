"""Handshakes in progress at a data center that belong to none of its connections.

Over HTTP each step may arrive on another connection: a proxy in front of the data center opens one for each request, or
sends the requests of many clients over a few. So a handshake is found by the nonces at the start of its later messages:

    req_DH_params, set_client_DH_params     constructor: 4 bytes | nonce: 16 | server_nonce: 16 | ...

The nonces are not secret: an attacker who observes a client may send its messages again on another connection, or other
messages with its nonces. So only a message that passes all checks changes a handshake, and it changes it once (HS22).
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from sansio_tl import functions
from sansio_tl.errors.protocol import RemoteProtocolError
from sansio_tl.limits import Limits
from sansio_tl.mtproto.handshake_common import HandshakeResult
from sansio_tl.mtproto.server.handshake import ServerHandshake

_NONCES: Final = 4
"""Where the two nonces begin, in the messages of a handshake, and where they end."""
_NONCES_END: Final = 36
_WITH_NONCES: Final = frozenset(
    function.ID.to_bytes(4, "little")
    for function in (functions.mtproto.ReqDHParams, functions.mtproto.SetClientDHParams)
)
"""The constructors of messages that belong to a handshake which has begun. Anything may follow req_pq as padding."""


@dataclass(frozen=True, slots=True)
class _Step:
    """The latest message of a handshake."""

    handshake: ServerHandshake | None
    """It waits for another message; None if it is complete."""
    connection_id: Hashable
    """Identifies the connection on which the message has arrived."""
    digest: bytes
    """SHA-256 of the message."""
    answer: bytes
    until: float


class PendingHandshakes:
    """Remembers each for `Limits.handshake_timeout` seconds after a step (HS15), and a bounded number of them.

    When there are too many, one of the connection that has most is dropped (HS21), so that a flood over a few
    connections ends nothing but itself: the oldest that has cost its client nothing but req_pq. Connections with
    equally many count as one: a flood over as many connections as there may be handshakes ends those of others at that
    step.

    Of as many complete ones the last answer is remembered, for as long.
    """

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._in_progress: dict[bytes, _Step] = {}
        """By nonce and server_nonce, the oldest first."""
        self._complete: OrderedDict[bytes, _Step] = OrderedDict()
        """Likewise."""

    def __len__(self) -> int:
        """How many handshakes wait for a message."""
        return len(self._in_progress)

    def receive(
        self, body: bytes, begin: Callable[[], ServerHandshake], connection_id: Hashable, now: float
    ) -> tuple[bytes, HandshakeResult | None]:
        """Take a message; returns the answer, and the outcome if this was the last step.

        A message that repeats the latest one of its handshake gets the same answer, and changes nothing. Nor does one
        that is invalid, for which RemoteProtocolError is raised (HS22). `begin` makes a handshake; `connection_id`
        identifies the connection on which the message has arrived.
        """
        nonces = bytes(body[_NONCES:_NONCES_END]) if bytes(body[:_NONCES]) in _WITH_NONCES else b""
        last = self._find(nonces, now)
        digest = sha256(body).digest()
        if last is not None and last.digest == digest:
            return last.answer, None
        known = None if last is None else last.handshake
        handshake = known or begin()
        try:
            answer = handshake.receive(body, now)
        except RemoteProtocolError:
            if known is not None and known.nonces is None:  # it has failed too often
                del self._in_progress[nonces]
            raise
        self._in_progress.pop(nonces, None)
        until = now + self._limits.handshake_timeout
        if handshake.nonces is None:
            self._remember_complete(nonces, _Step(None, connection_id, digest, answer, until))
        else:
            self._remember(handshake.nonces, _Step(handshake, connection_id, digest, answer, until), now)
        return answer, handshake.negotiated

    def _find(self, nonces: bytes, now: float) -> _Step | None:
        """The latest step of a handshake, unless that is too long ago; then it is forgotten."""
        last = self._in_progress.get(nonces) or self._complete.get(nonces)
        if last is None or now < last.until:
            return last
        self._in_progress.pop(nonces, None)
        self._complete.pop(nonces, None)
        return None

    def _remember_complete(self, nonces: bytes, step: _Step) -> None:
        self._complete[nonces] = step
        if len(self._complete) > self._limits.max_handshakes:
            self._complete.popitem(last=False)

    def _remember(self, nonces: bytes, step: _Step, now: float) -> None:
        self._in_progress[nonces] = step
        if len(self._in_progress) > self._limits.max_handshakes:
            del self._in_progress[self._least_worth(now)]

    def _least_worth(self, now: float) -> bytes:
        """The nonces of the handshake to drop."""
        oldest = next(iter(self._in_progress))
        if now >= self._in_progress[oldest].until:
            return oldest
        of_connection = Counter(known.connection_id for known in self._in_progress.values())
        most = max(of_connection.values())
        candidates = [
            nonces for nonces, known in self._in_progress.items() if of_connection[known.connection_id] == most
        ]
        begun = (nonces for nonces in candidates if not self._has_proof_of_work(nonces))
        return next(begun, candidates[0])

    def _has_proof_of_work(self, nonces: bytes) -> bool:
        handshake = self._in_progress[nonces].handshake
        return handshake is not None and handshake.has_proof_of_work
