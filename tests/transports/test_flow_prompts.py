"""Waiting for updates and for the next step of a flow: a waiting task lets others run, and checks once for each."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any

import pytest

from sansio_tl import types
from sansio_tl.tl.objects import TLObject
from sansio_tl_transports._shared.flow_prompts import Steps, UpdateStream
from sansio_tl_transports._shared.waiter import Pulse
from sansio_tl_transports.asyncio._pump import ResultEvent

ONE, OTHER = types.UpdateShort(types.UpdateConfig(), 1), types.UpdateShort(types.UpdateConfig(), 2)


class Driver:
    """A source of updates, which counts how often it is looked at."""

    def __init__(self) -> None:
        self.closed = False
        self.news: Pulse[ResultEvent] = Pulse(ResultEvent)
        self.callers = self
        self.waiting: deque[TLObject] = deque()
        self.looked = 0

    def take_update(self) -> TLObject | None:
        self.looked += 1
        assert self.looked < 100, "it spins, and no other task runs"
        return self.waiting.popleft() if self.waiting else None

    def keep(self, *updates: TLObject) -> None:
        self.waiting.extend(updates)
        self.news()


class Loop:
    """The loop that runs."""

    def require_current(self) -> None: ...


def test_update_stream_sleeps_until_updates_arrive() -> None:
    async def main() -> None:
        driver = Driver()
        updates = UpdateStream(driver, Loop())
        waits = asyncio.ensure_future(anext(updates))
        for _ in range(5):
            await asyncio.sleep(0)
        assert not waits.done()
        assert driver.looked == 1, "it does not look again before it is notified"
        driver.news()  # of something else
        for _ in range(5):
            await asyncio.sleep(0)
        assert driver.looked == 2
        driver.keep(ONE, OTHER)
        assert await waits == ONE
        assert await anext(updates) == OTHER
        assert driver.looked == 4
        waits = asyncio.ensure_future(anext(updates))
        await asyncio.sleep(0)
        driver.closed = True
        driver.news()
        with pytest.raises(StopAsyncIteration):
            await waits

    asyncio.run(asyncio.wait_for(main(), 5))


def test_update_stream_returns_queued_updates_before_the_end() -> None:
    async def main() -> None:
        driver = Driver()
        driver.keep(ONE)
        driver.closed = True
        assert [updates async for updates in UpdateStream(driver, Loop())] == [ONE]

    asyncio.run(main())


class Flow:
    """Wants this, one after the other."""

    def __init__(self, *expected: Any) -> None:
        self.left = list(expected)
        self.action: object | None = None
        self.state: Any = None

    @property
    def finished(self) -> bool:
        return not self.left

    @property
    def prompt(self) -> Any:
        return self.left[0] if self.left else None

    def next_action(self) -> object | None:
        return self.action


class Account:
    """Runs and waits for a flow: reports in which order."""

    def __init__(self) -> None:
        self.did: list[str] = []

    async def run(self, flow: Any) -> None:
        self.did.append("run")
        flow.action = None

    async def wait(self, flow: Any) -> None:
        if flow.action is None and not flow.finished:
            self.did.append("wait")
            flow.left.pop(0)


def test_steps_runs_the_flow_and_waits_only_without_user_input() -> None:
    async def main() -> None:
        account, flow = Account(), Flow("code", "password", "scan")
        steps: Any = Steps(account, flow)  # type: ignore[arg-type]
        assert await anext(steps) == "code"
        assert account.did == ["run"]
        flow.left.pop(0)
        flow.action = "a request"  # the user has entered the code
        assert await anext(steps) == "password"
        assert account.did == ["run", "run"]
        assert await anext(steps) == "scan"  # the user has done nothing
        assert account.did == ["run", "run", "wait", "run"]
        flow.left.clear()
        with pytest.raises(StopAsyncIteration):
            await anext(steps)
        assert account.did == ["run", "run", "wait", "run", "run"], "nothing to wait for in a flow that is finished"

    asyncio.run(main())
