"""The runner between two engines in memory, with a clock that the test moves."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import TypeVar

import pytest

from sansio_tl import Function, RequestHandle, auth, types
from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.errors import ConnectionLostError, LocalProtocolError, MethodInvalid, RemoteProtocolError
from sansio_tl.limits import Limits
from sansio_tl.mtproto.memory_size import weight
from sansio_tl.testing import DataCenter
from sansio_tl.testing.connection import DataCenterConnection
from sansio_tl_transports._shared.acceptor import Acceptor
from sansio_tl_transports._shared.clock import Clock
from sansio_tl_transports._shared.connection_runner import (
    FIRST_READ,
    READ_SIZE,
    ClientConnectionRunner,
    ConnectionRunner,
    next_read,
)
from sansio_tl_transports._shared.flow_run import FlowRun
from sansio_tl_transports._shared.seeded_entropy import seeded
from tests.helpers.connected_pair import client_config
from tests.helpers.scripted_data_center import (
    ANSWERED,
    FAILS,
    INVALID_BYTES,
    MANY,
    NEAREST,
    PUSHED,
    PUSHES,
    UNANSWERED,
    ScriptedDataCenter,
)

R = TypeVar("R")


def call_soon(function: Callable[[], None]) -> None:
    """Call it now: the test makes no turns."""
    function()


class Flag:
    """An event without waiters."""

    def __init__(self) -> None:
        self.fired = False

    def set(self) -> None:
        self.fired = True

    def is_set(self) -> bool:
        return self.fired


class Harness:
    """A client's driver, a server's, and the wire between them."""

    def __init__(self, auth_key: AuthKey | None = None, limits: Limits = Limits()) -> None:
        self.monotonic = 100.0
        self.changes = 0
        self.data_center = ScriptedDataCenter()
        clock = Clock(lambda: self.monotonic)
        server = Acceptor(self.data_center, clock, call_soon).accept(lambda: None)
        assert server is not None
        self.server: ConnectionRunner = server
        self.client = ClientConnectionRunner(
            client_config(limits=limits),
            auth_key,
            clock=clock,
            make_event=Flag,
            changed=self.something_changed,
            run_job=lambda job, done, failed: done(job()),
        )

    def something_changed(self) -> None:
        self.changes += 1

    def ask(self, function: Function[R]) -> tuple[RequestHandle[R], Flag]:
        """A request, and what wakes its caller."""
        flag = Flag()
        return self.client.invoke(function, flag.set), flag

    def exchange(self) -> None:
        """Carry bytes until both are silent."""
        while True:
            to_server, to_client = self.client.output(), self.server.output()
            if not to_server and not to_client:
                return
            if to_server:
                self.server.receive(to_server)
            if to_client:
                self.client.receive(to_client)


@pytest.fixture
def harness() -> Harness:
    made = Harness()
    made.exchange()
    return made


def test_connection_is_ready_after_the_handshake() -> None:
    harness = Harness()
    assert not harness.client.ready.fired
    with pytest.raises(LocalProtocolError):
        _ = harness.client.auth_key
    harness.exchange()
    assert harness.client.ready.fired
    harness.client.require_ready()
    assert harness.client.auth_key.id in harness.data_center.keys


def test_connection_with_a_key_is_ready_at_once() -> None:
    key = AuthKey(bytes(256))
    harness = Harness(key)
    assert harness.client.ready.fired
    assert harness.client.auth_key == key


def test_answer_wakes_its_waiter(harness: Harness) -> None:
    one, first = harness.ask(ANSWERED)
    _, second = harness.ask(UNANSWERED)
    three, third = harness.ask(FAILS)
    harness.exchange()
    assert (first.fired, second.fired, third.fired) == (True, False, True)
    assert harness.client.result(one) == NEAREST
    with pytest.raises(MethodInvalid):
        harness.client.result(three)


def test_error_that_is_raised_twice_does_not_collect_tracebacks(harness: Harness) -> None:
    handle, _ = harness.ask(FAILS)
    harness.exchange()
    depths = []
    for _ in range(2):
        with pytest.raises(MethodInvalid) as caught:
            harness.client.result(handle)
        depths.append(len(caught.traceback))
    assert depths[0] == depths[1]


def test_abandoned_answer_wakes_no_waiter(harness: Harness) -> None:
    handle, woken = harness.ask(ANSWERED)
    harness.client.forget(handle)
    harness.exchange()
    assert not woken.fired
    harness.client.forget(handle)  # again: no harm


def test_forgetting_an_answered_request_sends_nothing(harness: Harness) -> None:
    handle, _ = harness.ask(ANSWERED)
    harness.exchange()
    changes = harness.changes
    harness.client.forget(handle)
    assert harness.changes == changes


def test_invoke_receive_and_close_notify_of_a_change(harness: Harness) -> None:
    for act in (
        lambda: harness.ask(ANSWERED),
        lambda: harness.client.receive(b"\x04"),
        harness.client.close,
    ):
        before = harness.changes
        act()
        assert harness.changes > before


def test_broken_socket_ends_requests_with_its_cause(harness: Harness) -> None:
    handle, woken = harness.ask(UNANSWERED)
    cause = ConnectionResetError(104, "Connection reset by peer")
    harness.client.lost(cause)
    with pytest.raises(ConnectionLostError, match="reset by peer") as caught:
        harness.client.result(handle)
    assert woken.fired
    assert caught.value.__cause__ is cause
    with pytest.raises(ConnectionLostError):
        harness.ask(ANSWERED)
    with pytest.raises(ConnectionLostError):
        harness.client.take_update()


def test_bug_is_raised_for_every_waiter(harness: Harness) -> None:
    handle, woken = harness.ask(UNANSWERED)
    harness.client.fail(AssertionError("a bug"))
    assert woken.fired
    for _ in range(2):
        with pytest.raises(AssertionError, match="a bug") as caught:
            harness.client.result(handle)
        assert len(caught.traceback) == 3, "without the frames of other callers"


def test_first_of_several_bugs_is_raised(harness: Harness) -> None:
    handle, _ = harness.ask(UNANSWERED)
    for text in ("the first", "a consequence"):
        harness.client.fail(AssertionError(text))
    with pytest.raises(AssertionError, match="the first"):
        harness.client.result(handle)


class Broken:
    """An engine that fails when it receives data."""

    def __init__(self) -> None:
        self.closed = False

    def receive_data(self, data: bytes, *, now: float) -> None:
        raise AssertionError(f"a bug with {data!r}")

    def data_to_send(self, *, now: float) -> bytes:
        return b"output"

    def next_deadline(self) -> float | None:
        return 0.0

    def handle_deadline(self, *, now: float) -> None:
        raise AssertionError

    def close(self, *, now: float) -> None:
        self.closed = True


def test_engine_that_has_failed_is_closed_and_not_used_any_more() -> None:
    engine, bugs, changes = Broken(), list[Exception](), list[None]()
    runner = ConnectionRunner(engine, Clock(lambda: 100.0), lambda: changes.append(None), bugs.append)
    assert (runner.closed, runner.output()) == (False, b"output")
    with pytest.raises(AssertionError) as caught:
        runner.receive(b"data")
    runner.fail(caught.value)  # as adapters do
    assert bugs == [caught.value]
    assert (engine.closed, runner.closed, runner.output(), runner.deadline()) == (True, True, b"", math.inf)
    assert changes
    runner.receive(b"more")
    runner.tick()
    assert bugs == [caught.value]


def test_flow_is_not_moved_after_the_end_of_its_run(harness: Harness) -> None:
    """Only its owner changes it then."""
    flow, woken, now = auth.QrLogin(api_id=5, api_hash="hash"), Flag(), harness.client.now
    flow.receive_result(types.auth.LoginToken(int(now) + 30, b"token"), now=now)
    harness.client.run(FlowRun(flow), woken.set)
    assert woken.fired, "the code waits for its scan"
    harness.monotonic += 40
    harness.client.tick()
    harness.exchange()
    assert "auth.exportLoginToken" not in harness.data_center.received, "although the code has expired"
    harness.client.run(FlowRun(flow, waits=True), Flag().set)
    harness.client.tick()
    harness.exchange()
    assert "auth.exportLoginToken" in harness.data_center.received


def test_flow_that_runs_cannot_be_run_again(harness: Harness) -> None:
    flow, woken = auth.QrLogin(api_id=5, api_hash="hash"), Flag()
    harness.client.run(FlowRun(flow), woken.set)
    with pytest.raises(LocalProtocolError, match="^the flow runs already$"):
        harness.client.run(FlowRun(flow), woken.set)
    assert not woken.fired


def test_TR1_failed_check_is_raised_for_every_waiter(harness: Harness) -> None:
    asked = [harness.ask(UNANSWERED) for _ in range(3)]
    harness.client.receive(INVALID_BYTES)
    for handle, woken in asked:
        assert woken.fired
        with pytest.raises(RemoteProtocolError) as caught:
            harness.client.result(handle)
        assert caught.value.check == "TR1"


def test_use_after_close_is_a_lost_connection_or_a_local_error_by_who_closed(harness: Harness) -> None:
    harness.client.receive(b"")
    with pytest.raises(ConnectionLostError):
        harness.ask(ANSWERED)
    other = Harness()
    other.exchange()
    other.client.close()
    other.client.receive(b"")
    with pytest.raises(LocalProtocolError):
        other.ask(ANSWERED)
    assert other.client.take_update() is None


def test_updates_wait_for_a_reader_and_wake_it(harness: Harness) -> None:
    news = harness.client.callers.news.event
    harness.ask(PUSHES)
    harness.exchange()
    assert news.fired
    assert [harness.client.take_update() for _ in range(MANY + 1)] == [PUSHED] * MANY + [None]


@pytest.mark.parametrize("limits", [Limits(max_updates=3), Limits(max_update_bytes=3 * weight(PUSHED))])
def test_unread_updates_are_bounded_in_number_and_bytes(limits: Limits) -> None:
    harness = Harness(limits=limits)
    harness.exchange()
    for _ in range(10):
        harness.ask(PUSHES)
    harness.exchange()
    waiting = []
    while (update := harness.client.take_update()) is not None:
        waiting.append(update)
    assert len(waiting) <= 3
    assert waiting[0] == types.UpdatesTooLong()


def test_reader_of_updates_wakes_at_the_end(harness: Harness) -> None:
    news = harness.client.callers.news.event
    harness.client.close()
    assert news.fired


def idle() -> Harness:
    """A connection that has only a ping to send, 60 seconds after its last message."""
    harness = Harness(limits=Limits(ping_interval=60.0))
    harness.exchange()
    harness.ask(ANSWERED)
    harness.exchange()
    harness.monotonic = 110.0
    harness.client.tick()  # acknowledges
    harness.exchange()
    return harness


def test_deadlines_use_the_clock_of_the_timers() -> None:
    harness = idle()
    assert harness.client.deadline() == pytest.approx(160.0, abs=0.001)
    harness.client.close()
    assert harness.client.deadline() == math.inf


def test_early_tick_does_nothing_and_a_due_tick_acts_once() -> None:
    harness = idle()
    harness.monotonic = 159.0
    changes = harness.changes
    harness.client.tick()
    assert (harness.client.output(), harness.changes) == (b"", changes)
    harness.monotonic = 160.0
    harness.client.tick()
    assert harness.client.output() != b""
    harness.client.tick()
    assert harness.client.output() == b""


def test_every_connection_is_woken_for_a_data_center_without_output_reports() -> None:
    woken: list[str] = []
    reports: list[object] = []
    data_center = ScriptedDataCenter()
    reception = Acceptor(data_center, Clock(), call_soon, reports.append)
    one = reception.accept(lambda: woken.append("one"))
    two = reception.accept(lambda: woken.append("two"))
    assert one is not None
    assert two is not None
    one.receive(b"\xef")
    assert woken == ["one", "two"]
    reception.close()
    assert one.closed
    assert two.closed
    assert reception.accept(lambda: None) is None, "a connection that comes too late is refused"


def test_unhandled_events_are_bounded() -> None:
    data_center = DataCenter(entropy=seeded("unused"), now=Clock()())
    driver = Acceptor(data_center, Clock(), call_soon).accept(lambda: None)
    assert driver is not None
    driver.close()
    assert data_center.next_event() is None


def test_only_connections_with_output_are_woken_for_a_reporting_data_center() -> None:
    woken: list[str] = []
    data_center = DataCenter(entropy=seeded("woken"), now=Clock()())
    opened: list[DataCenterConnection] = []
    accept = data_center.accept

    def noted(*, now: float) -> DataCenterConnection:
        opened.append(accept(now=now))
        return opened[-1]

    data_center.accept = noted  # type: ignore[method-assign]
    reception = Acceptor(data_center, Clock(), call_soon)
    one, two, three = (reception.accept(partial(woken.append, name)) for name in ("one", "two", "three"))
    assert one is not None
    assert two is not None
    assert three is not None
    one.receive(b"\xef")
    assert woken == ["one"], "idle connections cost nothing when another one has output"
    data_center.on_output(opened[1])
    assert woken == ["one", "two"]
    three.close()
    assert woken == ["one", "two", "three"]


def test_accepted_connections_are_bounded() -> None:
    reception = Acceptor(ScriptedDataCenter(), Clock(), call_soon, max_connections=2)
    first, second = (reception.accept(lambda: None) for _ in range(2))
    assert first is not None
    assert second is not None
    assert reception.accept(lambda: None) is None
    first.close()
    assert reception.accept(lambda: None) is not None
    assert reception.accept(lambda: None) is None


def test_read_sizes_grow_with_full_reads() -> None:
    assert next_read(FIRST_READ, 100) == FIRST_READ
    sizes = [FIRST_READ]
    for _ in range(4):
        sizes.append(next_read(sizes[-1], sizes[-1]))
    assert sizes == [FIRST_READ, 2 * FIRST_READ, READ_SIZE, READ_SIZE, READ_SIZE]
    assert next_read(READ_SIZE, READ_SIZE - 1) == FIRST_READ
