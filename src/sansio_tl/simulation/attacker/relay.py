"""An attacker on the path that sees packets and cannot decrypt them.

A relay delivers whole packets: late, repeatedly, back to their sender, or with transport errors in between. It can do
no more, because it has no key; a cut stops packets altogether. `attacker.on_path` chooses packets of other links and
other times.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from functools import partial

from sansio_tl.simulation.attacker.on_path import OnPath
from sansio_tl.simulation.faults import Faults, Injected
from sansio_tl.simulation.frame_parser import TAGS, Frame, Frames
from sansio_tl.simulation.rng import Rng
from sansio_tl.simulation.scheduler import Schedule

_KEPT = 64
_HELD = (0.5, 5.0, 250.0)
"""Mean delay of a packet in seconds."""
_HELD_AT_MOST = 1000.0
_FORGED_CODES = (-404, -429, -444)


def _unreachable_addresses(_: bytes) -> None:
    """Where a relay inserts packets that are in no pipe."""


class Archive:
    """The packets that relays have seen, of all links with one framing."""

    def __init__(self) -> None:
        self.up: deque[bytes] = deque(maxlen=_KEPT)
        self.down: deque[bytes] = deque(maxlen=_KEPT)


class Attacker:
    """One direction of one link."""

    def __init__(
        self,
        faults: Faults,
        archive: Archive,
        framing: str,
        *,
        from_client: bool,
        schedule: Schedule,
        rng: Rng,
        injected: Injected,
        on_path: OnPath | None = None,
    ) -> None:
        self.put: Callable[[bytes], None] = _unreachable_addresses
        """Inserts more in this direction; set by the pipe that has the relay."""
        self.opposite: Attacker | None = None
        """The other direction of the link."""
        self._on_path = on_path
        self._faults: Faults | None = faults
        self._own, self._opposite = (archive.up, archive.down) if from_client else (archive.down, archive.up)
        self._frames = Frames(framing, from_client=from_client)
        self._tag = TAGS[framing] if from_client else b""
        self._framing = framing
        self._from_client = from_client
        self._schedule = schedule
        self._rng = rng
        self._injected = injected
        self._held: list[bytes] = []

    def forward(self, data: bytes, put: Callable[[bytes], None]) -> Iterator[bytes]:
        """What to deliver for `data` now; `put` delivers more later."""
        for frame in self._frames.feed(data):
            raw = frame.raw
            if self._tag:
                yield self._tag
                raw, self._tag = raw[len(self._tag) :], b""
            self._own.append(raw)
            if self._occurs("swap", 0.15):
                self._held.append(raw)
                delay = min(self._rng.around(self._rng.pick(_HELD)), _HELD_AT_MOST)
                self._schedule.after(delay, partial(self._release, raw, put))
            else:
                yield raw
            yield from self._additions()
            yield from self._intrusions(frame)

    def clear_faults(self) -> None:
        """Forward packets unchanged from now on."""
        self._faults = None
        if self._on_path is not None:
            self._on_path.active = False

    def _release(self, raw: bytes, put: Callable[[bytes], None]) -> None:
        self._held.remove(raw)
        put(raw)

    def _additions(self) -> Iterator[bytes]:
        if self._occurs("replay", 0.3):
            choices = self._opposite if self._opposite and self._rng.chance(0.2) else self._own
            yield self._rng.pick(choices)
        if not self._from_client and self._occurs("forgery", 0.05):
            yield self._error(self._rng.pick(_FORGED_CODES))

    def _intrusions(self, frame: Frame) -> Iterator[bytes]:
        """The packets that the attacker with recordings inserts into this direction; the rest goes the other way."""
        if self._on_path is None:
            return
        for to_server, raw in self._on_path.passes(frame, self._schedule.now, from_client=self._from_client):
            if to_server is self._from_client:
                yield raw
            elif self.opposite is not None:
                self.opposite.put(raw)

    def _error(self, code: int) -> bytes:
        body = code.to_bytes(4, "little", signed=True)
        return b"\x01" + body if self._framing == "abridged" else (4).to_bytes(4, "little") + body

    def _occurs(self, fault: str, most: float) -> bool:
        if self._faults is None:
            return False
        occurs = self._rng.chance(most * getattr(self._faults, fault))
        self._injected[fault] += occurs
        return occurs
