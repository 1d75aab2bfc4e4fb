"""What the targets share: reproducible entropy, keys, and one honest handshake recorded step by step."""

from __future__ import annotations

import copy
import random
from dataclasses import dataclass
from functools import cache

from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.crypto.rsa import RsaPrivateKey
from sansio_tl.framing import ProxySecret
from sansio_tl.limits import Limits
from sansio_tl.mtproto.client.handshake import ClientHandshake
from sansio_tl.mtproto.server.handshake import PQ_PRIME_BITS, ServerHandshake

NOW = 1_767_225_600.0
KEY = AuthKey(bytes(range(256)))
SMALL = Limits(max_packet_size=1 << 16)
"""So that the bounds on sizes are within reach of small inputs."""
SECRETS = (
    ProxySecret.parse(bytes(range(16))),
    ProxySecret.parse(b"\xdd" + bytes(range(16, 32))),
    ProxySecret.parse(b"\xee" + bytes(range(32, 48)) + b"example.org"),
)


class Stream:
    """Entropy that is the same each time."""

    def __init__(self, seed: int = 0) -> None:
        self._random = random.Random(seed)

    def __call__(self, size: int) -> bytes:
        return self._random.randbytes(size)


@cache
def private_key() -> RsaPrivateKey:
    """The data center's RSA key."""
    return RsaPrivateKey.generate(Stream(2048))


@dataclass(frozen=True)
class Moment:
    """Both ends of an honest handshake at one moment, and the message that comes next."""

    client: ClientHandshake
    server: ServerHandshake
    to_client: bool
    message: bytes

    def ends(self) -> tuple[ClientHandshake, ServerHandshake]:
        """Copies, to be spoilt."""
        return copy.deepcopy((self.client, self.server))


@cache
def moments() -> tuple[Moment, ...]:
    """The honest handshake: the client's message and the server's answer in turn, six messages in all."""
    client = ClientHandshake(
        public_keys=(private_key().public_key,), dc=2, entropy=Stream(1), limits=Limits(), expires_in=None
    )
    server = ServerHandshake(
        private_keys=(private_key(),),
        dc_id=2,
        known_keys={},
        accept_legacy_rsa=True,
        pq_prime_bits=PQ_PRIME_BITS,
        entropy=Stream(2),
        limits=Limits(),
    )
    recorded = []
    message: bytes | None = client.start()
    while message is not None:
        recorded.append(Moment(*copy.deepcopy((client, server)), to_client=False, message=message))
        answer = server.receive(message, NOW)
        recorded.append(Moment(*copy.deepcopy((client, server)), to_client=True, message=answer))
        message = client.receive(answer)
    return tuple(recorded)
