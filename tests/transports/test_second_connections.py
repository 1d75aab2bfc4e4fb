"""Over HTTP a session has a second connection, so that requests need not wait for the long poll."""

from __future__ import annotations

from functools import partial

import pytest

from sansio_tl_transports import sync
from sansio_tl_transports._shared import async_adapter
from tests.helpers.adapters import Adapter, each_adapter
from tests.helpers.connected_pair import client_config
from tests.helpers.scripted_data_center import ANSWERED, NEAREST, ScriptedDataCenter

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
