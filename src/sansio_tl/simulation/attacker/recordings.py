"""The recordings of the attacker: every packet of every session of the run."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable
from typing import NamedTuple

from sansio_tl.simulation.rng import Rng

_KEPT = 20_000
"""Maximum packets of one run. Runs have some thousands at most: none is dropped for its age."""
_RECENT = 8


class Recorded(NamedTuple):
    """A packet as it was transmitted. The attacker has no key: it sees the key id, the size and the time."""

    payload: bytes
    key_id: bytes
    """The first 8 bytes; zeros for a plain message."""
    dc_id: int
    """The data center at the other end of the link."""
    from_client: bool
    link: int
    """The number of the link."""
    at: float
    """True time."""


class Recordings:
    """All packets of a run, and how an attacker chooses among them."""

    def __init__(self) -> None:
        self.packets: deque[Recorded] = deque(maxlen=_KEPT)
        self._of_key: defaultdict[tuple[bytes, bool], list[Recorded]] = defaultdict(list)
        self._keys: defaultdict[int, dict[bytes, None]] = defaultdict(dict)

    def add(self, packet: Recorded) -> None:
        """Add a packet."""
        self.packets.append(packet)
        self._of_key[packet.key_id, packet.from_client].append(packet)
        self._keys[packet.dc_id][packet.key_id] = None

    def keys_of(self, dc_id: int) -> list[bytes]:
        """The ids of the keys that were used with a data center."""
        return list(self._keys[dc_id])

    def of_key(self, key_id: bytes, *, from_client: bool) -> list[Recorded]:
        """The packets that were sent with a key in one direction, the oldest first."""
        return self._of_key[key_id, from_client]

    def choose(self, key_id: bytes, rng: Rng, *, from_client: bool) -> list[Recorded]:
        """One or more packets of a key, in a random order."""
        known = self._of_key[key_id, from_client]
        if not known:
            return []
        match rng.below(5):
            case 0:
                return [known[0]]
            case 1:
                return [rng.pick(known[-_RECENT:])]
            case 2:
                return list(reversed(known[-_RECENT:]))
            case 3:
                start = rng.below(len(known))
                return known[start : start + _RECENT]
            case _:
                return [rng.pick(known)]

    def first_and_latest(self, key_id: bytes) -> list[Recorded]:
        """The first two packets of each link on which a key was used, then the latest ones.

        A client that restarts begins a new session: this replays a packet of each, and then recent ones.
        """
        known = self._of_key[key_id, True]
        return [*_firsts(known), *known[-_RECENT:]]


def _firsts(known: Iterable[Recorded]) -> list[Recorded]:
    seen: defaultdict[int, int] = defaultdict(int)
    firsts: list[Recorded] = []
    for packet in known:
        seen[packet.link] += 1
        if seen[packet.link] <= 2:
            firsts.append(packet)
    return firsts
