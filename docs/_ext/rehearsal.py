"""A client and a server connection joined in memory: fixed entropy, fixed times, no socket.

The drawings trace it, and tests/repository runs it where nothing but computing is allowed.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from sansio_tl import functions, types
from sansio_tl.connection import Config, Connection
from sansio_tl.crypto.rsa import RsaPrivateKey
from sansio_tl.entropy import Entropy
from sansio_tl.events import Event, RequestReceived
from sansio_tl.server import ServerConfig, ServerConnection

NOW = 1_700_000_000.0
ANSWER = types.NearestDc(country="AQ", this_dc=2, nearest_dc=2)


def seeded(seed: bytes) -> Entropy:
    """A stream of bytes that is always the same: SHAKE-256 of the seed and a counter."""
    drawn = 0

    def entropy(size: int) -> bytes:
        nonlocal drawn
        drawn += 1
        return hashlib.shake_256(seed + drawn.to_bytes(8, "big")).digest(size)

    return entropy


@dataclass(slots=True)
class Pair:
    """Both ends of one link, and what passed between them."""

    client: Connection
    server: ServerConnection
    told: list[Event] = field(default_factory=list)
    """What the client was told."""
    wire: list[bytes] = field(default_factory=list)
    """Every piece that was carried, in order."""

    def up(self) -> bool:
        """Carry what the client has to say and let the server answer; whether there was anything."""
        data = self._carried(self.client.data_to_send(now=NOW))
        if data:
            self.server.receive_data(data, now=NOW)
        while (event := self.server.next_event()) is not None:
            if isinstance(event, RequestReceived):
                self.server.answer(event.request, ANSWER, now=NOW)
        return bool(data)

    def down(self) -> bool:
        """Carry what the server has to say; whether there was anything."""
        data = self._carried(self.server.data_to_send(now=NOW))
        if data:
            self.client.receive_data(data, now=NOW)
        while (event := self.client.next_event()) is not None:
            self.told.append(event)
        return bool(data)

    def settle(self) -> None:
        """Carry until nobody has anything to say."""
        while self.up() | self.down():
            pass

    def _carried(self, data: bytes) -> bytes:
        self.wire.append(data)
        return data


def joined() -> Pair:
    """A pair that has made a key, and a session with a first request."""
    private_key = RsaPrivateKey.generate(seeded(b"rsa"))
    config = Config(api_id=1, public_keys=(private_key.public_key,))
    client = Connection(config, entropy=seeded(b"client"), now=NOW)
    server = ServerConnection(ServerConfig(private_keys=(private_key,)), {}, entropy=seeded(b"server"), now=NOW)
    pair = Pair(client, server)
    client.invoke(functions.help.GetNearestDc(), now=NOW)
    pair.settle()
    return pair


def rehearse() -> list[bytes]:
    """Make a key, begin a session, make a request and get its answer; every piece that passed between the two."""
    return joined().wire
