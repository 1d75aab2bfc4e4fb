"""The trio pump: how few tasks it wakes, and what it does when the socket is full."""

from __future__ import annotations

import math
import socket
from collections.abc import Awaitable, Callable
from itertools import pairwise
from typing import Any

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from sansio_tl.tl.objects import Function
from sansio_tl_transports import sync
from sansio_tl_transports._shared.connection_runner import CLOSE_TIMEOUT, CONNECT_TIMEOUT, ConnectionRunner
from sansio_tl_transports._shared.waiter import Hook
from sansio_tl_transports.trio import _stream, connect, open_client
from sansio_tl_transports.trio._pump import SocketPump
from sansio_tl_transports.trio._stream import Wire
from tests.helpers.connected_pair import client_config
from tests.helpers.scripted_data_center import (
    ANSWERED,
    NEAREST,
    UNANSWERED,
    ScriptedDataCenter,
    raw_server,
    stay_silent,
)
from tests.transports.test_client import settings
from tests.transports.trio_instruments import Canceller, Steps, after_every_step

pytestmark = pytest.mark.interpreted  # a compiled Driver has no subclasses in Python

MUCH = bytes(range(256)) * (1 << 13)
"""2 MiB: more than a pair of sockets takes at once."""


class RecordingRunner(ConnectionRunner):
    """A driver with scripted output."""

    def __init__(self) -> None:
        self.pending_output = b""
        self.received: list[bytes] = []
        self.over = False
        self.waits = False
        self.error: Exception | None = None

    @property
    def is_waiting(self) -> bool:
        return self.waits

    @property
    def closed(self) -> bool:
        return self.over

    def receive(self, data: bytes) -> None:
        self.received.append(data)
        self.over = self.over or not data

    def output(self) -> bytes:
        data, self.pending_output = self.pending_output, b""
        return data

    def deadline(self) -> float:
        return math.inf

    def lost(self, error: Exception) -> None:
        self.over, self.error = True, error


class PumpHarness:
    """A driver, a carrier that runs, and the socket of the peer."""

    def __init__(self, tasks: trio.Nursery) -> None:
        self.tasks = tasks
        self.driver = RecordingRunner()
        self.changed = Hook()
        ours, self.peer = socket.socketpair()
        self.peer.setblocking(False)
        self.wire = Wire(trio.SocketStream(trio.socket.from_stdlib_socket(ours)))
        self.scope = trio.CancelScope()
        self.ended_at = math.inf
        tasks.start_soon(self._run_pump, SocketPump(self.wire, self.driver, self.changed))

    async def _run_pump(self, pump: SocketPump) -> None:
        with self.scope:
            await pump.run()
        self.ended_at = trio.current_time()

    def say(self, data: bytes) -> None:
        self.driver.pending_output += data
        self.changed()

    async def received_by_the_peer(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            await trio.lowlevel.wait_readable(self.peer)
            data += self.peer.recv(size - len(data))
        return data


def run(scenario: Callable[[PumpHarness], Awaitable[None]]) -> None:
    """With a running pump; the clock jumps when every task is idle."""

    async def main() -> None:
        async with trio.open_nursery() as tasks:
            harness = PumpHarness(tasks)
            with harness.peer:
                await wait_all_tasks_blocked()
                await scenario(harness)
                harness.scope.cancel()

    trio.run(main, clock=MockClock(autojump_threshold=0))


# --- what a call wakes ------------------------------------------------------------------------------------------------


def steps_of(calls: Callable[[Any], Awaitable[object]]) -> dict[str, Steps]:
    """What the tasks of a connection and of an account do for these calls, with the server in a thread of its own."""
    counted = {"connection": Steps(), "account": Steps()}

    async def main() -> None:
        async with (
            connect(server.address, client_config()) as connection,
            open_client(settings(server.address)) as account,
        ):
            callers: dict[str, Any] = {"connection": connection, "account": account}
            for name, caller in callers.items():
                steps = counted[name]
                await caller.invoke(ANSWERED)
                trio.lowlevel.add_instrument(steps)
                await calls(caller)
                trio.lowlevel.remove_instrument(steps)

    with sync.serve(ScriptedDataCenter()) as server:
        trio.run(main)
    return counted


def test_single_call_wakes_the_writer_the_reader_and_the_caller() -> None:
    async def one_by_one(caller: Any) -> None:
        for _ in range(50):
            assert await caller.invoke(ANSWERED) == NEAREST

    steps = steps_of(one_by_one)
    assert steps["account"].of.total() < 170
    assert steps["connection"].of.total() < 220, "a connection does not report whether it has output"


def test_concurrent_calls_are_sent_together(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[int] = []
    send = Wire.send

    def noted(self: Wire, data: bytes | memoryview) -> memoryview:
        sent.append(len(data))
        return send(self, data)

    async def together(caller: Any) -> None:
        sent.clear()
        async with trio.open_nursery() as tasks:
            for _ in range(50):
                tasks.start_soon(caller.invoke, ANSWERED)
        assert len(sent) < 8, "the first call, the others, and what is acknowledged"

    monkeypatch.setattr(Wire, "send", noted)
    for steps in steps_of(together).values():
        assert steps.of["SocketPump._guarded"] < 8


@pytest.mark.parametrize("others", [0, 3])
@pytest.mark.parametrize("function", [ANSWERED, UNANSWERED], ids=lambda function: function.NAME)
def test_call_cancelled_after_any_step_keeps_the_connection_usable(function: Function[Any], others: int) -> None:
    async def cancelled_caller(connection: Any, scope: trio.CancelScope) -> None:
        with scope:
            await connection.invoke(function)

    async def cancelled_after(connection: Any, steps: int) -> None:
        canceller = Canceller(trio.CancelScope(), steps)
        async with trio.open_nursery() as tasks:
            for _ in range(others):
                tasks.start_soon(connection.invoke, ANSWERED)
            tasks.start_soon(cancelled_caller, connection, canceller.scope)
            trio.lowlevel.add_instrument(canceller)
            while canceller.steps > 0:
                assert await connection.invoke(ANSWERED) == NEAREST
        trio.lowlevel.remove_instrument(canceller)
        with trio.fail_after(60):
            assert await connection.invoke(ANSWERED) == NEAREST

    async def main() -> None:
        async with (
            connect(server.address, client_config()) as connection,
            open_client(settings(server.address)) as account,
        ):
            callers: tuple[Any, ...] = (connection, account)
            for caller in callers:
                for steps in range(1, 20):
                    await cancelled_after(caller, steps)

    with sync.serve(ScriptedDataCenter()) as server:
        trio.run(main)


def test_client_closed_while_connecting_does_not_wait() -> None:
    async def main(address: tuple[str, int]) -> None:
        with trio.fail_after(CONNECT_TIMEOUT / 2):
            async with open_client(settings(address), proxy=f"socks5://{address[0]}:{address[1]}") as account:
                with pytest.raises(TimeoutError):
                    await account.invoke(ANSWERED, timeout=0.1)

    with raw_server(stay_silent) as address:
        trio.run(main, address)


def test_bytes_received_before_the_pump_started_are_processed() -> None:
    class GreetingRunner(RecordingRunner):
        def receive(self, data: bytes) -> None:
            super().receive(data)
            self.pending_output = b"welcome"

    async def main() -> None:
        ours, peer = socket.socketpair()
        changed, driver = Hook(), GreetingRunner()
        pump = SocketPump(Wire(trio.SocketStream(trio.socket.from_stdlib_socket(ours))), driver, changed, b"early")
        async with trio.open_nursery() as tasks:
            tasks.start_soon(pump.run)
            with peer:
                await wait_all_tasks_blocked()
                assert driver.received == [b"early"]
                assert peer.recv(100) == b"welcome"
                tasks.cancel_scope.cancel()

    trio.run(main)


# --- a socket that takes no more --------------------------------------------------------------------------------------


def test_bytes_beyond_the_socket_buffer_are_sent_in_order() -> None:
    async def scenario(harness: PumpHarness) -> None:
        harness.say(MUCH)
        await wait_all_tasks_blocked()
        harness.say(b"and that is all")
        await wait_all_tasks_blocked()
        assert harness.driver.pending_output, "it waits in the engine until the socket takes more"
        assert await harness.received_by_the_peer(len(MUCH) + 15) == MUCH + b"and that is all"
        for more in (b", nearly", MUCH):
            harness.say(more)
            assert await harness.received_by_the_peer(len(more)) == more

    run(scenario)


@pytest.mark.parametrize("reads_on", [False, True], ids=["a server", "a client"])
def test_only_clients_read_from_a_peer_that_does_not_read(reads_on: bool) -> None:
    async def scenario(harness: PumpHarness) -> None:
        harness.driver.reads_on = reads_on
        harness.say(MUCH)
        await wait_all_tasks_blocked()
        for question in (b"one", b"two"):
            harness.peer.send(question)
            await wait_all_tasks_blocked()
        assert harness.driver.received == ([b"one", b"two"] if reads_on else [b"one"])
        await harness.received_by_the_peer(len(MUCH))
        await wait_all_tasks_blocked()
        assert harness.driver.received == [b"one", b"two"], "and received in full once the peer reads"

    run(scenario)


def test_server_reads_on_when_the_data_before_is_handled() -> None:
    async def scenario(harness: PumpHarness) -> None:
        harness.driver.waits = True
        for question in (b"one", b"two"):
            harness.peer.send(question)
            await wait_all_tasks_blocked()
        assert harness.driver.received == [b"one"]
        harness.driver.waits = False
        harness.changed()
        await wait_all_tasks_blocked()
        assert harness.driver.received == [b"one", b"two"]

    run(scenario)


def test_other_tasks_run_during_a_flood(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_stream, "BUFFER_SIZE", 64)

    async def scenario(harness: PumpHarness) -> None:
        turns: list[int] = []

        async def other() -> None:
            while len(harness.driver.received) < 100:
                turns.append(len(harness.driver.received))
                await trio.lowlevel.checkpoint()

        harness.peer.send(bytes(100 * 64))
        async with trio.open_nursery() as tasks:
            tasks.start_soon(other)
        assert max(later - earlier for earlier, later in pairwise(turns)) <= 2

    run(scenario)


def test_closed_connection_sends_all_bytes_before_its_end_of_stream() -> None:
    async def scenario(harness: PumpHarness) -> None:
        harness.say(MUCH)
        harness.driver.over = True
        harness.changed()
        assert await harness.received_by_the_peer(len(MUCH)) == MUCH
        await trio.lowlevel.wait_readable(harness.peer)
        assert harness.peer.recv(1) == b""

    run(scenario)


def test_peer_that_does_not_close_times_out() -> None:
    async def scenario(harness: PumpHarness) -> None:
        began = trio.current_time()
        harness.driver.over = True
        for _ in range(10):
            harness.changed()
            await trio.sleep(CLOSE_TIMEOUT / 5)
        assert harness.ended_at == pytest.approx(began + CLOSE_TIMEOUT)

    run(scenario)


def test_broken_socket_is_reported_and_closed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> memoryview:
        raise BrokenPipeError

    async def scenario(harness: PumpHarness) -> None:
        began = trio.current_time()
        monkeypatch.setattr(harness.wire, "send", fail)
        harness.say(b"something")
        await wait_all_tasks_blocked()
        assert isinstance(harness.driver.error, BrokenPipeError)
        assert harness.ended_at == began

    run(scenario)


def test_broken_socket_with_unsent_bytes_is_reported() -> None:
    async def scenario(harness: PumpHarness) -> None:
        harness.say(MUCH)
        await wait_all_tasks_blocked()
        harness.peer.close()
        with trio.fail_after(60):
            while harness.driver.error is None:
                await trio.lowlevel.checkpoint()
        assert isinstance(harness.driver.error, OSError)

    run(scenario)


def test_notification_during_cancellation_does_not_delay_the_end() -> None:
    async def scenario(harness: PumpHarness) -> None:
        harness.scope.cancel()
        await trio.lowlevel.checkpoint()
        harness.say(MUCH)
        harness.changed()
        await wait_all_tasks_blocked()
        assert harness.ended_at < math.inf

    for _ in range(20):  # tasks run in no particular order
        run(scenario)


def test_pump_cancelled_after_any_step_closes_its_socket(opened: list[socket.socket]) -> None:
    async def cancelled_after(steps: int) -> bool:
        async with trio.open_nursery() as tasks:
            harness = PumpHarness(tasks)
            canceller = Canceller(tasks.cancel_scope, steps)
            trio.lowlevel.add_instrument(canceller)
            with harness.peer:
                harness.say(MUCH)
                harness.peer.send(b"a question")
                await harness.received_by_the_peer(len(MUCH))
                harness.driver.over = True
                harness.changed()
                harness.peer.shutdown(socket.SHUT_WR)
                await trio.lowlevel.wait_readable(harness.peer)
        trio.lowlevel.remove_instrument(canceller)
        return canceller.steps <= 0

    after_every_step(cancelled_after, opened)


def test_connection_that_has_ended_before_its_pump_begins_is_closed_in_time() -> None:
    async def main() -> None:
        ours, peer = socket.socketpair()
        driver = RecordingRunner()
        driver.over = True
        pump = SocketPump(Wire(trio.SocketStream(trio.socket.from_stdlib_socket(ours))), driver, Hook())
        began = trio.current_time()
        with peer, trio.fail_after(2 * CLOSE_TIMEOUT):
            await pump.run()
        assert trio.current_time() == pytest.approx(began + CLOSE_TIMEOUT), "the peer does not close"

    trio.run(main, clock=MockClock(autojump_threshold=0))
