"""An async `save`: awaited by the adapters for asyncio and trio, refused by the blocking one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import trio

from sansio_tl_transports import sync
from sansio_tl_transports._shared import awaited_save
from sansio_tl_transports.asyncio._backend import Backend
from tests.helpers.adapters import ADAPTERS, Adapter, Uvloop
from tests.helpers.scripted_data_center import ANSWERED, ScriptedDataCenter
from tests.transports.test_client import settings

awaiting = pytest.mark.parametrize(
    "adapter",
    [*(each for each in ADAPTERS if each.module is not sync), Uvloop()],
    ids=lambda adapter: type(adapter).__name__.lower(),
)


class DiskFullError(Exception):
    pass


class SlowSave:
    """Notes what is saved, and how many calls run at once."""

    def __init__(self, adapter: Adapter, seconds: float = 0.05) -> None:
        self.saved: list[dict[str, Any]] = []
        self.most = 0
        self._running = 0
        self._adapter = adapter
        self._seconds = seconds

    async def __call__(self, snapshot: dict[str, Any]) -> None:
        self._running += 1
        self.most = max(self.most, self._running)
        await self._adapter.sleep(self._seconds)
        self.saved.append(snapshot)
        self._running -= 1


def forms(save: Callable[[Any], Any]) -> list[Callable[[Any], Any]]:
    """An async function in all its disguises."""

    async def function(snapshot: dict[str, Any]) -> None:
        await save(snapshot)

    return [save, function, partial(function), lambda snapshot: function(snapshot)]  # noqa: PLW0108


@awaiting
def test_async_save_is_awaited(adapter: Adapter) -> None:
    async def scenario() -> None:
        async with adapter.serve(ScriptedDataCenter()) as server:
            save = SlowSave(adapter, 0.0)
            for each in forms(save):
                save.saved.clear()
                async with adapter.open_client(settings(server.address), save=each) as client:
                    await client.invoke(ANSWERED, timeout=20)
                    await adapter.sleep(0.05)
                    assert save.saved[-1]["data_centers"]

    adapter.run(scenario)


@awaiting
def test_one_call_at_a_time_and_the_last_state_is_saved_on_exit(adapter: Adapter) -> None:
    """Three new states while the first one is saved: the next call has the last of them."""
    calls = SlowSave(adapter, 0.0)
    released = False

    async def save(snapshot: dict[str, Any]) -> None:
        while not released:
            await adapter.sleep(0.01)
        await calls(snapshot)

    async def scenario() -> None:
        nonlocal released
        async with adapter.serve(ScriptedDataCenter()) as server:
            async with adapter.open_client(settings(server.address), save=save) as client:
                await client.invoke(ANSWERED, timeout=20)
                first = client.snapshot()["data_centers"]["2"]["auth_key"]
                for _ in range(3):
                    client.forget_key()
                    await client.invoke(ANSWERED, timeout=20)
                last = client.snapshot()["data_centers"]["2"]["auth_key"]
                released = True
            assert [each["data_centers"]["2"]["auth_key"] for each in calls.saved] == [first, last]

    adapter.run(scenario)
    assert calls.most == 1


@awaiting
@pytest.mark.parametrize("immediately", [False, True])
def test_exception_of_an_async_save_ends_the_client(adapter: Adapter, immediately: bool) -> None:
    async def save(snapshot: dict[str, Any]) -> None:
        if not immediately:
            await adapter.sleep(0.02)
        raise DiskFullError

    async def scenario() -> None:
        async with adapter.serve(ScriptedDataCenter()) as server:
            with pytest.raises(DiskFullError):  # noqa: PT012
                async with adapter.open_client(settings(server.address), save=save) as client:
                    with pytest.raises(DiskFullError):  # noqa: PT012
                        while True:
                            await client.invoke(ANSWERED, timeout=20)
                            await adapter.sleep(0.01)
                    raise DiskFullError

    adapter.run(scenario)


@awaiting
def test_exception_of_the_last_save_is_raised_on_exit(adapter: Adapter) -> None:
    async def save(snapshot: dict[str, Any]) -> None:
        await adapter.sleep(0.1)
        raise DiskFullError

    async def scenario() -> None:
        async with adapter.serve(ScriptedDataCenter()) as server:
            with pytest.raises(DiskFullError):
                async with adapter.open_client(settings(server.address), save=save) as client:
                    await client.invoke(ANSWERED, timeout=20)

    adapter.run(scenario)


@awaiting
def test_cancelled_body_does_not_cancel_the_save(adapter: Adapter) -> None:
    save = SlowSave(adapter, 0.2)

    async def body() -> None:
        async with (
            adapter.serve(ScriptedDataCenter()) as server,
            adapter.open_client(settings(server.address), save=save) as client,
        ):
            await client.invoke(ANSWERED, timeout=20)
            await adapter.sleep(60)

    async def scenario() -> None:
        if isinstance(adapter, Uvloop) or adapter.module.__name__.endswith("asyncio"):
            task = asyncio.ensure_future(body())
            while not save.most:
                await adapter.sleep(0.01)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            return
        async with trio.open_nursery() as nursery:
            nursery.start_soon(body)
            while not save.most:
                await adapter.sleep(0.01)
            nursery.cancel_scope.cancel()

    adapter.run(scenario)
    assert save.saved


@awaiting
def test_save_that_never_ends_is_reported_on_exit(adapter: Adapter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(awaited_save, "CLOSE_PATIENCE", 0.1)

    async def save(snapshot: dict[str, Any]) -> None:
        await adapter.sleep(3600)

    async def scenario() -> None:
        async with adapter.serve(ScriptedDataCenter()) as server:
            with pytest.raises(TimeoutError, match="save did not finish"):
                async with adapter.open_client(settings(server.address), save=save) as client:
                    await client.invoke(ANSWERED, timeout=20)

    adapter.run(scenario)


@awaiting
def test_plain_save_is_called_at_once(adapter: Adapter) -> None:
    """Before the request that has changed the state returns."""
    saved: list[dict[str, Any]] = []

    async def scenario() -> None:
        async with (
            adapter.serve(ScriptedDataCenter()) as server,
            adapter.open_client(settings(server.address), save=saved.append) as client,
        ):
            await client.invoke(ANSWERED, timeout=20)
            assert saved[-1] == client.snapshot()

    adapter.run(scenario)


def test_blocking_client_refuses_an_async_save() -> None:
    save = SlowSave(ADAPTERS[0])
    *known, hidden = forms(save)
    for each in known:
        with (
            pytest.raises(TypeError, match=r"^save must be a plain function.*only the open_client of asyncio"),
            sync.open_client(settings(), save=each),
        ):
            pass
    with sync.serve(ScriptedDataCenter()) as server:
        opening = sync.open_client(settings(server.address), save=hidden)
        with pytest.raises(TypeError, match="save must be a plain function"), opening as client:
            client.invoke(ANSWERED, timeout=20)


def test_cancelled_save_is_reported_and_its_task_cancelled() -> None:
    """Else who has cancelled it would take it for one that has ended by itself."""
    failures: list[BaseException] = []

    async def save(snapshot: dict[str, Any]) -> None:
        await asyncio.sleep(3600)

    async def scenario() -> None:
        loop = Backend()
        saver = awaited_save.AwaitedSave(loop.make_event, save)
        saver.on_failure = failures.append
        saver.put({})
        task = asyncio.ensure_future(saver.run(loop))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()

    asyncio.run(scenario())
    assert [str(error).partition(":")[0] for error in failures] == ["save did not finish"]
