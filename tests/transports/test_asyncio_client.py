"""A client on asyncio: its connect attempts, its deadlines, and its tasks after closing; without real connections."""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest

from sansio_tl import auth
from sansio_tl_transports import asyncio as adapter
from sansio_tl_transports._shared.async_adapter import TaskConnector
from sansio_tl_transports._shared.waiter import Hook
from sansio_tl_transports.asyncio import _backend
from sansio_tl_transports.asyncio._pump import Signal
from sansio_tl_transports.testing.server_thread import RunningDataCenter
from tests.transports.test_asyncio_pump import Loop, settle


class FakeDriver:
    """Requests connections, and records its calls."""

    stagger = 0.25

    def __init__(self) -> None:
        self.pending_connects: deque[Any] = deque()
        self.closed = False
        self.due = math.inf
        self.notes: list[Any] = []
        self.requested: list[Any] = []
        self.changed: list[Hook] = []
        """What wakes the pumps."""
        self.accepted: Any = "a driver"
        """For the next connection; None: it is not wanted any more."""

    def next_connect(self) -> Any:
        if not self.pending_connects:
            return None
        self.requested.append(self.pending_connects.popleft())
        return self.requested[-1]

    def deadline(self) -> float:
        return self.due

    def tick(self) -> None:
        self.notes.append("tick")
        self.due = math.inf

    def flush(self) -> None:
        """No pump has anything to send."""

    def connection_made(self, pending_connect: Any, attempt: Any, changed: Hook) -> Any:
        self.changed.append(changed)
        self.notes.append(("up", pending_connect.attempts, attempt))
        return self.accepted

    def connection_failed(self, pending_connect: Any, error: Exception) -> None:
        self.notes.append(("failed", pending_connect.attempts, str(error)))

    def fail(self, bug: Exception) -> None:
        self.notes.append(("fail", str(bug)))


class KeeperHarness:
    """A keeper that runs, and what it has connected."""

    def __init__(self, loop: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
        self.loop = loop
        self.driver = FakeDriver()
        self.changed = Signal()
        self.opening: list[asyncio.Future[Any]] = []
        self.pumps: list[Any] = []
        self.aborted = 0
        self.ended = asyncio.Event()
        monkeypatch.setattr(_backend, "open_socket", self._open_socket)
        monkeypatch.setattr(_backend, "SocketPump", self._fake_pump)
        self.task = asyncio.create_task(self._keep())

    async def _keep(self) -> None:
        backend, driver = _backend.Backend(), cast("Any", self.driver)
        async with backend.running():
            keeper = TaskConnector(backend, driver, self.changed)
            try:
                await self.ended.wait()
            finally:
                self.driver.closed = True
                keeper.update()

    async def _open_socket(self, attempts: Any, stagger: float) -> Any:
        assert stagger == 0.25
        self.opening.append(self.loop.create_future())
        return await self.opening[-1]

    def _fake_pump(self, wire: Any, connection: Any, changed: Hook, leftover: bytes) -> Any:
        assert changed is self.driver.changed[-1]
        self.pumps.append([connection, leftover, "begun"])
        pumps = self.pumps[-1]

        async def run() -> None:
            try:
                while not self.driver.closed:  # noqa: ASYNC110
                    await asyncio.sleep(0.1)
                pumps[2] = "ended"
            except asyncio.CancelledError:
                pumps[2] = "cancelled"
                raise

        return SimpleNamespace(run=run)

    async def begin_connect(self, name: str) -> asyncio.Future[Any]:
        self.driver.pending_connects.append(SimpleNamespace(attempts=name, cancel=None))
        self.changed()
        await settle()
        return self.opening[-1]

    def opened(self) -> Any:
        async def abort() -> None:
            self.aborted += 1

        return SimpleNamespace(wire=SimpleNamespace(abort=abort), attempt="an attempt", leftover=b"left", carrier=None)

    async def close_client(self) -> None:
        self.driver.closed = True
        for pending, opening in zip(self.driver.requested, self.opening, strict=True):
            if not opening.done():
                pending.cancel()  # as a `ClientRunner` does
        self.changed()
        self.ended.set()
        await self.task
        assert self.loop.pending() == []


def run(monkeypatch: pytest.MonkeyPatch, scenario: Callable[[KeeperHarness], Awaitable[None]]) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, Loop)
        harness = KeeperHarness(loop, monkeypatch)
        await settle()
        await scenario(harness)
        if not harness.task.done():
            await harness.close_client()

    with asyncio.Runner(loop_factory=Loop) as runner:
        runner.run(main())


def test_connections_run_until_the_client_closes(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(harness: KeeperHarness) -> None:
        (await harness.begin_connect("one")).set_result(harness.opened())
        (await harness.begin_connect("two")).set_result(harness.opened())
        await settle()
        assert harness.driver.notes == [("up", "one", "an attempt"), ("up", "two", "an attempt")]
        assert harness.pumps == [["a driver", b"left", "begun"]] * 2
        await harness.close_client()
        assert harness.pumps == [["a driver", b"left", "ended"]] * 2, "open connections send their last bytes"
        assert harness.aborted == 2, "each socket is closed, once"

    run(monkeypatch, scenario)


def test_pending_connects_are_cancelled_when_the_client_closes(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(harness: KeeperHarness) -> None:
        connected = [await harness.begin_connect("one"), await harness.begin_connect("two")]
        before = harness.loop.now
        await harness.close_client()
        assert [each.cancelled() for each in connected] == [True, True]
        assert harness.loop.now == before
        assert harness.driver.notes == []

    run(monkeypatch, scenario)


@pytest.mark.parametrize(
    ("error", "note"),
    [(OSError("refused"), ("failed", "one", "refused")), (ZeroDivisionError("a bug"), ("fail", "a bug"))],
)
def test_failed_connection_attempt_is_reported(monkeypatch: pytest.MonkeyPatch, error: Exception, note: Any) -> None:
    async def scenario(harness: KeeperHarness) -> None:
        (await harness.begin_connect("one")).set_exception(error)
        await settle()
        assert harness.driver.notes == [note]
        assert not harness.task.done()

    run(monkeypatch, scenario)


def test_attempt_that_is_no_longer_needed_is_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(harness: KeeperHarness) -> None:
        opening = await harness.begin_connect("one")
        harness.driver.requested[0].cancel()
        await settle()
        assert opening.cancelled()
        assert harness.driver.notes == []
        assert not harness.task.done()

    run(monkeypatch, scenario)


def test_unneeded_connection_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(harness: KeeperHarness) -> None:
        harness.driver.accepted = None
        (await harness.begin_connect("one")).set_result(harness.opened())
        await settle()
        assert (harness.aborted, harness.pumps) == (1, [])

    run(monkeypatch, scenario)


def test_deadline_of_the_client_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(harness: KeeperHarness) -> None:
        harness.driver.due = harness.loop.now + 5
        harness.changed()
        await asyncio.sleep(4)
        assert harness.driver.notes == []
        await asyncio.sleep(2)
        assert harness.driver.notes == ["tick"]
        harness.driver.due = harness.loop.now + 5
        harness.changed()
        await asyncio.sleep(6)
        assert harness.driver.notes == ["tick", "tick"]
        harness.driver.due = harness.loop.now + 5
        harness.changed()
        await settle()
        await harness.close_client()

    run(monkeypatch, scenario)


def test_connection_requested_by_a_tick_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(harness: KeeperHarness) -> None:
        def tick() -> None:
            harness.driver.due = math.inf
            harness.driver.pending_connects.append(SimpleNamespace(attempts="due", cancel=None))

        monkeypatch.setattr(harness.driver, "tick", tick)
        harness.driver.due = harness.loop.now + 1
        harness.changed()
        await asyncio.sleep(2)
        assert len(harness.opening) == 1

    run(monkeypatch, scenario)


def test_bug_in_next_connect_fails_the_client(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(harness: KeeperHarness) -> None:
        def next_connect() -> Any:
            raise ZeroDivisionError("a bug")

        with monkeypatch.context() as patched:
            patched.setattr(harness.driver, "next_connect", next_connect)
            harness.changed()
            await settle()
        assert harness.driver.notes == [("fail", "a bug")]

    run(monkeypatch, scenario)


def test_cancelled_runner_leaves_no_task(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(harness: KeeperHarness) -> None:
        opening = await harness.begin_connect("one")
        harness.driver.due = harness.loop.now + 5
        harness.changed()
        await settle()
        harness.task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await harness.task
        assert opening.cancelled()
        assert harness.loop.pending() == []

    run(monkeypatch, scenario)


def test_flow_that_nothing_moves_is_waited_for(data_center: RunningDataCenter) -> None:
    async def main() -> None:
        flow = auth.QrLogin(api_id=1, api_hash="x")
        async with adapter.open_client(data_center.client_config()) as client:
            await client.run(flow)
            shown = flow.prompt
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(client.wait(flow), 0.2)
            assert flow.prompt == shown

    asyncio.run(main())
