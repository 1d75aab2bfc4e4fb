"""Async iterators shared by the asyncio and trio adapters: updates, and the prompts of a flow.

They are not generators, so that a caller who stops early leaves nothing to clean up.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Protocol

from sansio_tl import TLObject, auth
from sansio_tl.auth import Flow


class UpdateSource(Protocol):
    """A runner that receives updates."""

    @property
    def closed(self) -> bool: ...
    @property
    def callers(self) -> Any: ...
    def take_update(self) -> TLObject | None: ...


class Loop(Protocol):
    """The event loop of a driver."""

    def require_current(self) -> None: ...


class UpdateStream(AsyncIterator[TLObject]):
    """The updates of a driver, for `async for`."""

    def __init__(self, driver: UpdateSource, loop: Loop) -> None:
        self._driver = driver
        self._loop = loop

    async def __anext__(self) -> TLObject:
        self._loop.require_current()
        while True:
            news = self._driver.callers.news.event
            if (updates := self._driver.take_update()) is not None:
                return updates
            if self._driver.closed:
                raise StopAsyncIteration
            await news.wait()


class Runner(Protocol):
    """The methods of a client that flows need."""

    async def run(self, flow: Flow[Any]) -> None: ...
    async def wait(self, flow: Flow[Any]) -> None: ...


class Steps(AsyncIterator[auth.Prompt]):
    """The prompts of a flow, one after the other."""

    def __init__(self, account: Runner, flow: Flow[Any]) -> None:
        self._account = account
        self._flow = flow
        self._begun = False

    async def __anext__(self) -> auth.Prompt:
        flow = self._flow
        if self._begun:
            await self._account.wait(flow)
        self._begun = True
        await self._account.run(flow)
        prompt = flow.prompt
        if flow.finished or prompt is None:
            raise StopAsyncIteration
        return prompt
