"""What one link has to suffer, drawn when it is dialled."""

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
"""Pieces that one write is cut into at most; the last one holds the rest."""


class Cut(Enum):
    """Who is told that a link is broken. Whoever is not has to find out."""

    BOTH = (True, True)
    CLIENT = (True, False)
    SERVER = (False, True)
    NOBODY = (False, False)

    @property
    def tells_client(self) -> bool:
        """Whether the client's end is told."""
        return self.value[0]

    @property
    def tells_server(self) -> bool:
        """Whether the server's end is told."""
        return self.value[1]


@dataclass(slots=True)
class DirectionConditions:
    """What one direction suffers. A calm one has the defaults."""

    dice: Rng
    injected: Injected
    mean_latency: float = _LATENCY
    piece: int = 0
    """Most bytes brought at once; 0 for no such limit."""
    capacity: int = _CAPACITY
    """Bytes that may be on their way before the writer is held up."""
    cut_at: float = inf
    """The byte after which the link breaks."""
    tamper_at: float = inf
    """The byte of which a bit is changed."""
    stalled: tuple[float, float] = (inf, inf)
    """From when until when nothing moves."""
    relay: Attacker | None = None
    tampered: bool = False
    """Whether a bit has been changed: from there on the bytes are not those that were sent."""

    def latency(self) -> float:
        """How long the next piece takes."""
        return self.mean_latency if self.mean_latency == _LATENCY else self.dice.around(self.mean_latency)

    def not_before(self, when: float) -> float:
        """When a piece moves that would like to move at `when`."""
        begin, end = self.stalled
        return end if begin <= when < end else when

    def pieces(self, data: bytes) -> Iterable[bytes]:
        """What comes separately of what was written together."""
        if not self.piece or len(data) <= 1:
            return (data,)
        cut: list[bytes] = []
        at = 0
        while at < len(data) and len(cut) < _MAX_PIECES:
            size = 1 + self.dice.below(self.piece)
            cut.append(data[at : at + size])
            at += size
        return (*cut, data[at:]) if at < len(data) else cut

    def apply_faults(self, piece: bytes, before: int) -> tuple[bytes, bool]:
        """What arrives of a piece that follows `before` bytes, and whether the link breaks then."""
        if before <= self.tamper_at < before + len(piece):
            at = int(self.tamper_at) - before
            bit = 1 << self.dice.below(8)
            piece = piece[:at] + bytes([piece[at] ^ bit]) + piece[at + 1 :]
            self.tampered = True
            self.injected["tampering"] += 1
        if before + len(piece) >= self.cut_at:
            return piece[: int(self.cut_at) - before], True
        return piece, False

    def clear_faults(self) -> None:
        """The faults are over; what was sent before may still arrive late."""
        self.cut_at = self.tamper_at = inf
        self.stalled = (inf, inf)
        self.mean_latency = _LATENCY
        self.piece = 0
        if self.relay is not None:
            self.relay.calm()


@dataclass(slots=True)
class LinkConditions:
    """What a link suffers."""

    up: DirectionConditions
    """From the client to the server."""
    down: DirectionConditions
    cut: Cut = Cut.BOTH
    refused: bool = False
    """Whether it cannot be opened."""
    unreachable: bool = False
    """Whether the attempt to open it is never answered."""


class Forecast:
    """Draws the weather of each link."""

    def __init__(self, faults: Faults, dice: Rng, injected: Injected) -> None:
        self.faults = faults
        """What is on at the moment."""
        self._dice = dice
        self._injected = injected

    def draw(self, now: float) -> LinkConditions:
        """The weather of a link that is dialled now."""
        weather = LinkConditions(self._direction(now), self._direction(now))
        if self._strikes("dial_failure", 0.4):
            weather.refused = self._dice.chance(0.7)
            weather.unreachable = not weather.refused
        if self._strikes("cut", 0.7):
            where = self._dice.pick((weather.up, weather.down))
            where.cut_at = 1 + int(self._dice.around(3000))
            weather.cut = self._dice.pick(list(Cut))
        return weather

    def clear_faults(self) -> LinkConditions:
        """The weather of a link that suffers nothing: that of the attacker, who chooses its links."""
        return LinkConditions(
            DirectionConditions(self._dice, self._injected), DirectionConditions(self._dice, self._injected)
        )

    def _direction(self, now: float) -> DirectionConditions:
        dice = self._dice
        weather = DirectionConditions(dice, self._injected)
        if self._strikes("delay", 0.7):
            weather.mean_latency = dice.pick((0.1, 0.5, 3.0))
        if self._strikes("pieces", 0.4):
            weather.piece = dice.pick((1, 7, 60, 700))
            weather.capacity = dice.pick((1, 300, 3000))
        if self._strikes("tampering", 0.3):
            weather.tamper_at = int(dice.around(2500))
            self._injected["tampering"] -= 1  # counted when it happens
        if self._strikes("stall", 0.4):
            begin = now + dice.around(20.0)
            weather.stalled = (begin, begin + dice.around(60.0))
        return weather

    def _strikes(self, fault: str, most: float) -> bool:
        strikes = self._dice.chance(most * getattr(self.faults, fault))
        self._injected[fault] += strikes
        return strikes
