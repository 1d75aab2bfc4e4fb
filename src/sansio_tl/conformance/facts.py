"""What is recorded of a client under test."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from sansio_tl.errors import RemoteProtocolError
from sansio_tl.limits import Limits
from sansio_tl.mtproto.container import CONTAINER, split, unpack_gzip
from sansio_tl.mtproto.message import DecryptedPacket, Message

LIMITS = Limits(max_client_packet_size=1 << 24)
"""What is accepted of a peer under test: the suite is more tolerant than a server."""


@dataclass(slots=True)
class ClientMessage:
    """A message that the client has sent."""

    at: float
    connection: int
    message: Message
    packet: DecryptedPacket
    plaintext: bytes = field(repr=False)
    """All of its packet, with the padding."""
    in_container: bool


@dataclass(slots=True)
class ConnectionFacts:
    """What is known of a connection."""

    number: int
    opened_at: float
    framing: str | None = None
    closed_by_client: bool = False
    closed_by_us: bool = False
    error: str | None = None
    """What the client did wrong in the framing or the envelope."""


def expand(message: Message) -> Iterable[tuple[Message, bool]]:
    """The messages of an envelope, and whether they stand in a container."""
    if message.constructor != CONTAINER:
        return [(message, False)]
    return [(each, True) for each in split(message.body, LIMITS)]


def body_of(message: Message) -> bytes:
    """The body of a message, unpacked if it was compressed."""
    try:
        return unpack_gzip(message.body, LIMITS)
    except RemoteProtocolError:
        return message.body
