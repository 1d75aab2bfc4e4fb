"""A server divides its time among its connections: a quick one does not wait for all that are busy."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import pytest

from sansio_tl_transports._shared.clock import Clock
from sansio_tl_transports._shared.fair_queue import TURN, FairQueue, ServerConnectionRunner

QUICK, LONG = TURN / 10, TURN * 10


class FakeEngine:
    """Takes so much time for its data, and for its output."""

    closed = False

    def __init__(self, harness: Harness, name: str, seconds: float, output_seconds: float = 0.0) -> None:
        self.harness, self.name, self.seconds, self.output_seconds = harness, name, seconds, output_seconds

    def receive_data(self, data: bytes, *, now: float) -> None:
        self.harness.cpu += self.seconds
        self.harness.handled.append((self.name, data))
        if data == b"bug":
            raise ZeroDivisionError

    def data_to_send(self, *, now: float) -> bytes:
        self.harness.cpu += self.output_seconds
        return b"output"

    def next_deadline(self) -> float | None:
        return None

    def handle_deadline(self, *, now: float) -> None: ...
    def close(self, *, now: float) -> None: ...


class Harness:
    """A queue on an event loop whose turns the test makes; the processor time is what the engines take."""

    def __init__(self) -> None:
        self.cpu = 0.0
        self.soon: deque[Callable[[], None]] = deque()
        self.queue = FairQueue(self.soon.append, lambda: self.cpu)
        self.handled: list[tuple[str, bytes]] = []
        self.resumed: list[str] = []
        self.bugs: list[Exception] = []

    def connection(self, name: str, seconds: float, output_seconds: float = 0.0) -> ServerConnectionRunner:
        return ServerConnectionRunner(
            FakeEngine(self, name, seconds, output_seconds),
            Clock(lambda: 0.0),
            lambda: None,
            self.bugs.append,
            self.queue,
            lambda: self.resumed.append(name),
        )

    def turn(self) -> list[str]:
        """The next turn of the loop: the names of the connections whose data it handles."""
        before = len(self.handled)
        for _ in range(len(self.soon)):
            self.soon.popleft()()
        return [name for name, _ in self.handled[before:]]


@pytest.fixture
def harness() -> Harness:
    return Harness()


def test_data_is_handled_at_once_while_the_turn_has_time(harness: Harness) -> None:
    quick = [harness.connection(str(n), QUICK) for n in range(9)]
    for each in quick:
        each.receive(b"data")
        assert not each.is_waiting
    assert not harness.soon


def test_quick_connection_waits_for_one_busy_connection_not_for_all(harness: Harness) -> None:
    """Of a hundred busy connections one is served between a call and its answer, once it is known how long they take.

    The quick one may call as often as it takes no more than an equal part of the time.
    """
    quick = harness.connection("quick", QUICK)
    busy = [harness.connection(f"busy {n}", LONG) for n in range(100)]
    for turn in range(500):
        for each in busy:
            if not each.is_waiting:  # as an adapter: it reads no more until then
                each.receive(bytes(1 << 16))
        if turn > 100 and turn % 2:
            quick.receive(b"call")
            served = harness.turn()
            assert served[0] == "quick"
        else:
            served = harness.turn()
        assert len(served) <= 2
    counts = [sum(name == f"busy {n}" for name, _ in harness.handled) for n in range(100)]
    assert max(counts) - min(counts) <= 1, "they share what is left"


def test_connections_that_wait_after_a_pause_do_not_go_before_a_quick_one(harness: Harness) -> None:
    quick = harness.connection("quick", QUICK)
    busy = [harness.connection(f"busy {n}", LONG) for n in range(10)]
    for _ in range(20):  # the quick one takes time alone
        quick.receive(b"call")
        harness.turn()
    for each in busy:
        each.receive(b"many requests")
    quick.receive(b"call")
    assert quick.is_waiting
    assert harness.turn()[0] == "quick"


def test_turn_ends_when_its_time_is_over(harness: Harness) -> None:
    harness.connection("first", LONG).receive(b"data")
    for n in range(3):
        harness.connection(str(n), TURN * 0.6).receive(b"data")
    assert harness.turn() == ["0", "1"]
    assert harness.turn() == ["2"]
    assert harness.turn() == []
    assert not harness.soon


def test_time_for_output_counts(harness: Harness) -> None:
    harness.connection("first", QUICK, LONG).output()
    waiting = harness.connection("second", QUICK)
    waiting.receive(b"data")
    assert waiting.is_waiting
    assert harness.turn() == ["second"]


def test_end_of_the_stream_waits_for_the_data_before_it(harness: Harness) -> None:
    harness.connection("first", LONG).receive(b"data")
    second = harness.connection("second", QUICK)
    second.receive(b"data")
    second.receive(b"")
    harness.turn()
    assert harness.handled[1:] == [("second", b"data"), ("second", b"")]
    assert harness.resumed[-1] == "second"
    assert not second.is_waiting


def test_end_of_the_stream_does_not_wait_for_other_connections(harness: Harness) -> None:
    busy, quiet, ending = (harness.connection(name, LONG) for name in ("busy", "quiet", "ending"))
    ending.receive(b"1")
    busy.receive(b"1")
    quiet.receive(b"1")
    harness.handled.clear()
    ending.receive(b"")
    assert harness.handled == [("ending", b"")]
    assert not ending.is_waiting


def test_bug_in_a_later_turn_ends_its_connection_only(harness: Harness) -> None:
    harness.connection("first", LONG).receive(b"data")
    buggy, other = harness.connection("buggy", QUICK), harness.connection("other", QUICK)
    buggy.receive(b"bug")
    other.receive(b"data")
    assert harness.turn() == ["buggy", "other"]
    assert [type(bug) for bug in harness.bugs] == [ZeroDivisionError]
    assert buggy.closed
    assert not buggy.closes_gracefully
    assert not other.closed


def test_time_of_output_counts_in_the_order_of_the_next_turn(harness: Harness) -> None:
    writer, reader = harness.connection("writer", QUICK, LONG), harness.connection("reader", QUICK)
    writer.output()
    writer.receive(b"data")
    reader.receive(b"data")
    assert not harness.handled, "the turn is over"
    assert harness.turn() == ["reader", "writer"]


def test_output_takes_the_time_since_it_began(harness: Harness) -> None:
    harness.cpu = 1000.0
    quick = harness.connection("quick", QUICK, QUICK)
    assert quick.output() == b"output"
    assert not harness.soon
    assert quick.taken == pytest.approx(QUICK)


def test_end_waits_behind_the_data_before_it(harness: Harness) -> None:
    busy, waiting = harness.connection("busy", LONG), harness.connection("waiting", QUICK)
    busy.receive(b"data")
    waiting.receive(b"data")
    waiting.receive(b"")
    assert waiting.is_waiting
    assert harness.handled == [("busy", b"data")]
    assert harness.turn() == ["waiting", "waiting"]
    assert harness.handled[1:] == [("waiting", b"data"), ("waiting", b"")]
    assert harness.resumed == ["waiting"]


def test_connection_closes_gracefully_unless_it_has_failed(harness: Harness) -> None:
    good, bad = harness.connection("good", QUICK), harness.connection("bad", QUICK)
    for each, data in ((good, b"data"), (bad, b"bug")):
        assert each.closes_gracefully
        each.receive(data)
    assert (good.closes_gracefully, bad.closes_gracefully) == (True, False)
