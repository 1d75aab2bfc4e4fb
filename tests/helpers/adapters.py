"""One interface to the three adapters, so that a scenario is written once, as an async function of an `Adapter`.

For the blocking adapter nothing in the scenario ever suspends, so a loop of one line can run it.
"""

from __future__ import annotations

import asyncio as stdlib_asyncio
import contextlib
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from functools import partial
from types import ModuleType
from typing import Any, Protocol, TypeVar

import pytest
import trio as trio_library

from sansio_tl.auth import Flow, Prompt
from sansio_tl.crypto.auth_key import AuthKey
from sansio_tl.tl.objects import Function, TLObject
from sansio_tl.types import TypeUser
from sansio_tl_transports import asyncio, sync, trio
from sansio_tl_transports.asyncio import _pump as asyncio_pump
from sansio_tl_transports.sync import _pump as sync_pump
from sansio_tl_transports.trio import _pump as trio_pump

try:
    import uvloop
except ImportError:  # as on Windows
    uvloop = None  # type: ignore[assignment]
else:  # the first one to run opens a pipe for good, which no test shall find left behind
    stdlib_asyncio.Runner(loop_factory=uvloop.new_event_loop).run(stdlib_asyncio.sleep(0))

R = TypeVar("R")


class AnyConnection(Protocol):
    """A connection of any adapter, awaitable."""

    @property
    def auth_key(self) -> AuthKey: ...
    async def invoke(self, function: Function[R], *, timeout: float | None = None) -> R: ...  # noqa: ASYNC109
    async def run(self, flow: Flow[Any]) -> int | None: ...
    def updates(self) -> AsyncIterator[TLObject]: ...


class AwaitableConnection:
    """sansio_tl_transports.sync.Connection with the same interface."""

    def __init__(self, connection: sync.Connection) -> None:
        self._connection = connection

    def __repr__(self) -> str:
        return repr(self._connection)

    @property
    def auth_key(self) -> AuthKey:
        return self._connection.auth_key

    async def invoke(self, function: Function[R], *, timeout: float | None = None) -> R:  # noqa: ASYNC109
        return self._connection.invoke(function, timeout=timeout)

    async def run(self, flow: Flow[Any]) -> int | None:
        return self._connection.run(flow)

    async def updates(self) -> AsyncIterator[TLObject]:
        for updates in self._connection.updates():
            yield updates


class AnyClient(Protocol):
    """A client of any adapter, awaitable."""

    @property
    def user_id(self) -> int | None: ...
    @property
    def dc_id(self) -> int: ...
    def snapshot(self) -> dict[str, Any]: ...
    def forget_key(self, dc_id: int | None = None) -> None: ...
    async def invoke(
        self,
        function: Function[R],
        *,
        dc_id: int | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> R: ...
    async def run(self, flow: Flow[Any]) -> None: ...
    async def wait(self, flow: Flow[Any]) -> None: ...
    async def login(self, *args: Any, **kwargs: Any) -> TypeUser: ...
    def updates(self) -> AsyncIterator[TLObject]: ...
    def steps(self, flow: Flow[Any]) -> AsyncIterator[Prompt]: ...


class AwaitableClient:
    """sansio_tl_transports.sync.Client with the same interface."""

    def __init__(self, account: sync.Client) -> None:
        self._account = account
        self.snapshot = account.snapshot
        self.forget_key = account.forget_key

    def __repr__(self) -> str:
        return repr(self._account)

    @property
    def user_id(self) -> int | None:
        return self._account.user_id

    @property
    def dc_id(self) -> int:
        return self._account.dc_id

    async def invoke(
        self,
        function: Function[R],
        *,
        dc_id: int | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> R:
        return self._account.invoke(function, dc_id=dc_id, timeout=timeout)

    async def run(self, flow: Flow[Any]) -> None:
        self._account.run(flow)

    async def wait(self, flow: Flow[Any]) -> None:
        self._account.wait(flow)

    async def login(self, *args: Any, **kwargs: Any) -> TypeUser:
        return self._account.login(*args, **kwargs)

    async def updates(self) -> AsyncIterator[TLObject]:
        for updates in self._account.updates():
            yield updates

    async def steps(self, flow: Flow[Any]) -> AsyncIterator[Prompt]:
        for expected in self._account.steps(flow):
            yield expected


class Adapter(ABC):
    """What a scenario needs of an adapter."""

    module: ModuleType
    close_timeout_module: ModuleType
    """Where CLOSE_TIMEOUT is used."""

    @abstractmethod
    def run(self, scenario: Callable[[], Coroutine[Any, Any, None]]) -> None: ...
    @abstractmethod
    def connect(self, *args: Any, **kwargs: Any) -> contextlib.AbstractAsyncContextManager[AnyConnection]: ...
    @abstractmethod
    def serve(self, *args: Any, **kwargs: Any) -> contextlib.AbstractAsyncContextManager[Any]: ...
    @abstractmethod
    def open_client(self, *args: Any, **kwargs: Any) -> contextlib.AbstractAsyncContextManager[AnyClient]: ...
    @abstractmethod
    async def all_of(self, jobs: list[Callable[[], Awaitable[None]]]) -> None: ...
    @abstractmethod
    async def sleep(self, seconds: float) -> None: ...


class Sync(Adapter):
    """Blocking sockets; jobs at the same time are threads."""

    module = sync
    close_timeout_module = sync_pump

    def run(self, scenario: Callable[[], Coroutine[Any, Any, None]]) -> None:
        try:
            scenario().send(None)
        except StopIteration:
            return
        raise AssertionError("the blocking adapter suspended")

    @contextlib.asynccontextmanager
    async def connect(self, *args: Any, **kwargs: Any) -> AsyncIterator[AnyConnection]:
        with sync.connect(*args, **kwargs) as connection:
            yield AwaitableConnection(connection)

    @contextlib.asynccontextmanager
    async def serve(self, *args: Any, **kwargs: Any) -> AsyncIterator[Any]:
        with sync.serve(*args, **kwargs) as server:
            yield server

    @contextlib.asynccontextmanager
    async def open_client(self, *args: Any, **kwargs: Any) -> AsyncIterator[AnyClient]:
        with sync.open_client(*args, **kwargs) as account:
            yield AwaitableClient(account)

    async def sleep(self, seconds: float) -> None:
        time.sleep(seconds)  # noqa: ASYNC251  blocking is what it is about

    async def all_of(self, jobs: list[Callable[[], Awaitable[None]]]) -> None:
        failures: list[BaseException] = []

        async def job_of(job: Callable[[], Awaitable[None]]) -> None:
            try:
                await job()
            except BaseException as failure:  # noqa: BLE001  threads must not swallow a failed assert
                failures.append(failure)

        threads = [threading.Thread(target=self.run, args=(partial(job_of, job),)) for job in jobs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failures:
            raise failures[0]


class Asyncio(Adapter):
    """asyncio; jobs at the same time are tasks."""

    module = asyncio
    close_timeout_module = asyncio_pump

    def connect(self, *args: Any, **kwargs: Any) -> contextlib.AbstractAsyncContextManager[AnyConnection]:
        return asyncio.connect(*args, **kwargs)

    def serve(self, *args: Any, **kwargs: Any) -> contextlib.AbstractAsyncContextManager[Any]:
        return asyncio.serve(*args, **kwargs)

    def open_client(self, *args: Any, **kwargs: Any) -> contextlib.AbstractAsyncContextManager[AnyClient]:
        return asyncio.open_client(*args, **kwargs)

    async def sleep(self, seconds: float) -> None:
        await stdlib_asyncio.sleep(seconds)

    def run(self, scenario: Callable[[], Coroutine[Any, Any, None]]) -> None:
        async def alone() -> None:
            await scenario()
            assert stdlib_asyncio.all_tasks() == {stdlib_asyncio.current_task()}, "tasks were left behind"

        with stdlib_asyncio.Runner(debug=True, loop_factory=self.make_loop) as runner:
            runner.run(alone())

    @staticmethod
    def make_loop() -> stdlib_asyncio.AbstractEventLoop:
        return stdlib_asyncio.new_event_loop()

    async def all_of(self, jobs: list[Callable[[], Awaitable[None]]]) -> None:
        await stdlib_asyncio.gather(*(job() for job in jobs))


class Uvloop(Asyncio):
    """The same on a loop that others wrote, whose transports and timers are not those of the standard library."""

    @staticmethod
    def make_loop() -> stdlib_asyncio.AbstractEventLoop:
        if uvloop is None:
            pytest.skip("there is no uvloop for this system")
        return uvloop.new_event_loop()


class Trio(Adapter):
    """trio; jobs at the same time are tasks, and a nursery cannot leave any behind."""

    module = trio
    close_timeout_module = trio_pump

    def connect(self, *args: Any, **kwargs: Any) -> contextlib.AbstractAsyncContextManager[AnyConnection]:
        return trio.connect(*args, **kwargs)

    def serve(self, *args: Any, **kwargs: Any) -> contextlib.AbstractAsyncContextManager[Any]:
        return trio.serve(*args, **kwargs)

    def open_client(self, *args: Any, **kwargs: Any) -> contextlib.AbstractAsyncContextManager[AnyClient]:
        return trio.open_client(*args, **kwargs)

    async def sleep(self, seconds: float) -> None:
        await trio_library.sleep(seconds)

    def run(self, scenario: Callable[[], Coroutine[Any, Any, None]]) -> None:
        trio_library.run(scenario)

    async def all_of(self, jobs: list[Callable[[], Awaitable[None]]]) -> None:
        async with trio_library.open_nursery() as nursery:
            for job in jobs:
                nursery.start_soon(job)


ADAPTERS: tuple[Adapter, ...] = (Sync(), Asyncio(), Trio())

each_adapter = pytest.mark.parametrize(
    "adapter", [*ADAPTERS, Uvloop()], ids=lambda adapter: type(adapter).__name__.lower()
)
each_own_adapter = pytest.mark.parametrize("adapter", ADAPTERS, ids=lambda adapter: type(adapter).__name__.lower())
"""Without a second loop for asyncio: for what has nothing to do with the transports and timers of a loop."""
