"""What the adapters share of a client, with a scripted client and a clock that the test moves."""

from __future__ import annotations

import math
from collections import deque
from typing import Any, ClassVar

import pytest

from sansio_tl import ClientConfig, Config, Endpoint, RequestHandle, auth, events, functions, types
from sansio_tl.client import (
    AuthorizationLost,
    Compute,
    Connect,
    ConnectionLost,
    HomeDataCenterChanged,
    SnapshotChanged,
)
from sansio_tl.client.actions import Disconnect, Send
from sansio_tl.errors import ConnectionLostError, LocalProtocolError, MethodInvalid, RemoteProtocolError
from sansio_tl.limits import Limits
from sansio_tl.mtproto.client import outcomes
from sansio_tl.mtproto.memory_size import weight
from sansio_tl.role import Role
from sansio_tl_transports import ComputationError, ConnectError
from sansio_tl_transports._shared import client_runner
from sansio_tl_transports._shared.client_runner import AccountConnectionRunner, ClientRunner, PendingConnect
from sansio_tl_transports._shared.clock import Clock
from sansio_tl_transports._shared.connect_options import PAUSE, Attempt, ConnectOptions
from sansio_tl_transports._shared.connection_runner import CONNECT_TIMEOUT
from sansio_tl_transports._shared.flow_run import FlowRun
from sansio_tl_transports.stores import LeaseLostError
from tests.helpers.scripted_data_center import ANSWERED, NEAREST, PUSHED

NOW = 100.0
HOME = Endpoint("192.0.2.1", 443), Endpoint("192.0.2.2", 80)
TOO_LONG = types.UpdatesTooLong()
LARGE = types.UpdateDeleteMessages(messages=list(range(1000, 201_000)), pts=1, pts_count=1)
SESSION: Any = events.SessionCreated(0, 0)


class Bug(Exception):
    """An unexpected exception."""


class Flag:
    def __init__(self) -> None:
        self.fired = False

    def set(self) -> None:
        self.fired = True

    def is_set(self) -> bool:
        return self.fired


class FakeClient:
    """Returns the actions and events of a test, and records its calls."""

    made: ClassVar[list[FakeClient]] = []

    def __init__(
        self, client_config: ClientConfig, *, snapshot: Any, entropy: Any, now: float, tracer: Any = None
    ) -> None:
        self.made.append(self)
        self.config, self.given, self.started, self.tracer = client_config, snapshot, now, tracer
        self.user_id, self.home_dc, self.closed = 7, 2, False
        self.logout_tokens = (b"token",)
        self.actions: deque[Any] = deque([Connect(0, 2, HOME)])  # a logged-in account connects at once
        self.events: deque[Any] = deque()
        self.calls: list[tuple[Any, ...]] = []
        self.bugs: set[str] = set()
        """Methods that raise."""
        self.due: float | None = None
        self.wanting: set[int] = set()
        """Connections that want a second one."""
        self.seconds = iter((100, 101, None))

    def _note(self, *what: Any) -> None:
        if what[0] in self.bugs:
            raise Bug(what[0])
        self.calls.append(what)

    def next_action(self) -> Any:
        if self.actions:
            self._note("next_action")
            self.calls.pop()
        return self.actions.popleft() if self.actions else None

    def next_event(self) -> Any:
        return outcomes.next_event(self.events)

    def snapshot(self) -> dict[str, Any]:
        return {"a": 1}

    def invoke(self, function: Any, *, dc_id: int | None, on_done: Any, now: float) -> Any:
        self._note("invoke", function, dc_id, now)
        return RequestHandle(function, on_done)

    def cancel(self, handle: Any, *, now: float) -> None:
        self._note("cancel", handle, now)

    def forget_key(self, dc_id: int, *, now: float) -> None:
        self._note("forget_key", dc_id, now)

    def run(self, flow: Any, *, now: float) -> None:
        self._note("run", flow, now)

    def stop(self, flow: Any, *, now: float) -> None:
        self._note("stop", flow, now)

    def receive_computed(self, action: Compute, value: object, *, now: float) -> None:
        self._note("receive_computed", action, value, now)

    def close(self, *, now: float) -> None:
        self._note("close", now)
        self.closed = True
        self.actions.append(Disconnect(1, b"bye"))

    def connection_made(self, connection: int, *, endpoint: Endpoint | None, now: float) -> None:
        self._note("connection_made", connection, endpoint, now)

    def second_connection_made(self, connection: int, *, now: float) -> int | None:
        self._note("second_connection_made", connection, now)
        return next(self.seconds)

    def connection_failed(self, connection: int, reason: str, *, now: float) -> None:
        self._note("connection_failed", connection, reason, now)

    def wants_second_connection(self, connection: int) -> bool:
        return connection in self.wanting

    def receive_data(self, connection: int, data: bytes, *, now: float) -> None:
        self._note("receive_data", connection, data, now)

    def data_to_send(self, connection: int, *, now: float) -> bytes:
        self._note("data_to_send", connection, now)
        return b"data of %d" % connection

    def next_deadline(self) -> float | None:
        if "next_deadline" in self.bugs:
            raise Bug("next_deadline")
        return self.due

    def handle_deadline(self, *, now: float) -> None:
        self._note("handle_deadline", now)
        self.due = None


class Harness:
    def __init__(self, monkeypatch: pytest.MonkeyPatch, session: Any = None, **options: Any) -> None:
        monkeypatch.setattr(client_runner, "Client", FakeClient)
        monkeypatch.setattr(FakeClient, "made", [])
        self.monotonic = NOW
        self.clock = Clock(lambda: self.monotonic)
        self.epoch = self.clock() - NOW
        self.changes = 0
        self.woken: list[int] = []
        self.reported: list[Any] = []
        self.jobs: list[tuple[Any, Any, Any]] = []
        self.saved: list[Any] = []
        self.on_report: Any = self.reported.append
        self.driver: ClientRunner[Flag] = ClientRunner(
            ClientConfig(connection_config=Config(api_id=5)),
            {"given": True},
            connect_options=ConnectOptions(clock=self.clock, **options),
            clock=self.clock,
            make_event=Flag,
            changed=self.something_changed,
            run_job=lambda job, done, failed: self.jobs.append((job, done, failed)),
            on_event=self.report,
            save=self.saved.append,
            session=session,
        )
        self.client = FakeClient.made[-1]
        self.first_connect = self.driver.next_connect()

    @property
    def now(self) -> float:
        return self.epoch + self.monotonic

    def report(self, event: Any) -> None:
        self.on_report(event)

    def something_changed(self) -> None:
        self.changes += 1

    def emit(self, *call: Any) -> None:
        """The client has events."""
        self.client.events.extend(call)
        self.driver.settle()

    def begin_connect(self, connection: int = 1, dc_id: int = 2) -> PendingConnect:
        self.client.actions.append(Connect(connection, dc_id, HOME))
        self.driver.settle()
        pending = self.driver.next_connect()
        assert pending is not None
        return pending

    def made(self, pending: PendingConnect, attempt: Attempt) -> Any:
        """The socket is open; `woken` notes when its pump is called."""
        return self.driver.connection_made(pending, attempt, lambda: self.woken.append(pending.connection_id))

    def ask(self, dc_id: int | None = None) -> tuple[Any, Flag]:
        """A request, and what wakes its caller."""
        flag = Flag()
        return self.driver.invoke(ANSWERED, flag.set, dc_id), flag

    def up(self, connection: int = 1) -> AccountConnectionRunner:
        pending = self.begin_connect(connection)
        driver = self.made(pending, pending.attempts[0])
        assert isinstance(driver, AccountConnectionRunner)
        return driver


@pytest.fixture
def harness(monkeypatch: pytest.MonkeyPatch) -> Harness:
    return Harness(monkeypatch)


@pytest.fixture
def polled(monkeypatch: pytest.MonkeyPatch) -> Harness:
    return Harness(monkeypatch, framing="http")


# --- the client's public interface --------------------------------------------------------------------------


def test_runner_creates_the_client_from_its_arguments(harness: Harness) -> None:
    client, driver = harness.client, harness.driver
    assert (client.given, client.started) == ({"given": True}, harness.now)
    assert client.config.connection_config.framing is Config(api_id=5).framing
    assert harness.first_connect is not None
    assert (harness.first_connect.connection_id, harness.first_connect.first) == (0, None)
    assert (driver.user_id, driver.dc_id, driver.api_id, driver.logout_tokens) == (7, 2, 5, (b"token",))
    assert (driver.snapshot(), driver.now, driver.closed, driver.stagger) == ({"a": 1}, harness.now, False, 0.25)
    assert (driver.take_update(), driver.next_connect(), driver.deadline()) == (None, None, math.inf)
    driver.raise_bug()


def test_result_error_and_unknown_outcome_each_settle_a_request_once(harness: Harness) -> None:
    driver = harness.driver
    before = harness.changes
    (one, first), (two, second), (three, third) = (harness.ask(dc) for dc in (None, 4, 2))
    assert harness.changes == before + 3
    assert [call[1:] for call in harness.client.calls] == [(ANSWERED, dc, harness.now) for dc in (None, 4, 2)]
    harness.emit(
        events.ResultReceived(one, NEAREST),
        events.RequestFailed(two, MethodInvalid()),
        events.OutcomeUnknown(three, "the link broke"),
        events.ResultReceived(RequestHandle(ANSWERED), NEAREST),
    )
    assert first.fired
    assert second.fired
    assert third.fired
    assert driver.result(one) == NEAREST
    with pytest.raises(MethodInvalid):
        driver.result(two)
    with pytest.raises(ConnectionLostError, match="the link broke"):
        driver.result(three)
    harness.client.calls.clear()
    driver.forget(one)
    assert harness.client.calls == [], "it was answered"


def test_abandoned_request_is_cancelled_once(harness: Harness) -> None:
    handle, woken = harness.ask()
    before = harness.changes
    harness.driver.forget(handle)
    harness.driver.forget(handle)
    assert harness.client.calls[1:] == [("cancel", handle, harness.now)]
    assert harness.changes == before + 1
    harness.emit(events.ResultReceived(handle, NEAREST))
    assert not woken.fired
    handle, _ = harness.ask()
    harness.client.closed = True
    harness.driver.forget(handle)
    assert harness.client.calls[-1][0] == "invoke"


@pytest.mark.parametrize(("asked", "meant"), [(None, 2), (4, 4)])
def test_forget_key_is_passed_to_the_client(harness: Harness, asked: int | None, meant: int) -> None:
    before = harness.changes
    harness.driver.forget_key(asked)
    assert harness.client.calls == [("forget_key", meant, harness.now)]
    assert harness.changes == before + 1


def test_closed_runner_refuses_calls(harness: Harness) -> None:
    harness.up()
    _, woken = harness.ask()
    pulse = harness.driver.callers.news.event
    harness.driver.close()
    assert pulse.fired
    assert harness.driver.closed
    harness.driver.close()
    assert [call[0] for call in harness.client.calls].count("close") == 1
    for ask in (lambda: harness.driver.forget_key(2), harness.ask):
        with pytest.raises(LocalProtocolError, match="the client is closed"):
            ask()
    assert not woken.fired


def test_bug_while_closing_is_raised_by_raise_bug(harness: Harness) -> None:
    harness.client.bugs.add("close")
    harness.driver.close()
    with pytest.raises(Bug, match="close"):
        harness.driver.raise_bug()


def test_timeout_message_names_the_last_connection_error(harness: Harness) -> None:
    driver = harness.driver
    assert driver.no_answer(ANSWERED, 0.5) == "no answer to help.getNearestDc within 0.5 s"
    harness.emit(ConnectionLost(2, "refused", None))
    assert driver.last_failure == "data center 2: refused"
    assert driver.no_answer(ANSWERED, 1) == "no answer to help.getNearestDc within 1 s (data center 2: refused)"
    harness.emit(ConnectionLost(2, None, None))
    assert driver.last_failure == "data center 2: refused", "a connection that was not needed any more"
    harness.emit(events.ResultReceived(RequestHandle(ANSWERED), NEAREST))
    assert driver.last_failure is None


def test_timeout_message_says_that_the_peer_has_closed_the_connection(harness: Harness) -> None:
    connection = harness.up()
    connection.receive(b"received")
    assert harness.driver.no_answer(ANSWERED, 1) == "no answer to help.getNearestDc within 1 s"
    connection.receive(b"")
    text = "no answer to help.getNearestDc within 1 s (the connection was closed by the peer)"
    assert harness.driver.no_answer(ANSWERED, 1) == text


# --- updates ----------------------------------------------------------------------------------------------------------


def received(updates: Any = PUSHED) -> Any:
    return events.UpdatesReceived(updates)


def test_updates_are_queued_in_order_and_wake_the_reader(harness: Harness) -> None:
    pulse = harness.driver.callers.news.event
    harness.emit(received(), received(NEAREST))
    assert pulse.fired
    assert [harness.driver.take_update() for _ in range(3)] == [PUSHED, NEAREST, None]


def test_too_many_updates_become_updates_too_long(harness: Harness) -> None:
    harness.emit(*[received()] * Limits().max_updates)
    assert harness.driver.take_update() == PUSHED
    harness.emit(received(), received(NEAREST))
    assert harness.driver.take_update() == TOO_LONG
    assert harness.driver.take_update() is None


def test_unread_updates_of_many_bytes_become_updates_too_long(harness: Harness) -> None:
    harness.emit(*[received(LARGE)] * 24)
    kept = list(iter(harness.driver.take_update, None))
    assert kept[0] == TOO_LONG
    assert sum(map(weight, kept)) <= Limits().max_update_bytes


def test_new_session_of_the_server_reports_missed_updates(harness: Harness) -> None:
    harness.emit(SESSION)
    assert harness.driver.take_update() is None
    harness.emit(SESSION)
    assert harness.driver.take_update() == TOO_LONG
    harness.emit(HomeDataCenterChanged(4), SESSION)
    assert harness.driver.take_update() is None, "the first one there is ours"
    harness.emit(SESSION)
    assert harness.driver.take_update() == TOO_LONG


def test_events_are_reported_and_changes_saved_once(harness: Harness) -> None:
    lost = ConnectionLost(2, None, None)
    harness.emit(SnapshotChanged(), lost, SnapshotChanged(), received())
    assert harness.reported == [SnapshotChanged(), lost, SnapshotChanged()]
    assert harness.saved == [{"a": 1}]
    harness.emit(lost)
    assert harness.saved == [{"a": 1}]


def test_action_caused_by_a_callback_is_performed(harness: Harness) -> None:
    harness.on_report = lambda event: harness.client.actions.append(Connect(3, 2, HOME))
    harness.emit(ConnectionLost(2, None, None))
    pending = harness.driver.next_connect()
    assert pending is not None
    assert pending.connection_id == 3


# --- flows ------------------------------------------------------------------------------------------------------------


def scanning() -> auth.QrLogin:
    """A flow that waits for its code to be scanned."""
    flow = auth.QrLogin(api_id=1, api_hash="hash")
    flow.receive_result(types.auth.LoginToken(int(NOW) + 30, b"token"), now=NOW)
    return flow


def asked(flow: auth.Flow[Any]) -> Any:
    return events.InputRequired(flow, flow.prompt or auth.ScanPrompt("", 0))


def test_flow_runs_until_it_needs_input(harness: Harness) -> None:
    flow, flag = auth.QrLogin(api_id=1, api_hash="hash"), Flag()
    run = FlowRun(flow)
    before = harness.changes
    harness.driver.run(run, flag.set)
    assert harness.changes > before
    assert harness.client.calls == [("run", flow, harness.now)]
    (request, since) = run.request
    assert isinstance(request, functions.auth.ExportLoginToken)
    assert since == harness.now
    with pytest.raises(LocalProtocolError, match="runs already"):
        harness.driver.run(FlowRun(flow), flag.set)
    harness.emit(asked(flow))
    assert not flag.fired, "an update has moved it on since"
    flow.receive_result(types.auth.LoginToken(int(NOW) + 30, b"token"), now=NOW)
    harness.emit(asked(flow))
    assert (flag.fired, run.done, run.request) == (True, True, (None, harness.now))
    assert harness.driver.result(run) is None
    assert harness.client.calls[1:] == [("stop", flow, harness.now)], "only the caller changes it from now on"
    harness.driver.forget(run)
    harness.emit(asked(flow))
    assert len(harness.client.calls) == 2


def test_waiting_run_ends_after_the_flow_was_moved(harness: Harness) -> None:
    flow, flag = scanning(), Flag()
    harness.driver.run(FlowRun(flow, waits=True), flag.set)
    harness.emit(asked(flow))
    assert not flag.fired
    flow.receive_update(types.UpdateShort(types.UpdateLoginToken(), 1), now=NOW)
    harness.emit()
    flow.receive_result(types.auth.LoginToken(int(NOW) + 30, b"another"), now=NOW)
    harness.emit(asked(flow))
    assert flag.fired


@pytest.mark.parametrize("error", [RemoteProtocolError("AU1", "why"), ConnectionLostError("why")])
def test_failure_of_a_flow_is_raised(harness: Harness, error: Any) -> None:
    flow, flag = auth.QrLogin(api_id=1, api_hash="hash"), Flag()
    run = FlowRun(flow)
    harness.driver.run(run, flag.set)
    harness.emit(events.FlowFailed(flow, error))
    assert flag.fired
    with pytest.raises(type(error), match="why"):
        harness.driver.result(run)


def test_waiting_for_a_flow_ends_with_the_client(harness: Harness) -> None:
    flow, flag = scanning(), Flag()
    run = FlowRun(flow, waits=True)
    harness.driver.run(run, flag.set)
    harness.emit(events.FlowFailed(flow, ConnectionLostError("the client was closed")))
    with pytest.raises(LocalProtocolError, match="the client is closed"):
        harness.driver.result(run)
    harness.client.closed = True
    with pytest.raises(LocalProtocolError, match="the client is closed"):
        harness.driver.run(FlowRun(flow), flag.set)


def test_flow_whose_caller_gives_up_is_stopped(harness: Harness) -> None:
    flow, flag = auth.QrLogin(api_id=1, api_hash="hash"), Flag()
    run = FlowRun(flow)
    harness.driver.run(run, flag.set)
    harness.driver.forget(run)
    harness.driver.forget(run)
    assert harness.client.calls[1:] == [("stop", flow, harness.now)]
    harness.emit(events.FlowFinished(flow))
    assert not flag.fired
    harness.driver.run(FlowRun(flow), flag.set)
    harness.driver.fail(Bug("of something"))
    assert flag.fired


def test_computation_is_made_elsewhere(harness: Harness) -> None:
    action = Compute(lambda: 7)
    harness.client.actions.append(action)
    harness.driver.settle()
    ((job, done, _),) = harness.jobs
    assert job is action.job
    before = harness.changes
    done(8)
    assert harness.client.calls == [("receive_computed", action, 8, harness.now)]
    assert harness.changes > before
    harness.driver.fail(Bug("of something"))
    done(8)
    assert len(harness.client.calls) == 1


def test_failure_of_a_computation_ends_the_client_unless_it_is_closed(harness: Harness) -> None:
    harness.client.actions.append(Compute(lambda: 7))
    harness.driver.settle()
    ((_, _, failed),) = harness.jobs
    failed(Bug("of a thread"))
    failed(Bug("another one"))
    with pytest.raises(ComputationError, match="Bug: of a thread"):
        harness.driver.raise_bug()


def test_failure_of_a_computation_is_too_late_after_the_end(harness: Harness) -> None:
    harness.client.actions.append(Compute(lambda: 7))
    harness.driver.settle()
    ((_, _, failed),) = harness.jobs
    harness.driver.close()
    failed(Bug("of a thread"))
    harness.driver.raise_bug()


# --- connections ------------------------------------------------------------------------------------------------------


def test_connection_is_opened_run_and_closed(harness: Harness) -> None:
    pending = harness.begin_connect()
    assert pending.attempts == tuple(Attempt(end.host, end.port, (end.host, end.port)) for end in HOME)
    assert (pending.connection_id, pending.dc_id, pending.endpoints) == (1, 2, HOME)
    before = harness.changes
    connection = harness.made(pending, pending.attempts[1])
    assert isinstance(connection, AccountConnectionRunner)
    assert harness.client.calls == [("connection_made", 1, HOME[1], harness.now)]
    assert harness.changes == before + 1
    assert harness.made(pending, pending.attempts[0]) is None, "it is up already"

    harness.client.events.append(received())
    assert connection.output() == b"data of 1"
    assert harness.driver.take_update() == PUSHED
    before = harness.changes
    connection.receive(b"received")
    assert harness.client.calls[-1] == ("receive_data", 1, b"received", harness.now)
    assert harness.changes == before + 1
    connection.tick()
    assert (connection.closed, connection.over, connection.deadline(), connection.reads_on) == (
        False,
        False,
        math.inf,
        True,
    )

    harness.client.actions.append(Send(1))
    harness.driver.settle()
    assert harness.woken == [], "but soon, with others"
    harness.driver.flush()
    assert harness.woken == [1]
    harness.client.actions.append(Disconnect(1, b"bye"))
    harness.driver.settle()
    harness.driver.flush()
    assert harness.woken == [1, 1]
    assert connection.closed
    assert (connection.output(), connection.output()) == (b"bye", b"")
    harness.client.calls.clear()
    connection.receive(b"too late")
    connection.lost(OSError("gone"))
    connection.close()
    assert harness.client.calls == []


@pytest.mark.parametrize(
    ("end", "reason"),
    [
        (lambda connection: connection.lost(OSError("gone")), "the connection broke: gone"),
        (lambda connection: connection.close(), "the connection was closed by this side"),
    ],
)
def test_broken_connection_is_reported_once(harness: Harness, end: Any, reason: str) -> None:
    connection = harness.up()
    before = harness.changes
    end(connection)
    end(connection)
    assert connection.closed
    assert harness.client.calls[1:] == [("connection_failed", 1, reason, harness.now)]
    assert harness.changes == before + 1
    harness.client.actions.append(Disconnect(1, b"bye"))
    harness.driver.settle()
    assert connection.output() == b"bye", "if the socket can still be written to"


def test_failed_connection_attempt_is_reported_once(harness: Harness) -> None:
    pending = harness.begin_connect()
    before = harness.changes
    harness.driver.connection_failed(pending, OSError(111, "refused"))
    harness.driver.connection_failed(pending, OSError(111, "refused"))
    reason = "192.0.2.1 port 443, 192.0.2.2 port 80: refused"
    assert harness.client.calls == [("connection_failed", 1, reason, harness.now)]
    assert harness.changes == before + 1


def test_reasons_for_a_failed_connection_attempt(monkeypatch: pytest.MonkeyPatch) -> None:
    attempt = Attempt("h", 1, ("h", 1))
    assert PendingConnect(1, 2, (attempt, attempt)).failure_text(TimeoutError()) == "h port 1: no answer in time"
    assert PendingConnect(1, 2, (attempt,)).failure_text(ConnectError("a step", "a reason")) == "h port 1: a reason"
    clock = Harness(monkeypatch).clock
    (through,) = ConnectOptions(proxy="socks5://proxy:1", clock=clock).attempts([("h", 1)])
    assert (
        PendingConnect(1, 2, (attempt, through)).failure_text(ConnectError("a step", "a reason")) == "a step: a reason"
    )


def test_connection_closed_while_connecting_is_discarded(harness: Harness) -> None:
    pending = harness.begin_connect()
    cancelled: list[bool] = []
    pending.cancel = lambda: cancelled.append(True)
    harness.client.actions.append(Disconnect(1))
    harness.driver.settle()
    assert cancelled == [True]
    assert harness.made(pending, pending.attempts[0]) is None
    harness.driver.connection_failed(pending, OSError())
    assert harness.client.calls == []


def test_framing_is_created_for_the_opened_endpoint(polled: Harness) -> None:
    make: Any = polled.client.config.connection_config.framing
    with pytest.raises(AssertionError, match="no connection is being opened"):
        make(Role.CLIENT, Limits())
    polled.up()
    framing = make(Role.CLIENT, Limits())
    framing.send_packet(bytes(20))
    assert b"\r\nHost: 192.0.2.1\r\n" in framing.data_to_send()


# --- second connections, over HTTP ------------------------------------------------------------------------------------


def test_over_http_the_second_connection_uses_the_endpoint_of_the_first(polled: Harness) -> None:
    polled.client.wanting = {1}
    first = polled.begin_connect()
    assert polled.driver.next_connect() is None, "the first one is not up"
    polled.made(first, first.attempts[1])
    second = polled.driver.next_connect()
    assert second is not None
    assert (second.connection_id, second.dc_id, second.attempts) == (1, 2, (first.attempts[1],))
    connection = polled.made(second, second.attempts[0])
    assert isinstance(connection, AccountConnectionRunner)
    assert polled.client.calls[-1] == ("second_connection_made", 1, polled.now)
    assert connection.output() == b"data of 100"
    polled.monotonic += PAUSE / 2
    polled.driver.tick()
    assert polled.driver.next_connect() is None
    polled.monotonic += PAUSE
    polled.driver.tick()
    assert polled.driver.next_connect() is not None, "the client wants one again: the second one has ended"


def test_second_connection_is_reopened_after_a_pause(polled: Harness) -> None:
    polled.client.wanting = {1}
    polled.up()
    second = polled.driver.next_connect()
    assert second is not None
    polled.driver.connection_failed(second, OSError())
    assert polled.driver.deadline() == pytest.approx(NOW + PAUSE)
    polled.monotonic += PAUSE / 2
    polled.driver.tick()
    assert polled.driver.next_connect() is None
    polled.monotonic = NOW + PAUSE + 0.001
    polled.driver.tick()
    assert polled.driver.next_connect() is not None
    polled.client.wanting = set()
    assert polled.driver.deadline() == math.inf
    polled.client.wanting = {1}
    polled.client.due = polled.now + 0.5
    assert polled.driver.deadline() == pytest.approx(polled.monotonic + 0.5)
    polled.client.actions.append(Disconnect(1))
    polled.driver.settle()
    polled.client.due = None
    assert polled.driver.deadline() == math.inf


def test_second_connection_that_takes_too_long_is_given_up(polled: Harness) -> None:
    polled.client.wanting = {1}
    polled.up()
    second = polled.driver.next_connect()
    assert second is not None
    cancelled: list[bool] = []
    second.cancel = lambda: cancelled.append(True)
    assert polled.driver.deadline() == pytest.approx(NOW + CONNECT_TIMEOUT)
    polled.monotonic += CONNECT_TIMEOUT + 0.001
    polled.driver.tick()
    assert cancelled == [True]
    another = polled.driver.next_connect()
    assert another is not None
    assert polled.made(second, second.attempts[0]) is None
    polled.driver.connection_failed(second, OSError())
    assert polled.made(another, another.attempts[0]) is not None


def test_attempt_for_a_second_connection_ends_with_the_first(polled: Harness) -> None:
    polled.client.wanting = {1}
    polled.up()
    second = polled.driver.next_connect()
    assert second is not None
    cancelled: list[bool] = []
    second.cancel = lambda: cancelled.append(True)
    polled.client.actions.append(Disconnect(1))
    polled.driver.settle()
    assert cancelled == [True]
    assert polled.made(second, second.attempts[0]) is None


def test_failed_second_connection_is_not_reported_to_the_client(polled: Harness) -> None:
    polled.client.wanting = {1}
    polled.up()
    second = polled.driver.next_connect()
    assert second is not None
    polled.driver.connection_failed(second, OSError())
    assert [call[0] for call in polled.client.calls] == ["connection_made"]
    polled.monotonic += PAUSE + 0.001
    polled.driver.tick()
    another = polled.driver.next_connect()
    assert another is not None
    polled.client.seconds = iter([None])
    assert polled.made(another, another.attempts[0]) is None, "it is not wanted any more"


def test_without_http_there_is_no_second_connection(harness: Harness) -> None:
    harness.client.wanting = {1}
    harness.up()
    harness.driver.tick()
    assert harness.driver.next_connect() is None
    assert harness.driver.deadline() == math.inf


# --- time -------------------------------------------------------------------------------------------------------------


def test_client_gets_its_deadlines(harness: Harness) -> None:
    harness.client.due = harness.now + 10
    assert harness.driver.deadline() == pytest.approx(NOW + 10)
    before = harness.changes
    harness.driver.tick()
    assert (harness.client.calls, harness.changes) == ([], before), "too early"
    harness.monotonic += 10
    harness.client.due = harness.now
    harness.driver.tick()
    assert harness.client.calls == [("handle_deadline", harness.now)]
    assert harness.changes == before + 1
    harness.driver.tick()
    assert len(harness.client.calls) == 1


# --- bugs -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("where", "do"),
    [
        (
            "connection_made",
            lambda harness: harness.made(harness.pending, harness.pending.attempts[0]),
        ),
        ("connection_failed", lambda harness: harness.driver.connection_failed(harness.pending, OSError())),
        ("next_deadline", lambda harness: harness.driver.deadline()),
        ("next_deadline", lambda harness: harness.driver.tick()),
        ("next_action", lambda harness: harness.emit()),
    ],
)
def test_bug_ends_the_client_and_is_raised_for_every_waiter(harness: Harness, where: str, do: Any) -> None:
    connection = harness.up(9)
    vars(harness)["pending"] = harness.begin_connect()
    handle, woken = harness.ask()
    harness.client.actions.append(Connect(4, 2, HOME))
    if where != "next_action":
        harness.driver.settle()
    harness.client.bugs.add(where)
    pulse, before = harness.driver.callers.news.event, harness.changes
    assert do(harness) in {None, math.inf}
    assert harness.driver.closed
    assert connection.closed
    assert pulse.fired
    assert woken.fired
    assert harness.changes > before
    for ask in (lambda: harness.driver.result(handle), harness.driver.raise_bug, lambda: harness.driver.forget_key(2)):
        with pytest.raises(Bug, match=where) as raised:
            ask()
        assert raised.traceback[-1].name == ("next_deadline" if where == "next_deadline" else "_note")
    assert harness.driver.next_connect() is None


def test_client_is_not_called_after_a_bug(harness: Harness) -> None:
    connection, pending = harness.up(9), harness.begin_connect()
    harness.client.actions.append(Connect(4, 2, HOME))
    harness.client.events.append(received())
    harness.driver.fail(Bug("first"))
    harness.driver.fail(Bug("second"))
    with pytest.raises(Bug, match="first"):
        harness.driver.raise_bug()
    harness.client.calls.clear()
    harness.client.due = 0.0
    assert harness.made(pending, pending.attempts[0]) is None
    harness.driver.connection_failed(pending, OSError())
    harness.driver.tick()
    assert harness.driver.deadline() == math.inf
    harness.driver.settle()
    harness.driver.lost(9, "why")
    connection.lost(OSError())
    harness.driver.close()
    assert (harness.client.calls, len(harness.client.actions), len(harness.client.events)) == ([], 1, 1)


def test_bug_of_a_connection_ends_the_client(harness: Harness) -> None:
    connection = harness.up()
    connection.fail(Bug("of the adapter"))
    assert connection.closed
    with pytest.raises(Bug, match="of the adapter"):
        harness.driver.raise_bug()


@pytest.mark.parametrize("error", [Bug("disk full"), SystemExit(3)])
def test_exception_of_a_callback_ends_the_client(harness: Harness, error: BaseException) -> None:
    def fails(_: object) -> None:
        raise error

    harness.on_report = fails
    harness.emit(ConnectionLost(2, None, None), received())
    assert harness.driver.take_update() is None, "nothing is done after it"
    with pytest.raises(type(error)):
        harness.driver.raise_bug()


def test_without_callbacks_events_are_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    harness = Harness(monkeypatch)
    bare: ClientRunner[Flag] = ClientRunner(
        ClientConfig(connection_config=Config(api_id=5)),
        None,
        connect_options=ConnectOptions(clock=harness.clock),
        clock=harness.clock,
        make_event=Flag,
        changed=lambda: None,
        run_job=lambda job, done, failed: None,
    )
    client = FakeClient.made[-1]
    assert client is not harness.client
    client.events.extend([SnapshotChanged(), ConnectionLost(2, None, None)])
    bare.settle()
    bare.raise_bug()
    assert not client.events


# --- flushing ---------------------------------------------------------------------------------------------------------


def test_changes_during_a_flush_are_reported_once_it_is_over(harness: Harness) -> None:
    connection = harness.up()
    harness.ask()
    before = harness.changes
    harness.client.actions.append(Send(1))
    connection.changed = lambda: harness.woken.append(harness.changes)
    harness.driver.flush()
    assert harness.woken == [before], "the flush itself is no change"
    assert harness.changes == before
    harness.emit()
    assert harness.changes == before + 1
    harness.driver.flush()
    assert harness.changes == before + 1, "nothing is unsettled"


def test_flush_that_fails_is_over(harness: Harness) -> None:
    connection = harness.up()
    harness.client.actions.append(Send(1))

    def fail() -> None:
        raise Bug("of the pump")

    connection.changed = fail
    harness.driver.settle()
    with pytest.raises(Bug):
        harness.driver.flush()
    before = harness.changes
    harness.emit()
    assert harness.changes == before + 1


# --- sessions of stores -----------------------------------------------------------------------------------------------


class FakeSession:
    """The lease of a session, which a test lets expire."""

    def __init__(self) -> None:
        self.snapshot = {"stored": True}
        self.seconds_left, self.expired = 50.0, False
        self.kept: list[Any] = []
        self.put = self.kept.append
        self.lost: list[Any] = []
        self.on_failure: Any = None

    def authorization_lost(self, error: Exception) -> None:
        self.lost.append(error)

    def lease_lost(self) -> Exception:
        return LeaseLostError("the lease has expired")


@pytest.fixture
def stored(monkeypatch: pytest.MonkeyPatch) -> tuple[Harness, FakeSession]:
    session = FakeSession()
    return Harness(monkeypatch, session), session


Stored = tuple[Harness, FakeSession]


def test_client_begins_with_the_snapshot_of_its_session(stored: Stored) -> None:
    harness, session = stored
    assert harness.client.given == {"stored": True}
    session.on_failure(Bug("of the store"))
    with pytest.raises(Bug, match="of the store"):
        harness.driver.raise_bug()


def test_changes_are_put_into_the_session_and_lost_logins_noted_before(stored: Stored) -> None:
    harness, session = stored
    error = MethodInvalid()
    harness.emit(ConnectionLost(2, None, None))
    assert session.kept == []
    harness.emit(AuthorizationLost(error), SnapshotChanged(), SnapshotChanged())
    assert (session.lost, session.kept, harness.saved) == ([error], [{"a": 1}], [{"a": 1}])
    harness.driver.close()
    assert session.kept == [{"a": 1}] * 2, "the last one"
    harness.driver.close()
    assert session.kept == [{"a": 1}] * 2


def test_client_that_has_failed_puts_no_last_state(stored: Stored) -> None:
    harness, session = stored
    harness.client.bugs.add("close")
    harness.driver.close()
    assert session.kept == []


def test_end_of_the_lease_is_a_deadline(stored: Stored) -> None:
    harness, session = stored
    assert harness.driver.deadline() == pytest.approx(NOW + 50)
    harness.client.due = harness.now + 20
    assert harness.driver.deadline() == pytest.approx(NOW + 20)
    session.seconds_left = 5.0
    assert harness.driver.deadline() == pytest.approx(NOW + 5)
    session.seconds_left = math.inf
    harness.client.due = None
    assert harness.driver.deadline() == math.inf


@pytest.mark.parametrize(
    "call",
    [
        lambda harness, connection: harness.driver.tick(),
        lambda harness, connection: connection.output(),
        lambda harness, connection: connection.closes_gracefully,
    ],
)
def test_expired_lease_ends_the_client_and_sends_nothing(stored: Stored, call: Any) -> None:
    harness, session = stored
    connection = harness.up()
    _, woken = harness.ask()
    assert not harness.driver.must_stop()
    assert (connection.output(), connection.closes_gracefully) == (b"data of 1", True)
    session.expired = True
    harness.client.due = harness.now
    harness.client.calls.clear()
    assert not call(harness, connection)
    assert harness.client.calls == []
    assert (woken.fired, connection.closed, harness.driver.closed) == (True, True, True)
    with pytest.raises(LeaseLostError, match="the lease has expired"):
        harness.driver.raise_bug()
    assert connection.output() == b""


def test_lease_that_expires_after_the_end_is_no_failure(stored: Stored) -> None:
    harness, session = stored
    connection = harness.up()
    harness.driver.close()
    session.expired = True
    assert harness.driver.must_stop()
    assert connection.output() == b"", "its last data is not sent any more"
    harness.client.calls.clear()
    harness.client.due = harness.now
    harness.driver.tick()
    assert harness.client.calls == [], "and its deadlines pass"
    harness.driver.raise_bug()
