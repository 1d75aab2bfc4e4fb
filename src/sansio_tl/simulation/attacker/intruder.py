"""The attacker on connections of its own: it connects to data centers and sends recorded packets.

It cannot create a packet. It can replay a whole one, over any framing, in any order, days later; it can cut packets,
join pieces of two, replace the key id, and announce packets that never end. The answers are counted: a data center must
not send an attacker much more than it receives, and must not treat it as the client.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Protocol

from sansio_tl.client.actions import Endpoint
from sansio_tl.simulation.attacker.recordings import Recorded, Recordings
from sansio_tl.simulation.faults import Deeds
from sansio_tl.simulation.frame_parser import TAGS, framed
from sansio_tl.simulation.host import SimHost
from sansio_tl.simulation.network import Socket
from sansio_tl.simulation.rng import Rng

_STAYS = 40.0
"""Mean time in seconds for which the connection stays open afterwards."""
_ENDLESS = 1 << 19
"""Size of the packet that it announces and never completes: the maximum for a client."""
_CHUNK = 4096
_MAX_ATTACKS = 2
_PLAIN_KEY = bytes(8)
_DEEDS = {
    "_each_session": "a packet of each session of a key, then the latest",
    "_some": "packets of one key, some again and again",
    "_any_packets": "packets of any key",
    "_broken": "a packet cut, spliced or under another key's id",
    "_endless": "a plain message that does not end",
}


class Watcher(Protocol):
    """Observes the attacker's own connections."""

    def announced(self, socket: Socket, held: int) -> None:
        """A packet was announced; `held` bytes of it have been sent, and the connection is still open."""

    def intruder_traffic(self, socket: Socket, sent: int, received: int) -> None:
        """The number of bytes that the attacker has sent and received over a connection."""


class Intruder:
    """Attacks data centers over connections of its own."""

    def __init__(
        self,
        hosts: Mapping[str, SimHost],
        endpoints: Mapping[int, Endpoint],
        recordings: Recordings,
        watcher: Watcher,
        *,
        rng: Rng,
        deeds: Deeds,
    ) -> None:
        """`hosts`: one for each framing."""
        self._hosts = hosts
        self._endpoints = endpoints
        self._recordings = recordings
        self._watcher = watcher
        self._rng = rng
        self._deeds = deeds

    def attack(self) -> None:
        """Attack a randomly chosen data center over one connection."""
        framing = self._rng.pick(list(self._hosts))
        dc_id = self._rng.pick(list(self._endpoints))
        connection = IntruderConnection(self._hosts[framing], self._endpoints[dc_id], framing, self._watcher)
        connection.stays = self._rng.around(_STAYS)
        choices = (self._each_session, self._each_session, self._some, self._any_packets, self._broken, self._endless)
        for _ in range(1 + self._rng.below(_MAX_ATTACKS)):
            choice = self._rng.pick(choices)
            choice(connection, dc_id)
            self._deeds[f"own connection over {framing}: {_DEEDS[choice.__name__]}"] += 1
        connection.begin()

    def _key(self, dc_id: int) -> bytes | None:
        keys = self._recordings.keys_of(dc_id)
        return self._rng.pick(keys) if keys else None

    def _each_session(self, connection: IntruderConnection, dc_id: int) -> None:
        """A packet of each session of a key."""
        key_id = self._key(dc_id)
        if key_id is not None:
            for packet in self._recordings.first_and_latest(key_id):
                connection.add_recorded(packet, after=0.01)

    def _some(self, connection: IntruderConnection, dc_id: int) -> None:
        """One packet, or a few, of a key; perhaps repeatedly, in either direction."""
        key_id = self._key(dc_id)
        if key_id is None:
            return
        chosen = self._recordings.choose(key_id, self._rng, from_client=self._rng.chance(0.9))
        for _ in range(self._rng.pick((1, 1, 1, 5))):
            for packet in chosen:
                connection.add_recorded(packet, after=self._rng.pick((0.0, 0.1, 3.0)))

    def _any_packets(self, connection: IntruderConnection, dc_id: int) -> None:
        """Any packets that were sent to any data center."""
        packets = self._recordings.packets
        for _ in range(self._rng.below(8) if packets else 0):
            connection.add_recorded(self._rng.pick(packets), after=0.1)

    def _broken(self, connection: IntruderConnection, dc_id: int) -> None:
        """A packet cut short, one of two halves, one under another key's id, and one under that of a plain message."""
        packets = self._recordings.packets
        if not packets:
            return
        one, other = self._rng.pick(packets).payload, self._rng.pick(packets).payload
        cut = 4 * self._rng.below(1 + len(one) // 4)
        made = self._rng.pick((one[:cut], one[:cut] + other[cut:], other[:8] + one[8:], _PLAIN_KEY + one[8:]))
        if len(made) >= 12:
            connection.add_packet(made, after=0.1)

    def _endless(self, connection: IntruderConnection, dc_id: int) -> None:
        """A plain message that is announced and never ends."""
        connection.announce(_PLAIN_KEY, self._rng.pick((4, 24)))


class IntruderConnection:
    """One connection of the attacker, with a schedule of packets."""

    def __init__(self, host: SimHost, endpoint: Endpoint, framing: str, watcher: Watcher) -> None:
        self.stays = 0.0
        self._host = host
        self._endpoint = endpoint
        self._framing = framing
        self._watcher = watcher
        self._plan: list[tuple[float, Callable[[], None]]] = []
        self._socket: Socket | None = None
        self._tag = TAGS[framing]
        self._sent = self._received = 0

    def add_recorded(self, packet: Recorded, *, after: float) -> None:
        """Schedule a recorded packet."""
        self.add_packet(packet.payload, after=after)

    def add_packet(self, payload: bytes, *, after: float) -> None:
        """Schedule a packet with this payload."""
        self._plan.append((after, lambda: self._send(framed(payload, self._framing))))

    def announce(self, begins: bytes, chunks: int) -> None:
        """Schedule the beginning of a packet, and its continuation."""
        if self._framing == "http":
            return
        head = _ENDLESS.to_bytes(4, "little") + begins
        self._plan.append((0.1, lambda: self._send(head)))
        for number in range(1, chunks + 1):
            self._plan.append((0.05, partial(self._continue, number * _CHUNK)))

    def begin(self) -> None:
        """Connect, and send the packets as scheduled."""
        socket = self._socket = self._host.connect(self._endpoint)
        socket.on_open = self._next
        socket.on_data = self._on_data
        socket.on_end = lambda _: self._end()
        self._host.call_at(self._host.now() + self.stays + 60.0, self._end)

    def _next(self) -> None:
        if self._plan:
            after, act = self._plan.pop(0)
            act()
            self._host.call_at(self._host.now() + after, self._next)
        else:
            self._host.call_at(self._host.now() + self.stays, self._end)

    def _continue(self, held: int) -> None:
        if self._socket is not None and self._socket.is_open:
            self._watcher.announced(self._socket, held)
            self._send(bytes(_CHUNK))

    def _send(self, data: bytes) -> None:
        if self._socket is not None:
            tag, self._tag = self._tag, b""
            self._sent += len(data)
            self._socket.send(tag + data)

    def _on_data(self, data: bytes) -> None:
        self._received += len(data)
        if self._socket is not None:
            self._watcher.intruder_traffic(self._socket, self._sent, self._received)

    def _end(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None
            self._plan.clear()
