"""Computations of handshakes run in threads, at both ends, and leave nothing behind when they are no longer needed."""

from __future__ import annotations

import asyncio as stdlib_asyncio
import os
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
import trio as trio_library

from sansio_tl import functions
from sansio_tl.client import Compute
from sansio_tl.mtproto.client import handshake as client_handshake
from sansio_tl.mtproto.server import handshake as server_handshake
from sansio_tl.testing import DataCenter, DataCenterConfig
from sansio_tl_transports import asyncio, sync, trio
from sansio_tl_transports._shared.acceptor import Acceptor
from sansio_tl_transports._shared.clock import Clock
from sansio_tl_transports._shared.connection_runner import ConnectionRunner
from tests.helpers.adapters import Adapter, each_adapter
from tests.helpers.connected_pair import client_config
from tests.helpers.rsa_key import rsa_key
from tests.helpers.scripted_data_center import ANSWERED, NEAREST, ScriptedDataCenter

CLIENT, SERVER = (client_handshake, "continue_factorization"), (server_handshake, "power")

pytestmark = pytest.mark.interpreted  # parts of the engine are replaced


def data_center() -> DataCenter:
    settings = DataCenterConfig(private_key=rsa_key(), offload_handshake=True)
    return DataCenter(settings, entropy=os.urandom, now=time.time())


def around(monkeypatch: pytest.MonkeyPatch, where: tuple[Any, str], before: Callable[[], object]) -> None:
    """Call a function before a computation."""
    job = getattr(*where)

    def another(*arguments: Any, **options: Any) -> Any:
        before()
        return job(*arguments, **options)

    monkeypatch.setattr(*where, another)


@each_adapter
def test_both_ends_compute_in_other_threads(adapter: Adapter, monkeypatch: pytest.MonkeyPatch) -> None:
    threads: dict[str, threading.Thread] = {}
    for where in (CLIENT, SERVER):
        around(monkeypatch, where, lambda where=where: threads.setdefault(where[1], threading.current_thread()))  # type: ignore[misc]

    async def scenario() -> None:
        async with (
            adapter.serve(data_center()) as server,
            adapter.connect(server.address, client_config()) as connection,
        ):
            await connection.invoke(functions.help.GetNearestDc())

    adapter.run(scenario)
    assert threads.keys() == {"continue_factorization", "power"}
    loops = {thread for thread in threading.enumerate() if thread.name == "sansio_tl"} | {threading.current_thread()}
    assert not loops & set(threads.values())


@each_adapter
def test_connect_that_times_out_in_a_computation_leaves_nothing(
    adapter: Adapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    over = threading.Event()
    around(monkeypatch, CLIENT, lambda: over.wait(0.5))

    async def scenario() -> None:
        async with adapter.serve(ScriptedDataCenter()) as server:
            with pytest.raises(TimeoutError):
                async with adapter.connect(server.address, client_config(), timeout=0.1):
                    pass
            over.set()
            async with adapter.connect(server.address, client_config()) as connection:
                assert await connection.invoke(ANSWERED) == NEAREST

    before = set(threading.enumerate())
    adapter.run(scenario)
    deadline = time.monotonic() + 10
    while any(thread.name == "sansio_tl job" for thread in set(threading.enumerate()) - before):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_asyncio_cancelled_connect_leaves_no_task(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, over = threading.Event(), threading.Event()

    def wait() -> None:
        begun.set()
        over.wait(5)

    around(monkeypatch, CLIENT, wait)

    async def scenario() -> None:
        async def connect() -> None:
            async with asyncio.connect(server.address, client_config()):
                raise AssertionError("connected")

        async with asyncio.serve(ScriptedDataCenter()) as server:
            task = stdlib_asyncio.create_task(connect())
            await stdlib_asyncio.to_thread(begun.wait)
            task.cancel()
            with pytest.raises(stdlib_asyncio.CancelledError):
                await task
            over.set()
        assert stdlib_asyncio.all_tasks() == {stdlib_asyncio.current_task()}

    with stdlib_asyncio.Runner(debug=True) as runner:
        runner.run(scenario())


def test_trio_cancelled_connect_does_not_wait_for_the_computation(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, over, done = threading.Event(), threading.Event(), threading.Event()

    def wait() -> None:
        begun.set()
        over.wait(5)
        done.set()

    around(monkeypatch, CLIENT, wait)

    async def scenario() -> None:
        async def connect() -> None:
            with scope:
                async with trio.connect(server.address, client_config()):
                    raise AssertionError("connected")
            assert not done.is_set()
            over.set()

        scope = trio_library.CancelScope()
        async with trio.serve(ScriptedDataCenter()) as server, trio_library.open_nursery() as tasks:
            tasks.start_soon(connect)
            await trio_library.to_thread.run_sync(begun.wait)
            scope.cancel()

    trio_library.run(scenario)


def test_client_of_the_sync_adapter_ends_during_a_computation(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()
    around(monkeypatch, CLIENT, lambda: over.wait(5))
    with sync.serve(ScriptedDataCenter()) as server:
        with pytest.raises(TimeoutError), sync.connect(server.address, client_config(), timeout=0.1):
            pass
        over.set()
        deadline = time.monotonic() + 10
        while any(thread.name == "sansio_tl job" for thread in threading.enumerate()):
            assert time.monotonic() < deadline
            time.sleep(0.01)


def test_exception_after_a_computation_ends_the_connection() -> None:
    jobs: list[Any] = []
    bugs: list[Exception] = []
    clock = Clock()
    runner = Acceptor(
        Buggy(),
        clock,
        lambda function: function(),
        on_error=bugs.append,
        run_job=lambda job, done, failed: jobs.append((job, done, failed)),
    ).accept(lambda: None)
    assert isinstance(runner, ConnectionRunner)
    runner.receive(b"x")
    ((job, done, failed),) = jobs
    done(job())
    assert runner.closed
    assert [str(bug) for bug in bugs] == ["of the engine"]
    done(job())
    failed(OSError())
    assert len(bugs) == 1


class Buggy:
    """A data center, and its connection, which has a bug."""

    closed = False

    def accept(self, *, now: float) -> Any:
        return self

    def next_event(self) -> None: ...
    def receive_data(self, data: bytes, *, now: float) -> None:
        self.left: list[Any] = [Compute(lambda: 1)]

    def next_action(self) -> Any:
        return self.left.pop() if self.left else None

    def receive_computed(self, action: Any, value: object, *, now: float) -> None:
        raise ZeroDivisionError("of the engine")

    def close(self, *, now: float) -> None: ...
    def data_to_send(self, *, now: float) -> bytes:
        return b""

    def next_deadline(self) -> None: ...
    def handle_deadline(self, *, now: float) -> None: ...
