"""Framings: how MTProto packets are delimited in the bytes of a connection. One file each, all with the interface of
`Framing`.
"""

from sansio_tl.framing.abridged import Abridged
from sansio_tl.framing.base import Framing
from sansio_tl.framing.detect import AutoDetectFraming
from sansio_tl.framing.events import FramingEvent, Packet, QuickAck, TransportErrorReceived
from sansio_tl.framing.factory import FRAMINGS, client_framing
from sansio_tl.framing.full import Full
from sansio_tl.framing.hello_profile import HelloProfile
from sansio_tl.framing.hello_profiles import HELLO_PROFILES
from sansio_tl.framing.intermediate import Intermediate
from sansio_tl.framing.obfuscated import Obfuscated
from sansio_tl.framing.padded import PaddedIntermediate
from sansio_tl.framing.proxy_secret import ProxySecret, SecretKind

__all__ = [
    "FRAMINGS",
    "HELLO_PROFILES",
    "Abridged",
    "AutoDetectFraming",
    "Framing",
    "FramingEvent",
    "Full",
    "HelloProfile",
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
