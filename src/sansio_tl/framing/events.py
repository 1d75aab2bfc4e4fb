"""The events of a framing: packets, transport error codes and quick acknowledgements.

They are msgspec Structs, not dataclasses, because one is created for every packet.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import msgspec

from sansio_tl.reprs import rich_repr


class Packet(msgspec.Struct, frozen=True, gc=False):
    """One MTProto packet: a plain or encrypted message, without the framing's own bytes."""

    payload: bytes
    """A multiple of 4 bytes, at least 8, at most `Limits.max_packet_size`, of a client at most
    `Limits.max_client_packet_size`."""
    quick_ack: bool = False
    """Server role only: the client requests a quick acknowledgement of this packet."""

    def __repr__(self) -> str:
        return f"Packet(payload=<{len(self.payload)} bytes>, quick_ack={self.quick_ack})"

    def __rich_repr__(self) -> list[Any]:
        return rich_repr(self)


class TransportErrorReceived(msgspec.Struct, frozen=True, gc=False):
    """Client role only: the server answered with an error code instead of a message (TR3)."""

    code: int
    """A negative int32: -404 (unknown auth key), -429 (flood), -444 (wrong data center) ..."""


class QuickAck(msgspec.Struct, frozen=True, gc=False):
    """Client role only: the server has received a packet sent with ``quick_ack=True`` (TR4)."""

    token: bytes
    """4 bytes: the first 32 bits of the SHA-256 that gave the packet's msg_key, the high bit of the last byte set."""


FramingEvent: TypeAlias = Packet | TransportErrorReceived | QuickAck
