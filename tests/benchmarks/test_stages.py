"""A small call in stages: the rows add up to the call, and its program times each stage."""

from __future__ import annotations

from random import Random
from statistics import median
from typing import Any

import pytest
from calls_stages import Mark, time_stages

from benchmarks.environments import OURS
from benchmarks.session import stages
from benchmarks.session.target import running_data_center
from benchmarks.workers import Worker
from tests.benchmarks.pages import are_written

RESULTS = "stages.json"
STEPS = ("request", "write", "read", "receive_data", "next_event")
"""What a call consists of."""


class Clock:
    """A clock that only the call moves, and each look at it."""

    LOOK = 7

    def __init__(self) -> None:
        self.now = 0

    def __call__(self) -> int:
        self.now += self.LOOK
        return self.now


class TimedCall:
    """A call whose stages take set times. The answer comes with the second read."""

    ENCODE, PACK, ENCRYPT, WRITE_PACKET, WRITE = 3, 50, 20, 2, 11
    READ, READ_PACKET, DECRYPT, CHECK, DECODE, EVENT = 13, 4, 30, 60, 5, 8
    LEAST = 9
    READS = 2

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._reads = 0

    def _take(self, time: int, stage: str, mark: Mark | None) -> None:
        self._clock.now += time
        if mark is not None:
            mark(stage)

    def send(self, mark: Mark | None = None) -> None:
        self._take(self.ENCODE + self.PACK + self.ENCRYPT + self.WRITE_PACKET, "request", mark)
        self._take(self.WRITE, "write", mark)

    def read(self) -> bytes:
        self._clock.now += self.READ
        return b""

    def receive(self, data: bytes, mark: Mark | None = None) -> bool:
        self._take(self.READ_PACKET + self.DECRYPT + self.CHECK + self.DECODE, "receive_data", mark)
        self._take(self.EVENT, "next_event", mark)
        self._reads += 1
        return self._reads % self.READS == 0

    def parts_of_sending(self, mark: Mark) -> None:
        for time, stage in ((self.ENCODE, "encode"), (self.ENCRYPT, "encrypt"), (self.WRITE_PACKET, "write packet")):
            self._take(time, stage, mark)

    def parts_of_receiving(self, data: bytes, mark: Mark) -> None:
        for time, stage in ((self.READ_PACKET, "read packet"), (self.DECRYPT, "decrypt"), (100, "not counted")):
            self._take(time, stage, mark)
        self._take(self.DECODE, "decode", mark)

    def least_of_sending(self, mark: Mark) -> None:
        self._take(self.LEAST, "hashes and cipher, sending", mark)

    def least_of_receiving(self, data: bytes, mark: Mark) -> None:
        self._take(self.LEAST, "hashes and cipher, receiving", mark)


def test_rows_have_the_time_of_their_stage_and_add_up_to_the_call() -> None:
    clock = Clock()
    call = TimedCall(clock)
    timed = time_stages(call, 25, clock)
    rows = stages.stages(timed)
    assert rows == {
        "sending: codec": call.ENCODE,
        "sending: session": call.PACK,
        "sending: encryption": call.ENCRYPT,
        "sending: framing": call.WRITE_PACKET,
        "sending: socket": call.WRITE,
        "receiving: socket": 2 * call.READ,
        "receiving: framing": 2 * call.READ_PACKET,
        "receiving: decryption": 2 * call.DECRYPT,
        "receiving: session": 2 * call.CHECK,
        "receiving: codec": 2 * call.DECODE,
        "receiving: event": 2 * call.EVENT,
    }
    assert sum(rows.values()) == timed[stages.WHOLE]
    assert stages.floor(timed) == {
        "sending: encryption": call.LEAST,
        "sending: socket": call.WRITE,
        "receiving: socket": 2 * call.READ,
        "receiving: decryption": 2 * call.LEAST,
    }


def test_rows_add_up_to_the_steps_whatever_was_timed() -> None:
    draw = Random(15)
    names = {name for stage in stages.STAGES for name in (*stage.of, *stage.less)}
    timed = {name: draw.random() for name in sorted(names)}
    assert sum(stages.stages(timed).values()) == pytest.approx(sum(timed[step] for step in STEPS))


def test_every_stage_of_a_call_is_timed() -> None:
    with running_data_center() as target, Worker(stages.CALLERS[OURS], *target) as caller:
        timed = caller.ask(do="stages", calls=20)["seconds"]
    needed = {name for stage in stages.STAGES for name in (*stage.of, *stage.less, stage.floor) if name is not None}
    assert set(timed) == {*needed, stages.WHOLE}
    assert timed[stages.WHOLE] > 0


def test_table_has_a_row_for_each_stage_their_sum_and_the_whole() -> None:
    clock = Clock()
    timed = {name: time * 1e-6 for name, time in time_stages(TimedCall(clock), 5, clock).items()}
    peers = {name: {"title": peer.title} for name, peer in stages.CALLERS.items()}
    table = stages.table({"peers": peers, "rounds": dict.fromkeys(stages.CALLERS, [timed] * 3)})
    assert table[0] == ["stage", "Connection", "Connection, compiled", "floor"]
    assert table[1] == ["sending: codec", "3 µs", "3 µs", "-"]
    assert table[3] == ["sending: encryption", "20 µs", "20 µs", "9 µs"]
    assert [row[0] for row in table[1:]] == [*(s.name for s in stages.STAGES), "all of them", "the call as a whole"]
    assert table[-2][1:] == ["326 µs", "326 µs", "64 µs"]
    assert table[-1][1:] == ["326 µs", "326 µs", "-"]


def test_pages_are_made_from_the_committed_figures(figures: dict[str, Any]) -> None:
    are_written(stages.pages(figures), "python -m benchmarks.session.stages report")


def test_stages_of_the_committed_figures_add_up_to_the_call(figures: dict[str, Any]) -> None:
    for rounds in figures["rounds"].values():
        off = median(sum(stages.stages(timed).values()) / timed[stages.WHOLE] for timed in rounds)
        assert 0.85 < off < 1.15
