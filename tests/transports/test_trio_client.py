"""A client on trio: its connect attempts, its deadlines, and its tasks after closing; without real connections."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from sansio_tl_transports._shared.connection_runner import CONNECT_TIMEOUT
from sansio_tl_transports.trio import _client
from sansio_tl_transports.trio._client import _Connector
from sansio_tl_transports.trio._pump import Signal
from tests.transports.test_asyncio_client import FakeDriver


class Opening:
    """A connecting that ends when the test says so."""

    def __init__(self) -> None:
        self.cancelled = False
        self._over = trio.Event()
        self._result: Any = None

    async def wait(self) -> Any:
        try:
            await self._over.wait()
        except trio.Cancelled:
            self.cancelled = True
            raise
        if isinstance(self._result, Exception):
            raise self._result
        return self._result

    async def end(self, result: Any) -> None:
        self._result = result
        self._over.set()
        await wait_all_tasks_blocked()


class Kept:
    """A keeper that runs, and what it has connected."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.driver = FakeDriver()
        self.changed = Signal()
        driver: Any = self.driver
        self.keeper = _Connector(driver, self.changed)
        self.opening: deque[Opening] = deque()
        self.carried: list[Any] = []
        self.aborted = 0
        self.ended = trio.Event()
        monkeypatch.setattr(_client, "open_socket", self._open_way)
        monkeypatch.setattr(_client, "SocketPump", self._carrier)

    async def run(self) -> None:
        await self.keeper.run()
        self.ended.set()

    async def _open_way(self, attempts: Any, stagger: float) -> Any:
        assert stagger == 0.25
        self.opening.append(Opening())
        return await self.opening[-1].wait()

    def _carrier(self, wire: Any, connection: Any, changed: Signal, leftover: bytes) -> Any:
        assert changed is self.changed
        self.carried.append([connection, leftover, "begun"])
        carried = self.carried[-1]

        async def run() -> None:
            try:
                while not self.driver.closed:  # noqa: ASYNC110
                    await trio.sleep(0.1)
                carried[2] = "ended"
            except trio.Cancelled:
                carried[2] = "cancelled"
                raise

        return SimpleNamespace(run=run)

    async def begin_connect(self, name: str) -> Opening:
        self.driver.pending_connects.append(SimpleNamespace(attempts=name))
        self.changed()
        await wait_all_tasks_blocked()
        return self.opening[-1]

    def opened(self) -> Any:
        def close() -> None:
            self.aborted += 1

        return SimpleNamespace(wire=SimpleNamespace(close=close), attempt="an attempt", leftover=b"left")

    async def leave(self) -> None:
        self.driver.closed = True
        self.changed()
        with trio.fail_after(10):
            await self.ended.wait()
        assert self.changed._listeners == []


def run(monkeypatch: pytest.MonkeyPatch, scenario: Callable[[Kept], Awaitable[None]]) -> None:
    async def main() -> None:
        kept = Kept(monkeypatch)
        async with trio.open_nursery() as tasks:
            tasks.start_soon(kept.run)
            await wait_all_tasks_blocked()
            await scenario(kept)
            await kept.leave()

    trio.run(main, clock=MockClock(autojump_threshold=0))


def test_connections_run_until_the_client_closes(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(kept: Kept) -> None:
        await (await kept.begin_connect("one")).end(kept.opened())
        await (await kept.begin_connect("two")).end(kept.opened())
        assert kept.driver.notes == [("up", "one", "an attempt"), ("up", "two", "an attempt")]
        assert kept.carried == [["a driver", b"left", "begun"]] * 2
        await kept.leave()
        assert kept.carried == [["a driver", b"left", "ended"]] * 2, "open connections send their last bytes"
        assert kept.aborted == 0

    run(monkeypatch, scenario)


def test_pending_connects_are_cancelled_when_the_client_closes(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(kept: Kept) -> None:
        connected = [await kept.begin_connect("one"), await kept.begin_connect("two")]
        before = trio.current_time()
        await kept.leave()
        assert [each.cancelled for each in connected] == [True, True]
        assert trio.current_time() == before
        assert kept.driver.notes == []

    run(monkeypatch, scenario)


@pytest.mark.parametrize(
    ("error", "note"),
    [(OSError("refused"), ("failed", "one", "refused")), (ZeroDivisionError("a bug"), ("fail", "a bug"))],
)
def test_failed_connection_attempt_is_reported(monkeypatch: pytest.MonkeyPatch, error: Exception, note: Any) -> None:
    async def scenario(kept: Kept) -> None:
        await (await kept.begin_connect("one")).end(error)
        assert kept.driver.notes == [note]
        assert not kept.ended.is_set()

    run(monkeypatch, scenario)


def test_connect_attempts_time_out(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(kept: Kept) -> None:
        await kept.begin_connect("one")
        await trio.sleep(CONNECT_TIMEOUT - 1)
        assert kept.driver.notes == []
        await trio.sleep(2)
        assert kept.driver.notes == [("failed", "one", "no answer in time")]

    run(monkeypatch, scenario)


def test_unneeded_connection_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(kept: Kept) -> None:
        kept.driver.accepted = None
        await (await kept.begin_connect("one")).end(kept.opened())
        assert (kept.aborted, kept.carried) == (1, [])

    run(monkeypatch, scenario)


def test_deadline_of_the_client_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(kept: Kept) -> None:
        for ticks in (1, 2):
            kept.driver.due = trio.current_time() + 5
            kept.changed()
            await trio.sleep(4)
            assert kept.driver.notes == ["tick"] * (ticks - 1)
            await trio.sleep(2)
            assert kept.driver.notes == ["tick"] * ticks
        assert kept.keeper.on_change() == math.inf

    run(monkeypatch, scenario)


def test_bug_in_next_connect_fails_the_client(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(kept: Kept) -> None:
        def next_connect() -> Any:
            raise ZeroDivisionError("a bug")

        with monkeypatch.context() as patched:
            patched.setattr(kept.driver, "next_connect", next_connect)
            kept.changed()
            await wait_all_tasks_blocked()
        assert kept.driver.notes == [("fail", "a bug")]

    run(monkeypatch, scenario)
