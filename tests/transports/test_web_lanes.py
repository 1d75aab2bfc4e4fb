"""The connections of a stream through a WEB proxy, with a carrier that does what the test says."""

from __future__ import annotations

import math
from typing import Any

import pytest

from sansio_tl_transports._shared.clock import Clock
from sansio_tl_transports._shared.connection_runner import ConnectionRunner
from sansio_tl_transports._shared.web_lanes import WebLanes

NOW = 100.0


class Lane:
    def __init__(self) -> None:
        self.finished = self.reopens = False
        self.output, self.received, self.failures, self.restarts = b"", list[bytes](), list[str](), 0

    def has_output(self) -> bool:
        return bool(self.output)

    def receive_data(self, data: bytes, now: float) -> None:
        self.received.append(data)

    def data_to_send(self, now: float) -> bytes:
        data, self.output = self.output, b""
        return data

    def lost(self, reason: str) -> None:
        self.failures.append(reason)

    def restart(self) -> None:
        self.finished = False
        self.restarts += 1


class Carrier:
    def __init__(self) -> None:
        self.lanes = Lane(), Lane()
        self.failure: Exception | None = None
        self.is_over, self.accepts, self.closed = False, True, False
        self.arrived, self.sent, self.due = b"", list[bytes](), list[float]()
        self.handled: list[float] = []

    def take_received(self) -> bytes:
        data, self.arrived = self.arrived, b""
        return data

    def send(self, data: bytes) -> None:
        self.sent.append(data)

    def close(self) -> None:
        self.closed = True

    def next_deadline(self) -> float | None:
        return min(self.due, default=None)

    def handle_deadline(self, now: float) -> None:
        self.handled.append(now)
        self.due.clear()


class Stream:
    """An engine with the bytes of the stream."""

    def __init__(self) -> None:
        self.closed = False
        self.received: list[bytes] = []
        self.outputs: list[bytes] = []
        self.due: float | None = None

    def receive_data(self, data: bytes, *, now: float) -> None:
        self.received.append(data)

    def data_to_send(self, *, now: float) -> bytes:
        return self.outputs.pop(0) if self.outputs else b""

    def next_deadline(self) -> float | None:
        return self.due

    def handle_deadline(self, *, now: float) -> None:
        self.due = None

    def close(self, *, now: float) -> None:
        self.closed = True


class Harness:
    """A stream over two connections, both of which are open."""

    def __init__(self) -> None:
        self.monotonic = NOW
        self.clock = Clock(lambda: self.monotonic)
        self.carrier, self.stream = Carrier(), Stream()
        carrier: Any = self.carrier
        self.bugs: list[Exception] = []
        runner = ConnectionRunner(self.stream, self.clock, lambda: None, self.bugs.append)
        self.lanes = WebLanes(carrier, runner)
        self.woken: list[int] = []
        self.runners = self.make(0), self.make(1)

    def make(self, index: int) -> ConnectionRunner:
        runner = self.lanes.make_runner(index, lambda: self.woken.append(index))
        assert runner is not None
        return runner


@pytest.fixture
def harness() -> Harness:
    return Harness()


def test_deadlines_of_the_stream_are_kept_too(harness: Harness) -> None:
    first, second = harness.runners
    harness.carrier.due.append(harness.clock() + 9)
    harness.stream.due = harness.clock() + 5
    assert first.deadline() == second.deadline() == pytest.approx(NOW + 5)
    harness.monotonic += 6
    first.tick()
    assert harness.carrier.handled == []
    assert first.deadline() == pytest.approx(NOW + 9)


def test_deadline_is_that_of_the_carrier(harness: Harness) -> None:
    first, _ = harness.runners
    assert first.deadline() == math.inf
    first.tick()
    assert harness.carrier.handled == []
    harness.carrier.due.append(harness.clock() + 5)
    assert first.deadline() == pytest.approx(NOW + 5)
    harness.monotonic += 6
    harness.carrier.arrived = b"late"
    first.tick()
    assert harness.carrier.handled == [harness.clock()]
    assert harness.stream.received == [b"late"]
    assert {0, 1} <= set(harness.woken)


def test_bytes_of_the_relay_are_those_of_the_stream(harness: Harness) -> None:
    harness.carrier.arrived = b"inside"
    harness.runners[1].receive(b"outside")
    assert [lane.received for lane in harness.carrier.lanes] == [[], [b"outside"]]
    assert harness.stream.received == [b"inside"]


def test_output_of_the_stream_is_sent_by_a_connection_that_has_room(harness: Harness) -> None:
    harness.stream.outputs = [b"1", b"2"]
    first, second = harness.carrier.lanes
    first.output, second.output = b"of the first", b"of the second"
    harness.carrier.accepts = False
    assert harness.runners[0].output() == b"of the first"
    assert (harness.carrier.sent, harness.woken) == ([], [1])
    harness.carrier.accepts = True
    assert harness.runners[1].output() == b"of the second"
    assert (harness.carrier.sent, harness.woken) == ([b"1", b"2"], [1])
    assert not harness.carrier.closed


def test_failure_of_the_carrier_ends_the_stream_once(harness: Harness) -> None:
    harness.carrier.failure = OSError("refused")
    harness.lanes.open_failed(1, "no answer")
    assert [lane.failures for lane in harness.carrier.lanes] == [[], ["no answer"]]
    assert (harness.stream.closed, harness.woken) == (True, [0, 1])
    harness.lanes.deliver()
    assert harness.woken == [0, 1]
    assert harness.lanes.over
    assert harness.lanes.make_runner(0, lambda: None) is None
    harness.runners[0].output()
    assert harness.carrier.closed


def test_connection_is_opened_again_unless_the_stream_is_over(harness: Harness) -> None:
    first, second = harness.carrier.lanes
    second.reopens = second.finished = True
    assert [harness.lanes.reopens(index) for index in range(len(harness.lanes))] == [False, True]
    assert harness.runners[1].closed
    harness.make(1)
    assert (first.restarts, second.restarts) == (0, 1)
    harness.carrier.is_over = True
    assert (harness.lanes.over, harness.lanes.reopens(1)) == (True, False)


def test_close_ends_the_stream(harness: Harness) -> None:
    harness.runners[1].close()
    assert harness.stream.closed
    assert all(runner.closed for runner in harness.runners)


def test_lost_socket_is_reported_to_its_lane_only(harness: Harness) -> None:
    harness.carrier.arrived = b"before"
    harness.runners[1].lost(OSError("reset"))
    assert [lane.failures for lane in harness.carrier.lanes] == [[], ["reset"]]
    assert (harness.stream.closed, harness.stream.received, harness.woken) == (False, [b"before"], [1])


def test_bug_of_a_connection_ends_the_stream(harness: Harness) -> None:
    bug = AssertionError("a bug")
    harness.runners[1].fail(bug)
    assert harness.bugs == [bug]
    assert harness.stream.closed
    assert {0, 1} <= set(harness.woken)
    assert all(runner.closed for runner in harness.runners)
    assert harness.runners[1].output() == b""


def test_connection_closes_as_gracefully_as_its_stream(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    assert harness.runners[0].closes_gracefully is True
    monkeypatch.setattr(ConnectionRunner, "closes_gracefully", False)
    assert harness.runners[0].closes_gracefully is False
