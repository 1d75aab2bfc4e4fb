"""Accepting connections for a data center: limits, wake-ups and error reports, without sockets."""

from __future__ import annotations

import logging
from collections import deque
from typing import Any

import pytest

from sansio_tl_transports._shared.acceptor import MAX_CONNECTIONS, Acceptor
from sansio_tl_transports._shared.clock import Clock


class FakeConnection:
    def __init__(self) -> None:
        self.closed = False
        self.received: list[bytes] = []

    def receive_data(self, data: bytes, *, now: float) -> None:
        self.received.append(data)
        self.closed = self.closed or not data

    def data_to_send(self, *, now: float) -> bytes:
        return b""

    def next_deadline(self) -> float | None:
        return None

    def handle_deadline(self, *, now: float) -> None:
        pass

    def close(self, *, now: float) -> None:
        self.closed = True


class FakeDataCenter:
    def __init__(self) -> None:
        self.connections: list[FakeConnection] = []
        self.accepted_at: list[float] = []
        self.events: deque[Any] = deque()
        self.bug: Exception | None = None

    def accept(self, *, now: float) -> FakeConnection:
        self.accepted_at.append(now)
        if self.bug is not None:
            raise self.bug
        self.connections.append(FakeConnection())
        return self.connections[-1]

    def next_event(self) -> object:
        return self.events.popleft() if self.events else None


class ReportsOutput(FakeDataCenter):
    """Reports which connections have output."""

    on_output: Any = None


class Harness:
    """An acceptor, and the number of wake-ups of its connections."""

    def __init__(self, data_center: FakeDataCenter, **settings: Any) -> None:
        self.data_center = data_center
        self.clock = Clock(lambda: 100.0)
        self.reception = Acceptor(data_center, self.clock, lambda function: function(), **settings)
        self.woken: list[int] = []

    def enter(self) -> Any:
        number = len(self.woken)
        self.woken.append(0)

        def changed() -> None:
            self.woken[number] += 1

        return self.reception.accept(changed)


def test_every_connection_is_woken_without_output_reports() -> None:
    listener = Harness(FakeDataCenter())
    one, other = listener.enter(), listener.enter()
    assert listener.data_center.accepted_at == [listener.clock()] * 2
    one.receive(b"data")
    assert (listener.data_center.connections[0].received, listener.woken) == ([b"data"], [1, 1])
    other.receive(b"")
    assert listener.woken == [2, 2]
    one.receive(b"more")
    assert listener.woken == [3, 2], "a closed connection is not woken"


def test_only_reported_connections_are_woken() -> None:
    data_center = ReportsOutput()
    listener = Harness(data_center)
    one, _ = listener.enter(), listener.enter()
    one.receive(b"data")
    assert listener.woken == [1, 0]
    data_center.on_output(data_center.connections[1])
    assert listener.woken == [1, 1]
    one.receive(b"")
    data_center.on_output(data_center.connections[0])
    assert listener.woken == [2, 1]


def test_connection_limit_frees_with_each_closed_connection() -> None:
    listener = Harness(ReportsOutput(), max_connections=2)
    one = listener.enter()
    assert listener.enter() is not None
    assert listener.enter() is None
    assert len(listener.data_center.connections) == 2
    one.receive(b"")
    assert listener.enter() is not None
    assert listener.enter() is None
    assert MAX_CONNECTIONS == 10_000


def test_closing_the_listener_refuses_new_connections_and_closes_open_ones() -> None:
    listener = Harness(FakeDataCenter())
    listener.enter()
    listener.enter()
    assert not listener.reception.closed
    listener.reception.close()
    assert listener.reception.closed
    assert [connection.closed for connection in listener.data_center.connections] == [True, True]
    assert listener.enter() is None


def test_events_are_reported_in_order_or_dropped() -> None:
    reported: list[object] = []
    for report in (reported.append, None):
        listener = Harness(FakeDataCenter(), on_event=report)
        connection = listener.enter()
        listener.data_center.events.extend(["one", "two"])
        connection.receive(b"data")
        assert not listener.data_center.events
        assert reported == ["one", "two"]


def test_exception_of_on_event_is_reported_and_closes_no_connection() -> None:
    bugs: list[Exception] = []

    def report(_: object) -> None:
        raise ZeroDivisionError

    listener = Harness(FakeDataCenter(), on_event=report, on_error=bugs.append)
    connection = listener.enter()
    listener.data_center.events.append("one")
    connection.receive(b"data")
    assert [type(bug) for bug in bugs] == [ZeroDivisionError]
    assert not connection.closed
    assert listener.woken == [1]


def test_bug_in_accept_refuses_that_connection_only() -> None:
    bugs: list[Exception] = []
    listener = Harness(FakeDataCenter(), on_error=bugs.append)
    listener.data_center.bug = ZeroDivisionError()
    assert listener.enter() is None
    assert bugs == [listener.data_center.bug]
    listener.data_center.bug = None
    assert listener.enter() is not None


@pytest.mark.parametrize("on_error", [None, lambda _: 1 / 0])
def test_unhandled_exceptions_are_logged(caplog: pytest.LogCaptureFixture, on_error: Any) -> None:
    listener = Harness(FakeDataCenter(), on_error=on_error)
    listener.data_center.bug = OverflowError("the bug")
    with caplog.at_level(logging.ERROR, "transports"):
        assert listener.enter() is None
    (record,) = caplog.records
    assert record.message == "a bug has ended one connection; the others are not affected"
    assert record.exc_info is not None
    assert record.exc_info[0] is (OverflowError if on_error is None else ZeroDivisionError)


def test_coroutine_callbacks_are_refused_where_they_are_not_awaited() -> None:
    async def callback(_: object) -> None:
        pass

    for name in ("on_event", "on_error"):
        with pytest.raises(TypeError, match=f"{name} must be a plain function"):
            Harness(FakeDataCenter(), **{name: callback})
