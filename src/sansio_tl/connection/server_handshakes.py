"""The unencrypted messages of one connection: the steps of handshakes.

Over TCP a connection has one handshake. Over HTTP others may use the same connection, and one client several: there the
handshakes belong to the data center (`PendingHandshakes`).
"""

from __future__ import annotations

from sansio_tl.computation import Computing
from sansio_tl.connection.server_config import ServerConfig
from sansio_tl.entropy import Entropy
from sansio_tl.mtproto.handshake_common import HandshakeResult
from sansio_tl.mtproto.message_ids import SERVER_ANSWER, Numbering
from sansio_tl.mtproto.plain_message import seal_plain
from sansio_tl.mtproto.server.handshake import ServerHandshake
from sansio_tl.mtproto.server.key_store import KeyStore
from sansio_tl.mtproto.server.pending_handshakes import PendingHandshakes


class ServerHandshakes:
    """Answers the unencrypted messages of one connection."""

    def __init__(
        self, config: ServerConfig, keys: KeyStore, entropy: Entropy, pending: PendingHandshakes | None
    ) -> None:
        """`pending`: the handshakes over HTTP of all connections; None if there is only this one."""
        self._config = config
        self._keys = keys
        self._entropy = entropy
        self._numbering = Numbering()
        self._own = self._new_handshake()
        self._pending = PendingHandshakes(config.limits) if pending is None else pending
        self._connection_id = object()
        """Identifies this connection in `pending`, which may outlive it."""

    def step(self, body: bytes, *, polled: bool, now: float) -> Computing[tuple[bytes, HandshakeResult | None]]:
        """Process a message; returns the answer for `seal`, and the outcome if this was the last step.

        `polled`: whether it arrived over HTTP. Raises RemoteProtocolError.
        """
        if polled:
            # Another connection may bring a message of the same handshake: it must not find it in the middle of a step.
            return self._pending.receive(body, self._new_handshake, self._connection_id, now)
        answer = yield from self._own.step(body, now)
        return answer, self._own.negotiated

    def seal(self, answer: bytes, now: float) -> bytes:
        """The packet with an answer."""
        return seal_plain(self._numbering.next_id(now, SERVER_ANSWER), answer)

    def _new_handshake(self) -> ServerHandshake:
        config = self._config
        return ServerHandshake(
            private_keys=config.private_keys,
            dc_id=config.dc_id,
            known_keys=self._keys,
            accept_legacy_rsa=config.accept_legacy_rsa,
            pq_prime_bits=config.pq_prime_bits,
            entropy=self._entropy,
            limits=config.limits,
        )
