"""Over HTTP a session has a second connection, so that requests need not wait for the long poll."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Any

import pytest

from sansio_tl_transports import sync
from sansio_tl_transports._shared import async_adapter
from sansio_tl_transports._shared.connection_runner import ClientConnectionRunner, ConnectionRunner
from tests.helpers.adapters import Adapter, each_adapter
from tests.helpers.connected_pair import client_config
from tests.helpers.scripted_data_center import ANSWERED, NEAREST, UNANSWERED, ScriptedDataCenter

pytestmark = each_adapter


@pytest.mark.parametrize(("framing", "count"), [("http", 2), ("abridged", 1)])
def test_only_polling_sessions_have_a_second_connection(adapter: Adapter, framing: str, count: int) -> None:
    async def scenario() -> None:
        data_center = ScriptedDataCenter()
        async with (
            adapter.serve(data_center) as server,
            adapter.connect(server.address, client_config(), framing=framing) as connection,
        ):
            while len(data_center.connections) < count:
                await adapter.sleep(0.01)
            for _ in range(20):
                assert await connection.invoke(ANSWERED, timeout=20) == NEAREST
            assert len(data_center.connections) == count

    adapter.run(scenario)


def test_second_connection_ends_with_the_first_and_is_not_waited_for(
    adapter: Adapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (async_adapter, sync):
        monkeypatch.setattr(module, "PAUSE", 3600.0)

    async def scenario() -> None:
        data_center = ScriptedDataCenter()
        async with adapter.serve(data_center) as server:
            connect = partial(adapter.connect, server.address, client_config(), framing="http")
            async with connect() as connection:
                while len(data_center.connections) < 2:
                    await adapter.sleep(0.01)
                await connection.invoke(ANSWERED, timeout=20)
            while not all(each.closed for each in data_center.connections):
                await adapter.sleep(0.01)

    adapter.run(scenario)


@pytest.fixture
def seconds(monkeypatch: pytest.MonkeyPatch) -> list[ConnectionRunner | None]:
    """The runners of second connections."""
    made: list[ConnectionRunner | None] = []
    make = ClientConnectionRunner.second

    def second(runner: ClientConnectionRunner[Any], changed: Callable[[], None]) -> ConnectionRunner | None:
        made.append(make(runner, changed))
        return made[-1]

    monkeypatch.setattr(ClientConnectionRunner, "second", second)
    return made


@pytest.mark.interpreted
def test_second_connection_that_is_open_is_not_replaced(
    adapter: Adapter, monkeypatch: pytest.MonkeyPatch, seconds: list[ConnectionRunner | None]
) -> None:
    for module in (async_adapter, sync):
        monkeypatch.setattr(module, "PAUSE", 0.01)

    async def scenario() -> None:
        data_center = ScriptedDataCenter()
        async with (
            adapter.serve(data_center) as server,
            adapter.connect(server.address, client_config(), framing="http") as connection,
        ):
            while not seconds:
                await adapter.sleep(0.01)
            await adapter.sleep(0.3)
            await connection.invoke(ANSWERED, timeout=20)
            assert len(seconds) == 1

    adapter.run(scenario)


@pytest.mark.interpreted
def test_second_connection_that_is_not_needed_is_tried_again_after_a_pause(
    adapter: Adapter, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[float] = []

    def refuse(*_: object) -> None:
        tries.append(time.monotonic())

    monkeypatch.setattr(ClientConnectionRunner, "second", refuse)
    for module in (async_adapter, sync):
        monkeypatch.setattr(module, "PAUSE", 0.2)

    async def scenario() -> None:
        async with (
            adapter.serve(ScriptedDataCenter()) as server,
            adapter.connect(server.address, client_config(), framing="http") as connection,
        ):
            while len(tries) < 3:
                await adapter.sleep(0.01)
            await connection.invoke(ANSWERED, timeout=20)

    adapter.run(scenario)
    assert min(later - earlier for earlier, later in pairwise(tries)) > 0.19


@pytest.mark.interpreted
def test_bug_of_a_second_connection_ends_the_session(adapter: Adapter, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(ClientConnectionRunner, "second", fail)

    async def scenario() -> None:
        async with (
            adapter.serve(ScriptedDataCenter()) as server,
            adapter.connect(server.address, client_config(), framing="http") as connection,
        ):
            await connection.invoke(UNANSWERED, timeout=20)

    with pytest.raises(ZeroDivisionError, match="a bug"):
        adapter.run(scenario)
