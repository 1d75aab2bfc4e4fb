"""Framings: how MTProto packets are cut out of a link's bytes. One file each, all with the face of `Framing`."""

from sansio_tl.framing.abridged import Abridged
from sansio_tl.framing.base import Framing
from sansio_tl.framing.detect import ServerFraming
from sansio_tl.framing.events import FramingEvent, Packet, QuickAck, TransportFault
from sansio_tl.framing.full import Full
from sansio_tl.framing.intermediate import Intermediate

__all__ = [
    "Abridged",
    "Framing",
    "FramingEvent",
    "Full",
    "Intermediate",
    "Packet",
    "QuickAck",
    "ServerFraming",
    "TransportFault",
]
