"""A client on trio: its connect attempts, its deadlines, and its tasks after closing; without real connections."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from sansio_tl_transports._shared.async_adapter import TaskConnector
from sansio_tl_transports._shared.waiter import Hook
from sansio_tl_transports.trio import _backend
from tests.transports.test_asyncio_client import FakeDriver


class Opening:
    """A pending connect that the test completes."""

    def __init__(self) -> None:
        self.cancelled = False
        self.over = trio.Event()
        self._result: Any = None

    async def wait(self) -> Any:
        try:
            await self.over.wait()
        except trio.Cancelled:
            self.cancelled = True
            raise
        if isinstance(self._result, Exception):
            raise self._result
        return self._result

    async def end(self, result: Any) -> None:
        self._result = result
        self.over.set()
        await wait_all_tasks_blocked()


class KeeperHarness:
    """A keeper that runs, and what it has connected."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.driver = FakeDriver()
        self.changed = Hook()
        self.opening: deque[Opening] = deque()
        self.pumps: list[Any] = []
        self.aborted = 0
        self.ended = trio.Event()
        self._left = trio.Event()
        monkeypatch.setattr(_backend, "open_socket", self._open_socket)
        monkeypatch.setattr(_backend, "SocketPump", self._fake_pump)

    async def run(self) -> None:
        backend, driver = _backend.Backend(), cast("Any", self.driver)
        async with backend.running():
            keeper = TaskConnector(backend, driver, self.changed)
            try:
                await self._left.wait()
            finally:
                self.driver.closed = True
                keeper.update()
        self.ended.set()

    async def _open_socket(self, attempts: Any, stagger: float) -> Any:
        assert stagger == 0.25
        self.opening.append(Opening())
        return await self.opening[-1].wait()

    def _fake_pump(self, wire: Any, connection: Any, changed: Hook, leftover: bytes) -> Any:
        assert changed is self.driver.changed[-1]
        self.pumps.append([connection, leftover, "begun"])
        pumps = self.pumps[-1]

        async def run() -> None:
            try:
                while not self.driver.closed:  # noqa: ASYNC110
                    await trio.sleep(0.1)
                pumps[2] = "ended"
            except trio.Cancelled:
                pumps[2] = "cancelled"
                raise

        return SimpleNamespace(run=run)

    async def begin_connect(self, name: str) -> Opening:
        self.driver.pending_connects.append(SimpleNamespace(attempts=name, cancel=None))
        self.changed()
        await wait_all_tasks_blocked()
        return self.opening[-1]

    def opened(self) -> Any:
        async def abort() -> None:
            self.aborted += 1

        return SimpleNamespace(wire=SimpleNamespace(abort=abort), attempt="an attempt", leftover=b"left", carrier=None)

    async def close_client(self) -> None:
        self.driver.closed = True
        for pending, opening in zip(self.driver.requested, self.opening, strict=True):
            if not opening.over.is_set():
                pending.cancel()  # as a `ClientRunner` does
        self.changed()
        self._left.set()
        with trio.fail_after(10):
            await self.ended.wait()


def run(monkeypatch: pytest.MonkeyPatch, scenario: Callable[[KeeperHarness], Awaitable[None]]) -> None:
    async def main() -> None:
        harness = KeeperHarness(monkeypatch)
        async with trio.open_nursery() as tasks:
            tasks.start_soon(harness.run)
            await wait_all_tasks_blocked()
            await scenario(harness)
            await harness.close_client()

    trio.run(main, clock=MockClock(autojump_threshold=0))


def test_connections_run_until_the_client_closes(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(harness: KeeperHarness) -> None:
        await (await harness.begin_connect("one")).end(harness.opened())
        await (await harness.begin_connect("two")).end(harness.opened())
        assert harness.driver.notes == [("up", "one", "an attempt"), ("up", "two", "an attempt")]
        assert harness.pumps == [["a driver", b"left", "begun"]] * 2
        await harness.close_client()
        assert harness.pumps == [["a driver", b"left", "ended"]] * 2, "open connections send their last bytes"
        assert harness.aborted == 0

    run(monkeypatch, scenario)


def test_pending_connects_are_cancelled_when_the_client_closes(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(harness: KeeperHarness) -> None:
        connected = [await harness.begin_connect("one"), await harness.begin_connect("two")]
        before = trio.current_time()
        await harness.close_client()
        assert [each.cancelled for each in connected] == [True, True]
        assert trio.current_time() == before
        assert harness.driver.notes == []

    run(monkeypatch, scenario)


@pytest.mark.parametrize(
    ("error", "note"),
    [(OSError("refused"), ("failed", "one", "refused")), (ZeroDivisionError("a bug"), ("fail", "a bug"))],
)
def test_failed_connection_attempt_is_reported(monkeypatch: pytest.MonkeyPatch, error: Exception, note: Any) -> None:
    async def scenario(harness: KeeperHarness) -> None:
        await (await harness.begin_connect("one")).end(error)
        assert harness.driver.notes == [note]
        assert not harness.ended.is_set()

    run(monkeypatch, scenario)


def test_attempt_that_is_no_longer_needed_is_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(harness: KeeperHarness) -> None:
        opening = await harness.begin_connect("one")
        harness.driver.requested[0].cancel()
        await wait_all_tasks_blocked()
        assert opening.cancelled
        assert harness.driver.notes == []
        assert not harness.ended.is_set()

    run(monkeypatch, scenario)


def test_unneeded_connection_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(harness: KeeperHarness) -> None:
        harness.driver.accepted = None
        await (await harness.begin_connect("one")).end(harness.opened())
        assert (harness.aborted, harness.pumps) == (1, [])

    run(monkeypatch, scenario)


def test_deadline_of_the_client_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(harness: KeeperHarness) -> None:
        for ticks in (1, 2):
            harness.driver.due = trio.current_time() + 5
            harness.changed()
            await trio.sleep(4)
            assert harness.driver.notes == ["tick"] * (ticks - 1)
            await trio.sleep(2)
            assert harness.driver.notes == ["tick"] * ticks

    run(monkeypatch, scenario)


def test_bug_in_next_connect_fails_the_client(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(harness: KeeperHarness) -> None:
        def next_connect() -> Any:
            raise ZeroDivisionError("a bug")

        with monkeypatch.context() as patched:
            patched.setattr(harness.driver, "next_connect", next_connect)
            harness.changed()
            await wait_all_tasks_blocked()
        assert harness.driver.notes == [("fail", "a bug")]

    run(monkeypatch, scenario)
