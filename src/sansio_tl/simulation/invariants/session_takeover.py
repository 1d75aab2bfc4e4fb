"""No session moves to the attacker: a packet that was sent before can be replayed without the key.

A session belongs to the link on which its client has sent something new. When a packet that has reached this data
center before arrives over another link, the session stays where it is, nothing of it is sent there, and not much more
goes out than came in. The first sender of a packet is accepted, since it cannot be distinguished from the client; so is
the sender of one to a data center that has lost its sessions, or whose clock, or the client's, was set.
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
"""Bytes that a data center may send for each byte of an attacker: an error has some hundred, most of them padding."""
_ALWAYS = 1024
_CLOCKS = ("client_clock", "server_clock")

Session = tuple[bytes, int]
"""Auth key id and session id."""


class TakeoverCheck:
    """Observes the links of sessions."""

    def __init__(self, checked: Counter[str], injected: Injected) -> None:
        self._checked = checked
        self._injected = injected
        self._arrived: set[tuple[bytes, str, int]] = set()
        """Packets that have reached a data center: the packet, where, and how often that had lost its sessions."""
        self._accepted: dict[Link, set[Session]] = {}
        """The sessions of which something new arrived over a link."""

    def arrived(self, payload: bytes, packet: WatchedPacket, link: Link, data_center: str, memory: int) -> None:
        """A packet of a client reaches a data center over a link."""
        brought = (payload, data_center, memory)
        if brought not in self._arrived:
            self._arrived.add(brought)
            self._accepted.setdefault(link, set()).add((packet.key_id, packet.session_id))

    def check(self, link: Link, connection: ServerConnection, known_keys: dict[bytes, bytes]) -> None:
        """The server's end of a link has made a step."""
        accepted = self._accepted.get(link, ())
        for session in connection.sessions:
            where = (session.auth_key.id, session.id)
            if where[0] in known_keys and where not in accepted and not self._excused(link):
                raise Violation(NAME, f"{session} has moved to a link over which only old packets of it came")
        self._checked[NAME] += 1

    def intruder_traffic(self, link: Link, sent: int, received: int) -> None:
        """The attacker counts what it has sent and received over a link of its own."""
        self._checked[NAME] += 1
        if received > _FACTOR * sent + _ALWAYS and not self._accepted.get(link) and not self._excused(link):
            raise Violation(NAME, f"an attacker gets {received} bytes for {sent}")

    def _excused(self, link: Link) -> bool:
        """Whether this cannot be checked: after a changed byte it is unknown which packets arrive."""
        return link.up.tampered or any(self._injected[clock] for clock in _CLOCKS)
