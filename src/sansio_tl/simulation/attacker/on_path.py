"""The attacker on one link: it sees both directions and inserts packets into either.

It has no key. It can insert recorded packets, of any time of the run and any link, and unauthenticated ones: transport
error codes and plain messages.
"""

from __future__ import annotations

from collections.abc import Iterator

from sansio_tl.simulation.attacker.recordings import Recorded, Recordings
from sansio_tl.simulation.faults import Deeds, Faults, Injected
from sansio_tl.simulation.frame_parser import Frame, framed
from sansio_tl.simulation.rng import Rng

_CODES = (-404, -404, -404, -429, -444, -1, -2_147_483_648, 0)
_PLAIN_KEY = bytes(8)
_HOUR = 3600.0


class Campaigns:
    """When the attacker answers in place of the data centers: some intervals, the same for all links."""

    def __init__(self, strength: float, begins: float, lasts: float, rng: Rng) -> None:
        """`strength` from 0, never, to 1."""
        self._times: list[tuple[float, float]] = []
        if rng.chance(strength):
            for _ in range(1 + rng.below(3)):
                start = begins + rng.unit() * lasts
                self._times.append((start, start + rng.around(40.0)))

    def __contains__(self, now: float) -> bool:
        return any(start <= now < end for start, end in self._times)


class OnPath:
    """The attacker on one link."""

    def __init__(
        self,
        faults: Faults,
        recordings: Recordings,
        campaigns: Campaigns,
        *,
        framing: str,
        dc_id: int,
        number: int,
        rng: Rng,
        injected: Injected,
        deeds: Deeds,
    ) -> None:
        self.active = True
        """Whether it inserts packets; otherwise it only observes."""
        self._faults = faults
        self._recordings = recordings
        self._campaigns = campaigns
        self._framing = framing
        self._dc_id = dc_id
        self._number = number
        self._rng = rng
        self._injected = injected
        self._deeds = deeds
        self._answered = False

    def passes(self, frame: Frame, now: float, *, from_client: bool) -> Iterator[tuple[bool, bytes]]:
        """The packets that the attacker inserts after a packet, each with whether it goes to the data center."""
        key_id = frame.payload[:8]
        if len(frame.payload) > len(key_id):
            packet = Recorded(frame.payload, key_id, self._dc_id, from_client, self._number, now)
            self._recordings.add(packet)
        if not self.active:
            return
        if from_client:
            yield from self._false_answer(now)
        if self._occurs("recordings", 0.12):
            to_server = self._rng.chance(0.5)
            for recorded in self._chosen(key_id, to_server=to_server):
                self._note(recorded, key_id, now, to_server=to_server)
                yield to_server, framed(recorded.payload, self._framing)

    def _false_answer(self, now: float) -> Iterator[tuple[bool, bytes]]:
        if now in self._campaigns and not self._answered:
            self._answered = True
            self._injected["false_answers"] += 1
            self._deeds["transport error in place of the first answer"] += 1
            yield False, self._code(-404 if self._rng.chance(0.8) else self._rng.pick(_CODES))
        elif self._occurs("false_answers", 0.02):
            if self._rng.chance(0.5):
                self._deeds["transport error between packets"] += 1
                yield False, self._code(self._rng.pick(_CODES))
            else:
                self._deeds["forged or recorded plain message to a client"] += 1
                yield False, self._plain()

    def _chosen(self, key_id: bytes, *, to_server: bool) -> list[Recorded]:
        recordings, rng = self._recordings, self._rng
        if rng.chance(0.8):
            return recordings.choose(key_id, rng, from_client=to_server)
        if rng.chance(0.5):  # reflected to its sender
            return recordings.choose(key_id, rng, from_client=not to_server)
        return [rng.pick(recordings.packets)]

    def _note(self, recorded: Recorded, key_id: bytes, now: float, *, to_server: bool) -> None:
        kind = "packet of another key" if recorded.key_id != key_id else "packet"
        age = "older than an hour" if now - recorded.at > _HOUR else "of the last hour"
        where = "to a data center" if to_server else "to a client"
        reflected = ", reflected" if recorded.from_client is not to_server else ""
        self._deeds[f"recorded {kind} {age} {where}{reflected}"] += 1

    def _code(self, code: int) -> bytes:
        return framed(code.to_bytes(4, "little", signed=True), self._framing)

    def _plain(self) -> bytes:
        """A plain message of a data center: a recorded or an invented one."""
        known = self._recordings.of_key(_PLAIN_KEY, from_client=False)
        if known and self._rng.chance(0.5):
            return framed(self._rng.pick(known).payload, self._framing)
        body = self._rng(4 * (1 + self._rng.below(30)))
        msg_id = int.from_bytes(self._rng(8), "little") | 1
        head = _PLAIN_KEY + msg_id.to_bytes(8, "little") + len(body).to_bytes(4, "little")
        return framed(head + body, self._framing)

    def _occurs(self, fault: str, most: float) -> bool:
        occurs = self._rng.chance(most * getattr(self._faults, fault))
        self._injected[fault] += occurs
        return occurs
