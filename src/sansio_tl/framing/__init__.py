"""Framings: how MTProto packets are delimited in the bytes of a connection. One file each, all with the interface of
`Framing`.
"""

from sansio_tl.framing.abridged import Abridged
from sansio_tl.framing.base import Framing
from sansio_tl.framing.detect import AutoDetectFraming
from sansio_tl.framing.events import FramingEvent, Packet, QuickAck, TransportErrorReceived
from sansio_tl.framing.factory import FRAMINGS, client_framing
from sansio_tl.framing.full import Full
from sansio_tl.framing.intermediate import Intermediate
from sansio_tl.framing.obfuscated import Obfuscated
from sansio_tl.framing.padded import PaddedIntermediate
from sansio_tl.framing.proxy_secret import ProxySecret, SecretKind

__all__ = [
    "FRAMINGS",
    "Abridged",
    "AutoDetectFraming",
    "Framing",
    "FramingEvent",
    "Full",
    "Intermediate",
    "Obfuscated",
    "Packet",
    "PaddedIntermediate",
    "ProxySecret",
    "QuickAck",
    "SecretKind",
    "TransportErrorReceived",
    "client_framing",
]
