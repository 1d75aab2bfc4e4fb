"""No session moves to the attacker: what was sent once can be brought again by anybody, and shows nothing.

A session speaks over the link on which its client has sent something new. When a packet that has reached this data
center before comes over somebody else's link, the session stays where it is, nothing of it is told there, and not much
more than came in goes out. Whoever brings a packet first is believed, since nobody can tell it from the client; so is
whoever brings one to a data center that has forgotten its sessions, or whose clock, or the client's, was set.
"""

from __future__ import annotations

from collections import Counter

from sansio_tl.connection.server import ServerConnection
from sansio_tl.simulation.faults import Injected
from sansio_tl.simulation.network import Link
from sansio_tl.simulation.packet_inspector import WatchedPacket
from sansio_tl.simulation.violation import Violation

NAME = "no session moves to the attacker"
_FACTOR = 4
"""Bytes that a data center may send for each byte of an attacker: a refusal has some hundred, most of them padding."""
_ALWAYS = 1024
_CLOCKS = ("client_clock", "server_clock")

Session = tuple[bytes, int]
"""Auth key id and session id."""


class Moves:
    """Watches where sessions are."""

    def __init__(self, checked: Counter[str], injected: Injected) -> None:
        self._checked = checked
        self._injected = injected
        self._arrived: set[tuple[bytes, str, int]] = set()
        """Packets that have reached a data center: the packet, where, and how often that had forgotten its sessions."""
        self._rightful: dict[Link, set[Session]] = {}
        """The sessions of which something new came over a link."""

    def arrived(self, payload: bytes, packet: WatchedPacket, link: Link, data_center: str, memory: int) -> None:
        """A packet of a client reaches a data center over a link."""
        brought = (payload, data_center, memory)
        if brought not in self._arrived:
            self._arrived.add(brought)
            self._rightful.setdefault(link, set()).add((packet.key_id, packet.session_id))

    def check(self, link: Link, connection: ServerConnection, known_keys: dict[bytes, bytes]) -> None:
        """Something has happened at the server's end of a link."""
        rightful = self._rightful.get(link, ())
        for session in connection.sessions:
            where = (session.auth_key.id, session.id)
            if where[0] in known_keys and where not in rightful and not self._excused(link):
                raise Violation(NAME, f"{session} has moved to a link over which only old packets of it came")
        self._checked[NAME] += 1

    def overheard(self, link: Link, sent: int, received: int) -> None:
        """The attacker counts what it has sent over a link of its own, and received."""
        self._checked[NAME] += 1
        if received > _FACTOR * sent + _ALWAYS and not self._rightful.get(link) and not self._excused(link):
            raise Violation(NAME, f"an attacker gets {received} bytes for {sent}")

    def _excused(self, link: Link) -> bool:
        """Whether this cannot be judged: after a byte was changed on the way, nobody knows which packets arrive."""
        return link.up.tampered or any(self._injected[clock] for clock in _CLOCKS)
