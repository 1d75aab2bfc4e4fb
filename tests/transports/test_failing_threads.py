"""Computations whose threads fail: what waits for them raises the reason at once, in place of waiting for ever."""

from __future__ import annotations

import asyncio as stdlib_asyncio
import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import trio as trio_library
from trio.testing import wait_all_tasks_blocked

from sansio_tl import ClientConfig, functions
from sansio_tl.auth import password as password_flow
from sansio_tl.errors import ConnectionLostError
from sansio_tl.mtproto.client import handshake as client_handshake
from sansio_tl.mtproto.server import handshake as server_handshake
from sansio_tl.testing import DataCenter, DataCenterConfig
from sansio_tl_transports import ComputationError, asyncio, trio
from sansio_tl_transports.stores import SQLiteStore
from sansio_tl_transports.testing.server_thread import RunningDataCenter
from tests.helpers.adapters import Adapter, Sync, Trio, each_adapter
from tests.helpers.connected_pair import client_config
from tests.helpers.rsa_key import rsa_key
from tests.helpers.scripted_data_center import ScriptedDataCenter

NUMBER = "+12025550100"
LIMIT = 15.0
"""Seconds that nothing here takes: the timeouts of what is tested are longer, or there are none."""

pytestmark = pytest.mark.interpreted  # parts of the engine are replaced


@pytest.fixture(autouse=True)
def _at_once() -> Iterator[None]:
    begin = time.monotonic()
    yield
    assert time.monotonic() - begin < LIMIT


def fail(*_: object, **__: object) -> Any:
    raise ZeroDivisionError("in a thread")


@each_adapter
def test_handshake_ends_with_its_computation(adapter: Adapter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_handshake, "continue_factorization", fail)

    async def scenario() -> None:
        async with adapter.serve(ScriptedDataCenter()) as server:
            with pytest.raises(ComputationError, match="ZeroDivisionError: in a thread") as caught:
                async with adapter.connect(server.address, client_config(), timeout=None):
                    pass
            assert isinstance(caught.value.__cause__, ZeroDivisionError)

    adapter.run(scenario)


@each_adapter
def test_calls_of_a_client_end_with_its_computation(
    adapter: Adapter, data_center: RunningDataCenter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_handshake, "continue_factorization", fail)

    async def scenario() -> None:
        with pytest.raises(ComputationError, match="ZeroDivisionError") as left:
            await calls()
        assert isinstance(left.value.__cause__, ZeroDivisionError)

    async def calls() -> None:
        async with adapter.open_client(data_center.client_config()) as client:
            for _ in range(2):
                with pytest.raises(ComputationError, match="ZeroDivisionError: in a thread"):
                    await client.invoke(functions.help.GetNearestDc())

    adapter.run(scenario)


@each_adapter
def test_login_ends_with_its_computation(
    adapter: Adapter, data_center: RunningDataCenter, monkeypatch: pytest.MonkeyPatch
) -> None:
    data_center.add_account(NUMBER, password="secret")
    monkeypatch.setattr(password_flow, "prove", fail)

    async def scenario() -> None:
        with pytest.raises(ComputationError, match="ZeroDivisionError: in a thread"):
            async with adapter.open_client(data_center.client_config()) as client:
                await client.login(
                    NUMBER, api_hash="any", code=lambda _: data_center.code_for(NUMBER), password=lambda _: "secret"
                )

    adapter.run(scenario)


@each_adapter
def test_server_reports_the_failure_and_ends_the_connection(adapter: Adapter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_handshake, "power", fail)
    bugs: list[Exception] = []

    async def scenario() -> None:
        settings = DataCenterConfig(private_key=rsa_key(), offload_handshake=True)
        data_center = DataCenter(settings, entropy=os.urandom, now=time.time())
        async with adapter.serve(data_center, on_error=bugs.append) as server:
            with pytest.raises(ConnectionLostError):
                async with adapter.connect(server.address, client_config(), timeout=None):
                    pass

    adapter.run(scenario)
    (bug,) = bugs
    assert isinstance(bug, ComputationError)
    assert isinstance(bug.__cause__, ZeroDivisionError)


class Broken(ThreadPoolExecutor):
    """Fails as a pool whose workers have died."""

    def submit(self, *_: object, **__: object) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_exception(RuntimeError("the workers have died"))
        return future


class Cancelling(ThreadPoolExecutor):
    """Cancels everything, as a pool that is shut down with `cancel_futures`."""

    def submit(self, *_: object, **__: object) -> Future[Any]:
        future: Future[Any] = Future()
        future.cancel()
        future.set_running_or_notify_cancel()
        return future


def shut_down() -> ThreadPoolExecutor:
    executor = ThreadPoolExecutor(1)
    executor.shutdown()
    return executor


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (Broken, "RuntimeError: the workers have died"),
        (Cancelling, "the executor has cancelled it"),
        (shut_down, "RuntimeError: cannot schedule new futures after shutdown"),
    ],
)
def test_asyncio_executor_that_fails_is_named(
    data_center: RunningDataCenter, make: Callable[[], ThreadPoolExecutor], reason: str
) -> None:
    data_center.add_account(NUMBER, password="secret")
    config = data_center.client_config()

    def password(_: object) -> str:
        stdlib_asyncio.get_running_loop().set_default_executor(make())
        return "secret"

    async def scenario() -> None:
        with pytest.raises(ComputationError, match=reason):
            async with asyncio.open_client(config) as client:
                await client.login(
                    NUMBER, api_hash="any", code=lambda _: data_center.code_for(NUMBER), password=password
                )
        with pytest.raises(ComputationError, match=reason):
            async with asyncio.open_client(config) as client:
                await client.invoke(functions.help.GetNearestDc())
        with pytest.raises(ComputationError, match=reason):
            async with asyncio.connect(data_center.address, config.connection_config, timeout=None):
                pass

    stdlib_asyncio.run(scenario())


@pytest.mark.parametrize("adapter", [Sync(), Trio()], ids=["sync", "trio"])
def test_lack_of_threads_is_named(
    adapter: Adapter, data_center: RunningDataCenter, monkeypatch: pytest.MonkeyPatch
) -> None:
    config: ClientConfig = data_center.client_config()
    start = threading.Thread.start

    def start_few(thread: threading.Thread) -> None:
        if thread.name == "sansio_tl job":
            raise RuntimeError("can't start new thread")
        start(thread)

    async def run_sync(*_: object, **__: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", start_few)
    monkeypatch.setattr(trio_library.to_thread, "run_sync", run_sync)

    async def scenario() -> None:
        with pytest.raises(ComputationError, match="RuntimeError: can't start new thread"):
            async with adapter.open_client(config) as client:
                await client.invoke(functions.help.GetNearestDc())

    adapter.run(scenario)


def test_trio_needs_no_thread_of_the_program(data_center: RunningDataCenter, tmp_path: Path) -> None:
    """All threads of the default limiter wait, for example for input: neither a call nor the exit waits for them."""
    over = threading.Event()

    async def scenario() -> None:
        trio_library.to_thread.current_default_thread_limiter().total_tokens = 1
        async with trio_library.open_nursery() as tasks:
            tasks.start_soon(trio_library.to_thread.run_sync, over.wait, LIMIT)
            await wait_all_tasks_blocked()
            config = data_center.client_config()
            async with trio.open_client(config, store=SQLiteStore(tmp_path / "sessions.db"), name="a") as client:
                await client.invoke(functions.help.GetNearestDc())
            over.set()

    trio_library.run(scenario)
