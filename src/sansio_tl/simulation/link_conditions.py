"""The conditions of one link, drawn when it is opened."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from math import inf
from typing import TYPE_CHECKING

from sansio_tl.simulation.faults import Faults, Injected
from sansio_tl.simulation.rng import Rng

if TYPE_CHECKING:
    from sansio_tl.simulation.attacker.relay import Attacker

_LATENCY = 0.02
_CAPACITY = 1 << 16
_MAX_PIECES = 64
"""Maximum number of pieces into which one write is split; the last one holds the rest."""


class Cut(Enum):
    """Which ends are notified that a link is broken; the others detect it by timeouts."""

    BOTH = (True, True)
    CLIENT = (True, False)
    SERVER = (False, True)
    NEITHER = (False, False)

    @property
    def notifies_client(self) -> bool:
        """Whether the client's end is notified."""
        return self.value[0]

    @property
    def notifies_server(self) -> bool:
        """Whether the server's end is notified."""
        return self.value[1]


@dataclass(slots=True)
class DirectionConditions:
    """The conditions of one direction. The defaults are those without faults."""

    rng: Rng
    injected: Injected
    mean_latency: float = _LATENCY
    piece: int = 0
    """Maximum bytes delivered at once; 0 for no limit."""
    capacity: int = _CAPACITY
    """Bytes that may be in flight before the writer is blocked."""
    cut_at: float = inf
    """The byte after which the link breaks."""
    tamper_at: float = inf
    """The byte of which a bit is changed."""
    stalled: tuple[float, float] = (inf, inf)
    """The interval during which nothing is delivered."""
    relay: Attacker | None = None
    tampered: bool = False
    """Whether a bit has been changed: from there on the bytes differ from those that were sent."""

    def latency(self) -> float:
        """Latency of the next piece."""
        return self.mean_latency if self.mean_latency == _LATENCY else self.rng.around(self.mean_latency)

    def not_before(self, when: float) -> float:
        """The time at which a piece is delivered that is due at `when`."""
        begin, end = self.stalled
        return end if begin <= when < end else when

    def pieces(self, data: bytes) -> Iterable[bytes]:
        """The pieces into which one write is split."""
        if not self.piece or len(data) <= 1:
            return (data,)
        cut: list[bytes] = []
        at = 0
        while at < len(data) and len(cut) < _MAX_PIECES:
            size = 1 + self.rng.below(self.piece)
            cut.append(data[at : at + size])
            at += size
        return (*cut, data[at:]) if at < len(data) else cut

    def apply_faults(self, piece: bytes, before: int) -> tuple[bytes, bool]:
        """The delivered form of a piece that follows `before` bytes, and whether the link breaks then."""
        if before <= self.tamper_at < before + len(piece):
            at = int(self.tamper_at) - before
            bit = 1 << self.rng.below(8)
            piece = piece[:at] + bytes([piece[at] ^ bit]) + piece[at + 1 :]
            self.tampered = True
            self.injected["tampering"] += 1
        if before + len(piece) >= self.cut_at:
            return piece[: int(self.cut_at) - before], True
        return piece, False

    def clear_faults(self) -> None:
        """End the faults; what was sent before may still arrive late."""
        self.cut_at = self.tamper_at = inf
        self.stalled = (inf, inf)
        self.mean_latency = _LATENCY
        self.piece = 0
        if self.relay is not None:
            self.relay.clear_faults()


@dataclass(slots=True)
class LinkConditions:
    """The conditions of a link."""

    up: DirectionConditions
    """From the client to the server."""
    down: DirectionConditions
    cut: Cut = Cut.BOTH
    failed: bool = False
    """Whether it cannot be opened."""
    unreachable: bool = False
    """Whether the attempt to open it is never answered."""


class ConditionsSource:
    """Draws the conditions of each link."""

    def __init__(self, faults: Faults, rng: Rng, injected: Injected) -> None:
        self.faults = faults
        """The faults that are currently enabled."""
        self._rng = rng
        self._injected = injected

    def draw(self, now: float) -> LinkConditions:
        """The conditions of a link that is opened now."""
        conditions = LinkConditions(self._direction(now), self._direction(now))
        if self._occurs("connect_failure", 0.4):
            conditions.failed = self._rng.chance(0.7)
            conditions.unreachable = not conditions.failed
        if self._occurs("cut", 0.7):
            where = self._rng.pick((conditions.up, conditions.down))
            where.cut_at = 1 + int(self._rng.around(3000))
            conditions.cut = self._rng.pick(list(Cut))
        return conditions

    def clear_faults(self) -> LinkConditions:
        """The conditions of a link without faults: that of the attacker, which chooses its links."""
        return LinkConditions(
            DirectionConditions(self._rng, self._injected), DirectionConditions(self._rng, self._injected)
        )

    def _direction(self, now: float) -> DirectionConditions:
        rng = self._rng
        conditions = DirectionConditions(rng, self._injected)
        if self._occurs("delay", 0.7):
            conditions.mean_latency = rng.pick((0.1, 0.5, 3.0))
        if self._occurs("pieces", 0.4):
            conditions.piece = rng.pick((1, 7, 60, 700))
            conditions.capacity = rng.pick((1, 300, 3000))
        if self._occurs("tampering", 0.3):
            conditions.tamper_at = int(rng.around(2500))
            self._injected["tampering"] -= 1  # counted when it happens
        if self._occurs("stall", 0.4):
            begin = now + rng.around(20.0)
            conditions.stalled = (begin, begin + rng.around(60.0))
        return conditions

    def _occurs(self, fault: str, most: float) -> bool:
        occurs = self._rng.chance(most * getattr(self.faults, fault))
        self._injected[fault] += occurs
        return occurs
