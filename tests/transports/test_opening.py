"""A forgotten `with`, `async with` or `await` of what the adapters return: an error says what to write."""

from __future__ import annotations

import asyncio as asyncio_loop
import copy
import gc
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, ExitStack
from types import ModuleType
from typing import Any

import pytest
import trio as trio_loop

from sansio_tl import ClientConfig, Config
from sansio_tl.errors import LocalProtocolError
from sansio_tl_transports import asyncio, sync, trio, web_proxy
from sansio_tl_transports._shared.opening import NotEnteredError
from sansio_tl_transports.fleet import asyncio as asyncio_fleet
from sansio_tl_transports.fleet import trio as trio_fleet
from sansio_tl_transports.stores import SQLiteStore
from tests.transports.test_adapters import data_center

CONFIG = ClientConfig(connection_config=Config(api_id=1))

TWICE = r"^this open_client\(\.\.\.\) was entered before, .* call it again for another client$"

Run = Callable[[Callable[[], Awaitable[None]]], None]


def run_asyncio(main: Callable[[], Any]) -> None:
    asyncio_loop.run(main())


def run_trio(main: Callable[[], Awaitable[None]]) -> None:
    trio_loop.run(main)


ADAPTERS = [(asyncio, run_asyncio), (trio, run_trio)]


def opened(adapter: ModuleType) -> list[tuple[Any, str, str]]:
    """What each function returns, and how it has to be written, without `async`."""
    return [
        (adapter.open_client(CONFIG), "open_client", "with open_client(...) as client:"),
        (adapter.connect(("127.0.0.1", 1), CONFIG.connection_config), "connect", "with connect(...) as connection:"),
        (adapter.serve(data_center()), "serve", "with serve(...) as server:"),
    ]


def fleets(store: SQLiteStore) -> list[tuple[Any, str, str]]:
    return [
        (fleet.open_fleet(CONFIG, store=store), "open_fleet", "with open_fleet(...) as fleet:")
        for fleet in (asyncio_fleet, trio_fleet)
    ]


@pytest.fixture
def store(tmp_path: Any) -> SQLiteStore:
    return SQLiteStore(tmp_path / "sessions.db")


def test_sync_without_with() -> None:
    for manager, name, remedy in opened(sync):
        with pytest.raises(NotEnteredError) as caught:
            manager.login("+12025550100")
        assert str(caught.value) == f"{name}(...) is not open, so it has no 'login': write `{remedy}`"


@pytest.mark.parametrize("run", [run_asyncio, run_trio])
def test_sync_with_async_with_or_await(run: Run) -> None:
    async def main() -> None:
        for manager, name, remedy in opened(sync):
            with pytest.raises(NotEnteredError) as caught:
                async with manager:
                    pass
            assert str(caught.value) == (
                f"{name}(...) is that of blocking sockets: write `{remedy}`, or import from"
                " sansio_tl_transports.asyncio or .trio for `async with`"
            )
            with pytest.raises(NotEnteredError) as caught:
                await manager
            assert str(caught.value) == f"{name}(...) cannot be awaited: write `{remedy}`"

    run(main)


@pytest.mark.parametrize(("adapter", "run"), ADAPTERS, ids=["asyncio", "trio"])
def test_async_without_async_with(adapter: ModuleType, run: Run, store: SQLiteStore) -> None:
    async def main() -> None:
        for manager, name, remedy in opened(adapter) + fleets(store):
            with pytest.raises(NotEnteredError) as caught:
                await manager.invoke(None)
            assert str(caught.value) == f"{name}(...) is not open, so it has no 'invoke': write `async {remedy}`"
            with pytest.raises(NotEnteredError) as caught:
                await manager
            assert str(caught.value) == f"{name}(...) cannot be awaited: write `async {remedy}`"
            with pytest.raises(NotEnteredError) as caught, manager:
                pass
            assert str(caught.value) == (
                f"{name}(...) is that of an async adapter: write `async {remedy}`, or import from"
                " sansio_tl_transports.sync for `with`"
            )

    run(main)


def forget(adapter: ModuleType) -> None:
    """Call `serve`, and drop what it returns."""
    adapter.serve(data_center())
    gc.collect()


@pytest.mark.parametrize("adapter", [sync, asyncio, trio])
def test_what_is_never_entered_warns(adapter: ModuleType) -> None:
    with pytest.warns(RuntimeWarning, match=r"^serve\(\.\.\.\) did nothing: write `.*with serve\(\.\.\.\) as server:`"):
        forget(adapter)


def test_error_is_of_both_families_and_inspection_is_no_mistake() -> None:
    manager: Any = sync.open_client(CONFIG)
    assert not hasattr(manager, "user_id")
    assert not hasattr(manager, "__rich__")
    with pytest.raises(LocalProtocolError):
        _ = manager.user_id
    with pytest.raises(AttributeError, match="'Opening' object has no attribute '__rich__'"):
        _ = manager.__rich__
    with pytest.raises(TypeError):
        copy.deepcopy(manager)
    assert repr(manager) == "<open_client(...): not open; use it with `with`>"
    with ExitStack() as stack:
        assert stack.enter_context(manager).user_id is None


def test_relay_of_a_web_proxy_has_the_errors_too() -> None:
    manager: Any = web_proxy.serve_web_proxy(None, ("127.0.0.1", 1))  # type: ignore[arg-type]
    with pytest.raises(NotEnteredError, match=r"write `async with serve_web_proxy\(\.\.\.\) as server:`"):
        _ = manager.address


@pytest.mark.parametrize("is_open", [False, True])
def test_sync_entered_twice(*, is_open: bool) -> None:
    manager = sync.open_client(CONFIG)
    with ExitStack() as stack:
        stack.enter_context(manager)
        if not is_open:
            stack.close()
        with pytest.raises(LocalProtocolError, match=TWICE) as caught:
            manager.__enter__()
        assert not isinstance(caught.value, NotEnteredError)


@pytest.mark.parametrize("is_open", [False, True])
@pytest.mark.parametrize(("adapter", "run"), ADAPTERS, ids=["asyncio", "trio"])
def test_async_entered_twice(adapter: ModuleType, run: Run, *, is_open: bool) -> None:
    async def main() -> None:
        manager = adapter.open_client(CONFIG)
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(manager)
            if not is_open:
                await stack.aclose()
            with pytest.raises(LocalProtocolError, match=TWICE):
                await manager.__aenter__()

    run(main)
